package edge

import (
	"context"
	"errors"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/accord-broker/accord/internal/access"
	"github.com/accord-broker/accord/internal/audit"
	"github.com/accord-broker/accord/internal/support/fault"
)

// Media types that routes offer and take.
const (
	HALJSON    = "application/hal+json"
	JSON       = "application/json"
	MergePatch = "application/merge-patch+json"
	Problem    = "application/problem+json"
	// Extended is JSON with more embedded than other forms have.
	Extended  = "application/vnd.pactbrokerextended.v1+json"
	PlainText = "text/plain"
	HTMLText  = "text/html"
	CSV       = "text/csv"
	SVG       = "image/svg+xml"
	YAML      = "application/yaml"
	Graphviz  = "text/vnd.graphviz"
	// OpenMetrics is how collectors like to get counts.
	OpenMetrics = "application/openmetrics-text"
	// JSONLines is a JSON value on each line.
	JSONLines = "application/jsonl"
	// Form is what forms of browsers and of OAuth send.
	Form = "application/x-www-form-urlencoded"
	// EventStream is a stream of server-sent events.
	EventStream = "text/event-stream"
	// AnyJSON among Accepts takes every type with "json" in its name.
	AnyJSON = "*json*"
	// Anything among Offers satisfies every Accept header.
	Anything = "*/*"
)

// HandlerFunc serves a request, or returns why it could not.
type HandlerFunc func(*gin.Context) error

// Route is one line of a face's table: a method of an address.
type Route struct {
	Method string
	// Path is written in Gin's manner: /pacticipants/:pacticipant.
	Path string
	// Operation is the operationId in openapi.yaml and the handler's name.
	Operation string
	// Offers are the media types of the answer, the preferred one first; none
	// means application/hal+json.
	Offers []string
	// Accepts are the media types of the request body; none means that the
	// route takes no body.
	Accepts []string
	// BodyRequired makes an empty body of a JSON type a 400.
	BodyRequired bool
	// LargeBody lets the body have the size that is set for contracts; the others
	// are limited to less.
	LargeBody bool
	// TakesApart tells that contracts which are read for the answer are taken apart,
	// which needs more memory than showing them as they are.
	TakesApart bool
	// OutsideTransaction lets the handler run outside of a transaction also where the request has
	// a key: none can hold what waits for others, and what only reads needs none. A
	// repeated request may do it twice if the broker is killed.
	OutsideTransaction bool
	// ForPeople leaves the address to the API for clients that merely take HTML, unless
	// it has nothing that they take.
	ForPeople bool
	// OneView lets all that the handler reads be of one unchanging state of the broker,
	// so that no answer shows a version with the branches of a moment before and the
	// tags of a moment after. It is for answers that take more than one statement, and
	// not for handlers that change something, or wait for others or for memory, while
	// they would keep a connection from others: those read a part of it in View.
	OneView bool
	// Action is what the caller must be allowed to do. A route without one is
	// closed to everybody where access is asked for.
	Action access.Action
	// Deprecated tells that the route is there for old clients only; nil if it is not.
	Deprecated *Deprecation
	// Check looks for mistakes that win over 406 and 404, such as a body that
	// breaks its schema.
	Check HandlerFunc
	// Handler serves the request.
	Handler HandlerFunc
}

// pathParameters finds the parameters of a path.
var pathParameters = regexp.MustCompile(`:\w+`)

// methods are those that HTTP knows; any other is 501 on the compatible API, as with
// the Pact Broker.
var methods = []string{
	http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch,
	http.MethodDelete, http.MethodTrace, http.MethodConnect, http.MethodOptions,
}

// face is one of the two tables that share the addresses.
type face struct {
	routes []Route
	gate   Gate
	// yields makes the face leave what it does not have to the other one: other
	// methods, other types of answers, and things that are not found.
	yields bool
	// now is the clock.
	now func() time.Time
	// idempotency answers POSTs that have an Idempotency-Key; nil ignores keys.
	idempotency *idempotency
	// view is Options.View.
	view func(ctx context.Context, read func(ctx context.Context) error) error
	// exclusive is Options.Exclusive.
	exclusive func(ctx context.Context, address string, applications []string, fn func(ctx context.Context) error) error
}

// engine registers the routes, HEAD for each GET, OPTIONS for each address, and
// 405 for the methods that an address does not have.
func (f face) engine() *gin.Engine {
	gin.SetMode(gin.ReleaseMode)
	e := gin.New()
	e.UseEscapedPath, e.UnescapePathValues = true, false
	e.RedirectTrailingSlash, e.HandleMethodNotAllowed = false, false
	e.NoRoute(miss)
	table := paths(f.routes)
	words := make([][]string, len(table))
	for i, path := range table {
		words[i] = strings.Split(path, "/")
	}
	for i, path := range table {
		f.register(e, path, hiddenBy(words, words[i]))
	}
	return e
}

// miss leaves the request to the other face.
func miss(c *gin.Context) { requestStateOf(c.Request.Context()).missed = true }

