package app

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/support/config"
	"github.com/accord-broker/accord/internal/trust"
)

func TestReadTrustRules_namesWhatIsWrong(t *testing.T) {
	s := trust.Service{Keys: &trust.Keys{Private: func(string) bool { return false }}}
	read := func(text string) ([]trust.Rule, error) {
		path := filepath.Join(t.TempDir(), "rules.yml")
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		return readTrustRules(path, s.Check)
	}
	rules, err := read("- name: web\n  issuer: https://gitlab.com\n  audience: https://broker.example\n  claims:\n    project_path: [octo/web]\n    ref: [main]\n  role: consumer-ci\n  applications: [web]\n")
	require.NoError(t, err)
	require.Len(t, rules, 1)
	require.True(t, rules[0].IsFromSettings())
	require.Equal(t, []trust.Claim{{Name: "project_path", Patterns: []string{"octo/web"}}, {Name: "ref", Patterns: []string{"main"}}}, rules[0].Claims)
	for text, want := range map[string]string{
		"- name: web\n  issuer: https://gitlab.com\n  audience: broker\n  claims: {project_path: [octo/web]}\n  role: viewer\n  teams: []\n": "leave it out for all applications",
		"- name: web\n  role: boss\n": "rule no. 1", "web": "list of rules in YAML", "- colour: red\n": "colour",
	} {
		_, err := read(text)
		require.ErrorAs(t, err, new(config.Problems))
		require.ErrorContains(t, err, want)
	}
	_, err = readTrustRules("/nowhere", s.Check)
	require.ErrorContains(t, err, "PACT_BROKER_TRUST_RULES")
}
