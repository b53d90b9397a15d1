package matrix

import (
	"fmt"
	"slices"
	"strings"
)

// Reason is one sentence on why the answer is what it is.
type Reason struct {
	Kind Kind
	// Consumer and Provider are the versions that it is about; of a reason about
	// one version, that is the consumer.
	Consumer, Provider Phrase
}

// Kind is what a reason says.
type Kind int

// The kinds of reasons, in the order in which they are given.
const (
	IgnoredIsMissing Kind = iota
	ProviderIsExternal
	NoTarget
	NoVersionNumber
	VersionAbbreviated
	ContractUnproven
	VersionIsMissing
	PairWithoutRow
	VerificationFailed
	ComparisonFailed
	NeverVerified
	AllVerified
	NothingRequired
	OnlyIgnored
)

// Type is how clients show the reason: warning, error or success.
func (r Reason) Type() string {
	switch r.Kind {
	case IgnoredIsMissing, ProviderIsExternal, NoTarget, NoVersionNumber, VersionAbbreviated, ContractUnproven:
		return "warning"
	case AllVerified, NothingRequired, OnlyIgnored:
		return "success"
	}
	return "error"
}

// Text is the reason in words.
func (r Reason) Text() string {
	switch r.Kind {
	case IgnoredIsMissing:
		return fmt.Sprintf("WARN: What is to be ignored does not exist: %s.", r.Consumer)
	case ProviderIsExternal:
		return fmt.Sprintf("WARN: %s is external and verifies no contracts, so results that are missing from it do not count.", r.Provider.Pacticipant)
	case NoTarget:
		return "WARN: No target environment is given, so the result is not reliable. Name the environment to deploy to, such as environment=production."
	case NoVersionNumber:
		return "WARN: No version number is given. Ask by version number rather than by tag or branch, as what these stand for may change while you deploy."
	case VersionAbbreviated:
		text := fmt.Sprintf("WARN: %s is taken for version %s of %s, the only commit that begins like this.", r.Consumer.Abbreviation, r.Consumer.Number, r.Consumer.Pacticipant)
		if r.Consumer.Overlooked {
			text += fmt.Sprintf(" There is a version %s, too, but it has no contracts and no results: name versions whole where they are tagged or recorded.", r.Consumer.Abbreviation)
		}
		return text
	case ContractUnproven:
		return fmt.Sprintf("WARN: %s has published its contract without evidence that it keeps to it.", r.Provider)
	case ComparisonFailed:
		return fmt.Sprintf("The contract of %s does not keep what %s needs, or the provider does not keep to it.", r.Provider, r.Consumer)
	case VersionIsMissing:
		return r.Consumer.Absence()
	case VerificationFailed:
		return fmt.Sprintf("The verification of the pact between %s and %s failed.", r.Consumer, r.Provider)
	case AllVerified:
		return "All required verification results are there, and all are successful."
	case NothingRequired:
		return "Nothing that is needed is missing: there are no pacts to verify."
	case OnlyIgnored:
		return fmt.Sprintf("Nothing else has to be verified: what is known is left out, as the question ignores %s.", r.Consumer.Pacticipant)
	}
	text := fmt.Sprintf("There is no verified pact between %s and %s.", r.Consumer, r.Provider)
	for _, hint := range []string{r.Consumer.Hint, r.Provider.Hint} {
		if hint != "" {
			text += " " + hint
		}
	}
	return text
}

// Phrase names what a selector stands for.
type Phrase struct {
	Pacticipant string
	Criteria    Criteria
	// Number is the version found, "" if there is none or any will do.
	Number string
	State  State
	// UnknownPacticipant tells that no application has the name.
	UnknownPacticipant bool
	OneOfMany          bool
	// Abbreviation, Overlooked and Hint are those of the entry.
	Abbreviation, Hint string
	Overlooked         bool
}

// Ambiguous reports whether several commits begin like the version asked for.
func (p Phrase) Ambiguous() bool { return strings.HasPrefix(p.Hint, severalBegin) }

// String is the phrase as it stands within a sentence.
func (p Phrase) String() string {
	if p.UnknownPacticipant {
		return fmt.Sprintf("%s (no such application exists)", p.Pacticipant)
	}
	text := p.described()
	switch {
	case p.State == Missing && p.Criteria.Environment != "":
		return text + " (no version is currently recorded as deployed or released there)"
	case p.State == Missing:
		return text + " (no such version exists)"
	case p.Number != "" && p.Criteria.Version == "":
		return text + " (" + p.Number + ")"
	}
	return text
}

