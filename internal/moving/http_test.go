package moving

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/txtar"
	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/archive"
)

var update = flag.Bool("update", false, "write what comes of the answers anew")

// recorded answers as a Pact Broker does, from a file.
type recorded struct {
	answers map[string]string
	mu      sync.Mutex
	asked   map[string]int
	// before is asked first and may answer itself.
	before func(w http.ResponseWriter, r *http.Request) bool
}

func (b *recorded) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.asked[r.URL.RequestURI()]++
	if b.before != nil && b.before(w, r) {
		return
	}
	answer, known := b.answers[r.URL.RequestURI()]
	switch {
	case !known || r.Method != http.MethodGet:
		w.Header().Set("Content-Type", "application/json;charset=utf-8")
		w.WriteHeader(http.StatusNotFound)
		answer = `{"error":"The requested document was not found on this server."}`
	case !strings.HasPrefix(r.Header.Get("Accept"), "application/hal+json"):
		answer = "digraph { ; }"
	default:
		w.Header().Set("Content-Type", "application/hal+json;charset=utf-8")
	}
	_, _ = w.Write([]byte(answer)) // who asked has gone
}

// pactBroker is a Pact Broker that answers from the file, and where it is.
func pactBroker(t *testing.T) (*recorded, Remote) {
	t.Helper()
	file, err := txtar.ParseFile("testdata/pactbroker.txtar")
	require.NoError(t, err)
	b := &recorded{answers: map[string]string{}, asked: map[string]int{}}
	for _, f := range file.Files {
		b.answers[f.Name] = strings.TrimSuffix(string(f.Data), "\n")
	}
	server := httptest.NewServer(b)
	t.Cleanup(server.Close)
	return b, Remote{URL: server.URL, Pause: time.Microsecond}
}

func fetched(t *testing.T, remote Remote, folder string) *HTTP {
	t.Helper()
	source, err := Fetch(context.Background(), remote, folder, func(string, int64) {})
	require.NoError(t, err)
	return source
}

// linesOf are the records of a source, as in an archive.
func linesOf(t *testing.T, source archive.Source) string {
	t.Helper()
	var out bytes.Buffer
	w, err := archive.NewWriter(&out, archive.Plain, source.Header())
	require.NoError(t, err)
	require.NoError(t, source.Each(context.Background(), nil, w.Write))
	require.NoError(t, w.Close())
	return out.String()
}

func TestFetch_readsEverythingThatAPactBrokerAnswers(t *testing.T) {
	_, remote := pactBroker(t)
	source := fetched(t, remote, t.TempDir())
	require.Empty(t, source.Skipped())
	got := linesOf(t, source)
	if *update {
		require.NoError(t, os.WriteFile("testdata/pactbroker.jsonl", []byte(got), 0o600))
	}
	want, err := os.ReadFile("testdata/pactbroker.jsonl")
	require.NoError(t, err)
	require.Equal(t, string(want), got)
}

func TestFetch_asksNotTwiceForWhatNeverChanges(t *testing.T) {
	b, remote := pactBroker(t)
	folder := t.TempDir()
	first := linesOf(t, fetched(t, remote, folder))
	require.Equal(t, first, linesOf(t, fetched(t, remote, folder)))
	for address, times := range b.asked {
		want := 2
		if strings.Contains(address, "/pact-version/") {
			want = 1
		}
		require.Equal(t, want, times, address)
	}
}

