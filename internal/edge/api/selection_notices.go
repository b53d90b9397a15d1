package api

import (
	"fmt"
	"slices"
	"strings"

	"accord/internal/selection"
	"accord/internal/support/links"
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
	reasons := reasonLines(pact)
	versions := "consumer version matches this criterion"
	if len(reasons) > 1 {
		versions = "consumer versions match these criteria"
	}
	return fmt.Sprintf("The pact at %s is being verified because its content belongs to what was asked for. The %s:\n%s",
		base.PactVersion(p.Provider, p.Consumer, p.SHA), versions, strings.Join(reasons, "\n"))
}

// reasonLines has a line for each finding; places of the same kind share one.
func reasonLines(pact selection.Pact) []string {
	var lines []string
	grouped := map[selection.Kind]bool{}
	for _, hit := range pact.Hits {
		kind := hit.Reason.Kind
		if kind != selection.ByDeployment && kind != selection.ByRelease {
			lines = append(lines, reasonLine(hit.Reason.String(), hit.Pact.Consumer, hit.Pact.VersionNumber))
			continue
		}
		if !grouped[kind] {
			lines = append(lines, placesLine(pact, kind))
		}
		grouped[kind] = true
	}
	return lines
}

func reasonLine(what, consumer, versions string) string {
	return fmt.Sprintf("    * %s of %s (%s)", what, consumer, versions)
}

// placesLine lists where the versions of the pact are.
func placesLine(pact selection.Pact, kind selection.Kind) string {
	var environments, numbers []string
	for _, hit := range pact.Hits {
		if hit.Reason.Kind != kind {
			continue
		}
		if !slices.Contains(environments, hit.Reason.Environment) {
			environments = append(environments, hit.Reason.Environment)
		}
		if !slices.Contains(numbers, hit.Pact.VersionNumber) {
			numbers = append(numbers, hit.Pact.VersionNumber)
		}
	}
	state := "deployed to "
	if kind == selection.ByRelease {
		state = "released in "
	}
	return reasonLine(state+strings.Join(environments, ", "), pact.Publication.Consumer, strings.Join(numbers, ", "))
}

func whyInProgress(base links.Base, q selection.Query, pact selection.Pact) string {
	p := pact.Publication
	var heads []string
	for _, hit := range pact.Hits {
		if head := hit.Reason.String(); !slices.Contains(heads, head) {
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
