package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/testing/testbroker"
)

// The page of a verdict says what the API says of the same question: the answer, and of
// each pair why, once; and so do the pages on which the answer stands beside others.
func TestVerdict_isThatOfTheAPI(t *testing.T) {
	b, newest := company(t)
	words := map[string]string{"yes": "Yes", "no": "No", "unknown": "Not known"}
	marks := map[string]string{"yes": "Works", "no": "Fails", "unknown": "Not known"}
	environments := visited(t, b, "/environments")
	answers := map[string]int{}
	for _, one := range b.Get("/pacticipants").OK(http.StatusOK).Find("_embedded", "pacticipants").([]any) {
		application := one.(testbroker.Object)["name"].(string)
		if b.Get("/pacticipants/"+application+"/latest-version").Status == http.StatusNotFound {
			continue // it has no version to ask about
		}
		for _, environment := range []string{"test", "production", ""} {
			query := url.Values{"pacticipant": {application}, "version": {newest(application)}}
			if environment != "" {
				query.Set("environment", environment)
			}
			page := visited(t, b, "/can-i-deploy?"+query.Encode())
			var api []string
			for _, link := range page.one(t, "main").all("a") {
				if strings.HasPrefix(link.is("href"), "/api/v1/verdicts?") {
					api = append(api, link.is("href"))
				}
			}
			require.Len(t, api, 1, "the page leads to the same of the API")
			verdict := b.Get(api[0]).OK(http.StatusOK)
			answer := words[verdict.Text("decision")]
			require.Equal(t, answer, page.one(t, "h1").text(), query.Encode())
			answers[answer]++

			var want []string
			for _, pair := range verdict.Find("pairs").([]any) {
				of := pair.(testbroker.Object)
				mark := marks[of["decision"].(string)]
				if of["counted"] == false {
					mark = "Does not count"
				}
				line := of["code"].(string) + " " + mark
				for _, role := range []string{"consumer", "provider"} {
					if party, known := of[role].(testbroker.Object); known {
						line += " " + party["name"].(string)
						if number, known := party["version"].(string); known {
							line += " " + number
						}
					}
				}
				want = append(want, line)
			}
			found := leafed(t, b, "/can-i-deploy?size=2&"+query.Encode(), func(page element) (found []string) {
				for _, table := range page.all("table", "class", "table tocards") {
					for _, row := range table.one(t, "tbody").all("tr") {
						cells := row.all("td")
						line := cells[2].is("title") + " " + cells[1].one(t, "span").text()
						numbers := cells[0].all("a", "class", "ver")
						for i, name := range row.one(t, "th").all("a", "class", "name") {
							line += " " + name.text()
							if i < len(numbers) {
								line += " " + numbers[i].is("title")
							}
						}
						found = append(found, line)
					}
				}
				return found
			})
			require.ElementsMatch(t, want, found, query.Encode())

			if led := environments.all("a", "href", "/can-i-deploy?"+query.Encode()); len(led) > 0 {
				require.Equal(t, answer == "Yes", led[0].text() == "can go now", "what the list of environments says of %s: %s", query.Encode(), led[0].text())
			}
		}
	}
	require.Len(t, answers, 3, "the example has every answer: %v", answers)
}

// Whose a failure is, and how they are reached, stand in lines of their own; the list of
// pairs says why in words.
func TestVerdict_readsAsSentences(t *testing.T) {
	b, _ := company(t)
	page := visited(t, b, "/can-i-deploy?pacticipant=checkout-web&environment=production")
	for _, item := range page.one(t, "dl", "class", "answers").all("div") {
		if item.one(t, "dt").text() == "Who can change it" {
			require.Equal(t, []string{"payments", "Team Checkout", "#team-checkout"}, texts(item.all("dd")))
		}
	}
	for _, row := range page.one(t, "table", "class", "table tocards").one(t, "tbody").all("tr") {
		require.Empty(t, row.all("code"), "a code says nothing to people")
	}
}

// Who asks about something that is not there is told what, and gets the question back.
func TestVerdict_saysWhatIsNotThere(t *testing.T) {
	b, newest := company(t)
	for query, status := range map[string]int{
		"pacticipant=payments&version=" + newest("payments") + "&environment=nowhere": http.StatusBadRequest,
		"pacticipant=payments&version=9.9&environment=production":                     http.StatusOK,
		"pacticipant=payments&environment=production":                                 http.StatusOK,
		"pacticipant=nobody&version=1&environment=production":                         http.StatusBadRequest,
		"pacticipant=&version=1":                                                      http.StatusOK,
		"pacticipant=&version=1&environment=qa":                                       http.StatusOK,
		"pacticipant=+&version=q":                                                     http.StatusOK,
		"version=1":                                                                   http.StatusOK,
	} {
		answer := b.Visit("/can-i-deploy?" + query)
		require.Equal(t, status, answer.Status, query)
		require.NotEmpty(t, pageOf(t, answer).one(t, "main").all("form"), query)
	}
}

