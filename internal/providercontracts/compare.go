package providercontracts

import (
	"errors"
	"slices"
	"time"

	"github.com/accord-broker/accord/internal/comparison"
)

// readable is a document that is ready to be compared, or why it is not.
type readable struct {
	sha     string
	content []byte
	read    *comparison.Document
	refused error
}

func readDocument(sha string, content []byte) readable {
	d := readable{sha: sha, content: content}
	d.read, d.refused = comparison.ReadDocument(content)
	return d
}

// comparePact compares the content of a pact with the documents of a version.
// It always comes to something: a reason, if it cannot compare.
func comparePact(documents []readable, pact []byte, at time.Time) Comparison {
	c := Comparison{Engine: Engine, At: at}
	read, err := comparison.ReadPact(pact)
	if err != nil {
		return c.refuse(err)
	}
	var reports []comparison.Report
	for _, d := range documents {
		if d.refused != nil {
			return c.refuse(d.refused)
		}
		report, err := comparison.Compare(d.read, read)
		if err != nil {
			return c.refuse(err)
		}
		reports = append(reports, report)
	}
	c.merge(documents, reports)
	c.count()
	return c
}

func (c Comparison) refuse(err error) Comparison {
	var refusal *comparison.Refusal
	if !errors.As(err, &refusal) {
		refusal = &comparison.Refusal{Side: "pact", Reason: err.Error()}
	}
	c.Refused = refusal.Error()
	return c
}

// merge makes one report of those of all documents: each interaction is judged
// by the first document that knows what is called.
func (c *Comparison) merge(documents []readable, reports []comparison.Report) {
	if len(reports) == 0 {
		return
	}
	for i := range reports[0].Interactions {
		at := judging(reports, i)
		c.Report.Judged = append(c.Report.Judged, Judged{Judged: reports[at].Interactions[i], SHA: documents[at].sha})
	}
	judgedBy := map[int]string{}
	for _, j := range c.Report.Judged {
		judgedBy[j.Index] = j.SHA
	}
	for at, report := range reports {
		// What is beyond the limit of a report cannot be told apart by interaction.
		c.Report.More += report.More
		c.Failed = c.Failed || report.More > 0 && report.Failed
		for _, f := range report.Findings {
			if f.Interaction < 0 || judgedBy[f.Interaction] == documents[at].sha {
				c.Report.Findings = append(c.Report.Findings, Finding{Finding: f, SHA: documents[at].sha})
				c.Failed = c.Failed || f.Kind == comparison.Error
			}
		}
	}
	slices.SortStableFunc(c.Report.Findings, func(a, b Finding) int { return a.Interaction - b.Interaction })
	c.findLines(documents)
}

// judging is the document that judges the interaction at a place: the first that
// knows what is called, else the first that speaks of such things at all.
func judging(reports []comparison.Report, place int) int {
	if len(reports) == 1 {
		return 0
	}
	speaking := -1
	for at, report := range reports {
		judged := report.Interactions[place]
		if judged.Uncovered != "" {
			continue
		}
		if speaking < 0 {
			speaking = at
		}
		unknown := slices.ContainsFunc(report.Findings, func(f comparison.Finding) bool { return f.Interaction == judged.Index && f.NoOperation() })
		if !unknown {
			return at
		}
	}
	return max(speaking, 0)
}

// count counts what the report tells.
func (c *Comparison) count() {
	c.Interactions, c.Uncovered = len(c.Report.Judged), len(c.Report.Uncovered())
	c.Errors = len(c.Report.Errors())
	for _, f := range c.Report.Findings {
		if f.Kind == comparison.Warning {
			c.Warnings++
		}
	}
}

// findLines finds the lines of the documents that the findings are about.
func (c *Comparison) findLines(documents []readable) {
	for _, d := range documents {
		var pointers []string
		for _, f := range c.Report.Findings {
			if f.SHA == d.sha {
				pointers = append(pointers, f.SpecPointer)
			}
		}
		if len(pointers) == 0 {
			continue
		}
		lines := comparison.Lines(d.content, pointers)
		for i, f := range c.Report.Findings {
			if f.SHA == d.sha {
				c.Report.Findings[i].Line = lines[f.SpecPointer]
			}
		}
	}
}
