package api_test

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/support/config"
	"github.com/accord-broker/accord/internal/testing/testbroker"
)

// boundTo says for whose applications a secret or a token is; nothing for all.
type boundTo struct{ applications, labels, teams []string }

func (s boundTo) all() bool { return len(s.applications)+len(s.labels)+len(s.teams) == 0 }

func (s boundTo) in(body testbroker.Object) testbroker.Object {
	for name, list := range map[string][]string{"applications": s.applications, "labels": s.labels, "teams": s.teams} {
		if list != nil {
			body[name] = list
		}
	}
	return body
}

// labelled and owned are the applications with a label and of a team where secrets
// are tried: "later" is a label that none has.
var (
	labelled = map[string][]string{"front": {"Web"}, "back": {"Api"}, "later": nil}
	owned    = map[string]boundTo{"shop": {applications: []string{"Web"}}, "core": {labels: []string{"back", "later"}}}
)

// names are all that is in a scope, each label and team for itself, too.
func (s boundTo) names() map[string]bool {
	all := map[string]bool{}
	for _, team := range s.teams {
		all["team "+team] = true
		s.applications, s.labels = slices.Concat(s.applications, owned[team].applications), slices.Concat(s.labels, owned[team].labels)
	}
	for _, label := range s.labels {
		all["label "+label] = true
		s.applications = slices.Concat(s.applications, labelled[label])
	}
	for _, name := range s.applications {
		all[name] = true
	}
	return all
}

// sees and changes are what a caller for some applications may do to a secret.
func (s boundTo) sees(secret boundTo) bool {
	if s.all() || secret.all() {
		return true
	}
	own := s.names()
	for name := range secret.names() {
		if own[name] && !strings.HasPrefix(name, "team ") {
			return true
		}
	}
	return false
}

func (s boundTo) changes(secret boundTo) bool {
	own := s.names()
	missing := func(kind string) func(string) bool {
		return func(name string) bool { return !own[kind+name] }
	}
	return s.all() || !secret.all() && !slices.ContainsFunc(secret.applications, missing("")) && !slices.ContainsFunc(secret.labels, missing("label ")) && !slices.ContainsFunc(secret.teams, missing("team "))
}

var boundSecrets = map[string]boundTo{
	"for-all": {}, "for-web": {applications: []string{"Web"}}, "for-api": {applications: []string{"Api"}}, "for-both": {applications: []string{"Web", "Api"}}, "for-other": {applications: []string{"Other"}},
	"for-front": {labels: []string{"front"}}, "for-later": {labels: []string{"later"}}, "for-shop": {teams: []string{"shop"}}, "for-core": {teams: []string{"core"}}, "for-much": {applications: []string{"Other"}, labels: []string{"back"}, teams: []string{"shop"}},
}

var secretUsers = map[string]boundTo{
	"everything": {}, "web": {applications: []string{"Web"}}, "web and api": {applications: []string{"Web", "Api"}}, "nothing yet": {applications: []string{"Unborn"}}, "front": {labels: []string{"front"}},
	"later": {labels: []string{"later"}}, "shop": {teams: []string{"shop"}}, "core and other": {applications: []string{"Other"}, teams: []string{"core"}},
}

func askAllWithKey(s *config.Settings) {
	askAll(s)
	s.Secrets.Key = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="
}

// fillSecrets makes the applications, teams and secrets.
func fillSecrets(b *testbroker.Broker) {
	for _, name := range []string{"Web", "Api", "Other"} {
		b.Post("/pacticipants", testbroker.Object{"name": name}).OK(http.StatusCreated)
	}
	for label, names := range labelled {
		for _, name := range names {
			b.Put("/pacticipants/"+name+"/labels/"+label, nil).OK()
		}
	}
	for team, of := range owned {
		b.Put("/api/v1/teams/"+team, of.in(testbroker.Object{})).OK(http.StatusCreated)
	}
	for name, of := range boundSecrets {
		b.Put("/api/v1/secrets/"+name, of.in(secretBody())).OK(http.StatusCreated)
	}
}

func secretBody() testbroker.Object {
	return testbroker.Object{"value": "hush", "hosts": []string{"example.org"}}
}

