package trust

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"github.com/accord-broker/accord/internal/access"
	"github.com/accord-broker/accord/internal/audit"
	"github.com/accord-broker/accord/internal/support/characters"
	"github.com/accord-broker/accord/internal/support/fault"
)

const (
	// Lifetime is how long a token is accepted that was given in exchange.
	Lifetime = 15 * time.Minute
	// leeway is how far clocks may differ.
	leeway = time.Minute
	// maxToken is how long a token may be that is exchanged.
	maxToken = 16 << 10
	// maxExchanges is how often one token may be exchanged until it expires: a job
	// asks several times, somebody who stole it should not for ever.
	maxExchanges = 50
)

// algorithms are those with a public and a private key. None and those with a
// shared secret, for which a public key could be taken, are not among them.
var algorithms = []jose.SignatureAlgorithm{
	jose.RS256, jose.RS384, jose.RS512, jose.PS256, jose.PS384, jose.PS512, jose.ES256, jose.ES384, jose.ES512, jose.EdDSA,
}

// Reader finds rules.
type Reader interface {
	// TrustRules returns all rules, in the order of their making.
	TrustRules(ctx context.Context) ([]Rule, error)
}

// Tx is what changing rules and exchanging tokens needs inside one transaction.
type Tx interface {
	Reader
	access.GrantTx
	Now() time.Time
	// LockTrustRule returns a rule, if it is there, and keeps others from changing it,
	// and from giving tokens under it, until the transaction ends.
	LockTrustRule(ctx context.Context, id string) (Rule, bool, error)
	AddTrustRule(ctx context.Context, r Rule) error
	UpdateTrustRule(ctx context.Context, r Rule) error
	// RemoveTrustRule deletes a rule and ends the tokens that were given under it.
	RemoveTrustRule(ctx context.Context, id string) error
	// EndExchanged ends the tokens that were given under a rule.
	EndExchanged(ctx context.Context, rule string) error
	// AddExchangedToken stores a token, with the rule under which and the digest of
	// what it was given for. It returns how many have been given for that before.
	AddExchangedToken(ctx context.Context, t access.Token, hash []byte, rule string, proof []byte, proofEnds time.Time) (before int, err error)
}

// Service keeps the rules and exchanges tokens.
type Service struct {
	Read Reader
	InTx func(ctx context.Context, fn func(ctx context.Context, tx Tx) error) error
	Keys *Keys
	Now  func() time.Time
	// NewID makes the ID of a rule or a token.
	NewID func() string
	// Settings are the rules of the settings. They come first.
	Settings []Rule
}

// Rules returns all rules in the order in which they are tried, those that are ignored
// too.
func (s *Service) Rules(ctx context.Context) ([]Rule, error) {
	kept, err := s.Read.TrustRules(ctx)
	for i, r := range kept {
		kept[i].Ignored = s.ignored(r)
	}
	return slices.Concat(s.Settings, kept), err
}

// SettingsGive reports whether a rule of the settings is for the applications with a
// label.
func (s *Service) SettingsGive(label string) bool {
	return slices.ContainsFunc(s.Settings, func(r Rule) bool { return slices.Contains(r.Scope.Labels, label) })
}

// ignored says why a kept rule does not count.
func (s *Service) ignored(r Rule) (reasons []string) {
	for _, wrong := range r.check(s.Keys.Private) {
		reasons = append(reasons, wrong.Name+" "+wrong.Message)
	}
	return reasons
}

// Check returns an Invalid fault with everything that is wrong with a rule,
// whatever roles and teams there are.
func (s *Service) Check(r Rule) error {
	if wrong := r.check(s.Keys.Private); len(wrong) > 0 {
		return fault.InvalidFields(wrong...)
	}
	return nil
}

// maxRules is how many rules there may be: each exchange looks at all.
const maxRules = 1000

