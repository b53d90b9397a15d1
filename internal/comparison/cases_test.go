package comparison_test

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/comparison"
)

// TestCases runs the scenarios in testdata/cases: each file holds documents and
// pacts, and what comes of comparing them. An interaction of a pact may stand
// there alone; a line of "want" is a finding without its message, or "refused"
// with a part of the reason.
func TestCases(t *testing.T) {
	files, err := filepath.Glob("testdata/cases/*.txtar")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		archive, err := txtar.ParseFile(file)
		require.NoError(t, err)
		parts := map[string]string{}
		for _, part := range archive.Files {
			if name, ok := strings.CutSuffix(part.Name, ".want"); ok {
				t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar")+"/"+name, func(t *testing.T) {
					checkWritten(t, parts["document"], parts[name], string(part.Data))
				})
			}
			parts[part.Name] = string(part.Data)
		}
	}
}

func checkWritten(t *testing.T, document, pact, want string) {
	require.NotEmpty(t, document)
	require.NotEmpty(t, pact)
	report, err := compare(document, wholePact(pact))
	if reason, refused := strings.CutPrefix(strings.TrimSpace(want), "refused "); refused {
		require.ErrorContains(t, err, reason)
		return
	}
	require.NoError(t, err)
	require.Equal(t, lines(want), lines(findingsOf(report)))
}

// wholePact puts an interaction into a pact.
func wholePact(text string) string {
	if strings.Contains(text, `"interactions"`) || strings.Contains(text, `"messages"`) {
		return text
	}
	return `{"consumer":{"name":"Web"},"provider":{"name":"Shop"},"interactions":[` + text + `],"metadata":{"pactSpecification":{"version":"3.0.0"}}}`
}

func findingsOf(report comparison.Report) string {
	var text strings.Builder
	for _, finding := range report.Findings {
		path := strings.TrimPrefix(finding.PactPath, "[root].interactions[0].")
		fmt.Fprintf(&text, "%s %s %s\n", finding.Kind, finding.Code, path)
	}
	for _, judged := range report.Interactions {
		if judged.Uncovered != "" {
			fmt.Fprintf(&text, "uncovered %d: %s\n", judged.Index, judged.Uncovered)
		}
	}
	return text.String()
}

func lines(text string) []string {
	var found []string
	for _, line := range strings.Split(text, "\n") {
		if line = strings.TrimSpace(line); line != "" {
			found = append(found, line)
		}
	}
	slices.Sort(found)
	return slices.Compact(found)
}
