package secrets

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Who has used a key must be able to rely on it: a key that got lost takes what it
// has encrypted with it.
func TestRotate_losesNoKeyHoweverManyRotateAtOnce(t *testing.T) {
	for name, store := range stores(t) {
		t.Run(name, func(t *testing.T) {
			var together sync.WaitGroup
			var mutex sync.Mutex
			encrypted := [][]byte{}
			for range 8 {
				together.Go(func() {
					for range 10 {
						err := Rotate(context.Background(), store)
						if errors.Is(err, ErrChanged) {
							continue
						}
						if err != nil {
							t.Error(err)
							return
						}
						keyring, err := Open(context.Background(), store)
						if err != nil {
							t.Error(err)
							return
						}
						text, err := keyring.Encrypt([]byte("hush"), "o")
						if err != nil {
							t.Error(err)
							return
						}
						mutex.Lock()
						encrypted = append(encrypted, text)
						mutex.Unlock()
					}
				})
			}
			together.Wait()
			keyring, err := Open(context.Background(), store)
			require.NoError(t, err)
			require.NotEmpty(t, encrypted)
			for _, text := range encrypted {
				_, err := keyring.Decrypt(text, "o")
				require.NoError(t, err)
			}
		})
	}
}

func TestRetire_keepsTheFirstKeyAlone(t *testing.T) {
	for name, store := range stores(t) {
		t.Run(name, func(t *testing.T) {
			retired, err := Retire(t.Context(), store, time.Now().Add(time.Hour))
			require.NoError(t, err)
			require.Zero(t, retired, "where there are no keys there is nothing to retire")
			for range 3 {
				require.NoError(t, Rotate(t.Context(), store))
			}
			before, _, err := store.Read(t.Context())
			require.NoError(t, err)
			require.Len(t, strings.Fields(before), 3)
			retired, err = Retire(t.Context(), store, time.Now().Add(time.Hour))
			require.NoError(t, err)
			require.Equal(t, 2, retired)
			after, _, err := store.Read(t.Context())
			require.NoError(t, err)
			require.Equal(t, strings.Fields(before)[:1], strings.Fields(after))
			retired, err = Retire(t.Context(), store, time.Now().Add(time.Hour))
			require.NoError(t, err)
			require.Zero(t, retired)
		})
	}
}

// A broker that has not read the newest key yet encrypts with the one before: what it
// encrypts must not get lost.
func TestRetire_waitsUntilBrokersHaveReadTheNewestKey(t *testing.T) {
	for name, store := range stores(t) {
		t.Run(name, func(t *testing.T) {
			require.NoError(t, Rotate(t.Context(), store))
			running, err := Open(t.Context(), store)
			require.NoError(t, err)
			require.NoError(t, Rotate(t.Context(), store))
			rotated := time.Now()
			for _, after := range []time.Duration{0, ReadEvery, 2 * ReadEvery} {
				retired, err := Retire(t.Context(), store, rotated.Add(after))
				require.ErrorContains(t, err, store.Place()+" were changed at")
				at, err := store.ChangedAt(t.Context())
				require.NoError(t, err)
				require.WithinDuration(t, rotated, at, 10*time.Second)
				require.Zero(t, retired)
			}
			late, err := running.Encrypt([]byte("hush"), "a")
			require.NoError(t, err)
			fresh, err := Open(t.Context(), store)
			require.NoError(t, err)
			secret, err := fresh.Decrypt(late, "a")
			require.NoError(t, err)
			require.Equal(t, "hush", string(secret))
			retired, err := Retire(t.Context(), store, rotated.Add(retirable+time.Second))
			require.NoError(t, err)
			require.Equal(t, 1, retired)
		})
	}
}

func TestFileStore_leavesNothingBesideTheFile(t *testing.T) {
	folder := t.TempDir()
	store := FileStore(filepath.Join(folder, "keys"))
	for range 3 {
		require.NoError(t, Rotate(t.Context(), store))
	}
	require.ErrorIs(t, store.Write(t.Context(), "x", "an older state"), ErrChanged)
	files, err := os.ReadDir(folder)
	require.NoError(t, err)
	for _, file := range files {
		info, err := file.Info()
		require.NoError(t, err)
		require.Equal(t, os.FileMode(0o600), info.Mode().Perm(), file.Name())
		require.False(t, strings.HasPrefix(file.Name(), ".secrets-key-"), "a draft is left: %s", file.Name())
	}
	require.Error(t, FileStore(filepath.Join(folder, "no", "keys")).Write(t.Context(), "x", ""))
	_, _, err = FileStore(folder).Read(t.Context())
	require.ErrorContains(t, err, "read the secrets key")
}

