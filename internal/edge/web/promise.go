package web

import (
	"fmt"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/accord-broker/accord/internal/comparison"
	"github.com/accord-broker/accord/internal/edge"
	"github.com/accord-broker/accord/internal/providercontracts"
	"github.com/accord-broker/accord/internal/support/links"
)

// promisePage shows what a version of a provider promises, and who relies on it.
type promisePage struct {
	frame
	Application link
	Version     version
	Evidence    word
	Contracts   []promiseContract
	Operations  []promiseOperation
	Consumers   []promiseConsumer
}

// promiseContract is one of the documents.
type promiseContract struct {
	Name, Specification string
	Size                string
	Evidence            word
	Verifier            string
	At                  moment
	Document            string
}

// promiseOperation is something that a document offers, with those who use it.
type promiseOperation struct {
	Method, Path, Summary string
	Uses                  []promiseUse
}

// promiseUse is a consumer of an operation, and what does not fit.
type promiseUse struct {
	Consumer link
	Version  version
	Mark     word
	Problems []string
}

// promiseConsumer is a pact that was compared with the version.
type promiseConsumer struct {
	Consumer link
	Version  version
	Mark     word
	Text     string
	Result   string
	At       moment
}

func (w *Web) showPromise(c *gin.Context) error {
	ctx := c.Request.Context()
	promise, err := w.services.ProviderContracts.Find(ctx, edge.Param(c, "provider"), providercontracts.Criteria{Version: edge.Param(c, "number")})
	if err != nil {
		return err
	}
	consumers, err := w.services.ProviderContracts.Consumers(ctx, promise.Version)
	if err != nil {
		return err
	}
	uses, err := w.services.ProviderContracts.Usage(ctx, promise.Version)
	if err != nil {
		return err
	}
	operations, err := w.services.ProviderContracts.Operations(ctx, promise)
	if err != nil {
		return err
	}
	v := promiseView{moments: moments{w.services.Now()}, at: here(c), promise: promise}
	provider, number := promise.Version.Pacticipant, promise.Version.Number
	return w.show(c, "promise.html", promisePage{
		frame: w.frame(c, provider+" "+short(number), "/", entry{Text: "Integrations", Address: v.at.Index() + "/"},
			entry{Text: provider, Address: v.at.Pacticipant(provider)}, entry{Text: "What " + short(number) + " promises"}),
		Application: applicationAt(v.at, provider), Version: versionAt(v.at, provider, number), Evidence: evidenceMark(promise.Evidence()),
		Contracts: v.contracts(), Operations: v.operations(operations, uses), Consumers: v.consumers(consumers),
	})
}

// promiseView shows what a version promises.
type promiseView struct {
	moments
	at      links.Base
	promise providercontracts.Promise
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

func (v promiseView) contracts() []promiseContract {
	var shown []promiseContract
	for _, c := range v.promise.Contracts {
		specification := "OpenAPI "
		if c.Document.Specification == "asyncapi" {
			specification = "AsyncAPI "
		}
		shown = append(shown, promiseContract{
			Name: c.Name, Specification: specification + c.Document.Version, Size: fmt.Sprintf("%d kB", (c.Document.Size+1023)/1024),
			Evidence: evidenceMark(c.Evidence), Verifier: strings.TrimSpace(c.Evidence.Verifier + " " + c.Evidence.VerifierVersion), At: v.ago(c.CreatedAt),
			Document: v.at.ProviderDocument(c.Provider, c.VersionNumber, c.Name),
		})
	}
	return shown
}

func (v promiseView) operations(operations []comparison.Operation, uses map[[2]string][]providercontracts.Use) []promiseOperation {
	var shown []promiseOperation
	for _, o := range operations {
		operation := promiseOperation{Method: o.Method, Path: o.Path, Summary: o.Summary}
		for _, use := range uses[[2]string{o.Method, o.Path}] {
			operation.Uses = append(operation.Uses, v.use(use))
		}
		shown = append(shown, operation)
	}
	return shown
}

func (v promiseView) use(use providercontracts.Use) promiseUse {
	p := use.Pact.Pact
	shown := promiseUse{Consumer: link{p.Consumer, v.at.Pact(p.Provider, p.Consumer, p.VersionNumber)}, Version: versionAt(v.at, p.Consumer, p.VersionNumber), Mark: outcomeMark(providercontracts.Compatible)}
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

func (v promiseView) consumers(compared []providercontracts.ComparedPact) []promiseConsumer {
	var shown []promiseConsumer
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
		shown = append(shown, promiseConsumer{
			Consumer: link{p.Consumer, v.at.Pact(p.Provider, p.Consumer, p.VersionNumber)}, Version: versionAt(v.at, p.Consumer, p.VersionNumber), Mark: outcomeMark(k.Compared.Outcome), Text: text,
			Result: v.at.ComparedResult(v.promise.Version.Pacticipant, v.promise.Version.Number, p.Consumer, p.SHA), At: v.ago(k.Compared.At),
		})
	}
	return shown
}
