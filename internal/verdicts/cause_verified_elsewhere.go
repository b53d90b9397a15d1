package verdicts

import "fmt"

// CodeVerifiedElsewhere says that other versions of the provider have a result,
// but not the one that counts.
const CodeVerifiedElsewhere Code = "verified_elsewhere"

type verifiedElsewhere struct{}

func (verifiedElsewhere) code() Code { return CodeVerifiedElsewhere }

func (verifiedElsewhere) when(f Finding, _ *evidence) bool {
	return f.lacksResult() && f.History.Tried.ID != 0
}

func (verifiedElsewhere) complete(f *Finding, e *evidence) {
	f.Since = f.tried().At
	e.own(f, f.Provider)
}

func (verifiedElsewhere) title(f Finding) string {
	what := "Verified"
	if f.History.Fulfilled.ID == 0 {
		what = "Tried"
	}
	return fmt.Sprintf("%s by %s %s, but not by %s", what, f.Provider.Name, f.tried().Number, f.providerWanted())
}

func (verifiedElsewhere) text(f Finding) string {
	what := "fulfils"
	if f.History.Fulfilled.ID == 0 {
		what = "fails"
	}
	return fmt.Sprintf("%s %s %s the contract, as was found on %s. What counts here is %s, and for that there is no result.",
		f.Provider.Name, f.tried().Number, what, day(f.tried().At), f.providerWanted())
}

func (verifiedElsewhere) actions(f Finding) []Action {
	verify := f.Provider.about(Verify)
	if f.Provider.Asked || f.History.Fulfilled.Position == 0 {
		return verify
	}
	return append([]Action{{Kind: DeployOther, Application: f.Provider.Name, Version: f.History.Fulfilled.Number}}, verify...)
}

// tried is the version that fulfilled the content last or, without one, that
// was tried last.
func (f Finding) tried() VersionResult {
	if f.History.Fulfilled.ID != 0 {
		return f.History.Fulfilled
	}
	return f.History.Tried
}

// providerWanted names the provider version that lacks a result.
func (f Finding) providerWanted() string {
	switch {
	case f.Provider.Version != "" && f.Place != "" && !f.Provider.Asked:
		return fmt.Sprintf("%s in %s", f.Provider, f.Place)
	case f.Provider.Version != "":
		return f.Provider.String()
	}
	return "the version that is asked about"
}
