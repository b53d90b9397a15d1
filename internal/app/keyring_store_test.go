package app

import (
	"bytes"
	"context"
	"log/slog"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/support/config"
	"github.com/accord-broker/accord/internal/support/secrets"
)

// A broker that starts before the first key is made takes it up like any later one.
func TestOpenKeyring_followsAStoreThatHasNoKeyYet(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys")
	var log bytes.Buffer
	a := &App{settings: config.Default(), logger: slog.New(slog.NewTextHandler(&log, nil))}
	a.settings.Secrets.KeyURI = "file://" + path
	keyring, err := a.openKeyring(context.Background())
	require.NoError(t, err)
	require.False(t, keyring.Usable())
	require.Contains(t, log.String(), "broker keys rotate")

	require.NoError(t, secrets.Rotate(context.Background(), secrets.FileStore(path)))
	require.NoError(t, keyring.Refresh(context.Background()))
	require.True(t, keyring.Usable())
}
