package app_test

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/app"
	"github.com/accord-broker/accord/internal/archive"
	"github.com/accord-broker/accord/internal/audit"
	"github.com/accord-broker/accord/internal/cleaning"
	"github.com/accord-broker/accord/internal/events"
	"github.com/accord-broker/accord/internal/store"
	"github.com/accord-broker/accord/internal/support/config"
	"github.com/accord-broker/accord/internal/testing/pactbrokerdb"
	"github.com/accord-broker/accord/internal/testing/testbroker"
	"github.com/accord-broker/accord/internal/testing/testrandom"
)

// What the processes that are to be killed are told: the database that they work on,
// the archive that one imports, and when they die.
const (
	dyingWork    = "ACCORD_TEST_DYING_WORK"
	dyingArchive = "ACCORD_TEST_DYING_ARCHIVE"
	dyingAfter   = "ACCORD_TEST_DYING_AFTER"
)

// TestDyingWork is no test, but the process of those that follow: it imports or cleans
// up, and is killed within a few milliseconds after so many steps.
func TestDyingWork(t *testing.T) {
	url := os.Getenv(dyingWork)
	if url == "" {
		t.Skip("it is run by others")
	}
	settings := workSettings(url)
	var after, delay, done int64
	_, err := fmt.Sscanf(os.Getenv(dyingAfter), "%d %d", &after, &delay)
	require.NoError(t, err)
	step := func() {
		if atomic.AddInt64(&done, 1) != after {
			return
		}
		if delay == 0 {
			_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
		}
		time.AfterFunc(time.Duration(delay)*time.Microsecond, func() { _ = syscall.Kill(os.Getpid(), syscall.SIGKILL) })
	}
	if name := os.Getenv(dyingArchive); name != "" {
		file, err := archive.OpenFile(name)
		require.NoError(t, err)
		_, err = app.RunImport(context.Background(), settings, app.ImportRequest{Source: stepping{file, step}, OnConflict: app.StopOnConflict, Progress: quiet})
		require.NoError(t, err)
		return
	}
	_, err = app.Clean(byCommand(), settings, func(cleaning.Step, int64, int64) { step() })
	require.NoError(t, err)
}

// byCommand is the context of one that somebody runs, of which the audit has an entry.
func byCommand() context.Context {
	return audit.WithOrigin(context.Background(), audit.Origin{Through: "command line", Action: "clean", Target: "broker clean"})
}

// told is what the events and the audit tell together of what clean-ups have deleted, and
// how many events and entries there are.
func told(t *testing.T, settings config.Settings) (byEvents, byAudit map[cleaning.Kind]int64, announced, entries int) {
	t.Helper()
	database, err := app.OpenForImport(context.Background(), settings)
	require.NoError(t, err)
	facts, err := database.NewestFacts(context.Background(), events.Query{Limit: 1000}, 0)
	require.NoError(t, err)
	byEvents, byAudit = map[cleaning.Kind]int64{}, map[cleaning.Kind]int64{}
	for _, fact := range facts {
		for kind, n := range fact.Data.Deleted {
			byEvents[cleaning.Kind(kind)] += n
		}
	}
	written, err := database.AuditEntries(context.Background(), audit.Query{Limit: 1000})
	require.NoError(t, err)
	require.NoError(t, database.Close())
	for _, entry := range written {
		for _, change := range entry.Changes {
			byAudit[cleaning.Kind(change.What)] += int64(change.Before.(float64))
		}
	}
	return byEvents, byAudit, len(facts), len(written)
}

// workSettings are those of the process, and of who ends its work.
func workSettings(url string) config.Settings {
	settings := config.Default()
	settings.Database.URL, settings.SeedExampleData = url, false
	testbroker.CallingHere(&settings)
	settings.Cleaning.KeepVersions = `[{"latest":true}]`
	return settings
}

// stepping is a source that tells of each record that is taken.
type stepping struct {
	archive.Source
	step func()
}

func (s stepping) Each(ctx context.Context, want func(archive.Kind) bool, take func(archive.Record) error) error {
	return s.Source.Each(ctx, want, func(r archive.Record) error {
		if want == nil {
			s.step()
		}
		return take(r)
	})
}

// killed runs the process and reports whether it was killed before it was done.
func killed(t *testing.T, environment ...string) bool {
	t.Helper()
	child := exec.CommandContext(t.Context(), os.Args[0], "-test.run", "^TestDyingWork$") //nolint:gosec // this very test
	child.Env = append(os.Environ(), environment...)
	out, err := child.CombinedOutput()
	var exit *exec.ExitError
	if err == nil {
		return false
	}
	require.ErrorAs(t, err, &exit)
	require.Equal(t, syscall.SIGKILL, exit.Sys().(syscall.WaitStatus).Signal(), string(out))
	return true
}

