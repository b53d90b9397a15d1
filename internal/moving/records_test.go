package moving

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/archive"
	"github.com/accord-broker/accord/internal/testing/testrandom"
)

func at(t *testing.T, text string) archive.Time {
	t.Helper()
	var i instant
	require.NoError(t, json.Unmarshal([]byte(`"`+text+`"`), &i))
	require.False(t, i.IsZero(), text)
	return i.at()
}

// Brokers write times to the second; what they do not say is worked out from the rest.
func TestTimes_areWhatTheBrokerShows(t *testing.T) {
	const made, later = "2026-03-01T10:00:00+00:00", "2026-03-02T10:00:00Z"
	for name, tt := range map[string]struct {
		shown            string
		created, updated archive.Time
	}{
		"both":                          {`{"createdAt":"` + made + `","updatedAt":"` + later + `"}`, at(t, made), at(t, later)},
		"never changed":                 {`{"createdAt":"` + made + `"}`, at(t, made), at(t, made)},
		"changed in the second":         {`{"createdAt":"` + made + `","updatedAt":"` + made + `"}`, at(t, made), at(t, made) + 1},
		"null":                          {`{"createdAt":"` + made + `","updatedAt":null}`, at(t, made), at(t, made)},
		"no time at all":                {`{"createdAt":"soon","updatedAt":7}`, 0, 0},
		"another zone":                  {`{"createdAt":"2026-03-01T12:00:00+02:00"}`, at(t, made), at(t, made)},
		"with a fraction of the second": {`{"createdAt":"2026-03-01T10:00:00.25Z"}`, at(t, made) + 250_000, at(t, made) + 250_000},
	} {
		t.Run(name, func(t *testing.T) {
			var d dates
			require.NoError(t, json.Unmarshal([]byte(tt.shown), &d))
			require.Equal(t, archive.Times{CreatedAt: tt.created, UpdatedAt: tt.updated}, d.times())
		})
	}
	var d dates
	require.NoError(t, json.Unmarshal([]byte(`{"createdAt":"`+made+`"}`), &d))
	var end instant
	require.NoError(t, json.Unmarshal([]byte(`"`+later+`"`), &end))
	require.Equal(t, at(t, later), d.endedTimes(end).UpdatedAt, "what ended changed then")
	require.Equal(t, at(t, made), d.endedTimes(instant{}).UpdatedAt)
	require.Nil(t, instant{}.optional())
	require.Equal(t, at(t, later), *end.optional())
}

// What a broker adds to a contract is cut out; all else stays to the letter, whatever
// stands before, behind or in it.
func TestWithoutMembers_takesOutNothingElse(t *testing.T) {
	pieces := []string{`"a":1`, `"b" : [1, {"_links":2}]`, `"_links":{"self":{"href":"x,}"}}`, `"createdAt": "2026"`, `"c":"\"_links\":{}"`, "\"d\"\n:\t{\"createdAt\":{}}", `"é":1.0e5`, `"":null`}
	random := testrandom.New(t)
	for range 300 {
		var members []string
		for range random.IntN(6) {
			members = append(members, pieces[random.IntN(len(pieces))])
		}
		text := "{" + strings.Join(members, [3]string{",", " , ", ",\n\t"}[random.IntN(3)]) + "}"
		got, err := withoutMembers([]byte(text), "_links", "createdAt")
		require.NoError(t, err, text)
		var left []string
		for _, member := range members {
			if !strings.HasPrefix(member, `"_links"`) && !strings.HasPrefix(member, `"createdAt"`) {
				left = append(left, member)
			}
		}
		require.Equal(t, "{"+strings.Join(left, ",")+"}", string(got), text)
	}
	for _, broken := range []string{`{"a":}`, `{"a"`, `{7:1}`, `{"a":1,`} {
		_, err := withoutMembers([]byte(broken), "_links")
		require.Error(t, err, broken)
	}
	for _, other := range []string{``, `"text"`, `7`, `null`, `[{"_links":1}]`} {
		got, err := withoutMembers([]byte(other), "_links")
		require.NoError(t, err)
		require.Equal(t, other, string(got), "not every contract is an object")
	}
}

