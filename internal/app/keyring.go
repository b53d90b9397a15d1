package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"accord/internal/store"
	"accord/internal/support/config"
	"accord/internal/support/secrets"
)

// openKeyring reads the key for secrets and, with SQLite, makes one at the
// first start. Where something is encrypted already but the key is gone, no
// new key takes its place: it would open nothing, and hide the loss.
func (a *App) openKeyring(ctx context.Context) (secrets.Keyring, error) {
	keyring, err := FindKeyring(a.settings)
	if err != nil || keyring.Usable() {
		return keyring, err
	}
	path, isFile := keyFile(a.settings)
	if !isFile {
		return secrets.Keyring{}, nil
	}
	encrypted, err := a.db.Encrypted(ctx)
	if err != nil || len(encrypted) > 0 {
		return secrets.Keyring{}, err
	}
	return secrets.OpenOrCreateFile(path)
}

// FindKeyring reads the key for secrets: the one that is set, else, with
// SQLite, the one in a file beside the database. The keyring has no key if there
// is none. The error is config.Problems if the settings are to blame.
func FindKeyring(settings config.Settings) (secrets.Keyring, error) {
	if key := settings.Secrets.Key; key != "" {
		keyring, err := secrets.Parse(key)
		if err != nil {
			return secrets.Keyring{}, config.Problems{fmt.Sprintf("PACT_BROKER_SECRETS_KEY: %v", err)}
		}
		return keyring, nil
	}
	path, isFile := keyFile(settings)
	if !isFile {
		return secrets.Keyring{}, nil
	}
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return secrets.Keyring{}, nil
	}
	return secrets.OpenFile(path)
}

// keyFile is where the key stands that is made if none is set.
func keyFile(settings config.Settings) (path string, isFile bool) {
	if settings.Secrets.Key != "" {
		return "", false
	}
	path, isFile = settings.Database.File()
	return path + ".key", isFile
}

// CheckSecrets tries to decrypt everything that is kept encrypted. It says, in
// whole sentences, what cannot be read and what to do, or "" if all is well.
func CheckSecrets(settings config.Settings, keyring secrets.Keyring, encrypted []store.Encrypted) string {
	var first string
	unreadable := 0
	for _, e := range encrypted {
		if _, err := keyring.Decrypt(e.Value, e.Owner); err != nil {
			if unreadable++; unreadable == 1 {
				first = e.Owner
			}
		}
	}
	if unreadable == 0 {
		return ""
	}
	return fmt.Sprintf("%d of %d encrypted values cannot be read, the first that of %s. %s", unreadable, len(encrypted), first, keyRemedy(settings))
}

func keyRemedy(settings config.Settings) string {
	const lost = "If it is lost, set a new one (openssl rand -base64 32) and enter these secrets again."
	if path, isFile := keyFile(settings); isFile {
		return "Put the key with which they were encrypted back into " + path + ", or set it as PACT_BROKER_SECRETS_KEY. " + lost
	}
	return "Set PACT_BROKER_SECRETS_KEY to the key with which they were encrypted, beside a newer one if there is one. " + lost
}

// warnOfUnreadableSecrets says in the log what the key does not open.
func (a *App) warnOfUnreadableSecrets(ctx context.Context) {
	encrypted, err := a.db.Encrypted(ctx)
	if err != nil {
		a.logger.Warn("the secrets could not be looked at", "error", err)
		return
	}
	if problem := CheckSecrets(a.settings, a.keyring, encrypted); problem != "" {
		a.logger.Warn(problem)
	}
}

// KeyPlace says where the key for secrets is kept: the name of the file beside
// the database, or of the setting.
func KeyPlace(settings config.Settings) string {
	if path, isFile := keyFile(settings); isFile {
		return path
	}
	return "PACT_BROKER_SECRETS_KEY"
}
