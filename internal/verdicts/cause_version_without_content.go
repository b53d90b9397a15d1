package verdicts

import (
	"fmt"
	"time"
)

// CodeWithoutContent says that the broker knows a version by its name only: it
// has neither a contract nor a result. Of a version of a provider that has never published
// a result at all, that says nothing.
const CodeWithoutContent Code = "version_without_content"

type withoutContent struct{}

func (withoutContent) code() Code { return CodeWithoutContent }

func (withoutContent) when(f Finding, e *evidence) bool {
	bare := f.bare()
	if bare.VersionID == 0 || e.withContent[bare.VersionID] {
		return false
	}
	answers := e.summaries[bare.ID].LastResult.ID != 0
	return f.gap == contractMissing || f.lacksResult() && !bare.Asked && answers
}

func (withoutContent) complete(f *Finding, e *evidence) {
	bare := f.bare()
	f.NewestWithContent = e.summaries[bare.ID].LastResult.Number
	if f.NewestWithContent == "" && len(e.heads[bare.ID]) > 0 {
		f.NewestWithContent = e.summaries[bare.ID].Head.Number
	}
	f.Since = e.thereSince(bare, time.Time{})
	e.own(f, bare)
}

func (withoutContent) title(f Finding) string {
	return fmt.Sprintf("Nothing was ever published for %s", f.bare())
}

func (withoutContent) text(f Finding) string {
	text := fmt.Sprintf("Neither a contract nor a result was ever published for %s, so nothing can be said of it.", f.bare())
	if !f.Since.IsZero() {
		text += fmt.Sprintf(" It was recorded in %s on %s; the record may name another build than the one that runs there.", f.Place, day(f.Since))
	}
	if f.NewestWithContent != "" {
		text += fmt.Sprintf(" The newest version with content is %s.", f.NewestWithContent)
	}
	return text
}

func (withoutContent) actions(f Finding) []Action {
	about := f.bare()
	actions := about.about(Publish)
	if !about.Asked && f.Contract != nil {
		actions[0].Kind = Verify
	}
	if !about.Asked && f.Target.Environment != "" {
		actions = append(actions, Action{Kind: RecordDeployment, Application: about.Name})
	}
	return actions
}

// bare is the version that has no content.
func (f Finding) bare() Party {
	if f.Contract == nil {
		return f.Consumer
	}
	return f.Provider
}
