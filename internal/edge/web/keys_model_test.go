package web_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/testing/testbroker"
	"github.com/accord-broker/accord/internal/testing/testrandom"
)

// grantWords is what the pages say of the applications for which a role counts.
func grantWords(of testbroker.Object) string {
	if of["all_applications"] == true {
		return "all applications"
	}
	var said []string
	for _, name := range []string{"applications", "labels", "teams"} {
		for _, text := range of[name].([]any) {
			if name == "teams" {
				text = "team " + text.(string)
			}
			said = append(said, strings.Join(strings.Fields(text.(string)), " "))
		}
	}
	return strings.Join(said, ", ")
}

// cellsOf are the rows of a list: the words of each of its cells, without commas between
// those that stand apart.
func cellsOf(page element) (rows []string) {
	for _, body := range page.all("tbody") {
		for _, row := range body.all("tr") {
			var cells []string
			for _, cell := range append(row.all("th"), row.all("td")...) {
				cells = append(cells, strings.ReplaceAll(cell.text(), " , ", ", "))
			}
			rows = append(rows, strings.Join(cells, " | "))
		}
	}
	return rows
}

// without is an object without what differs by when it was made.
func without(of testbroker.Object, names ...string) testbroker.Object {
	rest := maps.Clone(of)
	for _, name := range names {
		delete(rest, name)
	}
	return rest
}

// scopeFields are the fields of a form that ask for a scope.
func scopeFields(wanted testbroker.Object) url.Values {
	return url.Values{"role": {wanted["role"].(string)}, "applications": listed(wanted, "applications"), "labels": listed(wanted, "labels"), "teams": listed(wanted, "teams")}
}

// A token that is made through the form is what the API makes of the same, the list says of
// each what the API says, and what is refused by the one is refused by the other.
func TestTokenForm_saysTheSameAsTheAPI(t *testing.T) {
	testrandom.Each(t, func(t *testing.T, random *rand.Rand) {
		b, _ := withAccess(t)
		lifetimes := map[string]time.Duration{"30": 30 * 24 * time.Hour, "90": 90 * 24 * time.Hour, "365": 365 * 24 * time.Hour, "": 0}
		made := 0
		for i := range 8 {
			wanted := scoped(random)
			if random.IntN(4) == 0 {
				wanted["role"] = testrandom.OneOf(random, "admin", "nobody", "")
			}
			wanted["owner"] = testrandom.OneOf(random, textsToKeep...)
			name := fmt.Sprintf("%s %d", testrandom.OneOf(random, textsToKeep...), i)
			days := testrandom.OneOf(random, slices.Sorted(maps.Keys(lifetimes))...)
			body := maps.Clone(wanted)
			body["name"] = name
			if lifetimes[days] > 0 {
				body["expires_at"] = time.Now().Add(lifetimes[days]).UTC().Format(time.RFC3339)
			}
			byAPI := b.Post("/api/v1/tokens", body)
			form := scopeFields(wanted)
			form.Set("name", name)
			form.Set("owner", wanted["owner"].(string))
			form.Set("expires", days)
			answer := b.Submit("/tokens", form)
			if byAPI.Status != http.StatusCreated {
				require.Equal(t, http.StatusUnprocessableEntity, answer.Status, "%v: %s", form, byAPI.Body)
				continue
			}
			require.Equal(t, http.StatusOK, answer.Status, "%v", form)
			made++
			secret := secretIn(t, string(answer.Body))
			b.Get("/pacticipants", testbroker.Header("Authorization", "Bearer "+secret)).OK(http.StatusOK)
			var both []testbroker.Object
			for _, item := range items(b, "/api/v1/tokens") {
				if item["name"] == name {
					both = append(both, item)
				}
			}
			require.Len(t, both, 2)
			differ := []string{"id", "prefix", "created_at", "expires_at", "last_used_at"}
			require.Equal(t, without(both[0], differ...), without(both[1], differ...), "%v", form)
			require.Equal(t, both[0]["expires_at"] == nil, both[1]["expires_at"] == nil, "%v", form)
			if lifetimes[days] > 0 {
				one, err := time.Parse(time.RFC3339Nano, both[0]["expires_at"].(string))
				require.NoError(t, err)
				other, err := time.Parse(time.RFC3339Nano, both[1]["expires_at"].(string))
				require.NoError(t, err)
				require.WithinDuration(t, one, other, time.Minute)
			}
		}
		checkTokenList(t, b, 2*made)
	}, 1)
}

