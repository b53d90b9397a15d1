package edge

import (
	"context"
	"crypto/sha256"
	"net/http"
	"net/url"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/accord-broker/accord/internal/access"
	"github.com/accord-broker/accord/internal/audit"
	"github.com/accord-broker/accord/internal/support/links"
)

// requestState is what the edge knows about one request and its answer.
type requestState struct {
	requestID string
	// method is the one that the client sent, known or not, with stars for a token.
	method      string
	traceParent string
	// actor is who sent the request, "" if nobody had to sign in.
	actor string
	// origin is what the audit says of the request.
	origin  audit.Origin
	auditor Auditor
	// refused is the outcome that the auditor was told, "" if none.
	refused audit.Outcome
	// client is the address that it came from.
	client string
	// counted tells that the limit of requests has counted this one.
	counted bool
	// credentialsUnneeded tells that credentials came where none are needed,
	// wrongCredentials that they were wrong.
	credentialsUnneeded, wrongCredentials bool
	// takesTokens tells that the gate takes tokens.
	takesTokens bool
	// fromOtherSite is why nobody is admitted whose browser sends this for the page of
	// another site, nil for everything else.
	fromOtherSite error
	// header is that of the answer.
	header http.Header
	// principal is who sent the request, also where it was refused.
	principal access.Principal
	// signIn tells that people can sign in.
	signIn bool
	base   links.Base
	// reached is where the request came in, proxied that a trusted proxy says so.
	reached links.Base
	proxied bool
	// path is the path below the base, each segment escaped in the one way that
	// links has too.
	path string
	// asked is the path as the client wrote it, without a trailing slash.
	asked string
	// query is the query in the order in which it was written.
	query []Pair
	// admitted tells that the gate let the request pass, gate which one it was.
	admitted bool
	gate     Gate
	// view is Options.View.
	view func(ctx context.Context, read func(ctx context.Context) error) error
	// code names the failure that was answered, "" if none was.
	code string
	// route is the matched one, pattern its path with parameters.
	route   *Route
	pattern string
	// accepted is the negotiated media type, "" before the negotiation.
	accepted string
	// asResource tells that a person asks for the resource where there is a page.
	asResource bool
	// missed tells that a face has nothing at this address, so that what it
	// writes is dropped and the other face asked.
	missed bool
	// presents tells that what programs take is shown as a page.
	presents bool
	// leavesUnacceptable and pageForAll are those of the turn.
	leavesUnacceptable, pageForAll bool
	// tentative tells that there is another way to take the request, to be tried
	// if this one finds nothing.
	tentative bool
	body      []byte
	read      bool
	// rawQuery is the query as it was written.
	rawQuery string
	// bodyDigest is that of the whole body, for requests with an Idempotency-Key.
	bodyDigest [sha256.Size]byte
	// replayed tells that a kept answer was given.
	replayed bool
	maxBody  int64
	// parsed is what ReadOnce made of the body.
	parsed any
	// bodies and answers are what large bodies, and what is read for answers, share;
	// shares is what this one has of both, reserved that some is of answers.
	bodies, answers *budget
	shares          []share
	// partWithin is how long the client may take over a part of either.
	partWithin time.Duration
	reserved   bool
	// alone tells that the request may go on beyond the budget.
	alone bool
	// unfinished is closed when work ends that took too long to be waited for.
	unfinished <-chan struct{}
	// control is of the connection.
	control *http.ResponseController
	// report logs a failure of the broker, warn why it refused a request.
	report func(err error, reference string)
	warn   func(err error)
}

type requestStateKey struct{}

func requestStateOf(ctx context.Context) *requestState {
	x, ok := ctx.Value(requestStateKey{}).(*requestState)
	if !ok {
		return &requestState{maxBody: DefaultMaxBody, report: func(error, string) {}, warn: func(error) {}}
	}
	return x
}

// RequestID is the id under which logs and answers know the request that ctx
// belongs to, or "" outside of a request.
func RequestID(ctx context.Context) string { return requestStateOf(ctx).requestID }

// RoutePattern is the address of the route that answers the request that ctx belongs
// to, with its parameters; "" outside of a request.
func RoutePattern(ctx context.Context) string { return requestStateOf(ctx).pattern }

// Actor is who sent the request that ctx belongs to; "" if nobody had to sign
// in, and outside of a request.
func Actor(ctx context.Context) string { return requestStateOf(ctx).actor }

// Client is the address from which the request came that ctx belongs to: the
// peer, or for whom a trusted proxy sent it; "" outside of a request.
func Client(ctx context.Context) string { return requestStateOf(ctx).client }

// Principal is who sent the request that ctx belongs to, also where it was
// refused; it is the zero value for addresses that ask nobody.
func Principal(ctx context.Context) access.Principal { return requestStateOf(ctx).principal }

// TraceParent is the W3C trace context of what serves the request: the one that came
// with it where the broker sends no traces, or "".
func TraceParent(ctx context.Context) string { return requestStateOf(ctx).traceParent }

// Base is the address of the broker as the client of this request reaches it.
func Base(c *gin.Context) links.Base { return requestStateOf(c.Request.Context()).base }

// BaseOf is the same for a context; it is "" outside of a request.
func BaseOf(ctx context.Context) links.Base { return requestStateOf(ctx).base }

// Reached is the address at which the request of a context came in, as far as that
// may be believed: forged headers do not count, but the client has named the host,
// unless a trusted proxy did. It is "" outside of a request.
func Reached(ctx context.Context) (at links.Base, proxied bool) {
	x := requestStateOf(ctx)
	return x.reached, x.proxied
}

// Self is the address of the request as the client wrote it, without its query.
func Self(c *gin.Context) string {
	x := requestStateOf(c.Request.Context())
	return string(x.base) + x.asked
}

// SelfWithQuery is the address of the request with its query as it was written.
func SelfWithQuery(c *gin.Context) string {
	if query := c.Request.URL.RawQuery; query != "" {
		return Self(c) + "?" + query
	}
	return Self(c)
}

// Accepted is the media type of the answer: the offer of the route that suits
// the client best.
func Accepted(c *gin.Context) string { return requestStateOf(c.Request.Context()).accepted }

// Param is a parameter of the path, unescaped. A plus is a plus, and an escaped
// slash is part of the name.
func Param(c *gin.Context, name string) string {
	raw := c.Param(name) //nolint:forbidigo // this is the helper that all others use
	value, err := url.PathUnescape(raw)
	if err != nil {
		return raw
	}
	return value
}

// suppressWriter drops what is written while the face has missed.
type suppressWriter struct {
	http.ResponseWriter
	state *requestState
}

func (w *suppressWriter) WriteHeader(status int) {
	if !w.state.missed {
		w.ResponseWriter.WriteHeader(status)
	}
}

func (w *suppressWriter) Write(p []byte) (int, error) {
	if w.state.missed {
		return len(p), nil
	}
	return w.ResponseWriter.Write(p)
}

// Flush sends what was written so far.
func (w *suppressWriter) Flush() {
	if flusher, ok := w.ResponseWriter.(http.Flusher); ok && !w.state.missed {
		flusher.Flush()
	}
}

// Unwrap gives http.ResponseController the writer below.
func (w *suppressWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
