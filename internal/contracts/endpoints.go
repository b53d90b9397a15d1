package contracts

import (
	"context"
	"slices"
	"sync"

	"github.com/accord-broker/accord/internal/pactfile"
)

// BodyReader reads contents of contracts.
type BodyReader interface {
	// ContentSizes returns how many bytes each of the contents has, by id.
	ContentSizes(ctx context.Context, contentIDs ...int64) (map[int64]int64, error)
	// ContentBodies returns what was stored for each of the contents, by id.
	ContentBodies(ctx context.Context, contentIDs ...int64) (map[int64][]byte, error)
}

// AskedEndpoint is an endpoint that a content asks for.
type AskedEndpoint struct {
	ContentID int64
	pactfile.Endpoint
}

// Endpoints finds the contents that ask for an endpoint. A content never changes, so
// each is read once, when it is first looked into, and what it asks for is kept in
// memory.
type Endpoints struct {
	read BodyReader

	mu    sync.Mutex
	known map[int64][]pactfile.Endpoint
	// size is how many bytes the known ones have.
	size int
}

// NewEndpoints returns Endpoints that know nothing yet.
func NewEndpoints(read BodyReader) *Endpoints {
	return &Endpoints{read: read, known: map[int64][]pactfile.Endpoint{}}
}

// What one search may cost: how many bytes of contents it reads at a time and in
// all, and how many bytes of endpoints are kept.
const (
	readAtATime = 4 << 20
	readAtMost  = 48 << 20
	keptAtMost  = 24 << 20
	// endpointCost is what an endpoint takes beside its texts.
	endpointCost = 64
)

// Searched is what was found among the endpoints of some contents.
type Searched struct {
	// Found are the endpoints that fit, the best first.
	Found []AskedEndpoint
	// Unread is how many contents were not looked into, because it would have taken
	// too long or too much memory. The next search goes on with them.
	Unread int
}

// Search finds the endpoints of the contents that fit a text, at most so many: the
// best first, and then in the order of the contents.
func (e *Endpoints) Search(ctx context.Context, text string, limit int, contentIDs ...int64) (Searched, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if err := e.learn(ctx, contentIDs); err != nil {
		return Searched{}, err
	}
	var s Searched
	searched := pactfile.SearchEndpoint(text)
	for _, id := range contentIDs {
		asked, known := e.known[id]
		if !known {
			s.Unread++
		}
		for _, endpoint := range asked {
			if searched.Fits(endpoint) > 0 {
				s.Found = append(s.Found, AskedEndpoint{id, endpoint})
			}
		}
	}
	slices.SortStableFunc(s.Found, func(a, b AskedEndpoint) int { return searched.Fits(b.Endpoint) - searched.Fits(a.Endpoint) })
	s.Found = s.Found[:min(len(s.Found), limit)]
	return s, nil
}

// learn reads those of the contents that are not known, as many as one search may.
func (e *Endpoints) learn(ctx context.Context, contentIDs []int64) error {
	missing := slices.DeleteFunc(slices.Clone(contentIDs), func(id int64) bool { _, known := e.known[id]; return known })
	if len(missing) == 0 {
		return nil
	}
	e.deleteAllBut(contentIDs)
	sizes, err := e.read.ContentSizes(ctx, missing...)
	if err != nil {
		return err
	}
	missing = slices.DeleteFunc(missing, func(id int64) bool { _, there := sizes[id]; return !there })
	for read := int64(0); len(missing) > 0 && read < readAtMost && e.size < keptAtMost; {
		n, bytes := portion(missing, sizes)
		if err := e.add(ctx, missing[:n]); err != nil {
			return err
		}
		missing, read = missing[n:], read+bytes
	}
	return nil
}

// portion is how many contents are read at a time, and how many bytes they have.
func portion(ids []int64, sizes map[int64]int64) (n int, bytes int64) {
	for n < len(ids) && (n == 0 || bytes+sizes[ids[n]] <= readAtATime) {
		bytes += sizes[ids[n]]
		n++
	}
	return n, bytes
}

func (e *Endpoints) add(ctx context.Context, ids []int64) error {
	bodies, err := e.read.ContentBodies(ctx, ids...)
	for id, body := range bodies {
		endpoints := pactfile.Endpoints(body)
		e.known[id] = endpoints
		e.size += sizeOf(endpoints)
	}
	return err
}

// deleteAllBut deletes contents that no longer count.
func (e *Endpoints) deleteAllBut(contentIDs []int64) {
	counting := make(map[int64]bool, len(contentIDs))
	for _, id := range contentIDs {
		counting[id] = true
	}
	for id, endpoints := range e.known {
		if !counting[id] {
			delete(e.known, id)
			e.size -= sizeOf(endpoints)
		}
	}
}

func sizeOf(endpoints []pactfile.Endpoint) int {
	size := endpointCost
	for _, e := range endpoints {
		size += endpointCost + len(e.Method) + len(e.Path)
	}
	return size
}
