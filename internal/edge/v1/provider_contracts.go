package v1

import (
	"encoding/base64"
	"net/http"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/accord-broker/accord/internal/comparison"
	"github.com/accord-broker/accord/internal/edge"
	"github.com/accord-broker/accord/internal/providercontracts"
	"github.com/accord-broker/accord/internal/support/fault"
	"github.com/accord-broker/accord/internal/support/links"
)

// providerContractShown is what a version of a provider promises.
type providerContractShown struct {
	Version   string          `json:"version"`
	Evidence  string          `json:"evidence"`
	URL       string          `json:"url"`
	Contracts []contractEntry `json:"contracts"`
}

type contractEntry struct {
	Name          string  `json:"name"`
	SHA           string  `json:"sha"`
	Specification string  `json:"specification"`
	Version       string  `json:"specification_version"`
	ContentType   string  `json:"content_type"`
	Size          int     `json:"size"`
	Evidence      string  `json:"evidence"`
	Verifier      *string `json:"verifier"`
	PublishedAt   string  `json:"published_at"`
}

// evidenceWord names the state of evidence.
func evidenceWord(e providercontracts.Evidence) string {
	switch {
	case e.Missing():
		return "missing"
	case e.Failed():
		return "failed"
	}
	return "succeeded"
}

func representProviderContract(base links.Base, p providercontracts.VersionContracts) providerContractShown {
	shown := providerContractShown{Version: p.Version.Number, Evidence: evidenceWord(p.Evidence()), URL: base.ProviderContract(p.Version.Pacticipant, p.Version.Number), Contracts: []contractEntry{}}
	for _, c := range p.Contracts {
		shown.Contracts = append(shown.Contracts, contractEntry{
			Name: c.Name, SHA: c.Document.SHA, Specification: c.Document.Specification, Version: c.Document.Version, ContentType: c.ContentType, Size: c.Document.Size,
			Evidence: evidenceWord(c.Evidence), Verifier: filled(strings.TrimSpace(c.Evidence.Verifier + " " + c.Evidence.VerifierVersion)), PublishedAt: instant(c.CreatedAt),
		})
	}
	return shown
}

// listProviderContracts lists what versions of a provider promise, the newest
// first.
func (a *API) listProviderContracts(c *gin.Context) error {
	part, err := sliceOf(c)
	if err != nil {
		return err
	}
	below, err := part.afterID()
	if err != nil {
		return err
	}
	found, err := a.ProviderContracts.List(c.Request.Context(), edge.Param(c, "provider"), below, part.Limit+1)
	if err != nil {
		return err
	}
	base := edge.Base(c)
	return answerPart(c, part, found, func(p providercontracts.VersionContracts) int64 { return p.Version.Position }, func(p providercontracts.VersionContracts) providerContractShown {
		return representProviderContract(base, p)
	})
}

// criteriaOf reads which version of a provider is asked for: the newest with a
// contract, unless the query says more.
func criteriaOf(c *gin.Context) (providercontracts.VersionQuery, string) {
	value := func(name string) string {
		text, _ := edge.QueryValue(c, name)
		return text
	}
	return providercontracts.VersionQuery{Version: value("version"), Branch: value("branch"), Tag: value("tag"), Environment: value("environment")}, value("name")
}

// showProviderDocument sends a document as it was published, for tools that read
// it from its address. Only its kind is told: what publishers call it may be
// anything that a browser would run.
func (a *API) showProviderDocument(c *gin.Context) error {
	which, name := criteriaOf(c)
	published, err := a.ProviderContracts.Find(c.Request.Context(), edge.Param(c, "provider"), which)
	if err != nil {
		return err
	}
	contract, err := published.Named(name)
	if err != nil {
		return err
	}
	content, err := a.ProviderContracts.Content(c.Request.Context(), contract)
	if err != nil {
		return err
	}
	c.Header("X-Provider-Version", published.Version.Number)
	c.Header("ETag", strconv.Quote(contract.Document.SHA))
	media := edge.YAML
	if strings.Contains(contract.ContentType, "json") {
		media = edge.JSON
	}
	return edge.Bytes(c, http.StatusOK, media, content)
}

// documentChangesShown is what changed between two documents and what it means.
type documentChangesShown struct {
	From      *documentSide             `json:"from"`
	To        *documentSide             `json:"to"`
	Together  []string                  `json:"together_with"`
	Meaning   providercontracts.Meaning `json:"meaning"`
	Counts    map[string]int            `json:"counts"`
	Unlisted  *string                   `json:"unlisted_because"`
	Consumers []impactShown             `json:"consumers"`
	Left      int                       `json:"not_compared_in_time"`
	itemsShown[documentChangeShown]
}

type documentSide struct {
	Version string `json:"version"`
	Name    string `json:"name"`
	SHA     string `json:"sha"`
	URL     string `json:"url"`
}

type documentChangeShown struct {
	Rule    string                    `json:"rule"`
	Level   string                    `json:"level"`
	Meaning providercontracts.Meaning `json:"meaning"`
	Text    string                    `json:"text"`
	Method  string                    `json:"method"`
	Path    string                    `json:"path"`
	UsedBy  []livePactShown           `json:"used_by"`
	Breaks  []livePactShown           `json:"breaks"`
}

