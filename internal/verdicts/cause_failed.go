package verdicts

import "fmt"

// CodeFailed says that the provider version does not fulfil the contract, and
// that no older version did.
const CodeFailed Code = "failed"

type failed struct{}

func (failed) code() Code { return CodeFailed }

func (failed) when(f Finding, _ *evidence) bool { return f.hasFailed() }

func (failed) complete(f *Finding, e *evidence) {
	f.Since = f.Result.ExecutedAt
	e.own(f, f.Provider)
}

func (failed) title(f Finding) string { return fmt.Sprintf("%s fails the contract", f.Provider) }

func (failed) located(f Finding, number func(string) string) string {
	named := func(p Party) string {
		if f.Runs(p) {
			return p.Name + " " + number(p.Version) + ", as it runs in " + f.Place + ","
		}
		return p.Name + " " + number(p.Version)
	}
	if len(f.Failures) == 0 {
		return named(f.Provider) + " fails the contract of " + named(f.Consumer)
	}
	return named(f.Provider) + " fails " + count(len(f.Failures), "interaction") + " of the contract of " + named(f.Consumer)
}

func (failed) text(f Finding) string { return f.failures() }

func (failed) actions(f Finding) []Action {
	return append(f.lookAtFailure(), f.Provider.about(Compare)...)
}

// lookAtFailure are the actions that show what failed.
func (f Finding) lookAtFailure() []Action {
	if f.BuildURL == "" {
		return f.Provider.about(LookAtResult)
	}
	return f.Provider.about(LookAtResult, LookAtBuild)
}
