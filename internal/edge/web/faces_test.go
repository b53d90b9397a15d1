package web_test

import (
	"fmt"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/testing/testbroker"
)

// items are all of a collection of the own API, over all its pages.
func items(b *testbroker.Broker, address string) (all []testbroker.Object) {
	for next := address; next != ""; {
		answer := b.Get(next).OK(http.StatusOK)
		for _, item := range answer.Find("items").([]any) {
			all = append(all, item.(testbroker.Object))
		}
		cursor, _ := answer.Find("next_cursor").(string)
		if next = ""; cursor != "" && len(answer.Find("items").([]any)) > 0 { // who follows events always gets one
			joint := "?"
			if strings.Contains(address, "?") {
				joint = "&"
			}
			next = address + joint + "cursor=" + url.QueryEscape(cursor)
		}
	}
	return all
}

// older is what a list shows that has a link to what is older, up to its end.
func older(t *testing.T, b *testbroker.Broker, address string, shown func(element) []string) (found []string) {
	t.Helper()
	for pages := 0; ; pages++ {
		require.Less(t, pages, 50, "%s: there is always more", address)
		page := visited(t, b, address)
		here := shown(page)
		require.True(t, pages == 0 || len(here) > 0, "%s: the last page is empty", address)
		found = append(found, here...)
		next := page.all("a", "rel", "next")
		if len(next) == 0 {
			return found
		}
		address, _ = resolved(t, address, next[0].is("href"))
	}
}

// times are those that the elements of a tag tell, the first of each.
func times(within element, tag string) (found []string) {
	for _, e := range within.all(tag) {
		if all := e.all("time"); len(all) > 0 {
			found = append(found, all[0].is("datetime"))
		}
	}
	return found
}

// busy is a broker in which something has happened every hour for some days.
func busy(t *testing.T) *testbroker.Broker {
	now := time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)
	b := testbroker.New(t, testbroker.With(testbroker.CallingHere), testbroker.At(func() time.Time { return now }))
	b.Put("/api/v1/webhooks/hook-of-all-contracts", testbroker.Object{"events": []string{"contract_published", "provider_verification_published"}, "request": testbroker.Object{"method": "POST", "url": "http://127.0.0.1:1/"}}).OK()
	b.Environment("test")
	for i := range 60 {
		now = now.Add(time.Hour)
		pact := b.Pact("Web", fmt.Sprintf("w%d", i)).Branch([]string{"main", "feat/x"}[i%2]).Saying(testbroker.Content("Web", "Api", fmt.Sprint("request ", i/3))).With("Api")
		now = now.Add(time.Minute)
		if i%4 == 0 {
			pact.FailedBy(fmt.Sprintf("a%d", i/10))
		} else {
			pact.VerifiedBy(fmt.Sprintf("a%d", i/10))
		}
		now = now.Add(time.Minute)
		if b.Deploy("Web", pact.Version, "test"); i%20 == 0 {
			b.Pact("Other", fmt.Sprint(i)).With("Api")
			b.Deploy("Other", fmt.Sprint(i), "test", "one")
		}
	}
	return b
}

