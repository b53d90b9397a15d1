package web

import (
	"context"
	"fmt"
	"unicode"
	"unicode/utf8"

	"github.com/gin-gonic/gin"

	"github.com/accord-broker/accord/internal/contracts"
	"github.com/accord-broker/accord/internal/dashboard"
	"github.com/accord-broker/accord/internal/edge"
	"github.com/accord-broker/accord/internal/edge/questions"
	"github.com/accord-broker/accord/internal/support/fault"
	"github.com/accord-broker/accord/internal/verification"
)

// contractPage shows what exactly is promised, and whether it is kept.
type contractPage struct {
	frame
	Pair          pair
	Version       version
	Branch        string
	At            moment
	Content       string
	Specification string
	Marks         []word
	JSON          string
	Matrix        string
	Result        *contractResult
	Compared      *comparedNote
	// Results are those to choose from, Elsewhere failures that are not shown.
	Results, Elsewhere []resultChoice
	Plugins            []plugin
	// Strangers are failures of interactions that the contract does not have.
	Strangers []string
	Endpoints []endpoint
	// FurtherEndpoints is how many are not listed.
	FurtherEndpoints int
	Groups           []interactionGroup
	Count            int
	// Asked is what is looked for within the contract, Kinds are the kinds to choose from,
	// and Filtered tells that not all interactions are meant.
	Asked    string
	Kinds    []kindChoice
	Filtered bool
	Paging   paging
	// KeptToSearch and KeptToCompare are what the forms hand on.
	KeptToSearch, KeptToCompare []edge.Pair
	// TooLarge is how large a contract is that is not laid out, "" for others.
	TooLarge string
	Changes  *contractChanges
	comparableVersions
	// AllVersions is where all versions are listed.
	AllVersions string
}

// comparableVersions are those that a contract can be compared with.
type comparableVersions struct {
	Versions choice
	// VersionCount is how many versions there are in all.
	VersionCount int
	// Comparing tells that a version was chosen to compare with.
	Comparing bool
}

// contractResult is the last result for the content.
type contractResult struct {
	Mark  word
	By    version
	Owner string
	At    moment
	Build string
	// Unnamed tells that a failure does not say which interactions failed.
	Unnamed bool
}

// laidOutAtMost is how many bytes a contract has that is laid out: to take it apart needs
// many times its size.
const laidOutAtMost = 6 << 20

// whichPact reads the address of a contract.
func whichPact(c *gin.Context) contracts.PactQuery {
	return contracts.PactQuery{
		Consumer: edge.Param(c, "consumer"), Provider: edge.Param(c, "provider"), Number: edge.Param(c, "number"), Tag: edge.Param(c, "tag"),
		Branch: edge.Param(c, "branch"), SHA: edge.Param(c, "sha"),
	}
}

func (w *Web) showContract(c *gin.Context) error { return w.contract(c, whichPact(c)) }

func (w *Web) showUntaggedContract(c *gin.Context) error {
	which := whichPact(c)
	which.Untagged = true
	return w.contract(c, which)
}

// showSelectedContract shows a content with one of the versions for which it was
// selected.
func (w *Web) showSelectedContract(c *gin.Context) error {
	which := whichPact(c)
	which.Among, which.AmongID = questions.Metadata(edge.Param(c, "metadata")).ConsumerVersions()
	return w.contract(c, which)
}

func (w *Web) contract(c *gin.Context, which contracts.PactQuery) error {
	v := contractView{boardView: boardView{at: here(c)}}
	if err := edge.View(c, func() error { return w.findContract(c, which, &v) }); err != nil {
		return err
	}
	p := v.pact
	body, size, err := w.laidOut(c.Request.Context(), p.ContentID)
	if err != nil {
		return err
	}
	read := readContract(body)
	shown := v.page(read)
	if body == nil {
		shown.TooLarge, shown.Content = fmt.Sprintf("%.1f MB", float64(size)/(1<<20)), "large"
	} else if err := w.addInteractions(c, v, body, read, &shown); err != nil {
		return err
	}
	shown.frame = w.frame(c, p.Consumer+" and "+p.Provider, "/", entry{Text: "Integrations", Address: v.at.Index() + "/"},
		entry{Text: p.Consumer, Address: v.at.Pacticipant(p.Consumer)}, entry{Text: p.Provider, Address: v.at.Pacticipant(p.Provider)}, entry{Text: "Contract " + short(p.VersionNumber)})
	c.Header("X-Pact-Consumer-Version", p.VersionNumber)
	return w.show(c, "contract.html", shown)
}

