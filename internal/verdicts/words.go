package verdicts

import (
	"fmt"
	"strings"
	"time"

	"accord/internal/matrix"
)

// Title says what was found in a few words.
func (f Finding) Title() string {
	switch f.Code {
	case CodeVerified:
		return fmt.Sprintf("%s has verified the contract", f.Provider)
	case CodeNoContract:
		return "There is no contract to verify"
	case CodeFailed:
		return fmt.Sprintf("%s fails the contract", f.Provider)
	case CodeRegression:
		return fmt.Sprintf("%s fails a contract that %s fulfilled", f.Provider, f.Regression.Last.Number)
	case CodeNeverVerified:
		return fmt.Sprintf("No version of %s has verified the contract", f.Provider.Name)
	case CodeVerifiedElsewhere:
		if f.History.Fulfilled.ID == 0 {
			return fmt.Sprintf("Tried with %s, but not with %s", f.tried().Number, f.providerWanted())
		}
		return fmt.Sprintf("Verified with %s, but not with %s", f.tried().Number, f.providerWanted())
	case CodePending:
		return "The verification is on its way"
	case CodeLost:
		return "A verification was due, and no result came"
	case CodeNeverPublishes:
		return fmt.Sprintf("%s has never published a verification result", f.Provider.Name)
	}
	return f.titleOfVersion()
}

// titleOfVersion is the title where a version is to blame, not a verification.
func (f Finding) titleOfVersion() string {
	switch f.Code {
	case CodeUnknownVersion:
		return "The broker does not know this version"
	case CodeWithoutContent:
		return fmt.Sprintf("Nothing was ever published for %s", f.bare())
	case CodeNothingDeployed:
		return fmt.Sprintf("No version of %s is in %s", f.absent().Name, f.Place)
	case CodeStaleRecord:
		return fmt.Sprintf("The record of %s in %s is old", f.stale(), f.Place)
	case CodeRemovedButDeployed:
		return fmt.Sprintf("%s is still in %s; its newer versions have no such contract", f.Consumer, f.Place)
	case CodeExternal:
		return fmt.Sprintf("%s is external and verifies no contracts", f.Provider.Name)
	case CodeLeftOut:
		return "The question leaves out what is known of the two"
	}
	return "Left out on request"
}

// Text says what was found, and what it means, in full sentences.
func (f Finding) Text() string {
	switch f.Code {
	case CodeNoContract:
		if f.Provider.Name == "" {
			return fmt.Sprintf("%s has no contract that this question concerns, so there is nothing to break.", f.Consumer)
		}
		return fmt.Sprintf("%s has no contract with %s, so there is nothing to break.", f.Consumer, f.Provider.Name)
	case CodeFailed:
		return f.failures()
	case CodeRegression:
		return fmt.Sprintf("%s %s fulfilled the same contract on %s; %s is the first version known to break it, since %s. %s",
			f.Provider.Name, f.Regression.Last.Number, day(f.Regression.Last.At), f.Regression.First.Number, day(f.Regression.First.At), f.failures())
	case CodeNeverVerified:
		return fmt.Sprintf("The contract was published on %s, and %s has published no result for it. %s", day(f.History.PublishedAt), f.Provider.Name, f.deliveryText())
	case CodeVerifiedElsewhere:
		return f.elsewhere()
	case CodePending:
		return fmt.Sprintf("The contract was published on %s, and its result is not late yet. %s", day(f.History.PublishedAt), f.deliveryText())
	case CodeLost:
		return f.lostText()
	case CodeNeverPublishes:
		return fmt.Sprintf("Its first contract is of %s, and there are contracts from %s, yet no result has ever reached the broker. Its builds may verify contracts without publishing what came of it.",
			day(f.ProviderSummary.FirstContract), count(f.ProviderSummary.Contracts, "consumer"))
	}
	return f.textOfVersion()
}

func (f Finding) textOfVersion() string {
	switch f.Code {
	case CodeUnknownVersion:
		return f.Phrase.Absence()
	case CodeWithoutContent:
		return f.withoutContentText()
	case CodeNothingDeployed:
		if f.Contract == nil {
			return fmt.Sprintf("%s is not recorded there, so there is nothing to break.", f.absent().Name)
		}
		return fmt.Sprintf("%s needs %s, of which no version is recorded there.", f.Consumer, f.Provider.Name)
	case CodeStaleRecord:
		return fmt.Sprintf("It was recorded on %s, and newer versions have been built since, up to %s. The version that really runs there may be another one.", day(f.Since), f.NewestWithContent)
	case CodeRemovedButDeployed:
		return fmt.Sprintf("%s %s has no contract with %s any more, but what runs in %s still does. %s", f.Consumer.Name, f.Head, f.Provider.Name, f.Place, f.failures())
	case CodeExternal:
		return fmt.Sprintf("Since %s: %s. Its missing result does not count.", day(f.External.Since), strings.TrimSuffix(f.External.Reason, "."))
	case CodeLeftOut:
		return "The filter of outcomes or the limit of rows leaves nothing of it. Ask without them."
	case CodeIgnored:
		return "Whatever is known of the two has no part in the answer."
	}
	return ""
}

