package web

import (
	"net/url"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/accord-broker/accord/internal/edge"
)

// searchPage shows what was found, in groups.
type searchPage struct {
	frame
	Groups []foundGroup
	Total  string
	Empty  bool
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
	shown := searchPage{frame: w.frame(c, "Search", ""), Empty: asked == ""}
	shown.Searched = asked
	if asked == "" {
		return w.show(c, "search.html", shown)
	}
	board, err := w.services.Boards.Board(ctx)
	if err != nil {
		return err
	}
	numbers, err := w.services.Searching.VersionsBeginning(ctx, asked, foundAtMost)
	if err != nil {
		return err
	}
	branches, err := w.services.Searching.BranchesBeginning(ctx, asked, foundAtMost)
	if err != nil {
		return err
	}
	v := boardView{at: here(c), board: board, moments: moments{board.At}}
	shown.Groups = []foundGroup{{ID: "apps", Name: "Applications", Found: v.searchApplications(asked)}, {ID: "versions", Name: "Versions"}, {ID: "branches", Name: "Branches"},
		{ID: "envs", Name: "Environments", Found: v.searchEnvironments(asked)}, {ID: "labels", Name: "Labels", Found: v.searchLabels(asked)}}
	for _, n := range numbers {
		shown.Groups[1].Found = append(shown.Groups[1].Found, foundItem{Pieces: pieces(n.Number, asked), Second: n.Pacticipant, Address: v.at.Version(n.Pacticipant, n.Number)})
	}
	for _, b := range branches {
		shown.Groups[2].Found = append(shown.Groups[2].Found, foundItem{Pieces: pieces(b.Name, asked), Second: b.Pacticipant, Address: v.at.Pacticipant(b.Pacticipant) + "?branch=" + url.QueryEscape(b.Name)})
	}
	total := 0
	for _, g := range shown.Groups {
		total += len(g.Found)
	}
	shown.Total = counted(total, "thing") + " found"
	return w.show(c, "search.html", shown)
}

// pieces cuts a name at what was searched for.
func pieces(name, asked string) []piece {
	at := strings.Index(strings.ToLower(name), strings.ToLower(asked))
	if at < 0 || at+len(asked) > len(name) {
		return []piece{{Text: name}}
	}
	return []piece{{Text: name[:at]}, {Text: name[at : at+len(asked)], Marked: true}, {Text: name[at+len(asked):]}}
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
