package api_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/testing/testbroker"
)

func TestShowMatrix(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		b.Pact("Web shop", "1+a").Branch("feat/x").Tags("dev").With("Led/ger")

		matrix := b.Get("/matrix?q[][pacticipant]=Web+shop&q[][version]=1%2Ba&latestby=cvp&latest=true").OK(http.StatusOK)

		require.Equal(t, "application/hal+json;charset=utf-8", matrix.Header.Get("Content-Type"))
		require.Nil(t, matrix.Find("summary", "deployable"))
		require.NotContains(t, string(matrix.Body), `"ignored"`)
		require.Equal(t, 1.0, matrix.Find("summary", "unknown"))
		require.Equal(t, matrix.Text("notices", 0, "text")+"\n"+matrix.Text("notices", 1, "text"), matrix.Text("summary", "reason"))
		require.Equal(t, "feat/x", matrix.Text("matrix", 0, "consumer", "version", "branch"))
		require.Equal(t, "http://broker.test/pacticipants/Web%20shop/branches/feat%2Fx/versions/1%2Ba", matrix.Text("matrix", 0, "consumer", "version", "branchVersions", 0, "_links", "self", "href"))
		require.Equal(t, "http://broker.test/pacts/provider/Led%2Fger/consumer/Web%20shop/version/1%2Ba", matrix.Text("matrix", 0, "pact", "_links", "self", "href"))
		require.Nil(t, matrix.Find("matrix", 0, "provider", "version"))

		ignoring := b.Get("/matrix?q[][pacticipant]=Web+shop&q[][version]=1%2Ba&latest=true&ignore[][pacticipant]=Led/ger").OK(http.StatusOK)
		require.Equal(t, true, ignoring.Find("summary", "deployable"))
		require.Equal(t, 1.0, ignoring.Find("summary", "ignored"))
		require.Equal(t, true, ignoring.Find("matrix", 0, "ignored"))
	})
}

func TestShowMatrix_asText(t *testing.T) {
	b := testbroker.New(t)
	b.Pact("Web", "1").With("Ledger")

	text := b.Get("/matrix?q[][pacticipant]=Web&q[][version]=1&tag=none", testbroker.Accept("text/plain")).OK(http.StatusOK)

	require.Equal(t, `CONSUMER | C_VERSION | REVISION | PROVIDER | P_VERSION | NUMBER | SUCCESS
---------|-----------|----------|----------|-----------|--------|--------
Web      | 1         | 1        | Ledger   |           |        |

Deployable: nil
Reason: There is no verified pact between version 1 of Web and a version of Ledger with tag none (no such version exists).
`, string(text.Body))
	text = b.Get("/can-i-deploy?pacticipant=Ledger&version=7&to=none", testbroker.Accept("text/plain")).OK(http.StatusOK)
	require.Contains(t, string(text.Body), "No data.\n\nDeployable: false\n")
}

func TestMatrix_isShownForAPairAndForHeads(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		b.Environment("test")
		b.Pact("Web", "1").Branch("main").Tags("dev").With("Ledger").VerifiedBy("7").DeployedTo("test")
		b.Deploy("Ledger", "7", "test")
		b.Tag("Ledger", "7", "prod")

		pair := b.Get("/matrix/provider/Ledger/consumer/Web").OK(http.StatusOK)
		require.Equal(t, "1", pair.Text("matrix", 0, "consumer", "version", "number"))
		require.Equal(t, "7", pair.Text("matrix", 0, "provider", "version", "number"))
		for _, address := range []string{
			"/pacticipants/Web/branches/main/latest-version/can-i-deploy/to-environment/test",
			"/pacticipants/Web/latest-version/dev/can-i-deploy/to/prod",
		} {
			require.Equal(t, true, b.Get(address).OK(http.StatusOK).Find("summary", "deployable"), address)
		}
	})
}