func (p Phrase) described() string {
	which := "a version"
	if p.Criteria.Latest {
		which = "the latest version"
	} else if p.OneOfMany {
		which = "one of the versions"
	}
	c, name := p.Criteria, p.Pacticipant
	switch {
	case c.Version != "":
		return fmt.Sprintf("version %s of %s", c.Version, name)
	case c.Tag != "":
		return fmt.Sprintf("%s of %s with tag %s", which, name, c.Tag)
	case c.Branch != "":
		return fmt.Sprintf("%s of %s from branch %s", which, name, c.Branch)
	case c.MainBranch:
		return fmt.Sprintf("%s of %s from its main branch", which, name)
	case c.Environment != "" && p.OneOfMany:
		return fmt.Sprintf("one of the versions of %s currently in %s", name, c.Environment)
	case c.Environment != "":
		return fmt.Sprintf("the version of %s currently in %s", name, c.Environment)
	case c.Latest:
		return fmt.Sprintf("the latest version of %s", name)
	}
	return "any version of " + name
}

// Absence says that there is no such version, and what may have been meant.
func (p Phrase) Absence() string { return strings.TrimSpace(p.Missing() + " " + p.Hint) }

// Missing is the sentence that says that there is no such version.
func (p Phrase) Missing() string {
	c, name := p.Criteria, p.Pacticipant
	switch {
	case c.Version != "" && c == (Criteria{Version: c.Version}):
		return fmt.Sprintf("There is no version %s of %s.", c.Version, name)
	case c.Version != "":
		return fmt.Sprintf("There is no version %s of %s with the branch, tag or environment that is asked for.", c.Version, name)
	case c.Tag != "":
		return fmt.Sprintf("There is no version of %s with tag %s.", name, c.Tag)
	case c.Branch != "":
		return fmt.Sprintf("There is no version of %s from branch %s.", name, c.Branch)
	case c.MainBranch:
		return fmt.Sprintf("There is no version of %s from its main branch.", name)
	case c.Environment != "":
		return fmt.Sprintf("No version of %s is currently recorded as deployed or released in %s.", name, c.Environment)
	}
	return fmt.Sprintf("There is no version of %s.", name)
}

// Phrase names the entry as it stands within a sentence.
func (e Entry) Phrase() Phrase {
	return Phrase{
		Pacticipant: e.Selector.Pacticipant, Criteria: e.Selector.Criteria, Number: e.Version.Number,
		State: e.State, UnknownPacticipant: e.Pacticipant.ID == 0, OneOfMany: e.OneOfMany, Abbreviation: e.Abbreviation, Overlooked: e.Overlooked, Hint: e.Hint,
	}
}

// phrase names the version of an application: as the entry that stands for it,
// or for several without being known, as their selector.
func (d *decision) phrase(pacticipantID int64, name, number string) Phrase {
	of, known := d.byApplication[pacticipantID]
	if known && of.count == 1 && (of.first.State != AnyVersion || number == "") {
		return of.first.Phrase()
	}
	if e, found := of.byNumber[number]; found && number != "" {
		return e.Phrase()
	}
	p := Phrase{Pacticipant: name, State: AnyVersion, Criteria: Criteria{Version: number}}
	if of.count > 1 && of.oneSelector {
		p = of.first.Phrase()
		p.Number = ""
	}
	return p
}

// applicationEntries are the entries that stand for versions of one application.
type applicationEntries struct {
	first       *Entry
	count       int
	byNumber    map[string]*Entry
	oneSelector bool
}

// entriesByApplication sorts entries by their application, so that each row finds its own at once.
func entriesByApplication(entries []Entry) map[int64]applicationEntries {
	all := map[int64]applicationEntries{}
	for i := range entries {
		e := &entries[i]
		of, seen := all[e.Pacticipant.ID]
		if !seen {
			of = applicationEntries{first: e, byNumber: map[string]*Entry{}, oneSelector: true}
		}
		of.count++
		of.oneSelector = of.oneSelector && e.Selector == of.first.Selector
		if _, before := of.byNumber[e.Version.Number]; !before {
			of.byNumber[e.Version.Number] = e
		}
		all[e.Pacticipant.ID] = of
	}
	return all
}

