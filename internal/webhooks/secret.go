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
	Hosts []string
	// Scope are the applications whose webhooks may fill it in; all webhooks may where
	// it is of everything.
	Scope access.Scope
	// Labelled are the applications that are in the scope because of a label that they
	// have now; only where one secret is set or shown.
	Labelled  []string
	CreatedAt time.Time
	UpdatedAt time.Time
}

// StoredSecret is a secret as it is kept.
type StoredSecret struct {
	// Encrypted is the value.
	Encrypted []byte
	// Hosts are those to which it may be sent, Scope the applications whose webhooks
	// may fill it in.
	Hosts []string
	Scope access.Scope
}

// isFor reports whether a webhook may fill the secret in: it is for all, or for an
// application that the webhook names, so that whoever may change the webhook may use
// the secret. A webhook that is set on labels alone is one for those with a label.
func (s StoredSecret) isFor(ctx context.Context, find access.ScopeReader, w Webhook) (bool, error) {
	return s.Scope.HoldsAny(ctx, find, namesOf(w), labelsOf(w))
}

// refusal is why the secret may not be sent to all of the hosts, or "". One that is
// bound to no host goes only where the operator has named the hosts for all webhooks:
// otherwise whoever may save a webhook could send it anywhere.
func (s StoredSecret) refusal(name string, hosts []string, policy Policy) string {
	bound, err := ParseHostRules(s.Hosts)
	if err == nil && len(bound) == 0 && len(policy.Hosts) > 0 {
		return ""
	}
	for _, host := range hosts {
		if !slices.ContainsFunc(bound, func(r HostRule) bool { return r.Matches(host) }) {
			return "may not be sent to " + host + "; to allow it, name the host in the hosts of the secret: PUT /api/v1/secrets/" + name
		}
	}
	return ""
}

// checkHosts returns what is wrong with the hosts of a secret, or "".
func checkHosts(hosts []string, policy Policy) string {
	if len(hosts) == 0 && len(policy.Hosts) == 0 {
		return "must name the hosts to which the secret may be sent, such as api.github.com, because webhooks may call any host"
	}
	for _, host := range hosts {
		if !namesSome(host) {
			return "must be names, such as ci.example.org or *.example.org, or addresses: " + strconv.Quote(host) + " is neither"
		}
	}
	return ""
}

// namesSome reports whether an entry is a name, `*.` and a name, or addresses, and not
// one for hosts that nobody has thought of: "*" is every name without a dot, "*le.org"
// also example.org.
func namesSome(host string) bool {
	rule, err := ParseHostRule(host)
	name, _ := strings.CutPrefix(host, "*.")
	return err == nil && rule.expression == nil && name != "" && !strings.Contains(name, "*") && (!rule.prefix.IsValid() || rule.prefix.Bits() > 0)
}

var secretName = regexp.MustCompile(`^[A-Za-z0-9_\-]{1,100}$`)

func secretOwner(name string) string { return "secret " + name }

// PutSecret keeps a value under the name of the secret, in the place of the one
// that had the name before. It returns an Invalid fault for a name that cannot be
// one, and an Unprocessable one if there is no key to encrypt it with.
func (s *Service) PutSecret(ctx context.Context, secret Secret, value string) (kept Secret, created bool, err error) {
	if err := secret.permit(ctx, s.Read); err != nil {
		return Secret{}, false, err
	}
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
		if err := tx.KeepNames(ctx); err != nil {
			return err
		}
		if err := secret.Scope.Check(ctx, tx); err != nil {
			return err
		}
		before, err := changeable(ctx, tx, secret.Name)
		if fault.Is(err, fault.NotFound) {
			return fault.New(fault.Conflict, "The name %s is taken; choose another one.", secret.Name).Hiding(errHiddenSecret)
		}
		if err != nil {
			return err
		}
		secret.note(ctx, before)
		if secret.Labelled, err = secret.Scope.Labelled(ctx, tx); err != nil {
			return err
		}
		kept, created, err = tx.PutSecret(ctx, secret, encrypted)
		return err
	})
	return kept, created, err
}

// DeleteSecret removes a secret; webhooks that ask for it fail from then on. It
// returns a NotFound fault for an unknown one.
func (s *Service) DeleteSecret(ctx context.Context, name string) error {
	return s.InTx(ctx, func(ctx context.Context, tx Tx) error {
		before, err := changeable(ctx, tx, name)
		if err == nil && before == nil {
			err = noSecret(name)
		}
		if err != nil {
			return err
		}
		audit.About(ctx, before.Scope.Applications...)
		audit.Changed(ctx, "secret "+name, "set", nil)
		_, err = tx.RemoveSecret(ctx, name)
		return err
	})
}

func noSecret(name string) *fault.Error { return fault.Missing("There is no secret %s.", name) }

// errHiddenSecret is why somebody is told that there is no such secret.
var errHiddenSecret = fault.New(fault.Forbidden, "the secret may not be seen")

// changeable returns the secret with that name if who asks may change it, nil if there
// is none. It returns a Forbidden fault for one that they may use alone, and a NotFound
// one for one of which they know nothing.
func changeable(ctx context.Context, tx Tx, name string) (*StoredSecret, error) {
	kept, found, err := tx.LockSecret(ctx, name)
	if err != nil {
		return nil, err
	}
	if !found {
		return nil, access.RequireRole(ctx, access.ManageWebhooks)
	}
	if err := seesSecret(ctx, tx, name, kept.Scope); err != nil {
		return nil, err
	}
	return &kept, access.RequireScope(ctx, tx, access.ManageWebhooks, kept.Scope)
}