func TestMatrix_isFoundWhateverTheLettersOfTheNames(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		b.Environment("prüfung")
		b.Pact("Käse & Brot", "1").Branch("feat/ü").Tags("größe").With("Ware/haus").VerifiedBy("7")
		b.Deploy("Ware/haus", "7", "prüfung")
		for _, address := range []string{
			"/matrix/provider/Ware%2Fhaus/consumer/K%C3%A4se%20%26%20Brot",
			"/pacticipants/K%C3%A4se%20%26%20Brot/branches/feat%2F%C3%BC/latest-version/can-i-deploy/to-environment/pr%C3%BCfung",
			"/pacticipants/K%C3%A4se%20%26%20Brot/latest-version/gr%C3%B6%C3%9Fe/can-i-deploy/to/none",
		} {
			require.Len(t, b.Get(address).OK(http.StatusOK).Find("matrix"), 1, address)
		}
	})
}

func TestShowBranchVerdict_asText(t *testing.T) {
	b := testbroker.New(t)
	b.Environment("test")
	b.Pact("Web", "1").Branch("main").With("Ledger").VerifiedBy("7")
	b.Deploy("Ledger", "7", "test")

	text := b.Get("/pacticipants/Web/branches/main/latest-version/can-i-deploy/to-environment/test", testbroker.Accept("text/plain")).OK(http.StatusOK)

	require.Contains(t, string(text.Body), "\nDeployable: true\n")
}

const commit, otherCommit = "1a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d", "1a2b3c4d5e6f708192a3b4c5d6e7f8091a2b0000"

// A commit may be asked for by its beginning, and the answer says so; nothing
// else may, and nothing is written that way.
func TestCanIDeploy_takesTheBeginningOfACommit(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		b.Pact("Web", commit).With("Ledger").VerifiedBy("10")
		b.Deploy("Ledger", "10", "production")
		ask := func(version string) testbroker.Response {
			return b.Get("/can-i-deploy?environment=production&pacticipant=Web&version=" + version).OK(http.StatusOK)
		}
		found := ask("1a2b3c4")
		require.Equal(t, true, found.Find("summary", "deployable"))
		require.Equal(t, "warning", found.Text("notices", 0, "type"))
		require.Equal(t, "WARN: 1a2b3c4 is taken for version "+commit+" of Web, the only commit that begins like this.", found.Text("notices", 0, "text"))
		require.Equal(t, commit, found.Text("matrix", 0, "consumer", "version", "number"))
		require.Equal(t, commit, ask("1A2B3C4").Text("matrix", 0, "consumer", "version", "number"), "some programs write capitals")
		require.Equal(t, 1, len(ask(commit).Find("notices").([]any)))

		require.Equal(t, false, ask("1a2b3c").Find("summary", "deployable"), "shorter than git writes it")
		for _, short := range []string{"1a2b", "1a2b3c"} {
			require.Equal(t, "There is no version "+short+" of Web. Did you mean commit "+commit+"? Its first seven digits are enough. Its only version is "+commit+".", ask(short).Text("summary", "reason"))
		}
		require.Equal(t, "There is no version 1a2 of Web. Its only version is "+commit+".", ask("1a2").Text("summary", "reason"))
		require.Equal(t, "There is no version 1a2b3ff of Web. Its only version is "+commit+".", ask("1a2b3ff").Text("summary", "reason"))
		b.Put("/pacticipants/Web/versions/1a2b3c4/tags/prod", nil).OK(http.StatusCreated)
		require.Equal(t, "1a2b3c4", b.Get("/pacticipants/Web/versions/1a2b3c4").OK(http.StatusOK).Text("number"))
		tagged := ask("1a2b3c4")
		require.Equal(t, commit, tagged.Text("matrix", 0, "consumer", "version", "number"), "a version without contracts is not let through in the place of the commit")
		require.Contains(t, tagged.Text("notices", 0, "text"), "There is a version 1a2b3c4, too, but it has no contracts and no results")
		b.Pact("Web", "1a2b3c4").With("Ledger").VerifiedBy("10")
		require.Equal(t, "1a2b3c4", ask("1a2b3c4").Text("matrix", 0, "consumer", "version", "number"), "it is a version of its own now")
		b.Put("/pacticipants/Web/versions/1a2b3c4d/tags/prod", nil).OK(http.StatusCreated)

		b.Pact("Web", otherCommit).With("Ledger")
		require.Equal(t, false, ask("1a2b3c4d").Find("summary", "deployable"))
		require.Equal(t, "There is no version 1a2b3c4d of Web. Several commits begin like this: "+otherCommit+", "+commit+".", ask("1a2b3c4d").Text("summary", "reason"))
		require.Equal(t, "There is no version 1a2b3c4d5 of Web. Several commits begin like this: "+otherCommit+", "+commit+".", ask("1a2b3c4d5").Text("summary", "reason"))
	})
}

