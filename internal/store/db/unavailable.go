package db

import (
	"cmp"
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"syscall"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/mattn/go-sqlite3"

	"github.com/accord-broker/accord/internal/support/fault"
)

// unavailable returns err as an Unavailable fault, with what whoever runs the
// broker can do, if the database itself is to blame: it is away, its disk is
// full, its file is damaged. Any other error is returned as it is.
func (r *Reader) unavailable(err error) error {
	if err == nil || errors.Is(err, context.Canceled) || fault.Is(err, fault.Unavailable) {
		return err
	}
	outage := postgresOutage(err)
	if r.Dialect == SQLite {
		outage = sqliteOutage(err)
	}
	if outage == nil {
		return err
	}
	r.health.note(outage)
	file, _ := SQLitePath(r.health.url)
	remedy := strings.ReplaceAll(outage.remedy, "{file}", file)
	return fault.New(fault.Unavailable, "%s", outage.message).Because(err).Remedied(remedy)
}

// outage is what keeps a database from serving: what callers are told, and what
// whoever runs the broker can do about it.
type outage struct{ message, remedy string }

var (
	diskFull = &outage{
		"The disk of the broker's database is full, so nothing can be stored now.",
		"Free space on the disk of the database; the broker goes on by itself.",
	}
	unreachable = &outage{
		"The broker cannot reach its database now.",
		"See that PostgreSQL runs and lets this machine in at the address of PACT_BROKER_DATABASE_URL; the broker goes on by itself when it is back.",
	}
	silent = &outage{
		"The broker's database does not answer now.",
		"See that PostgreSQL is not stopped or overloaded, and that the network between it and the broker works; the broker goes on by itself when it answers.",
	}
	busy = &outage{
		"All connections of the broker to its database are in use now.",
		"If this happens often, see what keeps PostgreSQL busy, or raise PACT_BROKER_DATABASE_MAX_CONNECTIONS.",
	}
	crowded = &outage{
		"The broker's database takes no more connections now.",
		"Lower PACT_BROKER_DATABASE_MAX_CONNECTIONS, or raise max_connections of PostgreSQL.",
	}
	readOnly = &outage{
		"The broker's database can only be read now.",
		"On PostgreSQL, let PACT_BROKER_DATABASE_URL lead to the primary server; on SQLite, see that the file, its folder and its disk can be written.",
	}
	exhausted = &outage{
		"The broker's database has too few resources for this now.",
		"See the log of PostgreSQL: it lacks memory or another resource.",
	}
	slow = &outage{
		"The broker's database took too long for this.",
		"If this happens often, see what else keeps PostgreSQL busy, or raise PACT_BROKER_DATABASE_STATEMENT_TIMEOUT.",
	}
	contended = &outage{
		"Too many requests change the same thing at this moment.",
		"Nothing needs to be done: the client may send the request again.",
	}
	fileAway = &outage{
		"The broker cannot reach the file of its database now.",
		"See that {file} and its folder are there, can be read and written by the broker's user, and that the disk has no errors.",
	}
	fileDamaged = &outage{
		"The file of the broker's database is damaged.",
		"Stop the broker and restore {file} from a backup. Without one, sqlite3's .recover command saves what can still be read.",
	}
	fileBusy = &outage{
		"The broker's database is in use by another program now.",
		"See which other program has {file} open, such as a backup that locks it.",
	}
)

// sqliteOutage returns what is the matter with the file of a SQLite database,
// or nil.
func sqliteOutage(err error) *outage {
	var lite sqlite3.Error
	if !errors.As(err, &lite) {
		return nil
	}
	switch {
	case lite.Code == sqlite3.ErrFull, lite.SystemErrno == syscall.ENOSPC, lite.SystemErrno == syscall.EDQUOT:
		return diskFull
	case lite.Code == sqlite3.ErrReadonly, lite.SystemErrno == syscall.EROFS:
		return readOnly
	case lite.Code == sqlite3.ErrIoErr, lite.Code == sqlite3.ErrCantOpen, lite.Code == sqlite3.ErrPerm:
		return fileAway
	case lite.Code == sqlite3.ErrCorrupt, lite.Code == sqlite3.ErrNotADB:
		return fileDamaged
	case lite.Code == sqlite3.ErrBusy, lite.Code == sqlite3.ErrLocked:
		return fileBusy
	}
	return nil
}

// withRemedy adds to what SQLite says of a file what that means and what to do.
func withRemedy(path string, err error) error {
	if found := sqliteOutage(err); found != nil {
		return fmt.Errorf("%s %s (%w)", found.message, strings.ReplaceAll(found.remedy, "{file}", path), err)
	}
	return err
}

// outagesByState are the outages of a PostgreSQL server by SQLSTATE, or by its
// first two characters, which name the class.
var outagesByState = map[string]*outage{
	"53100": diskFull, "53300": crowded, "53": exhausted, "25006": readOnly, "57014": slow,
	"08": unreachable, "57P01": unreachable, "57P02": unreachable, "57P03": unreachable, "40001": contended, "40P01": contended,
}

// postgresOutage returns what keeps a PostgreSQL server from serving, or nil.
func postgresOutage(err error) *outage {
	switch {
	case errors.Is(err, errSilent):
		return silent
	case errors.Is(err, errCrowded):
		return busy
	}
	var refused *pgconn.ConnectError
	if errors.As(err, &refused) {
		return cmp.Or(stateOutage(err), unreachable)
	}
	if found := stateOutage(err); found != nil {
		return found
	}
	var network *net.OpError
	cutOff := errors.As(err, &network) || errors.Is(err, net.ErrClosed) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF)
	if cutOff || errors.Is(err, driver.ErrBadConn) || pgconn.SafeToRetry(err) {
		return unreachable
	}
	return nil
}

func stateOutage(err error) *outage {
	var answer *pgconn.PgError
	if !errors.As(err, &answer) || len(answer.Code) < 2 {
		return nil
	}
	return cmp.Or(outagesByState[answer.Code], outagesByState[answer.Code[:2]])
}