func TestFetch_goesOnWithoutWhatIsMissing(t *testing.T) {
	const pact = "/pacts/provider/Stock%2FRoom/consumer/Shop"
	sha := strings.Repeat("1", 40)
	for name, tt := range map[string]struct {
		without string
		kind    archive.Kind
	}{
		"a pact":                     {pact + "/version/1", archive.KindPublication},
		"a content":                  {pact + "/pact-version/" + strings.Repeat("0", 40), archive.KindContent},
		"a result":                   {pact + "/pact-version/" + sha + "/verification-results/3", archive.KindResult},
		"the results of a pact":      {"/matrix?q%5B%5D%5Bpacticipant%5D=Shop&q%5B%5D%5Bversion%5D=1&q%5B%5D%5Bpacticipant%5D=Stock%2FRoom&limit=100000", archive.KindResult},
		"a deployment":               {"/deployed-versions/d1d1d1d1-0000-4000-8000-000000000001", archive.KindDeployment},
		"a release":                  {"/released-versions/e1e1e1e1-0000-4000-8000-000000000001", archive.KindRelease},
		"a tag":                      {"/pacticipants/Shop/versions/2/tags/dev", archive.KindTag},
		"a label":                    {"/pacticipants/Shop/labels/web", archive.KindLabel},
		"a webhook":                  {"/webhooks/WMXDWEDSDEvZGlKJi5rnew", archive.KindWebhook},
		"the branches of old":        {"/pacticipants/Shop/branches?page=1&size=100&pageNumber=1&pageSize=100", ""},
		"the environments of old":    {"/environments", ""},
		"the integrations of before": {"/integrations?page=1&size=100&pageNumber=1&pageSize=100", ""},
	} {
		t.Run(name, func(t *testing.T) {
			b, remote := pactBroker(t)
			require.Contains(t, b.answers, tt.without)
			delete(b.answers, tt.without)
			source := fetched(t, remote, t.TempDir())
			if tt.kind == "" {
				require.Empty(t, source.Skipped())
				return
			}
			require.Len(t, source.Skipped(), 1)
			require.Equal(t, tt.kind, source.Skipped()[0].Kind)
			require.EqualValues(t, 1, source.Skipped()[0].Count)
		})
	}
}

func TestFetch_isPolite(t *testing.T) {
	refusing := func(status int, header ...string) func(w http.ResponseWriter, r *http.Request) bool {
		return func(w http.ResponseWriter, _ *http.Request) bool {
			for i := 0; i+1 < len(header); i += 2 {
				w.Header().Set(header[i], header[i+1])
			}
			w.WriteHeader(status)
			return true
		}
	}
	for name, tt := range map[string]struct {
		before func(w http.ResponseWriter, r *http.Request) bool
		says   string
		asked  int
	}{
		"gives up on a broker that keeps failing": {refusing(http.StatusServiceUnavailable), "keeps failing", attempts},
		"asks a broker that fails once more":      {refusing(http.StatusInternalServerError), "fails itself", attemptsAtFailure},
		"stops where it may not read":             {refusing(http.StatusForbidden), "do not", 1},
		"does not follow to another host":         {refusing(http.StatusFound, "Location", "http://elsewhere.invalid/"), "redirects to another host, elsewhere.invalid", 1},
		"knows what is no broker":                 {refusing(http.StatusNotFound), "no Pact Broker", 1},
	} {
		t.Run(name, func(t *testing.T) {
			b, remote := pactBroker(t)
			b.before = tt.before
			_, err := Fetch(context.Background(), remote, t.TempDir(), func(string, int64) {})
			require.Error(t, err)
			if tt.says != "do not" {
				require.ErrorContains(t, err, tt.says)
			} else {
				require.ErrorIs(t, err, ErrRefused)
			}
			require.Equal(t, tt.asked, b.asked["/"])
		})
	}
}

func TestFetch_tellsWhoAsks(t *testing.T) {
	for name, tt := range map[string]struct {
		change func(r *Remote)
		want   string
	}{
		"a token":                 {func(r *Remote) { r.Token = "secret" }, "Bearer secret"},
		"a name and a password":   {func(r *Remote) { r.Username, r.Password = "me", "pw" }, "Basic bWU6cHc="},
		"both in the address":     {func(r *Remote) { r.URL = strings.Replace(r.URL, "://", "://me:pw@", 1) }, "Basic bWU6cHc="},
		"nobody":                  {func(*Remote) {}, ""},
		"the token before a name": {func(r *Remote) { r.Token, r.Username = "secret", "me" }, "Bearer secret"},
	} {
		t.Run(name, func(t *testing.T) {
			b, remote := pactBroker(t)
			b.before = func(_ http.ResponseWriter, r *http.Request) bool {
				require.Equal(t, tt.want, r.Header.Get("Authorization"))
				return false
			}
			tt.change(&remote)
			fetched(t, remote, t.TempDir())
		})
	}
}

