package web

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/accord-broker/accord/internal/comparison"
	"github.com/accord-broker/accord/internal/contracts"
	"github.com/accord-broker/accord/internal/edge"
	"github.com/accord-broker/accord/internal/providercontracts"
	"github.com/accord-broker/accord/internal/support/fault"
)

const (
	// pastedAtMost is how many bytes a pasted file may have.
	pastedAtMost = 4 << 20
	// findingsListed is how many findings are listed.
	findingsListed = 100
)

// comparePage compares a pact with a document, without publishing either.
type comparePage struct {
	frame
	Fields       compareFields
	Problems     []string
	Applications []string
	Result       *compareResult
}

// compareFields are what the form says: each side is pasted or chosen.
type compareFields struct {
	Consumer, ConsumerVersion, Pact string
	Provider, ProviderVersion, Name string
	Document                        string
}

// compareResult is what came of it.
type compareResult struct {
	Mark     word
	Text     string
	Findings []shownFinding
	More     int
	// Uncovered are the interactions of which the document does not speak.
	Uncovered []string
}

// shownFinding is a finding with what both sides say.
type shownFinding struct {
	Mark         word
	Code         string
	About, State string
	Message      string
	Remedy       string
	Causes       []string
	PactPath     string
	PactText     string
	SpecPath     string
	Line         int
	LineOf       string
}

func compareFieldsOf(values url.Values) compareFields {
	get := func(name string) string { return strings.TrimSpace(values.Get(name)) }
	return compareFields{
		Consumer: get("consumer"), ConsumerVersion: get("consumer_version"), Pact: values.Get("pact"),
		Provider: get("provider"), ProviderVersion: get("provider_version"), Name: get("name"), Document: values.Get("document"),
	}
}

func (w *Web) showCompare(c *gin.Context) error {
	values := url.Values{}
	for _, name := range []string{"consumer", "consumer_version", "provider", "provider_version", "name"} {
		value, _ := edge.QueryValue(c, name)
		values.Set(name, value)
	}
	return w.answerCompare(c, http.StatusOK, comparePage{Fields: compareFieldsOf(values)})
}

func (w *Web) answerCompare(c *gin.Context, status int, shown comparePage) error {
	board, err := w.services.Boards.Board(c.Request.Context())
	if err != nil {
		return err
	}
	for _, a := range board.Applications[:min(len(board.Applications), suggestedAtMost)] {
		shown.Applications = append(shown.Applications, a.Name)
	}
	shown.frame = w.frame(c, "Compare a pact with a document", "/", entry{Text: "Integrations", Address: here(c).Index() + "/"}, entry{Text: "Compare"})
	return w.showAs(c, status, "compare.html", shown)
}

// compare compares what the form says. Nothing is kept.
func (w *Web) compare(c *gin.Context) error {
	values, err := formOf(c)
	if err != nil {
		return err
	}
	shown := comparePage{Fields: compareFieldsOf(values)}
	document, pact, err := w.sidesOf(c, shown.Fields)
	if problems, asked := asked(err); asked {
		shown.Problems = problems
		return w.answerCompare(c, http.StatusUnprocessableEntity, shown)
	}
	if err != nil {
		return err
	}
	if err := edge.ReserveFirst(c.Request.Context(), comparison.Weight(document)); err != nil {
		return err
	}
	made, err := w.services.ProviderContracts.CompareUnpublished(c.Request.Context(), document, pact)
	if err != nil {
		return err
	}
	shown.Result = resultOf(made, providercontracts.ReadSources(made.Report.Findings, pact, map[string][]byte{providercontracts.SHAOf(document): document}))
	return w.answerCompare(c, http.StatusOK, shown)
}

// asked says what of an error the person who asked can mend.
func asked(err error) ([]string, bool) {
	var f *fault.Error
	if errors.As(err, &f) && (f.Kind == fault.NotFound || f.Kind == fault.Invalid || f.Kind == fault.Unprocessable) {
		return wrongFields(err, map[string]string{"pact": "The pact", "document": "The document"}), true
	}
	return nil, false
}

