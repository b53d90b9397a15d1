package web

import (
	"fmt"

	"github.com/gin-gonic/gin"

	"github.com/accord-broker/accord/internal/dashboard"
	"github.com/accord-broker/accord/internal/deployments"
	"github.com/accord-broker/accord/internal/edge"
	"github.com/accord-broker/accord/internal/edge/actions"
	"github.com/accord-broker/accord/internal/pacticipants"
	"github.com/accord-broker/accord/internal/support/fault"
	"github.com/accord-broker/accord/internal/versions"
)

// versionPage shows one version: where it may go, and what hangs on it.
type versionPage struct {
	frame
	Name              string
	Number, Short     string
	Rest              string
	Branches          []versionMark
	Tags              []versionMark
	Built             moment
	Build             string
	ProviderContracts string
	Places            []goingCard
	// OnlyItself tells that can-i-deploy may answer otherwise: see dashboard.Deployability.
	OnlyItself bool
	AsConsumer []versionPairRow
	AsProvider []versionPairRow
	// Needs and Gives say how many pairs there are in either role.
	Needs, Gives string
	MorePairs    string
	Asked        questionForm
	History      []historyEntry
	Matrix       string
	Resource     string
	Delete       string
}

// versionMark is a branch that a version is on, or a tag that it has.
type versionMark struct {
	Name   string
	Latest bool
	// State is that of a branch.
	State versions.BranchState
	At    moment
}

// goingCard says whether a version may go to an environment, or how it gets on
// there.
type goingCard struct {
	Environment environment
	State       word
	Text        string
	Address     string
	// Runs tells that the version is there, since when Since says.
	Runs  bool
	Since moment
}

// versionPairRow is a pair with what a version is in it.
type versionPairRow struct {
	Pair     pair
	Content  link
	Second   string
	Result   word
	ResultAt moment
	With     version
	Other    string
	// There says where the version runs with the other one and does not work.
	There []word
}

// ofVersion is the version of an address, with a board that knows of it.
func (w *Web) ofVersion(c *gin.Context) (versions.Version, boardView, error) {
	ctx := c.Request.Context()
	p, err := pacticipants.Get(ctx, w.services.Applications, "pacticipant", edge.Param(c, "pacticipant"))
	if err != nil {
		return versions.Version{}, boardView{}, err
	}
	number := edge.Param(c, "number")
	version, found, err := w.services.Versions.FindVersion(ctx, p, number)
	if err == nil && !found {
		err = fault.Missing("%s has no version %s.", p.Name, number)
	}
	if err != nil {
		return version, boardView{}, err
	}
	board, err := w.services.Boards.BoardWith(ctx, version)
	if err == nil && board.ApplicationNamed(p.Name) == nil {
		err = fault.NoPacticipant("pacticipant", p.Name) // it was deleted a moment ago
	}
	if err != nil {
		return version, boardView{}, err
	}
	return version, boardView{at: here(c), board: board, moments: moments{board.At}}, nil
}

func (w *Web) showVersion(c *gin.Context) error {
	version, v, err := w.ofVersion(c)
	if err != nil {
		return err
	}
	a := v.board.ApplicationNamed(version.Pacticipant)
	shown := v.version(a, version)
	shown.frame = w.frame(
		c,
		a.Name+" "+shown.Short,
		"/",
		entry{Text: "Applications", Address: v.at.Index() + "/"},
		entry{Text: a.Name, Address: v.at.Pacticipant(a.Name)},
		entry{Text: "Version " + shown.Short},
	)
	if err := w.addMarks(c, v, a, version, &shown); err != nil {
		return err
	}
	records, err := w.services.Deployments.Deployed(c.Request.Context(), deployments.DeployedQuery{VersionIDs: []int64{version.ID}})
	if err != nil {
		return err
	}
	for _, d := range records[:min(len(records), historyShown)] {
		shown.History = append(shown.History, v.historyEntry(d))
	}
	if w.mayChange(c, a.Name) {
		shown.Delete = v.at.Version(a.Name, version.Number) + "/delete"
	}
	return w.show(c, "version.html", shown)
}

// addMarks adds the branches and tags of a version.
func (w *Web) addMarks(c *gin.Context, v boardView, a *dashboard.Application, of versions.Version, shown *versionPage) error {
	branches, err := w.services.Versions.BranchesOf(c.Request.Context(), of.ID)
	if err != nil {
		return err
	}
	for _, b := range branches {
		shown.Branches = append(shown.Branches, versionMark{Name: b.Branch, Latest: b.Latest, State: w.services.Ages.StateAt(a.Pacticipant, b), At: v.since(b.CreatedAt)})
	}
	tags, err := w.services.Versions.TagsOf(c.Request.Context(), of.ID)
	for _, t := range tags {
		shown.Tags = append(shown.Tags, versionMark{Name: t.Name, Latest: t.Latest, At: v.ago(t.CreatedAt)})
	}
	return err
}

