package verdicts

// Code says in one word why the answer about two versions is what it is. Codes
// are part of the API: programs rely on them, and docs/verdicts.md says of each
// what to do.
type Code string

// cause is one reason why two versions get the answer they get. All that belongs
// to it stands in one file; causes puts it in its place.
type cause interface {
	code() Code
	// when reports whether it is the cause, if none before it in causes is.
	when(f Finding, e *evidence) bool
	// complete writes down since when, whose it is, and what it was found by.
	complete(f *Finding, e *evidence)
	// title says in a few words what was found, text what it means in sentences.
	title(f Finding) string
	text(f Finding) string
	// actions says what can be done about it, the most promising first.
	actions(f Finding) []Action
}

// located is a cause that says where something was found, and in how much of a contract,
// where its title does not. number writes the number of a version.
type located interface {
	located(f Finding, number func(string) string) string
}

// ofNoVersion is a cause of findings about a version that does not exist.
type ofNoVersion interface{ ofNoVersion() }

// causes are in the order in which they are looked for: what is surer, and what
// must be done first, comes before what it would explain as well.
var causes = []cause{
	external{}, ignored{},
	unknownVersion{}, leftOut{}, nothingDeployed{},
	selfVerificationFailed{}, incompatible{}, notCovered{}, notComparable{}, comparisonPending{}, compatible{},
	neverPublishes{}, withoutContent{}, noContract{},
	verified{}, removedButDeployed{},
	regression{}, failed{},
	pending{}, staleRecord{}, verifiedElsewhere{}, lost{}, neverVerified{},
}

// Codes returns all codes, in the order in which their causes are looked for.
func Codes() []Code {
	codes := make([]Code, len(causes))
	for i, c := range causes {
		codes[i] = c.code()
	}
	return codes
}

// find completes a finding with its cause.
func (e *evidence) find(f *Finding) {
	e.attach(f)
	for _, c := range causes {
		if c.when(*f, e) {
			f.cause, f.Code = c, c.code()
			c.complete(f, e)
			return
		}
	}
}

// Title says what was found in a few words.
func (f Finding) Title() string { return f.cause.title(f) }

// Located says what was found, in how much of the contract, and where a version runs of
// which that matters. number writes the number of a version.
func (f Finding) Located(number func(string) string) string {
	if c, is := f.cause.(located); is {
		return c.located(f, number)
	}
	return f.Title()
}

// OfNoVersion reports whether the finding is about a version that does not exist: there is
// nothing to be seen of it, and nothing else to be said.
func (f Finding) OfNoVersion() bool {
	_, is := f.cause.(ofNoVersion)
	return is
}

// Text says what was found, and what it means, in full sentences.
func (f Finding) Text() string { return f.cause.text(f) }

// Actions says what can be done about the finding, the most promising first.
func (f Finding) Actions() []Action { return f.cause.actions(f) }
