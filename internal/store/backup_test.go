package store_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"database/sql"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/contracts"
	"github.com/accord-broker/accord/internal/pacticipants"
	"github.com/accord-broker/accord/internal/store"
	"github.com/accord-broker/accord/internal/store/db"
)

var backedUpAt = time.Date(2026, 1, 31, 2, 0, 0, 0, time.UTC)

// backUp copies the database into a folder.
func backUp(url, folder string, keep int) (db.Backup, error) {
	return db.TakeBackup(context.Background(), db.BackupOptions{URL: url, Folder: folder, Keep: keep, At: backedUpAt, Progress: func(int64, int64) {}})
}

// mustBackUp copies the database, which must succeed.
func mustBackUp(t *testing.T, url string) string {
	t.Helper()
	made, err := backUp(url, t.TempDir(), 0)
	require.NoError(t, err)
	return made.File
}

func putBack(file, url string, replace bool) (db.Restored, error) {
	return db.Restore(context.Background(), db.RestoreOptions{File: file, URL: url, Replace: replace, At: backedUpAt, Progress: func(int64, int64) {}})
}

// file is the path of a SQLite database.
func file(url string) string {
	path, _ := db.SQLitePath(url)
	return path
}

// filled makes a database with some versions of Foo, closed.
func filled(t *testing.T, numbers ...string) (url string) {
	t.Helper()
	url = sqliteURL(t)
	d, err := store.Open(context.Background(), store.Options{URL: url, Fast: true})
	require.NoError(t, err)
	write(t, d, func(ctx context.Context, tx *store.Tx) {
		for _, number := range numbers {
			version(t, ctx, tx, "Foo", number)
		}
	})
	require.NoError(t, d.Close())
	return url
}

// numbersIn are the numbers of all versions in the database.
func numbersIn(t *testing.T, url string) []string {
	t.Helper()
	d := open(t, store.Options{URL: url, Fast: true})
	numbers, err := d.Lines(context.Background(), "SELECT number FROM versions ORDER BY id")
	require.NoError(t, err)
	return numbers
}

// damage makes a database whose index of versions differs from its table, which
// only reading all of it shows, out of one with version somewhere.
func damage(t *testing.T, path string) {
	t.Helper()
	content, err := os.ReadFile(path)
	require.NoError(t, err)
	row := bytes.Index(content, []byte("somewhere")) + 1
	copy(content[row:], bytes.ReplaceAll(content[row:], []byte("somewhere"), []byte("elsewhere")))
	require.NoError(t, os.WriteFile(path, content, 0o600))
}

func names(t *testing.T, folder string) []string {
	t.Helper()
	files, err := os.ReadDir(folder)
	require.NoError(t, err)
	var all []string
	for _, f := range files {
		all = append(all, f.Name())
	}
	return all
}

// addContents makes the database so large that it is copied in several steps.
func addContents(t *testing.T, d *store.DB, n int) {
	t.Helper()
	write(t, d, func(ctx context.Context, tx *store.Tx) {
		foo, bar := version(t, ctx, tx, "Foo", "0"), version(t, ctx, tx, "Bar", "0")
		integration, err := tx.AddIntegration(ctx, pacticipants.Pacticipant{ID: foo.PacticipantID}, pacticipants.Pacticipant{ID: bar.PacticipantID})
		require.NoError(t, err)
		for i := range n {
			body := make([]byte, 100_000)
			_, _ = rand.Read(body) // never fails
			_, _, err := tx.AddContent(ctx, contracts.PactVersion{IntegrationID: integration, SHA: strconv.Itoa(i)}, body)
			require.NoError(t, err)
		}
	})
}

