// Package benchmark makes up histories on which the broker is measured.
package benchmark

import (
	"context"
	"database/sql"
	_ "embed"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/klauspost/compress/zstd"

	"github.com/accord-broker/accord/internal/store/db"
)

//go:embed seed.sql
var seed string

// contract is what every contract of the history says.
const contract = `{"consumer":{"name":"Consumer"},"provider":{"name":"Provider"},"interactions":[{"description":"a greeting","request":{"method":"GET","path":"/"},"response":{"status":200}}]}`

// History is what to make up.
type History struct {
	Integrations, Versions int
	// Builds is how many versions of a consumer in a row publish the same content,
	// which as many versions of its provider verify; 1 if it is 0.
	Builds int
	// Until is when the newest version was made; each is a minute older than the
	// next.
	Until time.Time
}

// Seed fills an empty database that has its tables with a made-up history: the
// application Hub has so many integrations, half of them as consumer, and all
// applications together have about so many versions, 1.0.0 and upwards. Each version was published or verified, deployed and tagged, and
// is on a branch; the newest ones are on main and in the environments test and
// prod, and have verified one another. It returns the number of the newest.
func Seed(ctx context.Context, address string, history History) (newest string, err error) {
	database, isPostgres, err := open(address)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, database.Close()) }()
	last := max(history.Versions/(history.Integrations+1)-1, 0)
	if err := fill(ctx, database, isPostgres, history, last); err != nil {
		return "", fmt.Errorf("seed: %w", err)
	}
	if isPostgres {
		err = analyze(ctx, database)
	}
	return fmt.Sprintf("1.0.%d", last), err
}

// open uses the drivers that package db has registered.
func open(address string) (database *sql.DB, isPostgres bool, err error) {
	path, isFile := db.SQLitePath(address)
	if !isFile {
		database, err = sql.Open("pgx", address)
		return database, true, err
	}
	database, err = sql.Open("sqlite3", "file:"+(&url.URL{Path: path}).EscapedPath()+"?_busy_timeout=5000&_synchronous=OFF")
	return database, false, err
}

func fill(ctx context.Context, database *sql.DB, isPostgres bool, history History, last int) error {
	body, err := literal([]byte(contract), isPostgres)
	if err != nil {
		return err
	}
	const step = time.Minute
	start := history.Until.Add(-time.Duration(last+1) * step).UnixMicro()
	values := strings.NewReplacer("{apps}", strconv.Itoa(history.Integrations+1), "{pairs}", strconv.Itoa(history.Integrations), "{newest}", strconv.Itoa(last),
		"{builds}", strconv.Itoa(max(history.Builds, 1)), "{start}", strconv.FormatInt(start, 10), "{step}", fmt.Sprintf("CAST(%d AS BIGINT)", step.Microseconds()),
		"{size}", strconv.Itoa(len(contract)), "{body}", body)
	tx, err := database.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() // after a commit there is nothing to roll back
	for _, statement := range strings.Split(strings.TrimSuffix(values.Replace(seed), ";\n"), ";\n") {
		if _, err := tx.ExecContext(ctx, statement); err != nil {
			return err
		}
	}
	return tx.Commit()
}

// literal writes a body as it is stored, compressed, into a statement.
func literal(body []byte, isPostgres bool) (string, error) {
	encoder, err := zstd.NewWriter(nil)
	if err != nil {
		return "", err
	}
	packed := hex.EncodeToString(encoder.EncodeAll(body, nil))
	if isPostgres {
		return `'\x` + packed + "'::bytea", encoder.Close()
	}
	return "x'" + packed + "'", encoder.Close()
}

// analyze does on PostgreSQL what time does elsewhere: it moves the sequences
// past the ids that were given, and takes stock of the tables.
func analyze(ctx context.Context, database *sql.DB) error {
	for _, table := range []string{"all_pacticipants", "versions", "all_integrations", "pact_versions", "branches"} {
		if _, err := database.ExecContext(ctx, "SELECT setval(pg_get_serial_sequence('"+table+"', 'id'), (SELECT max(id) FROM "+table+"))"); err != nil {
			return fmt.Errorf("analyze %s: %w", table, err)
		}
	}
	if _, err := database.ExecContext(ctx, "VACUUM ANALYZE"); err != nil {
		return fmt.Errorf("analyze: %w", err)
	}
	return nil
}
