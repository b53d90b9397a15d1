package webhooks

import (
	"encoding/json"
	"strings"

	"github.com/accord-broker/accord/internal/support/secrets"
)

// Encrypt hides the secrets of a webhook that came from another broker. Without
// a key for them that is an Unprocessable fault.
func Encrypt(keyring secrets.Keyring, w Webhook) (Stored, error) { return encrypt(keyring, w) }

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
