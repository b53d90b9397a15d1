package webhooks

import (
	"context"
	"encoding/json"
	"errors"
	"strings"

	"github.com/accord-broker/accord/internal/support/fault"
	"github.com/accord-broker/accord/internal/support/secrets"
)

// Stored is a webhook as it is stored: secrets that stand in it literally are
// replaced by stars and kept encrypted beside it.
type Stored struct {
	// ID is the store's own name for it.
	ID      int64
	Webhook Webhook
	// Encrypted are the secrets, encrypted; nil if there are none.
	Encrypted []byte
	// SigningKeys are encrypted, too; nil if messages are not signed.
	SigningKeys []byte
	// Missing names the secrets with which the webhook did not come from another broker,
	// as Hidden names them, or as "signing keys".
	Missing []string
}

// encrypted is what is encrypted of a request. The names of the fields are kept in
// the database.
type encrypted struct {
	URL      string            `json:"url,omitempty"`
	Password string            `json:"password,omitempty"`
	Headers  map[string]string `json:"headers,omitempty"`
}

func owner(uuid string) string { return "webhook " + uuid }

// encrypt hides the secrets of a webhook for keeping. Without a key that is an
// Unprocessable fault that names the secrets and the remedy. What only looks like a
// token in the path of the URL is then kept as it is: that is a guess, and a
// webhook that worked must not be refused for it.
func encrypt(keyring secrets.Keyring, w Webhook) (Stored, error) {
	hidden := encrypted{Headers: map[string]string{}}
	var fields []fault.Field
	address := partsOfURL(w.Request.URL)
	_, named := address.masked(credential)
	if named {
		fields = append(fields, fault.Field{Name: "request.url", Message: "holds what " + noKey})
	}
	if masked, secret := address.masked(credential, token); secret && (named || keyring.Usable()) {
		hidden.URL, w.Request.URL = w.Request.URL, masked
	}
	if w.Request.Password != "" && !holdsParameter.MatchString(w.Request.Password) {
		hidden.Password, w.Request.Password = w.Request.Password, Stars
		fields = append(fields, fault.Field{Name: "request.password", Message: noKey})
	}
	headers := make([]Header, len(w.Request.Headers))
	for i, header := range w.Request.Headers {
		if secretHeader.MatchString(header.Name) && header.Value != "" && !holdsParameter.MatchString(header.Value) {
			hidden.Headers[header.Name], header.Value = header.Value, Stars
			fields = append(fields, fault.Field{Name: "request.headers", Message: header.Name + " " + noKey})
		}
		headers[i] = header
	}
	w.Request.Headers = headers
	if len(fields) == 0 && hidden.URL == "" {
		return Stored{Webhook: w}, nil
	}
	if !keyring.Usable() {
		return Stored{}, withoutKey(fields...)
	}
	text, err := json.Marshal(hidden)
	if err != nil {
		return Stored{}, err
	}
	encrypted, err := keyring.Encrypt(text, owner(w.UUID))
	return Stored{Webhook: w, Encrypted: encrypted}, err
}

// withoutKey is the fault of what cannot be kept because there is no key.
func withoutKey(fields ...fault.Field) error {
	refused := fault.InvalidFields(fields...)
	refused.Kind = fault.Unprocessable
	return refused.Because(secrets.ErrNoKey)
}

const (
	noKeyAtAll = "is a secret, and the broker has no key to encrypt it with: set PACT_BROKER_SECRETS_KEY (32 random bytes in base64), or run broker keys rotate where PACT_BROKER_SECRETS_KEY_URI is set"
	noKey      = noKeyAtAll + ", or use a template parameter"
)

// obstacle is why a message cannot be sent, such as secrets that were encrypted
// with a key which the broker no longer has.
type obstacle struct{ error }

func (o obstacle) Unwrap() error { return o.error }

func open(keyring secrets.Keyring, encrypted []byte, owner string) ([]byte, error) {
	text, err := keyring.Decrypt(encrypted, owner)
	if err != nil {
		return nil, obstacle{err}
	}
	return text, nil
}

// withNewestKeys runs what is no transaction once more, in one, where something does not
// open: a transaction that fails so is begun again once the keys were read anew, and nobody
// waits for their store within it.
func withNewestKeys[T any](ctx context.Context, s *Service, read func() (T, error)) (found T, err error) {
	if found, err = read(); !errors.As(err, new(obstacle)) {
		return found, err
	}
	err = s.InTx(ctx, func(context.Context, Tx) error {
		found, err = read()
		return err
	})
	return found, err
}

// decrypt returns the webhook with its secrets.
func (k Stored) decrypt(keyring secrets.Keyring) (Webhook, error) {
	w := k.Webhook
	if k.Encrypted == nil {
		return w, nil
	}
	text, err := open(keyring, k.Encrypted, owner(w.UUID))
	if err != nil {
		return Webhook{}, err
	}
	var hidden encrypted
	if err := json.Unmarshal(text, &hidden); err != nil {
		return Webhook{}, err
	}
	if hidden.URL != "" {
		w.Request.URL = hidden.URL
	}
	if hidden.Password != "" {
		w.Request.Password = hidden.Password
	}
	headers := make([]Header, len(w.Request.Headers))
	for i, header := range w.Request.Headers {
		if value, secret := hidden.Headers[header.Name]; secret {
			header.Value = value
		}
		headers[i] = header
	}
	w.Request.Headers = headers
	return w, nil
}

// shown returns the webhook as those may see it who manage it: with what looks like a
// token in the path of the URL, and starred where that cannot be decrypted.
func (k Stored) shown(keyring secrets.Keyring) Webhook {
	w := k.Webhook
	if strings.Contains(w.Request.URL, Stars) {
		if opened, err := k.decrypt(keyring); err == nil {
			w.Request.URL = opened.Request.URL
		}
	}
	return w.shown()
}

// signingKeys returns the live keys, the newest first; none if messages are not
// signed.
func (k Stored) signingKeys(keyring secrets.Keyring) (SigningKeys, error) {
	if k.SigningKeys == nil {
		return nil, nil
	}
	text, err := open(keyring, k.SigningKeys, owner(k.Webhook.UUID))
	if err != nil {
		return nil, err
	}
	var keys SigningKeys
	return keys, json.Unmarshal(text, &keys)
}

// encryptKeys encrypts the keys of a webhook; no keys are nil.
func encryptKeys(keyring secrets.Keyring, uuid string, keys SigningKeys) ([]byte, error) {
	if len(keys) == 0 {
		return nil, nil
	}
	text, err := json.Marshal(keys)
	if err != nil {
		return nil, err
	}
	return keyring.Encrypt(text, owner(uuid))
}