func (v boardView) version(a *dashboard.Application, of versions.Version) versionPage {
	shown := versionPage{
		Name: a.Name, Number: of.Number, Short: short(of.Number), Built: v.ago(of.CreatedAt),
		Asked:    questionForm{Path: v.at.Index(), Application: a.Name, Version: of.Number, Environment: environmentChoice(v.board.Environments, v.lastEnvironment())},
		Matrix:   v.at.MatrixOfConsumerVersion(a.Name, of.Number),
		Resource: v.at.Version(a.Name, of.Number) + "?as=resource",
	}
	if commit.MatchString(of.Number) {
		shown.Rest = of.Number[commitShown:]
	}
	if of.BuildURL != nil && webAddress(*of.BuildURL) {
		shown.Build = *of.BuildURL
	}
	if of.HasContracts {
		shown.ProviderContracts = v.at.ProviderContract(a.Name, of.Number)
	}
	for _, e := range v.board.Environments {
		shown.Places = append(shown.Places, v.goingCard(a, of, e))
	}
	shown.OnlyItself = a.NeedsOnlyItself()
	needs, gives := v.board.NeedsOf(a, of.ID), v.board.GivesOf(a, of.ID)
	shown.Needs, shown.Gives = counted(len(needs), "contract"), counted(len(gives), "consumer")
	for _, p := range needs[:min(len(needs), pairsShown)] {
		shown.AsConsumer = append(shown.AsConsumer, v.versionPair(p, false))
	}
	for _, p := range gives[:min(len(gives), pairsShown)] {
		shown.AsProvider = append(shown.AsProvider, v.versionPair(p, true))
	}
	if more := len(needs) + len(gives) - len(shown.AsConsumer) - len(shown.AsProvider); more > 0 {
		shown.MorePairs = fmt.Sprintf("%d more", more)
	}
	return shown
}

// goingCard says of a version that is in an environment how it gets on there, and of
// another whether it may go there.
func (v boardView) goingCard(a *dashboard.Application, of versions.Version, e deployments.Environment) goingCard {
	deployability := v.board.Together(a, of.ID, e.ID)
	card := goingCard{Environment: environmentAt(v.at, e), State: answers[deployability.Answer], Text: deployabilityText(a, deployability), Address: questionAt(v.at, a.Name, of.Number, e.Name)}
	for _, p := range a.In(e.ID) {
		if p.VersionID != of.ID {
			continue
		}
		card.Runs, card.Since, card.State = true, v.since(p.Since), states[deployability.State()]
		if len(deployability.Blocking) == 0 {
			card.Text = "works with the others there"
		}
	}
	if deployability.Looked == 0 {
		card.Text = "nothing there needs it"
		if card.Runs {
			card.State = states[dashboard.Works]
		}
	}
	return card
}

func (v boardView) versionPair(p dashboard.VersionPair, provides bool) versionPairRow {
	row := versionPairRow{
		Pair:    pairOf(v.at, p.Consumer.Name, p.Provider.Name, p.State, titles[p.State]),
		Content: link{contents(p.Contract.Interactions, p.Contract.Messages), v.at.Pact(p.Provider.Name, p.Consumer.Name, p.Contract.VersionNumber)},
	}
	row.Pair.Class = "inline"
	for _, e := range v.board.Environments {
		if s := p.In[e.ID]; s == dashboard.Fails || s == dashboard.NotKnown {
			row.There = append(row.There, inEnvironment(s, e))
		}
	}
	switch {
	case p.Result != nil:
		row.Result, row.ResultAt = resultWord(p.Result.Success), v.ago(p.Result.At)
	case p.Provider.External != nil:
		row.Result = states[dashboard.Ignored].said("External")
	case p.Main == dashboard.Awaited && p.Contract.ContentID == p.PairSummary.Contract.ContentID:
		row.Result = states[dashboard.Awaited]
	default:
		row.Result = states[dashboard.NotKnown].said("No result")
	}
	if provides {
		row.Other, row.With = p.Consumer.Name, versionAt(v.at, p.Consumer.Name, p.Contract.VersionNumber)
		row.Second = "of " + orWord(p.Contract.Branch, "its newest version")
	} else {
		row.Other = p.Provider.Name
		if p.Result != nil {
			row.With = versionAt(v.at, p.Provider.Name, p.Result.ProviderNumber)
		}
	}
	return row
}

