package app_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/app"
	"github.com/accord-broker/accord/internal/moving"
	"github.com/accord-broker/accord/internal/store"
	"github.com/accord-broker/accord/internal/support/config"
	"github.com/accord-broker/accord/internal/testing/testbroker"
)

// The recorded scenarios of the Pact Broker are played once more, on a broker that has
// moved: what changes something goes to one broker, and before each question
// everything is imported from it over HTTP into a new one, which answers. Between the
// two stands what lets nothing pass that the Pact Broker's recorded answers do not have.

// What the process that has moved is told by the test that started it.
const (
	movedAddress = "ACCORD_TEST_MOVED_ADDRESS"
	movedGolden  = "ACCORD_TEST_MOVED_GOLDEN"
	movedReports = "ACCORD_TEST_MOVED_REPORTS"
)

// lostOverHTTP are the steps of scenarios, by scenario and number, in which a broker that
// has moved over HTTP answers otherwise, and why.
var lostOverHTTP = map[string]string{
	"pacts.put_after_patch 4":                   notVerified,
	"selection.wip_until_verified_explicitly 3": notWIP,
	"selection.wip_until_verified_explicitly 5": notWIP,
	"selection.wip_until_verified_explicitly 6": notWIP,
	"webhooks.result_through_the_sent_url 4":    notWIP,
	"webhooks.secrets 2":                        noSecrets,
	"webhooks.secrets 4":                        noSecrets,
	"webhooks.secrets 6":                        noSecrets,
	"webhooks.secrets 10":                       noSecrets,
	"webhooks.delivery 6":                       noDeliveries,
	"webhooks.delivery_fails 4":                 noDeliveries,
}

// What the Pact Broker does not tell.
const (
	notVerified  = "revisions that were overwritten and never verified"
	notWIP       = "whether a result was work in progress"
	noSecrets    = "passwords, and headers with credentials"
	noDeliveries = "what webhooks have sent, in a way that could be kept"
)

// chosenScenarios are those that ACCORD_TEST_SCENARIOS names, or begins the names of; all
// if it says so. Without it they are some in which much is made that has an identity.
func chosenScenarios() []string {
	switch names := strings.Fields(os.Getenv("ACCORD_TEST_SCENARIOS")); {
	case len(names) == 0:
		return []string{"matrix.ci_flow", "matrix.revised_pact", "pacts.put_after_patch", "resources.deploy_", "resources.release", "resources.environment_contacts",
			"resources.versions_list", "selection.odd_names", "verification.all_fields", "verification.results_of_a_revised_pact", "webhooks.lists_by_side"}
	case names[0] == "all":
		return nil
	default:
		return names
	}
}

// recordedScenarios is where the recorded answers of the Pact Broker lie: beside the
// repository, or nowhere.
func recordedScenarios(t *testing.T) string {
	t.Helper()
	folder, err := filepath.Abs("../../../shared/conformance")
	require.NoError(t, err)
	if _, err := os.Stat(filepath.Join(folder, "conform.py")); err != nil {
		t.Skip("there are no recorded answers of the Pact Broker in ../shared/conformance")
	}
	return folder
}

func TestImport_overHTTP_answersAsThePactBrokerDid(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes minutes")
	}
	folder, reports := recordedScenarios(t), t.TempDir()
	golden := filepath.Join(folder, "golden")
	start := fmt.Sprintf("env %s=127.0.0.1:{port} %s=%s %s=%s %s -test.run ^TestMovedBroker$", movedAddress, movedGolden, golden, movedReports, reports, os.Args[0])
	told := exec.CommandContext(t.Context(), "python3", append([]string{filepath.Join(folder, "conform.py"), "check", "--jobs", "2", "--start", start}, chosenScenarios()...)...) //nolint:gosec // this very test
	out, err := told.CombinedOutput()
	var exit *exec.ExitError
	require.True(t, err == nil || errors.As(err, &exit), "%v", err)
	require.Regexp(t, `\n\d+ of \d+ steps the same`, string(out))
	departures, err := os.ReadFile("../../.ci/conformance-differs")
	require.NoError(t, err)
	for _, step := range differingSteps(string(out)) {
		if lostOverHTTP[step.name] == "" && !strings.Contains(string(departures), "\n"+step.name+" ") {
			t.Errorf("%s\n%s", step.name, step.told)
		}
	}
	failures, err := filepath.Glob(filepath.Join(reports, "*"))
	require.NoError(t, err)
	for _, name := range failures {
		text, err := os.ReadFile(name)
		require.NoError(t, err)
		t.Error(string(text))
	}
}

