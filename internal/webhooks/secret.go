package webhooks

import (
	"context"
	"regexp"
	"time"

	"accord/internal/support/fault"
)

// Secret is a value that webhooks fill in for ${secret.NAME}, and that nobody can
// read. It is told of without the value.
type Secret struct {
	Name        string
	Description string
	CreatedAt   time.Time
	UpdatedAt   time.Time
}

var secretName = regexp.MustCompile(`^[A-Za-z0-9_\-]{1,100}$`)

func secretOwner(name string) string { return "secret " + name }

// PutSecret keeps a value under the name of the secret, in the place of the one
// that had the name before. It returns an Invalid fault for a name that cannot be
// one, and an Unprocessable one if there is no key to encrypt it with.
func (s *Service) PutSecret(ctx context.Context, secret Secret, value string) (kept Secret, created bool, err error) {
	if !secretName.MatchString(secret.Name) {
		return Secret{}, false, fault.InvalidField("name", "must consist of 1 to 100 letters, digits, hyphens or underscores")
	}
	if !s.Keyring.Usable() {
		return Secret{}, false, withoutKey(fault.Field{Name: "value", Message: noKeyAtAll})
	}
	sealed, err := s.Keyring.Encrypt([]byte(value), secretOwner(secret.Name))
	if err != nil {
		return Secret{}, false, err
	}
	err = s.InTx(ctx, func(ctx context.Context, tx Tx) error {
		kept, created, err = tx.PutSecret(ctx, secret, sealed)
		return err
	})
	return kept, created, err
}

// DeleteSecret removes a secret; webhooks that ask for it fail from then on. It
// returns a NotFound fault for an unknown one.
func (s *Service) DeleteSecret(ctx context.Context, name string) error {
	return s.InTx(ctx, func(ctx context.Context, tx Tx) error {
		removed, err := tx.RemoveSecret(ctx, name)
		if err == nil && !removed {
			err = fault.Missing("There is no secret %s.", name)
		}
		return err
	})
}

// secretValues returns the values of the secrets that a request fills in. Those
// that there are none of are left out.
func (s *Service) secretValues(ctx context.Context, r Request) (map[string]string, error) {
	values := map[string]string{}
	for _, name := range r.secretNames() {
		sealed, found, err := s.Read.SealedSecret(ctx, name)
		if err != nil {
			return nil, err
		}
		if !found {
			continue
		}
		value, err := open(s.Keyring, sealed, secretOwner(name))
		if err != nil {
			return nil, err
		}
		values[name] = string(value)
	}
	return values, nil
}
