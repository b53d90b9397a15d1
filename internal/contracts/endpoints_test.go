package contracts

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/pactfile"
)

// shelf holds contents and counts how often each is read. Sizes may be said to be
// others than they are.
type shelf struct {
	bodies map[int64]string
	sizes  map[int64]int64
	read   map[int64]int
	calls  int
	err    error
}

func (s *shelf) ContentSizes(_ context.Context, ids ...int64) (map[int64]int64, error) {
	sizes := map[int64]int64{}
	for _, id := range ids {
		if body, there := s.bodies[id]; there {
			sizes[id] = max(s.sizes[id], int64(len(body)))
		}
	}
	return sizes, nil
}

func (s *shelf) ContentBodies(_ context.Context, ids ...int64) (map[int64][]byte, error) {
	s.calls++
	bodies := map[int64][]byte{}
	for _, id := range ids {
		if body, there := s.bodies[id]; there {
			bodies[id] = []byte(body)
			s.read[id]++
		}
	}
	return bodies, s.err
}

func asking(paths ...string) string {
	list := ""
	for i, path := range paths {
		if i > 0 {
			list += ","
		}
		list += fmt.Sprintf(`{"request":{"method":"GET","path":%q}}`, path)
	}
	return `{"interactions":[` + list + `]}`
}

func newShelf(bodies map[int64]string) *shelf {
	return &shelf{bodies: bodies, sizes: map[int64]int64{}, read: map[int64]int{}}
}

func paths(s Searched) (found []string) {
	for _, e := range s.Found {
		found = append(found, fmt.Sprint(e.ContentID, " ", e.Method, " ", e.Path))
	}
	return found
}

func TestEndpoints_findsTheBestFirstAndReadsOnce(t *testing.T) {
	s := newShelf(map[int64]string{1: asking("/orders/9", "/stock"), 2: asking("/orders/1"), 3: asking("/orders/1/lines")})
	e := NewEndpoints(s)
	for range 2 {
		found, err := e.Search(t.Context(), "GET /orders/1", 10, 1, 2, 3)
		require.NoError(t, err)
		require.Equal(t, []string{"2 GET /orders/1", "1 GET /orders/9", "3 GET /orders/1/lines"}, paths(found))
		require.Zero(t, found.Unread)
	}
	require.Equal(t, map[int64]int{1: 1, 2: 1, 3: 1}, s.read)
	require.Equal(t, 1, s.calls)

	found, err := e.Search(t.Context(), "/orders", 1, 1, 2, 3)
	require.NoError(t, err)
	require.Len(t, found.Found, 1)
}

func TestEndpoints_readsAPartAtATimeAndTellsWhatIsLeft(t *testing.T) {
	s := newShelf(map[int64]string{})
	var ids []int64
	for id := range int64(60) {
		s.bodies[id], s.sizes[id] = asking("/x"), 2<<20
		ids = append(ids, id)
	}
	e := NewEndpoints(s)
	found, err := e.Search(t.Context(), "/x", 100, ids...)
	require.NoError(t, err)
	require.Equal(t, 60-24, found.Unread)
	require.Equal(t, 12, s.calls)
	found, err = e.Search(t.Context(), "/x", 100, ids...)
	require.NoError(t, err)
	require.Equal(t, 12, found.Unread)
	found, err = e.Search(t.Context(), "/x", 100, ids...)
	require.NoError(t, err)
	require.Zero(t, found.Unread)
	require.Len(t, found.Found, 60)
}

func TestEndpoints_forgetsWhatNoLongerCounts(t *testing.T) {
	s := newShelf(map[int64]string{1: asking("/a"), 2: asking("/b")})
	e := NewEndpoints(s)
	for _, id := range []int64{1, 2} {
		_, err := e.Search(t.Context(), "/", 10, id)
		require.NoError(t, err)
		require.Len(t, e.known, 1)
		require.Equal(t, sizeOf([]pactfile.Endpoint{{Method: "GET", Path: "/a"}}), e.size)
	}
}

func TestEndpoints_whenAContentIsGoneOrCannotBeRead(t *testing.T) {
	s := newShelf(map[int64]string{1: asking("/a")})
	found, err := NewEndpoints(s).Search(t.Context(), "/a", 10, 1, 2)
	require.NoError(t, err)
	require.Len(t, found.Found, 1)
	require.Equal(t, 1, found.Unread)
	s.err = errors.New("no answer")
	_, err = NewEndpoints(s).Search(t.Context(), "/a", 10, 1)
	require.ErrorIs(t, err, s.err)
}
