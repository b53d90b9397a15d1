package canideploy

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// exchanging is a server that plays one list of answers for the exchange of tokens and
// another for questions, and keeps what it was sent.
type exchanging struct {
	*httptest.Server
	mutex     sync.Mutex
	exchanges []string
	answers   []string
	asked     []*http.Request
	forms     []url.Values
}

func newExchanging(t *testing.T, exchanges []string, answers ...string) *exchanging {
	t.Helper()
	e := &exchanging{exchanges: exchanges, answers: answers}
	e.Server = httptest.NewServer(http.HandlerFunc(e.play))
	t.Cleanup(e.Close)
	return e
}

func (e *exchanging) play(w http.ResponseWriter, r *http.Request) {
	e.mutex.Lock()
	defer e.mutex.Unlock()
	e.asked = append(e.asked, r)
	list := &e.answers
	if strings.HasSuffix(r.URL.Path, "/token-exchange") {
		list = &e.exchanges
		_ = r.ParseForm() // what is missing is seen in the test
		e.forms = append(e.forms, r.PostForm)
	}
	answer := (*list)[0]
	if len(*list) > 1 {
		*list = (*list)[1:]
	}
	status, body, _ := strings.Cut(answer, " ")
	code := 0
	_, _ = fmt.Sscan(status, &code)
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	_, _ = w.Write([]byte(body)) // the client's side of the test tells if this fails
}

// sent lists the paths with the credentials that came along.
func (e *exchanging) sent() []string {
	e.mutex.Lock()
	defer e.mutex.Unlock()
	var lines []string
	for _, r := range e.asked {
		lines = append(lines, strings.TrimSpace(r.Method+" "+r.URL.Path+" "+r.Header.Get("Authorization")))
	}
	return lines
}

func exchanged(token string, seconds int) string {
	encoded, _ := json.Marshal(map[string]any{"access_token": token, "expires_in": seconds})
	return "200 " + string(encoded)
}

// asJob runs the program as a CI job does that is on no list of secrets.
func asJob(t *testing.T, e *exchanging, variables map[string]string, args ...string) asking {
	t.Helper()
	var out, errOut bytes.Buffer
	clock := &fakeClock{}
	p := &program{out: &out, errOut: &errOut, env: func(name string) string { return variables[name] }, now: clock.now, pause: clock.pause}
	code := p.run(t.Context(), append([]string{"-b", e.URL, "-a", "Shop", "-e", "1a2b", "--ci-identity"}, args...))
	return asking{code: code, out: out.String(), errOut: errOut.String(), pauses: clock.pauses}
}

func ready(token string) map[string]string { return map[string]string{readyToken: token} }

func TestIdentity_isExchangedForATokenOfTheBroker(t *testing.T) {
	e := newExchanging(t, []string{exchanged("given", 3600)}, "200 "+yesAnswer)
	got := asJob(t, e, ready(" jwt \n"))
	require.Equal(t, exitYes, got.code, got.errOut)
	require.Equal(t, []string{"POST /api/v1/token-exchange", "GET /matrix Bearer given"}, e.sent())
	require.Equal(t, url.Values{
		"grant_type": {"urn:ietf:params:oauth:grant-type:token-exchange"}, "subject_token_type": {"urn:ietf:params:oauth:token-type:jwt"}, "subject_token": {"jwt"},
	}, e.forms[0])
	require.NotContains(t, got.errOut, "jwt")
}

func TestIdentity_ofGitHubIsMadeForTheBroker(t *testing.T) {
	for name, tt := range map[string]struct {
		args []string
		want func(base string) string
	}{
		"by its address": {nil, func(base string) string { return base }},
		"by a name":      {[]string{"--ci-audience", "accord"}, func(string) string { return "accord" }},
	} {
		t.Run(name, func(t *testing.T) {
			var audience, authorization, version string
			hub := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				audience, version, authorization = r.URL.Query().Get("audience"), r.URL.Query().Get("api-version"), r.Header.Get("Authorization")
				_, _ = w.Write([]byte(`{"value":"from the hub"}`)) // as above
			}))
			defer hub.Close()
			e := newExchanging(t, []string{exchanged("given", 3600)}, "200 "+yesAnswer)
			got := asJob(t, e, map[string]string{githubAddress: hub.URL + "/token?api-version=2", githubToken: "of the job"}, tt.args...)
			require.Equal(t, exitYes, got.code, got.errOut)
			require.Equal(t, tt.want(e.URL), audience)
			require.Equal(t, "2", version, "what the address asks for already stays")
			require.Equal(t, "Bearer of the job", authorization)
			require.Equal(t, "from the hub", e.forms[0].Get("subject_token"))
		})
	}
}