// What the pages of one thing say is what the API says of it, each once and in the same
// order, over all pages of both.
func TestPages_sayWhatTheAPISays(t *testing.T) {
	b := busy(t)
	versions := func(page element) (found []string) {
		for _, row := range page.one(t, "table", "class", "table tocards vers").one(t, "tbody").all("tr") {
			link := row.one(t, "th").one(t, "a", "class", "ver")
			require.Equal(t, "/pacticipants/Web/versions/"+link.is("title"), link.is("href"))
			found = append(found, link.is("title"))
		}
		return found
	}
	numbers := func(address string) (found []string) {
		for _, version := range b.Get(address).OK(http.StatusOK).Find("_embedded", "versions").([]any) {
			found = append(found, version.(testbroker.Object)["number"].(string))
		}
		return found
	}
	t.Run("versions", func(t *testing.T) {
		all := numbers("/pacticipants/Web/versions")
		require.Len(t, all, 60)
		require.Equal(t, all, leafed(t, b, "/pacticipants/Web", versions))
		require.Equal(t, numbers("/pacticipants/Web/branches/feat%2Fx/versions"), leafed(t, b, "/pacticipants/Web?branch=feat%2Fx", versions))
		for _, list := range []string{"/pacticipants/Web", "/", "/network", "/environments"} {
			page := visited(t, b, list+"?page=99")
			require.True(t, page.has("h2", "Nothing on this page"), list)
			back, _ := resolved(t, list, page.one(t, "a", "rel", "prev").is("href"))
			require.False(t, visited(t, b, back).has("h2", "Nothing on this page"), "back to where there is something: %s", back)
		}
		require.Equal(t, "0 of 60", visited(t, b, "/pacticipants/Web?page=99").one(t, "div", "class", "tablefoot").one(t, "span").text())
		require.Equal(t, "?page=3", visited(t, b, "/pacticipants/Web?page=99").one(t, "a", "rel", "prev").is("href"), "back to where there is something")
	})
	t.Run("events", func(t *testing.T) {
		for page, api := range map[string]string{
			"/activity": "", "/activity?name=Other": "?application=Other", "/activity?since=2026-05-03": "?since=2026-05-03T00:00:00Z", "/activity?kind=deployments": "?type=deployment_recorded&type=deployment_ended&type=release_recorded&type=release_support_ended",
		} {
			var want []string
			for _, event := range items(b, "/api/v1/events"+api) {
				at, err := time.Parse(time.RFC3339Nano, event["time"].(string))
				require.NoError(t, err)
				want = append(want, at.Format(time.RFC3339))
			}
			slices.Reverse(want)
			require.NotEmpty(t, want, api)
			require.Equal(t, want, older(t, b, page, func(page element) (found []string) {
				for _, day := range page.all("section", "class", "card") {
					told := times(day, "li")
					if len(told) > 0 {
						require.Contains(t, day.one(t, "div", "class", "cardhead").text(), fmt.Sprintf(" %d event", len(told)))
						on, err := time.Parse(time.RFC3339, told[0])
						require.NoError(t, err)
						require.Equal(t, on.Format("Monday, 2 January 2006"), day.one(t, "h2").text())
					}
					found = append(found, told...)
				}
				return found
			}), page)
		}
	})
	t.Run("audit", func(t *testing.T) {
		for page, api := range map[string]string{"/audit": "", "/audit?application=Other": "?application=Other", "/audit?outcome=done&from=2026-05-02&to=2026-05-02": "?outcome=done&since=2026-05-02T00:00:00Z&until=2026-05-03T00:00:00Z", "/audit?actor=nobody": "?actor=nobody"} {
			var want []string
			for _, entry := range items(b, "/api/v1/audit"+api) {
				want = append(want, entry["request_id"].(string))
			}
			require.Equal(t, want, older(t, b, page, func(page element) []string { return texts(page.all("code", "class", "small")) }), page)
		}
	})
	t.Run("deliveries", func(t *testing.T) {
		hook := "/webhooks/hook-of-all-contracts"
		for page, api := range map[string]string{"": "", "?event=contract_published": "&event=contract_published", "?application=Other": "&application=Other", "?since=2026-05-03": "&since=2026-05-03T00:00:00Z"} {
			var want []string
			for _, delivery := range items(b, "/api/v1/webhook-deliveries?webhook=hook-of-all-contracts"+api) {
				want = append(want, delivery["id"].(string))
			}
			require.NotEmpty(t, want, api)
			require.Equal(t, want, older(t, b, hook+page, func(page element) (found []string) {
				for _, row := range page.one(t, "tbody").all("tr") {
					found = append(found, path.Base(row.one(t, "th").one(t, "a").is("href")))
				}
				return found
			}), page)
		}
	})
	t.Run("an environment", func(t *testing.T) {
		uuid := b.Environment("test")
		var there []string
		for _, version := range b.Get("/environments/"+uuid+"/deployed-versions/currently-deployed").OK(http.StatusOK).Find("_embedded", "deployedVersions").([]any) {
			of := version.(testbroker.Object)["_embedded"].(testbroker.Object)
			there = append(there, of["pacticipant"].(testbroker.Object)["name"].(string)+" "+of["version"].(testbroker.Object)["number"].(string))
		}
		first := visited(t, b, "/environments/"+uuid)
		var now []string
		for _, row := range first.one(t, "section", "aria-labelledby", "now").one(t, "tbody").all("tr") {
			now = append(now, row.one(t, "th").text()+" "+row.one(t, "a", "class", "ver").is("title"))
		}
		require.ElementsMatch(t, there, now)
		var current []string
		history := leafed(t, b, "/environments/"+uuid, func(page element) (found []string) {
			for _, entry := range page.one(t, "section", "aria-labelledby", "was").all("li") {
				what := entry.one(t, "a", "class", "name").text() + " " + entry.one(t, "a", "class", "ver").is("title")
				if strings.Contains(entry.text(), "there now") {
					current = append(current, what)
				} else {
					require.Contains(t, entry.text(), "left")
				}
				found = append(found, what)
			}
			return found
		})
		require.Len(t, history, 63)
		require.Equal(t, "Web w59", history[0])
		slices.Sort(current)
		require.ElementsMatch(t, there, slices.Compact(current))
	})
}

