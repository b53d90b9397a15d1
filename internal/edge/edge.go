// Package edge is what the API and the pages share of HTTP: it reads requests,
// guards them, negotiates, and writes every answer and every failure.
//
// A face of the broker is a table of Routes. A handler gets a *gin.Context,
// asks the domain and returns an error, which the one error writer turns into
// the answer the client understands. Before a handler runs, the edge has seen
// to the following, in this order, which decides the status that wins:
//
//	501  the method is unknown
//	405  the route does not have it, and the caller might use it if it did
//	401  credentials are missing or wrong; 403 they do not suffice
//	400  the body claims to be JSON and is not; or Route.Check found a mistake
//	200  OPTIONS
//	406  the client accepts nothing that the route offers
//
// What depends on stored things is the handler's, in this order:
//
//	404  what the path names does not exist: return the finder's fault
//	409  the request contradicts what is stored
//	415  the body is of a type that the route does not take
//
// So a handler of a route with Accepts looks up what must exist first and calls
// RequireMedia, Object or Decode then. It calls RequireMedia even if it ignores
// the body; if nothing needs to exist, that is its first line.
package edge

import (
	"context"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/gin-gonic/gin"
)

// CompatibleRelease is the release of the Pact Broker that the API is
// compatible with. Clients read it to decide what they may ask for.
const CompatibleRelease = "2.120.0"

// Limits of request bodies unless the options say otherwise.
const (
	// DefaultMaxBody is for one body. Contracts of megabytes exist.
	DefaultMaxBody = 20 << 20
	// DefaultMaxBodies is for all bodies at a time.
	DefaultMaxBodies = 24 << 20
)

// Options say what the edge serves and how.
type Options struct {
	// API are the routes of the HTTP API.
	API []Route
	// Pages are the routes for browsers. Where an address is both, a browser
	// gets the page, everybody else the API; a page that is not found leaves
	// the request to the API.
	Pages []Route
	// Present shows a person what the API has answered; nil lets them see it raw.
	Present Presenter
	// Logger takes the access log and the failures; nil means slog's default.
	Logger *slog.Logger
	// BaseURLs are the addresses under which clients reach the broker; without
	// one, the address is read from each request.
	BaseURLs []string
	// Gate decides who may do what; nil admits everybody.
	Gate Gate
	// Audit is told of requests that were refused; nil tells nobody.
	Audit Auditor
	// Proxies are believed when they say for whom they send a request.
	Proxies Proxies
	// SignIn leads people to the page on which to sign in, instead of telling them
	// that they are not.
	SignIn bool
	// Answers keep the answers to requests that have an Idempotency-Key; nil ignores
	// keys.
	Answers Answers
	// View lets all that read reads with its context be of one unchanging state; nil
	// lets it be read as it comes.
	View func(ctx context.Context, read func(ctx context.Context) error) error
	// Exclusive runs fn in one transaction with all that it reads and writes, while nobody
	// else does so for the same address or changes what belongs to the applications.
	// fn may run more than once. Nil runs it as it is.
	Exclusive func(ctx context.Context, address string, applications []string, fn func(ctx context.Context) error) error
	// Now is the clock; nil means the system's.
	Now func() time.Time
	// Trace follows a request: it returns the context in which it is served, the trace
	// context for those who come next, and what is to be called with how it was
	// answered; nil follows none.
	Trace func(ctx context.Context, traceParent, method string) (traced context.Context, next string, completed func(CompletedRequest))
	// Completed is told each request after its answer, and must not wait; nil if
	// nobody wants to know.
	Completed func(CompletedRequest)
	// MaxBody limits request bodies in bytes; 0 means DefaultMaxBody.
	MaxBody int64
	// MaxBodies limits the bodies of all requests at a time, in bytes; 0 means
	// DefaultMaxBodies. Requests beyond it wait, and are answered with 503 if that
	// takes too long.
	MaxBodies int64
	// BodyWait is how long they wait; 0 means 20 seconds.
	BodyWait time.Duration
	// PartWithin is how long a client may leave a part of a large answer that the
	// broker keeps in memory for it, or take to send a part of a large body; 0 means
	// 10 seconds.
	PartWithin time.Duration
}