func TestIdentity_isNotTakenElsewhereByARedirect(t *testing.T) {
	var taken []string
	other := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { taken = append(taken, r.URL.Path) }))
	defer other.Close()
	elsewhere := strings.Replace(other.URL, "127.0.0.1", "localhost", 1)
	broker := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, elsewhere+r.URL.Path, http.StatusTemporaryRedirect)
	}))
	defer broker.Close()
	got := asJob(t, &exchanging{Server: broker}, ready("jwt"))
	require.NotEqual(t, exitYes, got.code)
	require.Contains(t, got.errOut, "redirects to localhost")
	require.Empty(t, taken)

	for next, refused := range map[string]bool{"https://broker.example/b": false, "https://broker.example:81/b": false, "http://broker.example/b": true, "https://other.example/": true} {
		asked, err := http.NewRequest(http.MethodPost, "https://broker.example/a", nil)
		require.NoError(t, err)
		to, err := http.NewRequest(http.MethodPost, next, nil)
		require.NoError(t, err)
		require.Equal(t, refused, staysWithBroker(to, []*http.Request{asked}) != nil, next)
	}
}

func TestIdentity_isRenewedBeforeItEnds(t *testing.T) {
	for name, tt := range map[string]struct {
		seconds   int
		exchanges int
	}{
		"long enough for all":         {3600, 1},
		"ends while results are late": {100, 2},
		"for a minute":                {60, 3},
		"does not say for how long":   {0, 3},
	} {
		t.Run(name, func(t *testing.T) {
			e := newExchanging(t, []string{exchanged("given", tt.seconds)}, "200 "+unknownAnswer, "200 "+unknownAnswer, "200 "+yesAnswer)
			got := asJob(t, e, ready("jwt"), "--retry-while-unknown", "2", "--retry-interval", "30")
			require.Equal(t, exitYes, got.code, got.errOut)
			require.Len(t, e.forms, tt.exchanges)
			for _, r := range e.asked {
				if r.URL.Path == "/matrix" {
					require.Equal(t, "Bearer given", r.Header.Get("Authorization"))
				} else {
					require.Empty(t, r.Header.Get("Authorization"), "a token that ends proves nothing any more")
				}
			}
		})
	}
}

func TestIdentity_triesAgainWhatMayPass(t *testing.T) {
	for name, tt := range map[string]struct {
		exchanges []string
		args      []string
		code      int
		pauses    []string
	}{
		"a failure that passes":    {[]string{"503 ", "500 {}", exchanged("given", 3600)}, nil, exitYes, []string{"500ms", "1s"}},
		"too many requests":        {[]string{"429 ", exchanged("given", 3600)}, nil, exitYes, []string{"500ms"}},
		"one that does not":        {[]string{"502 "}, []string{"--retries", "3"}, exitNoVerdict, []string{"500ms", "1s"}},
		"a broker without it":      {[]string{"404 "}, nil, exitNoVerdict, nil},
		"a job that is no friend":  {[]string{`400 {"error":"invalid_grant","error_description":"no rule fits"}`}, nil, exitNoVerdict, nil},
		"an answer without token":  {[]string{`200 {}`}, nil, exitNoVerdict, nil},
		"an answer that is a page": {[]string{`200 <html>`}, nil, exitNoVerdict, nil},
	} {
		t.Run(name, func(t *testing.T) {
			e := newExchanging(t, tt.exchanges, "200 "+yesAnswer)
			got := asJob(t, e, ready("jwt"), tt.args...)
			require.Equal(t, tt.code, got.code, got.errOut)
			require.Equal(t, tt.pauses, got.pauses)
		})
	}
}