// permit returns a Forbidden fault unless who asks may manage the webhooks of all
// applications that the secret is for.
func (s Secret) permit(ctx context.Context, find access.LabelReader) error {
	err := access.RequireScope(ctx, find, access.ManageWebhooks, s.Scope)
	if s.Scope.All && fault.Is(err, fault.Forbidden) && access.Of(ctx).Allows(access.ManageWebhooks) {
		return fault.New(fault.Forbidden, "Your scope is limited to some applications, and a secret for all webhooks needs a scope of all.").
			Coded("forbidden", "Name the applications, the labels or the teams for whose webhooks it is.")
	}
	return err
}

// note notes in the audit what is changed of a secret, which is nil if there was none.
func (s Secret) note(ctx context.Context, before *StoredSecret) {
	var hosts []string
	var applications any
	if before != nil {
		audit.About(ctx, before.Scope.Applications...)
		hosts, applications = before.Hosts, before.Scope.Words()
	}
	audit.About(ctx, s.Scope.Applications...)
	audit.Changed(ctx, "secret "+s.Name, nil, "set")
	audit.Changed(ctx, "hosts of the secret", hosts, s.Hosts)
	audit.Changed(ctx, "applications of the secret", applications, s.Scope.Words())
}

// ListSecrets returns at most so many secrets whose names come after the given one, by
// name and without their values: those that webhooks may fill in which who asks may
// write. A team leaves those that are for it.
func (s *Service) ListSecrets(ctx context.Context, team, after string, limit int) (found []Secret, err error) {
	if err := access.RequireRole(ctx, access.ManageWebhooks); err != nil {
		return nil, err
	}
	reach, err := access.ReachOf(ctx, s.Read, access.ManageWebhooks)
	if err != nil {
		return nil, err
	}
	for len(found) < limit {
		some, err := s.Read.ListSecrets(ctx, after, limit)
		if err != nil || len(some) == 0 {
			return found, err
		}
		for _, secret := range some {
			seen, err := reach.Touches(ctx, secret.Scope)
			if err != nil {
				return nil, err
			}
			if seen && secret.Scope.For(team) && len(found) < limit {
				found = append(found, secret)
			}
		}
		after = some[len(some)-1].Name
	}
	return found, nil
}

// ShowSecret returns a secret without its value, and whether who asks may change it. It
// returns a NotFound fault for one that they may not see.
func (s *Service) ShowSecret(ctx context.Context, name string) (secret Secret, changes bool, err error) {
	if err := access.RequireRole(ctx, access.ManageWebhooks); err != nil {
		return Secret{}, false, err
	}
	found, err := s.Read.FindSecret(ctx, name)
	if err == nil && found == nil {
		err = noSecret(name)
	}
	if err == nil {
		err = seesSecret(ctx, s.Read, name, found.Scope)
	}
	if err != nil {
		return Secret{}, false, err
	}
	if found.Labelled, err = found.Scope.Labelled(ctx, s.Read); err != nil {
		return Secret{}, false, err
	}
	err = access.RequireScope(ctx, s.Read, access.ManageWebhooks, found.Scope)
	if fault.Is(err, fault.Forbidden) {
		return *found, false, nil
	}
	return *found, err == nil, err
}

// seesSecret returns the fault of a secret that is unknown unless who asks may see one
// that is for a scope.
func seesSecret(ctx context.Context, find access.ScopeReader, name string, scope access.Scope) error {
	reach, err := access.ReachOf(ctx, find, access.ManageWebhooks)
	if err != nil {
		return err
	}
	seen, err := reach.Touches(ctx, scope)
	if err == nil && !seen {
		err = noSecret(name).Hiding(errHiddenSecret)
	}
	return err
}

// hides returns why who asks is told that there is no secret with that name, nil if
// there is none, or they may see it.
func hides(ctx context.Context, find Reader, name string) (hidden, err error) {
	secret, found, err := find.StoredSecret(ctx, name)
	if err != nil || !found {
		return nil, err
	}
	err = seesSecret(ctx, find, name, secret.Scope)
	if fault.Is(err, fault.NotFound) {
		return errHiddenSecret, nil
	}
	return nil, err
}

// secretFor returns the secret with that name, if the webhook may fill it in: to one
// that may not it is as if there were none.
func secretFor(ctx context.Context, find Reader, w Webhook, name string) (StoredSecret, bool, error) {
	secret, found, err := find.StoredSecret(ctx, name)
	if err != nil || !found {
		return StoredSecret{}, false, err
	}
	may, err := secret.isFor(ctx, find, w)
	if err != nil || !may {
		return StoredSecret{}, false, err
	}
	return secret, true, nil
}

// secretValues returns the values of the secrets that a webhook fills in. Those
// that there are none of for it are left out.
func (s *Service) secretValues(ctx context.Context, w Webhook) (map[string]string, error) {
	values := map[string]string{}
	for _, name := range w.Request.SecretNames() {
		secret, found, err := secretFor(ctx, s.Read, w, name)
		if err != nil {
			return nil, err
		}
		if !found {
			continue
		}
		if refused := secret.refusal(name, w.Request.hosts(), s.Sender.Policy); refused != "" {
			return nil, obstacle{errors.New("the secret " + name + " " + refused)}
		}
		value, err := withNewestKeys(ctx, s, func() ([]byte, error) { return open(s.Keyring, secret.Encrypted, secretOwner(name)) })
		if err != nil {
			return nil, err
		}
		values[name] = string(value)
	}
	return values, nil
}
