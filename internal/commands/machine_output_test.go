package commands

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/stretchr/testify/require"
)

// home is a folder with a database, an archive, a backup and some files, in which commands
// can be run one after the other.
type home struct {
	t       *testing.T
	environ []string
}

// settled runs the test in a folder where each command has what it needs.
func settled(t *testing.T) home {
	t.Helper()
	t.Chdir(t.TempDir())
	h := home{t, []string{"PACT_BROKER_DATABASE_URL=sqlite://accord.db", "PACT_BROKER_PORT=0", "PACT_BROKER_SECRETS_KEY=" + strings.Repeat("secret-key-", 4)}}
	h.well("migrate")
	h.well("export", "archive.jsonl")
	require.NoError(t, os.WriteFile("pact.json", []byte(`{"consumer":{"name":"Web"},"provider":{"name":"Shop"},"interactions":[{"description":"d","request":{"method":"GET","path":"/x"},"response":{"status":200}}]}`), 0o600))
	require.NoError(t, os.WriteFile("document.yaml", []byte("openapi: 3.0.3\ninfo: {title: Shop, version: '1'}\npaths: {/x: {get: {responses: {'200': {description: ok}}}}}\n"), 0o600))
	return h
}

// runs a command until it ends by itself, with the input and the output given.
func (h home) run(in io.Reader, out, err io.Writer, args ...string) int {
	return Run(context.Background(), Shell{Args: args, Environ: h.environ, In: in, Out: out, Err: err})
}

func (h home) well(args ...string) (out string) {
	h.t.Helper()
	var stdout, stderr bytes.Buffer
	require.Zero(h.t, h.run(new(bytes.Buffer), &stdout, &stderr, args...), "%v: %s%s", args, &stdout, &stderr)
	return stdout.String()
}

// inJSON are commands that tell programs what they did, with what they need.
var inJSON = map[string][]string{
	"application merge":  {"application", "merge", "Basket", "Shop", "--dry-run"},
	"application rename": {"application", "rename", "Basket", "Shop"},
	"backup":             {"backup", "--to", "safe"},
	"clean":              {"clean", "--dry-run"},
	"doctor":             {"doctor", "--quick"},
	"export":             {"export", "other.jsonl"},
	"import":             {"import", "archive.jsonl", "--dry-run"},
	"compare-contract":   {"compare-contract", "--provider-contract", "document.yaml", "--pact", "pact.json"},
	"restore":            {"restore", "not there"},
	"compare":            {"compare", "--left", "http://127.0.0.1:1", "--right", "http://127.0.0.1:1"},
}

// failing are words with which each of them fails, after its flags were understood.
var failingInJSON = map[string][]string{
	"application merge":  {"application", "merge", "Web", "Basket"},
	"application rename": {"application", "rename", "Web", ""},
	"backup":             {"backup", "--to", "pact.json/safe"},
	"doctor":             {"doctor", "--database-url", "sqlite://pact.json"},
	"clean":              {"clean", "--dry-run", "--rule", "no rule"},
	"export":             {"export", "pact.json/other.jsonl"},
	"import":             {"import", "pact.json"},
	"compare-contract":   {"compare-contract", "--provider-contract", "pact.json", "--pact", "document.yaml"},
	"restore":            {"restore", "pact.json"},
}

// oneObject reads the output of a command as one JSON object and nothing else.
func oneObject(t *testing.T, out string) map[string]any {
	t.Helper()
	decoder := json.NewDecoder(strings.NewReader(out))
	var object map[string]any
	require.NoError(t, decoder.Decode(&object), out)
	_, err := decoder.Token()
	require.ErrorIs(t, err, io.EOF, "nothing stands behind the object: %s", out)
	return object
}