func TestCompacted_dropsOnlyWhatMeansNothing(t *testing.T) {
	require.Equal(t, `{"a":[1.0,"b c"]}`, *compacted(json.RawMessage(" { \"a\" : [ 1.0 ,\n\"b c\" ] } ")))
	require.Equal(t, "{ no JSON", *compacted(json.RawMessage("{ no JSON")), "what cannot be read stays as it is")
}

func TestWebhookShown_becomesARecordWithItsSecretsNamed(t *testing.T) {
	text := func(s string) *string { return &s }
	for name, tt := range map[string]struct {
		shown string
		want  archive.Webhook
	}{
		"little": {`{"request":{"url":"https://ci"}}`, archive.Webhook{Enabled: true, URL: "https://ci"}},
		"of two applications": {`{"consumer":{"name":"Shop"},"provider":{"name":"Stock"},"request":{"url":"https://ci","method":"POST"}}`,
			archive.Webhook{Enabled: true, URL: "https://ci", Method: "POST", Consumer: text("Shop"), Provider: text("Stock")}},
		"of a label":   {`{"consumer":{"label":"web"},"request":{"url":"https://ci"}}`, archive.Webhook{Enabled: true, URL: "https://ci", ConsumerLabel: text("web")}},
		"switched off": {`{"enabled":false,"request":{"url":"https://ci"}}`, archive.Webhook{URL: "https://ci"}},
		"events":       {`{"events":[{"name":"b"},{"name":"a"}],"request":{"url":"https://ci"}}`, archive.Webhook{Enabled: true, URL: "https://ci", Events: []string{"b", "a"}}},
		"secrets": {`{"request":{"url":"https://ci","username":"joe","password":"**********","headers":{"x-b":"**********","authorization":"**********","x-a":"plain","x-n":7}}}`,
			archive.Webhook{Enabled: true, URL: "https://ci", Username: "joe", Password: stars, Secrets: []string{"password", "header authorization", "header x-b"},
				Headers: []archive.HeaderField{{Name: "authorization", Value: stars}, {Name: "x-a", Value: "plain"}, {Name: "x-b", Value: stars}, {Name: "x-n", Value: "7"}}}},
		"a body":           {`{"request":{"url":"https://ci","body":{ "a" : 1 }}}`, archive.Webhook{Enabled: true, URL: "https://ci", Body: text(`{"a":1}`)}},
		"a body of text":   {`{"request":{"url":"https://ci","body":"a=1"}}`, archive.Webhook{Enabled: true, URL: "https://ci", Body: text(`"a=1"`)}},
		"a body of null":   {`{"request":{"url":"https://ci","body":null}}`, archive.Webhook{Enabled: true, URL: "https://ci"}},
		"a few stars less": {`{"request":{"url":"https://ci","password":"*****"}}`, archive.Webhook{Enabled: true, URL: "https://ci", Password: "*****"}},
	} {
		t.Run(name, func(t *testing.T) {
			var shown webhookShown
			require.NoError(t, json.Unmarshal([]byte(tt.shown), &shown))
			got, err := shown.record("w1")
			require.NoError(t, err)
			want := tt.want
			want.UUID, want.Format, want.EventFilter = "w1", "template", "{}"
			if want.Events == nil {
				want.Events = []string{}
			}
			if want.Secrets == nil {
				want.Secrets = []string{}
			}
			if want.Headers == nil {
				want.Headers = []archive.HeaderField{}
			}
			require.Equal(t, &want, got)
		})
	}
}

// A list that is none ends the reading with its name: to go on would import a part
// and call it everything.
func TestFetch_endsAtAListThatCannotBeRead(t *testing.T) {
	const pages = "?page=1&size=100&pageNumber=1&pageSize=100"
	for _, address := range []string{"/pacticipants" + pages, "/pacticipants/Shop/versions" + pages, "/pacticipants/Shop/branches" + pages, "/integrations" + pages, "/environments"} {
		for name, answer := range map[string]string{"a page": "<html>", "half a list": `{"_embedded":{`, "a list of texts": `{"_embedded":{"pacticipants":["a"],"versions":["a"],"branches":["a"],"integrations":["a"],"environments":["a"]}}`} {
			t.Run(address+" is "+name, func(t *testing.T) {
				b, remote := pactBroker(t)
				require.Contains(t, b.answers, address)
				b.answers[address] = answer
				_, err := Fetch(t.Context(), remote, t.TempDir(), func(string, int64) {})
				require.ErrorIs(t, err, errUnreadable)
				require.ErrorContains(t, err, strings.TrimSuffix(address, pages))
			})
		}
	}
}