// sidesOf finds the document and the pact: what is pasted, else what is chosen.
func (w *Web) sidesOf(c *gin.Context, fields compareFields) (document, pact []byte, err error) {
	var wrong []fault.Field
	for _, side := range []struct{ name, pasted, chosen, missing string }{
		{"pact", fields.Pact, fields.Consumer, "must be pasted, or chosen by the names of consumer and provider"},
		{"document", fields.Document, fields.Provider, "must be pasted, or chosen by the name of the provider"},
	} {
		blank := strings.TrimSpace(side.pasted) == ""
		switch {
		case len(side.pasted) > pastedAtMost:
			wrong = append(wrong, fault.Field{Name: side.name, Message: fmt.Sprintf("has more than %d MB; compare it with `broker compare-contract`", pastedAtMost>>20)})
		case blank && (side.chosen == "" || fields.Provider == ""):
			wrong = append(wrong, fault.Field{Name: side.name, Message: side.missing})
		}
	}
	if len(wrong) > 0 {
		return nil, nil, fault.InvalidFields(wrong...)
	}
	if pact = []byte(fields.Pact); strings.TrimSpace(fields.Pact) == "" {
		if pact, err = w.chosenPact(c, fields); err != nil {
			return nil, nil, err
		}
	}
	if strings.TrimSpace(fields.Document) != "" {
		return []byte(fields.Document), pact, nil
	}
	document, err = w.chosenDocument(c, fields)
	return document, pact, err
}

func (w *Web) chosenPact(c *gin.Context, fields compareFields) ([]byte, error) {
	which := contracts.PactQuery{Consumer: fields.Consumer, Provider: fields.Provider, Number: fields.ConsumerVersion}
	p, err := contracts.Find(c.Request.Context(), w.services.Pacts, which)
	if err != nil {
		return nil, err
	}
	return w.services.Pacts.ContentBody(c.Request.Context(), p.ContentID)
}

func (w *Web) chosenDocument(c *gin.Context, fields compareFields) ([]byte, error) {
	published, err := w.services.ProviderContracts.Find(c.Request.Context(), fields.Provider, providercontracts.VersionQuery{Version: fields.ProviderVersion})
	if err != nil {
		return nil, err
	}
	contract, err := published.Named(fields.Name)
	if err != nil {
		return nil, err
	}
	return w.services.ProviderContracts.Content(c.Request.Context(), contract)
}

func resultOf(made providercontracts.Comparison, sources providercontracts.Sources) *compareResult {
	shown := &compareResult{Mark: outcomeMark(made.OutcomeUnproven()), Text: made.Refused}
	if made.Refused != "" {
		return shown
	}
	shown.Text = fmt.Sprintf("%s, %s in %s.", counted(made.Errors, "error"), counted(made.Warnings, "warning"), counted(made.Interactions, "interaction"))
	shown.Uncovered = uncoveredOf(made.Report)
	shown.Findings, shown.More = findingsOf(made.Report, sources)
	return shown
}

// uncoveredOf are the interactions of which no document speaks, and why.
func uncoveredOf(report providercontracts.Report) (shown []string) {
	for _, j := range report.Uncovered() {
		if len(shown) < findingsListed {
			shown = append(shown, fmt.Sprintf("%q: %s.", j.Description, j.Judged.Uncovered))
		}
	}
	return shown
}

// findingsOf shows the findings of a report, the errors first, and how many more
// there are.
func findingsOf(report providercontracts.Report, sources providercontracts.Sources) (shown []shownFinding, more int) {
	for _, kind := range []comparison.Kind{comparison.Error, comparison.Warning, comparison.Info} {
		for _, found := range report.Findings {
			if found.Kind == kind && len(shown) < findingsListed {
				shown = append(shown, findingOf(found, sources))
			}
		}
	}
	return shown, len(report.Findings) + report.More - len(shown)
}

var kindMarks = map[comparison.Kind]word{
	comparison.Error: {Kind: "no", Icon: "no", Word: "Error"}, comparison.Warning: {Kind: "unsure", Icon: "unsure", Word: "Warning"}, comparison.Info: {Icon: "none", Word: "Note"},
}

func findingOf(found providercontracts.Finding, sources providercontracts.Sources) shownFinding {
	shown := shownFinding{
		Mark: kindMarks[found.Kind], Code: found.Code, About: found.Description, State: found.State, Message: found.Message, Remedy: found.Remedy,
		PactPath: found.PactPath, PactText: sources.Pact.At(found.PactPath), SpecPath: found.SpecPath, Line: found.Line, LineOf: sources.Line(found),
	}
	for _, cause := range found.Causes {
		shown.Causes = append(shown.Causes, cause.Message)
	}
	return shown
}
