package app

import (
	"context"
	"errors"
	"fmt"

	"github.com/accord-broker/accord/internal/audit"
	"github.com/accord-broker/accord/internal/store"
	"github.com/accord-broker/accord/internal/support/config"
	"github.com/accord-broker/accord/internal/support/secrets"
)

// openKeyring reads the key for secrets and, with SQLite, makes one at the
// first start. Where something is encrypted already but the key is gone, no
// new key takes its place: it would open nothing, and hide the loss.
func (a *App) openKeyring(ctx context.Context) (secrets.Keyring, error) {
	keyring, err := FindKeyring(ctx, a.settings)
	if err != nil || keyring.Usable() {
		return keyring, err
	}
	path, isFile := keyFile(a.settings)
	if !isFile {
		if a.settings.Secrets.KeyURI != "" {
			a.logger.Warn("there is no key for secrets yet where PACT_BROKER_SECRETS_KEY_URI says, so none can be saved", "remedy", "Run `broker keys rotate` with the same settings: it makes the first key.")
		}
		return keyring, nil
	}
	encrypted, err := a.db.Encrypted(ctx)
	if err != nil || len(encrypted) > 0 {
		return secrets.Keyring{}, err
	}
	if _, err := secrets.OpenOrCreateFile(path); err != nil {
		return secrets.Keyring{}, err
	}
	return secrets.Open(ctx, secrets.FileStore(path))
}

// FindKeyring reads the key for secrets: the one that is set, else that of the
// store that is set, else, with SQLite, the one in a file beside the database. The
// keyring has no key if there is none. The error is config.Problems if the settings
// are to blame.
func FindKeyring(ctx context.Context, settings config.Settings) (secrets.Keyring, error) {
	if key := settings.Secrets.Key; key != "" {
		keyring, err := secrets.Parse(key)
		if err != nil {
			return secrets.Keyring{}, config.Problems{fmt.Sprintf("PACT_BROKER_SECRETS_KEY: %v", err)}
		}
		return keyring, nil
	}
	kept, err := KeyStore(settings)
	if err != nil || kept == nil {
		return secrets.Keyring{}, err
	}
	return secrets.Open(ctx, kept)
}

// KeyStore is where keys for secrets are kept that the broker itself can change;
// nil if there is none. The error is config.Problems if the settings are to blame.
func KeyStore(settings config.Settings) (secrets.KeyStore, error) {
	s := settings.Secrets
	if s.KeyURI != "" && s.Key != "" {
		return nil, config.Problems{"PACT_BROKER_SECRETS_KEY and PACT_BROKER_SECRETS_KEY_URI are both set; keep one of them"}
	}
	if s.KeyURI != "" {
		kept, err := secrets.OpenStore(s.KeyURI, s.VaultToken)
		if err != nil {
			return nil, config.Problems{fmt.Sprintf("PACT_BROKER_SECRETS_KEY_URI must be %v", err)}
		}
		return kept, nil
	}
	if path, isFile := keyFile(settings); isFile {
		return secrets.FileStore(path), nil
	}
	return nil, nil
}

// followKeys reads the keys again now and then, until ctx ends, so that what is
// encrypted is encrypted with the newest.
func (a *App) followKeys(ctx context.Context) (wait func()) {
	return everyNow(ctx, secrets.ReadEvery, func(ctx context.Context) {
		if err := a.keyring.Refresh(ctx); err != nil {
			a.logger.Warn("the keys for secrets could not be read again", "error", err)
		}
	})
}

// Reencrypt encrypts everything with the first key of the keyring that is
// encrypted with another one, and returns how much that was.
func Reencrypt(ctx context.Context, settings config.Settings, keyring secrets.Keyring) (changed int, err error) {
	formats, err := versionFormats(settings.Versions)
	if err != nil {
		return 0, err
	}
	options := storeOptions(settings, formats)
	options.Exclusive = false
	db, err := store.Open(ctx, options)
	if err != nil {
		return 0, err
	}
	changed, err = db.Reencrypt(ctx, func(value []byte, owner string) ([]byte, error) {
		if keyring.IsCurrent(value) {
			return nil, nil
		}
		secret, err := keyring.Decrypt(value, owner)
		switch {
		case err != nil && audit.IsSeal(owner):
			return nil, nil // broker audit verify tells that it proves nothing
		case err != nil:
			return nil, err
		}
		return keyring.Encrypt(secret, owner)
	})
	return changed, errors.Join(err, db.Close())
}

// keyFile is where the key stands that is made if none is set.
func keyFile(settings config.Settings) (path string, isFile bool) {
	if settings.Secrets.Key != "" || settings.Secrets.KeyURI != "" {
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
	if settings.Secrets.KeyURI != "" {
		return "PACT_BROKER_SECRETS_KEY_URI"
	}
	return "PACT_BROKER_SECRETS_KEY"
}

// FindUnreadable says what the keyring does not open in the database that the
// settings name, and what to do, or "" if all is well.
func FindUnreadable(ctx context.Context, settings config.Settings, keyring secrets.Keyring) (string, error) {
	encrypted, err := store.InspectEncrypted(ctx, DatabaseURL(settings.Database))
	if err != nil || len(encrypted) == 0 {
		return "", err
	}
	return CheckSecrets(settings, keyring, encrypted), nil
}

// Outdated counts what is encrypted with another key than the first.
func Outdated(keyring secrets.Keyring, encrypted []store.Encrypted) (n int) {
	for _, e := range encrypted {
		if !keyring.IsCurrent(e.Value) {
			n++
		}
	}
	return n
}

// hideTokens encrypts the tokens in addresses of webhooks that were kept before that
// was done.
func (a *App) hideTokens(ctx context.Context) {
	hidden, err := a.webhooks.HideTokens(ctx)
	if hidden > 0 {
		a.logger.Info("tokens in the addresses of webhooks are encrypted now", "webhooks", hidden)
	}
	if err != nil {
		a.logger.Warn("tokens in the addresses of webhooks could not be encrypted; the next start tries again", "error", err)
	}
}