func TestOrderWithinContents_isThatOfTheNumbersWhateverTheDates(t *testing.T) {
	of := func(sha string, number int64, at archive.Time) resultLink {
		return resultLink{consumer: "Shop", provider: "Stock", sha: sha, number: number, at: at}
	}
	results := []resultLink{of("a", 3, 1), of("b", 2, 2), of("a", 1, 3), of("b", 1, 4), of("a", 2, 5), of("c", 9, 6)}
	orderWithinContents(results)
	require.Equal(t, []resultLink{of("a", 1, 3), of("b", 1, 4), of("a", 2, 5), of("b", 2, 2), of("a", 3, 1), of("c", 9, 6)}, results)
}

// A broker counts what it shows nobody, such as contents whose pacts were deleted.
func TestFetch_tellsHowMuchTheBrokerDoesNotShow(t *testing.T) {
	b, remote := pactBroker(t)
	all := map[archive.Kind]int64{}
	require.NoError(t, fetched(t, remote, t.TempDir()).Each(context.Background(), nil, func(r archive.Record) error {
		all[r.Kind()]++
		return nil
	}))
	b.answers["/metrics"] = fmt.Sprintf(`{"matrix":{"count":-1},"pactVersions":{"count":%d},"verificationResults":{"count":%d},"tags":{"count":%d},"triggeredWebhooks":{"count":9},"webhooks":{"count":"many"}}`,
		all[archive.KindContent]+1, all[archive.KindResult]+2, all[archive.KindTag])
	hidden := map[archive.Kind]int64{}
	for _, s := range fetched(t, remote, t.TempDir()).Skipped() {
		hidden[s.Kind] = s.Count
	}
	require.Equal(t, map[archive.Kind]int64{archive.KindContent: 1, archive.KindResult: 2, archive.KindDelivery: 9}, hidden)

	delete(b.answers, "/pacts/provider/Stock%2FRoom/consumer/Shop/pact-version/"+strings.Repeat("1", 40)+"/verification-results/3")
	for _, s := range fetched(t, remote, t.TempDir()).Skipped() {
		if s.Kind == archive.KindResult && len(s.First) == 0 {
			require.EqualValues(t, 2, s.Count, "what it did not answer for is told once")
		}
	}
}

func TestFetch_givesAPairWithoutAPactTheTimeOfItsYoungerApplication(t *testing.T) {
	b, remote := pactBroker(t)
	const list = "/integrations?page=1&size=100&pageNumber=1&pageSize=100"
	b.answers[list] = `{"_embedded":{"integrations":[{"consumer":{"name":"Stock/Room"},"provider":{"name":"Shop"}}]},"_links":{}}`
	source := fetched(t, remote, t.TempDir())
	made := map[string]archive.Time{}
	require.NoError(t, source.Each(context.Background(), nil, func(r archive.Record) error {
		switch r := r.(type) {
		case *archive.Application:
			made[r.Name] = r.CreatedAt
		case *archive.Integration:
			if r.Provider == "Shop" {
				made["pair"] = r.CreatedAt
			}
		}
		return nil
	}))
	require.NotZero(t, made["pair"])
	require.Equal(t, max(made["Shop"], made["Stock/Room"]), made["pair"])
	require.Len(t, source.Skipped(), 1)
	require.True(t, source.Skipped()[0].OtherTime)
}

func TestFetch_namesWhatTheCredentialsMayNotRead(t *testing.T) {
	b, remote := pactBroker(t)
	b.before = func(w http.ResponseWriter, r *http.Request) bool {
		if r.URL.Path == "/webhooks" {
			w.WriteHeader(http.StatusForbidden)
			return true
		}
		return false
	}
	_, err := Fetch(context.Background(), remote, t.TempDir(), func(string, int64) {})
	require.ErrorIs(t, err, ErrRefused)
	require.ErrorContains(t, err, "/webhooks answers 403")
}
