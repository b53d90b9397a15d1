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
	ring, err := Parse(strings.Join(keys, " "))
	require.NoError(t, err)
	return ring
}

func TestEncrypt_isUndoneByDecryptForTheSameOwnerOnly(t *testing.T) {
	ring := parse(t, NewKey())
	sealed, err := ring.Encrypt([]byte("open sesame"), "webhook 1")
	require.NoError(t, err)
	require.NotContains(t, string(sealed), "sesame")

	secret, err := ring.Decrypt(sealed, "webhook 1")
	require.NoError(t, err)
	require.Equal(t, "open sesame", string(secret))

	_, err = ring.Decrypt(sealed, "webhook 2")
	require.Error(t, err)
	sealed[len(sealed)-1] ^= 1
	_, err = ring.Decrypt(sealed, "webhook 1")
	require.Error(t, err)
}

func TestParse_readsOlderSecretsAfterAKeyIsPutInFront(t *testing.T) {
	first, second := NewKey(), NewKey()
	sealed, err := parse(t, first).Encrypt([]byte("s"), "o")
	require.NoError(t, err)

	both := parse(t, second, first)
	secret, err := both.Decrypt(sealed, "o")
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
	var ring Keyring
	require.False(t, ring.Usable())
	_, err := ring.Encrypt([]byte("s"), "o")
	require.ErrorIs(t, err, ErrNoKey)
	_, err = ring.Decrypt([]byte("s"), "o")
	require.ErrorIs(t, err, ErrNoKey)
}

func TestOpenOrCreateFile_keepsOneKeyForTheOwnerAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "accord.db.key")
	rings := make([]Keyring, 8)
	var group sync.WaitGroup
	for i := range rings {
		group.Go(func() {
			ring, err := OpenOrCreateFile(path)
			if err == nil {
				rings[i] = ring
			}
		})
	}
	group.Wait()
	sealed, err := rings[0].Encrypt([]byte("s"), "o")
	require.NoError(t, err)
	for _, ring := range rings {
		_, err := ring.Decrypt(sealed, "o")
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
