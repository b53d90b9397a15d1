package verification

import (
	"context"
	"slices"
	"strings"

	"github.com/accord-broker/accord/internal/contracts"
	"github.com/accord-broker/accord/internal/pacticipants"
	"github.com/accord-broker/accord/internal/support/fault"
	"github.com/accord-broker/accord/internal/versions"
)

// Reader looks results up.
type Reader interface {
	pacticipants.Reader
	versions.Reader
	FindPact(ctx context.Context, which contracts.PactQuery) (contracts.Publication, bool, error)
	// ResultByNumber returns the result for the content with that number, if
	// there is one.
	ResultByNumber(ctx context.Context, contentID, number int64) (Result, bool, error)
	// LatestResult returns the newest result for the content, if there is one.
	LatestResult(ctx context.Context, contentID int64) (Result, bool, error)
	// LatestResults returns the newest result for each of the contents that has
	// one.
	LatestResults(ctx context.Context, contentIDs []int64) ([]Result, error)
	// ComparedContents returns, of the contents that were compared with what a version
	// of the provider promises, whether the last comparison says yes.
	ComparedContents(ctx context.Context, contentIDs []int64) (map[int64]bool, error)
	// PublicationsOf returns what the versions have published for the providers,
	// or for all if providerIDs is nil: every revision, or those that count.
	PublicationsOf(ctx context.Context, versionIDs, providerIDs []int64, every bool, limit int) ([]contracts.Publication, error)
	// TagsOf returns the tags of the versions, oldest first.
	TagsOf(ctx context.Context, versionIDs ...int64) ([]versions.Tag, error)
}

// Latest is a contract with its newest result, or nil if it has none.
type Latest struct {
	Pact   contracts.Publication
	Result *Result
	// Compared tells what the last comparison with what the provider promises says,
	// nil if there is none that says yes or no.
	Compared *bool
}

// Known reports whether the contract was verified or compared.
func (l Latest) Known() bool { return l.Result != nil || l.Compared != nil }

// Succeeded reports whether the newest result is a success, and no comparison says
// otherwise.
func (l Latest) Succeeded() bool {
	return l.Known() && (l.Result == nil || l.Result.Success) && (l.Compared == nil || *l.Compared)
}

// Summary is how it stands with the contracts of a consumer version: only the
// newest result of each counts.
type Summary struct {
	// Success tells that none of the newest results is missing or a failure.
	Success bool
	// Successful, Failed and Unknown name the providers whose newest result is a
	// success, a failure, or missing.
	Successful, Failed, Unknown []string
	// Results are the contracts that have a result.
	Results []Latest
}

// Summarize sums up the contracts of a consumer version, by the name of the
// provider without regard to case. It returns a NotFound fault if the version
// is unknown.
func Summarize(ctx context.Context, finder Reader, consumer, number string) (Summary, error) {
	p, found, err := finder.FindPacticipant(ctx, consumer)
	v := versions.Version{}
	if err == nil && found {
		v, found, err = finder.FindVersion(ctx, p, number)
	}
	if err != nil {
		return Summary{}, err
	}
	if !found {
		return Summary{}, fault.Missing("no version %s of %s", number, consumer)
	}
	pacts, err := finder.PublicationsOf(ctx, []int64{v.ID}, nil, false, 0)
	if err != nil {
		return Summary{}, err
	}
	latest, err := withResults(ctx, finder, pacts)
	return summaryOf(latest), err
}

func summaryOf(latest []Latest) Summary {
	var s Summary
	for _, l := range latest {
		switch {
		case !l.Known():
			s.Unknown = append(s.Unknown, l.Pact.Provider)
		case l.Succeeded():
			s.Successful = append(s.Successful, l.Pact.Provider)
		default:
			s.Failed = append(s.Failed, l.Pact.Provider)
		}
		if l.Result != nil {
			s.Results = append(s.Results, l)
		}
	}
	s.Success = len(s.Unknown)+len(s.Failed) == 0
	return s
}

func withResults(ctx context.Context, finder Reader, pacts []contracts.Publication) ([]Latest, error) {
	contents := make([]int64, len(pacts))
	for i, pact := range pacts {
		contents[i] = pact.ContentID
	}
	results, err := finder.LatestResults(ctx, contents)
	if err != nil {
		return nil, err
	}
	compared, err := finder.ComparedContents(ctx, contents)
	if err != nil {
		return nil, err
	}
	of := make(map[int64]*Result, len(results))
	for i, r := range results {
		of[r.ContentID] = &results[i]
	}
	latest := make([]Latest, len(pacts))
	for i, pact := range pacts {
		latest[i] = Latest{Pact: pact, Result: of[pact.ContentID]}
		if says, known := compared[pact.ContentID]; known {
			latest[i].Compared = &says
		}
	}
	slices.SortFunc(latest, func(a, b Latest) int {
		if byName := strings.Compare(strings.ToLower(a.Pact.Provider), strings.ToLower(b.Pact.Provider)); byName != 0 {
			return byName
		}
		return strings.Compare(a.Pact.Provider, b.Pact.Provider)
	})
	return latest, nil
}