// Create keeps a new rule.
func (s *Service) Create(ctx context.Context, r Rule) (Rule, error) {
	if err := s.Check(r); err != nil {
		return r, err
	}
	r.ID = s.NewID()
	err := s.InTx(ctx, func(ctx context.Context, tx Tx) error {
		if err := access.RequireGrantable(ctx, tx, r.Role, r.Scope); err != nil {
			return err
		}
		kept, err := tx.TrustRules(ctx)
		if err == nil && len(kept) >= maxRules {
			err = fault.New(fault.Conflict, "There are %d rules already, which is the most there may be.", maxRules)
		}
		if err != nil {
			return err
		}
		r.CreatedAt = tx.Now()
		noteRule(ctx, Rule{}, r)
		return tx.AddTrustRule(ctx, r)
	})
	return r, err
}

// Update replaces a rule, and ends the tokens that were given under it.
func (s *Service) Update(ctx context.Context, r Rule) (Rule, error) {
	if err := s.Check(r); err != nil {
		return r, err
	}
	err := s.InTx(ctx, func(ctx context.Context, tx Tx) error {
		if err := access.RequireGrantable(ctx, tx, r.Role, r.Scope); err != nil {
			return err
		}
		old, err := find(ctx, tx, r.ID)
		if err != nil {
			return err
		}
		r.CreatedAt = old.CreatedAt
		noteRule(ctx, old, r)
		if err := tx.UpdateTrustRule(ctx, r); err != nil {
			return err
		}
		return tx.EndExchanged(ctx, r.ID)
	})
	return r, err
}

// Remove deletes a rule, and ends the tokens that were given under it.
func (s *Service) Remove(ctx context.Context, id string) error {
	return s.InTx(ctx, func(ctx context.Context, tx Tx) error {
		old, err := find(ctx, tx, id)
		if err != nil {
			return err
		}
		noteRule(ctx, old, Rule{})
		return tx.RemoveTrustRule(ctx, id)
	})
}

func find(ctx context.Context, tx Tx, id string) (Rule, error) {
	if strings.HasPrefix(id, fromSettings) {
		return Rule{}, fault.New(fault.Conflict, "This rule stands in the file that PACT_BROKER_TRUST_RULES names; change it there.")
	}
	r, there, err := tx.LockTrustRule(ctx, id)
	if err == nil && !there {
		err = fault.Missing("There is no trust rule %s.", id)
	}
	return r, err
}

func noteRule(ctx context.Context, before, after Rule) {
	audit.About(ctx, slices.Concat(before.Scope.Applications, after.Scope.Applications)...)
	shown := func(r Rule, text string) any {
		if r.ID == "" {
			return nil
		}
		return text
	}
	for _, part := range []struct {
		what string
		of   func(Rule) string
	}{
		{"trust rule", func(r Rule) string { return r.Name }}, {"issuer", func(r Rule) string { return r.Issuer }}, {"audience", func(r Rule) string { return r.Audience }},
		{"claims", func(r Rule) string { return fmt.Sprint(r.Claims) }}, {"role", func(r Rule) string { return string(r.Role) }}, {"scope", func(r Rule) string { return r.Scope.Words() }},
	} {
		audit.Changed(ctx, part.what, shown(before, part.of(before)), shown(after, part.of(after)))
	}
}

// Tried says of a rule whether a token meets it, and if not, why.
type Tried struct {
	Rule    Rule
	Reasons []string
}

// Trial is what would become of a token.
type Trial struct {
	Issuer, Subject string
	// Refused says why the token itself is not accepted, "" if it is.
	Refused string
	Rules   []Tried
	// Met is the rule under which it would be exchanged, nil if none.
	Met *Rule
}

