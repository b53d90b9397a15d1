package webhooks

import (
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"strings"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
)

// SigningKey is a key with which messages are signed.
type SigningKey struct {
	// ID names the key without betraying it.
	ID string `json:"id"`
	// Secret is the key in the form of Standard Webhooks: whsec_ and base64.
	Secret    string    `json:"secret"`
	CreatedAt time.Time `json:"created_at"`
}

// SigningKeys are the live keys of a webhook, the newest first: while a receiver
// changes over to a new key, messages carry a signature with each.
type SigningKeys []SigningKey

// MaxSigningKeys is how many keys of a webhook may be live at a time.
const MaxSigningKeys = 2

const (
	secretPrefix   = "whsec_"
	minSecretBytes = 24
	maxSecretBytes = 64
)

// newSecret returns a new random key in the form of Standard Webhooks.
func newSecret() string {
	raw := make([]byte, 32)
	_, _ = rand.Read(raw) // never fails: crypto/rand stops the program instead
	return secretPrefix + base64.StdEncoding.EncodeToString(raw)
}

// checkSecret returns what is wrong with a key that a client has chosen, or "".
func checkSecret(secret string) string {
	encoded, prefixed := strings.CutPrefix(secret, secretPrefix)
	raw, err := base64.StdEncoding.DecodeString(encoded)
	if !prefixed || err != nil || len(raw) < minSecretBytes || len(raw) > maxSecretBytes {
		return fmt.Sprintf("must be %s and %d to %d random bytes in base64", secretPrefix, minSecretBytes, maxSecretBytes)
	}
	return ""
}

// Rotated returns the keys with a new one in front; the oldest is dropped if there
// are too many.
func (k SigningKeys) Rotated(key SigningKey) SigningKeys {
	rotated := append(SigningKeys{key}, k...)
	return rotated[:min(len(rotated), MaxSigningKeys)]
}

// Without returns the keys but for the one with the id, and whether it was there.
func (k SigningKeys) Without(id string) (rest SigningKeys, found bool) {
	for _, key := range k {
		if key.ID == id {
			found = true
		} else {
			rest = append(rest, key)
		}
	}
	return rest, found
}

// masked returns the keys without their secrets.
func (k SigningKeys) masked() SigningKeys {
	shown := make(SigningKeys, len(k))
	for i, key := range k {
		shown[i] = SigningKey{ID: key.ID, CreatedAt: key.CreatedAt}
	}
	return shown
}

// sign returns the headers of Standard Webhooks for a message. The id is the same
// for every attempt of a delivery, so that the receiver can tell repetitions.
func (k SigningKeys) sign(id string, at time.Time, body []byte) ([]Header, error) {
	headers := []Header{
		{Name: standardwebhooks.HeaderWebhookID, Value: id},
		{Name: standardwebhooks.HeaderWebhookTimestamp, Value: fmt.Sprint(at.Unix())},
	}
	var signatures []string
	for _, key := range k {
		signer, err := standardwebhooks.NewWebhook(key.Secret)
		if err != nil {
			return nil, fmt.Errorf("use the signing key: %w", err)
		}
		signature, err := signer.Sign(id, at, body)
		if err != nil {
			return nil, fmt.Errorf("sign the message: %w", err)
		}
		signatures = append(signatures, signature)
	}
	if len(signatures) > 0 {
		headers = append(headers, Header{Name: standardwebhooks.HeaderWebhookSignature, Value: strings.Join(signatures, " ")})
	}
	return headers, nil
}