type livePactShown struct {
	Consumer     string   `json:"consumer"`
	Version      string   `json:"version"`
	Environments []string `json:"environments"`
	MainBranch   bool     `json:"main_branch"`
}

// impactShown is what a document means for a pact that is in use.
type impactShown struct {
	livePactShown

	Before   *string                   `json:"outcome_before"`
	Outcome  providercontracts.Outcome `json:"outcome"`
	Reason   string                    `json:"reason,omitempty"`
	Findings []comparisonFinding       `json:"findings"`
}

func representLivePact(p providercontracts.LivePact) livePactShown {
	shown := livePactShown{Consumer: p.Publication.Consumer, Version: p.Publication.VersionNumber, Environments: p.Places, MainBranch: p.MainBranch}
	if shown.Environments == nil {
		shown.Environments = []string{}
	}
	return shown
}

func representLivePacts(pacts []providercontracts.LivePact) []livePactShown {
	shown := []livePactShown{}
	for _, p := range pacts {
		shown = append(shown, representLivePact(p))
	}
	return shown
}

// listDocumentChanges tells what changed between the contracts of two versions of
// a provider, and what that means for those who live with it.
func (a *API) listDocumentChanges(c *gin.Context) error {
	part, err := sliceOf(c)
	if err != nil {
		return err
	}
	name, _ := edge.QueryValue(c, "name")
	changes, err := a.ProviderContracts.Changes(c.Request.Context(), edge.Param(c, "provider"), edge.Param(c, "number"), edge.Param(c, "otherNumber"), name)
	if err != nil {
		return err
	}
	return answerDocumentChanges(c, part, changes)
}

// offerBody is a document that is not published.
type offerBody struct {
	Content string `json:"content"`
	Name    string `json:"name"`
	Version string `json:"compare_with_version"`
}

// checkDocument tells what a document would change, and whom it would break, if it
// were published. Nothing is kept.
func (a *API) checkDocument(c *gin.Context) error {
	part, err := sliceOf(c)
	if err != nil {
		return err
	}
	var body offerBody
	if err := edge.Decode(c, &body); err != nil {
		return err
	}
	content, err := base64.StdEncoding.DecodeString(body.Content)
	if err != nil {
		return fault.InvalidField("content", "is not base64: send the document encoded")
	}
	if err := edge.ReserveFirst(c.Request.Context(), comparison.Weight(content)); err != nil {
		return err
	}
	changes, err := a.ProviderContracts.Offer(c.Request.Context(), edge.Param(c, "provider"), body.Version, body.Name, content)
	if err != nil {
		return err
	}
	return answerDocumentChanges(c, part, changes)
}

// answerDocumentChanges shows a part of the changes. The cursor is how many came
// before.
func answerDocumentChanges(c *gin.Context, part slice, changes providercontracts.Changes) error {
	first, err := part.afterID()
	if err != nil || first < 0 || first > int64(len(changes.Items)) {
		return fault.InvalidField("cursor", "is none that this list has given; leave it out to begin at the start")
	}
	last := min(int(first)+part.Limit, len(changes.Items))
	items := []documentChangeShown{}
	for _, change := range changes.Items[first:last] {
		items = append(items, documentChangeShown{Rule: change.Rule, Level: string(change.Level), Meaning: change.Meaning, Text: change.Text,
			Method: change.Method, Path: change.Path, UsedBy: representLivePacts(change.UsedBy), Breaks: representLivePacts(change.Breaks)})
	}
	next := ""
	if last < len(changes.Items) {
		next = strconv.Itoa(last)
	}
	base := edge.Base(c)
	shown := documentChangesShown{
		From: representDocumentSide(base, changes.From), To: representDocumentSide(base, changes.To), Together: []string{},
		Meaning: changes.Means(), Counts: countsOf(changes), Unlisted: filled(changes.Unlisted),
		Consumers: representImpact(changes), Left: changes.Impact.Left, itemsShown: shownItems(c, items, next),
	}
	for _, other := range changes.Together {
		shown.Together = append(shown.Together, other.Name)
	}
	return edge.HAL(c, http.StatusOK, shown)
}

func representDocumentSide(base links.Base, c *providercontracts.Contract) *documentSide {
	if c == nil {
		return nil
	}
	return &documentSide{Version: c.VersionNumber, Name: c.Name, SHA: c.Document.SHA, URL: base.ProviderContract(c.Provider, c.VersionNumber)}
}

func countsOf(changes providercontracts.Changes) map[string]int {
	counts := map[string]int{
		string(providercontracts.BreaksConsumers): 0, string(providercontracts.NotKnown): 0, string(providercontracts.BreaksNobodyKnown): 0,
		string(providercontracts.UsedByNobodyKnown): 0, string(providercontracts.Harmless): 0,
	}
	for _, change := range changes.Items {
		counts[string(change.Meaning)]++
	}
	return counts
}

func representImpact(changes providercontracts.Changes) []impactShown {
	shown := []impactShown{}
	for _, e := range changes.Impact.Effects {
		shown = append(
			shown,
			impactShown{
				livePactShown: representLivePact(e.Pact),
				Before:        filled(string(changes.Before(e))),
				Outcome:       e.Outcome,
				Reason:        e.Comparison.Refused,
				Findings:      representComparisonFindings(e.Comparison.Report),
			},
		)
	}
	return shown
}
