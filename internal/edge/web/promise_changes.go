package web

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/accord-broker/accord/internal/comparison"
	"github.com/accord-broker/accord/internal/edge"
	"github.com/accord-broker/accord/internal/providercontracts"
	"github.com/accord-broker/accord/internal/support/fault"
	"github.com/accord-broker/accord/internal/support/links"
)

// documentChangesPage shows what changed between two documents of a provider, and
// whom it breaks.
type documentChangesPage struct {
	frame
	Application link
	// From and To are the two versions; To is empty for a document that is not
	// published.
	From, To version
	Problems []string
	// Mark and Text sum up what it means for those in use.
	Mark      word
	Text      string
	Unlisted  string
	Consumers []affectedConsumer
	Groups    []changeGroup
	Paging    paging
	Form      string
	Document  string
}

// affectedConsumer is a pact in use, and what the newer document means for it.
type affectedConsumer struct {
	Consumer link
	Version  version
	Where    string
	Mark     word
	Reason   string
	Findings []shownFinding
	More     int
}

// changeGroup are the changes that mean the same.
type changeGroup struct {
	ID, Title, Hint string
	Mark            word
	Changes         []documentChange
}

type documentChange struct {
	Operation, Text, Rule string
	Level                 string
	Who                   []livePact
}

// livePact is a pact that somebody in use has.
type livePact struct {
	Consumer link
	Version  version
	Where    string
}

// changesOnPage is how many changes are on a page.
const changesOnPage = 50

// meanings say what changes mean, the gravest first.
var meanings = []struct {
	meaning     providercontracts.Meaning
	title, hint string
	mark        word
}{
	{providercontracts.BreaksConsumers, "Breaks these consumers", "Their pacts fit the older document and not the newer one.", word{Kind: "no", Icon: "no", Word: "Breaks consumers"}},
	{providercontracts.BreaksNobodyKnown, "Breaking in general, not for those who are known", "It breaks clients by the book. Those in use who call the operation can do without what has changed.", word{Kind: "unsure", Icon: "unsure", Word: "Breaking in general"}},
	{providercontracts.UsedByNobodyKnown, "Breaking by the book, but nobody known uses it", "No pact in use calls the operation, which is not the same as: nobody does.", word{Kind: "unsure", Icon: "unsure", Word: "Nobody known uses it"}},
	{providercontracts.Harmless, "Harmless", "It breaks nobody who follows the document.", word{Kind: "yes", Icon: "yes", Word: "Harmless"}},
}

func (w *Web) showDocumentChanges(c *gin.Context) error {
	provider := edge.Param(c, "provider")
	value := func(name string) string {
		text, _ := edge.QueryValue(c, name)
		return text
	}
	from, to := value("from"), value("to")
	if from == "" || to == "" {
		promise, err := w.services.ProviderContracts.Find(c.Request.Context(), provider, providercontracts.Criteria{Version: from + to})
		if err != nil {
			return err
		}
		return w.answerDocumentChanges(c, http.StatusOK, documentChangesPage{}, providercontracts.Changes{From: providercontracts.Contract{Provider: provider, VersionNumber: promise.Version.Number}})
	}
	changes, err := w.services.ProviderContracts.Changes(c.Request.Context(), provider, from, to, value("name"))
	if err != nil {
		return err
	}
	return w.answerDocumentChanges(c, http.StatusOK, documentChangesPage{}.of(here(c), changes), changes)
}

// offerDocument says what a document that is not published would change. Nothing
// is kept.
func (w *Web) offerDocument(c *gin.Context) error {
	values, err := formOf(c)
	if err != nil {
		return err
	}
	provider, document := edge.Param(c, "provider"), values.Get("document")
	if len(document) > pastedAtMost {
		err = fault.InvalidFields(fault.Field{Name: "document", Message: fmt.Sprintf("has more than %d MB; send it to /api/v1/providers/{provider}/contracts/check", pastedAtMost>>20)})
	}
	if err == nil {
		err = edge.ReserveFirst(c.Request.Context(), comparison.Weight([]byte(document)))
	}
	var changes providercontracts.Changes
	if err == nil {
		changes, err = w.services.ProviderContracts.Offer(c.Request.Context(), provider, providercontracts.Criteria{Version: values.Get("from")}, values.Get("name"), []byte(document))
	}
	if problems, mended := asked(err); mended && !fault.Is(err, fault.NotFound) {
		changes.From.Provider, changes.From.VersionNumber = provider, values.Get("from")
		return w.answerDocumentChanges(c, http.StatusUnprocessableEntity, documentChangesPage{Problems: problems, Document: document}, changes)
	}
	if err != nil {
		return err
	}
	shown := documentChangesPage{Document: document}.of(here(c), changes)
	return w.answerDocumentChanges(c, http.StatusOK, shown, changes)
}