func TestMatrix_namesTheBranchThatIsMissing(t *testing.T) {
	b := testbroker.New(t)
	b.Pact("Web", "1").Branch("main").With("Ledger")
	b.Patch("/pacticipants/Web", map[string]any{"mainBranch": "trunk"}).OK(http.StatusOK)
	reason := func(query string) string {
		return b.Get("/matrix?q[][pacticipant]=Web&"+query).OK(http.StatusOK).Text("summary", "reason")
	}
	require.Contains(t, reason("q[][mainBranch]=true&q[][latest]=true"), "The main branch of Web is set to 'trunk', which has no version. Its branches are main.")
	b.Version("Ledger", "3", "trunk")
	b.Patch("/pacticipants/Ledger", map[string]any{"mainBranch": "main"}).OK(http.StatusOK)
	for _, of := range []string{"q[][version]=1", "q[][branch]=main"} {
		told := reason(of + "&mainBranch=true&latest=true&latestby=cvp")
		require.Contains(t, told, "The main branch of Ledger is set to 'main', which has no version. Its branches are trunk.")
	}
	require.Contains(t, reason("q[][branch]=mian&q[][latest]=true"), "There is no version of Web from branch mian. Did you mean 'main'?")
}

func TestMatrix_refusesWhatItCannotAnswer(t *testing.T) {
	b := testbroker.New(t)
	b.Pact("Web", "1").With("Ledger")
	for address, body := range map[string]string{
		"/matrix":                    `{"errors":["Give one or more selectors of versions, such as q[][pacticipant]=NAME&q[][version]=NUMBER"]}`,
		"/matrix?q=Web":              `{"errors":["The selectors must be a list, such as q[][pacticipant]=NAME&q[][version]=NUMBER"]}`,
		"/matrix?q[pacticipant]=Web": `{"errors":["The selectors must be a list, such as q[][pacticipant]=NAME&q[][version]=NUMBER"]}`,
		"/matrix?q[]=Web":            `{"errors":["Each of the selectors must be an object, such as q[][pacticipant]=NAME"]}`,
		"/matrix?q[]=Web&q[a]=b":     `{"errors":["the query uses \"q\" as two different things, such as a text and a list"]}`,
		"/matrix?q[]pacticipant=Web&ignore[]=Ledger":             `{"errors":["Each of the selectors must be an object, such as ignore[][pacticipant]=NAME"]}`,
		"/matrix?q[]pacticipant=Web&success=maybe":               `{"errors":["success must be true, false or empty"]}`,
		"/matrix?q[]pacticipant=Web&success=null":                `{"errors":["success must be true, false or empty"]}`,
		"/matrix/provider/Ledger/consumer/Web?limit=none":        `{"errors":["The limit must be a whole number of 1 or more"]}`,
		"/can-i-deploy?pacticipant=Webb&to=dev":                  `{"errors":{"pacticipant":["Pacticipant Webb not found. Did you mean 'Web'? There are: Web, Ledger."],"version":["is missing"]}}`,
		"/can-i-deploy?pacticipant=Webb&version=1&to=dev":        `{"errors":{"pacticipant":["Pacticipant Webb not found. Did you mean 'Web'? There are: Web, Ledger."]}}`,
		"/can-i-deploy?pacticipant=Web&version=1&environment=de": `{"errors":{"environment":["Environment with name 'de' does not exist. There is none yet."]}}`,
		"/can-i-deploy?pacticipant=Web&version=1":                `{"errors":{"":["give the environment to deploy to, or to with a tag"]}}`,
		"/can-i-deploy?version=1&to=a&environment=b":             `{"errors":{"environment":["Environment with name 'b' does not exist. There is none yet."],"pacticipant":["is missing"],"":["give either environment or to, not both"]}}`,
	} {
		require.JSONEq(t, body, string(b.Get(address).OK(http.StatusBadRequest).Body), address)
	}
}

