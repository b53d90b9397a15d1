package web

import (
	"cmp"
	"context"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"unicode"

	"github.com/gin-gonic/gin"

	"github.com/accord-broker/accord/internal/access"
	"github.com/accord-broker/accord/internal/dashboard"
	"github.com/accord-broker/accord/internal/edge"
	"github.com/accord-broker/accord/internal/versions"
)

// searchPage shows what was found, in groups.
type searchPage struct {
	frame
	// Team has no options where there are no teams; Of is the name of the one that is
	// asked for.
	Team   choice
	Of     string
	Groups []foundGroup
	Total  string
	// Empty tells that nothing was asked for, Nothing that nothing was found.
	Empty, Nothing bool
	// Near are names like the one that was not found.
	Near []link
	// Unread is said of contracts that were not looked into; "" if all were.
	Unread string
}

type foundGroup struct {
	ID, Name string
	Found    []foundItem
}

type foundItem struct {
	Text, Second, Address string
	Pieces                []piece
}

// piece is a part of a name, marked if it is what was searched for.
type piece struct {
	Text   string
	Marked bool
}

// foundAtMost is how many of a kind are listed.
const foundAtMost = 20

func (w *Web) showSearch(c *gin.Context) error {
	ctx := c.Request.Context()
	asked, _ := edge.QueryValue(c, "q")
	asked = strings.TrimSpace(asked)
	var team askedTeam
	var board *dashboard.Board
	var numbers []versions.Version
	var branches []versions.FoundBranch
	if err := edge.View(c, func() (err error) {
		if team, err = w.askedTeam(c); err != nil || asked == "" {
			return err
		}
		ctx := c.Request.Context()
		if board, err = w.services.Boards.Board(ctx); err != nil {
			return err
		}
		if numbers, err = w.services.Searching.VersionsBeginning(ctx, asked, team.Applications, foundAtMost); err != nil {
			return err
		}
		branches, err = w.services.Searching.BranchesBeginning(ctx, asked, team.Applications, foundAtMost)
		return err
	}); err != nil {
		return err
	}
	shown := searchPage{frame: w.frame(c, "Search", ""), Team: team.Choice, Of: team.name(), Empty: asked == ""}
	shown.Searched = asked
	if asked == "" {
		return w.show(c, "search.html", shown)
	}
	if team.Team != nil {
		board = ofTeam(board, *team.Team)
	}
	v := boardView{at: here(c), board: board, moments: moments{board.At}}
	endpoints, err := w.searchEndpoints(ctx, v, asked)
	if err != nil {
		return err
	}
	operations, err := w.searchOperations(ctx, v, asked)
	if err != nil {
		return err
	}
	shown.Unread = strings.TrimSpace(endpoints.Unread + " " + operations.Unread)
	shown.Groups = []foundGroup{
		{ID: "apps", Name: "Applications", Found: v.searchApplications(asked)},
		{ID: "versions", Name: "Versions", Found: v.foundVersions(numbers, asked)},
		{ID: "branches", Name: "Branches", Found: w.foundBranches(v, branches, asked)},
		{ID: "envs", Name: "Environments", Found: v.searchEnvironments(asked)},
		{ID: "labels", Name: "Labels", Found: v.searchLabels(asked)},
		{ID: "endpoints", Name: "Endpoints", Found: endpoints.Items},
		{ID: "operations", Name: "Promised operations", Found: operations.Items},
	}
	total := 0
	for _, g := range shown.Groups {
		total += len(g.Found)
	}
	shown.Total, shown.Nothing = counted(total, "thing")+" found", total == 0
	if shown.Nothing {
		shown.Near = seeker{at: v.at, board: board}.alike(asked)
	}
	return w.show(c, "search.html", shown)
}

// ofTeam is the part of a board that a search within a team looks at: its
// applications, and the contracts that concern one of them.
func ofTeam(board *dashboard.Board, team access.Team) *dashboard.Board {
	part := *board
	owned := func(a *dashboard.Application) bool { return team.Owns(a.Name, a.Labels) }
	part.Applications = filter(board.Applications, owned)
	part.Pairs = filter(board.Pairs, func(p *dashboard.PairSummary) bool { return owned(p.Consumer) || owned(p.Provider) })
	part.Environments = nil
	return &part
}

func (v boardView) foundVersions(numbers []versions.Version, asked string) []foundItem {
	found := make([]foundItem, len(numbers))
	for i, n := range numbers {
		found[i] = foundItem{Pieces: pieces(n.Number, asked), Second: n.Pacticipant, Address: v.at.Version(n.Pacticipant, n.Number)}
	}
	return found
}

func (w *Web) foundBranches(v boardView, branches []versions.FoundBranch, asked string) []foundItem {
	found := make([]foundItem, len(branches))
	for i, b := range branches {
		state := b.Life.State(w.services.Ages.StaleBefore())
		found[i] = foundItem{Pieces: pieces(b.Name, asked), Second: b.Pacticipant + " · " + string(state), Address: v.at.Pacticipant(b.Pacticipant) + "?branch=" + url.QueryEscape(b.Name)}
	}
	return found
}

// foundWithin is what was found within contracts or documents, of which not all may
// have been read.
type foundWithin struct {
	Items []foundItem
	// Unread says how many were not; "" for none.
	Unread string
}

