package secrets

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// vault answers as the second version of Vault's key-value engine does, for one
// secret.
type vault struct {
	keys    string
	version int
	written time.Time
}

func (v *vault) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.Header.Get("X-Vault-Token") != "s.token":
		w.WriteHeader(http.StatusForbidden)
	case r.URL.Path != "/v1/secret/data/accord":
		w.WriteHeader(http.StatusNotFound)
	case r.Method == http.MethodPost:
		var sent struct {
			Options struct{ Cas int }
			Data    struct{ Keys string }
		}
		if err := json.NewDecoder(r.Body).Decode(&sent); err != nil || sent.Options.Cas != v.version {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		v.keys, v.version, v.written = sent.Data.Keys, v.version+1, time.Now()
		_, _ = w.Write([]byte(`{"data":{"version":1}}`))
	case v.version == 0:
		w.WriteHeader(http.StatusNotFound)
	default:
		_ = json.NewEncoder(w).Encode(map[string]any{"data": map[string]any{"data": map[string]string{"keys": v.keys}, "metadata": map[string]any{"version": v.version, "created_time": v.written}}})
	}
}

// stores are a store of each kind, all of them empty.
func stores(t *testing.T) map[string]KeyStore {
	t.Helper()
	server := httptest.NewServer(&vault{})
	t.Cleanup(server.Close)
	inVault, err := OpenStore("vault+"+server.URL+"/v1/secret/data/accord", "s.token")
	require.NoError(t, err)
	inFile, err := OpenStore("file://"+filepath.Join(t.TempDir(), "keys"), "")
	require.NoError(t, err)
	return map[string]KeyStore{"vault": inVault, "file": inFile}
}

func TestKeyStore_letsKeysRotateUnderARunningBroker(t *testing.T) {
	for name, store := range stores(t) {
		t.Run(name, func(t *testing.T) {
			ctx := t.Context()
			empty, err := Open(ctx, store)
			require.NoError(t, err)
			require.False(t, empty.Usable())
			require.NoError(t, Rotate(ctx, store))
			running, err := Open(ctx, store)
			require.NoError(t, err)
			first, err := running.Encrypt([]byte("hush"), "a")
			require.NoError(t, err)
			require.True(t, running.IsCurrent(first))

			require.NoError(t, Rotate(ctx, store))
			other, err := Open(ctx, store)
			require.NoError(t, err)
			require.False(t, other.IsCurrent(first))
			second, err := other.Encrypt([]byte("quiet"), "b")
			require.NoError(t, err)
			running.kept.read = time.Time{}
			for owner, encrypted := range map[string][]byte{"a": first, "b": second} {
				_, err := running.Decrypt(encrypted, owner)
				var stale *unopened
				if errors.As(err, &stale) {
					require.True(t, stale.Remedy(ctx), "a running broker reads the keys again")
					require.True(t, stale.Remedy(ctx), "which they were, be it for somebody else")
					_, err = running.Decrypt(encrypted, owner)
				}
				require.NoError(t, err)
			}
			require.True(t, running.IsCurrent(second))

			retired, err := Retire(ctx, store, time.Now().Add(time.Hour))
			require.NoError(t, err)
			require.Equal(t, 1, retired)
			require.NoError(t, running.Refresh(ctx))
			_, err = running.Decrypt(first, "a")
			require.Error(t, err)
			_, err = running.Decrypt(second, "b")
			require.NoError(t, err)
		})
	}
}

func TestKeyStore_isNotOverwrittenByWhoReadAnOlderState(t *testing.T) {
	for name, store := range stores(t) {
		require.NoError(t, Rotate(t.Context(), store))
		keys, version, err := store.Read(t.Context())
		require.NoError(t, err)
		require.NoError(t, Rotate(t.Context(), store))
		require.ErrorIs(t, store.Write(t.Context(), keys, version), ErrChanged, name)
	}
}

func TestOpenStore_saysWhatIsWrong(t *testing.T) {
	for _, address := range []string{"", "accord.key", "file://host/x", "vault+https://vault.example.org/secret", "awskms://key", "vault+https:///v1/secret/data/x"} {
		_, err := OpenStore(address, "")
		require.Error(t, err, address)
	}
	server := httptest.NewServer(&vault{keys: "x", version: 1})
	t.Cleanup(server.Close)
	refused, err := OpenStore("vault+"+server.URL+"/v1/secret/data/accord", "wrong")
	require.NoError(t, err)
	_, err = Open(t.Context(), refused)
	require.ErrorContains(t, err, "403")
	broken, err := OpenStore("vault+"+server.URL+"/v1/secret/data/accord", "s.token")
	require.NoError(t, err)
	_, err = Open(t.Context(), broken)
	require.ErrorContains(t, err, "secrets key no. 1")
	require.ErrorContains(t, Rotate(t.Context(), broken), "secrets key no. 1", "what cannot be read is not made worse")
	path := filepath.Join(t.TempDir(), "keys")
	require.NoError(t, Rotate(t.Context(), FileStore(path)))
	info, err := os.Stat(path)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	require.False(t, strings.Contains(FileStore(path).Place(), "file:"))
}