func (v boardView) historyEntry(d deployments.Deployed) historyEntry {
	h := historyEntry{Application: applicationAt(v.at, d.Pacticipant), Version: versionAt(v.at, d.Pacticipant, d.Number), Instance: d.Instance, At: v.ago(d.CreatedAt), Current: d.Current}
	for _, e := range v.board.Environments {
		if e.ID == d.EnvironmentID {
			h.Environment = environmentAt(v.at, e)
		}
	}
	if d.UndeployedAt != nil {
		h.Until = v.ago(*d.UndeployedAt)
	}
	return h
}

func (w *Web) confirmVersionDeletion(c *gin.Context) error {
	page, _, err := w.versionDeletion(c)
	if err != nil {
		return err
	}
	return w.show(c, "delete.html", page)
}

// versionDeletion asks whether a version is to be deleted, and says what goes
// along.
func (w *Web) versionDeletion(c *gin.Context) (deletePage, versions.Version, error) {
	version, v, err := w.ofVersion(c)
	if err != nil {
		return deletePage{}, version, err
	}
	if err := w.requireChange(c, version.Pacticipant); err != nil {
		return deletePage{}, version, err
	}
	of, err := w.services.Belongings.VersionBelongings(c.Request.Context(), version)
	if err != nil {
		return deletePage{}, version, err
	}
	name, number := version.Pacticipant, short(version.Number)
	at := v.at.Version(name, version.Number)
	page := deletePage{
		frame: w.frame(
			c,
			"Delete "+name+" "+number+"?",
			"/",
			entry{Text: "Applications", Address: v.at.Index() + "/"},
			entry{Text: name, Address: v.at.Pacticipant(name)},
			entry{Text: "Version " + number, Address: at},
			entry{Text: "Delete"},
		),
		Heading: "Delete " + name + " " + number + "?", Form: at + "/delete", Keep: at, Word: confirmation(number), Ask: "Write " + confirmation(number),
		Along: along(
			goesAlong{What: "Contracts that it has published", Count: of.Contracts, Then: lost(of.Contracts, of.Unshared)},
			goesAlong{What: "Results for those that nobody else has published", Count: of.UnsharedResults, Then: "nobody can look up what they said"},
			goesAlong{What: "Results that it has published as a provider", Count: of.Results, Then: "its consumers have no result from it"},
			goesAlong{What: "Records of deployments and releases", Count: of.Records, Then: "the history of the environments is shown without them"},
			goesAlong{What: "Its places on branches", Count: of.Branches, Then: "the version before it is the newest there"},
			goesAlong{What: "Its tags", Count: of.Tags, Then: "the version before it is the newest with them"},
		),
	}
	a := v.board.ApplicationNamed(name)
	for _, e := range v.board.Environments {
		for _, p := range a.In(e.ID) {
			if p.VersionID == version.ID {
				page.Better = append(
					page.Better,
					betterWay{
						Text:   "Record that it left " + e.Name,
						Second: "the version stays: pact broker record-undeployment --pacticipant " + actions.Quote(name) + " --environment " + actions.Quote(e.Name),
					},
				)
				page.Warnings = append(
					page.Warnings,
					fmt.Sprintf("This version runs in %s. Without it the broker does not know what runs there, and answers for %s leave %s out.", e.Name, e.Name, name),
				)
			}
		}
	}
	page.Button = deleteButton(number, page.things())
	return page, version, nil
}

// lost says how many of some contents are lost with a version.
func lost(all, alone int) string {
	switch alone {
	case 0:
		return "their contents stay, because other versions have published them"
	case all:
		return "their contents are lost, because no other version has published them"
	}
	return fmt.Sprintf("the contents of %d are lost, because no other version has published them", alone)
}

// along are the things of which there are any.
func along(all ...goesAlong) []goesAlong {
	return filter(all, func(g goesAlong) bool { return g.Count > 0 })
}

func deleteButton(name string, things int) string {
	if things == 0 {
		return "Delete " + name
	}
	return "Delete " + name + " and " + counted(things, "thing") + " with it"
}

// confirmation is what somebody writes to show that they mean a name; a long one
// is cut.
func confirmation(name string) string {
	runes := []rune(name)
	return string(runes[:min(len(runes), versionShown)])
}

func (w *Web) deleteVersion(c *gin.Context) error {
	page, version, err := w.versionDeletion(c)
	if err != nil {
		return err
	}
	return w.confirmed(c, page, func() (string, error) {
		return here(c).Pacticipant(version.Pacticipant), w.services.ChangingVersions.Delete(c.Request.Context(), version.Pacticipant, version.Number)
	})
}
