package web

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/gin-gonic/gin"

	"github.com/accord-broker/accord/internal/comparison"
	"github.com/accord-broker/accord/internal/edge"
	"github.com/accord-broker/accord/internal/providercontracts"
	"github.com/accord-broker/accord/internal/support/links"
)

// providerContractPage shows what a version of a provider promises, and who relies on it.
type providerContractPage struct {
	frame
	Application link
	Version     version
	Evidence    word
	Contracts   []providerContract
	// Operations are those on this page of the list, Offered counts all, Filter is
	// what their method, path or summary holds.
	Operations []providerContractOperation
	Offered    int
	Filter     string
	Paging     paging
	Consumers  []providerContractConsumer
	// MoreConsumers counts the compared pacts that are not listed.
	MoreConsumers int
	Versions      []providerContractVersion
	Compare       string
}

// providerContractVersion is another version that has published what it promises.
type providerContractVersion struct {
	Version  version
	Current  bool
	Evidence word
	At       moment
	// Changes leads to what changed from the older of the two to the newer one.
	Changes string
}

// How much of a large document is shown.
const (
	operationsOnPage  = 25
	consumersListed   = 50
	versionsListed    = 10
	usesListed        = 10
	evidenceShown     = 4000
	evidenceReadMost  = 1 << 20
	contractsInDetail = 10
)

// providerContract is one of the documents.
type providerContract struct {
	Name, Specification string
	Size                string
	Evidence            word
	Verifier            string
	At                  moment
	Document            string
	// Report is the beginning of what the verifier has reported, if it is text, and
	// Whole leads to all of it.
	Report, Whole string
	Cut           bool
}

// providerContractOperation is something that a document offers, with those who use it.
type providerContractOperation struct {
	Method, Path, ID, Summary string
	// State sums up what the comparisons with those who use it came to.
	State    word
	Uses     []providerContractUse
	MoreUses int
	Parts    []providerContractPart
	Cut      bool
}

// providerContractPart is the parameters, a body or an answer, in lines.
type providerContractPart struct {
	Title, Note string
	Lines       []providerContractLine
}

type providerContractLine struct {
	Indent, Name, Type, Note string
	Required                 bool
}

// providerContractUse is a consumer of an operation, and what does not fit.
type providerContractUse struct {
	Consumer link
	Version  version
	Mark     word
	Problems []string
}

// providerContractConsumer is a pact that was compared with the version.
type providerContractConsumer struct {
	Consumer link
	Version  version
	Mark     word
	Text     string
	Result   string
	At       moment
}

func (w *Web) showProviderContract(c *gin.Context) error {
	ctx, asked := c.Request.Context(), w.services.ProviderContracts
	page, err := pageOf(c, operationsOnPage, operationsOnPage)
	if err != nil {
		return err
	}
	published, err := asked.Find(ctx, edge.Param(c, "provider"), providercontracts.VersionQuery{Version: edge.Param(c, "number")})
	if err != nil {
		return err
	}
	consumers, err := asked.Consumers(ctx, published.Version)
	if err != nil {
		return err
	}
	v := providerContractView{moments: moments{w.services.Now()}, at: here(c), published: published}
	provider, number := published.Version.Pacticipant, published.Version.Number
	shown := providerContractPage{
		frame: w.frame(c, provider+" "+short(number), "/", entry{Text: "Integrations", Address: v.at.Index() + "/"},
			entry{Text: provider, Address: v.at.Pacticipant(provider)}, entry{Text: "What " + short(number) + " promises"}),
		Application: applicationAt(v.at, provider), Version: versionAt(v.at, provider, number), Evidence: evidenceMark(published.Evidence()),
		Consumers: v.consumers(consumers[:min(len(consumers), consumersListed)]), MoreConsumers: max(0, len(consumers)-consumersListed),
		Compare: v.at.Compare() + "?provider=" + url.QueryEscape(provider) + "&provider_version=" + url.QueryEscape(number),
	}
	if shown.Contracts, err = w.providerContracts(c, v); err != nil {
		return err
	}
	if err := w.addOperations(c, v, page, &shown); err != nil {
		return err
	}
	others, err := asked.List(ctx, provider, 0, versionsListed)
	if err != nil {
		return err
	}
	shown.Versions = v.versions(others)
	return w.show(c, "providercontract.html", shown)
}

