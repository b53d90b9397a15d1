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
