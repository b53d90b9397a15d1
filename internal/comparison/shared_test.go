package comparison_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/comparison"
)

// recorded is the answer that a case wants.
type recorded struct {
	Outcome string
	Success *bool
	Results []result
	Reason  *struct {
		Success *bool
		Results []result
		Follow  string
	} `json:"by_reason"`
}

type result struct{ Type, Code, Interaction string }

// TestSharedCases compares with recorded answers, where they lie at hand. Their
// README has the rules of passing.
func TestSharedCases(t *testing.T) {
	folder := sharedCases()
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Skip("no recorded cases lie beside this repository; ACCORD_PROVIDER_CONTRACT_CASES names another place")
	}
	for _, entry := range entries {
		t.Run(entry.Name(), func(t *testing.T) { checkCase(t, filepath.Join(folder, entry.Name())) })
	}
}

func sharedCases() string {
	if folder := os.Getenv("ACCORD_PROVIDER_CONTRACT_CASES"); folder != "" {
		return folder
	}
	return filepath.Join("..", "..", "..", "shared", "provider-contracts", "cases")
}

func checkCase(t *testing.T, folder string) {
	var want recorded
	require.NoError(t, json.Unmarshal(read(t, filepath.Join(folder, "expected.json")), &want))
	report, refused := compareFiles(t, folder)
	byReason := want.Reason != nil && want.Reason.Follow == "reason"
	success, results := want.Success, want.Results
	if byReason {
		success, results = want.Reason.Success, want.Reason.Results
	}
	if success == nil {
		require.True(t, refused != nil || report.NothingCompared(), "no verdict can be given")
		return
	}
	require.NoError(t, refused)
	require.Equal(t, *success, report.Compatible(), "%+v", report.Findings)
	require.Equal(t, codes(results, !byReason), codes(foundResults(report), !byReason), "%+v", report.Findings)
}

func compareFiles(t *testing.T, folder string) (comparison.Report, error) {
	files, err := filepath.Glob(filepath.Join(folder, "*api.*"))
	require.NoError(t, err)
	require.Len(t, files, 1)
	document, err := comparison.ReadDocument(read(t, files[0]))
	if err != nil {
		return comparison.Report{}, err
	}
	pact, err := comparison.ReadPact(read(t, filepath.Join(folder, "pact.json")))
	if err != nil {
		return comparison.Report{}, err
	}
	return comparison.Compare(document, pact)
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	return data
}

func foundResults(report comparison.Report) []result {
	var results []result
	for _, finding := range report.Findings {
		results = append(results, result{string(finding.Kind), finding.Code, finding.Description})
	}
	return results
}

// codes are the types and codes without repetition, each with its interaction
// where the answer was recorded.
func codes(results []result, perInteraction bool) []string {
	found := []string{}
	for _, result := range results {
		line := result.Type + " " + result.Code
		if perInteraction {
			line += " in " + result.Interaction
		}
		found = append(found, strings.TrimSpace(line))
	}
	slices.Sort(found)
	return slices.Compact(found)
}