// addOperations adds a page of what the documents offer, with those who use it.
func (w *Web) addOperations(c *gin.Context, v providerContractView, page edge.Page, shown *providerContractPage) error {
	ctx, asked := c.Request.Context(), w.services.ProviderContracts
	all, err := asked.Operations(ctx, v.published)
	if err != nil {
		return err
	}
	filter, _ := edge.QueryValue(c, "q")
	shown.Filter, shown.Offered = strings.TrimSpace(filter), len(all)
	fitting := slices.DeleteFunc(all, func(o comparison.Operation) bool {
		return !strings.Contains(strings.ToLower(o.Method+" "+o.Path+" "+o.ID+" "+o.Summary), strings.ToLower(shown.Filter))
	})
	listed := cut(fitting, page)
	uses, err := asked.Usage(ctx, v.published.Version)
	if err != nil {
		return err
	}
	outlines, err := asked.Outlines(ctx, v.published, listed)
	if err != nil {
		return err
	}
	shown.Paging = pagingOf(c, page, len(fitting))
	for i, o := range listed {
		operation := v.operation(o, uses.Of(o))
		operation.Cut = outlines[i].Cut
		for _, part := range outlines[i].Parts {
			operation.Parts = append(operation.Parts, providerContractPartOf(part))
		}
		shown.Operations = append(shown.Operations, operation)
	}
	return nil
}

func providerContractPartOf(part comparison.OutlinePart) providerContractPart {
	shown := providerContractPart{Title: part.Title, Note: part.Note}
	for _, l := range part.Lines {
		shown.Lines = append(shown.Lines, providerContractLine{Indent: strings.Repeat("  ", l.Depth), Name: l.Name, Type: l.Type, Note: l.Note, Required: l.Required})
	}
	return shown
}

// providerContractView shows what a version promises.
type providerContractView struct {
	moments
	at        links.Base
	published providercontracts.VersionContracts
}

func evidenceMark(e providercontracts.Evidence) word {
	switch {
	case e.Missing():
		return word{Kind: "unsure", Icon: "unsure", Word: "No evidence"}
	case e.Failed():
		return word{Kind: "no", Icon: "no", Word: "Own tests fail"}
	}
	return word{Kind: "yes", Icon: "yes", Word: "Own tests pass"}
}

// outcomeMark is the state of a pair by comparison.
func outcomeMark(o providercontracts.Outcome) word {
	switch {
	case o.Succeeds():
		return word{Kind: "yes", Icon: "yes", Word: "Works"}
	case o.Fails():
		return word{Kind: "no", Icon: "no", Word: "Fails"}
	}
	return word{Kind: "unsure", Icon: "unsure", Word: "Not known"}
}

// providerContracts shows the documents of the version with their evidence.
func (w *Web) providerContracts(c *gin.Context, v providerContractView) ([]providerContract, error) {
	shown := v.contracts()
	for i, published := range v.published.Contracts[:min(len(v.published.Contracts), contractsInDetail)] {
		report, err := w.services.ProviderContracts.EvidenceContent(c.Request.Context(), published)
		if err != nil {
			return nil, err
		}
		shown[i].Report, shown[i].Cut = beginning(report)
		if shown[i].Cut {
			shown[i].Whole = v.at.Evidence(published.Provider, published.VersionNumber)
		}
	}
	return shown, nil
}

// beginning is the beginning of a report if it is text, and whether there is more.
func beginning(report []byte) (text string, more bool) {
	if len(report) > evidenceReadMost || !utf8.Valid(report) {
		return "", len(report) > 0
	}
	runes := []rune(strings.TrimSpace(string(report)))
	if len(runes) <= evidenceShown {
		return string(runes), false
	}
	return string(runes[:evidenceShown]), true
}