func TestTakeBackup_isOfOneMomentWhileOthersWrite(t *testing.T) {
	url := sqliteURL(t)
	d := open(t, store.Options{URL: url, Exclusive: true})
	addContents(t, d, 200)
	folder, step := t.TempDir(), 0
	made, err := db.TakeBackup(context.Background(), db.BackupOptions{URL: url, Folder: folder, At: backedUpAt, Progress: func(copied, all int64) {
		// Both sides of the copy's front are written to between two steps.
		step++
		write(t, d, func(ctx context.Context, tx *store.Tx) {
			version(t, ctx, tx, "Foo", strconv.Itoa(step))
			require.NoError(t, tx.Exec(ctx, "UPDATE pact_versions SET body = zeroblob(length(body)), size = ?", step))
		})
		require.LessOrEqual(t, copied, all)
	}})
	require.NoError(t, err)
	require.Greater(t, step, 3)
	require.Equal(t, filepath.Join(folder, "accord-20260131T020000Z.db"), made.File)
	require.Equal(t, []string{".accord-backup.lock", "accord-20260131T020000Z.db", "accord-20260131T020000Z.db.sha256"}, names(t, folder))
	found, err := os.Stat(made.File)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), found.Mode())
	require.Equal(t, found.Size(), made.Size)
	copied := open(t, store.Options{URL: "sqlite://" + made.File})
	lines, err := copied.Lines(context.Background(), "SELECT (SELECT count(*) FROM versions) || ' versions, largest size ' || (SELECT max(size) FROM pact_versions)")
	require.NoError(t, err)
	require.Equal(t, []string{"2 versions, largest size 0"}, lines)
}

func TestTakeBackup_keepsTheNewest(t *testing.T) {
	url, folder := filled(t, "1"), t.TempDir()
	for _, name := range []string{"accord-20260129T020000Z.db", "accord-20260130T020000Z.db", "other-20250101T020000Z.db", "accord-notes.db",
		"accord-20260128T020000Z.db.partial", "accord-20260128T020000Z.db.sha256", "accord-20260129T020000Z.db.sha256"} {
		require.NoError(t, os.WriteFile(filepath.Join(folder, name), []byte("old"), 0o600))
	}
	made, err := backUp(url, folder, 2)
	require.NoError(t, err)
	require.Equal(t, []string{filepath.Join(folder, "accord-20260129T020000Z.db")}, made.Deleted)
	require.Equal(t, []string{".accord-backup.lock", "accord-20260130T020000Z.db", "accord-20260131T020000Z.db", "accord-20260131T020000Z.db.sha256", "accord-notes.db", "other-20250101T020000Z.db"}, names(t, folder))
}

func TestTakeBackup_leavesNothingIfItFails(t *testing.T) {
	damaged := filled(t, "somewhere")
	damage(t, file(damaged))
	broken := filled(t, "1")
	require.NoError(t, os.Truncate(file(broken), 3*4096))
	empty := "sqlite://" + foreign(t, "SELECT 1")
	theirs := "sqlite://" + foreign(t, pactBrokersTables)
	for url, want := range map[string]string{
		damaged: "damaged: .*index", broken: "damaged", empty: "nothing to back up", theirs: "Pact Broker",
		"sqlite://" + filepath.Join(t.TempDir(), "none.db"): "nothing to back up",
	} {
		t.Run(want, func(t *testing.T) {
			folder := t.TempDir()
			old := filepath.Join(folder, "accord-20200101T000000Z.db")
			require.NoError(t, os.WriteFile(old, nil, 0o600))
			_, err := backUp(url, folder, 1)
			require.Regexp(t, want, err.Error())
			require.FileExists(t, old, "what is there is deleted only for a new one")
			require.Subset(t, []string{".accord-backup.lock", filepath.Base(old)}, names(t, folder))
		})
	}
	_, err := backUp(filled(t), "/no/such/folder", 0)
	require.ErrorContains(t, err, "there is no such folder")
}

func TestTakeBackup_endsWithItsContext(t *testing.T) {
	url := sqliteURL(t)
	addContents(t, open(t, store.Options{URL: url, Fast: true}), 200)
	ctx, cancel := context.WithCancel(context.Background())
	folder := t.TempDir()
	_, err := db.TakeBackup(ctx, db.BackupOptions{URL: url, Folder: folder, At: backedUpAt, Progress: func(int64, int64) { cancel() }})
	require.ErrorIs(t, err, context.Canceled)
	require.Equal(t, []string{".accord-backup.lock"}, names(t, folder))
}

func TestRestore_putsABackupInAnEmptyPlace(t *testing.T) {
	backup := mustBackUp(t, filled(t, "1", "2"))
	for name, url := range map[string]string{"missing": sqliteURL(t), "without data": filled(t)} {
		t.Run(name, func(t *testing.T) {
			restored, err := putBack(backup, url, false)
			require.NoError(t, err)
			require.Empty(t, restored.Aside)
			require.Equal(t, restored.Latest, restored.Schema)
			require.NoFileExists(t, file(url)+".restoring")
			found, err := os.Stat(file(url))
			require.NoError(t, err)
			require.Equal(t, os.FileMode(0o600), found.Mode())
			require.Equal(t, []string{"1", "2"}, numbersIn(t, url))
		})
	}
}