// step is one that was not answered as recorded: its scenario and number, and what
// was told of it.
type step struct{ name, told string }

// differingSteps reads the report of conform.py.
func differingSteps(report string) (steps []step) {
	scenario, number := "", regexp.MustCompile(`^    step (\d+) `)
	for line := range strings.Lines(report) {
		switch found := number.FindStringSubmatch(line); {
		case found != nil:
			steps = append(steps, step{scenario + " " + found[1], line})
		case strings.HasPrefix(line, "      ") && len(steps) > 0:
			steps[len(steps)-1].told += line
		case strings.Contains(line, " steps the same"):
			scenario, _, _ = strings.Cut(line, " ")
		}
	}
	return steps
}

// TestMovedBroker is no test, but the process in which one scenario is played.
func TestMovedBroker(t *testing.T) {
	address := os.Getenv(movedAddress)
	if address == "" {
		t.Skip("it is run by another")
	}
	m := &moved{t: t, shapes: recordedShapes(t, os.Getenv(movedGolden)), clock: time.Now().UnixMicro()}
	m.options = []testbroker.Option{
		testbroker.At(func() time.Time { return time.UnixMicro(atomic.AddInt64(&m.clock, 1)) }), testbroker.With(testbroker.CallingHere), testbroker.With(func(s *config.Settings) {
			s.Server.BaseURLs = []string{"http://" + address}
			s.Webhooks.Methods = []string{"GET", "POST", "PUT"}
			s.Webhooks.RetrySchedule = config.Default().Webhooks.RetrySchedule
		}),
	}
	m.original = testbroker.New(t, m.options...)
	m.original.Work()
	m.source = served(t, m.original, m.asThePactBroker)
	listener, err := net.Listen("tcp", address)
	require.NoError(t, err)
	server := &http.Server{Handler: m, ReadHeaderTimeout: time.Minute}
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM)
	go func() {
		<-stop
		_ = server.Close() // the scenario is over
	}()
	require.ErrorIs(t, server.Serve(listener), http.ErrServerClosed)
}

// moved is a broker of which every answer comes from another one, into which
// everything was imported just before.
type moved struct {
	t        *testing.T
	options  []testbroker.Option
	shapes   shapes
	original *testbroker.Broker
	// clock is what the brokers read: brokers tell times to the second, so a second
	// passes with each change.
	clock int64
	// source is where the original answers as the Pact Broker would.
	source string
	mu     sync.Mutex
	// held is what the original held when it was imported last, now the broker that
	// it was imported into.
	held []byte
	now  *testbroker.Broker
}

// ServeHTTP answers one step of the scenario.
func (m *moved) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !asksOnly(r) {
		atomic.AddInt64(&m.clock, int64(time.Second/time.Microsecond))
		m.original.Handler().ServeHTTP(w, r)
		return
	}
	if err := m.move(context.WithoutCancel(r.Context())); err != nil {
		m.report("%s %s: %v", r.Method, r.URL, err)
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	body := readAll(m.t, r)
	then, here := answerOf(m.original, r, body), answerOf(m.now, r, body)
	text := withMetadataOf(then.Body.Bytes(), here.Body.Bytes())
	m.compare(r, then, text)
	for name, values := range here.Header() {
		w.Header()[name] = values
	}
	w.Header().Del("Content-Length")
	w.WriteHeader(here.Code)
	_, _ = w.Write(text) // who asked has gone
}

// asksOnly tells requests that change nothing. What a broker has sent, and what is
// named by the ids of its database, is asked of that one: neither travels over HTTP.
func asksOnly(r *http.Request) bool {
	if strings.Contains(r.URL.Path, "triggered-webhooks") || strings.Contains(r.URL.Path, "/metadata/") {
		return false
	}
	return r.Method == http.MethodGet || r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/for-verification")
}

