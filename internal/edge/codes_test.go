package edge_test

import (
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/edge"
)

var update = flag.Bool("update", false, "write docs/errors.md anew")

const errorsPage = "../../docs/errors.md"

const errorsIntroduction = `# Errors

<!-- Made from internal/edge/codes.go by "go test ./internal/edge -update"; do not edit. -->

Every failure under ` + "`/api/v1`" + ` is a problem document (RFC 9457, ` + "`application/problem+json`" + `):

| member | meaning |
|---|---|
| ` + "`code`" + ` | What went wrong, for programs. Codes are added, but never change their meaning: treat one that you do not know by its status. |
| ` + "`action`" + ` | What to do about it, for people. |
| ` + "`retryable`" + ` | Whether the same request may work later. |
| ` + "`request_id`" + ` | The id of the request, also in ` + "`X-Request-Id`" + `, in the log and at ` + "`/api/v1/requests/{id}`" + `. |
| ` + "`type`" + ` | The address of a page about the code, at the broker itself. |
| ` + "`title`" + `, ` + "`status`" + `, ` + "`detail`" + `, ` + "`instance`" + ` | As the RFC says; ` + "`detail`" + ` is for people and may change. |
| ` + "`errors`" + ` | Where fields are to blame: each with a ` + "`detail`" + ` and a ` + "`pointer`" + `. |

What is no request of HTTP, such as a percent sign in a path without two hexadecimal digits behind it, or a control
character in a header, reaches neither API: it is answered with 400 in plain text, and the connection is closed.

The compatible API answers as the Pact Broker does unless the client accepts problem documents; their ` + "`type`" + ` has a page, too.

| code | status | same request later? | title |
|---|---|---|---|
`

func renderErrors() string {
	var table, sections strings.Builder
	for _, code := range edge.Codes() {
		later := "no"
		if code.Retryable {
			later = "yes"
		}
		fmt.Fprintf(&table, "| [`%s`](#%s) | %d | %s | %s |\n", code.Name, code.Name, code.Status, later, code.Title)
		sections.WriteString("\n" + code.Markdown(2))
	}
	return errorsIntroduction + table.String() + sections.String()
}

func TestCodes_areWrittenDown(t *testing.T) {
	if *update {
		require.NoError(t, os.WriteFile(errorsPage, []byte(renderErrors()), 0o644))
	}
	written, err := os.ReadFile(errorsPage)
	require.NoError(t, err)
	require.Equal(t, renderErrors(), string(written), "docs/errors.md is behind: go test ./internal/edge -update")
}

func TestCodes_areOrderedAndComplete(t *testing.T) {
	pages := map[string]bool{}
	codes := edge.Codes()
	require.True(t, slices.IsSortedFunc(codes, func(a, b edge.Code) int {
		if a.Status != b.Status {
			return a.Status - b.Status
		}
		return strings.Compare(a.Name, b.Name)
	}))
	for _, code := range codes {
		require.Regexp(t, `^[a-z]+(_[a-z]+)*$`, code.Name)
		require.False(t, pages[code.Page()], "%s twice", code.Name)
		pages[code.Page()] = true
		require.True(t, 400 <= code.Status && code.Status <= 599, code.Name)
		for _, text := range []string{code.Title, code.Action, code.Means} {
			require.NotEmpty(t, text, code.Name)
		}
		found, known := edge.CodeOnPage(code.Page())
		require.True(t, known)
		require.Equal(t, code, found)
	}
}

// coded finds where a failure is given a code of its own.
var coded = regexp.MustCompile(`(?:Coded\(|refusal\{code: |\bcode: +)"([a-z_]+)"`)

func TestCodes_areInTheListWhereverTheyAreGiven(t *testing.T) {
	given := 0
	require.NoError(t, filepath.WalkDir("..", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		pattern := coded
		if !strings.HasPrefix(path, "../edge/") {
			pattern = regexp.MustCompile(`Coded\("([a-z_]+)"`)
		}
		for _, found := range pattern.FindAllStringSubmatch(string(text), -1) {
			_, known := edge.CodeNamed(found[1])
			require.True(t, known, "%s gives %s, which is not in the list", path, found[1])
			given++
		}
		return nil
	}))
	require.Greater(t, given, 5)
}
