package openapitest

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	broker "github.com/accord-broker/accord"
	"github.com/accord-broker/accord/internal/oaschanges"
)

// releasedContract is openapi.yaml as the last release had it.
const releasedContract = "../../../docs/openapi/released.yaml"

func TestContract_breaksNobodyWithoutANewVersion(t *testing.T) {
	released, err := os.ReadFile(releasedContract)
	require.NoError(t, err)
	require.NoError(t, mayFollow(released, broker.OpenAPI))
}

func TestMayFollow(t *testing.T) {
	document := func(version, rest string) []byte {
		return []byte("openapi: 3.1.0\ninfo: {title: a, version: " + version + "}\npaths:\n  /a:\n    get: {responses: {'200': {description: ok}}}\n" + rest)
	}
	const more = "  /b:\n    get: {responses: {'200': {description: ok}}}\n"
	for name, tt := range map[string]struct {
		released, now []byte
		says          string
	}{
		"nothing has changed":              {document("1.0.0", more), document("1.0.0", more), ""},
		"something was added":              {document("1.0.0", ""), document("1.0.0", more), ""},
		"something is gone":                {document("1.0.0", more), document("1.0.0", ""), "GET /b: API path removed without deprecation"},
		"something is gone in a minor":     {document("1.0.0", more), document("1.1.0", ""), "GET /b"},
		"something is gone in a major":     {document("1.9.0", more), document("2.0.0", ""), ""},
		"something is gone before 1.0":     {document("0.1.0", more), document("0.2.0", ""), ""},
		"a patch before 1.0 takes away":    {document("0.1.0", more), document("0.1.1", ""), "GET /b"},
		"the version became a lower one":   {document("2.0.0", more), document("1.0.0", ""), "GET /b"},
		"a version that is none is told":   {document("1.0.0", ""), document("next", ""), "next"},
		"a document that cannot be read":   {document("1.0.0", ""), []byte("openapi: 3.1.0\ninfo: {version: 1.0.0}\npaths: 7\n"), "cannot be read"},
		"a document without any version":   {document("1.0.0", ""), []byte("openapi: 3.1.0\n"), "version"},
		"a document that is not even YAML": {document("1.0.0", ""), []byte("["), "yaml"},
	} {
		t.Run(name, func(t *testing.T) {
			err := mayFollow(tt.released, tt.now)
			if tt.says == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, tt.says)
		})
	}
}

// mayFollow says what keeps a contract from being released after another one: it
// breaks clients by the book, and its version does not say so.
func mayFollow(released, now []byte) error {
	before, err := versionOf(released)
	if err != nil {
		return err
	}
	after, err := versionOf(now)
	if err != nil {
		return err
	}
	changes, err := oaschanges.Between(released, now)
	if err != nil || mayBreak(before, after) {
		return err
	}
	var breaking []string
	for _, change := range changes {
		if change.Level == oaschanges.Breaking {
			breaking = append(breaking, fmt.Sprintf("%s %s: %s", change.Method, change.Path, change.Text))
		}
	}
	if len(breaking) == 0 {
		return nil
	}
	return fmt.Errorf("openapi.yaml breaks clients of the last release, and its version does not say so; undo it, deprecate first, or raise the version:\n%s", strings.Join(breaking, "\n"))
}

// mayBreak reports whether the step from one version to the next tells that clients
// may break: a new major version, before 1.0 a new minor one.
func mayBreak(before, after [3]int) bool {
	if after[0] != before[0] {
		return after[0] > before[0]
	}
	return after[0] == 0 && after[1] > before[1]
}

func versionOf(text []byte) (version [3]int, err error) {
	var document struct{ Info struct{ Version string } }
	if err := yaml.Unmarshal(text, &document); err != nil {
		return version, err
	}
	parts := strings.Split(document.Info.Version, ".")
	if len(parts) != len(version) {
		return version, fmt.Errorf("the version %q is none such as 1.2.3", document.Info.Version)
	}
	for i, part := range parts {
		if version[i], err = strconv.Atoi(part); err != nil {
			return version, fmt.Errorf("the version %q: %w", document.Info.Version, err)
		}
	}
	return version, nil
}
