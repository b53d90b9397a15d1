package backups_test

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	_ "github.com/mattn/go-sqlite3"
	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/store"
	"github.com/accord-broker/accord/internal/store/backups"
	"github.com/accord-broker/accord/internal/store/db"
	"github.com/accord-broker/accord/internal/testing/tests3"
)

// known is how the store is reached by who has its keys.
func known(server *tests3.Server) backups.Store {
	return backups.Store{Endpoint: server.URL, Region: "us-east-1", AccessKey: tests3.AccessKey, SecretKey: tests3.SecretKey}
}

func openIn(t *testing.T, server *tests3.Server, address string) backups.Place {
	t.Helper()
	place, err := backups.Open(address, known(server))
	require.NoError(t, err)
	return place
}

// database makes a database with all tables, and so many bytes that cannot be made
// smaller.
func database(t *testing.T, bytes int) (address, path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "accord.db")
	d, err := store.Open(t.Context(), store.Options{URL: "sqlite://" + path, Fast: true})
	require.NoError(t, err)
	require.NoError(t, d.Close())
	filling := make([]byte, bytes)
	_, err = rand.Read(filling)
	require.NoError(t, err)
	file, err := sql.Open("sqlite3", path)
	require.NoError(t, err)
	_, err = file.ExecContext(t.Context(), "CREATE TABLE filling (value BLOB); INSERT INTO filling VALUES (?)", filling)
	require.NoError(t, err)
	require.NoError(t, file.Close())
	return "sqlite://" + path, path
}

func filling(t *testing.T, path string) []byte {
	t.Helper()
	file, err := sql.Open("sqlite3", path)
	require.NoError(t, err)
	defer file.Close()
	var found []byte
	require.NoError(t, file.QueryRowContext(t.Context(), "SELECT value FROM filling").Scan(&found))
	return found
}

var first = time.Date(2026, 1, 31, 2, 0, 0, 0, time.UTC)

func options(url string, day, keep int) backups.Options {
	return backups.Options{URL: url, Keep: keep, At: first.AddDate(0, 0, day), Progress: func(int64, int64) {}}
}

func restored(t *testing.T, file string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "restored.db")
	_, err := db.Restore(t.Context(), db.RestoreOptions{File: file, URL: "sqlite://" + path, At: first, Progress: func(int64, int64) {}})
	require.NoError(t, err)
	return path
}

// What is larger than 16 MiB is sent in parts.
func TestTake_sendsACopyThatCanBeFetchedAndRestored(t *testing.T) {
	for name, size := range map[string]int{"small": 1 << 10, "in parts": 20 << 20} {
		t.Run(name, func(t *testing.T) {
			server := tests3.Start(t)
			url, path := database(t, size)
			place := openIn(t, server, "s3://copies/broker/eu/")
			var told, all int64
			o := options(url, 0, 0)
			o.Progress = func(done, of int64) { told, all = done, of }
			made, err := place.Take(t.Context(), o)
			require.NoError(t, err)
			require.Equal(t, "s3://copies/broker/eu/accord-20260131T020000Z.db", made.File)
			require.Greater(t, made.Size, int64(size))
			require.Equal(t, made.Size, all)
			require.Equal(t, made.Size, told, "all of it was told of")
			require.Positive(t, made.Schema)
			require.Empty(t, made.Deleted)
			require.Equal(t, []string{"broker/eu/accord-20260131T020000Z.db"}, server.Keys(t))
			left, err := filepath.Glob(path + ".sending/accord-*")
			require.NoError(t, err)
			require.Empty(t, left, "no copy stays beside the database")

			target := filepath.Join(t.TempDir(), "new.db")
			fetched, err := place.Fetch(t.Context(), "accord-20260131T020000Z.db", target, func(int64, int64) {})
			require.NoError(t, err)
			require.Equal(t, filling(t, path), filling(t, restored(t, fetched.Path)))
			require.True(t, fetched.Compared)
			found, err := os.Stat(fetched.Path)
			require.NoError(t, err)
			require.Equal(t, os.FileMode(0o600), found.Mode())
			require.NoError(t, fetched.Release())
			require.NoFileExists(t, fetched.Path)
		})
	}
}

