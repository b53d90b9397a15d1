package commands

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Pacts and documents come from other people, and what is told of them stands in a
// terminal or in the log of a job: no name in them moves the cursor or paints.
func TestCompareContract_showsHostileNamesAsText(t *testing.T) {
	folder := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(folder, name)
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		return path
	}
	const hostile = `evil\u001b[2J\u0007\u009b31m\u202ename`
	contract := file("openapi.json", `{"openapi":"3.0.3","info":{},"paths":{"/a":{"get":{"responses":{"200":{"description":"ok","content":{"application/json":{"schema":{"type":"object","properties":{"`+hostile+`":{"type":"integer"}}}}}}}}}}}`)
	pact := file("pact.json", `{"interactions":[{"description":"`+hostile+`","providerState":"`+hostile+`","request":{"path":"/a","headers":{"`+hostile+`":"x"}},"response":{"status":200,"body":{"`+hostile+`":"`+hostile+`"}}},
		{"description":"x","type":"`+hostile+`","request":{"path":"/`+hostile+`"},"response":{"status":200}}]}`)
	var out, errOut bytes.Buffer
	code := Run(t.Context(), Shell{Name: "broker", Args: []string{"compare-contract", "--provider-contract", contract, "--pact", pact}, Out: &out, Err: &errOut})
	require.Equal(t, exitFailed, code, errOut.String())
	require.Contains(t, out.String(), "evil")
	require.False(t, strings.ContainsAny(out.String()+errOut.String(), "\x1b\x07\u009b\u202e"), "%q", out.String())
}

func TestVisible_dropsOnlyWhatSteers(t *testing.T) {
	for text, want := range map[string]string{
		"plain": "plain", "ü日本🦦": "ü日本🦦", "a\tb\r\nc": "a b  c", "a\x1b[31mb": "a[31mb", "a\x00b\x07c\u009bd": "abcd", "a\u202eb\u2066c\u200fd": "abcd", "👩\u200d💻": "👩\u200d💻", "": "",
	} {
		require.Equal(t, want, visible(text))
	}
	require.Equal(t, "b[2J", firstDifference("a\nb\x1b[2J", "a"))
}
