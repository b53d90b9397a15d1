package store

import (
	"context"
	_ "embed"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"time"
)

//go:embed rehearsal.sql
var rehearsal string

// rehearsedContract is what every contract of a rehearsal says.
const rehearsedContract = `{"consumer":{"name":"Consumer"},"provider":{"name":"Provider"},"interactions":[{"description":"a greeting","request":{"method":"GET","path":"/"},"response":{"status":200}}]}`

// Rehearse fills an empty database with a made-up history for measuring: the
// application Hub has the given number of integrations, half of them as
// consumer, and all applications together have about that many versions, 1.0.0
// and upwards. Each version was published or verified, deployed and tagged, and
// is on a branch; the newest ones are on main and in the environments test and
// prod, and have verified one another. It returns the number of the newest.
func (d *DB) Rehearse(ctx context.Context, integrations, versions int) (string, error) {
	apps := integrations + 1
	newest := max(versions/apps-1, 0)
	body, err := pack([]byte(rehearsedContract))
	if err != nil {
		return "", err
	}
	literal := "x'" + hex.EncodeToString(body) + "'"
	if d.dialect == postgresDialect {
		literal = `'\x` + hex.EncodeToString(body) + "'::bytea"
	}
	const step = time.Minute
	err = d.InTx(ctx, func(ctx context.Context, tx *Tx) error {
		values := strings.NewReplacer("{apps}", strconv.Itoa(apps), "{pairs}", strconv.Itoa(integrations), "{newest}", strconv.Itoa(newest),
			"{start}", strconv.FormatInt(tx.Now().Add(-time.Duration(newest+1)*step).UnixMicro(), 10), "{step}", fmt.Sprintf("CAST(%d AS BIGINT)", step.Microseconds()),
			"{size}", strconv.Itoa(len(rehearsedContract)), "{body}", literal)
		for _, statement := range strings.Split(strings.TrimSuffix(values.Replace(rehearsal), ";\n"), ";\n") {
			if _, err := tx.exec(ctx, "rehearse", statement); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("1.0.%d", newest), d.settle(ctx)
}

// settle does on PostgreSQL what time does elsewhere: it moves the sequences
// past the ids that were given, and takes stock of the tables.
func (d *DB) settle(ctx context.Context) error {
	if d.dialect != postgresDialect {
		return nil
	}
	for _, table := range []string{"all_pacticipants", "versions", "all_integrations", "pact_versions", "branches"} {
		if err := d.writer.WithContext(ctx).Exec("SELECT setval(pg_get_serial_sequence('" + table + "', 'id'), (SELECT max(id) FROM " + table + "))").Error; err != nil {
			return fmt.Errorf("settle %s: %w", table, err)
		}
	}
	if err := d.writer.WithContext(ctx).Exec("VACUUM ANALYZE").Error; err != nil {
		return fmt.Errorf("settle: %w", err)
	}
	return nil
}
