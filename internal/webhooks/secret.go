package webhooks

import (
	"context"
	"errors"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/accord-broker/accord/internal/access"
	"github.com/accord-broker/accord/internal/audit"
	"github.com/accord-broker/accord/internal/pacticipants"
	"github.com/accord-broker/accord/internal/support/fault"
)

// Secret is a value that webhooks fill in for ${secret.NAME}, and that nobody can
// read. It is told of without the value.
type Secret struct {
	Name        string
	Description string
	// Hosts are those to which the secret may be sent: names, `*.` and a name, or
	// addresses.
	Hosts     []string
	CreatedAt time.Time
	UpdatedAt time.Time
}

// StoredSecret is a secret as it is kept.
type StoredSecret struct {
	// Encrypted is the value.
	Encrypted []byte
	// Hosts are those to which it may be sent.
	Hosts []string
}

// refusal is why the secret may not be sent to the host, or "". One that is bound
// to no host goes only where the operator has named the hosts for all webhooks:
// otherwise whoever may save a webhook could send it anywhere.
func (s StoredSecret) refusal(name, host string, policy Policy) string {
	bound, err := ParseHostRules(s.Hosts)
	matches := slices.ContainsFunc(bound, func(r HostRule) bool { return r.Matches(host) })
	if err == nil && (matches || len(bound) == 0 && len(policy.Hosts) > 0) {
		return ""
	}
	return "may not be sent to " + host + "; to allow it, name the host in the hosts of the secret: PUT /api/v1/secrets/" + name
}

// checkHosts returns what is wrong with the hosts of a secret, or "".
func checkHosts(hosts []string, policy Policy) string {
	if len(hosts) == 0 && len(policy.Hosts) == 0 {
		return "must name the hosts to which the secret may be sent, such as api.github.com, because webhooks may call any host"
	}
	for _, host := range hosts {
		if _, err := ParseHostRule(host); err != nil || strings.HasPrefix(host, "/") {
			return "must be names, such as ci.example.org or *.example.org, or addresses: " + strconv.Quote(host) + " is neither"
		}
	}
	return ""
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
	if problem := checkHosts(secret.Hosts, s.Sender.Policy); problem != "" {
		return Secret{}, false, fault.InvalidField("hosts", "%s", problem)
	}
	if err := pacticipants.CheckNewText("description", secret.Description, ""); err != nil {
		return Secret{}, false, err
	}
	if len(value) < shortestRedacted {
		return Secret{}, false, fault.InvalidField("value", "must have at least %d characters: a shorter one could not be starred in what receivers answer without telling what it is", shortestRedacted)
	}
	if strings.Trim(value, "*") == "" {
		return Secret{}, false, fault.InvalidField("value", "is what stands for a secret that cannot be read; give the secret itself, for this one is not kept when it is changed")
	}
	if !s.Keyring.Usable() {
		return Secret{}, false, withoutKey(fault.Field{Name: "value", Message: noKeyAtAll})
	}
	encrypted, err := s.Keyring.Encrypt([]byte(value), secretOwner(secret.Name))
	if err != nil {
		return Secret{}, false, err
	}
	err = s.InTx(ctx, func(ctx context.Context, tx Tx) error {
		if err := access.Require(ctx, tx, access.ManageWebhooks); err != nil {
			return err
		}
		audit.Changed(ctx, "secret "+secret.Name, nil, "set")
		audit.Changed(ctx, "hosts of the secret", nil, secret.Hosts)
		kept, created, err = tx.PutSecret(ctx, secret, encrypted)
		return err
	})
	return kept, created, err
}

// DeleteSecret removes a secret; webhooks that ask for it fail from then on. It
// returns a NotFound fault for an unknown one.
func (s *Service) DeleteSecret(ctx context.Context, name string) error {
	return s.InTx(ctx, func(ctx context.Context, tx Tx) error {
		if err := access.Require(ctx, tx, access.ManageWebhooks); err != nil {
			return err
		}
		audit.Changed(ctx, "secret "+name, "set", nil)
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
	for _, name := range r.SecretNames() {
		secret, found, err := s.Read.StoredSecret(ctx, name)
		if err != nil {
			return nil, err
		}
		if !found {
			continue
		}
		if refused := secret.refusal(name, r.host(), s.Sender.Policy); refused != "" {
			return nil, obstacle{errors.New("the secret " + name + " " + refused)}
		}
		value, err := open(s.Keyring, secret.Encrypted, secretOwner(name))
		if err != nil {
			return nil, err
		}
		values[name] = string(value)
	}
	return values, nil
}
