package verdicts

import "strings"

// CodeUnknownVersion says that a version that was asked about does not exist.
const CodeUnknownVersion Code = "unknown_version"

type unknownVersion struct{}

func (unknownVersion) code() Code { return CodeUnknownVersion }

func (unknownVersion) when(f Finding, _ *evidence) bool { return f.gap == versionMissing }

func (unknownVersion) complete(f *Finding, e *evidence) { e.own(f, f.Consumer) }

func (unknownVersion) title(f Finding) string { return strings.TrimSuffix(f.Phrase.Missing(), ".") }

func (unknownVersion) text(f Finding) string { return f.Phrase.Absence() }

func (unknownVersion) ofNoVersion() {}

func (unknownVersion) actions(f Finding) []Action {
	name := f.Consumer.Name
	if name == "" {
		name = f.Phrase.Pacticipant
	}
	actions := []Action{{Kind: Publish, Application: name, Version: f.Phrase.Criteria.Version, Doubt: doubtOf(f)}}
	if f.Phrase.Criteria.MainBranch {
		actions[0] = Action{Kind: SetMainBranch, Application: name}
	}
	if f.Consumer.ID != 0 {
		actions = append(actions, Action{Kind: LookAtVersions, Application: name})
	}
	return actions
}

// doubtOf is what of the version that was asked for may have been mistyped.
func doubtOf(f Finding) Doubt {
	switch {
	case f.Phrase.Criteria.Version == "":
		return DoubtedName
	case f.Phrase.Ambiguous():
		return DoubtedCommit
	}
	return DoubtedNumber
}