func TestSecrets_areSeenAndChangedWithinAScopeAlone(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, guarded *testbroker.Broker) {
		b := guarded.Always(testbroker.As("admin", "sesame"))
		fillSecrets(b)
		for who, scope := range secretUsers {
			made := b.Post("/api/v1/tokens", scope.in(testbroker.Object{"name": who, "role": "developer"})).OK(http.StatusCreated)
			as := guarded.Always(testbroker.Header("Authorization", "Bearer "+made.Text("secret")))
			var seen []string
			for cursor := ""; ; {
				page := as.Get("/api/v1/secrets?limit=3" + cursor).OK(http.StatusOK)
				for _, secret := range page.Find("items").([]any) {
					seen = append(seen, secret.(map[string]any)["name"].(string))
				}
				next, more := page.Find("next_cursor").(string)
				if cursor = "&cursor=" + url.QueryEscape(next); !more {
					break
				}
			}
			var want []string
			for name, of := range boundSecrets {
				if scope.sees(of) {
					want = append(want, name)
				}
			}
			slices.Sort(want)
			require.Equal(t, want, seen, "what %s sees", who)
			page := string(as.Visit("/secrets").OK(http.StatusOK).Body)
			own := boundTo{applications: scope.applications, labels: scope.labels, teams: scope.teams}
			for name, of := range boundSecrets {
				require.Equal(t, scope.sees(of), strings.Contains(page, name), "whether the page shows %s %s", who, name)
				status := map[bool]int{true: http.StatusOK, false: http.StatusForbidden}[scope.changes(of)]
				if !scope.sees(of) {
					status = http.StatusConflict
				}
				require.Equal(t, status, as.Put("/api/v1/secrets/"+name, own.in(secretBody())).Status, "%s takes %s for themselves", who, name)
				b.Put("/api/v1/secrets/"+name, of.in(secretBody())).OK(http.StatusOK)
				again := as.Put("/api/v1/secrets/"+name, of.in(secretBody())).Status
				require.Equal(t, map[bool]int{true: http.StatusOK, false: http.StatusForbidden}[scope.changes(of)], again, "%s changes %s", who, name)
				status = map[bool]int{true: http.StatusNoContent, false: http.StatusForbidden}[scope.changes(of)]
				if !scope.sees(of) {
					status = http.StatusNotFound
				}
				require.Equal(t, status, as.Delete("/api/v1/secrets/"+name).Status, "%s deletes %s", who, name)
				if status == http.StatusNoContent {
					b.Put("/api/v1/secrets/"+name, of.in(secretBody())).OK(http.StatusCreated)
				}
			}
			if !scope.all() {
				as.Put("/api/v1/secrets/of-nobody", secretBody()).OK(http.StatusForbidden)
			}
		}
	}, testbroker.With(askAllWithKey))
}

// A webhook fills in a secret only where whoever may change the webhook may use the
// secret: one that is bound to an application which it names.
func TestSecrets_areFilledInByWebhooksOfTheirApplicationsAlone(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, guarded *testbroker.Broker) {
		b := guarded.Always(testbroker.As("admin", "sesame"))
		fillSecrets(b)
		type side = testbroker.Object
		for _, hook := range []struct {
			sides testbroker.Object
			names []string
		}{
			{testbroker.Object{}, nil}, {testbroker.Object{"consumer": side{"name": "Web"}}, []string{"Web"}}, {testbroker.Object{"provider": side{"name": "Api"}}, []string{"Api"}},
			{testbroker.Object{"consumer": side{"name": "Web"}, "provider": side{"name": "Api"}}, []string{"Web", "Api"}},
			{testbroker.Object{"consumer": side{"label": "front"}}, []string{"label front"}}, {testbroker.Object{"provider": side{"label": "later"}}, []string{"label later"}},
			{testbroker.Object{"consumer": side{"name": "Other"}, "provider": side{"label": "front"}}, []string{"Other"}},
		} {
			for name, of := range boundSecrets {
				within := of.names()
				fits := of.all() || slices.ContainsFunc(hook.names, func(name string) bool { return within[name] })
				request := testbroker.Object{"method": "POST", "url": "https://example.org", "headers": testbroker.Object{"Authorization": "Bearer ${secret." + name + "}"}}
				for _, answer := range []testbroker.Response{
					b.Post("/api/v1/webhooks", bodyWith(hook.sides, testbroker.Object{"events": []string{"contract_published"}, "request": request})),
					b.Post("/webhooks", bodyWith(hook.sides, testbroker.Object{"events": []any{testbroker.Object{"name": "contract_published"}}, "request": request})),
				} {
					require.Equal(t, map[bool]int{true: http.StatusCreated, false: http.StatusBadRequest}[fits], answer.Status, "%v fills in %s: %s", hook.sides, name, answer.Body)
					require.Equal(t, !fits, strings.Contains(string(answer.Body), "is no secret that this webhook may fill in"))
				}
			}
		}
		request := testbroker.Object{"events": []any{testbroker.Object{"name": "contract_published"}}, "request": testbroker.Object{"method": "POST", "url": "https://example.org", "body": "${secret.for-api}"}}
		b.Post("/webhooks/provider/Api/consumer/Web", request).OK(http.StatusCreated)
		b.Post("/webhooks/consumer/Web", request).OK(http.StatusBadRequest)
	}, testbroker.With(askAllWithKey))
}

