package verdicts

import "fmt"

// CodeRegression says that the provider version does not fulfil a contract that
// an older version fulfilled.
const CodeRegression Code = "regression"

type regression struct{}

func (regression) code() Code { return CodeRegression }

func (regression) when(f Finding, _ *evidence) bool { return f.hasFailed() && f.Regression != nil }

func (regression) complete(f *Finding, e *evidence) {
	f.Since = f.Regression.First.At
	e.own(f, f.Provider)
}

func (regression) title(f Finding) string {
	return fmt.Sprintf("%s fails a contract that %s fulfilled", f.Provider, f.Regression.Last.Number)
}

func (regression) located(f Finding, _ func(string) string) string {
	text := f.Title()
	if f.Runs(f.Provider) {
		text += ", as it runs in " + f.Place
	} else if f.Runs(f.Consumer) {
		text += ", as " + f.Consumer.Name + " runs in " + f.Place
	}
	if len(f.Failures) > 0 {
		text += ": " + count(len(f.Failures), "interaction") + " failed"
	}
	return text
}

func (regression) text(f Finding) string {
	last, first := f.Regression.Last, f.Regression.First
	return fmt.Sprintf("%s %s fulfilled the same contract on %s; %s is the first version known to break it, since %s. %s",
		f.Provider.Name, last.Number, day(last.At), first.Number, day(first.At), f.failures())
}

func (regression) actions(f Finding) []Action {
	actions := f.lookAtFailure()
	if !f.Provider.Asked {
		actions = append(actions, Action{Kind: DeployOther, Application: f.Provider.Name, Version: f.Regression.Last.Number, Back: true})
	}
	return actions
}