// versions are the newest versions that promise something, each with what changed
// between it and the one that is shown.
func (v providerContractView) versions(list []providercontracts.VersionContracts) []providerContractVersion {
	var shown []providerContractVersion
	provider, current := v.published.Version.Pacticipant, v.published.Version
	for _, p := range list {
		if len(p.Contracts) == 0 {
			continue
		}
		other := providerContractVersion{
			Version:  providerContractAt(v.at, provider, p.Version.Number),
			Current:  p.Version.ID == current.ID,
			Evidence: evidenceMark(p.Evidence()),
			At:       v.ago(p.Contracts[0].CreatedAt),
		}
		from, to := p.Version, current
		if from.Position > to.Position {
			from, to = to, from
		}
		if !other.Current {
			other.Changes = v.at.DocumentChanges(provider, from.Number, to.Number)
		}
		shown = append(shown, other)
	}
	return shown
}

func (v providerContractView) contracts() []providerContract {
	var shown []providerContract
	for _, c := range v.published.Contracts {
		specification := "OpenAPI "
		if c.Document.Specification == "asyncapi" {
			specification = "AsyncAPI "
		}
		shown = append(shown, providerContract{
			Name: c.Name, Specification: specification + c.Document.Version, Size: fmt.Sprintf("%d kB", (c.Document.Size+1023)/1024),
			Evidence: evidenceMark(c.Evidence), Verifier: strings.TrimSpace(c.Evidence.Verifier + " " + c.Evidence.VerifierVersion), At: v.ago(c.CreatedAt),
			Document: v.at.ProviderDocument(c.Provider, c.VersionNumber, c.Name),
		})
	}
	return shown
}

func (v providerContractView) operation(o comparison.Operation, uses []providercontracts.Use) providerContractOperation {
	shown := providerContractOperation{Method: o.Method, Path: o.Path, ID: o.ID, Summary: o.Summary, State: word{Icon: "none", Word: "Used by nobody known"}}
	failing := 0
	for _, use := range uses {
		one := v.use(use)
		if one.Mark.Kind == "no" {
			failing++
		}
		if len(shown.Uses) < usesListed || one.Mark.Kind == "no" && failing <= usesListed {
			shown.Uses = append(shown.Uses, one)
		}
	}
	shown.MoreUses = len(uses) - len(shown.Uses)
	switch {
	case failing > 0:
		shown.State = word{Kind: "no", Icon: "no", Word: fmt.Sprintf("Fails for %d of %s", failing, counted(len(uses), "pact"))}
	case len(uses) > 0:
		shown.State = word{Kind: "yes", Icon: "yes", Word: "Works for " + counted(len(uses), "pact")}
	}
	return shown
}

func (v providerContractView) use(use providercontracts.Use) providerContractUse {
	p := use.Pact.Pact
	shown := providerContractUse{
		Consumer: link{p.Consumer, v.at.Pact(p.Provider, p.Consumer, p.VersionNumber)},
		Version:  versionAt(v.at, p.Consumer, p.VersionNumber),
		Mark:     outcomeMark(providercontracts.Compatible),
	}
	for _, found := range use.Findings {
		if found.Kind != comparison.Error {
			continue
		}
		shown.Mark = outcomeMark(providercontracts.Incompatible)
		shown.Problems = append(shown.Problems, inDocument(found))
	}
	return shown
}

// inDocument says what is wrong and where the document says so.
func inDocument(found providercontracts.Finding) string {
	if found.Line == 0 {
		return found.Description + ": " + found.Message
	}
	return fmt.Sprintf("%s: %s (line %d)", found.Description, found.Message, found.Line)
}

func (v providerContractView) consumers(compared []providercontracts.ComparedPact) []providerContractConsumer {
	var shown []providerContractConsumer
	for _, k := range compared {
		of := k.Compared.Comparison
		text := counted(of.Errors, "error") + ", " + counted(of.Warnings, "warning")
		if of.Uncovered > 0 {
			text += fmt.Sprintf(", %d of %s not compared", of.Uncovered, counted(of.Interactions, "interaction"))
		}
		if of.Refused != "" {
			text = of.Refused
		}
		p := k.Pact
		shown = append(shown, providerContractConsumer{
			Consumer: link{p.Consumer, v.at.Pact(p.Provider, p.Consumer, p.VersionNumber)}, Version: versionAt(v.at, p.Consumer, p.VersionNumber), Mark: outcomeMark(k.Compared.Outcome), Text: text,
			Result: v.at.ComparedResult(v.published.Version.Pacticipant, v.published.Version.Number, p.Consumer, p.SHA), At: v.ago(k.Compared.At),
		})
	}
	return shown
}
