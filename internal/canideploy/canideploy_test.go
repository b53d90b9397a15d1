package canideploy

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestAsk_exitsByTheVerdictWhateverTheFormat(t *testing.T) {
	for _, test := range []struct {
		name   string
		answer string
		args   []string
		want   int
	}{
		{"yes", yesAnswer, nil, 0},
		{"no", noAnswer, nil, 1},
		{"not known", unknownAnswer, nil, 1},
		{"refused", refusal(http.StatusBadRequest), nil, 2},
		{"no, but a dry run", noAnswer, []string{"--dry-run"}, 0},
		{"not known, but a dry run", unknownAnswer, []string{"--dry-run"}, 0},
		{"refused, and a dry run", refusal(http.StatusBadRequest), []string{"--dry-run"}, 2},
		{"no summary", `{"matrix":[]}`, nil, 2},
		{"a summary without a verdict", `{"summary":{}}`, nil, 1},
		{"a verdict that is a word", `{"summary":{"deployable":"true"}}`, nil, 2},
		{"half an answer", `{"summary":{"deployable":true`, nil, 2},
		{"a page", "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<html>", nil, 2},
	} {
		for _, format := range []string{"table", "json"} {
			t.Run(test.name+" as "+format, func(t *testing.T) {
				got := ask(t, nil, []string{test.answer}, append(test.args, "-a", "Shop", "-e", "1a2b", "-o", format)...)
				require.Equal(t, test.want, got.code, got.errOut)
				require.Equal(t, test.want == exitNoVerdict, got.out == "")
			})
		}
	}
}

func TestAsk_exitsWithTwoBeforeAnythingIsAsked(t *testing.T) {
	got := ask(t, nil, []string{yesAnswer}, "-a", "Shop")
	require.Equal(t, exitNoVerdict, got.code)
	require.Empty(t, got.broker.requests())
	require.Equal(t, "can-i-deploy: no verdict: which version of Shop? give --version, --branch, --main-branch, --latest or --all after --pacticipant Shop\n"+
		"can-i-deploy --help lists the options\n", got.errOut)
}

func TestAsk_saysWhenASettingBendsTheExitCode(t *testing.T) {
	for _, test := range []struct {
		name      string
		answer    string
		variables map[string]string
		code      int
		want      string
	}{
		{"a dry run that was needed", noAnswer, map[string]string{"PACT_BROKER_CAN_I_DEPLOY_DRY_RUN": "true"}, 0, "dry run: the answer is no, exit code 0 all the same\n"},
		{"a dry run that was not", yesAnswer, map[string]string{"PACT_BROKER_CAN_I_DEPLOY_DRY_RUN": "true"}, 0, "dry run: was not needed, the answer is yes\n"},
		{"another code", noAnswer, map[string]string{exitCodeVariable: "7"}, 7, "exit code 7 for no, as PACT_BROKER_CAN_I_DEPLOY_EXIT_CODE_BETA asks\n"},
		{"another code and yes", yesAnswer, map[string]string{exitCodeVariable: "7"}, 0, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := ask(t, test.variables, []string{test.answer}, "-a", "Shop", "-e", "1a2b")
			require.Equal(t, test.code, got.code)
			require.Equal(t, test.want, got.errOut)
		})
	}
}

func TestAsk_passesJSONOnUnchanged(t *testing.T) {
	odd := "{ \"summary\" : {\"deployable\":true},\r\n\t\"more\":[1.0,\"\\u00e9\"] }"
	got := ask(t, nil, []string{odd}, "-a", "Shop", "-e", "1a2b", "--output=json")
	require.Equal(t, odd, got.out)
	require.Empty(t, got.errOut)
}

