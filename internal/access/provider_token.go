package access

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/base64"
)

// encryptToken encrypts a provider's token with a key that is made of the secret of the
// session. The broker keeps the hash of that alone, so that whoever reads the database
// cannot read the token. "" stays "".
func encryptToken(secret, token string) string {
	if token == "" {
		return ""
	}
	return base64.StdEncoding.EncodeToString(tokenCipher(secret).Seal(nil, nil, []byte(token), nil))
}

// decryptToken returns the token that encryptToken was given with the same secret, "" for
// anything else.
func decryptToken(secret, encrypted string) string {
	bytes, err := base64.StdEncoding.DecodeString(encrypted)
	if err != nil || encrypted == "" {
		return ""
	}
	token, err := tokenCipher(secret).Open(nil, nil, bytes, nil)
	if err != nil {
		return ""
	}
	return string(token)
}

// tokenCipher puts a random nonce before what it encrypts.
func tokenCipher(secret string) cipher.AEAD {
	key, err := hkdf.Key(sha256.New, []byte(secret), nil, "provider token", sha256.Size)
	if err != nil {
		panic(err) // only a longer key than there can be fails
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		panic(err) // the key has a length that AES takes
	}
	sealing, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		panic(err) // AES has blocks of the size that GCM takes
	}
	return sealing
}