// The page of the matrix has the rows of the answer, and the table of a pair says of two
// versions what the newest result says.
func TestMatrix_hasTheRowsOfTheAnswer(t *testing.T) {
	b := busy(t)
	b.Pact("Web", "w0").Branch("main").Saying(testbroker.Content("Web", "Api", "request 0")).With("Api").VerifiedBy("a0") // it failed before
	words := map[any]string{true: "Works", false: "Fails", nil: "Not known"}
	for _, query := range []string{"latestby=cvpv&limit=100", "latestby=cvp&limit=100", "latestby=cvpv&limit=7", "limit=200", "latestby=cvpv&success[]=false&limit=100", "latestby=cvpv&success[]=&limit=100"} {
		for page, api := range map[string]string{
			"/matrix?q[][pacticipant]=Web&q[][pacticipant]=Api&" + query: "/matrix?q[][pacticipant]=Web&q[][pacticipant]=Api&" + query,
			"/matrix?q[][pacticipant]=Api&" + query:                      "/matrix?q[][pacticipant]=Api&" + query,
		} {
			var want, found []string
			for _, row := range b.Get(api).OK(http.StatusOK).Find("matrix").([]any) {
				of := row.(testbroker.Object)
				line := of["consumer"].(testbroker.Object)["name"].(string) + " " + of["consumer"].(testbroker.Object)["version"].(testbroker.Object)["number"].(string)
				result, _ := of["verificationResult"].(testbroker.Object)
				if provider, verified := of["provider"].(testbroker.Object)["version"].(testbroker.Object); verified {
					line += " " + provider["number"].(string)
				}
				want = append(want, line+" "+words[result["success"]])
			}
			shown := visited(t, b, page)
			for _, row := range shown.one(t, "section", "aria-labelledby", "rw").all("tr") {
				if len(row.all("td")) == 0 {
					continue // the head
				}
				cells := row.all("td")
				head := row.one(t, "th", "scope", "row")
				line := strings.Fields(head.text())[0]
				for _, number := range append(head.all("a", "class", "ver"), cells[0].all("a", "class", "ver")...) {
					line += " " + number.is("title")
				}
				found = append(found, line+" "+cells[1].text())
			}
			require.Equal(t, want, found, page)
			require.Contains(t, shown.text(), fmt.Sprintf("Rows %d row", len(want)), page)
		}
	}
	for _, query := range []string{"", "?latestby=cvpv&limit=200", "?latestby=&limit=200"} {
		grid := visited(t, b, "/matrix/provider/Api/consumer/Web"+query).one(t, "table", "class", "vgrid table-full")
		heads := grid.one(t, "thead").all("a", "class", "ver")
		for _, row := range grid.one(t, "tbody").all("tr") {
			consumer := row.one(t, "th").one(t, "a", "class", "ver").is("title")
			for i, cell := range row.all("td") {
				provider := heads[i].is("title")
				newest, said := "Not known", cell.text()
				rows := b.Get("/matrix?latestby=cvpv&q[][pacticipant]=Web&q[][version]=" + consumer + "&q[][pacticipant]=Api&q[][version]=" + provider).OK(http.StatusOK)
				if result, tried := rows.Find("matrix", 0, "verificationResult", "success").(bool); tried {
					newest = words[result]
				}
				require.True(t, strings.HasPrefix(said, newest), "%s: %s with %s is %q, not %q", query, consumer, provider, said, newest)
			}
		}
	}
}
