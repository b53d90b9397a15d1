package app_test

import (
	"context"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/app"
	"github.com/accord-broker/accord/internal/audit"
	"github.com/accord-broker/accord/internal/store"
	"github.com/accord-broker/accord/internal/support/config"
	"github.com/accord-broker/accord/internal/support/secrets"
	"github.com/accord-broker/accord/internal/webhooks"
)

// withSecret starts a broker that keeps a secret, and stops it again.
func withSecret(t *testing.T, s config.Settings) {
	t.Helper()
	out, _, stop := start(t, s)
	url := out.find(t, "answers at "+address)
	request, err := http.NewRequest(http.MethodPut, url+"/api/v1/secrets/ci", strings.NewReader(`{"value":"hush","hosts":["ci.example.org"]}`))
	require.NoError(t, err)
	request.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	resp.Body.Close()
	require.Equal(t, http.StatusCreated, resp.StatusCode)
	require.NoError(t, stop())
}

// startsWith starts a broker and returns what it logs until it is ready.
func startsWith(t *testing.T, s config.Settings) (logged string) {
	t.Helper()
	out, log, stop := start(t, s)
	out.find(t, "answers at "+address)
	require.NoError(t, stop())
	return log.String()
}

func TestRun_makesNoNewKeyWhereTheOldOneIsMissed(t *testing.T) {
	s := settings(t)
	withSecret(t, s)
	path, _ := s.Database.File()
	key, err := os.ReadFile(path + ".key")
	require.NoError(t, err)
	require.NotContains(t, startsWith(t, s), "encrypted values")

	require.NoError(t, os.Remove(path+".key"))
	logged := startsWith(t, s)
	require.Contains(t, logged, "1 of 1 encrypted values cannot be read, the first that of secret ci.")
	require.Contains(t, logged, path+".key")
	require.NoFileExists(t, path+".key")

	s.Secrets.Key = secrets.NewKey()
	require.Contains(t, startsWith(t, s), "1 of 1 encrypted values cannot be read")
	s.Secrets.Key += " " + strings.TrimSpace(string(key))
	require.NotContains(t, startsWith(t, s), "encrypted values")
}

func TestFindKeyring_makesNoFile(t *testing.T) {
	s := settings(t)
	keyring, err := app.FindKeyring(t.Context(), s)
	require.NoError(t, err)
	require.False(t, keyring.Usable())
	path, _ := s.Database.File()
	require.NoFileExists(t, path+".key")
	broker, err := app.New(context.Background(), s, app.NewLogger(s.Log, newScreen()))
	require.NoError(t, err)
	require.NoError(t, broker.Close())
	require.FileExists(t, path+".key", "the first start makes it")
}

func TestReencrypt_letsTheOldKeyGo(t *testing.T) {
	s := settings(t)
	withSecret(t, s)
	store, err := app.KeyStore(s)
	require.NoError(t, err)
	require.NoError(t, secrets.Rotate(t.Context(), store))
	keyring, err := app.FindKeyring(t.Context(), s)
	require.NoError(t, err)
	for _, want := range []int{1, 0} {
		changed, err := app.Reencrypt(t.Context(), s, keyring)
		require.NoError(t, err)
		require.Equal(t, want, changed)
	}
	retired, err := secrets.Retire(t.Context(), store, time.Now().Add(time.Hour))
	require.NoError(t, err)
	require.Equal(t, 1, retired)
	require.NotContains(t, startsWith(t, s), "encrypted values")
}