// register adds all methods of one address, and of those in which it is hidden.
func (f face) register(e *gin.Engine, path string, others []hidden) {
	var allowed, served []string
	handle := func(method string, serve gin.HandlerFunc) {
		e.Handle(method, path, serve)
		for _, hidden := range others {
			e.Handle(method, hidden.path, func(c *gin.Context) {
				c.Params = append(c.Params, hidden.param)
				serve(c)
			})
		}
	}
	for _, route := range f.routes {
		if route.Path != path {
			continue
		}
		allowed, served = append(allowed, route.Method), append(served, route.Method)
		handle(route.Method, f.serve(route))
		if route.Method == http.MethodGet {
			served = append(served, http.MethodHead)
			handle(http.MethodHead, f.serve(route))
		}
	}
	list := strings.Join(append(allowed, http.MethodOptions), ", ")
	served = append(served, http.MethodOptions)
	handle(http.MethodOptions, f.serve(Route{Offers: []string{Anything}, Action: access.Read, Handler: tellMethods(list)}))
	for _, method := range methods {
		if !slices.Contains(served, method) {
			handle(method, f.refuseMethod(list))
		}
	}
}

// hidden is an address in which a thing has for its name a word that begins
// another address, and the parameter that the word is.
type hidden struct {
	path  string
	param gin.Param
}

// hiddenBy returns the addresses of a path that Gin would not find among the others of
// a table: it does not turn back from /things/label/:label to
// /things/:name/parts/:part, where the thing is called label.
func hiddenBy(table [][]string, path []string) (all []hidden) {
	for _, words := range table {
		at := len(words) - 2
		if at < 1 || len(path) <= len(words) || isParameter(words[at]) || !isParameter(path[at]) || !isParameter(words[at+1]) || isParameter(path[at+1]) ||
			!slices.Equal(words[:at], path[:at]) {
			continue
		}
		named := slices.Clone(path)
		named[at] = words[at]
		if !slices.ContainsFunc(table, func(other []string) bool { return slices.Equal(other, named) }) {
			all = append(all, hidden{strings.Join(named, "/"), gin.Param{Key: path[at][1:], Value: words[at]}})
		}
	}
	return all
}

func isParameter(segment string) bool { return strings.HasPrefix(segment, ":") }

func tellMethods(list string) HandlerFunc {
	return func(c *gin.Context) error {
		c.Header("Access-Control-Allow-Methods", list)
		c.Status(http.StatusOK)
		return nil
	}
}

func (f face) refuseMethod(list string) gin.HandlerFunc {
	if f.yields {
		return miss
	}
	return func(c *gin.Context) {
		if _, err := admit(f.gate, c.Request, anyOf(c.Request)); err != nil {
			writeError(c.Writer, c.Request, err)
			c.Writer.WriteHeaderNow()
			return
		}
		c.Header("Allow", list)
		writeRefusal(c.Writer, c.Request, wrongMethod(c.Request, list))
		c.Writer.WriteHeaderNow()
	}
}

// serve runs the checks of the package comment and then the handler.
func (f face) serve(route Route) gin.HandlerFunc {
	if len(route.Offers) == 0 {
		route.Offers = []string{HALJSON}
	}
	return func(c *gin.Context) {
		x := requestStateOf(c.Request.Context())
		x.route, x.pattern = &route, c.FullPath()
		if route.ForPeople && !isPerson(c.Request) && !x.pageForAll {
			x.missed = true
			return
		}
		err := f.answer(c, x)
		if (f.yields || x.tentative) && isNothing(err) || x.leavesUnacceptable && isUnacceptable(err) {
			x.missed = true
			return
		}
		if err != nil {
			writeError(c.Writer, c.Request, err)
		}
		c.Writer.WriteHeaderNow()
	}
}

// isNothing reports whether a route has nothing for the request: no such thing, or
// not in a type that the client takes.
func isNothing(err error) bool { return fault.Is(err, fault.NotFound) || isUnacceptable(err) }

// isUnacceptable reports whether a route has the thing, but not in a type that the
// client takes.
func isUnacceptable(err error) bool {
	var f refusal
	return errors.As(err, &f) && f.status() == http.StatusNotAcceptable
}

func (f face) answer(c *gin.Context, x *requestState) error {
	principal, err := admit(f.gate, c.Request, x.route.Action)
	x.principal = principal
	if err != nil {
		return err
	}
	x.actor, x.admitted, x.gate, x.view = principal.Name, true, f.gate, f.view
	if principal.Through == access.ThroughSession {
		c.Header("Cache-Control", "private, no-cache")
	}
	nameApplications(c, x)
	c.Request = c.Request.WithContext(audit.WithOrigin(access.With(c.Request.Context(), principal), x.origin))
	if err := x.route.Deprecated.tell(c, f.now()); err != nil {
		return err
	}
	if err := checkJSON(c, x); err != nil {
		return err
	}
	if x.route.Check != nil {
		if err := x.route.Check(c); err != nil {
			return err
		}
	}
	accepted, ok := negotiate(x.route.Offers, accept(c.Request))
	if x.asResource || !ok && x.presents && !x.leavesUnacceptable && takesOnlyHTML(c.Request) {
		if form, found := presented(x.route.Offers); found {
			accepted, ok = form, true
		}
	}
	if !ok || !charsetAcceptable(c.Request) {
		return notAcceptable(x.route.Offers)
	}
	x.accepted = accepted
	read, conditional, err := f.conditional(c)
	if err != nil {
		return err
	}
	if conditional {
		return f.answerIf(c, x, read)
	}
	if f.idempotency != nil {
		key, err := keyOf(c.Request)
		if err != nil {
			return err
		}
		if key != "" {
			return f.idempotency.answer(c, x, key)
		}
	}
	if x.route.OneView {
		return AnswerInOneView(c, x.route.Handler)
	}
	return x.route.Handler(c)
}

// paths lists the addresses of the routes once each, in the order of the table.
func paths(routes []Route) []string {
	var all []string
	for _, route := range routes {
		if !slices.Contains(all, route.Path) {
			all = append(all, route.Path)
		}
	}
	return all
}
