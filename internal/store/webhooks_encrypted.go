package store

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/accord-broker/accord/internal/store/db"
)

// Encrypted is a value that can only be read with the key for secrets.
type Encrypted struct {
	// Owner is whose it is, as it was said when it was encrypted.
	Owner string
	Value []byte
}

const sqlEncrypted = `
	SELECT 'webhook ' || uuid AS owner, sealed AS value FROM webhooks WHERE sealed IS NOT NULL
	UNION ALL SELECT 'webhook ' || uuid, signing_keys FROM webhooks WHERE signing_keys IS NOT NULL
	UNION ALL SELECT 'secret ' || name, sealed FROM secrets
	ORDER BY 1`

// Encrypted returns everything that is kept encrypted.
func (q *queries) Encrypted(ctx context.Context) ([]Encrypted, error) {
	return rows[Encrypted](ctx, q, "list what is encrypted", sqlEncrypted)
}

// InspectEncrypted is Encrypted for a database that is up to date and not open
// in this process. It changes nothing.
func InspectEncrypted(ctx context.Context, url string) ([]Encrypted, error) {
	var all []Encrypted
	err := db.ReadClosed(ctx, url, func(database *sql.DB) error {
		found, err := database.QueryContext(ctx, sqlEncrypted)
		if err != nil {
			return err
		}
		defer found.Close()
		for found.Next() {
			var one Encrypted
			if err := found.Scan(&one.Owner, &one.Value); err != nil {
				return err
			}
			all = append(all, one)
		}
		return found.Err()
	})
	if err != nil {
		return nil, fmt.Errorf("list what is encrypted: %w", err)
	}
	return all, nil
}
