package canideploy

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/accord-broker/accord/client"
)

// verdictsPath is the route that explains verdicts; only Accord has it.
const verdictsPath = "/api/v1/verdicts"

// explanation is a verdict with its reasons, and the text in which it came.
type explanation struct {
	client.Verdict
	body []byte
}

// explainedPair is a pair that can be shown.
type explainedPair client.Pair

// pairs are those of the verdict.
func (e *explanation) pairs() []explainedPair {
	pairs := make([]explainedPair, len(e.Pairs))
	for i, p := range e.Pairs {
		pairs[i] = explainedPair(p)
	}
	return pairs
}

// askVerdict asks for the explained verdict.
func (b *broker) askVerdict(ctx context.Context, q *question) (answer, error) {
	reply, err := b.get(ctx, verdictsPath, q.verdictQuery())
	if err != nil {
		return nil, err
	}
	e, err := readExplanation(reply.body)
	if err != nil {
		return nil, err
	}
	return e, nil
}

// why asks once for the explanation of an answer that is there already. It is nil
// if this broker does not explain verdicts, or not now.
func (b *broker) why(ctx context.Context, q *question) *explanation {
	reply, err := b.once(ctx, b.address(verdictsPath, q.verdictQuery()))
	if err != nil {
		return nil
	}
	e, err := readExplanation(reply.body)
	if err != nil {
		return nil
	}
	return e
}

func readExplanation(body []byte) (*explanation, error) {
	v, err := client.ReadVerdict(body)
	if err != nil {
		return nil, err
	}
	return &explanation{Verdict: v, body: body}, nil
}

// verdictQuery puts the question with the same parameters as to the matrix.
func (q *question) verdictQuery() string { return q.matrixQuery() }

// lacksRoute reports whether the broker refused because it does not know the address,
// and not because of what was asked there, for which it has a code of its own.
func lacksRoute(err error) bool {
	if !isStatus(err, http.StatusNotFound, http.StatusMethodNotAllowed, http.StatusNotImplemented) {
		return false
	}
	var refused *brokerError
	var problem struct {
		Code string `json:"code"`
	}
	if !errors.As(err, &refused) || json.Unmarshal(refused.response.body, &problem) != nil {
		return true
	}
	return problem.Code == "" || problem.Code == "not_found"
}

func (e *explanation) verdict() verdict { return decision(e.Decision) }

func decision(word string) verdict {
	switch word {
	case client.Yes:
		return yes
	case client.No:
		return no
	}
	return unknown
}

func (e *explanation) missing() bool { return e.verdict() == unknown }

func (e *explanation) awaited() []string {
	var pairs []string
	for _, p := range e.pairs() {
		if decision(p.Decision) == unknown {
			pairs = append(pairs, p.awaited()+": "+p.Title)
		}
	}
	return pairs
}

// write prints the broker's body as it is, or each pair in words: first what stands
// in the way, then what is well, in 80 columns wherever it goes.
func (e *explanation) write(out io.Writer, a *arguments, s screen) error {
	if a.output == "json" {
		return writeBody(out, e.body, s)
	}
	if s.width == 0 {
		s.width = usualWidth
	}
	var b strings.Builder
	b.WriteString(s.bullet("", paintOf(e.verdict()), s.shorten(a.sentence(e.verdict()))))
	if e.Summary != "" {
		b.WriteString(s.bullet("", plain, e.Summary))
	}
	for _, n := range e.Notices {
		if n.Type == "warning" {
			b.WriteString(s.bullet("", noticePaint(n.Type), s.shorten(n.Text)))
		}
	}
	var well, left []explainedPair
	for _, p := range e.pairs() {
		switch {
		case p.Counted != nil && !*p.Counted:
			left = append(left, p)
		case decision(p.Decision) == yes:
			well = append(well, p)
		default:
			p.write(&b, s)
		}
	}
	writePairs(&b, s, "Nothing stands between", well)
	writePairs(&b, s, "Left out", left)
	_, err := io.WriteString(out, b.String())
	return err
}

// writePairs lists pairs of which there is not more to say.
func writePairs(b *strings.Builder, s screen, title string, pairs []explainedPair) {
	lines := make([]string, len(pairs))
	for i, p := range pairs {
		lines[i] = fmt.Sprintf("%s: %s [%s]", p.names(), p.Title, p.Code)
	}
	writeList(b, s, title, lines)
}

