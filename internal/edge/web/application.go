package web

import (
	"context"
	"html/template"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/accord-broker/accord/internal/access"
	"github.com/accord-broker/accord/internal/dashboard"
	"github.com/accord-broker/accord/internal/deployments"
	"github.com/accord-broker/accord/internal/edge"
	"github.com/accord-broker/accord/internal/events"
	"github.com/accord-broker/accord/internal/pacticipants"
	"github.com/accord-broker/accord/internal/versions"
)

// applicationPage shows one application: where it runs, whether it may go
// further, and who is affected.
type applicationPage struct {
	frame
	Name         string
	MainBranch   string
	Repository   link
	Labels       []string
	External     *externalShown
	Places       []placeCard
	Onward       []onward
	Picture      *picture
	Environments []environment
	AsProvider   pairList
	AsConsumer   pairList
	Versions     []versionRow
	// Branch is the one whose versions are listed, nil for those of all branches.
	Branch       *branchRow
	Branches     []branchRow
	BranchChoice choice
	Paging       paging
	Asked        questionForm
	Badges       []command
	// Badge is the picture that they show, "" if there is nothing to judge.
	Badge  template.URL
	Owners []ownerShown
	Recent []happened
	// Relying says how many rely on it, Affected who would break with it.
	Relying, Affected string
	// Edit is where the application is changed, "" for those who may not.
	Edit string
}

// pairList are the pairs of an application in one role, the worst first, and how
// many there are with those that are not shown.
type pairList struct {
	Rows []integrationRow
	All  int
}

type externalShown struct {
	Reason string
	Since  moment
}

// placeCard is a version in an environment, and how it gets on there.
type placeCard struct {
	Environment environment
	Version     version
	Instance    string
	Since       moment
	State       word
}

// onward says whether the newest version may go to an environment.
type onward struct {
	Environment environment
	Version     version
	Mark        word
	Text        string
	Address     string
}

type versionRow struct {
	Version      version
	Branches     []string
	Tags         []string
	Environments []environment
	Built        moment
	Build        string
	Ask          string
}

// branchRow is a branch. Close and Reopen are where that is done, "" where it makes
// no sense, and for those who may not.
type branchRow struct {
	Name          string
	Main          bool
	State         versions.BranchState
	Head          version
	At            moment
	Close, Reopen string
}

// versionsShown is how many versions are on a page, branchesShown how many
// branches beside them, and pairsShown how many pairs in each role.
const (
	versionsShown = 25
	branchesShown = 10
	pairsShown    = 25
)

func (w *Web) showApplication(c *gin.Context) error {
	var shown applicationPage
	if err := edge.View(c, func() (err error) {
		shown, err = w.applicationPage(c)
		return err
	}); err != nil {
		return err
	}
	if shown.Name == "" {
		return w.goHome(c) // it was deleted a moment ago
	}
	if err := w.addRecent(c, shown.Name, &shown); err != nil {
		return err
	}
	return w.show(c, "application.html", shown)
}

// applicationPage is the page of the application of the address, without what happened
// lately; without a name if the application was deleted a moment ago.
func (w *Web) applicationPage(c *gin.Context) (shown applicationPage, err error) {
	ctx := c.Request.Context()
	p, err := pacticipants.Get(ctx, w.services.Applications, "pacticipant", edge.Param(c, "pacticipant"))
	if err != nil {
		return shown, err
	}
	page, err := pageOf(c, versionsShown, versionsShown)
	if err != nil {
		return shown, err
	}
	board, err := w.services.Boards.Board(ctx)
	if err != nil {
		return shown, err
	}
	a := board.ApplicationNamed(p.Name)
	if a == nil {
		return shown, nil
	}
	v := boardView{at: here(c), board: board, moments: moments{board.At}}
	shown = v.application(a)
	shown.frame = w.frame(c, a.Name, "/", entry{Text: "Applications", Address: v.at.Index() + "/"}, entry{Text: a.Name})
	shown.Asked = questionForm{Path: shown.Path, Application: a.Name, Version: orWord(a.MainBranch, a.Newest.Number), Environment: environmentChoice(board.Environments, v.lastEnvironment())}
	shown.Badges, shown.Badge = badgeTexts(edge.Base(c), a, v.lastEnvironment()), v.badgePicture(a)
	if err := w.addVersions(c, v, a, page, &shown); err != nil {
		return shown, err
	}
	if shown.Owners, err = w.ownersOf(c, a); err != nil {
		return shown, err
	}
	if w.mayChange(c, a.Name) {
		shown.Edit = v.at.Pacticipant(a.Name) + "/edit"
	}
	return shown, nil
}

