package verdicts

// CodeIgnored says that the question asked to leave the pair out.
const CodeIgnored Code = "ignored"

type ignored struct{}

func (ignored) code() Code { return CodeIgnored }

func (ignored) when(f Finding, _ *evidence) bool { return !f.Counted }

func (ignored) complete(*Finding, *evidence) {}

func (ignored) title(Finding) string { return "Left out on request" }

func (ignored) text(Finding) string { return "Whatever is known of the two has no part in the answer." }

func (ignored) actions(Finding) []Action { return nil }