// names are those of the two, or of the one that the pair is about.
func (p explainedPair) names() string {
	if p.Provider.Name == "" {
		return p.Consumer.String()
	}
	return p.Consumer.String() + " and " + p.Provider.String()
}

// awaited names the one whose result is missing first.
func (p explainedPair) awaited() string {
	if p.Provider.Name == "" {
		return p.Consumer.String()
	}
	return p.Provider.String() + " for " + p.Consumer.String()
}

func (p explainedPair) write(b *strings.Builder, s screen) {
	b.WriteString("\n" + s.bullet("", bold, s.shorten(p.names())))
	b.WriteString(s.bullet("  ", paintOf(decision(p.Decision)), s.shorten(fmt.Sprintf("%s [%s]", p.Title, p.Code))))
	if p.Explanation != "" {
		b.WriteString(s.bullet("  ", plain, s.shorten(p.Explanation)))
	}
	p.writeProblems(b, s)
	if details := p.details(); details != "" {
		b.WriteString(s.bullet("  ", plain, details))
	}
	for _, action := range p.Actions {
		writeAction(b, action, s)
	}
}

// writeProblems shows what the verifier has found, as far as it says so, and of as
// much as can be read at a glance.
func (p explainedPair) writeProblems(b *strings.Builder, s screen) {
	if p.Result == nil {
		return
	}
	shown := 0
	for _, f := range p.Result.Failures {
		name := f.Description
		if name == "" {
			name = f.ID
		}
		for _, problem := range f.Problems {
			if shown++; shown > longestList {
				b.WriteString(s.bullet("  - ", plain, "more is in the result"))
				return
			}
			b.WriteString(s.bullet("  - ", plain, name+": "+problem))
		}
	}
}

// inTheWay are the pairs that stand in the way.
func (e *explanation) inTheWay() []explainedPair {
	return slices.DeleteFunc(e.pairs(), func(p explainedPair) bool {
		return p.Counted != nil && !*p.Counted || decision(p.Decision) == yes
	})
}

// next is the most promising action for each pair that stands in the way.
func (e *explanation) next() []string {
	var steps []string
	for _, p := range e.inTheWay() {
		if len(p.Actions) > 0 && !slices.Contains(steps, p.Actions[0].Title) {
			steps = append(steps, p.Actions[0].Title)
		}
	}
	return steps
}

// providers are the versions of the provider that stand in a row's way.
func (e *explanation) providers(consumer, provider string) []string {
	var numbers []string
	for _, p := range e.inTheWay() {
		if p.Consumer.String() == consumer && p.Provider.Name == provider && p.Provider.Version != "" {
			numbers = append(numbers, p.Provider.Version)
		}
	}
	return numbers
}

// details are those that fit into a line: since when, whose it is, whether it passes.
func (p explainedPair) details() string {
	var details []string
	if p.Since != nil {
		details = append(details, "Since "+p.Since.UTC().Format("2006-01-02 15:04 UTC")+".")
	}
	if p.Owner != nil && p.Owner.Name != "" {
		details = append(details, "To be solved by "+p.Owner.Name+".")
	}
	if p.SelfHealing {
		details = append(details, "May clear up by itself.")
	}
	return strings.Join(details, " ")
}

// writeAction shows an action. Commands and addresses can be copied: an address is
// never broken into lines, a command only before an option, as a shell allows it.
func writeAction(b *strings.Builder, n client.Action, s screen) {
	b.WriteString(s.bullet("  -> ", plain, n.Title))
	if n.Command != "" {
		b.WriteString("     $ " + foldCommand(clean(n.Command), s.width-len("     $  \\")) + "\n")
	}
	if n.URL != "" && !unsafeURL(n.URL) {
		b.WriteString("     " + clean(n.URL) + "\n")
	}
}

// foldCommand puts the options that do not fit on lines of their own. What is
// quoted might look like an option, so a command with quotes stays as it is.
func foldCommand(command string, width int) string {
	if strings.ContainsAny(command, `'"`) {
		return command
	}
	parts := strings.Split(command, " --")
	folded, used := parts[0], len(parts[0])
	for _, part := range parts[1:] {
		if used+len(part)+3 > width {
			folded, used = folded+" \\\n      ", 0
		}
		folded, used = folded+" --"+part, used+len(part)+3
	}
	return folded
}

// unsafeURL is anything that is not plainly an address on the web.
func unsafeURL(address string) bool {
	u, err := url.Parse(address)
	return err != nil || u.Scheme != "http" && u.Scheme != "https"
}