// Try tells which rules a token meets, without exchanging it.
func (s *Service) Try(ctx context.Context, token string) (Trial, error) {
	rules, err := s.Rules(ctx)
	if err != nil {
		return Trial{}, err
	}
	shown, err := parse(token)
	if err != nil {
		return Trial{Refused: err.Error()}, nil //nolint:nilerr // that it cannot be read is the answer
	}
	trial := Trial{Issuer: shown.text("iss"), Subject: shown.text("sub")}
	if err := s.verify(ctx, rules, shown); err != nil {
		trial.Refused = err.Error()
	}
	for i, r := range rules {
		reasons := r.Unmet(shown.claims)
		for _, why := range r.Ignored {
			reasons = append(reasons, "the rule is ignored: "+why)
		}
		trial.Rules = append(trial.Rules, Tried{r, reasons})
		if len(reasons) == 0 && trial.Met == nil && trial.Refused == "" {
			trial.Met = &rules[i]
		}
	}
	return trial, nil
}

// Refusal is the error of a token that is not exchanged.
type Refusal struct{ Reason string }

// Error says why.
func (r Refusal) Error() string { return r.Reason }

// Exchange returns a token of the broker for a token of an issuer, with its secret.
// It returns a Refusal if no rule trusts it.
func (s *Service) Exchange(ctx context.Context, token string) (t access.Token, secret string, err error) {
	trial, err := s.Try(ctx, token)
	switch {
	case err != nil:
		return t, "", err
	case trial.Refused != "":
		// Why an issuer cannot be reached is for administrators, who may try a token.
		reason, _, _ := strings.Cut(trial.Refused, ": ")
		return t, "", Refusal{"The token is not accepted: " + reason + "."}
	case trial.Met == nil:
		return t, "", errNoRule
	}
	shown, err := parse(token)
	if err != nil {
		return t, "", err
	}
	secret = access.NewSecret()
	err = s.InTx(ctx, func(ctx context.Context, tx Tx) error {
		if err := tx.KeepNames(ctx); err != nil {
			return err
		}
		met, err := s.stillMet(ctx, tx, *trial.Met, shown)
		if err != nil {
			return err
		}
		t = access.Token{
			ID: s.NewID(), Family: familyOf(met, shown), Name: tokenName(met, trial.Subject), Owner: trial.Issuer, Prefix: access.Shown(secret), Role: met.Role, Scope: met.Scope,
			CreatedAt: tx.Now(), ExpiresAt: tx.Now().Add(Lifetime),
		}
		t.Family = cmp.Or(t.Family, t.ID)
		audit.About(ctx, t.Scope.Applications...)
		audit.Changed(ctx, "token "+t.Name, nil, t.ID)
		audit.Changed(ctx, "under the trust rule", nil, met.Name)
		before, err := tx.AddExchangedToken(ctx, t, access.Hash(secret), met.ID, shown.proof(), shown.ends().Add(leeway))
		if err == nil && before >= maxExchanges {
			err = Refusal{fmt.Sprintf("The token was exchanged %d times already. Ask the CI provider for a new one.", maxExchanges)}
		}
		return err
	})
	return t, secret, err
}

var errNoRule = Refusal{"No trust rule fits the token. Who administers the broker can ask which rule fails, and why."}

// stillMet returns the rule as it is now, if the token meets it still: whoever has
// changed or removed it since has ended the tokens that were given under it, but not
// this one.
func (s *Service) stillMet(ctx context.Context, tx Tx, met Rule, t shownToken) (Rule, error) {
	if met.IsFromSettings() {
		return met, nil
	}
	r, there, err := tx.LockTrustRule(ctx, met.ID)
	if err == nil && (!there || len(s.ignored(r)) > 0 || len(r.Unmet(t.claims)) > 0) {
		err = errNoRule
	}
	return r, err
}

// familyOf is what the tokens have in common that one subject of an issuer is given under
// a rule; "" for a token that names no subject.
func familyOf(r Rule, t shownToken) string {
	subject := t.text("sub")
	if subject == "" {
		return ""
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "%q %q %q", r.ID, t.text("iss"), subject))
	return "exchange " + hex.EncodeToString(sum[:])
}

// tokenName says in lists and events who got a token.
func tokenName(r Rule, subject string) string {
	name := []rune("ci " + r.Name + ": " + strings.Map(printable, subject))
	return string(name[:min(len(name), longest)])
}

