package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
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
	if path, ok := SQLitePath(url); ok {
		file, err := sql.Open("sqlite3", sqliteName(path)+"?mode=ro&_busy_timeout=5000")
		if err != nil {
			return nil, fmt.Errorf("look at database %s: %w", path, err)
		}
		found, err := listEncrypted(ctx, file)
		return found, errors.Join(err, file.Close())
	}
	connected, err := connectPostgres(ctx, url)
	if err != nil {
		return nil, err
	}
	found, err := listEncrypted(ctx, connected.db)
	return found, errors.Join(err, connected.close())
}

func listEncrypted(ctx context.Context, db *sql.DB) ([]Encrypted, error) {
	found, err := db.QueryContext(ctx, sqlEncrypted)
	if err != nil {
		return nil, fmt.Errorf("list what is encrypted: %w", err)
	}
	defer found.Close()
	var all []Encrypted
	for found.Next() {
		var one Encrypted
		if err := found.Scan(&one.Owner, &one.Value); err != nil {
			return nil, fmt.Errorf("list what is encrypted: %w", err)
		}
		all = append(all, one)
	}
	return all, found.Err()
}
