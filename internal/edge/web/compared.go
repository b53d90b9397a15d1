package web

import (
	"context"
	"fmt"
	"slices"

	"github.com/gin-gonic/gin"

	"github.com/accord-broker/accord/internal/contracts"
	"github.com/accord-broker/accord/internal/dashboard"
	"github.com/accord-broker/accord/internal/edge"
	"github.com/accord-broker/accord/internal/providercontracts"
)

// comparedPage shows what a pact and what a version of its provider promises come to.
type comparedPage struct {
	frame
	Consumer, Provider               link
	ConsumerVersion, ProviderVersion version
	Mark                             word
	// Text says in a sentence what it came to, Evidence whether the provider keeps to
	// what it promises.
	Text     string
	Evidence word
	At       moment
	Findings []shownFinding
	More     int
	// Uncovered are the interactions of which no document speaks.
	Uncovered          []string
	Contract, Document string
	Matrix, JSON       string
}

// outcomeTexts say what an outcome means, in a sentence.
var outcomeTexts = map[providercontracts.Outcome]string{
	providercontracts.Compatible:             "The provider promises everything that the pact needs, and its own tests say that it keeps to that.",
	providercontracts.Unproven:               "The provider promises everything that the pact needs. Nobody has said whether it keeps to that.",
	providercontracts.Incompatible:           "The pact needs something that the provider does not promise.",
	providercontracts.SelfVerificationFailed: "The provider's own tests against its document failed, so it does not keep to what it promises.",
	providercontracts.NotCovered:             "Nothing is wrong, but the documents do not speak of everything in the pact. Only a verification can tell the rest.",
}

func (w *Web) showCompared(c *gin.Context) error {
	ctx := c.Request.Context()
	which := contracts.PactQuery{Consumer: edge.Param(c, "consumer"), Provider: edge.Param(c, "provider"), SHA: edge.Param(c, "sha")}
	result, err := w.services.ProviderContracts.Result(ctx, which.Provider, edge.Param(c, "number"), which)
	if err != nil {
		return err
	}
	at, p, version := here(c), result.Pact, result.Published.Version
	shown := comparedPage{
		Consumer: applicationAt(at, p.Consumer), Provider: applicationAt(at, version.Pacticipant),
		ConsumerVersion: contractAt(at, p.Provider, p.Consumer, p.VersionNumber), ProviderVersion: providerContractAt(at, version.Pacticipant, version.Number),
		Mark: word{Kind: "unsure", Icon: "wait", Word: "Not compared yet"}, Text: "Other comparisons are under way. Ask again in a moment.",
		Evidence: evidenceMark(result.Published.Evidence()), Contract: at.Pact(p.Provider, p.Consumer, p.VersionNumber), Document: at.ProviderContract(version.Pacticipant, version.Number),
		Matrix: at.MatrixOf(p.Provider, p.Consumer), JSON: at.ComparedResult(version.Pacticipant, version.Number, p.Consumer, p.SHA) + "?as=resource",
	}
	if k := result.Compared; k != nil {
		shown.Mark, shown.Text, shown.At = outcomeMark(k.Outcome), outcomeTexts[k.Outcome], moments{w.services.Now()}.ago(k.At)
		if k.Comparison.Refused != "" {
			shown.Text = k.Comparison.Refused
		} else {
			shown.Text += fmt.Sprintf(" %s, %s in %s.", counted(k.Comparison.Errors, "error"), counted(k.Comparison.Warnings, "warning"), counted(k.Comparison.Interactions, "interaction"))
		}
		sources, err := w.sourcesOf(ctx, result)
		if err != nil {
			return err
		}
		shown.Uncovered = uncoveredOf(result.Report)
		shown.Findings, shown.More = findingsOf(result.Report, sources)
	}
	shown.frame = w.frame(
		c,
		p.Consumer+" compared with what "+version.Pacticipant+" promises",
		"/",
		entry{Text: "Integrations", Address: at.Index() + "/"},
		entry{Text: version.Pacticipant, Address: at.Pacticipant(version.Pacticipant)},
		entry{Text: "What " + short(version.Number) + " promises", Address: shown.Document},
		entry{Text: "Compared with " + p.Consumer},
	)
	return w.show(c, "compared.html", shown)
}

// sourcesOf reads what both sides say where something was found: not that of a contract
// which is too large to be laid out.
func (w *Web) sourcesOf(ctx context.Context, r providercontracts.Result) (providercontracts.Sources, error) {
	if len(r.Report.Findings) == 0 {
		return providercontracts.Sources{}, nil
	}
	pact, _, err := w.laidOut(ctx, r.Pact.ContentID)
	if err != nil {
		return providercontracts.Sources{}, err
	}
	documents := map[string][]byte{}
	for _, published := range r.Published.Contracts {
		if documents[published.Document.SHA], err = w.services.ProviderContracts.Content(ctx, published); err != nil {
			return providercontracts.Sources{}, err
		}
	}
	return providercontracts.ReadSources(r.Report.Findings, pact, documents), nil
}

// comparedNote is what is said of a contract that was compared.
type comparedNote struct {
	Mark    word
	By      version
	Owner   string
	At      moment
	Address string
}

// comparedMark finds what the last comparison of a contract came to that says yes or
// no: that with the provider's newest version, if the page of the contract shows it.
func comparedMark(board *dashboard.Board, p contracts.Publication, last []dashboard.Mark) *dashboard.Mark {
	if s := board.Pair(p.Consumer, p.Provider); s != nil && s.Contract.ContentID == p.ContentID && s.Result != nil && s.Result.Compared {
		return s.Result
	}
	if i := slices.IndexFunc(last, func(m dashboard.Mark) bool { return m.Compared }); i >= 0 {
		return &last[i]
	}
	return nil
}

func (v contractView) comparedNote() *comparedNote {
	if v.mark == nil {
		return nil
	}
	p, shown := v.pact, outcomeMark(providercontracts.Incompatible)
	if v.mark.Success {
		shown = outcomeMark(providercontracts.Compatible)
	}
	return &comparedNote{
		Mark: shown, By: providerContractAt(v.at, p.Provider, v.mark.ProviderNumber), Owner: p.Provider, At: v.ago(v.mark.At),
		Address: v.at.ComparedResult(p.Provider, v.mark.ProviderNumber, p.Consumer, p.SHA),
	}
}
