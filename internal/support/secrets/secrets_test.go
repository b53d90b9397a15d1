package secrets

import (
	"encoding/base64"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

func parse(t *testing.T, keys ...string) Keyring {
	t.Helper()
	keyring, err := Parse(strings.Join(keys, " "))
	require.NoError(t, err)
	return keyring
}

func TestEncrypt_isUndoneByDecryptForTheSameOwnerOnly(t *testing.T) {
	keyring := parse(t, NewKey())
	encrypted, err := keyring.Encrypt([]byte("open sesame"), "webhook 1")
	require.NoError(t, err)
	require.NotContains(t, string(encrypted), "sesame")

	secret, err := keyring.Decrypt(encrypted, "webhook 1")
	require.NoError(t, err)
	require.Equal(t, "open sesame", string(secret))

	_, err = keyring.Decrypt(encrypted, "webhook 2")
	require.Error(t, err)
	encrypted[len(encrypted)-1] ^= 1
	_, err = keyring.Decrypt(encrypted, "webhook 1")
	require.Error(t, err)
}

func TestParse_readsOlderSecretsAfterAKeyIsPutInFront(t *testing.T) {
	first, second := NewKey(), NewKey()
	encrypted, err := parse(t, first).Encrypt([]byte("s"), "o")
	require.NoError(t, err)

	both := parse(t, second, first)
	secret, err := both.Decrypt(encrypted, "o")
	require.NoError(t, err)
	require.Equal(t, "s", string(secret))

	newer, err := both.Encrypt([]byte("s"), "o")
	require.NoError(t, err)
	_, err = parse(t, first).Decrypt(newer, "o")
	require.Error(t, err, "the first key encrypts")
	_, err = parse(t, second).Decrypt(newer, "o")
	require.NoError(t, err)
}

func TestParse_refusesWhatIsNoKey(t *testing.T) {
	for _, text := range []string{"", " \n", "password", base64.StdEncoding.EncodeToString([]byte("too short"))} {
		_, err := Parse(text)
		require.Error(t, err, "%q", text)
		require.NotContains(t, err.Error(), "password", "the key itself is never shown")
	}
}

func TestZeroKeyring_hasNoKey(t *testing.T) {
	var keyring Keyring
	require.False(t, keyring.Usable())
	_, err := keyring.Encrypt([]byte("s"), "o")
	require.ErrorIs(t, err, ErrNoKey)
	_, err = keyring.Decrypt([]byte("s"), "o")
	require.ErrorIs(t, err, ErrNoKey)
}

func TestOpenOrCreateFile_keepsOneKeyForTheOwnerAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "accord.db.key")
	keyrings := make([]Keyring, 8)
	var group sync.WaitGroup
	for i := range keyrings {
		group.Go(func() {
			keyring, err := OpenOrCreateFile(path)
			if err == nil {
				keyrings[i] = keyring
			}
		})
	}
	group.Wait()
	encrypted, err := keyrings[0].Encrypt([]byte("s"), "o")
	require.NoError(t, err)
	for _, keyring := range keyrings {
		_, err := keyring.Decrypt(encrypted, "o")
		require.NoError(t, err)
	}
	info, err := os.Stat(path)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	left, err := os.ReadDir(filepath.Dir(path))
	require.NoError(t, err)
	require.Len(t, left, 1)
}

func TestOpenFile_namesTheFileThatIsWrong(t *testing.T) {
	path := filepath.Join(t.TempDir(), "key")
	_, err := OpenFile(path)
	require.ErrorIs(t, err, os.ErrNotExist)
	require.NoError(t, os.WriteFile(path, []byte("nonsense"), 0o600))
	_, err = OpenFile(path)
	require.ErrorContains(t, err, path)
}