func TestParse_namesTheKeyThatIsWrongWithoutShowingIt(t *testing.T) {
	good := NewKey()
	for name, test := range map[string]struct{ text, want string }{
		"the second":   {good + " not-a-key", "secrets key no. 2: must be 32 bytes in base64"},
		"a short one":  {good[:40], "secrets key no. 1: must be 32 bytes in base64"},
		"a longer one": {good + "\n" + NewKey() + "AAAA", "secrets key no. 2: must be 32 bytes in base64"},
		"the same one": {good + "\n" + good, "secrets key no. 2"},
		"none":         {" \n\t", "no key for secrets"},
	} {
		_, err := Parse(test.text)
		require.ErrorContains(t, err, test.want, name)
		require.NotContains(t, err.Error(), "not-a-key", name)
		require.NotContains(t, err.Error(), good[:20], name)
	}
}

func TestParse_readsKeysHoweverTheyAreSeparated(t *testing.T) {
	first, second := NewKey(), NewKey()
	encrypted, err := parse(t, first).Encrypt([]byte("s"), "o")
	require.NoError(t, err)
	for _, text := range []string{first + "\n" + second, " " + first + "\t" + second + "\r\n", first + "\n\n\n" + second + "\n", second + " " + first} {
		keyring, err := Parse(text)
		require.NoError(t, err)
		_, err = keyring.Decrypt(encrypted, "o")
		require.NoError(t, err, "the order does not matter for what is encrypted already")
		require.Equal(t, strings.HasPrefix(strings.TrimSpace(text), first), keyring.IsCurrent(encrypted))
	}
	require.False(t, Keyring{}.IsCurrent(encrypted))
	require.False(t, parse(t, first).IsCurrent(nil))
}

func TestDecrypt_saysWhatMayHaveHappened(t *testing.T) {
	keyring := parse(t, NewKey())
	for name, encrypted := range map[string][]byte{"nothing": nil, "nonsense": []byte("nonsense"), "half": make([]byte, 5)} {
		_, err := keyring.Decrypt(encrypted, "webhook 7")
		require.ErrorContains(t, err, "decrypt the secret of webhook 7 (was the key changed or removed?)", name)
	}
}

func TestEncrypt_neverWritesTheSameTwice(t *testing.T) {
	keyring := parse(t, NewKey())
	seen := map[string]bool{}
	for range 100 {
		encrypted, err := keyring.Encrypt([]byte("s"), "o")
		require.NoError(t, err)
		require.False(t, seen[string(encrypted)])
		seen[string(encrypted)] = true
	}
}

func TestOpen_goesOnWithItsKeysWhileTheStoreIsAway(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys")
	store := FileStore(path)
	require.NoError(t, Rotate(t.Context(), store))
	running, err := Open(t.Context(), store)
	require.NoError(t, err)
	encrypted, err := running.Encrypt([]byte("hush"), "a")
	require.NoError(t, err)
	require.NoError(t, os.Remove(path))
	require.NoError(t, running.Refresh(t.Context()))
	require.NoError(t, os.WriteFile(path, []byte("nonsense"), 0o600))
	require.ErrorContains(t, running.Refresh(t.Context()), path)
	running.kept.read = time.Time{}
	secret, err := running.Decrypt(encrypted, "a")
	require.NoError(t, err)
	require.Equal(t, "hush", string(secret))
	_, err = running.Decrypt([]byte("made up"), "a")
	var made *unopened
	require.ErrorAs(t, err, &made)
	require.False(t, made.Remedy(t.Context()), "the keys cannot be read")
	require.True(t, running.IsCurrent(encrypted))
}

func FuzzParseKeys(f *testing.F) {
	f.Add("")
	f.Add(NewKey())
	f.Add(NewKey() + "\n" + NewKey())
	f.Add("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")
	f.Fuzz(func(t *testing.T, text string) {
		keyring, err := Parse(text)
		if err != nil {
			require.False(t, keyring.Usable())
			return
		}
		encrypted, err := keyring.Encrypt([]byte("s"), "o")
		require.NoError(t, err)
		require.True(t, keyring.IsCurrent(encrypted))
		secret, err := keyring.Decrypt(encrypted, "o")
		require.NoError(t, err)
		require.Equal(t, "s", string(secret))
	})
}
