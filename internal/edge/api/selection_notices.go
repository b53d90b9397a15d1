package api

import (
	"fmt"
	"slices"
	"strings"

	"github.com/accord-broker/accord/internal/selection"
	"github.com/accord-broker/accord/internal/support/links"
)

// The moments at which verifiers print notices.
const (
	beforeVerification = "before_verification"
	afterSuccessUnsent = "after_verification:success_true_published_false"
	afterFailureUnsent = "after_verification:success_false_published_false"
	afterSuccessSent   = "after_verification:success_true_published_true"
	afterFailureSent   = "after_verification:success_false_published_true"
)

// verificationNotices tell why a pact is given and what its result will mean.
func verificationNotices(base links.Base, q selection.Query, pact selection.Pact) []verificationNotice {
	why := whySelected(base, pact)
	if pact.WIP {
		why = whyInProgress(base, q, pact)
	}
	notices := []verificationNotice{{beforeVerification, why}}
	if !q.Pending {
		return notices
	}
	notices = append(notices, verificationNotice{beforeVerification, whatItMeans(q, pact)})
	if !pact.Pending {
		return notices
	}
	by := verifiers(q, pact)
	failed := "This pact is still pending, as " + by + " has not verified it successfully yet."
	return append(notices,
		verificationNotice{afterSuccessUnsent, "This pact is still pending, as the result was not published."},
		verificationNotice{afterFailureUnsent, failed},
		verificationNotice{afterSuccessSent, "This pact is not pending any more for " + by + ". If it fails from now on, the build breaks."},
		verificationNotice{afterFailureSent, failed},
	)
}

func whySelected(base links.Base, pact selection.Pact) string {
	p := pact.Publication
	return fmt.Sprintf("The pact at %s is being verified because it is the contract of\n%s",
		base.PactVersion(p.Provider, p.Consumer, p.SHA), strings.Join(reasonLines(pact), "\n"))
}

// reasonLines has a line for each criterion: what it asks for, and the versions
// that it found. What two selectors ask for alike is said once.
func reasonLines(pact selection.Pact) []string {
	var order []selection.Reason
	found := map[selection.Reason]*criterion{}
	for _, match := range pact.Matches {
		key := match.Reason
		key.Consumer, key.Production = "", false
		if key.Kind == selection.ByDeployment || key.Kind == selection.ByRelease {
			key.Environment = ""
		}
		c := found[key]
		if c == nil {
			c = &criterion{reason: match.Reason, consumer: match.Pact.Consumer}
			found[key], order = c, append(order, key)
		}
		c.add(match)
	}
	lines := make([]string, len(order))
	for i, key := range order {
		lines[i] = "    * " + found[key].String()
	}
	return lines
}

// criterion is what selectors ask for, with the versions that they have found.
type criterion struct {
	reason                selection.Reason
	consumer              string
	environments, numbers []string
	// forAll and forConsumer report whether a selector for all consumers asks for
	// it, and whether one for this consumer does.
	forAll, forConsumer bool
}

func (c *criterion) add(match selection.Match) {
	c.forAll = c.forAll || match.Reason.Consumer == ""
	c.forConsumer = c.forConsumer || match.Reason.Consumer != ""
	if !slices.Contains(c.environments, match.Reason.Environment) {
		c.environments = append(c.environments, match.Reason.Environment)
	}
	if !slices.Contains(c.numbers, match.Pact.VersionNumber) {
		c.numbers = append(c.numbers, match.Pact.VersionNumber)
	}
}

// String is the criterion in words.
func (c *criterion) String() string {
	text := fmt.Sprintf("%s (%s)", c.versions(), strings.Join(c.numbers, ", "))
	if c.forAll && c.forConsumer {
		text += ", asked for by a selector for all consumers and by one for " + c.consumer
	}
	return text
}

func (c *criterion) versions() string {
	latest, one := "the latest version of "+c.consumer, "a version of "+c.consumer
	if len(c.numbers) > 1 {
		one = "versions of " + c.consumer
	}
	switch r := c.reason; r.Kind {
	case selection.ByBranch:
		return latest + " from branch " + r.Branch
	case selection.ByMainBranch:
		return latest + " from its main branch"
	case selection.ByLatestTag:
		return latest + " with tag " + r.Tag
	case selection.ByTag:
		return one + " with tag " + r.Tag
	case selection.ByDeployment:
		return one + " deployed to " + strings.Join(c.environments, ", ")
	case selection.ByRelease:
		return one + " released in " + strings.Join(c.environments, ", ")
	case selection.ByEnvironment:
		return one + " in " + r.Environment
	}
	return latest
}

func whyInProgress(base links.Base, q selection.Query, pact selection.Pact) string {
	p := pact.Publication
	var heads []string
	for _, match := range pact.Matches {
		if head := match.Reason.String(); !slices.Contains(heads, head) {
			heads = append(heads, head)
		}
	}
	return fmt.Sprintf("The pact at %s is work in progress of %s (%s): it was not asked for, and %s has not verified it successfully yet while it was. Read more at %s",
		base.PactVersionWithMetadata(p.Provider, p.Consumer, p.SHA, metadataOf(q, pact).Encode()), p.Consumer, strings.Join(heads, ", "), verifiers(q, pact), "https://docs.pact.io/wip")
}

func whatItMeans(q selection.Query, pact selection.Pact) string {
	switch {
	case pact.WIP:
		return "This pact is pending because it is work in progress. If it fails, the build does not break."
	case pact.Pending:
		return "This pact is pending because " + verifiers(q, pact) + " has not verified it successfully yet. If it fails, the build does not break. Read more at https://docs.pact.io/pending"
	default:
		return "This pact was verified successfully before by " + verifiers(q, pact) + ". If it fails, the build breaks."
	}
}

// verifiers names the versions of the provider whose results count.
func verifiers(q selection.Query, pact selection.Pact) string {
	provider, tags := pact.Publication.Provider, q.ProviderTags
	if pact.WIP && q.ProviderBranch == "" {
		tags = pact.WIPTags
	}
	switch {
	case q.ProviderBranch != "":
		return fmt.Sprintf("%s on branch '%s'", provider, q.ProviderBranch)
	case len(tags) == 1:
		return fmt.Sprintf("%s with tag '%s'", provider, tags[0])
	case len(tags) > 1:
		return fmt.Sprintf("%s with each of the tags '%s'", provider, strings.Join(tags, "', '"))
	default:
		return provider
	}
}