func TestQuestions_aNameThatIsNotThereIsToldWithWhatMayHaveBeenMeant(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		b.Environment("prod")
		b.Pact("Web", "1").Branch("main").With("Ledger")
		for address, text := range map[string]string{
			"/matrix/provider/Legder/consumer/Web":                                               "No provider with name 'Legder' found. Did you mean 'Ledger'? There are: Ledger, Web.",
			"/matrix/provider/Ledger/consumer/Nobody":                                            "No consumer with name 'Nobody' found. There are: ",
			"/pacticipants/Wbe/branches/main/latest-version/can-i-deploy/to-environment/prod":    "No pacticipant with name 'Wbe' found. Did you mean 'Web'? There are: Web, Ledger.",
			"/pacticipants/Web/branches/mian/latest-version/can-i-deploy/to-environment/prod":    "Web has no branch 'mian'. Did you mean 'main'?",
			"/pacticipants/Ledger/branches/main/latest-version/can-i-deploy/to-environment/prod": "Ledger has no branch 'main'. There is none yet.",
			"/pacticipants/Web/branches/main/latest-version/can-i-deploy/to-environment/prdo":    "Environment with name 'prdo' does not exist. Did you mean 'prod'?",
			"/pacticipants/Nobody/latest-version/dev/can-i-deploy/to/prod":                       "No pacticipant with name 'Nobody' found. There are: ",
			"/pacticipants/Web/latest-version/dev/can-i-deploy/to/prod":                          "No version of Web has the tag 'dev'.",
			"/pacts/provider/Legder/for-verification":                                            "No provider with name 'Legder' found. Did you mean 'Ledger'? There are: Ledger, Web.",
		} {
			// Of names that are equally far from what is asked for, either may come first.
			require.True(t, strings.HasPrefix(b.For(t).Get(address).OK(http.StatusNotFound).Text("error"), text), address)
		}
		posted := b.Post("/pacts/provider/Legder/for-verification", testbroker.Object{}).OK(http.StatusNotFound)
		require.Equal(t, "No provider with name 'Legder' found. Did you mean 'Ledger'? There are: Ledger, Web.", posted.Text("error"))
	})
}

func TestMatrix_refusesNamesOfWhichNothingIsToBeSeen(t *testing.T) {
	b := testbroker.New(t)
	b.Environment("dev")
	b.Pact("Web", "1").With("Ledger")
	for query, message := range map[string]string{
		"/matrix?q[][pacticipant]=Web&q[][version]=%20":                                            "The version for Web cannot be blank; leave it out to ask for any",
		"/matrix?q[][pacticipant]=Web&q[][branch]=%20%09":                                          "The branch for Web cannot be blank; leave it out to ask for any",
		"/matrix?q[][pacticipant]=Web&q[][tag]=%E2%80%8B":                                          "The tag for Web cannot be blank; leave it out to ask for any",
		"/matrix?q[][pacticipant]=Web&q[][environment]=+":                                          "The environment for Web cannot be blank; leave it out to ask for any",
		"/matrix?q[][pacticipant]=Web&ignore[][pacticipant]=Ledger&ignore[][version]=%20":          "The version for Ledger to ignore cannot be blank; leave it out to ask for any",
		"/matrix?q[][pacticipant]=%20":                                                             "Give the name of the pacticipant",
		"/matrix?q[][pacticipant]=Web&tag=%20":                                                     "The tag cannot be blank; leave it out if it is not the target",
		"/matrix?q[][pacticipant]=Web&environment=%20":                                             "The environment cannot be blank; leave it out if it is not the target",
		"/matrix?q[][pacticipant]=Web&latestby=%20":                                                "latestby must be one of cvpv, cvp, cp",
		"/matrix/provider/Ledger/consumer/Web?tag=%20":                                             "The tag cannot be blank; leave it out if it is not the target",
		"/can-i-deploy?pacticipant=Web&version=1&environment=dev&ignore[]=%20":                     "Give the name of the pacticipant to ignore",
		"/can-i-deploy?pacticipant=Web&version=1&to=%20":                                           "give the environment to deploy to, or to with a tag",
		"/can-i-deploy?pacticipant=Web&version=1&to=t&ignore[][pacticipant]=W&ignore[][version]=+": "The version for W to ignore cannot be blank; leave it out to ask for any",
	} {
		answer := b.Get(query).OK(http.StatusBadRequest)
		require.Contains(t, string(answer.Body), `["`+message+`"]`, query)
	}
	for _, empty := range []string{"q[][version]=", "q[][branch]=", "q[][tag]=", "q[][environment]=", "tag=", "environment=", "latestby=", "limit="} {
		b.Get("/matrix?q[][pacticipant]=Web&" + empty).OK(http.StatusOK)
	}
}

