package comparison_test

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/accord-broker/accord/internal/comparison"
)

// ofPaths is a document of YAML with so many paths.
func ofPaths(n int) []byte {
	return []byte("openapi: 3.0.3\npaths:\n" + strings.ReplaceAll(many(n, func(i int) string {
		return fmt.Sprintf("  /p%d: {get: {responses: {'200': {description: ok}}}}", i)
	}), "},  /", "}\n  /") + "\n")
}

// allocated is how many bytes fn has allocated.
func allocated(fn func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	fn()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

func TestReadDocument_refusesWhatHoldsTooMuchBeforeItIsRead(t *testing.T) {
	for name, tt := range map[string]struct{ document, reason string }{
		"paths of YAML":              {string(ofPaths(150_000)), "it holds too much"},
		"paths of JSON":              {`{"openapi":"3.0.3","paths":{` + many(150_000, func(i int) string { return fmt.Sprintf(`"/p%d":{"get":{"responses":{}}}`, i) }) + `}}`, "it holds too much"},
		"a list of JSON":             {`{"openapi":"3.0.3","x":[` + many(6_000_000, func(int) string { return "1" }) + `]}`, "it holds too much"},
		"names without values":       {"{openapi: 3.0.3, x: {" + many(400_000, func(i int) string { return fmt.Sprintf("a%d", i) }) + "}}", "it holds too much"},
		"a flow with quotes of YAML": {"{'\"': 1, openapi: 3.0.3, x: [" + many(400_000, func(int) string { return "1" }) + "]}", "it holds too much"},
		"dashes":                     {"openapi: 3.0.3\nx:\n" + strings.Repeat("- - - - 1\n", 200_000), "it holds too much"},
	} {
		t.Run(name, func(t *testing.T) {
			var err error
			document := []byte(tt.document)
			require.Less(t, allocated(func() { _, err = comparison.ReadDocument(document) }), uint64(8<<20))
			require.ErrorContains(t, err, tt.reason)
			require.ErrorContains(t, err, "Leave out what no consumer needs")
		})
	}
	_, err := comparison.ReadDocument(ofPaths(20_001))
	require.ErrorContains(t, err, "it has 20001 paths, and 20000 is the limit")
	_, err = comparison.ReadDocument(ofPaths(20_000))
	require.NoError(t, err)
}

// What people have: a document of 13 MB with 1,000 operations, in both languages.
func TestReadDocument_takesLargeOnes(t *testing.T) {
	document, _ := large()
	_, err := comparison.ReadDocument(document)
	require.NoError(t, err)
	var tree any
	require.NoError(t, yaml.Unmarshal(document, &tree))
	written, err := yaml.Marshal(tree)
	require.NoError(t, err)
	_, err = comparison.ReadDocument(written)
	require.NoError(t, err)
	require.Greater(t, comparison.Weight(written), comparison.Weight(document)*3/2, "YAML weighs more")
	require.Greater(t, comparison.Weight(document), int64(len(document)))
}

func TestTooLarge_countsTogetherWhatIsReadTogether(t *testing.T) {
	half := []byte(`{"openapi":"3.0.3","x":[` + many(600_000, func(int) string { return "1" }) + `]}`)
	require.NoError(t, comparison.TooLarge(half))
	require.ErrorContains(t, comparison.TooLarge(half, half), "it holds too much")
	require.NoError(t, comparison.TooLarge())
	long := []byte(`{"openapi":"` + strings.Repeat("a", 11<<20) + `"}`)
	require.ErrorContains(t, comparison.TooLarge(long, long), "it has 22 MB, and 20 MB is the limit")
}

func TestReadDocument_readsAliasesOfWhatHasAnotherPlace(t *testing.T) {
	for name, document := range map[string]string{
		"a key":            "openapi: 3.0.3\ninfo: {&name title: a, version: *name}\npaths: {}\n",
		"within an anchor": "openapi: 3.0.3\ninfo: &all {title: &t a}\nx: *t\ny: *all\nz: [*all, *t]\npaths: {}\n",
		"an anchor twice":  "openapi: 3.0.3\na: &x {b: 1}\nb: *x\nc: &x [1]\nd: *x\npaths: {}\n",
		"a merge":          "openapi: 3.0.3\na: &x {b: 1}\nb: {<<: *x, c: 1}\npaths: {}\n",
	} {
		_, err := comparison.ReadDocument([]byte(document))
		require.NoError(t, err, name)
	}
	_, err := comparison.ReadDocument([]byte("openapi: 3.0.3\na: &x {b: [*x]}\n"))
	require.ErrorContains(t, err, "an alias stands for something that holds the alias itself")
}