func TestTake_keepsTheNewestOfThisDatabaseAndLeavesWhatIsNotItsOwn(t *testing.T) {
	server := tests3.Start(t)
	url, path := database(t, 10)
	others := []string{"x/accord-20200101T000000Z.db.txt", "x/accord-notes.db", "x/other-20200101T000000Z.db", "x/deeper/accord-20200101T000000Z.db", "accord-20200101T000000Z.db"}
	for _, key := range others {
		server.Put(t, key, "x", nil)
	}
	place := openIn(t, server, "s3://copies/x")
	_, found, err := place.Newest(t.Context(), path)
	require.NoError(t, err)
	require.False(t, found)
	for day := range 4 {
		made, err := place.Take(t.Context(), options(url, day, 2))
		require.NoError(t, err)
		if day < 2 {
			require.Empty(t, made.Deleted)
			continue
		}
		require.Equal(t, []string{"s3://copies/x/accord-" + first.AddDate(0, 0, day-2).Format("20060102T150405Z") + ".db"}, made.Deleted)
	}
	require.ElementsMatch(t, append([]string{"x/accord-20260202T020000Z.db", "x/accord-20260203T020000Z.db"}, others...), server.Keys(t))
	newest, found, err := place.Newest(t.Context(), path)
	require.NoError(t, err)
	require.True(t, found)
	require.Equal(t, backups.Copy{Name: "s3://copies/x/accord-20260203T020000Z.db", At: first.AddDate(0, 0, 3)}, newest)

	_, err = place.Take(t.Context(), options(url, 3, 2))
	require.ErrorContains(t, err, "is there already; try again in a second")
	require.Len(t, server.Keys(t), 7)
}

func TestTake_keepsNothingThatTheStoreHasChanged(t *testing.T) {
	server := tests3.Start(t)
	url, _ := database(t, 10)
	place := openIn(t, server, "s3://copies")
	server.Answer = func(w http.ResponseWriter, r *http.Request) bool {
		if r.Method != http.MethodGet || r.URL.Query().Has("list-type") {
			return false
		}
		w.Header().Set("Last-Modified", first.Format(http.TimeFormat))
		w.Header().Set("ETag", `"x"`)
		_, _ = io.WriteString(w, "something else")
		return true
	}
	_, err := place.Take(t.Context(), options(url, 0, 1))
	require.ErrorContains(t, err, "s3://copies/accord-20260131T020000Z.db is not what was sent")
	require.Empty(t, server.Keys(t))
}

func TestFetch_refusesWhatIsNotWhatWasSent(t *testing.T) {
	server := tests3.Start(t)
	server.Put(t, "accord-20260131T020000Z.db", "x", map[string]string{"Accord-Sha256": "00"})
	target := filepath.Join(t.TempDir(), "new.db")
	_, err := openIn(t, server, "s3://copies").Fetch(t.Context(), "accord-20260131T020000Z.db", target, func(int64, int64) {})
	require.ErrorContains(t, err, "it is not what was sent there")
	require.NoFileExists(t, target+".fetched")
}

// What a killed process left beside the database, the next backup removes.
func TestTake_leavesNoCopyOfOneThatWasKilled(t *testing.T) {
	server := tests3.Start(t)
	url, path := database(t, 10)
	require.NoError(t, os.Mkdir(path+".sending", 0o700))
	for _, name := range []string{"accord-20250131T020000Z.db", "accord-20250131T020000Z.db.partial"} {
		require.NoError(t, os.WriteFile(filepath.Join(path+".sending", name), nil, 0o600))
	}
	_, err := openIn(t, server, "s3://copies").Take(t.Context(), options(url, 0, 0))
	require.NoError(t, err)
	left, err := filepath.Glob(path + ".sending/accord-*")
	require.NoError(t, err)
	require.Empty(t, left)
}