// recentShown is how much of what happened stands beside an application.
const recentShown = 8

// addRecent adds what happened lately, for those who may read events.
func (w *Web) addRecent(c *gin.Context, application string, shown *applicationPage) error {
	ctx := c.Request.Context()
	if access.RequireRole(ctx, access.ReadEvents) != nil {
		return nil
	}
	facts, err := w.services.Newest.NewestFacts(ctx, events.Query{Applications: []string{application}, Limit: recentShown}, 0)
	for _, f := range facts {
		shown.Recent = append(shown.Recent, eventView{moments{w.services.Now()}, w}.happened(c, f.Fact))
	}
	return err
}

// lastEnvironment is the name of the last one of the pipeline, "" without any.
func (v boardView) lastEnvironment() string {
	if n := len(v.board.Environments); n > 0 {
		return v.board.Environments[n-1].Name
	}
	return ""
}

func (v boardView) application(a *dashboard.Application) applicationPage {
	shown := applicationPage{Name: a.Name, MainBranch: a.MainBranch, Labels: a.Labels, Environments: v.environments(), Picture: v.neighbours(a), Relying: relying(a), Affected: affected(a)}
	if webAddress(a.RepositoryURL) {
		shown.Repository = link{orWord(a.RepositoryName, "Repository"), a.RepositoryURL}
	}
	if e := a.External; e != nil {
		shown.External = &externalShown{Reason: e.Reason, Since: v.since(e.Since)}
	}
	for _, e := range v.board.Environments {
		isThere := false
		for _, p := range a.In(e.ID) {
			isThere = isThere || p.VersionID == a.Newest.ID
			shown.Places = append(shown.Places, placeCard{
				Environment: environmentAt(v.at, e), Version: versionAt(v.at, a.Name, p.Number), Instance: p.Instance, Since: v.since(p.Since), State: v.together(a, p, e),
			})
		}
		if !isThere && a.Newest.ID != 0 {
			deployability := v.newer(a, e, v.board.MayGo(a, e.ID))
			shown.Onward = append(shown.Onward, onward{Environment: environmentAt(v.at, e), Version: deployability.Version, Mark: deployability.Mark, Text: deployability.Text, Address: deployability.Address})
		}
	}
	shown.AsProvider, shown.AsConsumer = v.worstOf(a.Consumers), v.worstOf(a.Providers)
	return shown
}

func (v boardView) worstOf(pairs []*dashboard.PairSummary) pairList {
	list := pairList{All: len(pairs)}
	for _, p := range worstFirst(pairs)[:min(len(pairs), pairsShown)] {
		list.Rows = append(list.Rows, v.row(p))
	}
	return list
}

// worstFirst returns the pairs in the order of their states.
func worstFirst(pairs []*dashboard.PairSummary) []*dashboard.PairSummary {
	sorted := slices.Clone(pairs)
	slices.SortStableFunc(sorted, func(a, b *dashboard.PairSummary) int { return dashboard.Worse(a.Worst, b.Worst) })
	return sorted
}

// together says how a version gets on with what is in the environment with it.
func (v boardView) together(a *dashboard.Application, p dashboard.Place, e deployments.Environment) word {
	deployability := v.board.Together(a, p.VersionID, e.ID)
	switch {
	case len(deployability.Blocking) > 0:
		return states[deployability.State()].said(deployabilityText(a, deployability))
	case deployability.Looked == 0:
		return word{Icon: "none", Word: "Nothing there needs it"}
	}
	return states[dashboard.Works].said("This version works with the others there")
}

