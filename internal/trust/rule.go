// Package trust lets pipelines sign in without a secret of their own: it exchanges
// the token with which a CI provider says who a job is for a token of the broker,
// under rules that say which jobs are trusted with what.
package trust

import (
	"encoding/json"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/accord-broker/accord/internal/access"
	"github.com/accord-broker/accord/internal/support/fault"
)

// Rule says that whoever shows a token of the issuer, made for the audience, with
// claims that fit all patterns, gets the role for the scope.
type Rule struct {
	// ID is its name in addresses; that of a rule from the settings begins with
	// "settings-".
	ID, Name         string
	Issuer, Audience string
	Claims           []Claim
	Role             access.Role
	Scope            access.Scope
	CreatedAt        time.Time
	// Ignored says why no token is given under the rule, though it is kept: what rules
	// must say has become stricter since, or what the settings let them. It is empty for
	// rules that count.
	Ignored []string
}

// Claim is what a claim must say: one of the patterns, in which * stands for any
// text without a slash, and ** for any text.
type Claim struct {
	Name     string
	Patterns []string
}

// IsFromSettings reports whether the rule stands in the settings, where alone it
// can be changed.
func (r Rule) IsFromSettings() bool { return strings.HasPrefix(r.ID, fromSettings) }

const (
	fromSettings = "settings-"
	longest      = 200
	maxClaims    = 20
	maxPatterns  = 20
)

// check returns the fields that break a rule, those of addresses by whether a
// private issuer may be named.
func (r Rule) check(private func(host string) bool) []fault.Field {
	var wrong []fault.Field
	add := func(field, format string, args ...any) {
		wrong = append(wrong, fault.Field{Name: field, Message: fmt.Sprintf(format, args...)})
	}
	if strings.TrimSpace(r.Name) == "" || !isLine(r.Name) {
		add("name", "must be one line of 1 to %d characters", longest)
	}
	if problem := access.CheckText(r.Name); problem != "" {
		add("name", "%s", problem)
	}
	if err := checkIssuer(r.Issuer, private); err != nil {
		add("issuer", "%v", err)
	}
	if strings.TrimSpace(r.Audience) == "" || !isLine(r.Audience) {
		add("audience", "must be what the tokens are made for, such as the address of this broker")
	}
	if r.Role == "" {
		add("role", "must be given")
	}
	if r.Role == access.Admin && !r.Scope.All {
		add("applications", "must be left out for the role admin, which is for all of them")
	}
	return append(wrong, checkClaims(r.Claims)...)
}

// checkClaims refuses rules that trust everybody who can get a token of the
// issuer: on a public one, that is everybody.
func checkClaims(claims []Claim) []fault.Field {
	var wrong []fault.Field
	narrow := false
	for _, c := range claims {
		field := "claims." + c.Name
		switch {
		case strings.TrimSpace(c.Name) == "" || !isLine(c.Name):
			wrong = append(wrong, fault.Field{Name: "claims", Message: "must name each claim"})
		case len(c.Patterns) == 0 || len(c.Patterns) > maxPatterns:
			wrong = append(wrong, fault.Field{Name: field, Message: fmt.Sprintf("must have 1 to %d patterns", maxPatterns)})
		case slices.ContainsFunc(c.Patterns, func(p string) bool { return p == "" || !isLine(p) }):
			wrong = append(wrong, fault.Field{Name: field, Message: fmt.Sprintf("must be texts of 1 to %d characters", longest)})
		}
		narrow = narrow || c.saysWho()
	}
	if len(claims) > maxClaims {
		wrong = append(wrong, fault.Field{Name: "claims", Message: fmt.Sprintf("must be %d at most", maxClaims)})
	}
	if !narrow {
		wrong = append(
			wrong,
			fault.Field{
				Name:    "claims",
				Message: "must say of one claim at least whose it is, such as repository: octo/web or octo/*, project_path or sub: everybody else may get tokens of the same issuer, with any branch or environment in them, and names that begin alike",
			},
		)
	}
	return wrong
}

// whoClaims are the claims by which CI providers say whose job it is. Others hold for the
// jobs of everybody: a branch, an event, the reusable workflow of somebody else.
var whoClaims = []string{
	"sub", "repository", "repository_id", "repository_owner", "repository_owner_id", "workflow_ref", "enterprise", "enterprise_id", // GitHub
	"project_path", "project_id", "namespace_path", "namespace_id", ofConfiguration, // GitLab
	"organization", "organization_id", "organization_slug", "pipeline_id", "account_id", // Buildkite, Harness
	"repositoryUuid", "workspaceUuid", // Bitbucket
	"oidc.circleci.com/project-id", "oidc.circleci.com/org-id", // CircleCI
	"org", "org_id", "prj_id", // Semaphore
	"terraform_organization_id", "terraform_organization_name", "terraform_project_id", "terraform_workspace_id", // Terraform
}

// ofConfiguration is GitLab's claim of the file that defines the pipeline, which begins
// with the host.
const ofConfiguration = "ci_config_ref_uri"