// warnings say what makes the answer less reliable.
func (d *decision) warnings() []Reason {
	var reasons []Reason
	for _, e := range d.ignoring {
		if e.State == Missing {
			reasons = append(reasons, Reason{Kind: IgnoredIsMissing, Consumer: e.Phrase()})
		}
	}
	for _, r := range d.ignored {
		if _, is := d.external[r.Pact.ProviderID]; is && r.Result == nil {
			reasons = append(reasons, Reason{Kind: ProviderIsExternal, Provider: Phrase{Pacticipant: r.Pact.Provider}})
		}
	}
	reasons = once(reasons)
	specified := 0
	byCriteria, byNumber := false, false
	for _, e := range d.entries {
		if !e.Specified {
			continue
		}
		specified++
		byCriteria = byCriteria || e.State != AnyVersion
		byNumber = byNumber || e.Selector.Version != ""
	}
	t := d.q.Target
	if t.Environment == "" && t.Tag == "" && !t.MainBranch && (specified == 1 || d.hasOnlyOneSelector()) {
		reasons = append(reasons, Reason{Kind: NoTarget})
	}
	if byCriteria && !byNumber {
		reasons = append(reasons, Reason{Kind: NoVersionNumber})
	}
	for _, e := range d.entries {
		if e.Abbreviation != "" {
			reasons = append(reasons, Reason{Kind: VersionAbbreviated, Consumer: e.Phrase()})
		}
	}
	var unproven []Reason
	for _, r := range d.rows {
		if r.Result != nil && r.Result.Unproven {
			unproven = append(unproven, Reason{Kind: ContractUnproven, Provider: d.phrase(r.Pact.ProviderID, r.Pact.Provider, r.Provider.Number)})
		}
	}
	return append(reasons, once(unproven)...)
}

// findings say what the answer was drawn from. Each row that stands in the way
// is told of, so with overwritten results one sentence may occur several times.
func (d *decision) findings(v Verdict, without []Pair) []Reason {
	var reasons []Reason
	for _, e := range d.missingVersions() {
		reasons = append(reasons, Reason{Kind: VersionIsMissing, Consumer: e.Phrase()})
	}
	if len(reasons) > 0 {
		return once(reasons)
	}
	for _, p := range without {
		reasons = append(reasons, Reason{Kind: PairWithoutRow, Consumer: d.phrase(p.ConsumerID, p.Consumer, ""), Provider: d.phrase(p.ProviderID, p.Provider, "")})
	}
	for _, what := range []struct {
		kind    Kind
		outcome Outcome
	}{{VerificationFailed, Failed}, {NeverVerified, Unverified}} {
		for _, r := range d.rows {
			if r.Outcome() == what.outcome {
				kind := what.kind
				if r.Result != nil && r.Result.Compared {
					kind = ComparisonFailed
				}
				reasons = append(reasons, Reason{Kind: kind,
					Consumer: d.phrase(r.Pact.ConsumerID, r.Pact.Consumer, r.Pact.VersionNumber), Provider: d.phrase(r.Pact.ProviderID, r.Pact.Provider, r.Provider.Number)})
			}
		}
	}
	switch {
	case len(reasons) > 0:
		return reasons
	case v.Success > 0:
		return []Reason{{Kind: AllVerified}}
	}
	if names := d.ignoredNames(); names != "" {
		return []Reason{{Kind: OnlyIgnored, Consumer: Phrase{Pacticipant: names}}}
	}
	return []Reason{{Kind: NothingRequired}}
}

// ignoredNames are the applications that the question ignores and that have rows.
func (d *decision) ignoredNames() string {
	var names []string
	for _, e := range d.ignoring {
		concerned := slices.ContainsFunc(d.ignored, func(r Row) bool {
			return r.Pact.ConsumerID == e.Pacticipant.ID || r.Pact.ProviderID == e.Pacticipant.ID
		})
		if concerned && !slices.Contains(names, e.Pacticipant.Name) {
			names = append(names, e.Pacticipant.Name)
		}
	}
	return strings.Join(names, " and ")
}

// once leaves out repetitions.
func once(reasons []Reason) []Reason {
	seen := map[Reason]bool{}
	return slices.DeleteFunc(reasons, func(r Reason) bool {
		before := seen[r]
		seen[r] = true
		return before
	})
}
