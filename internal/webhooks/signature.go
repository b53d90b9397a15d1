package webhooks

import (
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"strings"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
)

// SigningKeys are the live keys of a webhook, the newest first: while a receiver
// changes over to a new key, messages carry a signature with each.
type SigningKeys []string

// MaxSigningKeys is how many keys of a webhook may be live at a time.
const MaxSigningKeys = 2

// NewSigningKey returns a new random key in the form of Standard Webhooks.
func NewSigningKey() string {
	raw := make([]byte, 32)
	_, _ = rand.Read(raw) // never fails: crypto/rand stops the program instead
	return "whsec_" + base64.StdEncoding.EncodeToString(raw)
}

// Rotated returns the keys with a new one in front; the oldest is dropped if there
// are too many.
func (k SigningKeys) Rotated(key string) SigningKeys {
	rotated := append(SigningKeys{key}, k...)
	return rotated[:min(len(rotated), MaxSigningKeys)]
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
		signer, err := standardwebhooks.NewWebhook(key)
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