func printable(r rune) rune {
	if r < ' ' || r == 0x7f || characters.IsInvisible(r) {
		return ' '
	}
	return r
}

// shownToken is a token that somebody shows.
type shownToken struct {
	signed *jwt.JSONWebToken
	// payload is what was signed, as it came.
	payload json.RawMessage
	claims  map[string]any
}

var errUnreadable = errors.New("it is no signed token (JWT) with one of the algorithms RS256 to RS512, PS256 to PS512, ES256 to ES512, EdDSA")

// parse reads a token without believing it.
func parse(token string) (shownToken, error) {
	token = strings.TrimSpace(token)
	if len(token) > maxToken {
		return shownToken{}, fmt.Errorf("it is longer than %d bytes", maxToken)
	}
	signed, err := jwt.ParseSigned(token, algorithms)
	if err != nil || len(signed.Headers) != 1 {
		return shownToken{}, errUnreadable
	}
	var raw json.RawMessage
	if err := signed.UnsafeClaimsWithoutVerification(&raw); err != nil {
		return shownToken{}, errUnreadable
	}
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	shown := shownToken{signed: signed, payload: raw}
	if err := decoder.Decode(&shown.claims); err != nil {
		return shownToken{}, errUnreadable
	}
	return shown, nil
}

// text is a claim that is one text.
func (t shownToken) text(claim string) string {
	text, _ := t.claims[claim].(string)
	return text
}

// moment is a claim that is a time; zero if it is missing or none.
func (t shownToken) moment(claim string) time.Time {
	number, _ := t.claims[claim].(json.Number)
	seconds, err := number.Float64()
	const farthest = 1 << 40
	if err != nil || seconds < 0 || seconds > farthest {
		return time.Time{}
	}
	return time.Unix(int64(seconds), 0)
}

// isNoMoment reports whether a claim is there and no time.
func (t shownToken) isNoMoment(claim string) bool {
	return t.claims[claim] != nil && t.moment(claim).IsZero()
}

func (t shownToken) ends() time.Time { return t.moment("exp") }

// proof tells tokens apart: by their id where they have one, and else by what was
// signed, since one token can be written in several ways.
func (t shownToken) proof() []byte {
	what := t.text("iss") + "\n" + string(t.payload)
	switch id := t.claims["jti"].(type) {
	case string:
		if id != "" {
			what = t.text("iss") + "\n" + id
		}
	case json.Number:
		what = t.text("iss") + "\n" + id.String()
	}
	sum := sha256.Sum256([]byte(what))
	return sum[:]
}

// verify returns why a token is not what its issuer signed, for now.
func (s *Service) verify(ctx context.Context, rules []Rule, t shownToken) error {
	issuer := t.text("iss")
	if !slices.ContainsFunc(rules, func(r Rule) bool { return r.Issuer == issuer && len(r.Ignored) == 0 }) {
		return fmt.Errorf("no trust rule names its issuer")
	}
	now := s.Now()
	switch begins, ends := t.moment("nbf"), t.ends(); {
	case ends.IsZero(), ends.Unix() == 0:
		return fmt.Errorf("it never expires (exp is missing, or no time)")
	case t.isNoMoment("nbf"), t.isNoMoment("iat"):
		return fmt.Errorf("from when on it is valid cannot be read (nbf or iat is no time)")
	case now.After(ends.Add(leeway)):
		return fmt.Errorf("it has expired")
	case !begins.IsZero() && now.Add(leeway).Before(begins), now.Add(leeway).Before(t.moment("iat")):
		return fmt.Errorf("it is not valid yet; compare the clocks")
	}
	header := t.signed.Headers[0]
	keys, err := s.Keys.find(ctx, issuer, header.KeyID, header.Algorithm)
	if err != nil {
		return err
	}
	for _, key := range keys {
		var ignored map[string]any
		if t.signed.Claims(key.Key, &ignored) == nil {
			return nil
		}
	}
	return fmt.Errorf("its signature is wrong")
}
