package secrets

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/gofrs/flock"
)

// KeyStore is where keys are kept that can be changed while brokers run. Keys are
// in the form that Parse reads.
type KeyStore interface {
	// Read returns the keys, and what names this state of them; no keys if there
	// are none yet.
	Read(ctx context.Context) (keys, version string, err error)
	// Write replaces the keys unless somebody else has done so since the version.
	Write(ctx context.Context, keys, version string) error
	// ChangedAt is when the keys were written last.
	ChangedAt(ctx context.Context) (time.Time, error)
	// Place says for people where they are.
	Place() string
}

// ErrChanged is returned by Write if the keys are not those that were read.
var ErrChanged = errors.New("the keys were changed by somebody else meanwhile; try again")

// OpenStore returns the store that an address names: file:///path, or
// vault+https://host/v1/secret/data/name for a secret of the second version of
// Vault's key-value engine, with the token that may read and write it.
func OpenStore(address, vaultToken string) (KeyStore, error) {
	u, err := url.Parse(address)
	switch {
	case err != nil:
		return nil, err
	case u.Scheme == "file" && u.Host == "" && filepath.IsAbs(u.Path):
		return FileStore(u.Path), nil
	case u.Scheme == "vault+https" || u.Scheme == "vault+http":
		if u.Host == "" || !strings.HasPrefix(u.Path, "/v1/") || !strings.Contains(u.Path, "/data/") {
			return nil, errors.New("an address of Vault such as vault+https://vault.example.org/v1/secret/data/accord")
		}
		u.Scheme = strings.TrimPrefix(u.Scheme, "vault+")
		const timeout = 10 * time.Second
		return vaultStore{address: u.String(), token: vaultToken, client: &http.Client{Timeout: timeout}}, nil
	}
	return nil, errors.New("file:///path, or vault+https://host/v1/MOUNT/data/NAME")
}

// FileStore keeps keys in a file that its owner alone can read.
type FileStore string

// Place is the path.
func (f FileStore) Place() string { return string(f) }

// Read reads the file; one that is not there holds no keys.
func (f FileStore) Read(context.Context) (keys, version string, err error) {
	text, err := os.ReadFile(string(f))
	if errors.Is(err, os.ErrNotExist) {
		return "", "", nil
	}
	if err != nil {
		return "", "", fmt.Errorf("read the secrets key: %w", err)
	}
	return string(text), string(text), nil
}

// ChangedAt is when the file was written.
func (f FileStore) ChangedAt(context.Context) (time.Time, error) {
	info, err := os.Stat(string(f))
	if err != nil {
		return time.Time{}, fmt.Errorf("read the secrets key: %w", err)
	}
	return info.ModTime(), nil
}

// Write puts another file in the place of the old one, so that nobody reads half
// of it. A file beside it is locked meanwhile: of two who write at once, one would
// lose the key of the other.
func (f FileStore) Write(ctx context.Context, keys, version string) (err error) {
	lock := flock.New(string(f)+".lock", flock.SetPermissions(0o600))
	if err := lock.Lock(); err != nil {
		return fmt.Errorf("write the secrets key: %w", err)
	}
	defer func() { err = errors.Join(err, lock.Close()) }()
	if _, found, err := f.Read(ctx); err != nil || found != version {
		return errors.Join(err, ErrChanged)
	}
	draft, err := os.CreateTemp(filepath.Dir(string(f)), ".secrets-key-*")
	if err != nil {
		return fmt.Errorf("write the secrets key: %w", err)
	}
	defer os.Remove(draft.Name())
	_, err = draft.WriteString(keys)
	if err := errors.Join(err, draft.Sync(), draft.Close()); err != nil {
		return fmt.Errorf("write the secrets key: %w", err)
	}
	return os.Rename(draft.Name(), string(f))
}

// vaultStore keeps keys in the member "keys" of a secret of Vault.
type vaultStore struct {
	address, token string
	client         *http.Client
}

// Place is the address.
func (v vaultStore) Place() string { return v.address }

// maxAnswer is how much is read of what Vault answers.
const maxAnswer = 1 << 20

// storedInVault is a version of the secret.
type storedInVault struct {
	Data     struct{ Keys string }
	Metadata struct {
		Version   json.Number
		CreatedAt time.Time `json:"created_time"`
	}
}