// checkTokenList checks that the list has each token as the API has it, and that each
// choice of a status leads to as many as it says, which are all of them together.
func checkTokenList(t *testing.T, b *testbroker.Broker, count int) {
	t.Helper()
	var want []string
	for _, item := range items(b, "/api/v1/tokens") {
		want = append(want, strings.Join([]string{strings.Join(strings.Fields(item["name"].(string)+" "+item["owner"].(string)), " "), item["role"].(string), grantWords(item)}, " | "))
	}
	require.Len(t, want, count)
	shown := func(page element) (found []string) {
		for _, row := range cellsOf(page) {
			found = append(found, strings.Join(strings.Split(row, " | ")[:3], " | "))
		}
		return found
	}
	require.ElementsMatch(t, want, leafed(t, b, "/tokens", shown))
	var together []string
	for _, choice := range visited(t, b, "/tokens").one(t, "nav", "aria-label", "Status").all("a") {
		found := leafed(t, b, choice.is("href"), shown)
		require.Len(t, found, number(t, choice.one(t, "b").text()), choice.text())
		if !strings.HasPrefix(choice.text(), "All") {
			together = append(together, found...)
		}
	}
	require.ElementsMatch(t, want, together, "each has one status")
}

// Somebody who is let in through the form may do what the API gives for the same, and what
// is changed through the form is what the API makes of the change.
func TestPersonForm_saysTheSameAsTheAPI(t *testing.T) {
	testrandom.Each(t, func(t *testing.T, random *rand.Rand) {
		b, _ := withAccess(t)
		person := func(name string) testbroker.Object {
			for _, item := range items(b, "/api/v1/users") {
				if item["name"] == name {
					return without(item, "id", "name", "created_at")
				}
			}
			return nil
		}
		for i := range 4 {
			wanted := scoped(random)
			if random.IntN(4) == 0 {
				wanted = testbroker.Object{"role": testrandom.OneOf(random, "", "admin", "emperor")}
			}
			byAPI, byForm := fmt.Sprintf("api-%d", i), fmt.Sprintf("form-%d", i)
			body := maps.Clone(wanted)
			body["name"] = byAPI
			created := b.Post("/api/v1/users", body)
			form := scopeFields(wanted)
			form.Set("name", byForm)
			answer := b.Submit("/people", form)
			if created.Status != http.StatusCreated {
				require.Equal(t, http.StatusUnprocessableEntity, answer.Status, "%v: %s", form, created.Body)
				require.Nil(t, person(byForm))
				continue
			}
			require.Equal(t, http.StatusOK, answer.Status, "%v", form)
			require.Equal(t, person(byAPI), person(byForm), "%v", form)

			address := pageOf(t, answer).with(t, "a", byForm).is("href")
			stands := url.Values(visited(t, b, address).one(t, "form", "action", address).form())
			before := person(byForm)
			b.Submit(address, stands).OK(http.StatusSeeOther)
			require.Equal(t, before, person(byForm), "sent as it stands: %v", stands)
			other := scoped(random)
			b.Submit(address, scopeFields(other)).OK(http.StatusSeeOther)
			b.Put("/api/v1/users/"+created.Text("id"), other).OK()
			require.Equal(t, person(byAPI), person(byForm), "changed to %v", other)
		}
		var want []string
		for _, item := range items(b, "/api/v1/users") {
			line := item["name"].(string) + " known by a password | by groups and teams | "
			if role, named := item["role"].(string); named && role != "" {
				line = item["name"].(string) + " known by a password | " + role + " | " + grantWords(item)
			}
			want = append(want, line+" | never | May sign in")
		}
		require.ElementsMatch(t, want, leafed(t, b, "/people", cellsOf))
	}, 1)
}
