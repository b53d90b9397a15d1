package architecture

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestChanged runs .ci/changed, which chooses what make quick tests, in a small
// repository of the same kind.
func TestChanged_namesOnlyThePackagesThatDifferFromMain(t *testing.T) {
	script, err := os.ReadFile(filepath.Join("..", "..", "..", ".ci", "changed"))
	require.NoError(t, err)
	folder := t.TempDir()
	put := func(path, content string) {
		t.Helper()
		path = filepath.Join(folder, path)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, []byte(content), 0o755))
	}
	run := func(name string, args ...string) string {
		t.Helper()
		command := exec.Command(name, args...)
		command.Dir = folder
		out, err := command.CombinedOutput()
		require.NoError(t, err, "%s", out)
		return string(out)
	}
	changed := func() []string { return strings.Fields(run(".ci/changed")) }
	git := func(args ...string) {
		run("git", append([]string{"-c", "user.name=t", "-c", "user.email=t@example.org"}, args...)...)
	}

	put(".ci/changed", string(script))
	put("go.mod", "module x\n")
	put("openapi.go", "package x\n")
	put("internal/app/app.go", "package app\n")
	put("internal/matrix/matrix.go", "package matrix\n")
	git("init", "--quiet", "--initial-branch=main")
	git("add", ".")
	git("commit", "--quiet", "--message=x")
	require.Empty(t, changed(), "an unchanged clone")

	put("README.md", "x\n")
	require.Empty(t, changed(), "no package has the README")
	put("internal/matrix/testdata/one/case.json", "{}\n")
	require.Equal(t, []string{"./internal/matrix"}, changed(), "data of its tests")
	git("checkout", "--quiet", "-b", "work")
	put("internal/app/more.go", "package app\n")
	git("add", ".")
	git("commit", "--quiet", "--message=y")
	require.Equal(t, []string{"./internal/app", "./internal/matrix"}, changed(), "what was committed since")
	put("openapi.yaml", "x\n")
	require.Contains(t, changed(), "./internal/testing/openapitest")
	put("migrations/sqlite/1.sql", "x\n")
	require.Equal(t, []string{"./..."}, changed())
}