func (w *Web) answerDocumentChanges(c *gin.Context, status int, shown documentChangesPage, changes providercontracts.Changes) error {
	page, err := pageOf(c, changesOnPage, changesOnPage)
	if err != nil {
		return err
	}
	at, from := here(c), changes.From
	shown.Application, shown.From = applicationAt(at, from.Provider), promiseAt(at, from.Provider, from.VersionNumber)
	title := "What would change"
	if changes.To != nil {
		shown.To = promiseAt(at, from.Provider, changes.To.VersionNumber)
		title = "What changed"
	}
	shown.Groups, shown.Paging = groupsOf(at, cut(changes.Items, page)), pagingOf(c, page, len(changes.Items))
	if changes.To == nil { // a form has no further pages
		shown.Paging.Previous, shown.Paging.Next = "", ""
	}
	shown.Form = pathOf(edge.Base(c)) + c.Request.URL.EscapedPath()
	shown.frame = w.frame(c, title+" in "+from.Provider, "/", entry{Text: "Integrations", Address: at.Index() + "/"},
		entry{Text: from.Provider, Address: at.Pacticipant(from.Provider)}, entry{Text: "What " + short(from.VersionNumber) + " promises", Address: at.ProviderContract(from.Provider, from.VersionNumber)}, entry{Text: title})
	return w.showAs(c, status, "documentchanges.html", shown)
}

// promiseAt is the link to what a version promises.
func promiseAt(at links.Base, provider, number string) version {
	if number == "" {
		return version{}
	}
	return version{Text: short(number), Full: number, Address: at.ProviderContract(provider, number)}
}

// of fills in what the changes mean for those in use.
func (p documentChangesPage) of(at links.Base, changes providercontracts.Changes) documentChangesPage {
	p.Unlisted = changes.Unlisted
	breaks, unknown := len(changes.Impact.Breaks()), len(changes.Impact.Unknown())+changes.Impact.Left
	switch {
	case breaks > 0:
		p.Mark, p.Text = word{Kind: "no", Icon: "no", Word: "Breaks " + counted(breaks, "pact") + " in use"}, "Their consumers need something that the newer document does not promise."
	case unknown > 0:
		p.Mark, p.Text = word{Kind: "unsure", Icon: "unsure", Word: counted(unknown, "pact") + " in use cannot be told by comparison"}, "Only a verification can tell."
	case len(changes.Impact.Effects) == 0:
		p.Mark, p.Text = word{Kind: "unsure", Icon: "unsure", Word: "Nobody known uses it"}, "No pact with this provider is deployed, released, or on a main branch."
	default:
		p.Mark, p.Text = word{Kind: "yes", Icon: "yes", Word: "Breaks nobody who is known"}, "The newer document keeps what all pacts in use need."
	}
	for _, effect := range changes.Impact.Effects {
		who := livePactOf(at, effect.Pact)
		consumer := affectedConsumer{Consumer: who.Consumer, Version: who.Version, Where: who.Where, Mark: outcomeMark(effect.Outcome), Reason: effect.Comparison.Refused}
		if effect.Outcome.Fails() {
			failures := effect.Comparison.Report.Errors()
			for _, found := range failures[:min(len(failures), problemsShown)] {
				consumer.Findings = append(consumer.Findings, findingOf(found, nil))
			}
			consumer.More = len(failures) - len(consumer.Findings)
		}
		p.Consumers = append(p.Consumers, consumer)
	}
	return p
}

// problemsShown is how much of what does not fit is said of each consumer.
const problemsShown = 5

func livePactOf(at links.Base, p providercontracts.LivePact) livePact {
	places := make([]string, 0, len(p.Places)+1)
	for _, environment := range p.Places {
		places = append(places, "in "+environment)
	}
	if p.MainBranch {
		places = append(places, "on its main branch")
	}
	k := p.Publication
	return livePact{Consumer: link{k.Consumer, at.Pact(k.Provider, k.Consumer, k.VersionNumber)}, Version: versionAt(at, k.Consumer, k.VersionNumber), Where: strings.Join(places, ", ")}
}

func groupsOf(at links.Base, items []providercontracts.JoinedChange) []changeGroup {
	var groups []changeGroup
	for i, m := range meanings {
		group := changeGroup{ID: fmt.Sprintf("m%d", i+1), Title: m.title, Hint: m.hint, Mark: m.mark}
		for _, item := range items {
			if item.Meaning == m.meaning {
				group.Changes = append(group.Changes, documentChangeOf(at, item))
			}
		}
		if len(group.Changes) > 0 {
			groups = append(groups, group)
		}
	}
	return groups
}

var levelWords = map[string]string{"breaking": "Breaking by the book", "warning": "May break", "info": "Not breaking by the book"}

func documentChangeOf(at links.Base, item providercontracts.JoinedChange) documentChange {
	shown := documentChange{Operation: strings.TrimSpace(item.Method + " " + item.Path), Text: item.Text, Rule: item.Rule, Level: levelWords[string(item.Level)]}
	who := item.UsedBy
	if item.Meaning == providercontracts.BreaksConsumers {
		who = item.Breaks
	}
	for _, p := range who[:min(len(who), foundAtMost)] {
		shown.Who = append(shown.Who, livePactOf(at, p))
	}
	return shown
}