// New builds the handler that serves both faces. It panics when two routes of
// one face contradict each other, which is a mistake in the program.
func New(o Options) http.Handler {
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	if o.MaxBody == 0 {
		o.MaxBody = DefaultMaxBody
	}
	if o.MaxBodies == 0 {
		o.MaxBodies = DefaultMaxBodies
	}
	if o.BodyWait == 0 {
		o.BodyWait = defaultBodyWait
	}
	if o.PartWithin == 0 {
		o.PartWithin = defaultPartWithin
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	faces := &faces{
		api:        face{routes: o.API, now: o.Now, gate: o.Gate, idempotency: newIdempotency(o.Answers), view: o.View, exclusive: o.Exclusive}.engine(),
		pages:      face{routes: forEverybody(o.Pages, o.API), now: o.Now, gate: o.Gate, view: o.View, yields: true}.engine(),
		extensions: extensionsOf(o.API),
		slashes:    o.API,
		gate:       o.Gate,
	}
	return packed(middleware(o, faces))
}

// forEverybody opens the pages at whose addresses the API has nothing to every client
// that takes HTML.
func forEverybody(pages, api []Route) []Route {
	also := map[string]bool{}
	for _, route := range api {
		also[route.Method+" "+pathParameters.ReplaceAllString(route.Path, ":")] = true
	}
	opened := slices.Clone(pages)
	for i, route := range opened {
		opened[i].ForPeople = route.ForPeople && also[route.Method+" "+pathParameters.ReplaceAllString(route.Path, ":")]
	}
	return opened
}

// faces sends a request to the pages or to the API.
type faces struct {
	api, pages *gin.Engine
	extensions extensions
	slashes    slashes
	gate       Gate
}

// ServeHTTP asks the face that the client is likely to mean first and the other
// one if the first has nothing at that address.
func (f *faces) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	x := requestStateOf(r.Context())
	for _, turn := range f.turns(r) {
		x.leavesUnacceptable, x.pageForAll = turn.leavesUnacceptable, turn.pageForAll
		if f.serve(turn.engine, w, r) {
			return
		}
	}
	x.missed, x.tentative = false, false
	p, err := admit(f.gate, r, anyOf(r))
	x.principal = p
	if err != nil {
		writeError(w, r, err)
		return
	}
	writeError(w, r, notFound)
}

// turn is one face that is asked.
type turn struct {
	engine *gin.Engine
	// leavesUnacceptable leaves a request to those who come next that this face can
	// answer in no form which the client takes.
	leavesUnacceptable bool
	// pageForAll shows also those pages to every client that takes HTML at whose
	// addresses the API comes first.
	pageForAll bool
}

// turns are the faces in the order in which they are asked.
func (f *faces) turns(r *http.Request) []turn {
	api, pages := turn{engine: f.api}, turn{engine: f.pages}
	switch {
	case !isBrowser(r) || requestStateOf(r.Context()).asResource:
		return []turn{api, pages}
	case isPerson(r):
		return []turn{pages, api}
	}
	return []turn{pages, {engine: f.api, leavesUnacceptable: true}, {engine: f.pages, pageForAll: true}, api}
}

// serve asks one face, in each way in which the request can be taken, and tells
// whether it answered.
func (f *faces) serve(engine *gin.Engine, w http.ResponseWriter, r *http.Request) bool {
	x := requestStateOf(r.Context())
	readings := []reading{{request: r}}
	if engine == f.api {
		readings = append(f.extensions.readings(r), f.slashes.readings(r)...)
	}
	for i, attempt := range readings {
		x.missed, x.tentative, x.accepted = false, i < len(readings)-1, ""
		x.path, x.asked = strings.TrimSuffix(x.path, attempt.cut), strings.TrimSuffix(x.asked, attempt.cut)
		engine.ServeHTTP(&suppressWriter{ResponseWriter: w, state: x}, attempt.request)
		if !x.missed {
			return true
		}
		w.Header().Del("Content-Type")
	}
	return false
}
