package db

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/mattn/go-sqlite3"
	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/support/fault"
)

// state is an answer of PostgreSQL with this SQLSTATE.
func state(code string) error { return &pgconn.PgError{Code: code, Message: "so it is"} }

func TestUnavailable_tellsTheDatabaseFromThoseWhoAskIt(t *testing.T) {
	network := &net.OpError{Op: "read", Err: syscall.ECONNRESET}
	for name, test := range map[string]struct {
		dialect Dialect
		err     error
		want    fault.Outage
	}{
		"a full disk":                     {Postgres, state("53100"), fault.DiskFull},
		"too many connections":            {Postgres, state("53300"), fault.NoConnectionTaken},
		"too little memory":               {Postgres, state("53200"), fault.Exhausted},
		"a standby":                       {Postgres, state("25006"), fault.ReadOnly},
		"a statement that takes too long": {Postgres, state("57014"), fault.Slow},
		"a server that stops":             {Postgres, state("57P01"), fault.Unreachable},
		"a server that crashed":           {Postgres, state("57P02"), fault.Unreachable},
		"a server that starts":            {Postgres, state("57P03"), fault.Unreachable},
		"a lost connection":               {Postgres, state("08006"), fault.Unreachable},
		"a deadlock":                      {Postgres, state("40P01"), fault.Contended},
		"a serialization failure":         {Postgres, state("40001"), fault.Contended},
		"a reset connection":              {Postgres, network, fault.Unreachable},
		"a closed connection":             {Postgres, net.ErrClosed, fault.Unreachable},
		"the end of a connection":         {Postgres, io.ErrUnexpectedEOF, fault.Unreachable},
		"a bad connection":                {Postgres, driver.ErrBadConn, fault.Unreachable},
		"a name that is taken":            {Postgres, state("23505"), 0},
		"a wrong statement":               {Postgres, state("42601"), 0},
		"a text that is none":             {Postgres, state("22021"), 0},
		"an answer without a code":        {Postgres, state(""), 0},
		"any error":                       {Postgres, errors.New("x"), 0},
		"a client who left":               {Postgres, fmt.Errorf("read: %w", context.Canceled), 0},

		"a full file system":    {SQLite, sqlite3.Error{Code: sqlite3.ErrFull}, fault.DiskFull},
		"no space":              {SQLite, sqlite3.Error{Code: sqlite3.ErrIoErr, SystemErrno: syscall.ENOSPC}, fault.DiskFull},
		"a quota":               {SQLite, sqlite3.Error{Code: sqlite3.ErrIoErr, SystemErrno: syscall.EDQUOT}, fault.DiskFull},
		"a file to read only":   {SQLite, sqlite3.Error{Code: sqlite3.ErrReadonly}, fault.ReadOnly},
		"a disk to read only":   {SQLite, sqlite3.Error{Code: sqlite3.ErrCantOpen, SystemErrno: syscall.EROFS}, fault.ReadOnly},
		"a file that is away":   {SQLite, sqlite3.Error{Code: sqlite3.ErrCantOpen}, fault.FileAway},
		"a broken disk":         {SQLite, sqlite3.Error{Code: sqlite3.ErrIoErr}, fault.FileAway},
		"a file of others":      {SQLite, sqlite3.Error{Code: sqlite3.ErrPerm}, fault.FileAway},
		"a damaged file":        {SQLite, sqlite3.Error{Code: sqlite3.ErrCorrupt}, fault.FileDamaged},
		"a file that is none":   {SQLite, sqlite3.Error{Code: sqlite3.ErrNotADB}, fault.FileDamaged},
		"a file in use":         {SQLite, sqlite3.Error{Code: sqlite3.ErrBusy}, fault.FileInUse},
		"a table in use":        {SQLite, sqlite3.Error{Code: sqlite3.ErrLocked}, fault.FileInUse},
		"a constraint":          {SQLite, sqlite3.Error{Code: sqlite3.ErrConstraint}, 0},
		"another kind of error": {SQLite, network, 0},
	} {
		t.Run(name, func(t *testing.T) {
			r := Reader{Dialect: test.dialect, health: &health{url: "sqlite:///srv/accord.db"}}
			err := r.unavailable(fmt.Errorf("list pacts: %w", test.err))
			require.ErrorIs(t, err, test.err)
			if test.want == 0 {
				require.NotEqual(t, fault.Unavailable, fault.KindOf(err))
				return
			}
			var told *fault.Error
			require.ErrorAs(t, err, &told)
			require.Equal(t, fault.Unavailable, told.Kind)
			require.Equal(t, test.want.Message(), told.Message)
			require.NotEmpty(t, told.Remedy)
			require.NotContains(t, told.Remedy, "{file}")
			require.NotContains(t, told.Message, "list pacts", "callers learn no more than they need")
			require.Same(t, err, r.unavailable(err), "it is told once")
			require.Equal(t, test.want == fault.FileDamaged, r.health.damaged.Load())
			require.Equal(t, test.want == fault.DiskFull, r.health.fullAt.Load() != 0)
		})
	}
	require.NoError(t, (&Reader{}).unavailable(nil))
}