// killedTenTimes kills the process ten times at some of so many steps, or a few
// milliseconds after.
func killedTenTimes(t *testing.T, steps int, environment ...string) {
	t.Helper()
	random := testrandom.New(t)
	kills := 0
	for range 10 {
		delay := []int{0, random.IntN(500), random.IntN(5000), random.IntN(20000)}[random.IntN(4)]
		if killed(t, append(environment, fmt.Sprintf("%s=%d %d", dyingAfter, 1+random.IntN(steps), delay))...) {
			kills++
		}
	}
	require.Positive(t, kills, "not once was it killed before it was done")
}

// large is an archive with so many versions.
func large(t *testing.T, versions int) (name string, content []byte) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "pact_broker.db")
	database, err := sql.Open("sqlite3", file)
	require.NoError(t, err)
	database.SetMaxOpenConns(1)
	for _, statement := range append(append([]string{"PRAGMA synchronous=OFF"}, pactbrokerdb.Schema(pactbrokerdb.SQLite)...), pactbrokerdb.Large(versions)...) {
		_, err := database.Exec(statement)
		require.NoError(t, err, statement)
	}
	require.NoError(t, database.Close())
	b := testbroker.New(t, testbroker.With(testbroker.CallingHere))
	importedFrom(t, b, "sqlite://"+file)
	content = exported(t, b.Settings(), store.ExportQuery{})
	name = filepath.Join(t.TempDir(), "archive")
	require.NoError(t, os.WriteFile(name, content, 0o600))
	return name, content
}

func TestImport_killedTenTimesLosesAndDoublesNothing(t *testing.T) {
	name, content := large(t, 3000)
	testbroker.Each(t, func(t *testing.T, to *testbroker.Broker) {
		url := to.Settings().Database.URL
		killedTenTimes(t, bytes.Count(content, []byte("\n")), dyingWork+"="+url, dyingArchive+"="+name)
		file, err := archive.OpenFile(name)
		require.NoError(t, err)
		_, err = app.RunImport(context.Background(), workSettings(url), app.ImportRequest{Source: file, OnConflict: app.StopOnConflict, Progress: quiet})
		require.NoError(t, err)
		require.Equal(t, string(content), string(exported(t, to.Settings(), store.ExportQuery{})))
		requireProjections(t, to)
		_, _, announced, entries := told(t, to.Settings())
		require.Equal(t, [2]int{}, [2]int{announced, entries}, "what happened elsewhere is no news here")
	}, testbroker.With(testbroker.CallingHere))
}

func TestClean_killedTenTimesEndsAsIfItHadNotBeen(t *testing.T) {
	name, _ := large(t, 3000)
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		filled := func(b *testbroker.Broker) config.Settings {
			file, err := archive.OpenFile(name)
			require.NoError(t, err)
			_, err = app.RunImport(context.Background(), b.Settings(), app.ImportRequest{Source: file, OnConflict: app.StopOnConflict, Progress: quiet})
			require.NoError(t, err)
			return workSettings(b.Settings().Database.URL)
		}
		clean := func(settings config.Settings) store.Cleaned {
			done, err := app.Clean(byCommand(), settings, func(cleaning.Step, int64, int64) {})
			require.NoError(t, err)
			return done
		}
		steps := 0
		undisturbed := filled(testbroker.New(t, testbroker.With(testbroker.CallingHere)))
		done, err := app.Clean(context.Background(), undisturbed, func(cleaning.Step, int64, int64) { steps++ })
		require.NoError(t, err)
		require.True(t, done.Finished)
		went := map[cleaning.Kind]int64{}
		for _, kind := range done.Kinds {
			if kind.Rows > 0 {
				went[kind.Kind] = kind.Rows
			}
		}
		require.NotEmpty(t, went)

		settings := filled(b)
		killedTenTimes(t, steps, dyingWork+"="+settings.Database.URL)
		require.True(t, clean(settings).Finished, "nobody holds it up")
		require.Equal(t, string(exported(t, undisturbed, store.ExportQuery{})), string(exported(t, settings, store.ExportQuery{})))
		requireProjections(t, b)
		byEvents, byAudit, announced, entries := told(t, settings)
		require.Equal(t, went, byEvents, "what a process deleted that was killed is told by the next, once")
		require.Equal(t, went, byAudit)
		for _, kind := range clean(settings).Kinds {
			require.Zero(t, kind.Rows, kind.Kind)
		}
		byEvents, _, announcedAgain, entriesAgain := told(t, settings)
		require.Equal(t, went, byEvents)
		require.Equal(t, [2]int{announced + 1, entries}, [2]int{announcedAgain, entriesAgain}, "a clean-up that finds nothing ends, too, and changes nothing")
	}, testbroker.With(testbroker.CallingHere))
}

// requireProjections fails if what is kept for quick answers differs from history.
func requireProjections(t *testing.T, b *testbroker.Broker) {
	t.Helper()
	database, err := app.OpenForImport(context.Background(), b.Settings())
	require.NoError(t, err)
	compared, err := database.CheckProjections(context.Background(), false, func(store.Part, int64, int64) {})
	require.NoError(t, errors.Join(err, database.Close()))
	for _, c := range compared {
		require.Zero(t, c.Wrong, "%s of %v", c.Part, c.First)
	}
}
