package web

import (
	"cmp"
	"fmt"
	"net/http"
	"net/url"
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
	// From and To are the two versions; From is empty if there is none, To for a document
	// that is not published.
	From, To version
	// Name is that of the contract, Others lead to the changes of others, Together names
	// those that count besides, and First tells that nothing was published under the name.
	Name     string
	Others   []link
	Together string
	First    bool
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
	{
		providercontracts.NotKnown,
		"Breaking by the book, and nobody can tell for whom",
		"Pacts in use could not be compared; the list above names them.",
		word{Kind: "unsure", Icon: "unsure", Word: "Not known"},
	},
	{
		providercontracts.BreaksNobodyKnown,
		"Breaking in general, not for those who are known",
		"It breaks clients by the book. Those in use who send or read what has changed get along with it.",
		word{Kind: "unsure", Icon: "unsure", Word: "Breaking in general"},
	},
	{
		providercontracts.UsedByNobodyKnown,
		"Breaking by the book, but nobody known uses it",
		"No pact in use sends or reads what has changed, which is not the same as: nobody does.",
		word{Kind: "unsure", Icon: "unsure", Word: "Nobody known uses it"},
	},
	{providercontracts.Harmless, "Harmless", "It breaks nobody who follows the document.", word{Kind: "yes", Icon: "yes", Word: "Harmless"}},
}

func (w *Web) showDocumentChanges(c *gin.Context) error {
	provider := edge.Param(c, "provider")
	value := func(name string) string {
		text, _ := edge.QueryValue(c, name)
		return text
	}
	from, to, name := value("from"), value("to"), value("name")
	if from == "" || to == "" {
		published, err := w.baseOf(c, provider, from+to)
		if err != nil {
			return err
		}
		return w.answerDocumentChanges(c, http.StatusOK, documentChangesPage{Name: name}, providercontracts.Changes{Provider: published.Version.Pacticipant, Older: published.Version.Number})
	}
	newer, err := w.services.ProviderContracts.Find(c.Request.Context(), provider, providercontracts.VersionQuery{Version: to})
	if err != nil {
		return err
	}
	if _, err := newer.Named(name); err != nil && name == "" {
		name = newer.Contracts[0].Name // of several; the page leads to the others
	}
	changes, err := w.services.ProviderContracts.Changes(c.Request.Context(), provider, from, to, name)
	if err != nil {
		return err
	}
	shown := documentChangesPage{}.of(here(c), changes)
	for _, other := range changes.Together {
		shown.Others = append(shown.Others, link{other.Name, here(c).DocumentChanges(provider, from, to) + "&name=" + url.QueryEscape(other.Name)})
	}
	return w.answerDocumentChanges(c, http.StatusOK, shown, changes)
}

// baseOf is what a document that is not published would be compared with.
func (w *Web) baseOf(c *gin.Context, provider, version string) (providercontracts.VersionContracts, error) {
	if version == "" {
		return w.services.ProviderContracts.FindBase(c.Request.Context(), provider)
	}
	return w.services.ProviderContracts.Find(c.Request.Context(), provider, providercontracts.VersionQuery{Version: version})
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
		changes, err = w.services.ProviderContracts.Offer(c.Request.Context(), provider, values.Get("from"), values.Get("name"), []byte(document))
	}
	if problems, mended := asked(err); mended {
		if _, err := w.services.ProviderContracts.FindBase(c.Request.Context(), provider); err != nil {
			return err
		}
		return w.answerDocumentChanges(
			c,
			http.StatusUnprocessableEntity,
			documentChangesPage{Problems: problems, Name: values.Get("name"), Document: document},
			providercontracts.Changes{Provider: provider, Older: values.Get("from")},
		)
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
	at, provider := here(c), changes.Provider
	shown.Application, shown.From = applicationAt(at, provider), providerContractAt(at, provider, changes.Older)
	title := "What would change"
	if changes.To != nil {
		shown.To = providerContractAt(at, provider, changes.To.VersionNumber)
		title = "What changed"
	}
	shown.Groups, shown.Paging = groupsOf(at, cut(changes.Items, page)), pagingOf(c, page, len(changes.Items))
	if changes.To == nil { // a form has no further pages
		shown.Paging.Previous, shown.Paging.Next = "", ""
	}
	shown.Form = pathOf(edge.Base(c)) + c.Request.URL.EscapedPath()
	trail := []entry{{Text: "Integrations", Address: at.Index() + "/"}, {Text: provider, Address: at.Pacticipant(provider)}}
	if changes.Older != "" {
		trail = append(trail, entry{Text: "What " + short(changes.Older) + " promises", Address: at.ProviderContract(provider, changes.Older)})
	}
	shown.frame = w.frame(c, title+" in "+provider, "/", append(trail, entry{Text: title})...)
	return w.showAs(c, status, "documentchanges.html", shown)
}

// providerContractAt is the link to what a version promises.
func providerContractAt(at links.Base, provider, number string) version {
	if number == "" {
		return version{}
	}
	return version{Text: short(number), Full: number, Address: at.ProviderContract(provider, number)}
}

// of fills in what the changes mean for those in use.
func (p documentChangesPage) of(at links.Base, changes providercontracts.Changes) documentChangesPage {
	p.Unlisted, p.First, p.Together = changes.Unlisted, changes.From == nil, contractNames(changes.Together)
	if of := cmp.Or(changes.To, changes.From); of != nil && (of.Name != providercontracts.DefaultName || len(changes.Together) > 0) {
		p.Name = of.Name
	}
	breaks, fails, unknown := len(changes.Breaks()), len(changes.Fails()), len(changes.Impact.Unknown())+changes.Impact.Left
	switch {
	case breaks > 0:
		p.Mark, p.Text = word{Kind: "no", Icon: "no", Word: "Breaks " + counted(breaks, "pact") + " in use"}, "Their consumers need something that the newer document does not promise."
	case unknown > 0:
		p.Mark, p.Text = word{Kind: "unsure", Icon: "unsure", Word: counted(unknown, "pact") + " in use cannot be told by comparison"}, "Only a verification can tell."
	case fails > 0:
		p.Mark, p.Text = word{Kind: "unsure", Icon: "unsure", Word: "Breaks nobody who fitted before"}, counted(fails, "pact")+" in use did not fit before, and does not now."
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
				consumer.Findings = append(consumer.Findings, findingOf(found, providercontracts.Sources{}))
			}
			consumer.More = len(failures) - len(consumer.Findings)
		}
		p.Consumers = append(p.Consumers, consumer)
	}
	return p
}

func contractNames(contracts []providercontracts.Contract) string {
	names := make([]string, len(contracts))
	for i, c := range contracts {
		names[i] = c.Name
	}
	return strings.Join(names, ", ")
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
