package webhooks

import (
	"context"
	"encoding/json"
	"errors"
	"strings"

	"github.com/accord-broker/accord/internal/support/secrets"
)

// Encrypt hides the secrets of a webhook that came from another broker. Without
// a key for them that is an Unprocessable fault.
func Encrypt(keyring secrets.Keyring, w Webhook) (Stored, error) { return encrypt(keyring, w) }

// HideTokens encrypts what looks like a token in the path of the URL of webhooks that
// were kept before that was done, and returns how many those were. Without a key
// it does nothing.
func (s *Service) HideTokens(ctx context.Context) (hidden int, err error) {
	if !s.Keyring.Usable() {
		return 0, nil
	}
	all, err := s.Read.Webhooks(ctx, Filter{})
	for _, kept := range all {
		if withoutTokens(kept.Webhook.Request.URL) == kept.Webhook.Request.URL {
			continue
		}
		if err := s.InTx(ctx, func(ctx context.Context, tx Tx) error { return s.hideTokens(ctx, tx, kept.Webhook.UUID) }); err != nil {
			return hidden, err
		}
		hidden++
	}
	return hidden, err
}

func (s *Service) hideTokens(ctx context.Context, tx Tx, uuid string) error {
	kept, found, err := tx.LockWebhook(ctx, uuid)
	if err != nil || !found {
		return err
	}
	w, err := kept.decrypt(s.Keyring)
	if errors.As(err, new(obstacle)) {
		return nil // the start and the doctor tell of it
	}
	if err != nil {
		return err
	}
	again, err := encrypt(s.Keyring, w)
	if err != nil {
		return err
	}
	return tx.HideURL(ctx, kept.ID, again.Webhook.Request.URL, again.Encrypted)
}

// Hidden names the secrets that are kept encrypted beside the webhook.
func (k Stored) Hidden() []string {
	var hidden []string
	if k.Encrypted == nil {
		return hidden
	}
	if strings.Contains(k.Webhook.Request.URL, Stars) {
		hidden = append(hidden, "url")
	}
	if k.Webhook.Request.Password == Stars {
		hidden = append(hidden, "password")
	}
	for _, header := range k.Webhook.Request.Headers {
		if header.Value == Stars {
			hidden = append(hidden, "header "+header.Name)
		}
	}
	return hidden
}

// Opens reports whether the keyring opens all that is encrypted of the webhook.
func (k Stored) Opens(keyring secrets.Keyring) bool {
	if k.Encrypted != nil {
		text, err := keyring.Decrypt(k.Encrypted, owner(k.Webhook.UUID))
		if err != nil || !json.Valid(text) {
			return false
		}
	}
	if k.SigningKeys == nil {
		return true
	}
	_, err := keyring.Decrypt(k.SigningKeys, owner(k.Webhook.UUID))
	return err == nil
}
