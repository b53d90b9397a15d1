package store

import (
	"context"
	"errors"
	"strconv"

	"github.com/accord-broker/accord/internal/audit"
)

// encryptedColumn is where something is kept encrypted, by which key it is found, and
// who owns it.
type encryptedColumn struct{ table, column, key, owner string }

var encryptedColumns = []encryptedColumn{
	{"webhooks", "sealed", "uuid", "'webhook ' || uuid"}, {"webhooks", "signing_keys", "uuid", "'webhook ' || uuid"}, {"secrets", "sealed", "name", "'secret ' || name"},
	{"audit_chain", "seal", "CAST(id AS TEXT)", "'audit after ' || base_position"},
}

// reencryptBatch is how many values are encrypted again in one transaction.
const reencryptBatch = 100

// Reencrypt lets again encrypt everything anew that is kept encrypted and returns
// how much that was. What again returns nil for stays as it is, and so does what
// somebody has changed meanwhile. The audit is told at the end, also where it is broken
// off, how much that was.
func (d *DB) Reencrypt(ctx context.Context, again func(value []byte, owner string) ([]byte, error)) (changed int, err error) {
	changed, err = d.reencrypt(ctx, again)
	if changed == 0 {
		return 0, err
	}
	told := d.InTx(context.WithoutCancel(ctx), func(ctx context.Context, _ *Tx) error {
		audit.Changed(ctx, "encrypted values", nil, changed)
		return nil
	})
	return changed, errors.Join(err, told)
}

// reencrypt does so in batches.
func (d *DB) reencrypt(ctx context.Context, again func(value []byte, owner string) ([]byte, error)) (changed int, err error) {
	for _, c := range encryptedColumns {
		for after := ""; ; {
			var done int
			var last string
			if err := d.InTx(ctx, func(ctx context.Context, tx *Tx) (err error) {
				done, last, err = tx.reencrypt(ctx, c, after, again)
				return err
			}); err != nil {
				return changed, err
			}
			changed += done
			if last == "" {
				break
			}
			after = last
		}
	}
	return changed, nil
}

// reencrypt encrypts the next batch anew, and returns its last key, "" at the end.
func (tx *Tx) reencrypt(ctx context.Context, c encryptedColumn, after string, again func(value []byte, owner string) ([]byte, error)) (done int, last string, err error) {
	type encryptedRow struct {
		Key   string
		Owner string
		Value []byte
	}
	found, err := rows[encryptedRow](ctx, &tx.queries, "read what is encrypted", "SELECT "+c.key+" AS key, "+c.owner+" AS owner, "+c.column+" AS value FROM "+c.table+
		" WHERE "+c.column+" IS NOT NULL AND "+c.key+" > ? ORDER BY "+c.key+" LIMIT "+strconv.Itoa(reencryptBatch), after)
	if err != nil {
		return 0, "", err
	}
	for _, r := range found {
		last = r.Key
		value, err := again(r.Value, r.Owner)
		if err != nil {
			return done, last, err
		}
		if value == nil {
			continue
		}
		n, err := tx.exec(ctx, "encrypt again", "UPDATE "+c.table+" SET "+c.column+" = ? WHERE "+c.key+" = ? AND "+c.column+" = ?", value, r.Key, r.Value)
		if err != nil {
			return done, last, err
		}
		done += int(n)
	}
	return done, last, nil
}
