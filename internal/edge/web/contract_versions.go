package web

import (
	"context"
	"net/url"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/accord-broker/accord/internal/contracts"
	"github.com/accord-broker/accord/internal/dashboard"
	"github.com/accord-broker/accord/internal/deployments"
	"github.com/accord-broker/accord/internal/edge"
	"github.com/accord-broker/accord/internal/support/links"
)

// contractVersionsPage lists which version of the consumer has published which content of a
// contract, and compares any two.
type contractVersionsPage struct {
	frame
	Pair   pair
	Latest string
	Matrix string
	Rows   []contractVersion
	Paging paging
	Total  int
	// Count is how many interactions the newest has.
	Count int
}

// contractVersion is a version of the consumer with the content that it has published.
type contractVersion struct {
	Version      version
	Branches     []string
	Tags         []string
	Environments []environment
	At           moment
	// Content is the beginning of its name. Same tells that the version before has the same.
	Content, Whole string
	Same           bool
	Result         word
	By             version
	// There says where the version is with the provider and does not work.
	There []word
	// Changes leads to what changed since the version before, "" where nothing did.
	Changes string
	// From and To tell that the version is chosen to be compared.
	From, To bool
}

const (
	// contractVersionsShown is how many versions are on a page of the list.
	contractVersionsShown = 50
	// versionsOffered is how many a contract can be compared with on its own page.
	versionsOffered = 40
)

func (w *Web) showContractVersions(c *gin.Context) error {
	consumer, provider := edge.Param(c, "consumer"), edge.Param(c, "provider")
	if from, to := chosenVersions(c); from != "" && to != "" {
		return seeOther(c, comparedAt(here(c), provider, consumer, from, to))
	}
	page, err := pageOf(c, contractVersionsShown, contractVersionsShown)
	if err != nil {
		return err
	}
	latest, err := contracts.Find(c.Request.Context(), w.services.Pacts, contracts.PactQuery{Consumer: consumer, Provider: provider})
	if err != nil {
		return err
	}
	board, err := w.services.Boards.BoardOf(c.Request.Context(), latest.ConsumerID, latest.ProviderID)
	if err != nil {
		return err
	}
	v := boardView{at: here(c), board: board, moments: moments{board.At}}
	s := board.Pair(latest.Consumer, latest.Provider)
	if s == nil {
		return contracts.ContentGone(nil)
	}
	found, total, err := w.services.Pacts.Pacts(
		c.Request.Context(),
		contracts.Query{ConsumerID: s.ConsumerID, ProviderID: s.ProviderID, NewestFirst: true, Limit: page.Limit() + 1, Offset: page.Offset()},
	)
	if err != nil {
		return err
	}
	shown := contractVersionsPage{
		Pair:   pairOf(v.at, s.Consumer.Name, s.Provider.Name, s.Worst, titles[s.Worst]),
		Latest: v.at.LatestPact(s.Provider.Name, s.Consumer.Name),
		Matrix: v.at.MatrixOf(s.Provider.Name, s.Consumer.Name),
		Total:  total,
		Count:  s.Contract.Interactions + s.Contract.Messages,
		Paging: pagingOf(c, page, total),
	}
	shown.Pair.Class = "inline big"
	if shown.Rows, err = w.contractVersions(c.Request.Context(), v, s, found); err != nil {
		return err
	}
	shown.Rows = shown.Rows[:min(len(shown.Rows), page.Size)]
	shown.preselect()
	shown.frame = w.frame(
		c,
		"Versions of the contract of "+consumer+" and "+provider,
		"/",
		entry{Text: "Integrations", Address: v.at.Index() + "/"},
		entry{Text: s.Consumer.Name, Address: v.at.Pacticipant(s.Consumer.Name)},
		entry{Text: s.Provider.Name, Address: v.at.Pacticipant(s.Provider.Name)},
		entry{Text: "Contract", Address: shown.Latest},
		entry{Text: "Versions"},
	)
	return w.show(c, "contractversions.html", shown)
}

// chosenVersions are the two that are to be compared.
func chosenVersions(c *gin.Context) (from, to string) {
	from, _ = edge.QueryValue(c, "from")
	to, _ = edge.QueryValue(c, "to")
	return from, to
}

// comparedAt is the page of a contract with its changes since a version.
func comparedAt(at links.Base, provider, consumer, from, to string) string {
	return at.Pact(provider, consumer, to) + "?from=" + url.QueryEscape(from) + "#changes"
}

