// Package secrets encrypts what the broker must keep but must never show, such as
// passwords and signing keys of webhooks. Keys are 32 random bytes in base64, one
// per line or separated by blanks: the first encrypts, all of them decrypt, so a
// key is changed by putting a new one in front.
package secrets

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/aead/aesgcm"
	"github.com/tink-crypto/tink-go/v2/insecuresecretdataaccess"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/secretdata"
	"github.com/tink-crypto/tink-go/v2/tink"
)

const keyBytes = 32

// ErrNoKey says that there is no key to encrypt or decrypt with.
var ErrNoKey = errors.New("no key for secrets: set PACT_BROKER_SECRETS_KEY or PACT_BROKER_SECRETS_KEY_FILE " +
	"to 32 random bytes in base64, for example from `openssl rand -base64 32`")

// Keyring encrypts and decrypts. The zero Keyring has no key: it refuses both
// with ErrNoKey.
type Keyring struct {
	aead tink.AEAD
	// prefix begins what the first key has encrypted.
	prefix []byte
	kept   *storedKeys
}

// IsCurrent reports whether the first key has encrypted it.
func (k Keyring) IsCurrent(encrypted []byte) bool {
	k = k.latest()
	return k.Usable() && bytes.HasPrefix(encrypted, k.prefix)
}

// Parse makes a keyring of keys in the form that the package comment describes.
func Parse(text string) (Keyring, error) {
	fields := strings.Fields(text)
	if len(fields) == 0 {
		return Keyring{}, ErrNoKey
	}
	manager := keyset.NewManager()
	var first uint32
	for i, field := range fields {
		id, err := addKey(manager, field)
		if err != nil {
			return Keyring{}, fmt.Errorf("secrets key no. %d: %w", i+1, err)
		}
		if i == 0 {
			first = id
			if err := manager.SetPrimary(id); err != nil {
				return Keyring{}, fmt.Errorf("secrets key no. 1: %w", err)
			}
		}
	}
	handle, err := manager.Handle()
	if err != nil {
		return Keyring{}, fmt.Errorf("make the keyset: %w", err)
	}
	primitive, err := aead.New(handle)
	if err != nil {
		return Keyring{}, fmt.Errorf("use the keyset: %w", err)
	}
	const tinkPrefix = 1
	return Keyring{aead: primitive, prefix: binary.BigEndian.AppendUint32([]byte{tinkPrefix}, first)}, nil
}

// addKey derives the key's id from the key itself, so that the order of the keys
// may change without making older secrets unreadable.
func addKey(manager *keyset.Manager, encoded string) (uint32, error) {
	raw, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil || len(raw) != keyBytes {
		return 0, fmt.Errorf("must be %d bytes in base64", keyBytes)
	}
	parameters, err := aesgcm.NewParameters(aesgcm.ParametersOpts{
		KeySizeInBytes: keyBytes, IVSizeInBytes: 12, TagSizeInBytes: 16, Variant: aesgcm.VariantTink,
	})
	if err != nil {
		return 0, err
	}
	digest := sha256.Sum256(raw)
	key, err := aesgcm.NewKey(secretdata.NewBytesFromData(raw, insecuresecretdataaccess.Token{}), binary.BigEndian.Uint32(digest[:4]), parameters)
	if err != nil {
		return 0, err
	}
	return manager.AddKey(key)
}

// OpenFile makes a keyring of the keys in a file.
func OpenFile(path string) (Keyring, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return Keyring{}, fmt.Errorf("read the secrets key: %w", err)
	}
	keyring, err := Parse(string(text))
	if err != nil {
		return Keyring{}, fmt.Errorf("%s: %w", path, err)
	}
	return keyring, nil
}

// OpenOrCreateFile is OpenFile that first writes a new key, readable by the owner
// alone, if there is no such file. Of several processes that do so at once all
// end up with the same key.
func OpenOrCreateFile(path string) (Keyring, error) {
	if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
		if err := createFile(path); err != nil {
			return Keyring{}, fmt.Errorf("write the secrets key: %w", err)
		}
	}
	return OpenFile(path)
}

// createFile writes the key under another name and links it into place, so that
// nobody reads half a key and the first writer wins.
func createFile(path string) error {
	file, err := os.CreateTemp(filepath.Dir(path), ".secrets-key-*")
	if err != nil {
		return err
	}
	defer os.Remove(file.Name())
	_, err = file.WriteString(NewKey() + "\n")
	if err := errors.Join(err, file.Sync(), file.Close()); err != nil {
		return err
	}
	if err := os.Link(file.Name(), path); !errors.Is(err, os.ErrExist) {
		return err
	}
	return nil
}

// NewKey returns a new random key in the form that Parse reads.
func NewKey() string {
	raw := make([]byte, keyBytes)
	_, _ = rand.Read(raw) // never fails: crypto/rand stops the program instead
	return base64.StdEncoding.EncodeToString(raw)
}

// Usable reports whether the keyring has a key.
func (k Keyring) Usable() bool { return k.latest().aead != nil }

// Encrypt returns the secret encrypted and bound to its owner: the same owner
// must be given to Decrypt, so that a secret cannot be moved to another row.
func (k Keyring) Encrypt(secret []byte, owner string) ([]byte, error) {
	if !k.Usable() {
		return nil, ErrNoKey
	}
	encrypted, err := k.latest().aead.Encrypt(secret, []byte(owner))
	if err != nil {
		return nil, fmt.Errorf("encrypt the secret of %s: %w", owner, err)
	}
	return encrypted, nil
}

// Decrypt returns the secret that was encrypted for this owner. It asks no store of
// keys, so that nobody waits for one within a transaction: its error has the method
// Remedy, as a transaction that is begun again expects it.
func (k Keyring) Decrypt(encrypted []byte, owner string) ([]byte, error) {
	if !k.Usable() {
		return nil, ErrNoKey
	}
	latest, read := k.latestRead()
	secret, err := latest.aead.Decrypt(encrypted, []byte(owner))
	if err != nil {
		return nil, &unopened{fmt.Errorf("decrypt the secret of %s (was the key changed or removed?): %w", owner, err), k.kept, read}
	}
	return secret, nil
}
