package verdicts

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/accord-broker/accord/internal/matrix"
)

// failures names what a verification found broken.
func (f Finding) failures() string {
	if f.Result == nil {
		return ""
	}
	if len(f.Failures) == 0 {
		return "The result does not tell which interactions failed."
	}
	var names []string
	for _, t := range f.Failures {
		name := t.Description
		if name == "" {
			name = t.InteractionID
		}
		if t.State != "" {
			name += " (" + t.State + ")"
		}
		names = append(names, name)
	}
	return fmt.Sprintf("%s failed: %s.", count(len(f.Failures), "interaction"), listed(names, namedAtMost))
}

// namedAtMost is how many failed interactions a sentence names.
const namedAtMost = 5

func (f Finding) deliveryText() string {
	if f.LastDelivery == nil {
		return "No webhook has told anybody of it."
	}
	webhook, asks := "A webhook", ""
	if !f.wasAsked() {
		webhook, asks = "A webhook on "+f.LastDelivery.Event, ", which asks "+f.LastDelivery.asked()+" to verify"
	}
	return fmt.Sprintf("%s was triggered by it on %s and %s%s.", webhook, day(f.LastDelivery.At), f.LastDelivery.outcome(), asks)
}

// asked says in words whom a webhook asks that does not ask for the result that counts.
func (d Delivery) asked() string {
	if d.forOneVersion() {
		return d.ProviderVersion
	}
	return "nobody"
}

// outcome says in words what became of the webhook.
func (d Delivery) outcome() string {
	switch d.State {
	case Delivered:
		return "has arrived"
	case GivenUp:
		return "was given up"
	}
	return "has not arrived yet"
}

// Summary says in a sentence what stands in the way, if anything does.
func (e Explanation) Summary() string {
	var causes []string
	counted := 0
	for _, f := range e.Findings {
		if f.Counted {
			counted++
		}
		if title := f.Title(); f.Counted && f.Answer != matrix.Yes && !slices.Contains(causes, title) {
			causes = append(causes, title)
		}
	}
	text := "Nothing stands in the way"
	if len(causes) > 0 {
		text = "In the way: " + listed(causes, titlesAtMost)
	}
	text += fmt.Sprintf(" (%s looked at", count(counted, "pair"))
	if left := len(e.Findings) - counted; left > 0 {
		text += fmt.Sprintf(", %d left out", left)
	}
	return text + ")."
}

// titlesAtMost is how many causes the summary names.
const titlesAtMost = 3

// listed joins the first of the texts and counts the others.
func listed(texts []string, atMost int) string {
	shown := strings.Join(texts[:min(len(texts), atMost)], "; ")
	if more := len(texts) - atMost; more > 0 {
		shown += fmt.Sprintf("; and %d more", more)
	}
	return shown
}

func count(n int, of string) string {
	if n == 1 {
		return "1 " + of
	}
	return fmt.Sprintf("%d %ss", n, of)
}

// day is how sentences give times.
func day(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 UTC") }
