package client_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/client"
	"github.com/accord-broker/accord/internal/testing/testrandom"
)

// pagedTeams is a list that a broker tells in parts of any length, some of them empty, and
// that fails now and then.
type pagedTeams struct {
	random *rand.Rand
	names  []string
	// ends is from which place on everything fails for good; it is behind the end for never.
	ends  int
	asked int
}

func (p *pagedTeams) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.asked++
	from, _ := strconv.Atoi(r.URL.Query().Get("cursor")) // the first has none
	switch {
	case from >= p.ends:
		w.Header().Set("Content-Type", "application/problem+json")
		w.WriteHeader(http.StatusForbidden)
		_, _ = fmt.Fprint(w, `{"title":"Not allowed","code":"forbidden","retryable":false}`)
		return
	case p.random.IntN(4) == 0:
		w.WriteHeader(testrandom.OneOf(p.random, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout))
		return
	}
	to := min(len(p.names), from+p.random.IntN(4))
	items := make([]map[string]any, 0, to-from)
	for _, name := range p.names[from:to] {
		items = append(items, map[string]any{"name": name})
	}
	answer := map[string]any{"items": items, "next_cursor": nil}
	if to < len(p.names) || p.random.IntN(2) == 0 && to > from {
		answer["next_cursor"] = strconv.Itoa(to)
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(answer)
}

// However a broker cuts a list and however often a gateway fails on the way, each item
// comes once and in order, up to the end, to where the reader stops, or to the failure,
// which comes last; nothing is asked for that nobody reads.
func TestLists_comeWholeHoweverTheyAreCut(t *testing.T) {
	testrandom.Each(t, func(t *testing.T, random *rand.Rand) {
		for range 60 {
			p := &pagedTeams{random: random, ends: 1000}
			for i := range random.IntN(12) {
				p.names = append(p.names, fmt.Sprint("team ", i))
			}
			if random.IntN(3) == 0 {
				p.ends = random.IntN(len(p.names) + 1)
			}
			server := httptest.NewServer(p)
			waited := 0
			c := &client.Client{BaseURL: server.URL, Attempts: 100, Pause: func(context.Context, time.Duration) error { waited++; return nil }}
			stop := -1
			if random.IntN(3) == 0 {
				stop = random.IntN(len(p.names) + 1)
			}
			var found []string
			var failure error
			for team, err := range c.Teams(t.Context()) {
				require.NoError(t, failure, "nothing comes behind a failure")
				if failure = err; err == nil {
					found = append(found, team.Name)
				}
				if len(found) == stop {
					break
				}
			}
			server.Close()
			require.Equal(t, append([]string{}, p.names[:len(found)]...), append([]string{}, found...), "in order, each once")
			switch {
			case failure != nil:
				require.True(t, client.IsCode(failure, "forbidden"), "%v", failure)
				require.GreaterOrEqual(t, len(found), p.ends, "what comes before the failure is told")
			case stop > 0 && len(found) == stop:
			default:
				require.Equal(t, len(p.names), len(found))
			}
			require.Less(t, waited, p.asked, "who waits asks again")
		}
	}, 1)
}
