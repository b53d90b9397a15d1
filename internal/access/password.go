package access

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"strings"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"

	"github.com/accord-broker/accord/internal/support/fault"
)

// cost is what checking a password costs: argon2id with the memory, time and
// threads that OWASP names for services that check many.
type cost struct {
	memory  uint32 // in KiB
	time    uint32
	threads uint8
}

var usualCost = cost{memory: 19 << 10, time: 2, threads: 1}

const (
	saltLength = 16
	keyLength  = 32
	// atATime is how many passwords are hashed at a time, which bounds the memory.
	atATime = 2
)

// The lengths that a password may have, in characters.
const (
	shortestPassword = 12
	longestPassword  = 200
)

// passwords hashes and checks passwords, a few at a time.
type passwords struct {
	cost cost
	turn chan struct{}
	// nobodys is a hash that is checked where there is none, so that an unknown name
	// takes as long as a wrong password.
	nobodys string
}

func newPasswords(c cost) passwords {
	p := passwords{cost: c, turn: make(chan struct{}, atATime)}
	p.nobodys = p.encode(make([]byte, saltLength), make([]byte, keyLength))
	return p
}

// checkPassword returns a message that says what is wrong with a new password, or "".
func checkPassword(text string) string {
	if n := utf8.RuneCountInString(text); n < shortestPassword || n > longestPassword || strings.TrimSpace(text) == "" {
		return fmt.Sprintf("must have %d to %d characters", shortestPassword, longestPassword)
	}
	return ""
}

// newPassword makes up a password: 120 random bits in groups that can be typed.
func newPassword() string {
	text := strings.ToLower(rand.Text()[:24])
	return strings.Join([]string{text[:6], text[6:12], text[12:18], text[18:]}, "-")
}

// hash returns the text to store for a password.
func (p passwords) hash(ctx context.Context, password string) (string, error) {
	salt := make([]byte, saltLength)
	rand.Read(salt) // it never fails: crypto/rand ends the program instead
	key, err := p.key(ctx, p.cost, password, salt)
	return p.encode(salt, key), err
}

// key takes its turn at hashing.
func (p passwords) key(ctx context.Context, c cost, password string, salt []byte) ([]byte, error) {
	select {
	case p.turn <- struct{}{}:
		defer func() { <-p.turn }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	return argon2.IDKey([]byte(password), salt, c.time, c.memory, c.threads, keyLength), nil
}

// encode writes a hash in the form that other programs use as well.
func (p passwords) encode(salt, key []byte) string {
	raw := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, p.cost.memory, p.cost.time, p.cost.threads, raw.EncodeToString(salt), raw.EncodeToString(key))
}

// matches reports whether the password is the one that was stored. Stored may be
// "", which none matches.
func (p passwords) matches(ctx context.Context, password, stored string) (bool, error) {
	known := stored != ""
	if !known {
		stored = p.nobodys
	}
	c, salt, want, err := decode(stored)
	if err != nil {
		return false, err
	}
	key, err := p.key(ctx, c, password, salt)
	return known && err == nil && subtle.ConstantTimeCompare(key, want) == 1, err
}

// decode reads what encode has written, at any cost.
func decode(stored string) (c cost, salt, key []byte, err error) {
	parts := strings.Split(stored, "$")
	unreadable := fault.New(fault.Internal, "The stored password cannot be read; set a new one with broker user password.")
	if len(parts) != 6 || parts[1] != "argon2id" || parts[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return c, nil, nil, unreadable
	}
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &c.memory, &c.time, &c.threads); err != nil || c.time == 0 || c.threads == 0 {
		return c, nil, nil, unreadable
	}
	if salt, err = base64.RawStdEncoding.DecodeString(parts[4]); err != nil {
		return c, nil, nil, unreadable
	}
	if key, err = base64.RawStdEncoding.DecodeString(parts[5]); err != nil || len(key) != keyLength {
		return c, nil, nil, unreadable
	}
	return c, salt, key, nil
}