// latestOfPair is the row that counts for a pair: its two versions, and the answer.
func latestOfPair(t *testing.T, b *testbroker.Broker) []any {
	t.Helper()
	answer := b.Get("/matrix?q[][pacticipant]=A&q[][pacticipant]=B&latestby=cp").OK(http.StatusOK)
	require.Len(t, answer.Find("matrix"), 1)
	return []any{answer.Find("matrix", 0, "consumer", "version", "number"), answer.Find("matrix", 0, "provider", "version", "number"), answer.Find("summary", "deployable")}
}

func TestMatrix_latestOfAPairIsThatOfTheNewestConsumerVersion(t *testing.T) {
	saying := func(what string) any { return testbroker.Content("A", "B", what) }
	tests := map[string]struct {
		given func(b *testbroker.Broker)
		want  []any
	}{
		"without any result": {
			func(b *testbroker.Broker) {
				b.Pact("A", "3").With("B")
				b.Pact("A", "2").With("B")
			},
			[]any{"3", nil, nil},
		},
		"where only an older version has a result": {
			func(b *testbroker.Broker) {
				b.Pact("A", "3").Saying(saying("three")).With("B")
				b.Pact("A", "2").Saying(saying("two")).With("B").VerifiedBy("10")
			},
			[]any{"3", nil, nil},
		},
		"where only the newest has a result": {
			func(b *testbroker.Broker) {
				b.Pact("A", "3").Saying(saying("three")).With("B").VerifiedBy("10")
				b.Pact("A", "2").Saying(saying("two")).With("B")
			},
			[]any{"3", "10", true},
		},
		"of results for two provider versions that for the newest": {
			func(b *testbroker.Broker) {
				b.Pact("A", "3").Saying(saying("three")).With("B").VerifiedBy("10")
				b.Pact("A", "2").Saying(saying("two")).With("B").FailedBy("11")
			},
			[]any{"2", "11", false},
		},
		"of results of one provider version that for the newest consumer version": {
			func(b *testbroker.Broker) {
				b.Pact("A", "3").Saying(saying("three")).With("B").FailedBy("10")
				b.Pact("A", "2").Saying(saying("two")).With("B").VerifiedBy("10")
			},
			[]any{"3", "10", false},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
				b = b.For(t)
				for _, number := range []string{"1", "2", "3"} {
					b.Version("A", number)
				}
				test.given(b)
				require.Equal(t, test.want, latestOfPair(t, b))
			})
		})
	}
}

// What was left out on request is said to be so, and not to be missing.
func TestMatrix_saysThatAllIsIgnored(t *testing.T) {
	b := testbroker.New(t)
	b.Pact("Web", "1").With("Ledger").FailedBy("10")
	b.Deploy("Ledger", "10", "production")
	answer := b.Get("/can-i-deploy?pacticipant=Web&version=1&environment=production&ignore[]=Ledger").OK(http.StatusOK)
	require.Equal(t, true, answer.Find("summary", "deployable"))
	require.Equal(t, "Nothing else has to be verified: what is known is left out, as the question ignores Ledger.", answer.Text("summary", "reason"))
}
