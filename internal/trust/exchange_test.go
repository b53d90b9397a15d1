package trust_test

import (
	"context"
	"fmt"
	"net/http"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/access"
	"github.com/accord-broker/accord/internal/store"
	"github.com/accord-broker/accord/internal/support/fault"
	"github.com/accord-broker/accord/internal/testing/testissuer"
	"github.com/accord-broker/accord/internal/testing/testpostgres"
	"github.com/accord-broker/accord/internal/trust"
)

const audience = "https://broker.test"

// exchange is a database at which tokens of an issuer are exchanged.
type exchange struct {
	*trust.Service
	t      *testing.T
	tokens *access.Tokens
	issuer *testissuer.Issuer
}

var ids atomic.Int64

// each runs the test on both databases.
func each(t *testing.T, test func(t *testing.T, x *exchange)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		test(t, opened(t, "sqlite:///"+filepath.Join(t.TempDir(), "accord.db")))
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		test(t, opened(t, testpostgres.Database(t)))
	})
}

func opened(t *testing.T, address string) *exchange {
	t.Helper()
	db, err := store.Open(context.Background(), store.Options{URL: address, Fast: true})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	newID := func() string { return fmt.Sprintf("%08d-id", ids.Add(1)) }
	local := func(string) bool { return true }
	return &exchange{
		t: t, issuer: testissuer.New(t), tokens: &access.Tokens{Read: db, Now: time.Now},
		Service: &trust.Service{
			Read: db, Now: time.Now, NewID: newID, Keys: &trust.Keys{Client: http.DefaultClient, Private: local, Now: time.Now},
			InTx: func(ctx context.Context, fn func(context.Context, trust.Tx) error) error {
				return db.InTx(ctx, func(ctx context.Context, tx *store.Tx) error { return fn(ctx, tx) })
			},
		},
	}
}

// rule trusts the jobs of a repository.
func (x *exchange) rule(repository string) trust.Rule {
	x.t.Helper()
	made, err := x.Create(context.Background(), trust.Rule{
		Name: repository, Issuer: x.issuer.URL, Audience: audience, Role: access.Developer, Scope: access.Scope{Applications: []string{"web"}},
		Claims: []trust.Claim{{Name: "repository", Patterns: []string{repository}}},
	})
	require.NoError(x.t, err)
	return made
}

func (x *exchange) accepted(secret string) bool {
	x.t.Helper()
	_, found, err := x.tokens.Authenticate(context.Background(), secret)
	require.NoError(x.t, err)
	return found
}

func TestExchange_givesATokenForAWhile(t *testing.T) {
	each(t, func(t *testing.T, x *exchange) {
		rule := x.rule("octo/web")
		token, secret, err := x.Exchange(context.Background(), x.issuer.Sign(x.issuer.Claims(audience, "octo/web")))
		require.NoError(t, err)
		require.True(t, x.accepted(secret))
		require.Equal(t, []any{access.Developer, rule.Scope.Applications, x.issuer.URL}, []any{token.Role, token.Scope.Applications, token.Owner})
		require.Equal(t, trust.Lifetime, token.ExpiresAt.Sub(token.CreatedAt))
		require.Equal(t, "ci octo/web: repo:octo/web:ref:refs/heads/main", token.Name)

		claims := x.issuer.Claims(audience, "octo/web")
		claims["sub"] = "a\nb\u202ec" + string(make([]rune, 300))
		token, _, err = x.Exchange(context.Background(), x.issuer.Sign(claims))
		require.NoError(t, err)
		require.NotContains(t, token.Name, "\n")
		require.NotContains(t, token.Name, "\u202e")
		require.LessOrEqual(t, len([]rune(token.Name)), 200)
	})
}

func TestExchange_refusesWithoutTellingWhatThereIs(t *testing.T) {
	each(t, func(t *testing.T, x *exchange) {
		x.rule("octo/web")
		for name, token := range map[string]string{
			"another repository": x.issuer.Sign(x.issuer.Claims(audience, "octo/evil")), "another audience": x.issuer.Sign(x.issuer.Claims("other", "octo/web")), "no token": "x", "nothing": "",
		} {
			_, secret, err := x.Exchange(context.Background(), token)
			require.Empty(t, secret, name)
			var refused trust.Refusal
			require.ErrorAs(t, err, &refused, name)
			require.NotContains(t, refused.Reason, "octo", name)
		}
	})
}

