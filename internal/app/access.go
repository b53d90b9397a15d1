package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/google/uuid"

	"github.com/accord-broker/accord/internal/access"
	"github.com/accord-broker/accord/internal/audit"
	"github.com/accord-broker/accord/internal/edge"
	"github.com/accord-broker/accord/internal/edge/web"
	"github.com/accord-broker/accord/internal/openid"
	"github.com/accord-broker/accord/internal/store"
	"github.com/accord-broker/accord/internal/support/config"
)

// newTokens are the tokens of an open database.
func newTokens(db *store.DB) *access.Tokens {
	return &access.Tokens{
		Read:      db,
		Directory: newDirectory(db),
		Now:       time.Now,
		NewID:     uuid.NewString,
		InTx: func(ctx context.Context, fn func(ctx context.Context, tx access.Tx) error) error {
			return db.InTx(ctx, func(ctx context.Context, tx *store.Tx) error { return fn(ctx, tx) })
		},
	}
}

// newDirectory are the teams and roles of an open database.
func newDirectory(db *store.DB) *access.Directory {
	return &access.Directory{Read: db, InTx: func(ctx context.Context, fn func(ctx context.Context, tx access.DirectoryTx) error) error {
		return db.InTx(ctx, func(ctx context.Context, tx *store.Tx) error { return fn(ctx, tx) })
	}}
}

// newPeople are the people of an open database.
func newPeople(db *store.DB, settings config.Access) *access.People {
	return access.NewPeople(&access.People{
		Read:      db,
		Directory: newDirectory(db),
		Now:       db.Clock(),
		NewID:     uuid.NewString,
		Rules:     access.SessionRules{Idle: settings.SessionIdle, Lifetime: settings.SessionLifetime},
		InTx: func(ctx context.Context, fn func(ctx context.Context, tx access.PeopleTx) error) error {
			return db.InTx(ctx, func(ctx context.Context, tx *store.Tx) error { return fn(ctx, tx) })
		},
	})
}

// Keys are the tokens and the people of a database.
type Keys struct {
	Tokens *access.Tokens
	People *access.People
}

// OpenKeys opens the tokens and people of the database that the settings name,
// whether or not a broker serves from it. Close in the end.
func OpenKeys(ctx context.Context, settings config.Settings) (keys Keys, closing func() error, err error) {
	formats, err := versionFormats(settings.Versions)
	if err != nil {
		return Keys{}, nil, err
	}
	options := storeOptions(settings, formats)
	options.Exclusive = false
	db, err := store.Open(ctx, options)
	if err != nil {
		return Keys{}, nil, err
	}
	return Keys{Tokens: newTokens(db), People: newPeople(db, settings.Access)}, db.Close, nil
}

// openSignIn lets people sign in on the pages, where the settings ask for it.
func (a *App) openSignIn() error {
	a.people = newPeople(a.db, a.settings.Access)
	a.signingIn.Asked = a.gate() != nil
	if !a.settings.Access.Tokens {
		return nil
	}
	a.signingIn = web.SigningIn{People: a.people, BasicAuth: a.settings.Access.BasicAuth, Public: a.settings.Access.PublicRead, Asked: true}
	a.people.Grants = grantsOf(a.settings.Access.OpenID)
	if o := a.settings.Access.OpenID; o.Issuer != "" {
		a.signingIn.Provider = openid.New(openid.Settings{
			Issuer: o.Issuer, ClientID: o.ClientID, ClientSecret: o.ClientSecret, Name: o.Name, Scopes: o.Scopes, GroupsClaim: o.GroupsClaim, NameClaim: o.NameClaim,
		}, time.Now, a.people.Spend)
	}
	a.signingIn.Passwords = a.throttle.Guard(edge.Passwords{People: a.people})
	return nil
}

// grantsOf are what the settings give to those who sign in at the provider.
func grantsOf(o config.OpenID) func(ctx context.Context, p access.Person, groups []string) ([]access.Grant, error) {
	rules := access.GroupRules{Issuer: o.Issuer, Default: access.Role(o.DefaultRole)}
	for _, g := range o.Groups {
		rules.Groups = append(rules.Groups, access.GroupRole{Group: g.Group, Role: access.Role(g.Role), Team: g.Team})
	}
	return rules.Grants
}

// warnOfUnknownRoles says which roles and teams the settings give although nobody
// has made them: they allow nothing until somebody does.
func (a *App) warnOfUnknownRoles(ctx context.Context) error {
	o := a.settings.Access.OpenID
	type given struct {
		from  string
		grant access.Grant
	}
	all := []given{{"PACT_BROKER_OIDC_DEFAULT_ROLE", access.Grant{Role: access.Role(o.DefaultRole), Scope: access.Everything}}}
	for _, g := range o.Groups {
		scope := access.Everything
		if g.Team != "" {
			scope = access.Scope{Teams: []string{g.Team}}
		}
		all = append(all, given{"PACT_BROKER_OIDC_GROUP_ROLES", access.Grant{Role: access.Role(g.Role), Scope: scope}})
	}
	for _, r := range a.trust.Settings {
		all = append(all, given{"PACT_BROKER_TRUST_RULES", access.Grant{Role: r.Role, Scope: r.Scope}})
	}
	for _, g := range all {
		wrong, err := a.tokens.Directory.Check(ctx, g.grant.Role, g.grant.Scope)
		if err != nil {
			return err
		}
		for _, field := range wrong {
			remedy := "Correct the setting, or make the " + field.Name + "."
			switch field.Name {
			case "role":
				remedy = "Correct the setting, or make the role: PUT /api/v1/roles/" + string(g.grant.Role)
			case "applications":
				remedy = "Name applications as they are called now; a role that administers is for all of them."
			}
			a.logger.Warn("the settings give what there is not, and what is not there allows nothing: "+field.Name+" "+field.Message,
				"setting", g.from, "role", string(g.grant.Role), "scope", g.grant.Scope.Words(), "remedy", remedy)
		}
	}
	return nil
}

// createFirst makes the first administrator, where people can sign in and there
// is nobody yet, and tells the password once.
func (a *App) createFirst(ctx context.Context, out io.Writer) error {
	if !a.settings.Access.Tokens {
		return nil
	}
	ctx = audit.WithOrigin(ctx, audit.Origin{Through: "broker", Action: "createUser", Target: "first start", Writes: true})
	name, password, err := a.people.CreateFirst(ctx)
	if err == nil && password != "" {
		fmt.Fprintf(out, "Sign in as %s with the password %s (it is told this once; change it on the page of your account)\n", name, password)
	}
	return err
}

// usesStored is how often the times at which tokens and sessions were used are
// written down.
const usesStored = time.Minute

// storeUses writes down when tokens and sessions were used, now and then until ctx ends
// and once more then. Wait returns when that is done.
func (a *App) storeUses(ctx context.Context) (wait func()) {
	return everyNow(ctx, usesStored, func(ctx context.Context) {
		if err := errors.Join(a.tokens.StoreUses(ctx), a.people.StoreUses(ctx)); err != nil {
			a.logger.Warn("when tokens and sessions were used could not be written down", "error", err)
		}
	})
}