func TestTake_saysWhatIsWrongAndWhatToDo(t *testing.T) {
	server := tests3.Start(t)
	right := known(server)
	gone := right
	gone.Endpoint = "http://127.0.0.1:1"
	unknown := right
	unknown.AccessKey = "unknown"
	mistyped := right
	mistyped.SecretKey = "gehiem"
	for name, tt := range map[string]struct {
		address, says string
		store         backups.Store
		code          string
	}{
		"no bucket":  {"s3://nowhere/x", "there is no bucket nowhere at " + server.URL + "; make it, or correct PACT_BROKER_BACKUP_TO", right, ""},
		"no key":     {"s3://copies", "check PACT_BROKER_BACKUP_S3_ACCESS_KEY and PACT_BROKER_BACKUP_S3_SECRET_KEY", unknown, ""},
		"no secret":  {"s3://copies", "check PACT_BROKER_BACKUP_S3_ACCESS_KEY and PACT_BROKER_BACKUP_S3_SECRET_KEY", mistyped, ""},
		"no store":   {"s3://copies", "the store at http://127.0.0.1:1 does not answer; check PACT_BROKER_BACKUP_S3_ENDPOINT", gone, ""},
		"no right":   {"s3://copies", "the keys need s3:ListBucket on the bucket copies", right, "AccessDenied"},
		"elsewhere":  {"s3://copies", "set PACT_BROKER_BACKUP_S3_REGION", right, "AuthorizationHeaderMalformed"},
		"clock":      {"s3://copies", "the clock of this machine is wrong", right, "RequestTimeTooSkewed"},
		"full":       {"s3://copies", "keep fewer (PACT_BROKER_BACKUP_KEEP)", right, "QuotaExceeded"},
		"of its own": {"s3://copies", "It is so.", right, "SomethingNew"},
	} {
		t.Run(name, func(t *testing.T) {
			if tt.store == mistyped && !server.ChecksSignatures {
				t.Skip("this store takes any signature")
			}
			url, _ := database(t, 10)
			server.Answer = func(w http.ResponseWriter, _ *http.Request) bool {
				if tt.code != "" {
					tests3.Refuse(w, http.StatusBadRequest, tt.code)
				}
				return tt.code != ""
			}
			place, err := backups.Open(tt.address, tt.store)
			require.NoError(t, err)
			_, err = place.Take(t.Context(), options(url, 0, 0))
			require.ErrorContains(t, err, tt.says)
			require.NotContains(t, err.Error(), "geheim")
			require.Empty(t, server.Keys(t))
		})
	}
}

// What has arrived of a copy before the store was gone is nothing that a restore
// would take, and the next backup is made as if nothing had been.
func TestTake_leavesNothingThatCountsWhenTheStoreVanishesMidway(t *testing.T) {
	server := tests3.Start(t)
	url, path := database(t, 20<<20)
	var parts atomic.Int64
	server.Answer = func(_ http.ResponseWriter, r *http.Request) bool {
		if r.Method == http.MethodPut && parts.Add(1) == 2 {
			server.Vanish()
			return true
		}
		return false
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	_, err := openIn(t, server, "s3://copies/x").Take(ctx, options(url, 0, 1))
	require.ErrorContains(t, err, "send the backup to s3://copies/x/accord-20260131T020000Z.db: the store at "+server.URL+" does not answer; check PACT_BROKER_BACKUP_S3_ENDPOINT")
	require.Greater(t, parts.Load(), int64(1), "it was in the middle")
	require.Empty(t, server.Keys(t))
	left, err := filepath.Glob(path + ".sending/accord-*")
	require.NoError(t, err)
	require.Empty(t, left)

	server.Answer = nil
	server.Return(t)
	made, err := openIn(t, server, "s3://copies/x").Take(t.Context(), options(url, 0, 1))
	require.NoError(t, err)
	require.Empty(t, made.Deleted)
	require.Equal(t, []string{"x/accord-20260131T020000Z.db"}, server.Keys(t))
}

func TestTake_endsWhenItIsToldTo(t *testing.T) {
	server := tests3.Start(t)
	url, path := database(t, 10)
	ctx, cancel := context.WithCancel(t.Context())
	server.Answer = func(_ http.ResponseWriter, r *http.Request) bool {
		if r.Method == http.MethodPut {
			cancel()
		}
		return false
	}
	_, err := openIn(t, server, "s3://copies").Take(ctx, options(url, 0, 0))
	require.ErrorIs(t, err, context.Canceled)
	left, err := filepath.Glob(path + ".sending/accord-*")
	require.NoError(t, err)
	require.Empty(t, left)
}

func TestTake_needsADatabase(t *testing.T) {
	server := tests3.Start(t)
	place := openIn(t, server, "s3://copies")
	missing := filepath.Join(t.TempDir(), "accord.db")
	_, err := place.Take(t.Context(), options("sqlite://"+missing, 0, 0))
	require.ErrorIs(t, err, db.ErrNothingThere)
	require.NoDirExists(t, missing+".sending")
	_, err = place.Take(t.Context(), options("postgres://db/x", 0, 0))
	require.ErrorContains(t, err, "only SQLite databases are copied")
}

// Machines and containers of Amazon have keys of a role, which are asked for nearby.
func TestOpen_takesTheKeysOfTheRoleWhereNoneAreSet(t *testing.T) {
	server := tests3.Start(t)
	url, _ := database(t, 10)
	token := ""
	role := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_ = json.NewEncoder(w).Encode(map[string]string{"AccessKeyId": "known", "SecretAccessKey": "geheim", "Token": token, "Code": "Success", "Expiration": "2126-01-01T00:00:00Z"})
	}))
	defer role.Close()
	t.Setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", role.URL)
	opened := func() backups.Place {
		place, err := backups.Open("s3://copies", backups.Store{Endpoint: server.URL, Region: "us-east-1"})
		require.NoError(t, err)
		return place
	}
	_, err := opened().Take(t.Context(), options(url, 0, 0))
	require.NoError(t, err)

	// Only Amazon's own stores know tokens.
	var shown atomic.Value
	server.Answer = func(w http.ResponseWriter, r *http.Request) bool {
		shown.Store(r.Header.Get("X-Amz-Security-Token"))
		tests3.Refuse(w, http.StatusBadRequest, "ExpiredToken")
		return true
	}
	token = "t"
	_, err = opened().Take(t.Context(), options(url, 1, 0))
	require.ErrorContains(t, err, "the store does not know these keys")
	require.Equal(t, "t", shown.Load())

	role.Close()
	place := opened()
	_, err = place.Take(t.Context(), options(url, 1, 0))
	require.ErrorContains(t, err, "set PACT_BROKER_BACKUP_S3_ACCESS_KEY")
	_, err = place.Fetch(t.Context(), "accord-20260131T020000Z.db", filepath.Join(t.TempDir(), "x"), func(int64, int64) {})
	require.ErrorContains(t, err, "set PACT_BROKER_BACKUP_S3_ACCESS_KEY")
}

