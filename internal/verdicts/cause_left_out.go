package verdicts

// CodeLeftOut says that the question leaves out what is known of a pair that it
// needs.
const CodeLeftOut Code = "left_out"

type leftOut struct{}

func (leftOut) code() Code { return CodeLeftOut }

func (leftOut) when(f Finding, _ *evidence) bool { return f.gap == rowsLeftOut }

func (leftOut) complete(*Finding, *evidence) {}

func (leftOut) title(Finding) string { return "The question leaves out what is known of the two" }

func (leftOut) text(Finding) string {
	return "The filter of outcomes or the limit of rows leaves nothing of it. Ask without them."
}

func (leftOut) actions(f Finding) []Action { return f.Provider.about(LookAtMatrix) }
