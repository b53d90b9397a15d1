package access

import (
	"cmp"
	"crypto/rand"
	"crypto/sha256"
	"hash/crc32"
	"math/big"
	"strings"

	"github.com/accord-broker/accord/internal/support/characters"
)

// A token's secret reads accord_ + 43 characters + 6 characters: 256 random bits
// and a checksum, so that a scanner for leaked secrets recognises it and a
// mistyped one is refused without a look into the database.
const (
	prefix         = "accord_"
	randomLength   = 43
	checksumLength = 6
	stars          = "*****"
	alphabet       = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
)

// NewSecret makes the secret of a new token.
func NewSecret() string {
	var bits [32]byte
	rand.Read(bits[:]) // it never fails: crypto/rand ends the program instead
	random := base62(new(big.Int).SetBytes(bits[:]), randomLength)
	return prefix + random + checksum(random)
}

// IsSecret reports whether the text has the form of a token's secret and its
// checksum is right.
func IsSecret(text string) bool {
	rest, is := strings.CutPrefix(text, prefix)
	if !is || len(rest) != randomLength+checksumLength {
		return false
	}
	return checksum(rest[:randomLength]) == rest[randomLength:]
}

// LooksLikeSecret reports whether the text begins as a token's secret does, even
// if it is mistyped.
func LooksLikeSecret(text string) bool { return strings.HasPrefix(text, prefix) }

// Starred is the text with stars in each token's secret in it, which is left as far as
// lists show it, so that its owner can be warned.
func Starred(text string) string {
	var starred strings.Builder
	for {
		at := strings.Index(text, prefix)
		if at < 0 {
			break
		}
		end := min(at+len(prefix)+randomLength+checksumLength, len(text))
		if secret := text[at:end]; IsSecret(secret) {
			starred.WriteString(text[:at] + Shown(secret) + stars)
			text = text[end:]
			continue
		}
		starred.WriteString(text[:at+len(prefix)])
		text = text[at+len(prefix):]
	}
	return starred.String() + text
}

// CheckName says what keeps something new from getting a name, or "": a character that
// keeps people from telling names apart, or a token, which would stand in answers, events
// and addresses from then on.
func CheckName(name string) string { return cmp.Or(characters.CheckName(name), tokenIn(name)) }

// CheckText is CheckName for a text that people read and nothing is found by.
func CheckText(text string) string { return cmp.Or(characters.CheckText(text), tokenIn(text)) }

func tokenIn(text string) string {
	if Starred(text) == text {
		return ""
	}
	return "cannot contain a token of this broker, which everybody could read there; revoke the token"
}

// Hash is the form in which a secret is stored. It is random enough that no salt
// and no slow hash is needed.
func Hash(secret string) []byte {
	sum := sha256.Sum256([]byte(secret))
	return sum[:]
}

// Shown is the beginning of a secret by which people know it in lists.
func Shown(secret string) string { return secret[:len(prefix)+4] }

func checksum(random string) string {
	return base62(big.NewInt(int64(crc32.ChecksumIEEE([]byte(random)))), checksumLength)
}

// base62 writes a number with a fixed number of digits.
func base62(n *big.Int, length int) string {
	digits := make([]byte, length)
	base, digit := big.NewInt(int64(len(alphabet))), new(big.Int)
	for i := length - 1; i >= 0; i-- {
		n.DivMod(n, base, digit)
		digits[i] = alphabet[digit.Int64()]
	}
	return string(digits)
}
