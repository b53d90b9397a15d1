// Package comparison compares what a consumer needs with what a provider
// promises: a pact with an OpenAPI or AsyncAPI document. It is pure: a document
// and a pact go in, findings come out; nothing is fetched, stored or guessed.
//
// A pact is compared with its examples; its matching rules are for the provider
// that verifies it. For an answer the consumer may expect less than the document
// offers but nothing that it does not offer; for a request the document's rules
// hold as they stand.
package comparison

import (
	"errors"
	"fmt"
	"strings"
)

// EngineVersion changes whenever the same document and pact may get another
// answer than before.
const EngineVersion = 8

// Kind is how grave a finding is.
type Kind string

// The kinds of finding. Only errors make document and pact incompatible.
const (
	Error   Kind = "error"
	Warning Kind = "warning"
	Info    Kind = "info"
)

// Finding is one thing that the comparison has to tell.
type Finding struct {
	Kind Kind
	Code string
	// Interaction is the position in the pact, or -1 when the finding is about none.
	Interaction int
	// Description and State are the consumer's words for the interaction.
	Description string
	State       string
	// PactPath and SpecPath say where in both files, as in
	// "[root].interactions[0].response.body.id".
	PactPath string
	SpecPath string
	// SpecPointer is the JSON pointer of the same place in the document.
	SpecPointer string
	// Message says what is wrong, Remedy what to change on which side.
	Message string
	Remedy  string
	// Causes say why each message of an operation does not fit.
	Causes []Finding
}

// Judged is what came of one interaction.
type Judged struct {
	Index       int
	Description string
	// Method and Path are the operation of an OpenAPI document, Operation that of
	// an AsyncAPI document; empty where none fits.
	Method, Path, Operation string
	// Uncovered says why the document cannot speak of this interaction; empty when
	// it does.
	Uncovered string
}

// Report is the outcome of a comparison.
type Report struct {
	Findings []Finding
	// More counts findings beyond the limit of those that are listed.
	More int
	// Failed reports whether there is an error among all findings.
	Failed       bool
	Interactions []Judged
}

// Compatible reports whether the document keeps what the pact needs, as far as it
// speaks of it.
func (r Report) Compatible() bool { return !r.Failed }

// Covered reports whether the document speaks of every interaction.
func (r Report) Covered() bool { return r.uncovered() == 0 }

// NothingCompared reports whether the pact has interactions and the document
// speaks of none of them.
func (r Report) NothingCompared() bool {
	return len(r.Interactions) > 0 && r.uncovered() == len(r.Interactions)
}

func (r Report) uncovered() int {
	count := 0
	for _, judged := range r.Interactions {
		if judged.Uncovered != "" {
			count++
		}
	}
	return count
}

// Refusal says why there is no outcome: the document, or the pact, cannot be
// compared.
type Refusal struct {
	// Side is "provider contract" or "pact".
	Side   string
	Reason string
}

func (r *Refusal) Error() string { return "The " + r.Side + " cannot be compared: " + r.Reason }

func refuseDocument(format string, values ...any) error {
	return &Refusal{Side: "provider contract", Reason: fmt.Sprintf(format, values...)}
}

func refusePact(format string, values ...any) error {
	return &Refusal{Side: "pact", Reason: fmt.Sprintf(format, values...)}
}

// maxFindings is how many findings a report lists.
const maxFindings = 1000

// Compare compares a pact with a document. It answers a *Refusal when there can
// be no outcome. It may be called from several goroutines with one document.
func Compare(document *Document, pact *Pact) (Report, error) {
	document.using.Lock()
	defer document.using.Unlock()
	document.schemas.begin()
	document.work, document.suggested, document.described = 0, 0, map[string]description{}
	report := &report{}
	for _, interaction := range pact.interactions {
		judged := Judged{Index: interaction.index, Description: interaction.description}
		if err := document.judge(interaction, report, &judged); err != nil {
			return Report{}, asRefusal(err)
		}
		if err := document.errWork(); err != nil {
			return Report{}, err
		}
		report.Interactions = append(report.Interactions, judged)
	}
	document.locate(report.Findings)
	return report.Report, nil
}

// locate lets every finding lead to a place that the document has.
func (d *Document) locate(findings []Finding) {
	for i := range findings {
		f := &findings[i]
		f.SpecPointer = d.existing(f.SpecPointer)
		f.SpecPath = dotted(f.SpecPointer)
		d.locate(f.Causes)
	}
}

// asRefusal keeps the engine's own limits and defects out of callers' sight: a
// comparison ends with findings or with a reason.
func asRefusal(err error) error {
	var refusal *Refusal
	if errors.As(err, &refusal) {
		return refusal
	}
	return refuseDocument("%v", err)
}

// judge compares one interaction, if the document speaks of its kind.
func (d *Document) judge(interaction *interaction, report *report, judged *Judged) error {
	switch {
	case interaction.unknown == oldMessage:
		judged.Uncovered = "a message of a version 3 pact does not say to which operation it belongs; one of version 4 does, by comments.references.AsyncAPI.operationId, where the provider has an AsyncAPI document"
		return nil
	case interaction.unknown != "":
		judged.Uncovered = fmt.Sprintf("nobody knows interactions of type %q here", interaction.unknown)
		return nil
	case interaction.http != nil && d.format == asyncAPI:
		judged.Uncovered = "an AsyncAPI document does not speak of HTTP"
		return nil
	case interaction.message != nil && d.format != asyncAPI:
		judged.Uncovered = "an OpenAPI document does not speak of messages, as an AsyncAPI document would"
		return nil
	case interaction.message != nil:
		return judgeMessage(d, interaction, report, judged)
	}
	return judgeHTTP(d, interaction, report, judged)
}

// report collects findings up to the limit.
type report struct{ Report }

func (r *report) add(finding Finding) {
	if finding.Kind == Error {
		r.Failed = true
	}
	if len(r.Findings) >= maxFindings {
		r.More++
		return
	}
	r.Findings = append(r.Findings, finding)
}

// dotted writes a JSON pointer as the path that findings show.
func dotted(pointer string) string {
	if pointer == "" {
		return "[root]"
	}
	tokens := strings.Split(pointer[1:], "/")
	var path strings.Builder
	path.WriteString("[root]")
	for i, token := range tokens {
		token = unescape(token)
		if i > 0 && tokens[i-1] == "parameters" && isDigits(token) {
			path.WriteString("[" + token + "]")
			continue
		}
		path.WriteString("." + token)
	}
	return path.String()
}

func escape(token string) string {
	if !strings.ContainsAny(token, "~/") {
		return token
	}
	return strings.ReplaceAll(strings.ReplaceAll(token, "~", "~0"), "/", "~1")
}

func unescape(token string) string {
	if !strings.Contains(token, "~") {
		return token
	}
	return strings.ReplaceAll(strings.ReplaceAll(token, "~1", "/"), "~0", "~")
}

func isDigits(text string) bool {
	for _, r := range text {
		if r < '0' || r > '9' {
			return false
		}
	}
	return text != ""
}