func TestRestore_refusesADatabaseThatHoldsSomething(t *testing.T) {
	backup, url := mustBackUp(t, filled(t, "1")), filled(t, "7")
	_, err := putBack(backup, url, false)
	require.ErrorIs(t, err, db.ErrNotEmpty)
	require.Equal(t, []string{"7"}, numbersIn(t, url))
	_, err = putBack(backup, "sqlite://"+foreign(t, "CREATE TABLE theirs (id INTEGER); INSERT INTO theirs VALUES (1)"), false)
	require.ErrorIs(t, err, db.ErrNotEmpty)
}

func TestRestore_putsAsideWhatItReplaces(t *testing.T) {
	backup, url := mustBackUp(t, filled(t, "1")), filled(t, "7")
	// A program that was killed leaves its newest writes in the log beside the file.
	killed, err := sql.Open("sqlite3", file(url)+"?_journal_mode=WAL")
	require.NoError(t, err)
	_, err = killed.Exec("UPDATE versions SET number = '8'")
	require.NoError(t, err)
	for _, ending := range []string{"", "-wal"} {
		content, err := os.ReadFile(file(url) + ending)
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(file(url)+".killed"+ending, content, 0o600))
	}
	require.NoError(t, killed.Close())
	url += ".killed"

	restored, err := putBack(backup, url, true)
	require.NoError(t, err)
	require.Equal(t, file(url)+".replaced-20260131T020000Z", restored.Aside)
	require.Equal(t, []string{"1"}, numbersIn(t, url))
	require.Equal(t, []string{"8"}, numbersIn(t, "sqlite://"+restored.Aside))
}

func TestRestore_replacesADamagedDatabase(t *testing.T) {
	backup, url := mustBackUp(t, filled(t, "1")), filled(t, "7")
	require.NoError(t, os.WriteFile(file(url), []byte("this is no database at all, whatever its name may say"), 0o600))
	_, err := putBack(backup, url, false)
	require.ErrorIs(t, err, db.ErrNotEmpty)
	_, err = putBack(backup, url, true)
	require.NoError(t, err)
	require.Equal(t, []string{"1"}, numbersIn(t, url))
}

func TestRestore_refusesADatabaseInUse(t *testing.T) {
	backup, url := mustBackUp(t, filled(t, "1")), filled(t, "7")
	d := open(t, store.Options{URL: url, Exclusive: true})
	_, err := putBack(backup, url, true)
	var inUse *db.InUseError
	require.ErrorAs(t, err, &inUse)
	numbers, err := d.Lines(context.Background(), "SELECT number FROM versions")
	require.NoError(t, err)
	require.Equal(t, []string{"7"}, numbers)
}

func TestRestore_refusesWhatIsNoBackup(t *testing.T) {
	damaged := mustBackUp(t, filled(t, "somewhere"))
	damage(t, damaged)
	newer := mustBackUp(t, filled(t, "1"))
	migrated, err := sql.Open("sqlite3", newer)
	require.NoError(t, err)
	_, err = migrated.Exec("INSERT INTO accord_migrations (version_id, is_applied) VALUES (99999, true)")
	require.NoError(t, err)
	require.NoError(t, migrated.Close())
	for _, backup := range []string{damaged, newer} {
		require.NoError(t, os.Remove(backup+".sha256"))
	}
	text := filepath.Join(t.TempDir(), "text")
	require.NoError(t, os.WriteFile(text, []byte("a list of things that are to be bought before the winter"), 0o600))
	for from, want := range map[string]string{
		damaged: "damaged", newer: "newer version of Accord", text: "no SQLite database", "/no/such/file": "no such file",
		foreign(t, "CREATE TABLE theirs (id INTEGER)"): "none of Accord's tables", foreign(t, pactBrokersTables): "Pact Broker",
	} {
		t.Run(want, func(t *testing.T) {
			url := filled(t, "7")
			_, err := putBack(from, url, true)
			require.ErrorContains(t, err, want)
			require.Equal(t, []string{"7"}, numbersIn(t, url))
			require.NoFileExists(t, file(url)+".restoring")
		})
	}
	itself := filled(t, "7")
	_, err = putBack(file(itself), itself, true)
	require.ErrorContains(t, err, "is the database itself")
}
