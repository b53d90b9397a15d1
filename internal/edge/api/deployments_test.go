package api_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/testing/testbroker"
)

func TestEnvironments(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		created := b.Post("/environments", map[string]any{"name": "prod-us_east", "production": true, "contacts": []any{map[string]any{"name": "Joe", "details": map[string]any{"email": "joe@example.org"}}}}).OK(http.StatusCreated)
		at := "/environments/" + created.Text("uuid")
		require.Equal(t, "http://broker.test"+at, created.Header.Get("Location"))
		require.Equal(t, "Prod Us East", created.Text("displayName"))
		require.Equal(t, "joe@example.org", created.Text("contacts", 0, "details", "email"))
		b.Post("/environments", map[string]any{"name": "prod-us_east", "production": false}).OK(http.StatusBadRequest)
		b.Post("/environments", map[string]any{"name": "test", "production": false}).OK(http.StatusCreated)

		b.Put(at, map[string]any{"name": "test", "production": true}).OK(http.StatusBadRequest)
		replaced := b.Put(at, map[string]any{"name": "live", "production": true}).OK(http.StatusOK)
		require.Nil(t, replaced.Find("contacts"))
		require.Equal(t, "live", b.Get(at).OK(http.StatusOK).Text("name"))
		require.Len(t, b.Get("/environments?name=live").OK(http.StatusOK).Find("_embedded", "environments"), 1)
		require.Equal(t, "live", b.Get("/environments").OK(http.StatusOK).Text("_embedded", "environments", 0, "name"))

		b.Delete(at).OK(http.StatusNoContent)
		for _, gone := range []testbroker.Response{b.Get(at), b.Delete(at), b.Put(at, map[string]any{"name": "live", "production": true}),
			b.Get(at + "/deployed-versions/currently-deployed"), b.Get(at + "/released-versions/currently-supported")} {
			gone.OK(http.StatusNotFound)
		}
	})
}

func TestDeployments_takeTheSlotFromOneAnother(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		env := b.Environment("shop")
		for _, number := range []string{"1", "2"} {
			b.Version("Till", number)
		}
		deploy := func(number string, body any) testbroker.Response {
			return b.Post("/pacticipants/Till/versions/"+number+"/deployed-versions/environment/"+env, body).OK(http.StatusCreated)
		}
		first := deploy("1", map[string]any{})
		require.Equal(t, first.Text("uuid"), deploy("1", map[string]any{"applicationInstance": ""}).Text("uuid"), "deploying again is no second deployment")
		north := deploy("1", map[string]any{"target": "north"})
		deploy("2", map[string]any{})

		current := b.Get("/environments/" + env + "/deployed-versions/currently-deployed?pacticipant=Till").OK(http.StatusOK)
		require.Len(t, current.Find("_embedded", "deployedVersions"), 2)
		unnamed := b.Get("/environments/" + env + "/deployed-versions/currently-deployed?applicationInstance=").OK(http.StatusOK)
		require.Equal(t, "2", unnamed.Text("_embedded", "deployedVersions", 0, "_embedded", "version", "number"))
		require.Len(t, unnamed.Find("_embedded", "deployedVersions"), 1)
		require.Empty(t, b.Get("/environments/"+env+"/deployed-versions/currently-deployed?pacticipant=Nobody").OK(http.StatusOK).Find("_embedded", "deployedVersions"))
		require.Len(t, b.Get("/pacticipants/Till/versions/1/deployed-versions/environment/"+env).OK(http.StatusOK).Find("_embedded", "deployedVersions"), 2)
		require.NotEmpty(t, b.Get("/deployed-versions/"+first.Text("uuid")).OK(http.StatusOK).Text("undeployedAt"))
		require.Equal(t, []string{"2", "1"}, numbers(b.Get("/pacticipants/Till/environments/"+env+"/versions").OK(http.StatusOK)))

		at := "/deployed-versions/" + north.Text("uuid")
		b.Patch(at, map[string]any{"currentlyDeployed": true}).OK(http.StatusUnprocessableEntity)
		require.Equal(t, true, b.Patch(at, map[string]any{}).OK(http.StatusOK).Find("currentlyDeployed"))
		require.Equal(t, false, b.Patch(at, map[string]any{"currentlyDeployed": false}).OK(http.StatusOK).Find("currentlyDeployed"))
		b.Patch(at, map[string]any{"currentlyDeployed": false}).OK(http.StatusOK)
	})
}

func TestReleases_standSideBySide(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		env := b.Environment("store")
		for _, number := range []string{"1", "2"} {
			b.Version("App", number)
		}
		release := func(number string) testbroker.Response {
			return b.Post("/pacticipants/App/versions/"+number+"/released-versions/environment/"+env, map[string]any{})
		}
		first := release("1").OK(http.StatusCreated)
		release("2").OK(http.StatusCreated)
		require.Equal(t, "http://broker.test/released-versions/"+first.Text("uuid"), release("1").OK(http.StatusOK).Header.Get("Location"))

		supported := "/environments/" + env + "/released-versions/currently-supported"
		require.Len(t, b.Get(supported).OK(http.StatusOK).Find("_embedded", "releasedVersions"), 2)
		require.Len(t, b.Get(supported+"?pacticipant=App&version=2").OK(http.StatusOK).Find("_embedded", "releasedVersions"), 1)
		require.Empty(t, b.Get(supported+"?pacticipant=Nobody").OK(http.StatusOK).Find("_embedded", "releasedVersions"))

		at := "/released-versions/" + first.Text("uuid")
		b.Patch(at, map[string]any{"currentlySupported": true}).OK(http.StatusUnprocessableEntity)
		require.NotEmpty(t, b.Patch(at, map[string]any{"currentlySupported": false}).OK(http.StatusOK).Text("supportEndedAt"))
		require.Equal(t, false, b.Get(at).OK(http.StatusOK).Find("currentlySupported"))
		require.Equal(t, true, release("1").OK(http.StatusOK).Find("currentlySupported"), "releasing again supports it again")
		require.Len(t, b.Get("/pacticipants/App/versions/1/released-versions/environment/"+env).OK(http.StatusOK).Find("_embedded", "releasedVersions"), 1)
	})
}

