package v1_test

import (
	"encoding/json"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/testing/testbroker"
)

func TestUsers_areMadeChangedAndKeptOut(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		admin := b.Always(testbroker.As("admin", "sesame"))
		made := admin.Post("/api/v1/users", testbroker.Object{"name": "jo", "role": "viewer"}).OK(http.StatusCreated)
		require.Equal(t, "no-store", made.Header.Get("Cache-Control"))
		admin.Post("/api/v1/users", testbroker.Object{"name": "JO"}).OK(http.StatusConflict)
		jo := b.Always(b.SignIn("jo", made.Text("password")))
		require.Equal(t, "session", jo.Get("/api/v1/me").OK(http.StatusOK).Text("through"))
		jo.Put("/pacticipants/Web/versions/1", testbroker.Object{}).OK(http.StatusForbidden)

		address := "/api/v1/users/" + made.Text("id")
		changed := admin.Put(address, testbroker.Object{"role": "developer", "applications": []string{"Web"}}).OK(http.StatusOK)
		require.Nil(t, changed.Find("password"))
		jo.Put("/pacticipants/Web/versions/1", testbroker.Object{}).OK(http.StatusCreated)
		jo.Put("/pacticipants/Api/versions/1", testbroker.Object{}).OK(http.StatusForbidden)
		jo.Get("/api/v1/users").OK(http.StatusForbidden)

		again := admin.Post(address+"/password", testbroker.Object{}).OK(http.StatusOK).Text("password")
		jo.Get("/api/v1/me").OK(http.StatusUnauthorized)
		require.NotEqual(t, made.Text("password"), again)
		require.Nil(t, admin.Post(address+"/password", testbroker.Object{"password": "correct horse battery"}).OK(http.StatusOK).Find("password"))
		jo = b.Always(b.SignIn("jo", "correct horse battery"))
		require.NotNil(t, admin.Post(address+"/disable", testbroker.Object{}).OK(http.StatusOK).Find("disabled_at"))
		jo.Get("/api/v1/me").OK(http.StatusUnauthorized)
		require.Nil(t, admin.Post(address+"/enable", testbroker.Object{}).OK(http.StatusOK).Find("disabled_at"))
		b.SignIn("jo", "correct horse battery")

		admin.Post("/api/v1/users", testbroker.Object{"name": "kim"}).OK(http.StatusCreated)
		list := admin.Get("/api/v1/users?limit=1").OK(http.StatusOK)
		require.Equal(t, "jo", list.Text("items", 0, "name"))
		require.NotNil(t, list.Find("items", 0, "signed_in_at"))
		require.NotContains(t, string(list.Body), "password")
		require.Equal(t, "kim", admin.Get("/api/v1/users?limit=1&cursor="+list.Text("next_cursor")).OK(http.StatusOK).Text("items", 0, "name"))
		require.Equal(t, "basic_auth", admin.Get("/api/v1/me").OK(http.StatusOK).Text("through"))
		for _, wrong := range []string{"", "/disable", "/enable", "/password"} {
			method := map[bool]string{true: http.MethodPut, false: http.MethodPost}[wrong == ""]
			admin.Do(method, "/api/v1/users/nobody"+wrong, map[string]testbroker.Object{"": {"role": "viewer"}, "/password": {}, "/disable": {}, "/enable": {}}[wrong]).OK(http.StatusNotFound)
		}
	}, testbroker.With(withTokens))
}

func TestUsers_haveThePasswordThatWasHashedBeforeTheTransaction(t *testing.T) {
	b := testbroker.New(t)
	twice := func(address, key string, body testbroker.Object) (said struct{ ID, Password string }) {
		for range 2 {
			answer := b.Post(address, body, testbroker.Header("Idempotency-Key", key))
			require.Less(t, answer.Status, 300, "%s", answer.Body)
			had := said.Password
			require.NoError(t, json.Unmarshal([]byte(answer.Body), &said))
			require.True(t, had == "" || had == said.Password, "the kept answer")
		}
		return said
	}
	made := twice("/api/v1/users", "one", testbroker.Object{"name": "jo", "role": "viewer"})
	require.NotEmpty(t, made.Password)
	set := twice("/api/v1/users/"+made.ID+"/password", "two", testbroker.Object{})
	require.NotEqual(t, made.Password, set.Password)
	for _, wrong := range []testbroker.Response{
		b.Post("/api/v1/users", testbroker.Object{"name": "a b", "role": "viewer", "password": "short"}, testbroker.Header("Idempotency-Key", "three")),
		b.Post("/api/v1/users/"+made.ID+"/password", testbroker.Object{"password": "short"}, testbroker.Header("Idempotency-Key", "four")),
	} {
		require.Equal(t, 400, wrong.Status)
		require.Contains(t, string(wrong.Body), "password")
	}
}