// A label that gives an application secrets is put on it by those alone who administer.
func TestSecrets_comeWithLabelsFromThoseAloneWhoAdminister(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, guarded *testbroker.Broker) {
		b := guarded.Always(testbroker.As("admin", "sesame"))
		fillSecrets(b)
		b.Put("/api/v1/teams/idle", testbroker.Object{"labels": []string{"idle"}}).OK(http.StatusCreated)
		as := func(name string, scope boundTo) *testbroker.Broker {
			made := b.Post("/api/v1/tokens", scope.in(testbroker.Object{"name": name, "role": "developer"})).OK(http.StatusCreated)
			return guarded.Always(testbroker.Header("Authorization", "Bearer "+made.Text("secret")))
		}
		web := as("web", boundTo{applications: []string{"Web"}})
		for label, status := range map[string]int{"later": http.StatusForbidden, "back": http.StatusForbidden, "front": http.StatusOK, "idle": http.StatusForbidden, "new": http.StatusCreated} {
			require.Equal(t, status, web.Put("/pacticipants/Web/labels/"+label, nil).Status, label)
		}
		b.Post("/api/v1/users", testbroker.Object{"name": "jo", "role": "developer", "applications": []string{"Web"}, "password": "correct horse battery"}).OK(http.StatusCreated)
		guarded.Submit("/pacticipants/Web/edit", url.Values{"displayName": {"Web"}, "labels": {"front\nlater"}}, guarded.SignIn("jo", "correct horse battery")).OK(http.StatusForbidden)
		as("both", boundTo{applications: []string{"Web"}, labels: []string{"later"}}).Put("/pacticipants/Web/labels/later", nil).OK(http.StatusForbidden)
		b.Put("/pacticipants/Web/labels/back", nil).OK(http.StatusCreated)
	}, testbroker.With(askAllWithKey))
}

// A label that somebody put on before a secret was for it shows when the secret is set.
func TestSecrets_nameThoseWhoHaveThemByALabel(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, guarded *testbroker.Broker) {
		b := guarded.Always(testbroker.As("admin", "sesame"))
		fillSecrets(b)
		made := b.Post("/api/v1/tokens", testbroker.Object{"name": "other", "role": "developer", "applications": []string{"Other"}}).OK(http.StatusCreated)
		other := guarded.Always(testbroker.Header("Authorization", "Bearer "+made.Text("secret")))
		for _, label := range []string{"early", "teams"} {
			other.Put("/pacticipants/Other/labels/"+label, nil).OK(http.StatusCreated)
		}
		b.Put("/api/v1/teams/pay", testbroker.Object{"applications": []string{"Api"}, "labels": []string{"teams", "front"}}).OK(http.StatusCreated)
		for name, c := range map[string]struct {
			of   boundTo
			want []any
		}{
			"of-label": {boundTo{labels: []string{"early", "front"}}, []any{"Other", "Web"}}, "of-team": {boundTo{teams: []string{"pay"}, labels: []string{"early"}}, []any{"Other", "Web"}},
			"of-one": {boundTo{applications: []string{"Other"}}, []any{}}, "of-nobody": {boundTo{labels: []string{"later"}}, []any{}}, "of-all": {boundTo{}, []any{}},
		} {
			require.Equal(t, c.want, b.Put("/api/v1/secrets/"+name, c.of.in(secretBody())).OK(http.StatusCreated).Find("labelled_applications"), name)
		}
		b.Post("/api/v1/users", testbroker.Object{"name": "jo", "role": "admin", "password": "correct horse battery"}).OK(http.StatusCreated)
		jo := guarded.SignIn("jo", "correct horse battery")
		form := url.Values{"name": {"by-form"}, "value": {"hush hush"}, "hosts": {"example.org"}, "labels": {"early"}}
		require.Equal(t, "/secrets/by-form", guarded.Submit("/secrets", form, jo).OK(http.StatusSeeOther).Header.Get("Location"))
		for name, has := range map[string]bool{"by-form": true, "of-team": true, "of-one": false} {
			require.Equal(t, has, strings.Contains(string(guarded.Visit("/secrets/"+name, jo).OK(http.StatusOK).Body), "Applications by a label"), name)
		}
	}, testbroker.With(askAllWithKey))
}