func TestAsk_sendsCredentialsAndHeaders(t *testing.T) {
	const head = "GET /matrix?q[][pacticipant]=Shop&q[][version]=1&latestby=cvp&latest=true\n  Accept: application/hal+json, application/json\n"
	for _, test := range []struct {
		name string
		args []string
		want string
	}{
		{"none", nil, head},
		{"a user name", []string{"-u", "bob", "-p", "pw"}, head + "  Authorization: Basic Ym9iOnB3\n"},
		{"a token", []string{"-k", "tok"}, head + "  Authorization: Bearer tok\n"},
		{"both", []string{"-k", "tok", "-u", "bob"}, head + "  Authorization: Bearer tok\n"},
		{"a header", []string{"--custom-header", "x-team: blue"}, head + "  X-Team: blue\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := ask(t, nil, []string{yesAnswer}, append(test.args, "-a", "Shop", "-e", "1")...)
			require.Equal(t, 0, got.code, got.errOut)
			require.Equal(t, test.want, got.broker.requests())
		})
	}
}

func TestAsk_takesCredentialsFromTheAddressWithoutShowingThem(t *testing.T) {
	b := newRecordedBroker(yesAnswer)
	defer b.Close()
	address := strings.Replace(b.URL, "http://", "http://bob:secret@", 1)
	got := askAt(t, b, nil, "-v", "-b", address, "-a", "Shop", "-e", "1")
	require.Equal(t, 0, got.code, got.errOut)
	require.Contains(t, b.requests(), "Authorization: Basic Ym9iOnNlY3JldA==")
	require.NotContains(t, got.errOut, "secret")
}

func TestAsk_keepsTheSubPathOfTheBroker(t *testing.T) {
	for _, path := range []string{"", "/", "/sub/path", "/sub/path/", "/a%2Fb"} {
		t.Run(path, func(t *testing.T) {
			b := newRecordedBroker(yesAnswer)
			defer b.Close()
			got := askAt(t, b, map[string]string{"PACT_BROKER_BASE_URL": b.URL + path}, "-a", "Shop", "-e", "1")
			require.Equal(t, 0, got.code, got.errOut)
			require.Equal(t, strings.TrimSuffix(path, "/")+"/matrix", b.asked[0].URL.EscapedPath())
		})
	}
}

func TestAsk_warnsOfABrokerThatCannotIgnore(t *testing.T) {
	got := ask(t, nil, []string{yesAnswer}, "-a", "Shop", "-e", "1", "--ignore", "Mail")
	require.Equal(t, "warning: this broker does not know --ignore; nothing was left out of the decision\n", got.errOut)
}

func TestAsk_warnsOnceOfAnEndThatIsNear(t *testing.T) {
	for _, test := range []struct {
		name    string
		headers []string
		want    string
	}{
		{"deprecated", []string{"Deprecation: @1767225600"}, "warning: the broker calls /matrix deprecated since 2026-01-01\n"},
		{"deprecated in the old way", []string{"Deprecation: true"}, "warning: the broker calls /matrix deprecated\n"},
		{"with an end and a way out", []string{"Deprecation: @1767225600", "Sunset: Fri, 01 Jan 2027 00:00:00 GMT", `Link: <http://b/x>; rel="self", <http://b/new>; rel="successor-version"`},
			"warning: the broker calls /matrix deprecated since 2026-01-01; it ends on 2027-01-01; see http://b/new\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			reply := func(body string) string {
				head := "HTTP/1.1 200 OK\r\nContent-Type: application/hal+json;charset=utf-8\r\n"
				for _, h := range test.headers {
					head += h + "\r\n"
				}
				return head + "\r\n" + body
			}
			got := ask(t, nil, []string{reply(unknownAnswer), reply(yesAnswer)}, "-a", "Shop", "-e", "1", "--retry-while-unknown", "1", "-o", "json")
			require.Equal(t, 0, got.code)
			require.Contains(t, got.errOut, test.want)
			require.Len(t, got.broker.asked, 2)
			require.Equal(t, 1, countOf(got.errOut, "warning:"))
		})
	}
}

func TestAsk_showsTheRequestsWhenVerbose(t *testing.T) {
	got := ask(t, nil, []string{yesAnswer}, "-v", "-a", "Shop", "-e", "1", "-k", "secret")
	require.Contains(t, got.errOut, "GET "+got.broker.URL+"/matrix?q[][pacticipant]=Shop")
	require.NotContains(t, got.errOut, "secret")
	require.Contains(t, got.out, "http://broker/results/1")
}
