package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"github.com/accord-broker/accord/internal/support/fault"
)

// health remembers what kept the database from serving, where a probe alone
// would not find it.
type health struct {
	// url is the address of the database.
	url string
	// damaged is set when a page that was read made no sense.
	damaged atomic.Bool
	// fullAt is when the disk was last found full, in seconds since 1970.
	fullAt atomic.Int64
}

// file is that of SQLite's database.
func (h *health) file() string {
	path, _ := SQLitePath(h.url)
	return path
}

// fullFor is how long a PostgreSQL server counts as full that refused a row.
const fullFor = time.Minute

func (h *health) note(found fault.Outage) {
	switch found {
	case fault.FileDamaged:
		h.damaged.Store(true)
	case fault.DiskFull:
		h.fullAt.Store(time.Now().Unix())
	}
}

// Check reports whether the database can be read and written. It returns an
// Unavailable fault that says what is the matter.
func (d *DB) Check(ctx context.Context) error {
	if d.Dialect == SQLite {
		return d.unavailable(d.checkFile(ctx))
	}
	return d.unavailable(d.checkServer(ctx))
}

func (d *DB) checkServer(ctx context.Context) error {
	var standby bool
	err := within(ctx, checkWithin, errSilent, func(ctx context.Context) (err error) {
		standby, _, err = Row[bool](ctx, &d.Reader, "ask the database", "SELECT current_setting('transaction_read_only')::boolean")
		return err
	})
	switch {
	case err != nil:
		return err
	case standby:
		return fault.ReadOnly.Fault("")
	case time.Since(time.Unix(d.health.fullAt.Load(), 0)) < fullFor:
		return fault.DiskFull.Fault("")
	}
	return nil
}

// checkFile reads the file anew, writes to it, and makes sure that it can grow.
func (d *DB) checkFile(ctx context.Context) error {
	path, _ := SQLitePath(d.options.URL)
	if _, err := os.Stat(path); err != nil {
		return fault.FileAway.Fault(path).Because(err)
	}
	if err := d.readAnew(ctx, path); err != nil {
		return err
	}
	// Any statement that changes a page will do; nothing reads this number.
	if err := d.writer.WithContext(ctx).Exec(fmt.Sprintf("PRAGMA user_version = %d", time.Now().Unix()%(1<<30))).Error; err != nil {
		return err
	}
	if err := writeBeside(path); err != nil {
		return fault.DiskFull.Fault(path).Because(err)
	}
	return nil
}

// readAnew reads the schema and the newest rows over a connection that has
// nothing in memory, and the whole file once something in it made no sense.
func (d *DB) readAnew(ctx context.Context, path string) error {
	file, err := sql.Open("sqlite3", sqliteName(path)+"?mode=ro&_busy_timeout=5000")
	if err != nil {
		return err
	}
	defer file.Close()
	for _, table := range []string{"all_pacticipants", "versions", "pact_publications", "pact_versions", "verifications"} {
		var newest any
		if err := file.QueryRowContext(ctx, "SELECT max(id) FROM "+table).Scan(&newest); err != nil {
			return err
		}
	}
	if !d.health.damaged.Load() {
		return nil
	}
	var found string
	if err := file.QueryRowContext(ctx, "PRAGMA quick_check(1)").Scan(&found); err != nil {
		return err
	}
	if found != "ok" {
		return fault.FileDamaged.Fault(path).Because(errors.New(found))
	}
	d.health.damaged.Store(false)
	return nil
}

// writeBeside writes a small file into the folder of the database and removes
// it again.
func writeBeside(path string) error {
	const enough = 64 << 10
	file, err := os.CreateTemp(filepath.Dir(path), ".accord-probe-*")
	if err != nil {
		return err
	}
	_, err = file.Write(make([]byte, enough))
	return errors.Join(err, file.Sync(), file.Close(), os.Remove(file.Name()))
}