func bodyWith(sides, rest testbroker.Object) testbroker.Object {
	body := testbroker.Object{}
	for _, part := range []testbroker.Object{sides, rest} {
		for name, value := range part {
			body[name] = value
		}
	}
	return body
}

// What a secret is for counts when it is sent, under the name that the application
// has then.
func TestSecrets_areSentForTheirApplicationsAlone(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		for _, name := range []string{"Web", "Api", "Other"} {
			b.Post("/pacticipants", testbroker.Object{"name": name}).OK(http.StatusCreated)
		}
		keep := func(name string, status int) {
			b.Put("/api/v1/secrets/ci", testbroker.Object{"value": "the-value", "hosts": []string{"127.0.0.1"}, "applications": []string{name}}).OK(status)
		}
		keep("Web", http.StatusCreated)
		receiver := testbroker.NewReceiver(t)
		hook := b.Post("/api/v1/webhooks", testbroker.Object{
			"events": []string{"contract_published"}, "consumer": testbroker.Object{"name": "Web"},
			"request": testbroker.Object{"method": "POST", "url": receiver.URL, "headers": testbroker.Object{"Authorization": "Bearer ${secret.ci}"}},
		}).OK(http.StatusCreated).Text("id")
		b.Post("/api/v1/applications/Web/rename", testbroker.Object{"name": "Shop"}).OK(http.StatusOK)
		b.Publish("Shop", "1", "main", nil, map[string]any{"Api": nil}).OK()
		b.Work()
		require.Equal(t, "Bearer the-value", receiver.Next(t).Header.Get("Authorization"))

		keep("Other", http.StatusOK)
		b.Publish("Shop", "2", "main", nil, map[string]any{"Api": nil}).OK()
		b.Work()
		delivery := b.Get("/api/v1/webhook-deliveries?limit=1&webhook="+hook).OK(http.StatusOK).Text("items", 0, "id")
		require.Eventually(t, func() bool {
			shown := fmt.Sprint(b.Get("/api/v1/webhook-deliveries/" + delivery).OK(http.StatusOK).JSON())
			return strings.Contains(shown, "there is no secret with the name ci that this webhook may fill in")
		}, 20*time.Second, 10*time.Millisecond)
		require.Empty(t, receiver.Got, "nothing was sent without the secret")
	}, testbroker.With(testbroker.CallingHere))
}

func TestSecrets_keepTheTeamThatTheyAreFor(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		b.Put("/api/v1/teams/shop", testbroker.Object{}).OK(http.StatusCreated)
		b.Put("/api/v1/secrets/ci", boundTo{teams: []string{"nobody"}}.in(secretBody())).OK(http.StatusBadRequest)
		b.Put("/api/v1/secrets/ci", boundTo{teams: []string{"shop"}}.in(secretBody())).OK(http.StatusCreated)
		b.Delete("/api/v1/teams/shop").OK(http.StatusConflict)
		b.Put("/api/v1/secrets/ci", secretBody()).OK(http.StatusOK)
		b.Delete("/api/v1/teams/shop").OK(http.StatusNoContent)
	}, testbroker.With(testbroker.CallingHere))
}
