package web

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/accord-broker/accord/internal/contracts"
	"github.com/accord-broker/accord/internal/dashboard"
	"github.com/accord-broker/accord/internal/edge"
	"github.com/accord-broker/accord/internal/support/fault"
	"github.com/accord-broker/accord/internal/support/links"
)

// contractResults are the results that the page of a contract chooses from.
type contractResults struct {
	// last are the last results for the content, of a verification and of a comparison.
	last []dashboard.Mark
	// counting are those of the provider's versions that count: the newest, and what
	// runs somewhere.
	counting []countingMark
}

// countingMark is a result with where its version counts.
type countingMark struct {
	dashboard.Mark
	where []string
	runs  bool
}

// resultChoice is a result that the page can show.
type resultChoice struct {
	Mark    word
	By      version
	Where   string
	Address string
	Chosen  bool
}

// resultChoicesShown is how many results the page of a contract offers.
const resultChoicesShown = 12

// askedResult is the number of the result that is to be shown, 0 if none is asked for.
func askedResult(c *gin.Context) (int64, error) {
	text, given := edge.QueryValue(c, "result")
	if !given || text == "" {
		return 0, nil
	}
	number, err := strconv.ParseInt(text, 10, 64)
	if err != nil || number < 1 {
		return 0, fault.InvalidField("result", "must be the number of a result, such as 3, or be left out for the newest")
	}
	return number, nil
}

// readResults reads the results that count for a contract.
func (w *Web) readResults(ctx context.Context, board *dashboard.Board, p contracts.Publication) (found contractResults, err error) {
	if found.last, err = w.services.Results.LastMarks(ctx, []int64{p.ContentID}); err != nil {
		return found, err
	}
	versions, places := placesOf(board, p.Provider)
	marks, err := w.services.Results.MarksBetween(ctx, slices.Repeat([]int64{p.ContentID}, len(versions)), versions)
	for _, m := range marks {
		at := places[m.ProviderVersion]
		found.counting = append(found.counting, countingMark{m, at.where, at.runs})
	}
	slices.SortStableFunc(found.counting, func(a, b countingMark) int {
		return slices.Index(versions, a.ProviderVersion) - slices.Index(versions, b.ProviderVersion)
	})
	return found, err
}

// placesOf are the versions of an application that count, the newest first, each with
// where it is.
func placesOf(board *dashboard.Board, application string) (versions []int64, places map[int64]countingMark) {
	a := board.ApplicationNamed(application)
	places = map[int64]countingMark{}
	if a == nil {
		return nil, places
	}
	add := func(id int64, where string, runs bool) {
		if id == 0 {
			return
		}
		at, known := places[id]
		if !known {
			versions = append(versions, id)
		}
		if !slices.Contains(at.where, where) {
			at.where = append(at.where, where)
		}
		at.runs = at.runs || runs
		places[id] = at
	}
	newest := "newest"
	if a.OnMain {
		newest = "main"
	}
	add(a.Newest.ID, newest, false)
	for _, e := range board.Environments {
		for _, place := range a.In(e.ID) {
			add(place.VersionID, e.Name, true)
		}
	}
	return versions, places
}

// fails reports whether one of the results that count, or the last, is a failure.
func (r contractResults) fails() bool {
	return slices.ContainsFunc(r.last, func(m dashboard.Mark) bool { return !m.Success }) ||
		slices.ContainsFunc(r.counting, func(m countingMark) bool { return !m.Success })
}

// choices are the results of verifications to choose from, with the shown one among
// them; none if there is no other.
func (v contractView) choices() []resultChoice {
	if v.result == nil {
		return nil
	}
	marks := slices.DeleteFunc(slices.Clone(v.results.counting), func(m countingMark) bool { return m.Compared })
	others := []dashboard.Mark{{Number: v.result.Number, ProviderNumber: v.result.ProviderNumber, Success: v.result.Success}}
	for _, m := range append(slices.Clone(v.results.last), others...) {
		if !m.Compared && !slices.ContainsFunc(marks, func(known countingMark) bool { return known.Number == m.Number }) {
			marks = append(marks, countingMark{Mark: m})
		}
	}
	if len(marks) < 2 {
		return nil
	}
	var list []resultChoice
	for _, m := range marks {
		chosen := m.Number == v.result.Number
		if len(list) < resultChoicesShown || chosen {
			list = append(list, resultChoice{
				Mark: resultWord(m.Success), By: versionAt(v.at, v.pact.Provider, m.ProviderNumber), Where: strings.Join(m.where, ", "),
				Address: resultAt(v.at, v.pact, m.Number), Chosen: chosen,
			})
		}
	}
	return list
}

// elsewhere are the failures with what runs somewhere that the page does not show.
func (v contractView) elsewhere() (list []resultChoice) {
	for _, m := range v.results.counting {
		if m.Success || !m.runs || v.result != nil && m.Number == v.result.Number || len(list) == resultChoicesShown {
			continue
		}
		failure := resultChoice{By: versionAt(v.at, v.pact.Provider, m.ProviderNumber), Where: strings.Join(m.where, ", "), Address: resultAt(v.at, v.pact, m.Number)}
		if m.Compared {
			failure.Address = v.at.ComparedResult(v.pact.Provider, m.ProviderNumber, v.pact.Consumer, v.pact.SHA)
		}
		list = append(list, failure)
	}
	return list
}

// resultAt is the page of a contract with a result, 0 for the one that it shows of its
// own accord.
func resultAt(at links.Base, p contracts.Publication, number int64) string {
	address := at.Pact(p.Provider, p.Consumer, p.VersionNumber)
	if number == 0 {
		return address
	}
	return fmt.Sprintf("%s?result=%d", address, number)
}
