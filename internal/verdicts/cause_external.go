package verdicts

import (
	"fmt"
	"strings"
)

// CodeExternal says that the provider belongs to somebody who verifies no
// contracts, and that somebody has said so.
const CodeExternal Code = "external"

type external struct{}

func (external) code() Code { return CodeExternal }

func (external) when(f Finding, e *evidence) bool {
	_, is := e.verdict.External[f.Provider.ID]
	return is && !f.Counted && f.Contract != nil && f.Result == nil
}

func (external) complete(f *Finding, e *evidence) {
	mark := e.verdict.External[f.Provider.ID]
	f.External, f.Since = &mark, mark.Since
}

func (external) title(f Finding) string {
	return fmt.Sprintf("%s is external and verifies no contracts", f.Provider.Name)
}

func (external) text(f Finding) string {
	return fmt.Sprintf("Since %s: %s. Its missing result does not count.", day(f.External.Since), strings.TrimSuffix(f.External.Reason, "."))
}

func (external) actions(f Finding) []Action { return f.Provider.about(LookAtExternal) }
