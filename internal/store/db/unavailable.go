package db

import (
	"cmp"
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
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
	if outage == 0 {
		return err
	}
	r.health.note(outage)
	return outage.Fault(r.health.file()).Because(err)
}

// sqliteOutage returns what is the matter with the file of a SQLite database,
// or none.
func sqliteOutage(err error) fault.Outage {
	var lite sqlite3.Error
	if !errors.As(err, &lite) {
		return 0
	}
	switch {
	case lite.Code == sqlite3.ErrFull, lite.SystemErrno == syscall.ENOSPC, lite.SystemErrno == syscall.EDQUOT:
		return fault.DiskFull
	case lite.Code == sqlite3.ErrReadonly, lite.SystemErrno == syscall.EROFS:
		return fault.ReadOnly
	case lite.Code == sqlite3.ErrIoErr, lite.Code == sqlite3.ErrCantOpen, lite.Code == sqlite3.ErrPerm:
		return fault.FileAway
	case lite.Code == sqlite3.ErrCorrupt, lite.Code == sqlite3.ErrNotADB:
		return fault.FileDamaged
	case lite.Code == sqlite3.ErrBusy, lite.Code == sqlite3.ErrLocked:
		return fault.FileInUse
	}
	return 0
}

// withRemedy adds to what SQLite says of a file what that means and what to do.
func withRemedy(path string, err error) error {
	if found := sqliteOutage(err); found != 0 {
		return fmt.Errorf("%s %s (%w)", found.Message(), found.Remedy(path), err)
	}
	return err
}

// outagesByState are the outages of a PostgreSQL server by SQLSTATE, or by its
// first two characters, which name the class.
var outagesByState = map[string]fault.Outage{
	"53100": fault.DiskFull, "53300": fault.NoConnectionTaken, "53": fault.Exhausted, "25006": fault.ReadOnly, "57014": fault.Slow,
	"08": fault.Unreachable, "57P01": fault.Unreachable, "57P02": fault.Unreachable, "57P03": fault.Unreachable, "40001": fault.Contended, "40P01": fault.Contended,
}

// postgresOutage returns what keeps a PostgreSQL server from serving, or none.
func postgresOutage(err error) fault.Outage {
	switch {
	case errors.Is(err, errSilent):
		return fault.Silent
	case errors.Is(err, errCrowded):
		return fault.NoConnectionFree
	}
	var refused *pgconn.ConnectError
	if errors.As(err, &refused) {
		return cmp.Or(stateOutage(err), fault.Unreachable)
	}
	if found := stateOutage(err); found != 0 {
		return found
	}
	var network *net.OpError
	cutOff := errors.As(err, &network) || errors.Is(err, net.ErrClosed) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF)
	if cutOff || errors.Is(err, driver.ErrBadConn) || pgconn.SafeToRetry(err) {
		return fault.Unreachable
	}
	return 0
}

func stateOutage(err error) fault.Outage {
	var answer *pgconn.PgError
	if !errors.As(err, &answer) || len(answer.Code) < 2 {
		return 0
	}
	return cmp.Or(outagesByState[answer.Code], outagesByState[answer.Code[:2]])
}
