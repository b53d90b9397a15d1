package access

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// cheap lets the tests hash in no time.
var cheap = cost{memory: 64, time: 1, threads: 1}

func TestPasswords_matchTheirOwnHashOnly(t *testing.T) {
	p := newPasswords(cheap)
	stored, err := p.hash(t.Context(), "correct horse battery")
	require.NoError(t, err)
	require.Regexp(t, `^\$argon2id\$v=19\$m=64,t=1,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$`, stored)
	again, err := p.hash(t.Context(), "correct horse battery")
	require.NoError(t, err)
	require.NotEqual(t, stored, again, "each hash has a salt of its own")
	for password, want := range map[string]bool{"correct horse battery": true, "correct horse batterz": false, "": false} {
		right, err := newPasswords(usualCost).matches(t.Context(), password, stored)
		require.NoError(t, err, "a hash tells what it has cost")
		require.Equal(t, want, right, password)
	}
	right, err := p.matches(t.Context(), "", "")
	require.NoError(t, err)
	require.False(t, right, "who has no password cannot sign in with one")
}

func TestPasswords_refuseWhatIsNoHash(t *testing.T) {
	p := newPasswords(cheap)
	for _, stored := range []string{"plain", "$2b$10$abc", "$argon2id$v=18$m=64,t=1,p=1$AAAA$AAAA", "$argon2id$v=19$m=64,t=0,p=1$AAAA$AAAA", "$argon2id$v=19$m=64,t=1,p=1$A!$AAAA", "$argon2id$v=19$m=64,t=1,p=1$AAAA$AAAA"} {
		_, err := p.matches(t.Context(), "x", stored)
		require.Error(t, err, stored)
	}
}

func TestPasswords_waitForTheirTurn(t *testing.T) {
	p := newPasswords(cheap)
	for range atATime {
		p.turn <- struct{}{}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := p.hash(ctx, "x")
	require.ErrorIs(t, err, context.Canceled)
}

func TestNewPassword_canBeTypedAndIsLongEnough(t *testing.T) {
	seen := map[string]bool{}
	for range 100 {
		made := newPassword()
		require.Regexp(t, `^[a-z2-7]{6}(-[a-z2-7]{6}){3}$`, made)
		require.Empty(t, checkPassword(made))
		require.False(t, seen[made])
		seen[made] = true
	}
	for _, short := range []string{"", "eleven-char", "             "} {
		require.NotEmpty(t, checkPassword(short), short)
	}
	require.Empty(t, checkPassword("zwölf Zeichen"))
}

func TestPersonName_isALineThatNamesNobodyElse(t *testing.T) {
	for name, want := range map[string]bool{"jo": true, "jo@example.org": true, "Ünal": true, "": false, "token build": false, "a:b": false, "a\nb": false, "a\x00": false, "\u200b": false, "j\u3164o": false, "j\u2800o": false, "jo\ufe0f": false} {
		require.Equal(t, want, isPersonName(name), "%q", name)
	}
	for given, want := range map[string]string{"Jo Doe": "Jo_Doe", "a:b": "a_b", "": "somebody", "\x00": "somebody", "\xff": "somebody", "token build": "token_build", "J\u202eo\u3164 D": "Jo_D", "\u200b": "somebody"} {
		require.Equal(t, want, personName(Identity{Name: given}), "%q", given)
	}
}

// anybody takes whoever is added.
type anybody struct{ PeopleTx }

func (anybody) KeepNames(context.Context) error { return nil }
func (anybody) Now() time.Time                  { return time.Time{} }
func (anybody) AddPerson(_ context.Context, _ Person, password string) (bool, error) {
	return password != "", nil
}

func TestCreate_waitsForNoTurnWithAHashedPassword(t *testing.T) {
	s := &People{passwords: newPasswords(cheap), NewID: func() string { return "jo" }, InTx: func(ctx context.Context, fn func(context.Context, PeopleTx) error) error { return fn(ctx, anybody{}) }}
	hashed, err := s.HashPassword(t.Context(), "")
	require.NoError(t, err)
	for range atATime {
		s.passwords.turn <- struct{}{}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel() // nobody gets a turn any more
	_, _, err = s.Create(ctx, WantedPerson{Name: "jo"})
	require.ErrorIs(t, err, context.Canceled)
	p, text, err := s.Create(ctx, WantedPerson{Name: "jo", Hashed: &hashed})
	require.NoError(t, err)
	require.True(t, p.Given)
	require.Equal(t, hashed.Text, text)
}