func keysOf(object map[string]any) []string {
	var keys []string
	for key := range object {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

var snakeCase = regexp.MustCompile(`^[a-z0-9_]+$`)

// Every command that has --output tells programs one JSON object, the same members each
// time whether it went well or not, and nothing on the other stream that is no progress.
func TestEveryCommand_tellsProgramsOneObject(t *testing.T) {
	h := settled(t)
	var listed []string
	var walk func(words []string, cmd *cobra.Command)
	walk = func(words []string, cmd *cobra.Command) {
		if cmd.Flags().Lookup("output") != nil {
			listed = append(listed, strings.Join(words, " "))
		}
		for _, inner := range cmd.Commands() {
			walk(append(words[:len(words):len(words)], inner.Name()), inner)
		}
	}
	walk(nil, newRoot(Shell{Out: new(bytes.Buffer), Err: new(bytes.Buffer)}))
	for _, name := range listed {
		require.Contains(t, inJSON, name, "each command with --output is tried here")
		t.Run(name, func(t *testing.T) {
			var members [][]string
			for _, words := range [][]string{inJSON[name], inJSON[name], failingInJSON[name]} {
				if len(words) == 0 {
					continue
				}
				var out, told bytes.Buffer
				code := h.run(new(bytes.Buffer), &out, &told, append(words[:len(words):len(words)], "--output", "json")...)
				if code == exitUsage && out.Len() == 0 {
					require.NotEmpty(t, told.String())
					continue
				}
				object := oneObject(t, out.String())
				require.Empty(t, told.String(), "all is told in the object")
				for key := range object {
					require.Regexp(t, snakeCase, key)
				}
				members = append(members, keysOf(object))
			}
			for _, other := range members {
				require.Equal(t, members[0], other, "programs find the same members each time")
			}
		})
	}
}

// broken is an output that nobody reads any longer.
type broken struct{ after int }

var errPipe = errors.New("write |1: broken pipe")

func (b *broken) Write(p []byte) (int, error) {
	if b.after -= len(p); b.after < 0 {
		return 0, errPipe
	}
	return len(p), nil
}

// A command whose output leads nowhere ends, without a panic; one that was to print what
// cannot be had again says that it failed.
func TestEveryCommand_endsWhenNobodyReadsItsOutput(t *testing.T) {
	h := settled(t)
	for _, words := range [][]string{
		{"version"}, {"--help"}, {"token", "list"}, {"user", "list"}, {"audit", "verify"}, {"audit", "export"}, {"doctor"}, {"db-version"}, {"clean", "--dry-run"}, {"clean", "--dry-run", "--output", "json"},
		{"export", "-"}, {"import", "archive.jsonl", "--dry-run"}, {"man", "pages"}, {"compare-contract", "--provider-contract", "document.yaml", "--pact", "pact.json", "--output", "json"},
	} {
		for _, after := range []int{0, 40} {
			require.NotPanics(t, func() { h.run(new(bytes.Buffer), &broken{after}, &broken{after}, words...) }, "%v", words)
		}
	}
	for _, words := range [][]string{{"token", "create", "--name", "x", "--role", "viewer"}, {"audit", "export"}, {"clean", "--dry-run", "--output", "json"}} {
		var told bytes.Buffer
		require.NotZero(t, h.run(new(bytes.Buffer), &broken{}, &told, words...), "%v", words)
		require.Contains(t, told.String(), "broken pipe", "%v", words)
	}
}

// hushed is what must never be shown.
const hushed = "hush-4711-hush"

// Whatever a command is called with, the secrets of its settings are in nothing that it
// prints, neither as help nor as an error.
func TestEveryCommand_printsNoSecret(t *testing.T) {
	h := settled(t)
	h.environ = append(
		h.environ[:len(h.environ)-1], "PACT_BROKER_BASIC_AUTH_USERNAME=me", "PACT_BROKER_BASIC_AUTH_PASSWORD="+hushed, "PACT_BROKER_SECRETS_KEY="+hushed+hushed+hushed, "PACT_BROKER_VCS_GITHUB_SECRET="+hushed,
		"PACT_BROKER_SECRETS_VAULT_TOKEN="+hushed, "PACT_BROKER_TOKEN="+hushed, "PACT_BROKER_PASSWORD="+hushed, "PACT_BROKER_USERNAME=me",
	)
	everyCommand(t, func(t *testing.T, words []string, _ *cobra.Command) {
		if len(words) > 0 && words[0] == "completion" {
			return // it is of cobra, and reads no settings
		}
		for _, more := range [][]string{nil, {"--help"}, {"--frobnicate"}, {"not there"}, {"--log-level", "loud"}} {
			ended, cancel := context.WithCancel(context.Background())
			cancel() // what serves or waits ends at once
			var out, told bytes.Buffer
			Run(ended, Shell{Args: append(words[:len(words):len(words)], more...), Environ: h.environ, In: new(bytes.Buffer), Out: &out, Err: &told})
			require.NotContains(t, out.String()+told.String(), hushed, "%v %v", words, more)
		}
	})
	h.environ[0] = "PACT_BROKER_DATABASE_URL=postgres://me:" + hushed + "@127.0.0.1:1/accord?connect_timeout=1"
	for _, words := range [][]string{{"migrate"}, {"doctor"}, {"db-version"}, {"token", "list"}, {"user", "list"}, {"export", "x.jsonl"}, {"import", "archive.jsonl"}, {"clean", "--dry-run"}, {"backup"}, {"audit", "verify"}} {
		var out, told bytes.Buffer
		require.NotZero(t, h.run(new(bytes.Buffer), &out, &told, words...), "%v", words)
		require.NotContains(t, out.String()+told.String(), hushed, "%v", words)
	}
}

// Each command ends with 2 where it was called wrongly, by a table of what is wrong, and
// has then done nothing.
func TestCommands_doNothingWhenCalledWrongly(t *testing.T) {
	h := settled(t)
	before := folderOf(t)
	for _, words := range [][]string{
		{"token", "create"}, {"token", "create", "--name", "x"}, {"token", "create", "--name", "x", "--role", "viewer", "--expires", "soon"}, {"token", "create", "--name", "x", "--role", "viewer", "--expires", "-1d"},
		{"user", "create"}, {"user", "disable"}, {"export"}, {"import"}, {"restore"}, {"clean", "--older-than", "soon"}, {"clean", "--older-than"},
		{"backup", "--keep", "many"}, {"backup", "--output", "yaml"}, {"export", "x.jsonl", "--output", "yaml"}, {"compare-contract"}, {"compare-contract", "--pact", "pact.json"},
		{"application", "rename"}, {"application", "rename", "one"}, {"application", "merge", "one"}, {"import", "archive.jsonl", "--on-conflict", "guess"}, {"import", "archive.jsonl", "--rename", "x"},
	} {
		var out, told bytes.Buffer
		code := h.run(new(bytes.Buffer), &out, &told, words...)
		require.NotZero(t, code, "%v: %s", words, &out)
		require.NotEmpty(t, told.String(), "%v", words)
		require.NotContains(t, told.String(), "panic", "%v", words)
		require.Equal(t, before, folderOf(t), "%v", words)
	}
}

// folderOf is what the folder holds beside what SQLite keeps there.
func folderOf(t *testing.T) map[string]int64 {
	t.Helper()
	files, err := filepath.Glob("*")
	require.NoError(t, err)
	sizes := map[string]int64{}
	for _, file := range files {
		info, err := os.Stat(file)
		require.NoError(t, err)
		if !strings.HasPrefix(file, "accord.db-") && !strings.HasPrefix(file, "accord.db.") {
			sizes[file] = info.Size()
		}
	}
	return sizes
}
