package webhooks

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/support/fault"
	"github.com/accord-broker/accord/internal/support/secrets"
)

func TestForSides_letsTheBodyWin(t *testing.T) {
	draft := Draft{Webhook: Webhook{Consumer: Side{Label: "ui"}}}.ForSides(Side{Name: "Web"}, Side{Name: "Ledger"})
	require.Equal(t, Side{Label: "ui"}, draft.Webhook.Consumer)
	require.Equal(t, Side{Name: "Ledger"}, draft.Webhook.Provider)
}

func with(name, value string) func(d *Draft) {
	return func(d *Draft) { d.Webhook.Request.Headers = []Header{{name, value}} }
}

func password(text string) func(d *Draft) {
	return func(d *Draft) { d.Webhook.Request.Password = text }
}

func all(changes ...func(d *Draft)) func(d *Draft) {
	return func(d *Draft) {
		for _, change := range changes {
			change(d)
		}
	}
}

func TestReplacing_keepsStarredSecrets(t *testing.T) {
	old := Webhook{UUID: "u", Request: Request{URL: "http://localhost/before", Password: "old", Headers: []Header{{"authorization", "Bearer old"}, {"x-gone", "1"}}}}
	for name, c := range map[string]struct {
		change                  func(d *Draft)
		password, authorization string
	}{
		"missing password":   {with("authorization", "Bearer new"), "old", "Bearer new"},
		"starred password":   {password("***"), "old", ""},
		"new password":       {password("new*"), "new*", ""},
		"password as null":   {func(d *Draft) { d.PasswordRemoved = true }, "", ""},
		"starred header":     {with("authorization", "**********"), "old", "Bearer old"},
		"empty header":       {with("authorization", ""), "old", "Bearer old"},
		"stars without past": {with("x-new", "**"), "old", ""},
	} {
		replaced, err := good(to("http://localhost/"), c.change).Replacing(old)
		require.NoError(t, err)
		require.Equal(t, "u", replaced.UUID)
		require.Equal(t, c.password, replaced.Request.Password, name)
		value, _ := replaced.Request.Header("authorization")
		require.Equal(t, c.authorization, value, name)
		_, found := replaced.Request.Header("x-gone")
		require.False(t, found, "%s: other headers are replaced", name)
	}
}

func TestReplacing_takesNoSecretToAnotherPlace(t *testing.T) {
	old := Webhook{UUID: "u", Request: Request{URL: "http://localhost/a?token=abc", Password: "old", Headers: []Header{{"authorization", "Bearer old"}}}}
	for name, c := range map[string]struct {
		change func(d *Draft)
		blamed []string
	}{
		"another path":           {all(to("http://LOCALHOST:80/b?token=**********"), with("authorization", "****")), nil},
		"another host":           {all(to("http://127.0.0.1/a"), password("***")), []string{"request.password"}},
		"another port":           {to("http://localhost:81/a"), []string{"request.password"}},
		"another scheme":         {to("https://localhost/a"), []string{"request.password"}},
		"another header Host":    {all(to("http://localhost/a"), password("***"), with("host", "evil.example")), []string{"request.password"}},
		"the same header Host":   {all(to("http://localhost/a"), with("host", "LocalHost")), nil},
		"header":                 {all(to("http://127.0.0.1/a"), password("new"), with("authorization", "**********")), []string{"request.headers"}},
		"URL":                    {all(to("http://127.0.0.1/a?token=**********"), func(d *Draft) { d.PasswordRemoved = true }), []string{"request.url"}},
		"everything given again": {all(to("http://127.0.0.1/a?token=new"), password("new"), with("authorization", "new")), nil},
		"nothing sent":           {all(to("http://127.0.0.1/a"), func(d *Draft) { d.PasswordRemoved = true }), nil},
	} {
		replaced, err := good(c.change).Replacing(old)
		if c.blamed == nil {
			require.NoError(t, err, name)
			require.NotContains(t, replaced.Request.URL, "*", name)
			continue
		}
		fields := fieldsOf(t, err)
		require.Len(t, fields, len(c.blamed), name)
		for _, field := range c.blamed {
			require.Contains(t, fields[field], "must be given again", name)
		}
	}
}

func TestReplacing_keepsTokensOfThePathInTheirPlaces(t *testing.T) {
	const one, two = "x9Yb3TqLm0ZkR4vWc8NdPf2S", "9e107d9d372bb6826bd81d3542a419d6"
	old := Webhook{UUID: "u", Request: Request{URL: "http://localhost/a/" + one + "/" + two + "?v=1&t=" + two}}
	for sent, want := range map[string]string{
		"/a/" + Stars + "/" + Stars: "/a/" + one + "/" + two,
		"/a/" + Stars + "/" + one:   "/a/" + one + "/" + one,
		"/a/" + two + "/" + Stars:   "/a/" + two + "/" + two,
		"/b/" + Stars:               "/b/" + Stars,
		"/c?v=2&t=" + Stars:         "/c?v=2&t=" + two,
	} {
		replaced, err := good(to("http://localhost" + sent)).Replacing(old)
		require.NoError(t, err)
		require.Equal(t, "http://localhost"+want, replaced.Request.URL)
	}
	_, err := good(to("http://127.0.0.1/a/" + Stars)).Replacing(old)
	require.Contains(t, fieldsOf(t, err)["request.url"], "must be given again")
}

func TestEncrypt_refusesNoTokenWithoutAKey(t *testing.T) {
	w := Webhook{UUID: "u", Request: Request{URL: "http://localhost/a/x9Yb3TqLm0ZkR4vWc8NdPf2S"}}
	kept, err := encrypt(secrets.Keyring{}, w)
	require.NoError(t, err)
	require.Nil(t, kept.Encrypted)
	require.Equal(t, w.Request.URL, kept.Webhook.Request.URL)
	require.Equal(t, w.Request.URL, kept.shown(secrets.Keyring{}).Request.URL)
	w.Request.URL += "?token=abcdef"
	_, err = encrypt(secrets.Keyring{}, w)
	require.True(t, fault.Is(err, fault.Unprocessable))
}