// webAddress reports whether a text is an address that a browser may open.
func webAddress(text string) bool {
	scheme, rest, found := strings.Cut(text, "://")
	return found && rest != "" && (strings.EqualFold(scheme, "https") || strings.EqualFold(scheme, "http"))
}

func (w *Web) addVersions(c *gin.Context, v boardView, a *dashboard.Application, page edge.Page, shown *applicationPage) error {
	ctx := c.Request.Context()
	branches, _, err := w.services.Versions.Branches(ctx, a.Pacticipant, "", branchesShown, 0)
	if err != nil {
		return err
	}
	chosen := ""
	query := versions.Query{PacticipantID: a.ID, Limit: page.Limit(), Offset: page.Offset()}
	if name, _ := edge.QueryValue(c, "branch"); name != "" {
		branch, found, err := w.services.Versions.FindBranch(ctx, a.Pacticipant, name)
		if err != nil {
			return err
		}
		if found {
			row := w.branchRow(c, v, a, branch)
			query.BranchID, chosen, shown.Branch = branch.ID, branch.Name, &row
		}
	}
	found, total, err := w.services.Versions.Versions(ctx, query)
	if err != nil {
		return err
	}
	if shown.Versions, err = w.versionRows(c, v, a, found); err != nil {
		return err
	}
	shown.Paging = pagingOf(c, page, total)
	shown.BranchChoice = w.branchChoice(a, branches, chosen)
	return w.addBranches(c, v, a, branches, shown)
}

func (w *Web) versionRows(c *gin.Context, v boardView, a *dashboard.Application, found []versions.Version) ([]versionRow, error) {
	ids := make([]int64, len(found))
	for i, f := range found {
		ids[i] = f.ID
	}
	branches, tags, err := w.branchesAndTags(c.Request.Context(), ids)
	rows := make([]versionRow, len(found))
	for i, f := range found {
		row := versionRow{Version: versionAt(v.at, a.Name, f.Number), Built: v.ago(f.CreatedAt), Ask: questionAt(v.at, a.Name, f.Number, v.lastEnvironment())}
		if f.BuildURL != nil && webAddress(*f.BuildURL) {
			row.Build = *f.BuildURL
		}
		row.Branches, row.Tags, row.Environments = branches[f.ID], tags[f.ID], v.environmentsOf(a, f.ID)
		rows[i] = row
	}
	return rows, err
}

// branchesAndTags are the names of both, of each of the versions by its id.
func (w *Web) branchesAndTags(ctx context.Context, ids []int64) (branches, tags map[int64][]string, err error) {
	branches, tags = map[int64][]string{}, map[int64][]string{}
	onBranches, err := w.services.Versions.BranchesOf(ctx, ids...)
	if err != nil {
		return nil, nil, err
	}
	for _, b := range onBranches {
		branches[b.VersionID] = append(branches[b.VersionID], b.Branch)
	}
	tagged, err := w.services.Versions.TagsOf(ctx, ids...)
	for _, t := range tagged {
		tags[t.VersionID] = append(tags[t.VersionID], t.Name)
	}
	return branches, tags, err
}

// environmentsOf are those in which a version is.
func (v boardView) environmentsOf(a *dashboard.Application, version int64) (all []environment) {
	for _, e := range v.board.Environments {
		if slices.ContainsFunc(a.In(e.ID), func(p dashboard.Place) bool { return p.VersionID == version }) {
			all = append(all, environmentAt(v.at, e))
		}
	}
	return all
}

func (w *Web) addBranches(c *gin.Context, v boardView, a *dashboard.Application, branches []versions.Branch, shown *applicationPage) error {
	ids := make([]int64, len(branches))
	for i, b := range branches {
		ids[i] = b.HeadVersionID
	}
	found, err := w.services.Versions.VersionsWithIDs(c.Request.Context(), ids...)
	if err != nil {
		return err
	}
	heads := make(map[int64]versions.Version, len(found))
	for _, head := range found {
		heads[head.ID] = head
	}
	for _, b := range branches {
		row := w.branchRow(c, v, a, b)
		row.Head = versionAt(v.at, a.Name, heads[b.HeadVersionID].Number)
		shown.Branches = append(shown.Branches, row)
	}
	return nil
}