// findContract reads all that the page of a contract says but for contents, which never
// change, and may have to wait for memory.
func (w *Web) findContract(c *gin.Context, which contracts.PactQuery, v *contractView) (err error) {
	ctx := c.Request.Context()
	if v.pact, err = contracts.Find(ctx, w.services.Pacts, which); err != nil {
		return err
	}
	if v.board, err = w.services.Boards.BoardOf(ctx, v.pact.ConsumerID, v.pact.ProviderID); err != nil {
		return err
	}
	v.moments = moments{v.board.At}
	if err := w.addResults(c, v); err != nil {
		return err
	}
	if v.others, err = w.comparableVersions(c, *v); err != nil {
		return err
	}
	v.before, err = w.comparedWith(c, v.pact)
	return err
}

// laidOut reads a content that is not too large to be laid out; nothing of others.
func (w *Web) laidOut(ctx context.Context, contentID int64) (body []byte, size int64, err error) {
	sizes, err := w.services.ContentSizes(ctx, contentID)
	if size = sizes[contentID]; err != nil || size > laidOutAtMost {
		return nil, size, err
	}
	body, err = w.services.Pacts.ContentBody(ctx, contentID)
	return body, size, err
}

// addResults reads what is known of whether the contract is kept.
func (w *Web) addResults(c *gin.Context, v *contractView) (err error) {
	asked, err := askedResult(c)
	if err != nil {
		return err
	}
	if v.results, err = w.readResults(c.Request.Context(), v.board, v.pact); err != nil {
		return err
	}
	result, found, err := w.resultFor(c.Request.Context(), v.board, v.pact, asked)
	if err != nil {
		return err
	}
	if found {
		v.result = &result
	}
	v.mark = comparedMark(v.board, v.pact, v.results.last)
	return nil
}

// resultFor is the result that the page of a contract shows: the one with the number
// that is asked for, else that of the provider's newest version if there is one, else
// the last.
func (w *Web) resultFor(ctx context.Context, board *dashboard.Board, p contracts.Publication, asked int64) (verification.Result, bool, error) {
	if asked != 0 {
		result, found, err := w.services.Results.ResultByNumber(ctx, p.ContentID, asked)
		if err == nil && !found {
			err = fault.InvalidField("result", "must be that of this contract, which has no result %d; leave it out for the newest", asked)
		}
		return result, found, err
	}
	if s := board.Pair(p.Consumer, p.Provider); s != nil && s.Contract.ContentID == p.ContentID && s.Result != nil && !s.Result.Compared {
		return w.services.Results.ResultByNumber(ctx, p.ContentID, s.Result.Number)
	}
	return w.services.Results.LatestResult(ctx, p.ContentID)
}

// contractView shows a contract.
type contractView struct {
	boardView
	pact   contracts.Publication
	result *verification.Result
	// failures are what the result says of the interactions.
	failures    failures
	shownResult *contractResult
	// opensChanged tells that interactions which changed are shown at once.
	opensChanged bool
	// results are those that it is chosen from.
	results contractResults
	// before is the contract with which it is compared, nil for none.
	before *contracts.Publication
	// others are the versions that it can be compared with.
	others comparableVersions
	// mark is what a comparison came to, nil if none decides.
	mark *dashboard.Mark
	// protobuf are the definitions that the contract has of messages; nil for none.
	protobuf *protobufSchemas
}