// Read reads the newest version of the secret.
func (v vaultStore) Read(ctx context.Context) (keys, version string, err error) {
	kept, found, err := v.newest(ctx)
	switch {
	case err != nil:
		return "", "", err
	case !found:
		return "", "0", nil
	}
	return kept.Data.Keys, kept.Metadata.Version.String(), nil
}

// ChangedAt is when the newest version was written.
func (v vaultStore) ChangedAt(ctx context.Context) (time.Time, error) {
	kept, _, err := v.newest(ctx)
	if err == nil && kept.Metadata.CreatedAt.IsZero() {
		err = errors.New("vault does not tell when the secrets key was written")
	}
	return kept.Metadata.CreatedAt, err
}

func (v vaultStore) newest(ctx context.Context) (kept storedInVault, found bool, err error) {
	status, body, err := v.call(ctx, http.MethodGet, nil)
	switch {
	case err != nil:
		return kept, false, err
	case status == http.StatusNotFound:
		return kept, false, nil
	case status != http.StatusOK:
		return kept, false, fmt.Errorf("vault answered %d for the secrets key", status)
	}
	var answer struct{ Data storedInVault }
	if err := json.Unmarshal(body, &answer); err != nil || answer.Data.Data.Keys == "" {
		return kept, false, errors.New(`vault's secret has no member "keys" that holds the secrets key`)
	}
	return answer.Data, true, nil
}

// Write adds a version, unless there is a newer one than was read.
func (v vaultStore) Write(ctx context.Context, keys, version string) error {
	status, _, err := v.call(ctx, http.MethodPost, map[string]any{
		"options": map[string]any{"cas": json.Number(version)}, "data": map[string]string{"keys": keys},
	})
	switch {
	case err != nil:
		return err
	case status == http.StatusBadRequest:
		return ErrChanged
	case status != http.StatusOK && status != http.StatusNoContent:
		return fmt.Errorf("vault answered %d to the new secrets key; its token must be allowed to read and update it", status)
	}
	return nil
}

func (v vaultStore) call(ctx context.Context, method string, body any) (status int, answer []byte, err error) {
	var sent io.Reader
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			return 0, nil, err
		}
		sent = bytes.NewReader(text)
	}
	request, err := http.NewRequestWithContext(ctx, method, v.address, sent)
	if err != nil {
		return 0, nil, err
	}
	request.Header.Set("X-Vault-Token", v.token)
	reply, err := v.client.Do(request)
	if err != nil {
		return 0, nil, fmt.Errorf("ask vault for the secrets key: %w", err)
	}
	defer reply.Body.Close()
	answer, err = io.ReadAll(io.LimitReader(reply.Body, maxAnswer))
	return reply.StatusCode, answer, err
}

func wrongKeys(store KeyStore, err error) error { return fmt.Errorf("%s: %w", store.Place(), err) }

// Rotate puts a new key in front of those of a store, where it encrypts from now
// on, and keeps the others, which go on to decrypt.
func Rotate(ctx context.Context, store KeyStore) error {
	old, version, err := store.Read(ctx)
	if err != nil {
		return err
	}
	if old != "" {
		if _, err := Parse(old); err != nil {
			return wrongKeys(store, err)
		}
	}
	return store.Write(ctx, strings.Join(append([]string{NewKey()}, strings.Fields(old)...), "\n")+"\n", version)
}

// ReadEvery is how often running brokers read keys again that others may change.
const ReadEvery = time.Minute

// retirable is how old the newest key must be before the others go: until a broker has
// read it, what it encrypts is encrypted with an older one. A reading may be late, and
// clocks differ.
const retirable = 3 * ReadEvery

// Retire removes all keys of a store but the first. Nothing that another one has
// encrypted can be read afterwards, so it refuses while a running broker may still
// encrypt with one of them.
func Retire(ctx context.Context, store KeyStore, now time.Time) (retired int, err error) {
	old, version, err := store.Read(ctx)
	if err != nil {
		return 0, err
	}
	keys := strings.Fields(old)
	if len(keys) < 2 {
		return 0, nil
	}
	changed, err := store.ChangedAt(ctx)
	if err != nil {
		return 0, err
	}
	if from := changed.Add(retirable); now.Before(from) {
		return 0, fmt.Errorf("the keys in %s were changed at %s, and brokers that run may still encrypt with the older ones: retire these from %s on",
			store.Place(), changed.UTC().Format(time.RFC3339), from.Add(time.Second).UTC().Format(time.RFC3339))
	}
	return len(keys) - 1, store.Write(ctx, keys[0]+"\n", version)
}