// contractVersions are publications as the list shows them, each beside the one before.
func (w *Web) contractVersions(ctx context.Context, v boardView, s *dashboard.PairSummary, found []contracts.Publication) ([]contractVersion, error) {
	ids, contents := make([]int64, len(found)), make([]int64, len(found))
	for i, p := range found {
		ids[i], contents[i] = p.VersionID, p.ContentID
	}
	branches, tags, err := w.branchesAndTags(ctx, ids)
	if err != nil {
		return nil, err
	}
	newest, err := w.services.Results.MarksBetween(ctx, contents, slices.Repeat([]int64{s.Provider.Newest.ID}, len(contents)))
	if err != nil {
		return nil, err
	}
	last, err := w.services.Results.LastMarks(ctx, contents)
	rows := make([]contractVersion, len(found))
	for i, p := range found {
		row := contractVersion{
			Version:      contractAt(v.at, p.Provider, p.Consumer, p.VersionNumber),
			At:           v.ago(p.CreatedAt),
			Content:      p.SHA[:min(len(p.SHA), commitShown)],
			Whole:        p.SHA,
			Environments: v.environmentsOf(s.Consumer, p.VersionID),
		}
		row.Branches, row.Tags = branches[p.VersionID], tags[p.VersionID]
		row.Result, row.By = v.resultOf(p, newest, last)
		for _, at := range s.Consumer.Places {
			if at.VersionID == p.VersionID {
				row.There = append(row.There, v.failingAt(s, at)...)
			}
		}
		if i+1 < len(found) {
			before := found[i+1]
			if row.Same = before.ContentID == p.ContentID; !row.Same {
				row.Changes = comparedAt(v.at, p.Provider, p.Consumer, before.VersionNumber, p.VersionNumber)
			}
		}
		rows[i] = row
	}
	return rows, err
}

// resultOf is the result for a content that the first page shows, too.
func (v boardView) resultOf(p contracts.Publication, newest, last []dashboard.Mark) (word, version) {
	m, found := dashboard.Counting(p.ContentID, newest, last)
	if !found {
		return states[dashboard.NotKnown].said("Never verified"), version{}
	}
	return resultWord(m.Success), versionAt(v.at, p.Provider, m.ProviderNumber)
}

// failingAt says of a version of the consumer that is somewhere whether it does not work
// there.
func (v boardView) failingAt(s *dashboard.PairSummary, at dashboard.Place) (list []word) {
	state := v.board.StateAt(s, at)
	for _, e := range v.board.Environments {
		if e.ID == at.EnvironmentID && (state == dashboard.Fails || state == dashboard.NotKnown) {
			list = append(list, inEnvironment(state, e))
		}
	}
	return list
}

// inEnvironment is the mark of a state with where it is so.
func inEnvironment(s dashboard.State, e deployments.Environment) word {
	return states[s].said(states[s].Word + " in " + e.Name)
}

// preselect chooses the newest version and the last one that said something else.
func (p *contractVersionsPage) preselect() {
	if len(p.Rows) == 0 {
		return
	}
	p.Rows[0].To = true
	other := slices.IndexFunc(p.Rows, func(row contractVersion) bool { return row.Whole != p.Rows[0].Whole })
	p.Rows[max(other, 0)].From = true
}

// comparableVersions offers the versions that the contract can be compared with.
func (w *Web) comparableVersions(c *gin.Context, v contractView) (shown comparableVersions, err error) {
	ctx := c.Request.Context()
	found, total, err := w.services.Pacts.Pacts(ctx, contracts.Query{ConsumerID: v.pact.ConsumerID, ProviderID: v.pact.ProviderID, NewestFirst: true, Limit: versionsOffered})
	if err != nil {
		return shown, err
	}
	ids := make([]int64, len(found))
	for i, p := range found {
		ids[i] = p.VersionID
	}
	branches, err := w.services.Versions.BranchesOf(ctx, ids...)
	if err != nil {
		return shown, err
	}
	of := map[int64][]string{}
	for _, b := range branches {
		of[b.VersionID] = append(of[b.VersionID], b.Branch)
	}
	from, _ := edge.QueryValue(c, "from")
	shown.VersionCount, shown.Comparing = total, from != ""
	shown.Versions = choice{ID: "cmp", Name: "from", Label: "since", Options: []option{{Text: "the content before", Selected: from == ""}}}
	listed := from == ""
	for _, p := range found {
		if p.VersionID == v.pact.VersionID && p.VersionNumber != from {
			continue
		}
		listed = listed || p.VersionNumber == from
		shown.Versions.Options = append(shown.Versions.Options, option{Value: p.VersionNumber, Selected: p.VersionNumber == from, Text: v.offered(p, of[p.VersionID])})
	}
	if !listed {
		shown.Versions.Options = append(shown.Versions.Options, option{Value: from, Selected: true, Text: short(from)})
	}
	return shown, nil
}

// offered is what is said of a version that a contract can be compared with.
func (v contractView) offered(p contracts.Publication, branches []string) string {
	said := []string{short(p.VersionNumber)}
	if len(branches) > 0 {
		said = append(said, short(branches[len(branches)-1]))
	}
	if a := v.board.ApplicationNamed(p.Consumer); a != nil {
		for _, e := range v.environmentsOf(a, p.VersionID) {
			said = append(said, "in "+e.Name)
		}
	}
	if p.ContentID == v.pact.ContentID {
		said = append(said, "the same content")
	}
	return strings.Join(said, " · ")
}