// addInteractions lays the contract out, with its changes and what the result says of it.
func (w *Web) addInteractions(c *gin.Context, v contractView, body []byte, read readable, shown *contractPage) error {
	page, err := pageOf(c, interactionsListed, interactionsListed)
	if err != nil {
		return err
	}
	changes, err := w.changesOf(c.Request.Context(), v, body)
	if err != nil {
		return err
	}
	all := indexOf(read)
	if changes != nil {
		v.opensChanged = changes.mark(all) <= openedAtMost
		changes.show(func(place int) string {
			if len(all) <= page.Size {
				return "#" + interactionID(place)
			}
			return fmt.Sprintf("%s#%s", addressWith(c, "interaction", fmt.Sprint(place+1)), interactionID(place))
		})
		shown.Changes = changes
	}
	v.failures, v.protobuf = failuresOf(v.result, all), read.protobuf
	shown.Strangers = v.failures.mark(all)
	if shown.Result != nil {
		shown.Result.Unnamed, v.shownResult = v.failures.unnamed, shown.Result
	}
	shown.KeptToSearch, shown.KeptToCompare = keptWithout(c, "q"), keptWithout(c, "from")
	v.fill(c, all, page, shown)
	return nil
}

func (v contractView) page(read readable) contractPage {
	p := v.pact
	state, title := v.state()
	shown := contractPage{
		comparableVersions: v.others,
		Pair:               pairOf(v.at, p.Consumer, p.Provider, state, title), Version: versionAt(v.at, p.Consumer, p.VersionNumber), At: v.ago(p.CreatedAt),
		Content: contents(len(read.interactions), len(read.messages)), Specification: read.specification, Plugins: read.plugins, Marks: v.marks(),
		Count: len(read.interactions) + len(read.messages), AllVersions: v.at.PactVersions(p.Provider, p.Consumer),
		JSON: v.at.Pact(p.Provider, p.Consumer, p.VersionNumber) + ".json", Matrix: v.at.MatrixOf(p.Provider, p.Consumer),
	}
	shown.Pair.Class, shown.Compared = "inline big", v.comparedNote()
	shown.Results, shown.Elsewhere = v.choices(), v.elsewhere()
	if r := v.result; r != nil {
		shown.Result = &contractResult{Mark: resultWord(r.Success), By: versionAt(v.at, p.Provider, r.ProviderNumber), Owner: p.Provider, At: v.ago(r.ExecutedAt)}
		if webAddress(r.BuildURL) {
			shown.Result.Build = r.BuildURL
		}
	}
	return shown
}

// state is how the pair stands, if this is the contract that counts, and what is
// known of this content otherwise.
func (v contractView) state() (dashboard.State, string) {
	if s := v.board.Pair(v.pact.Consumer, v.pact.Provider); s != nil && s.Contract.ContentID == v.pact.ContentID {
		return s.Worst, titles[s.Worst]
	}
	state := dashboard.Works
	switch {
	case len(v.results.last) == 0:
		state = dashboard.NotKnown
	case v.results.fails():
		state = dashboard.Fails
	}
	return state, titles[state]
}

// marks say how the contract stands on the main branches and in the environments
// in which this version of the consumer is.
func (v contractView) marks() []word {
	s := v.board.Pair(v.pact.Consumer, v.pact.Provider)
	if s == nil {
		return nil
	}
	var marks []word
	add := func(state dashboard.State, where string) {
		if state != dashboard.Absent {
			marks = append(marks, states[state].said(upper(titles[state])+" "+where))
		}
	}
	if s.Contract.ContentID == v.pact.ContentID {
		add(s.Main, "on main")
	}
	for _, e := range v.board.Environments {
		for _, place := range s.Consumer.In(e.ID) {
			if place.VersionID == v.pact.VersionID {
				add(s.In[e.ID], "in "+e.Name)
			}
		}
	}
	return marks
}

// upper begins a text with a capital.
func upper(text string) string {
	first, size := utf8.DecodeRuneInString(text)
	if size == 0 {
		return ""
	}
	return string(unicode.ToUpper(first)) + text[size:]
}