// move imports everything into a new broker, if something has changed.
func (m *moved) move(ctx context.Context) error {
	holds := exported(m.t, m.original.Settings(), store.ExportQuery{})
	if m.now != nil && bytes.Equal(holds, m.held) {
		return nil
	}
	source, err := moving.Fetch(ctx, moving.Remote{URL: m.source, Parallel: 4, Pause: time.Millisecond}, m.t.TempDir(), unheard)
	if err != nil {
		return err
	}
	into := testbroker.New(m.t, m.options...)
	if _, err := app.RunImport(ctx, into.Settings(), app.ImportRequest{Source: source, OnConflict: app.StopOnConflict, Progress: quiet}); err != nil {
		return err
	}
	if _, _, err := app.EnableImportedWebhooks(ctx, into.Settings()); err != nil {
		return err
	}
	m.now, m.held = into, holds
	return nil
}

// compare reports identities and times that are others than before moving: what the
// comparison with the recorded answers cannot see, since they are made up anew each
// time a scenario is played. All else it sees.
func (m *moved) compare(r *http.Request, then *httptest.ResponseRecorder, here []byte) {
	var was, is any
	if json.Unmarshal(then.Body.Bytes(), &was) != nil || json.Unmarshal(here, &is) != nil {
		return
	}
	if object, is := is.(map[string]any); is && strings.HasPrefix(r.URL.Path, "/webhooks/") {
		delete(object, "updatedAt") // webhooks are enabled after an import
	}
	for _, difference := range identities("$", was, is) {
		m.report("%s %s: %s", r.Method, r.URL, difference)
	}
}

// madeUp are the parts of texts that brokers make up.
var madeUp = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f-]{27}|[0-9a-f]{40}|\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-][\d:]+)|/verification-results/\d+|/webhooks/[A-Za-z0-9_-]{16,}`)

// identities are the places in which two JSON values have the same text but for what
// is made up in it.
func identities(place string, was, is any) (found []string) {
	switch was := was.(type) {
	case map[string]any:
		is, _ := is.(map[string]any)
		for name, value := range was {
			found = append(found, identities(place+"."+name, value, is[name])...)
		}
	case []any:
		is, _ := is.([]any)
		for i := range min(len(was), len(is)) {
			found = append(found, identities(fmt.Sprintf("%s[%d]", place, i), was[i], is[i])...)
		}
	case string:
		if is, _ := is.(string); is != "" && was != is && madeUp.ReplaceAllString(was, "") == madeUp.ReplaceAllString(is, "") {
			found = append(found, fmt.Sprintf("%s was %q and is %q", place, was, is))
		}
	}
	return found
}

// report keeps a line for the test that started this process.
func (m *moved) report(format string, args ...any) {
	file, err := os.OpenFile(filepath.Join(os.Getenv(movedReports), fmt.Sprint(os.Getpid())), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	require.NoError(m.t, err)
	_, err = fmt.Fprintf(file, format+"\n", args...)
	require.NoError(m.t, err)
	require.NoError(m.t, file.Close())
}

func readAll(t *testing.T, r *http.Request) []byte {
	t.Helper()
	var body bytes.Buffer
	_, err := body.ReadFrom(r.Body)
	require.NoError(t, err)
	return body.Bytes()
}

func answerOf(b *testbroker.Broker, r *http.Request, body []byte) *httptest.ResponseRecorder {
	again := r.Clone(r.Context())
	again.Body = http.NoBody
	if len(body) > 0 {
		again.Body = readCloser{bytes.NewReader(body)}
	}
	recorder := httptest.NewRecorder()
	b.Handler().ServeHTTP(recorder, again)
	return recorder
}

type readCloser struct{ *bytes.Reader }

func (readCloser) Close() error { return nil }

var metadata = regexp.MustCompile(`/metadata/[^/?"]+`)

// withMetadataOf is the second answer with the metadata of the first in its place:
// they name consumer versions by their ids, which do not travel over HTTP, and the
// next step of the scenario goes to the broker whose ids they are.
func withMetadataOf(first, second []byte) []byte {
	theirs := metadata.FindAll(first, -1)
	if len(theirs) != len(metadata.FindAll(second, -1)) {
		return second
	}
	return metadata.ReplaceAllFunc(second, func([]byte) []byte {
		next := theirs[0]
		theirs = theirs[1:]
		return next
	})
}