// searchEndpoints finds what the newest contract of each pair asks for.
func (w *Web) searchEndpoints(ctx context.Context, v boardView, asked string) (found foundWithin, err error) {
	pairs := make(map[int64]*dashboard.PairSummary, len(v.board.Pairs))
	ids := make([]int64, len(v.board.Pairs))
	for i, p := range v.board.Pairs {
		ids[i], pairs[p.Contract.ContentID] = p.Contract.ContentID, p
	}
	searched, err := w.services.Endpoints.Search(ctx, asked, foundAtMost, ids...)
	if err != nil {
		return found, err
	}
	for _, e := range searched.Found {
		p := pairs[e.ContentID]
		address := v.at.Pact(p.Provider.Name, p.Consumer.Name, p.Contract.VersionNumber)
		if p.Contract.Interactions+p.Contract.Messages > interactionsListed {
			address += fmt.Sprintf("?interaction=%d", e.Place+1)
		}
		address += "#" + interactionID(e.Place)
		found.Items = append(found.Items, foundItem{
			Pieces: near(pieces(strings.TrimSpace(e.Method+" "+e.Path), asked)), Address: address,
			Second: p.Consumer.Name + " asks it of " + p.Provider.Name + ", in " + counted(e.Interactions, "interaction"),
		})
	}
	if searched.Unread > 0 {
		found.Unread = strconv.Itoa(searched.Unread) + " of " + counted(len(ids), "contract") + " not looked into for endpoints yet. Search again to go on with them."
	}
	return found, nil
}

// searchOperations finds what the newest version of each provider promises.
func (w *Web) searchOperations(ctx context.Context, v boardView, asked string) (found foundWithin, err error) {
	known := map[string]bool{}
	for _, a := range v.board.Applications {
		known[a.Name] = true
	}
	searched, err := w.services.ProviderContracts.SearchOperations(ctx, asked, foundAtMost, func(provider string) bool { return known[provider] })
	if err != nil {
		return found, err
	}
	for _, o := range searched.Found {
		found.Items = append(found.Items, foundItem{
			Pieces: pieces(strings.TrimSpace(o.Method+" "+o.Path), asked), Second: o.Contract.Provider + " promises it in version " + short(o.Contract.VersionNumber),
			Address: v.at.ProviderContract(o.Contract.Provider, o.Contract.VersionNumber) + "?q=" + url.QueryEscape(cmp.Or(o.ID, o.Path)),
		})
	}
	if searched.Unread > 0 {
		found.Unread = strconv.Itoa(searched.Unread) + " of " + counted(searched.All, "document") + " of providers not looked into yet. Search again to go on with them."
	}
	return found, nil
}

// pieces cuts a name at what was searched for. A letter may take another room in the
// other case, so that places in the name in lower case are not places in the name.
func pieces(name, asked string) []piece {
	asked = strings.ToLower(asked)
	for from := range name {
		if length, begins := startOf(name[from:], asked); begins {
			return []piece{{Text: name[:from]}, {Text: name[from : from+length], Marked: true}, {Text: name[from+length:]}}
		}
	}
	return []piece{{Text: name}}
}

// aroundShown is how many letters of a very long text stand on each side of what was
// searched for.
const aroundShown = 200

// near leaves out what is far from what was searched for.
func near(all []piece) []piece {
	for i, p := range all {
		letters := []rune(p.Text)
		switch {
		case p.Marked || len(letters) <= aroundShown:
		case i == 0 && len(all) > 1:
			all[i].Text = "…" + string(letters[len(letters)-aroundShown:])
		default:
			all[i].Text = string(letters[:aroundShown]) + "…"
		}
	}
	return all
}

// startOf is how much of a name is the text that it begins with, which is in lower
// case.
func startOf(name, lower string) (length int, begins bool) {
	for at, letter := range name {
		if lower == "" {
			return at, true
		}
		if lower, begins = strings.CutPrefix(lower, string(unicode.ToLower(letter))); !begins {
			return 0, false
		}
	}
	return len(name), lower == ""
}

func contains(name, asked string) bool {
	return strings.Contains(strings.ToLower(name), strings.ToLower(asked))
}

func (v boardView) searchApplications(asked string) []foundItem {
	var found []foundItem
	for _, a := range v.board.Applications {
		if len(found) < foundAtMost && contains(a.Name, asked) {
			found = append(found, foundItem{Pieces: pieces(a.Name, asked), Second: counted(len(a.Consumers), "consumer") + ", " + counted(len(a.Providers), "provider"), Address: v.at.Pacticipant(a.Name)})
		}
	}
	return found
}

func (v boardView) searchEnvironments(asked string) []foundItem {
	var found []foundItem
	for _, e := range v.board.Environments {
		if len(found) < foundAtMost && (contains(e.Name, asked) || contains(e.DisplayName, asked)) {
			found = append(found, foundItem{Pieces: pieces(e.Name, asked), Second: e.DisplayName, Address: v.at.Environment(e.UUID)})
		}
	}
	return found
}

func (v boardView) searchLabels(asked string) []foundItem {
	var found []foundItem
	for _, l := range v.labels() {
		if len(found) < foundAtMost && contains(l, asked) {
			found = append(found, foundItem{Pieces: pieces(l, asked), Address: v.at.Index() + "/?label=" + url.QueryEscape(l)})
		}
	}
	return found
}
