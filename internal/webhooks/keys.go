package webhooks

import (
	"context"

	"github.com/accord-broker/accord/internal/audit"
	"github.com/accord-broker/accord/internal/support/fault"
)

// AddSigningKey gives a webhook a new signing key, which is the first from then
// on; of the older ones only the latest stays, so that receivers can change over.
// An empty secret lets the broker choose one. The key is returned with its secret,
// for the only time. It returns a NotFound fault for an unknown webhook, Invalid
// for a secret in another form, and Unprocessable if there is no key to encrypt
// it with.
func (s *Service) AddSigningKey(ctx context.Context, uuid, secret string) (added SigningKey, err error) {
	if secret == "" {
		secret = newSecret()
	}
	if problem := checkSecret(secret); problem != "" {
		return SigningKey{}, fault.InvalidField("secret", "%s", problem)
	}
	_, err = s.changeKeys(ctx, uuid, func(tx Tx, keys SigningKeys) (SigningKeys, error) {
		if !s.Keyring.Usable() {
			return nil, withoutKey(fault.Field{Name: "secret", Message: noKeyAtAll})
		}
		added = SigningKey{ID: s.NewID(), Secret: secret, CreatedAt: tx.Now()}
		return keys.Rotated(added), nil
	})
	return added, err
}

// RemoveSigningKey takes a signing key from a webhook; without any its messages
// are not signed. It returns a NotFound fault if either is unknown.
func (s *Service) RemoveSigningKey(ctx context.Context, uuid, id string) error {
	_, err := s.changeKeys(ctx, uuid, func(_ Tx, keys SigningKeys) (SigningKeys, error) {
		rest, found := keys.Without(id)
		if !found {
			return nil, fault.Missing("The webhook has no signing key %s.", id)
		}
		return rest, nil
	})
	return err
}

func (s *Service) changeKeys(ctx context.Context, uuid string, how func(tx Tx, keys SigningKeys) (SigningKeys, error)) (Detailed, error) {
	return s.change(ctx, uuid, func(ctx context.Context, tx Tx, kept *Stored) error {
		keys, err := kept.signingKeys(s.Keyring)
		if err != nil {
			return err
		}
		before := keys.ids()
		if keys, err = how(tx, keys); err != nil {
			return err
		}
		audit.Changed(ctx, "signing keys", before, keys.ids())
		if kept.SigningKeys, err = encryptKeys(s.Keyring, uuid, keys); err != nil {
			return err
		}
		kept.Missing = without(kept.Missing, keysOfSigning)
		return tx.SetSigningKeys(ctx, *kept)
	})
}

// ids are the names of the keys.
func (k SigningKeys) ids() []string {
	ids := make([]string, len(k))
	for i, key := range k {
		ids[i] = key.ID
	}
	return ids
}