func TestFetch_namesWhatIsNotThere(t *testing.T) {
	server := tests3.Start(t)
	target := filepath.Join(t.TempDir(), "new.db")
	_, err := openIn(t, server, "s3://copies/x").Fetch(t.Context(), "accord-20260131T020000Z.db", target, func(int64, int64) {})
	require.ErrorContains(t, err, "get s3://copies/x/accord-20260131T020000Z.db: there is no such backup; `broker restore s3://copies/x` takes the newest")
	require.NoFileExists(t, target+".fetched")
}

func TestFolder_isAPlaceToo(t *testing.T) {
	url, path := database(t, 10)
	at := t.TempDir()
	place, err := backups.Open(at, backups.Store{})
	require.NoError(t, err)
	_, found, err := place.Newest(t.Context(), path)
	require.NoError(t, err)
	require.False(t, found)
	for day := range 3 {
		_, err := place.Take(t.Context(), options(url, day, 2))
		require.NoError(t, err)
	}
	newest, found, err := place.Newest(t.Context(), path)
	require.NoError(t, err)
	require.True(t, found)
	require.Equal(t, backups.Copy{Name: filepath.Join(at, "accord-20260202T020000Z.db"), At: first.AddDate(0, 0, 2)}, newest)
	fetched, err := place.Fetch(t.Context(), "accord-20260202T020000Z.db", "", nil)
	require.NoError(t, err)
	require.Equal(t, newest.Name, fetched.Path)
	require.NoError(t, fetched.Release())
	require.FileExists(t, fetched.Path, "it is not a copy of the copy")

	nowhere, err := backups.Open(filepath.Join(at, "nowhere"), backups.Store{})
	require.NoError(t, err)
	_, _, err = nowhere.Newest(t.Context(), path)
	require.ErrorContains(t, err, "look for backups in ")
	require.ErrorIs(t, err, db.ErrNoTarget)
}

func TestSplit_tellsACopyFromAPlace(t *testing.T) {
	at := t.TempDir()
	for address, want := range map[string][2]string{
		"s3://b/x/accord-20260131T020000Z.db": {"s3://b/x", "accord-20260131T020000Z.db"},
		"s3://b/accord-20260131T020000Z.db":   {"s3://b", "accord-20260131T020000Z.db"},
		"s3://b/x":                            {"s3://b/x", ""},
		"s3://b":                              {"s3://b", ""},
		at:                                    {at, ""},
		at + "/x.db":                          {at, "x.db"},
		"x.db":                                {".", "x.db"},
	} {
		place, name := backups.Split(address)
		require.Equal(t, want, [2]string{place, name}, address)
	}
}
