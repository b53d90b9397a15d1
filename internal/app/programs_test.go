package app

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func writeProgram(t *testing.T, path string) {
	t.Helper()
	require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
	require.NoError(t, os.WriteFile(path, []byte("#!/bin/sh\n"), 0o755))
}

func TestHowToCall_worksFromWhereOneStands(t *testing.T) {
	checkout, elsewhere := t.TempDir(), t.TempDir()
	t.Chdir(checkout)
	t.Setenv("PATH", elsewhere)
	require.Equal(t, "can-i-deploy", howToCall("can-i-deploy"), "nowhere to be found")

	require.NoError(t, os.MkdirAll(filepath.Join("cmd", "can-i-deploy"), 0o755))
	require.NoError(t, os.WriteFile(filepath.Join("cmd", "can-i-deploy", "main.go"), nil, 0o644))
	require.Equal(t, "go run ./cmd/can-i-deploy", howToCall("can-i-deploy"))

	writeProgram(t, filepath.Join(".tools", "bin", "can-i-deploy"))
	require.Equal(t, ".tools/bin/can-i-deploy", howToCall("can-i-deploy"))

	writeProgram(t, filepath.Join(elsewhere, "can-i-deploy"))
	require.Equal(t, "can-i-deploy", howToCall("can-i-deploy"), "where the shell finds it")
}

func TestFromHere_writesPathsAsAShellTakesThem(t *testing.T) {
	folder := t.TempDir()
	t.Chdir(folder)
	here, err := os.Getwd()
	require.NoError(t, err)
	require.Equal(t, "bin/can-i-deploy", fromHere(filepath.Join(here, "bin", "can-i-deploy")))
	require.Equal(t, "./can-i-deploy", fromHere(filepath.Join(here, "can-i-deploy")))
	require.Equal(t, "/usr/lib/accord/can-i-deploy", fromHere("/usr/lib/accord/can-i-deploy"))
}
