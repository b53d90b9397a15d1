package canideploy

import (
	"fmt"
	"io"
	"slices"
	"strings"
)

// write prints the broker's body as it is, or for people: the verdict, the rows,
// the reasons, and what to do next.
func (m *matrixAnswer) write(out io.Writer, a *arguments, s screen) error {
	if a.output == "json" {
		return writeBody(out, m.body, s)
	}
	var b strings.Builder
	b.WriteString(s.bullet("", paintOf(m.verdict()), s.shorten(a.sentence(m.verdict()))))
	numbers, links := m.numberLinks(a.verbose)
	if len(m.Rows) > 0 {
		b.WriteString("\n" + drawTable(s, m.completeRows(), numbers))
	}
	m.writeReasons(&b, s)
	m.writeWhy(&b, s)
	writeList(&b, s, "What to do", m.next(a))
	if len(links) > 0 {
		b.WriteString("\nResults:\n")
	}
	for i, link := range links {
		fmt.Fprintf(&b, "%3d. %s\n", i+1, clean(link))
	}
	_, err := io.WriteString(out, b.String())
	return err
}

// writeBody leaves the body unchanged, but ends the line in a terminal.
func writeBody(out io.Writer, body []byte, s screen) error {
	if s.terminal && len(body) > 0 && body[len(body)-1] != '\n' {
		body = append(slices.Clone(body), '\n')
	}
	_, err := out.Write(body)
	return err
}

// numberLinks numbers the results whose addresses are listed below the table: the
// failed ones, or all. Rows without one have the number 0.
func (m *matrixAnswer) numberLinks(all bool) (numbers []int, links []string) {
	for _, r := range m.Rows {
		number := 0
		if r.link() != "" && (all || r.outcome() == failed) {
			links = append(links, r.link())
			number = len(links)
		}
		numbers = append(numbers, number)
	}
	return numbers, links
}

func (m *matrixAnswer) writeReasons(b *strings.Builder, s screen) {
	b.WriteString("\n")
	for _, notice := range m.Notices {
		b.WriteString(s.bullet("- ", noticePaint(notice.Type), s.shorten(notice.Text)))
	}
	if len(m.Notices) == 0 && m.Summary.Reason != "" {
		b.WriteString(s.bullet("- ", plain, s.shorten(m.Summary.Reason)))
	}
}

// writeWhy says in a line what the broker knows beyond the rows, and how to see
// the rest.
func (m *matrixAnswer) writeWhy(b *strings.Builder, s screen) {
	if m.why == nil || m.why.Summary == "" {
		return
	}
	b.WriteString("\n" + s.bullet("", bold, s.shorten(m.why.Summary)))
	b.WriteString(s.bullet("", plain, "With --explain: why, since when, and what to do, for each pair."))
}

// completeRows are the rows with the versions of providers that the broker leaves
// out where there is no result, as far as its explanation names them.
func (m *matrixAnswer) completeRows() []matrixRow {
	if m.why == nil {
		return m.Rows
	}
	rows := slices.Clone(m.Rows)
	for i, r := range rows {
		if r.Provider.number() == "" && r.outcome() == unverified {
			rows[i].Provider.setNumber(strings.Join(m.why.providers(r.Consumer.String(), r.Provider.Name), ", "))
		}
	}
	return rows
}

func noticePaint(kind string) paint {
	switch kind {
	case "success":
		return green
	case "warning":
		return yellow
	case "error", "danger":
		return red
	}
	return plain
}

func writeList(b *strings.Builder, s screen, title string, lines []string) {
	if len(lines) == 0 {
		return
	}
	b.WriteString("\n" + title + ":\n")
	for _, line := range lines {
		b.WriteString(s.bullet("- ", plain, s.shorten(line)))
	}
}

// next says what can be done when the answer is not yes.
func (m *matrixAnswer) next(a *arguments) []string {
	if m.verdict() == yes {
		return nil
	}
	if m.why != nil {
		return m.why.steps(a)
	}
	var steps []string
	waits := false
	for _, r := range m.Rows {
		step := r.next(a.environment)
		waits = waits || r.outcome() == unverified
		if step != "" && !slices.Contains(steps, step) {
			steps = append(steps, step)
		}
	}
	if len(steps) == 0 {
		steps = append(steps, "Check the name and the version: the broker must have heard of it, by a published contract or result, before it can be asked about.")
	}
	if waits && a.unknownRetries == 0 {
		steps = append(steps, "If a verification is still running, --retry-while-unknown 30 waits for its result.")
	}
	return steps
}

// steps are what the broker advises.
func (e *explanation) steps(a *arguments) []string {
	steps := e.next()
	if a.unknownRetries == 0 && slices.ContainsFunc(e.inTheWay(), func(p explainedPair) bool { return p.SelfHealing }) {
		steps = append(steps, "--retry-while-unknown 30 waits for results that are on their way.")
	}
	return steps
}

func (r matrixRow) next(environment string) string {
	switch r.outcome() {
	case failed:
		return fmt.Sprintf("%s fails the contract of %s: look at the result, then mend %s, or the contract if it asks for too much.",
			r.Provider, r.Consumer, r.Provider.Name)
	case unverified:
		if environment != "" && r.Provider.number() == "" {
			return fmt.Sprintf("Let the %s that is in %s verify the contract of %s and publish the result. If none is there, deploy one first.",
				r.Provider.Name, environment, r.Consumer)
		}
		return fmt.Sprintf("Let %s verify the contract of %s and publish the result.", r.Provider, r.Consumer)
	}
	return ""
}