// What is not there is named where it was typed, with what is near; each of these asks the
// same about that.
func TestVerdict_offersWhatIsNearToWhatIsNotThere(t *testing.T) {
	b, _ := company(t)
	for address, want := range map[string]struct {
		said string
		near []string
	}{
		"/can-i-deploy?pacticipant=payment&environment=production":                                      {"There is no application named “payment”.", []string{"payments"}},
		"/can-i-deploy?pacticipant=oder-service&environment=production":                                 {"There is no application named “oder-service”.", []string{"order-service"}},
		"/can-i-deploy?q[][pacticipant]=odrer-service&environment=tset":                                 {"There is no application named “odrer-service”.", []string{"order-service", "test"}},
		"/can-i-deploy?pacticipant=payments&version=main&environment=prod":                              {"There is no environment named “prod”.", []string{"production"}},
		"/can-i-deploy?pacticipant=stok&environment=stage":                                              {"There is no environment named “stage”.", []string{"stock", "staging"}},
		"/pacticipants/payments/branches/main/latest-version/can-i-deploy/to-environment/prod":          {"There is no environment named “prod”.", []string{"production"}},
		"/pacticipants/payment/branches/main/latest-version/can-i-deploy/to-environment/production":     {"There is no application named “payment”.", []string{"payments"}},
		"/can-i-deploy?pacticipant=payments&environment=production&version=" + strings.Repeat("1", 501): {"version cannot be longer than 500 characters.", nil},
		"/can-i-deploy?q[][pacticipant]=payment&q[][pacticipant]=stock&environment=production":          {"There is no application named “payment”.", []string{"payments"}},
		"/can-i-deploy?q[][pacticipant]=payments&q[][pacticipant]=stock&environment=prod&latestby=cvpv": {"There is no environment named “prod”.", []string{"production"}},
	} {
		answer := b.Visit(address)
		require.Equal(t, http.StatusBadRequest, answer.Status, address)
		page := pageOf(t, answer).one(t, "main")
		require.Contains(t, page.text(), want.said, address)
		var near []string
		for _, hint := range page.all("p", "class", "hint bad") {
			for _, link := range hint.all("a") {
				near = append(near, link.text())
				if len(page.all("p", "class", "hint bad")) == 1 {
					b.Visit(link.is("href")).OK(http.StatusOK)
				}
			}
		}
		require.Equal(t, want.near, near, address)
	}
}

// The picture of a verdict has those that the version meets, each with its version and
// state in words, and leads to the contract; beyond some it says how many there are.
func TestVerdict_drawsWhomTheVersionMeets(t *testing.T) {
	b, _ := company(t)
	page := visited(t, b, "/can-i-deploy?pacticipant=order-service&environment=test")
	picture := page.one(t, "section", "class", "verdict unsure").one(t, "figure").one(t, "svg")
	var boxes []string
	for _, a := range picture.all("a") {
		require.Contains(t, a.is("href"), "/pacts/provider/")
		boxes = append(boxes, a.text())
	}
	require.Equal(t, []string{"back-office", "notification-worker", "shipping", "stock", "payments"}, firstWords(boxes))
	for i, state := range []string{"works", "works", "fails", "not known", "works"} {
		require.True(t, strings.HasSuffix(boxes[i], " · "+state), boxes[i])
	}
	require.Contains(t, picture.text(), "Consumers: they need it Providers: it needs them")

	b = testbroker.New(t)
	b.Environment("prod")
	for i := range 8 {
		consumer := string(rune('A' + i))
		pact := b.Pact(consumer, "1").With("Stock")
		if i == 7 {
			pact.FailedBy("7")
		} else {
			pact.VerifiedBy("7")
		}
		b.Deploy(consumer, "1", "prod")
	}
	many := visited(t, b, "/can-i-deploy?pacticipant=Stock&version=7&environment=prod").one(t, "figure")
	require.Equal(t, []string{"H", "A", "B", "C", "D"}, firstWords(texts(many.all("a"))[:5]), "what fails comes first")
	require.Contains(t, many.text(), "and 3 more in the list of all pairs")
	two := visited(t, b, "/can-i-deploy?q[][pacticipant]=Stock&q[][version]=7&q[][pacticipant]=A&q[][version]=1").one(t, "figure")
	require.Equal(t, "A 1 with Stock 7: works", two.one(t, "desc").text(), "two are asked about")
}