func TestUnavailable_namesTheFile(t *testing.T) {
	r := Reader{Dialect: SQLite, health: &health{url: "sqlite:///srv/accord.db"}}
	var told *fault.Error
	require.ErrorAs(t, r.unavailable(sqlite3.Error{Code: sqlite3.ErrCorrupt}), &told)
	require.Contains(t, told.Remedy, "restore /srv/accord.db from a backup")
	require.ErrorContains(t, withRemedy("/srv/accord.db", sqlite3.Error{Code: sqlite3.ErrBusy}), "has /srv/accord.db open")
	other := errors.New("other")
	require.Equal(t, other, withRemedy("/srv/accord.db", other))
}

func TestRetryable_isWhatAnotherWriterCausesAndNothingElse(t *testing.T) {
	for _, err := range []error{
		ErrConflict, state("40P01"), state("40001"), state("23505"), state("23503"),
	} {
		require.True(t, retryable(err), "%v", err)
		require.True(t, retryable(fmt.Errorf("write: %w", err)), "%v", err)
	}
	for _, err := range []error{
		nil, errors.New("x"), context.Canceled, state("23502"), state("23514"), state("42601"), state("57014"), state("53100"), state("22021"), fault.New(fault.Conflict, "no"),
		sqlite3.Error{Code: sqlite3.ErrConstraint, ExtendedCode: sqlite3.ErrConstraintCheck}, sqlite3.Error{Code: sqlite3.ErrConstraint, ExtendedCode: sqlite3.ErrConstraintNotNull},
		sqlite3.Error{Code: sqlite3.ErrConstraint, ExtendedCode: sqlite3.ErrConstraintUnique}, sqlite3.Error{Code: sqlite3.ErrConstraint, ExtendedCode: sqlite3.ErrConstraintPrimaryKey},
		sqlite3.Error{Code: sqlite3.ErrConstraint, ExtendedCode: sqlite3.ErrConstraintForeignKey}, sqlite3.Error{Code: sqlite3.ErrBusy}, sqlite3.Error{Code: sqlite3.ErrFull},
	} {
		require.False(t, retryable(err), "%v", err)
	}
}

func TestRetried_triesTenTimesAtMost(t *testing.T) {
	times := 0
	require.ErrorIs(t, retried(context.Background(), func() error { times++; return ErrConflict }), ErrConflict)
	require.Equal(t, 10, times)
	times = 0
	require.NoError(t, retried(context.Background(), func() error {
		if times++; times < 10 {
			return ErrConflict
		}
		return nil
	}))
	require.Equal(t, 10, times, "the last one counts")
}

func TestRetried_endsWithItsContext(t *testing.T) {
	gone := errors.New("the client has left")
	ctx, cancel := context.WithCancelCause(context.Background())
	times := 0
	require.ErrorIs(t, retried(ctx, func() error { times++; cancel(gone); return ErrConflict }), gone)
	require.Equal(t, 1, times)
}