// A rule that was kept when less was asked of rules trusts nobody.
func TestExchange_ignoresKeptRulesThatSayTooLittle(t *testing.T) {
	each(t, func(t *testing.T, x *exchange) {
		ctx := context.Background()
		require.NoError(t, x.InTx(ctx, func(ctx context.Context, tx trust.Tx) error {
			return tx.AddTrustRule(ctx, trust.Rule{
				ID: "old", Name: "everybody", Issuer: x.issuer.URL, Audience: audience, Role: access.Developer, Scope: access.Everything,
				Claims: []trust.Claim{{Name: "repository", Patterns: []string{"**"}}},
			})
		}))
		token := x.issuer.Sign(x.issuer.Claims(audience, "octo/web"))
		_, secret, err := x.Exchange(ctx, token)
		require.ErrorAs(t, err, new(trust.Refusal))
		require.Empty(t, secret)
		require.Zero(t, x.issuer.Asked(), "and its issuer is not asked for keys")
		trial, err := x.Try(ctx, token)
		require.NoError(t, err)
		require.Nil(t, trial.Met)
		require.Contains(t, trial.Rules[0].Reasons[0], "the rule is ignored: claims must say")

		x.rule("octo/web")
		given, _, err := x.Exchange(ctx, token)
		require.NoError(t, err)
		require.Equal(t, []string{"web"}, given.Scope.Applications, "under the rule that counts, though the other comes first")
		rules, err := x.Rules(ctx)
		require.NoError(t, err)
		require.Equal(t, []bool{true, false}, []bool{len(rules[0].Ignored) > 0, len(rules[1].Ignored) > 0})
		_, err = x.Update(ctx, trust.Rule{
			ID: "old", Name: "mended", Issuer: x.issuer.URL, Audience: audience, Role: access.Developer, Scope: access.Everything,
			Claims: []trust.Claim{{Name: "repository", Patterns: []string{"octo/*"}}},
		})
		require.NoError(t, err)
		given, _, err = x.Exchange(ctx, token)
		require.NoError(t, err)
		require.True(t, given.Scope.All)
	})
}

func TestExchange_countsHowOftenATokenWasShown(t *testing.T) {
	each(t, func(t *testing.T, x *exchange) {
		x.rule("octo/web")
		withID := x.issuer.Claims(audience, "octo/web")
		withID["jti"] = "job 1"
		var given, refused atomic.Int64
		var together sync.WaitGroup
		for range 4 {
			together.Go(func() {
				for range 15 {
					switch _, _, err := x.Exchange(context.Background(), x.issuer.Sign(withID)); {
					case err == nil:
						given.Add(1)
					case fmt.Sprintf("%T", err) == "trust.Refusal":
						refused.Add(1)
					default:
						t.Error(err)
					}
				}
			})
		}
		together.Wait()
		require.Equal(t, []int64{50, 10}, []int64{given.Load(), refused.Load()}, "fifty times, however many ask at once")
		withID["jti"] = "job 2"
		_, _, err := x.Exchange(context.Background(), x.issuer.Sign(withID))
		require.NoError(t, err, "another job")
	})
}

func TestRules_endTheTokensThatWereGivenUnderThem(t *testing.T) {
	each(t, func(t *testing.T, x *exchange) {
		ctx := context.Background()
		first, second := x.rule("octo/web"), x.rule("octo/api")
		exchanged := func(repository string) string {
			t.Helper()
			_, secret, err := x.Exchange(ctx, x.issuer.Sign(x.issuer.Claims(audience, repository)))
			require.NoError(t, err)
			return secret
		}
		web, api := exchanged("octo/web"), exchanged("octo/api")
		first.Role = access.Viewer
		changed, err := x.Update(ctx, first)
		require.NoError(t, err)
		require.Equal(t, first.CreatedAt, changed.CreatedAt)
		require.False(t, x.accepted(web))
		require.True(t, x.accepted(api), "under another rule")
		require.NoError(t, x.Remove(ctx, second.ID))
		require.False(t, x.accepted(api))
		for _, err := range []error{x.Remove(ctx, second.ID), x.Remove(ctx, "nobody")} {
			require.Equal(t, fault.NotFound, fault.KindOf(err))
		}
		second.ID = "nobody"
		_, err = x.Update(ctx, second)
		require.Equal(t, fault.NotFound, fault.KindOf(err))
		require.Equal(t, fault.Conflict, fault.KindOf(x.Remove(ctx, "settings-1")), "what stands in the settings is changed there")
		first.Claims = nil
		_, err = x.Update(ctx, first)
		require.Equal(t, fault.Invalid, fault.KindOf(err))
		rules, err := x.Rules(ctx)
		require.NoError(t, err)
		require.Len(t, rules, 1)
		require.Equal(t, access.Viewer, rules[0].Role)
	})
}

func TestRemove_leavesNoTokenThatWasGivenMeanwhile(t *testing.T) {
	each(t, func(t *testing.T, x *exchange) {
		for round := range 8 {
			repository := fmt.Sprint("octo/", round)
			rule := x.rule(repository)
			token := x.issuer.Sign(x.issuer.Claims(audience, repository))
			secrets := make([]string, 6)
			var together sync.WaitGroup
			for i := range secrets {
				together.Go(func() {
					var err error
					if _, secrets[i], err = x.Exchange(context.Background(), token); err != nil {
						secrets[i] = ""
					}
				})
			}
			together.Go(func() {
				if err := x.Remove(context.Background(), rule.ID); err != nil {
					t.Error(err)
				}
			})
			together.Wait()
			for _, secret := range secrets {
				require.False(t, x.accepted(secret), "a token outlived the rule under which it was given")
			}
		}
	})
}

func TestExchange_goesOnWhenWhoAskedFirstHasLeft(t *testing.T) {
	x := opened(t, "sqlite:///"+filepath.Join(t.TempDir(), "accord.db"))
	x.rule("octo/web")
	gone, cancel := context.WithCancel(context.Background())
	cancel()
	token := x.issuer.Sign(x.issuer.Claims(audience, "octo/web"))
	_, _, err := x.Exchange(gone, token)
	require.Error(t, err)
	_, _, err = x.Exchange(context.Background(), token)
	require.NoError(t, err, "the keys are not taken for unreadable because somebody hung up")
}