// What was said with the old key of the beginning of the audit is said with the new one.
func TestReencrypt_sealsTheAuditAnew(t *testing.T) {
	s := settings(t)
	s.Access.AuditRetention = time.Hour
	at := time.Now().Add(-3 * time.Hour)
	broker, err := app.New(t.Context(), s, app.NewLogger(s.Log, newScreen()))
	require.NoError(t, err)
	require.NoError(t, broker.Close())
	keys, err := app.KeyStore(s)
	require.NoError(t, err)
	keyring, err := app.FindKeyring(t.Context(), s)
	require.NoError(t, err)
	db, err := store.Open(t.Context(), store.Options{URL: s.Database.URL, KeepAudit: time.Hour})
	require.NoError(t, err)
	db.SealAudit(keyring)
	require.NoError(t, db.AddAuditEntries(t.Context(), []audit.Entry{{At: at, Origin: audit.Origin{Actor: "jo"}}, {At: time.Now(), Origin: audit.Origin{Actor: "al"}}}))
	_, err = db.Purge(t.Context())
	require.NoError(t, err)
	require.NoError(t, db.Close())
	unsealed := func() int64 {
		opened, err := app.OpenAudit(t.Context(), s)
		require.NoError(t, err)
		defer opened.Close()
		v, err := opened.Verify(t.Context(), audit.Known{})
		require.NoError(t, err)
		require.Equal(t, int64(1), v.Deleted)
		require.False(t, v.Unproven)
		require.Empty(t, v.Broken)
		return v.Unsealed
	}
	require.Zero(t, unsealed())
	require.NoError(t, secrets.Rotate(t.Context(), keys))
	keyring, err = app.FindKeyring(t.Context(), s)
	require.NoError(t, err)
	changed, err := app.Reencrypt(t.Context(), s, keyring)
	require.NoError(t, err)
	require.Equal(t, 1, changed)
	_, err = secrets.Retire(t.Context(), keys, time.Now().Add(time.Hour))
	require.NoError(t, err)
	require.Zero(t, unsealed())

	path, _ := s.Database.File()
	require.NoError(t, os.WriteFile(path+".key", []byte(secrets.NewKey()), 0o600))
	require.Equal(t, int64(1), unsealed(), "with a key that the broker never had")
	keyring, err = app.FindKeyring(t.Context(), s)
	require.NoError(t, err)
	changed, err = app.Reencrypt(t.Context(), s, keyring)
	require.NoError(t, err, "a seal that cannot be read keeps nobody from changing keys")
	require.Zero(t, changed)
}

func TestKeyStore_isNamedByOneSetting(t *testing.T) {
	s := settings(t)
	s.Secrets = config.Secrets{Key: secrets.NewKey(), KeyURI: "file:///x"}
	_, err := app.KeyStore(s)
	require.ErrorContains(t, err, "keep one of them")
	s.Secrets = config.Secrets{KeyURI: "awskms://key"}
	_, err = app.FindKeyring(t.Context(), s)
	require.ErrorContains(t, err, "PACT_BROKER_SECRETS_KEY_URI must be file:///path")
	s.Secrets = config.Secrets{Key: secrets.NewKey()}
	kept, err := app.KeyStore(s)
	require.NoError(t, err)
	require.Nil(t, kept)
}

func TestRun_encryptsTokensThatWereKeptInTheClear(t *testing.T) {
	s := settings(t)
	startsWith(t, s)
	const address = "https://hooks.example.org/services/T0/B0/x9Yb3TqLm0ZkR4vWc8NdPf2S"
	ctx := context.Background()
	stored := func(do func(ctx context.Context, tx *store.Tx) error) {
		db, err := store.Open(ctx, store.Options{URL: s.Database.URL, KeepSchema: true})
		require.NoError(t, err)
		require.NoError(t, db.InTx(ctx, do))
		require.NoError(t, db.Close())
	}
	kept := webhooks.Webhook{UUID: "my-own-webhook-0001", Description: "chat", Format: webhooks.Template, Request: webhooks.Request{Method: "POST", URL: address}}
	stored(func(ctx context.Context, tx *store.Tx) error {
		return tx.AddWebhook(ctx, webhooks.Stored{Webhook: kept})
	})
	require.Contains(t, startsWith(t, s), "tokens in the addresses of webhooks are encrypted now")
	stored(func(ctx context.Context, tx *store.Tx) error {
		now, _, err := tx.Webhook(ctx, kept.UUID)
		require.Equal(t, "https://hooks.example.org/services/T0/B0/**********", now.Webhook.Request.URL)
		require.NotEmpty(t, now.Encrypted)
		return err
	})
	require.NotContains(t, startsWith(t, s), "tokens in the addresses")
}
