package app_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/app"
	"github.com/accord-broker/accord/internal/archive"
	"github.com/accord-broker/accord/internal/moving"
	"github.com/accord-broker/accord/internal/store"
	"github.com/accord-broker/accord/internal/support/config"
	"github.com/accord-broker/accord/internal/testing/pactbrokerdb"
	"github.com/accord-broker/accord/internal/testing/testbroker"
)

// served lets a broker answer at an address, through what comes before it.
func served(t *testing.T, b *testbroker.Broker, before func(next http.Handler) http.Handler) string {
	t.Helper()
	handler := b.Handler()
	if before != nil {
		handler = before(handler)
	}
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return server.URL
}

// moody is a broker that is busy now and then.
// It answers every tenth time that it is asked too often, and every tenth that it fails.
func moody(asked *atomic.Int64) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			switch asked.Add(1) % 10 {
			case 3:
				w.Header().Set("Retry-After", "0")
				w.WriteHeader(http.StatusTooManyRequests)
			case 7:
				w.WriteHeader(http.StatusBadGateway)
			default:
				next.ServeHTTP(w, r)
			}
		})
	}
}

func unheard(string, int64) {}

// withoutExternal is the example without what only Accord knows.
func withoutExternal(t *testing.T) *testbroker.Broker {
	t.Helper()
	b := company(t, testbroker.With(func(s *config.Settings) { s.Server.BaseURLs = nil }))
	b.Delete("/api/v1/applications/card-gateway/external").OK()
	return b
}

func TestImport_overHTTP(t *testing.T) {
	from := withoutExternal(t)
	to := testbroker.New(t, testbroker.With(func(s *config.Settings) { s.Server.BaseURLs = nil }))
	var asked atomic.Int64
	remote := moving.Remote{URL: served(t, from, moody(&asked)), Parallel: 4, Pause: time.Millisecond}
	folder := t.TempDir()
	fetch := func() *moving.HTTP {
		source, err := moving.Fetch(context.Background(), remote, folder, unheard)
		require.NoError(t, err)
		require.Empty(t, source.Skipped())
		return source
	}
	run := func(source *moving.HTTP) app.ImportOutcome {
		outcome, err := app.RunImport(context.Background(), to.Settings(), app.ImportRequest{Source: source, OnConflict: app.StopOnConflict, Progress: quiet})
		require.NoError(t, err)
		require.Empty(t, outcome.Imported.LeftOut)
		return outcome
	}
	run(fetch())
	first := asked.Swap(0)
	before := exported(t, to.Settings(), store.ExportQuery{})
	again := run(fetch())
	for _, k := range again.Imported.Kinds {
		require.Zero(t, k.Added+k.Changed, k.Kind)
	}
	require.Equal(t, string(before), string(exported(t, to.Settings(), store.ExportQuery{})))
	require.Less(t, asked.Load(), first, "results are not asked for again")

	here, there := moving.Remote{URL: served(t, to, nil)}, moving.Remote{URL: served(t, from, nil)}
	same, err := moving.Compare(context.Background(), here, there, comparedNow())
	require.NoError(t, err)
	require.Empty(t, same.Differences)
	require.Positive(t, same.Asked["can I deploy"])
	require.Positive(t, same.Asked["contents"])
}

// One result is too large to be read: the others come, and the report says which one it is
// and where it can be had.
func TestFetch_namesAResultThatIsTooLarge(t *testing.T) {
	other := testbroker.New(t, testbroker.With(withKey), testbroker.With(func(s *config.Settings) { s.Server.BaseURLs = nil }))
	importedFrom(t, other, pactBroker(t, pactbrokerdb.SQLite))
	remote := served(t, other, func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if strings.HasSuffix(r.URL.Path, "/verification-results/7") {
				w.Header().Set("Content-Length", "200000000")
				return
			}
			next.ServeHTTP(w, r)
		})
	})
	source, err := moving.Fetch(context.Background(), moving.Remote{URL: remote}, t.TempDir(), unheard)
	require.NoError(t, err)
	var told []archive.Skipped
	for _, s := range source.Skipped() {
		if s.Reason == archive.TooLargeOverHTTP.With("128") {
			told = append(told, s)
		}
	}
	require.Len(t, told, 1)
	require.Equal(t, archive.KindResult, told[0].Kind)
	require.Len(t, told[0].First, 1)
	require.True(t, strings.HasSuffix(told[0].First[0], "/pact-version/2222222222222222222222222222222222222222/verification-results/7"), told[0].First[0])
	read := 0
	require.NoError(t, source.Each(context.Background(), nil, func(r archive.Record) error {
		if _, is := r.(*archive.Result); is {
			read++
		}
		return nil
	}))
	require.Equal(t, 2, read)
}