// Somebody who may read some things and not others is told so, instead of getting an
// import with holes.
func TestFetch_endsWhereItMayNotRead(t *testing.T) {
	first, _ := pactBroker(t)
	var addresses []string
	for address := range first.answers {
		addresses = append(addresses, address)
	}
	for _, address := range addresses {
		b, remote := pactBroker(t)
		asked := false
		b.before = func(w http.ResponseWriter, r *http.Request) bool {
			if r.URL.RequestURI() != address {
				return false
			}
			asked = true
			w.WriteHeader(http.StatusForbidden)
			return true
		}
		_, err := Fetch(t.Context(), remote, t.TempDir(), func(string, int64) {})
		if asked {
			require.ErrorIs(t, err, ErrRefused, address)
		}
	}
}

// What was half written when the last reading was killed is asked for again.
func TestFetch_doesNotTrustHalfAnAnswer(t *testing.T) {
	b, remote := pactBroker(t)
	folder := t.TempDir()
	want := linesOf(t, fetched(t, remote, folder))
	truncateAnswers(t, folder)
	for address := range b.asked {
		b.asked[address] = 0
	}
	require.Equal(t, want, linesOf(t, fetched(t, remote, folder)))
	for address, times := range b.asked {
		if strings.Contains(address, "/pact-version/") {
			require.Equal(t, 1, times, address)
		}
	}
}

func TestParseNames_saysWhatIsWrong(t *testing.T) {
	for _, tt := range []struct {
		given []string
		want  string
	}{
		{[]string{"x"}, `--rename is "x", but must be OLD=NEW`},
		{[]string{"=x"}, `--rename is "=x", but must be OLD=NEW`},
		{[]string{"x=a", "x=b"}, `--rename gives "x" two names, "a" and "b"`},
	} {
		_, err := ParseNames(tt.given, "")
		require.EqualError(t, err, tt.want)
	}
	names, err := ParseNames([]string{"x=a", "x=a"}, "p-")
	require.NoError(t, err, "said twice it is still one")
	require.Equal(t, "a", names.of("x"), "a new name gets no prefix")
	require.Nil(t, names.ofOptional(nil))
}

func TestCheckNames_saysWhoseNameItIs(t *testing.T) {
	long := strings.Repeat("n", 501)
	problems, err := CheckNames(t.Context(), some{
		&archive.Environment{Name: "."}, &archive.Version{Application: "Shop", Number: "a\tb"},
		&archive.Branch{Application: "Shop", Name: ""}, &archive.Tag{Application: "Shop", Version: "1", Name: long}, &archive.Tag{Application: "Shop", Version: "1", Name: "fine"},
	})
	require.NoError(t, err)
	var told []string
	for _, p := range problems {
		require.NotEmpty(t, p.Why)
		require.Less(t, len(p.Name), 200)
		told = append(told, string(p.Kind)+": "+p.Name)
	}
	require.Subset(t, []string{`environment: "."`, `version: Shop "a\tb"`, `branch: Shop ""`, `tag: Shop 1 "` + strings.Repeat("n", 60) + `"`}, told)
	require.Contains(t, told, `tag: Shop 1 "`+strings.Repeat("n", 60)+`"`)
}

// The same broker has one fingerprint, whatever is added to it later; another broker
// with an application of the same name has another.
func TestFingerprint_tellsBrokersApart(t *testing.T) {
	of := func(name string, at archive.Time) string {
		print, err := Fingerprint(t.Context(), some{&archive.Application{Name: name, Times: archive.Times{CreatedAt: at}}})
		require.NoError(t, err)
		return print
	}
	const second = 1_000_000
	require.Equal(t, of("Shop", 5*second), of("Shop", 5*second+999_999), "over HTTP times are told to the second")
	require.NotEqual(t, of("Shop", 5*second), of("Shop", 6*second))
	require.NotEqual(t, of("Shop", 5*second), of("shop", 5*second))
	require.Len(t, of("Shop", 0), 16)
	_, err := Fingerprint(t.Context(), failing{})
	require.EqualError(t, err, "gone")
}