func TestIdentity_saysWhyThereIsNone(t *testing.T) {
	closed := httptest.NewServer(http.NotFoundHandler())
	closed.Close()
	refusing := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusForbidden) }))
	defer refusing.Close()
	for name, tt := range map[string]struct {
		exchange  string
		variables map[string]string
		want      string
	}{
		"no job at all":           {"", nil, `--ci-identity finds no identity of a CI job: on GitHub the job needs "permissions: id-token: write"; on GitLab declare "id_tokens: PACT_BROKER_ID_TOKEN: aud: `},
		"a token that is blank":   {"", ready(" \n"), "--ci-identity finds no identity of a CI job"},
		"GitHub is not reached":   {"", map[string]string{githubAddress: closed.URL, githubToken: "secret"}, "no verdict: GitHub cannot be asked for the token of this job: connect: connection refused"},
		"GitHub gives none":       {"", map[string]string{githubAddress: refusing.URL, githubToken: "secret"}, "no verdict: GitHub gave no token for this job (403)"},
		"GitHub has no address":   {"", map[string]string{githubAddress: "http://%zz", githubToken: "secret"}, "no verdict: ACTIONS_ID_TOKEN_REQUEST_URL is no address"},
		"no trust":                {`400 {"error_description":"no rule fits this job"}`, ready("secret"), "no verdict: the broker does not trust this CI job: no rule fits this job"},
		"no exchange":             {`404 {}`, ready("secret"), "no verdict: this broker exchanges no tokens of CI jobs (404 for /api/v1/token-exchange); --ci-identity needs Accord"},
		"no reason":               {`403 {}`, ready("secret"), "no verdict: the broker did not exchange the token of the CI job (403)"},
		"a token that is no text": {`200 {"access_token":7}`, ready("secret"), "no verdict: the broker did not exchange the token of the CI job: its answer cannot be read"},
		"no token":                {`200 {}`, ready("secret"), "no verdict: the broker did not exchange the token of the CI job: its answer has none"},
		"a failure of its own":    {`500 {"type": "x", "code": "failure", "detail": "It failed."}`, ready("secret"), "no verdict: the broker did not exchange the token of the CI job (500)"},
	} {
		t.Run(name, func(t *testing.T) {
			e := newExchanging(t, []string{tt.exchange}, "200 "+yesAnswer)
			got := asJob(t, e, tt.variables, "--retries", "1")
			require.Equal(t, exitNoVerdict, got.code)
			require.Contains(t, got.errOut, tt.want)
			require.NotContains(t, got.errOut, "secret")
			require.Empty(t, got.out)
		})
	}
}

func TestIdentity_ofABrokerThatIsNotReachedNamesTheBroker(t *testing.T) {
	e := newExchanging(t, []string{exchanged("given", 3600)}, "200 "+yesAnswer)
	e.Close()
	got := asJob(t, e, ready("jwt"), "--retries", "2")
	require.Equal(t, exitNoVerdict, got.code)
	require.Equal(t, []string{"500ms"}, got.pauses)
	require.Contains(t, got.errOut, "no verdict: "+e.URL+" cannot be reached: connect: connection refused")
}

// A gateway before the broker may want a header of its own, whatever is asked.
func TestIdentity_sendsTheHeadersThatAreAskedFor(t *testing.T) {
	e := newExchanging(t, []string{exchanged("given", 3600)}, "200 "+yesAnswer)
	got := asJob(t, e, ready("jwt"), "--custom-header", "X-Team: blue")
	require.Equal(t, exitYes, got.code, got.errOut)
	for _, r := range e.asked {
		require.Equal(t, "blue", r.Header.Get("X-Team"), r.URL.Path)
		require.True(t, strings.HasPrefix(r.UserAgent(), "can-i-deploy/"), r.URL.Path)
	}
}

func TestIdentity_goesBeforeOtherCredentialsOfTheEnvironment(t *testing.T) {
	e := newExchanging(t, []string{exchanged("given", 3600)}, "200 "+yesAnswer)
	variables := ready("jwt")
	variables["PACT_BROKER_TOKEN"], variables["PACT_BROKER_USERNAME"], variables["PACT_BROKER_PASSWORD"] = "old", "bob", "pw"
	got := asJob(t, e, variables)
	require.Equal(t, exitYes, got.code, got.errOut)
	require.Equal(t, []string{"POST /api/v1/token-exchange", "GET /matrix Bearer given"}, e.sent())
}

func TestBackOff_neverBeginsAgainAtNothing(t *testing.T) {
	before := time.Duration(0)
	for attempt := 1; attempt <= 200; attempt++ {
		wait := backOff(attempt, nil, time.Time{})
		require.GreaterOrEqual(t, wait, before, attempt)
		require.LessOrEqual(t, wait, time.Minute)
		before = wait
	}
}