// failures names what a verification found broken.
func (f Finding) failures() string {
	if f.Result == nil {
		return ""
	}
	if len(f.Failures) == 0 {
		return "The result does not tell which interactions failed."
	}
	var names []string
	for _, t := range f.Failures[:min(len(f.Failures), namedAtMost)] {
		name := t.Description
		if name == "" {
			name = t.InteractionID
		}
		if t.State != "" {
			name += " (" + t.State + ")"
		}
		names = append(names, name)
	}
	if more := len(f.Failures) - len(names); more > 0 {
		names = append(names, fmt.Sprintf("and %d more", more))
	}
	return fmt.Sprintf("%s failed: %s.", count(len(f.Failures), "interaction"), strings.Join(names, "; "))
}

// namedAtMost is how many failed interactions a sentence names.
const namedAtMost = 5

func (f Finding) elsewhere() string {
	tried, what := f.tried(), "fulfils"
	if f.History.Fulfilled.ID == 0 {
		what = "fails"
	}
	return fmt.Sprintf("%s %s %s the contract, as was found on %s. What counts here is %s, and for that there is no result.",
		f.Provider.Name, tried.Number, what, day(tried.At), f.providerWanted())
}

// providerWanted names the provider version that lacks a result.
func (f Finding) providerWanted() string {
	switch {
	case f.Provider.Version != "" && f.Place != "" && !f.Provider.Asked:
		return fmt.Sprintf("%s in %s", f.Provider.Version, f.Place)
	case f.Provider.Version != "":
		return f.Provider.Version
	}
	return "what is asked about"
}

func (f Finding) deliveryText() string {
	if f.LastDelivery == nil {
		return "No webhook has told anybody of it."
	}
	return fmt.Sprintf("A webhook was triggered by it on %s and %s.", day(f.LastDelivery.At), f.LastDelivery.outcome())
}

// outcome says in words what became of the webhook.
func (d Delivery) outcome() string {
	switch d.State {
	case Delivered:
		return "has arrived"
	case GivenUp:
		return "was given up"
	}
	return "has not arrived yet"
}

func (f Finding) lostText() string {
	text := fmt.Sprintf("The contract was published on %s. %s", day(f.History.PublishedAt), f.deliveryText())
	if f.LastDelivery == nil {
		text += fmt.Sprintf(" %s has published results since, but none for this contract: its builds may not select it.", f.Provider.Name)
	}
	return text
}

func (f Finding) withoutContentText() string {
	text := fmt.Sprintf("Neither a contract nor a result was ever published for %s, so nothing can be said of it.", f.bare())
	if !f.Since.IsZero() {
		text += fmt.Sprintf(" It was recorded in %s on %s; the record may name another build than the one that runs there.", f.Place, day(f.Since))
	}
	if f.NewestWithContent != "" {
		text += fmt.Sprintf(" The newest version with content is %s.", f.NewestWithContent)
	}
	return text
}

// bare is the version without any content.
func (f Finding) bare() Party {
	if f.Contract == nil {
		return f.Consumer
	}
	return f.Provider
}

// absent is the application of which no version is in the target.
func (f Finding) absent() Party {
	if f.Contract == nil {
		return f.Consumer
	}
	return f.Provider
}

// stale is the version whose record is old.
func (f Finding) stale() Party {
	if f.Owner != nil && f.Owner.ID == f.Consumer.ID {
		return f.Consumer
	}
	return f.Provider
}

// Summary says in a sentence what stands in the way, if anything does.
func (e Explanation) Summary() string {
	standing, total, left := map[Code]int{}, 0, 0
	for _, f := range e.Findings {
		switch {
		case !f.Counted:
			left++
			continue
		case f.Answer != matrix.Yes:
			standing[f.Code]++
		}
		total++
	}
	var causes []string
	for _, code := range codes {
		if standing[code] > 0 {
			causes = append(causes, fmt.Sprintf("%d %s", standing[code], strings.ReplaceAll(string(code), "_", " ")))
		}
	}
	text := "Nothing stands in the way"
	if len(causes) > 0 {
		text = "In the way: " + strings.Join(causes, ", ")
	}
	text += fmt.Sprintf(" (%s looked at", count(total, "pair"))
	if left > 0 {
		text += fmt.Sprintf(", %d left out", left)
	}
	return text + ")."
}

func count(n int, of string) string {
	if n == 1 {
		return "1 " + of
	}
	return fmt.Sprintf("%d %ss", n, of)
}

// day is how sentences give times.
func day(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 UTC") }
