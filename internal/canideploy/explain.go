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
	"time"
)

// verdictsPath is the route that explains verdicts; only Accord has it.
const verdictsPath = "/api/v1/verdicts"

// explanation is a verdict with its reasons as data.
type explanation struct {
	body []byte

	Decision string          `json:"decision"`
	Summary  string          `json:"summary"`
	Pairs    []explainedPair `json:"pairs"`
}

type explainedPair struct {
	Code        string       `json:"code"`
	Decision    string       `json:"decision"`
	Consumer    versionName  `json:"consumer"`
	Provider    versionName  `json:"provider"`
	Title       string       `json:"title"`
	Explanation string       `json:"explanation"`
	Since       *time.Time   `json:"since"`
	SelfHealing bool         `json:"self_healing"`
	Owner       *owner       `json:"owner"`
	Actions     []nextAction `json:"actions"`
}

type versionName struct {
	Name    string `json:"name"`
	Version string `json:"version"`
}

func (v versionName) String() string {
	return strings.TrimSpace(v.Name + " " + v.Version)
}

type owner struct {
	Name string `json:"name"`
}

type nextAction struct {
	Title   string `json:"title"`
	Command string `json:"command"`
	URL     string `json:"url"`
}

// askVerdict asks for the explained verdict.
func (b *broker) askVerdict(ctx context.Context, q *question) (answer, error) {
	reply, err := b.get(ctx, verdictsPath, q.verdictQuery())
	if err != nil {
		return nil, err
	}
	e := &explanation{body: reply.body}
	if err := json.Unmarshal(reply.body, e); err != nil {
		return nil, fmt.Errorf("the answer is not the JSON of a verdict: %w", err)
	}
	if !slices.Contains([]string{"yes", "no", "unknown"}, e.Decision) {
		return nil, fmt.Errorf("the answer has no decision that this program knows, but %q", e.Decision)
	}
	return e, nil
}

// verdictQuery puts the question with the same parameters as to the matrix.
func (q *question) verdictQuery() string { return q.matrixQuery() }

// lacksRoute tells whether the broker refused because it does not know the address,
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
	case "yes":
		return yes
	case "no":
		return no
	}
	return unknown
}

func (e *explanation) missing() bool { return e.verdict() == unknown }

func (e *explanation) awaited() []string {
	var pairs []string
	for _, p := range e.Pairs {
		if decision(p.Decision) == unknown {
			pairs = append(pairs, p.Provider.String()+" for "+p.Consumer.String()+": "+p.Title)
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
	var well []explainedPair
	for _, p := range e.Pairs {
		if decision(p.Decision) == yes {
			well = append(well, p)
			continue
		}
		p.write(&b, s)
	}
	for i, p := range well {
		if i == 0 {
			b.WriteString("\nNothing stands between:\n")
		}
		b.WriteString(s.bullet("- ", plain, s.shorten(fmt.Sprintf("%s and %s: %s [%s]", p.Consumer, p.Provider, p.Title, p.Code))))
	}
	_, err := io.WriteString(out, b.String())
	return err
}

func (p explainedPair) write(b *strings.Builder, s screen) {
	b.WriteString("\n" + s.bullet("", bold, s.shorten(fmt.Sprintf("%s and %s", p.Consumer, p.Provider))))
	b.WriteString(s.bullet("  ", paintOf(decision(p.Decision)), s.shorten(fmt.Sprintf("%s [%s]", p.Title, p.Code))))
	if p.Explanation != "" {
		b.WriteString(s.bullet("  ", plain, s.shorten(p.Explanation)))
	}
	if facts := p.facts(); facts != "" {
		b.WriteString(s.bullet("  ", plain, facts))
	}
	for _, action := range p.Actions {
		action.write(b, s)
	}
}

// facts are those that fit into a line: since when, whose it is, whether it passes.
func (p explainedPair) facts() string {
	var facts []string
	if p.Since != nil {
		facts = append(facts, "Since "+p.Since.UTC().Format("2006-01-02 15:04 UTC")+".")
	}
	if p.Owner != nil && p.Owner.Name != "" {
		facts = append(facts, "Up to "+p.Owner.Name+".")
	}
	if p.SelfHealing {
		facts = append(facts, "May clear up by itself.")
	}
	return strings.Join(facts, " ")
}

// write shows the action. Commands and addresses are not broken into lines, so that
// they can be copied.
func (n nextAction) write(b *strings.Builder, s screen) {
	b.WriteString(s.bullet("  -> ", plain, n.Title))
	if n.Command != "" {
		b.WriteString("     $ " + clean(n.Command) + "\n")
	}
	if n.URL != "" && !unsafeURL(n.URL) {
		b.WriteString("     " + clean(n.URL) + "\n")
	}
}

// unsafeURL is anything that is not plainly an address on the web.
func unsafeURL(address string) bool {
	u, err := url.Parse(address)
	return err != nil || u.Scheme != "http" && u.Scheme != "https"
}