func TestFetch_refusals(t *testing.T) {
	locked := testbroker.New(t, testbroker.With(func(s *config.Settings) {
		s.Access.BasicAuth, s.Access.Username, s.Access.Password = true, "me", "secret"
	}))
	address := served(t, locked, nil)
	nothing := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(nothing.Close)
	tests := map[string]struct {
		remote moving.Remote
		says   string
	}{
		"without credentials": {moving.Remote{URL: address}, "give --username and --password"},
		"no broker":           {moving.Remote{URL: nothing.URL}, "no Pact Broker"},
		"no address":          {moving.Remote{URL: "ftp://x"}, "must be https://host"},
	}
	for name, tt := range tests {
		_, err := moving.Fetch(context.Background(), tt.remote, t.TempDir(), unheard)
		require.ErrorContains(t, err, tt.says, name)
		require.NotContains(t, err.Error(), "secret")
	}
	_, err := moving.Fetch(context.Background(), moving.Remote{URL: address, Username: "me", Password: "secret"}, t.TempDir(), unheard)
	require.NoError(t, err)
}

func TestCompare_findsEachKindOfDifference(t *testing.T) {
	b := withoutExternal(t)
	other := func(change func(path, answer string) string) string {
		return served(t, b, func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				r.Header.Del("Accept-Encoding") // what is packed cannot be changed
				kept := httptest.NewRecorder()
				next.ServeHTTP(kept, r)
				w.WriteHeader(kept.Code)
				_, _ = w.Write([]byte(change(r.URL.Path, kept.Body.String())))
			})
		})
	}
	here := served(t, b, nil)
	tests := map[string]struct {
		question string
		change   func(path, answer string) string
	}{
		"an application is missing": {"applications", func(path, answer string) string {
			if path == "/pacticipants" {
				return strings.ReplaceAll(answer, `"name":"stock"`, `"name":"other"`)
			}
			return answer
		}},
		"another verdict": {"can I deploy", func(path, answer string) string {
			if path == "/can-i-deploy" {
				return strings.ReplaceAll(answer, `"deployable":true`, `"deployable":false`)
			}
			return answer
		}},
		"something else to verify": {"pacts to verify", func(path, answer string) string {
			if strings.HasSuffix(path, "/for-verification") {
				return strings.ReplaceAll(answer, `"pending":false`, `"pending":true`)
			}
			return answer
		}},
		"another contract": {"contents", func(path, answer string) string {
			if strings.Contains(path, "/pacts/provider/stock/consumer/shipping/version/") {
				return strings.ReplaceAll(answer, `"method":"`, `"method":"X`)
			}
			return answer
		}},
		"another environment": {"environments", func(path, answer string) string {
			if path == "/environments" {
				return strings.ReplaceAll(answer, `"production":true`, `"production":false`)
			}
			return answer
		}},
	}
	for name, tt := range tests {
		found, err := moving.Compare(context.Background(), moving.Remote{URL: here}, moving.Remote{URL: other(tt.change)}, comparedNow())
		require.NoError(t, err, name)
		require.Positive(t, found.Wrong(), name)
		require.Equal(t, tt.question, found.Differences[0].Question, name)
	}
	losing := other(func(path, answer string) string {
		if strings.HasSuffix(path, "/for-verification") {
			return strings.Replace(answer, `"pacts":[{`, `"pacts":[{"verificationProperties":{"wip":true}},{`, 1)
		}
		return answer
	})
	lost, err := moving.Compare(context.Background(), moving.Remote{URL: here}, moving.Remote{URL: losing}, moving.CompareOptions{OverHTTP: true, WorkInProgressSince: comparedNow().WorkInProgressSince})
	require.NoError(t, err)
	require.NotEmpty(t, lost.Differences)
	require.Zero(t, lost.Wrong())

	var asked atomic.Int64
	passing := other(func(path, answer string) string {
		if path == "/environments" && asked.Add(1) == 1 {
			return strings.ReplaceAll(answer, `"production":true`, `"production":false`)
		}
		return answer
	})
	found, err := moving.Compare(context.Background(), moving.Remote{URL: here}, moving.Remote{URL: passing}, comparedNow())
	require.NoError(t, err)
	require.Len(t, found.Differences, 1)
	require.Equal(t, moving.Moved, found.Differences[0].Class)

	closed := httptest.NewServer(http.NotFoundHandler())
	closed.Close()
	_, err = moving.Compare(context.Background(), moving.Remote{URL: here}, moving.Remote{URL: closed.URL, Pause: time.Microsecond}, comparedNow())
	require.ErrorIs(t, err, moving.ErrCannotAsk)
}

// comparedNow asks for the work in progress of a month.
func comparedNow() moving.CompareOptions {
	return moving.CompareOptions{WorkInProgressSince: time.Now().AddDate(0, -1, 0)}
}
