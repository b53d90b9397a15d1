package app

import (
	"fmt"

	"accord/internal/support/config"
	"accord/internal/support/secrets"
)

// openKeyring reads the key for secrets: the one that is set, else, with
// SQLite, the one in a file beside the database, which is made at the first
// start. With PostgreSQL there is none unless it is set.
func openKeyring(settings config.Settings) (secrets.Keyring, error) {
	if key := settings.Secrets.Key; key != "" {
		keyring, err := secrets.Parse(key)
		if err != nil {
			return secrets.Keyring{}, config.Problems{fmt.Sprintf("PACT_BROKER_SECRETS_KEY: %v", err)}
		}
		return keyring, nil
	}
	path, isFile := settings.Database.File()
	if !isFile {
		return secrets.Keyring{}, nil
	}
	return secrets.OpenOrCreateFile(path + ".key")
}