// firstWords are those of some texts.
func firstWords(texts []string) (words []string) {
	for _, text := range texts {
		word, _, _ := strings.Cut(text, " ")
		words = append(words, word)
	}
	return words
}

// A question in the manner of the API is one whatever page of the answer is looked at,
// and what leads to the API's answer says all of it.
func TestVerdict_ofSeveralSelectorsIsThatOfTheAPIOnEachPage(t *testing.T) {
	b := testbroker.New(t)
	for _, consumer := range []string{"App", "Web"} {
		b.Pact(consumer, "1").With("Stock").VerifiedBy("7")
		b.Pact(consumer, "2").Saying(testbroker.Content(consumer, "Stock", "more")).With("Stock").FailedBy("7")
	}
	b.Put("/pacticipants/Web/versions/1/tags/prod", nil)
	b.Put("/pacticipants/Stock/versions/7/tags/prod", nil)
	for query, want := range map[string]struct{ answer, pairs string }{
		"q[][pacticipant]=App&q[][version]=1&q[][pacticipant]=Stock&q[][version]=7&latestby=cvpv": {"Yes", "1 of 1"},
		"q[][pacticipant]=App&q[][version]=2&q[][pacticipant]=Stock&q[][version]=7":               {"No", "1 of 1"},
		"q[][pacticipant]=App&q[][pacticipant]=Stock&success[]=true&success[]=false&limit=50":     {"No", "1 to 1 of 2"},
		"pacticipant=Stock&version=7&to=prod":                                                     {"Yes", "1 to 1 of 2"},
	} {
		page := visited(t, b, "/can-i-deploy?"+query+"&size=1")
		require.Equal(t, want.answer, page.one(t, "h1").text(), query)
		require.Contains(t, page.one(t, "main").text(), want.pairs, query)
		addresses := map[string]string{}
		for _, link := range page.one(t, "main").all("a") {
			addresses[link.text()] = link.is("href")
		}
		asked := strings.TrimPrefix(addresses["As JSON"], "/api/v1/verdicts?")
		plain, err := url.QueryUnescape(asked)
		require.NoError(t, err)
		require.Equal(t, query, plain)
		require.Equal(t, strings.ToLower(want.answer), b.Get(addresses["As JSON"]).OK(http.StatusOK).Text("decision"), query)
		if next, more := addresses["Next"]; more {
			second := visited(t, b, "/can-i-deploy"+next)
			require.Equal(t, want.answer, second.one(t, "h1").text(), next)
			require.Contains(t, second.one(t, "main").text(), "2 to 2 of 2", next)
		}
	}
}

// A shared address says when it was asked, also on other pages of the list, and asks the
// same; what is no time, or one to come, is not told.
func TestVerdict_saysWhenASharedAddressWasAsked(t *testing.T) {
	b := testbroker.New(t)
	b.Pact("Shop", "1").With("Stock").FailedBy("7")
	b.Pact("Shop", "1").With("Mail").FailedBy("3")
	b.Deploy("Stock", "7", "test")
	b.Deploy("Mail", "3", "test")
	question := "/can-i-deploy?pacticipant=Shop&version=1&environment=test"
	asked := func(address string) (page element, shared string) {
		page = visited(t, b, address)
		return page, strings.TrimPrefix(strings.TrimSpace(page.one(t, "section", "aria-labelledby", "link").one(t, "pre").text()), "http://broker.test")
	}
	page, shared := asked(question)
	require.NotContains(t, page.one(t, "main").text(), "First asked")
	require.Contains(t, page.one(t, "p", "class", "because").text(), "Stock 7 , as it runs in test, fails the contract of Shop 1")
	require.Contains(t, shared, "&asked=")
	opened, again := asked(shared)
	require.Contains(t, opened.one(t, "main").text(), "First asked")
	require.Equal(t, shared, again)
	const before = "&asked=2021-11-30T20%3A34Z"
	opened, again = asked(question + before + "&size=1")
	require.Contains(t, opened.one(t, "main").text(), "First asked 30 Nov 2021, 20:34 UTC")
	require.Equal(t, question+before, again)
	require.Equal(t, page.with(t, "a", "As JSON").is("href"), opened.with(t, "a", "As JSON").is("href"))
	next, _ := asked("/can-i-deploy" + opened.with(t, "a", "Next").is("href"))
	require.Contains(t, next.one(t, "main").text(), "First asked 30 Nov 2021")
	for _, bad := range []string{"yesterday", "", "9021-11-30T20:34Z", "2021-13-30T20:34Z"} {
		page, _ := asked(question + "&asked=" + url.QueryEscape(bad))
		require.NotContains(t, page.one(t, "main").text(), "First asked", bad)
		require.Equal(t, "No", page.one(t, "h1").text())
	}
}