var (
	// kind is how a text begins that says of what it is the name: "repo:", "sc://".
	kind = regexp.MustCompile(`^[a-zA-Z_]+:/*`)
	// whoOfSubject finds, in a subject of such parts, what comes behind the first kind that
	// says whose job it is. The other kinds are as everybody's: ref, environment, actor.
	whoOfSubject = regexp.MustCompile(`(?:^|:)(?:repo|repository|repository_id|repository_owner|repository_owner_id|enterprise|enterprise_id|workflow_ref` + // GitHub
		`|project_path|project_id|namespace_path|namespace_id` + // GitLab
		`|organization|organization_id|organization_slug|org|org_id|account|account_id|owner|owner_id|project|sc|system:serviceaccount):/*(.*)`)
)

// saysWho reports whether the claim holds for somebody who is meant and not for
// everybody: each pattern names them in full before it stands for any text. Whoever
// likes can have a name that only begins like theirs.
func (c Claim) saysWho() bool {
	return len(c.Patterns) > 0 && slices.Contains(whoClaims, c.Name) && !slices.ContainsFunc(c.Patterns, func(pattern string) bool {
		begins, _, open := strings.Cut(pattern, "*")
		who := c.withoutKind(begins)
		end := strings.IndexAny(who, ":/")
		if end < 0 && open {
			return true
		}
		if end >= 0 {
			who = who[:end]
		}
		return !strings.ContainsFunc(who, isNameCharacter)
	})
}

func isNameCharacter(r rune) bool { return unicode.IsLetter(r) || unicode.IsNumber(r) }

// withoutKind is the beginning of a pattern without what that of everybody has, too.
func (c Claim) withoutKind(begins string) string {
	switch {
	case c.Name == ofConfiguration:
		_, begins, _ = strings.Cut(begins, "/")
		return begins
	case c.Name == "sub" && kind.MatchString(begins):
		parts := whoOfSubject.FindStringSubmatch(begins)
		if parts == nil {
			return ""
		}
		return parts[1]
	case c.Name == "sub":
		begins = strings.TrimPrefix(begins, "org/") // CircleCI
	}
	return strings.TrimLeft(kind.ReplaceAllString(begins, ""), ":/")
}

// checkIssuer returns why keys may not be read from the issuer, completing "must be".
func checkIssuer(issuer string, private func(host string) bool) error {
	u, err := url.Parse(issuer)
	if err != nil || u.Host == "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil || !isLine(issuer) {
		return fmt.Errorf("must be the address in the claim iss, such as https://token.actions.githubusercontent.com")
	}
	if u.Scheme != "https" && (u.Scheme != "http" || !private(u.Hostname())) {
		return fmt.Errorf("must begin with https://; http is for hosts alone that PACT_BROKER_TRUST_PRIVATE_HOSTS names")
	}
	return nil
}

func isLine(text string) bool {
	return utf8.ValidString(text) && len([]rune(text)) <= longest && !strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r == 0x7f })
}

// Unmet says why claims do not fit the rule; nothing if they do.
func (r Rule) Unmet(claims map[string]any) []string {
	var reasons []string
	if found := texts(claims["iss"]); !slices.Contains(found, r.Issuer) {
		return []string{fmt.Sprintf("iss is %s and not %q", said(found), r.Issuer)}
	}
	if found := texts(claims["aud"]); !slices.Contains(found, r.Audience) {
		reasons = append(reasons, fmt.Sprintf("aud is %s and not %q", said(found), r.Audience))
	}
	for _, c := range r.Claims {
		found := texts(claims[c.Name])
		if len(found) == 0 {
			reasons = append(reasons, fmt.Sprintf("%s is missing", c.Name))
		} else if !slices.ContainsFunc(found, c.matches) {
			reasons = append(reasons, fmt.Sprintf("%s is %s, which fits none of %s", c.Name, said(found), said(c.Patterns)))
		}
	}
	return reasons
}

// matches reports whether a text is what one of the patterns says.
func (c Claim) matches(text string) bool {
	return slices.ContainsFunc(c.Patterns, func(pattern string) bool { return expression(pattern).MatchString(text) })
}

// expression is a pattern as a regular expression, which takes time in proportion
// to the text only.
func expression(pattern string) *regexp.Regexp {
	quoted := regexp.QuoteMeta(pattern)
	quoted = strings.ReplaceAll(quoted, `\*\*`, `(?s:.*)`)
	quoted = strings.ReplaceAll(quoted, `\*`, `[^/]*`)
	return regexp.MustCompile(`\A` + quoted + `\z`)
}

// texts are what a claim says, as texts: one, or a list of them.
func texts(value any) []string {
	switch v := value.(type) {
	case string:
		return []string{v}
	case bool:
		return []string{fmt.Sprint(v)}
	case json.Number:
		return []string{v.String()}
	case []any:
		var all []string
		for _, element := range v {
			if _, nested := element.([]any); nested {
				return nil
			}
			all = append(all, texts(element)...)
		}
		return all
	}
	return nil
}

// said quotes texts for people, the long ones cut.
func said(found []string) string {
	if len(found) == 0 {
		return "missing"
	}
	quoted := make([]string, 0, len(found))
	for _, text := range found[:min(len(found), maxPatterns)] {
		if runes := []rune(text); len(runes) > longest {
			text = string(runes[:longest]) + "…"
		}
		quoted = append(quoted, fmt.Sprintf("%q", text))
	}
	return strings.Join(quoted, ", ")
}
