package trust

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/testing/testrandom"
)

// means reads a pattern letter by letter, as docs/access.md describes it: * is any text
// without a slash, ** any text.
func means(pattern, text string) bool {
	switch {
	case pattern == "":
		return text == ""
	case strings.HasPrefix(pattern, "**"):
		for i := range len(text) + 1 {
			if means(pattern[2:], text[i:]) {
				return true
			}
		}
		return false
	case pattern[0] == '*':
		for i := range len(text) + 1 {
			if means(pattern[1:], text[i:]) {
				return true
			}
			if i < len(text) && text[i] == '/' {
				return false
			}
		}
		return false
	}
	return text != "" && text[0] == pattern[0] && means(pattern[1:], text[1:])
}

func drawnText(random *rand.Rand, letters string) string {
	var text strings.Builder
	for range random.IntN(8) {
		text.WriteByte(letters[random.IntN(len(letters))])
	}
	return text.String()
}

// Whatever stands in a pattern, letters that mean something elsewhere included, it fits the
// texts that its description says and no other.
func TestClaim_fitsByTheLettersOfItsPattern(t *testing.T) {
	random := testrandom.New(t)
	fitted := 0
	for range 30_000 {
		pattern, text := drawnText(random, "a/*.b\n"), drawnText(random, "a/.b\n")
		want := means(pattern, text)
		require.Equal(t, want, Claim{Patterns: []string{pattern}}.matches(text), "%q %q", pattern, text)
		if want {
			fitted++
		}
	}
	require.Greater(t, fitted, 1000, "many fit")
	for _, pattern := range []string{"a.b", "a+", "[ab]", "(a|b)", "^a$", `a\b`, "a?", "{1}", "$", "ä"} {
		require.True(t, Claim{Patterns: []string{pattern}}.matches(pattern), "%q is itself", pattern)
		require.False(t, Claim{Patterns: []string{pattern}}.matches("x"+pattern), "%q", pattern)
		require.False(t, Claim{Patterns: []string{pattern}}.matches(pattern+"\n"), "%q", pattern)
	}
	for _, text := range []string{"aab", "b", "a|b", "aXb"} {
		for _, pattern := range []string{"a.b", "a+b", "[ab]", "^a", "a?b"} {
			require.Equal(t, pattern == text, Claim{Patterns: []string{pattern}}.matches(text), "%q %q", pattern, text)
		}
	}
}

// What is no text cannot be compared with one: a rule from the settings with such a
// pattern must not be taken, and end the broker when the first token comes.
func TestRule_isRefusedWhereAPatternIsNoText(t *testing.T) {
	require.Empty(t, checkClaims([]Claim{{Name: "repository", Patterns: []string{"octo/ä"}}}))
	for _, c := range []Claim{{Name: "repository", Patterns: []string{"octo/\xff"}}, {Name: "repo\xff", Patterns: []string{"octo/web"}}} {
		require.NotEmpty(t, checkClaims([]Claim{c}), "%q", c)
	}
}

// Of all rules that are taken, none fits the jobs of a stranger on the same issuer: one of
// whom every claim says something that the rule does not begin with.
func TestRule_thatIsTakenTrustsNoStranger(t *testing.T) {
	random := testrandom.New(t)
	names := []string{"sub", "repository", "repository_owner", "ref", "environment", "project_path", "workflow", "aud"}
	parts := []string{"octo", "octo/web", "repo:octo/web", "repo:", "*", "**", "/", ":", "refs/heads/main", "main", "*/web", "octo/*", "repo:*", "repo:octo/*:ref", "sc://", "project_path:group/**",
		"ref:refs/heads/main", "ref:refs/heads/*", "environment:main:*", "actor:zz", "job_workflow_ref:octo/ci@*", "ref:refs/heads/main:repo:octo/*", " /*"}
	taken := 0
	for range 5_000 {
		var claims []Claim
		used := map[string]bool{}
		for range 1 + random.IntN(3) {
			c := Claim{Name: names[random.IntN(len(names))]}
			for range 1 + random.IntN(2) {
				c.Patterns = append(c.Patterns, parts[random.IntN(len(parts))])
			}
			if !used[c.Name] {
				claims = append(claims, c)
			}
			used[c.Name] = true
		}
		if len(checkClaims(claims)) > 0 {
			continue
		}
		taken++
		// The stranger has the same branch, environment and workflow, and a repository of
		// their own, whatever it is called and however deep it lies.
		for _, own := range []string{"zz/yy", "zz", "zz/yy/xx", "zz/web", "zz/octo"} {
			stranger := map[string]any{"iss": "https://issuer.example", "aud": "broker", "ref": "refs/heads/main", "environment": "main", "workflow": "main"}
			for name, text := range map[string]string{"sub": "repo:" + own + ":ref:refs/heads/main", "repository": own, "repository_owner": "zz", "project_path": own} {
				stranger[name] = text
			}
			for _, everybodys := range []string{"ref", "environment", "workflow"} {
				for _, c := range claims {
					if c.Name == everybodys { // says whatever is asked for
						stranger[everybodys] = strings.ReplaceAll(c.Patterns[0], "*", "x")
					}
				}
			}
			for _, subject := range []string{"repo:" + own, "ref:refs/heads/main", "environment:main:repo:" + own, "actor:zz", "job_workflow_ref:octo/ci@main", "ref:refs/heads/main:repo:" + own} {
				stranger["sub"] = subject
				rule := Rule{Issuer: "https://issuer.example", Audience: "broker", Claims: claims}
				require.NotEmpty(t, rule.Unmet(stranger), "%+v lets %v in", claims, stranger)
			}
			stranger["sub"] = "repo:" + own + ":ref:refs/heads/main"
			rule := Rule{Issuer: "https://issuer.example", Audience: "broker", Claims: claims}
			require.NotEmpty(t, rule.Unmet(stranger), "%+v lets %v in", claims, stranger)
		}
	}
	require.Greater(t, taken, 500, "many rules are taken")
}