func TestEnvironments_keepWhatIsSaidOfAContact(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		at := "/environments/" + b.Environment("live")
		body := func(contact map[string]any) map[string]any {
			return map[string]any{"name": "live", "production": true, "contacts": []any{contact}}
		}
		shown := b.Put(at, body(map[string]any{"name": "Joe", "email": "joe@example.org", "details": map[string]any{"chat": "#joe"}})).OK(http.StatusOK)
		require.Equal(t, map[string]any{"chat": "#joe", "emailAddress": "joe@example.org"}, shown.Find("contacts", 0, "details"))
		shown = b.Put(at, body(map[string]any{"name": "Joe", "phone": "555-1", "details": nil})).OK(http.StatusOK)
		require.Equal(t, map[string]any{"phone": "555-1"}, shown.Find("contacts", 0, "details"))
		b.Put(at, body(map[string]any{"name": "Joe", "email": nil})).OK(http.StatusOK)
		b.Put(at, body(map[string]any{"name": "Joe", "email": "joe@example.org", "details": map[string]any{"emailAddress": "joe@example.org"}})).OK(http.StatusOK)
		for problem, contact := range map[string]map[string]any{
			"email must be a string (at index 0)":                          {"name": "Joe", "email": 7},
			"email cannot contain multiple lines (at index 0)":             {"name": "Joe", "email": "a\nb"},
			"email and details.emailAddress must be the same (at index 0)": {"name": "Joe", "email": "a", "details": map[string]any{"emailAddress": "b"}},
			"details must be an object (at index 0)":                       {"name": "Joe", "email": "a", "details": []any{}},
		} {
			require.Equal(t, problem, b.Put(at, body(contact)).OK(http.StatusBadRequest).Text("errors", "contacts", 0))
		}
	})
}

func TestRecords_endOnlyByFalse(t *testing.T) {
	b := testbroker.New(t)
	b.Environment("live")
	b.Version("Till", "1")
	for property, at := range map[string]string{
		"currentlyDeployed":  b.Deploy("Till", "1", "live"),
		"currentlySupported": b.Release("Till", "1", "live"),
	} {
		for _, no := range []any{"false", 0, nil, []any{}, map[string]any{}} {
			refused := b.Patch(at, map[string]any{property: no}).OK(http.StatusBadRequest)
			require.Equal(t, "must be false, or be left out", refused.Text("errors", property, 0))
		}
		require.Equal(t, true, b.Get(at).OK(http.StatusOK).Find(property))
	}
}

func TestEnvironmentsOfAVersion_inTheOrderInWhichItCameThere(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		for _, number := range []string{"1", "2"} {
			b.Version("Till", number)
		}
		for _, name := range []string{"test", "live"} {
			b.Deploy("Till", "1", name)
			b.Release("Till", "1", name)
		}
		b.Release("Till", "2", "live")
		till := b.Get("/pacticipants/Till/versions/1").OK(http.StatusOK)
		for _, relation := range []string{"pb:deployed-environments", "pb:released-environments"} {
			require.Equal(t, []string{"Test", "Live"}, []string{till.Text("_links", relation, 0, "name"), till.Text("_links", relation, 1, "name")}, relation)
		}
		supported := b.Get("/environments/" + b.Environment("live") + "/released-versions/currently-supported").OK(http.StatusOK)
		require.Equal(t, []string{"1", "2"}, []string{
			supported.Text("_embedded", "releasedVersions", 0, "_embedded", "version", "number"),
			supported.Text("_embedded", "releasedVersions", 1, "_embedded", "version", "number"),
		})
	})
}

func TestRecords_needAVersionAndAnEnvironment(t *testing.T) {
	b := testbroker.New(t)
	env := b.Environment("test")
	b.Version("Till", "1")
	for _, kind := range []string{"deployed", "released"} {
		for _, at := range []string{"/pacticipants/Till/versions/9/" + kind + "-versions/environment/" + env, "/pacticipants/Till/versions/1/" + kind + "-versions/environment/none"} {
			b.Post(at, map[string]any{}).OK(http.StatusNotFound)
			b.Get(at).OK(http.StatusNotFound)
		}
		b.Get("/" + kind + "-versions/none").OK(http.StatusNotFound)
		b.Patch("/"+kind+"-versions/none", map[string]any{}).OK(http.StatusNotFound)
	}
	b.Post("/pacticipants/Till/versions/1/deployed-versions/environment/"+env, map[string]any{"applicationInstance": []any{}}).OK(http.StatusBadRequest)
}
