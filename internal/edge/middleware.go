package edge

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"regexp"
	"runtime/debug"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/accord-broker/accord/internal/access"
	"github.com/accord-broker/accord/internal/support/fault"
	"github.com/accord-broker/accord/internal/support/links"
)

// middleware is what every request passes before one of the faces sees it: it
// gets its id and base address, the common headers are set, its path is made
// uniform, its answer logged, and a panic becomes a 500.
func middleware(o Options, next http.Handler) http.Handler {
	cut, protection, vary := prefixes(o.BaseURLs), crossOriginProtection(o.BaseURLs), varyOn(o.BaseURLs)
	bases := make([]string, len(o.BaseURLs))
	for i, base := range o.BaseURLs {
		bases[i] = strings.TrimSuffix(base, "/")
	}
	bodies, answers := newBudget(o.MaxBodies, o.BodyWait), newBudget(o.MaxBodies, o.BodyWait)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := time.Now()
		x := &requestState{
			requestID: requestID(r), method: access.Starred(r.Method), traceParent: traceParent(r), base: baseOf(r, bases), maxBody: o.MaxBody, bodies: bodies, answers: answers, signIn: o.SignIn, partWithin: o.PartWithin,
			client: o.Proxies.client(r), auditor: o.Audit, control: http.NewResponseController(w),
		}
		x.reached, x.proxied = reachedAt(r, bases, o.Proxies)
		x.report = func(err error, reference string) {
			logFailure(o.Logger, slog.LevelError, "request failed", r, x, err, reference)
		}
		x.warn = func(err error) {
			logFailure(o.Logger, slog.LevelWarn, "request refused", r, x, err, "")
		}
		traced := func(CompletedRequest) {}
		if o.Trace != nil {
			var ctx context.Context
			ctx, x.traceParent, traced = o.Trace(r.Context(), x.traceParent, x.method)
			r = r.WithContext(ctx)
		}
		r = r.WithContext(context.WithValue(r.Context(), requestStateKey{}, x))
		w = &paced{ResponseWriter: w, state: x}
		finish := func() {}
		if o.Present != nil && (isPerson(r) || takesOnlyHTML(r)) {
			x.asResource, x.presents = takeAsResource(r), true
			held := &heldResponse{ResponseWriter: w}
			finish = func() { held.finish(r, o.Present) }
			w = held
		}
		recorder := &recorder{ResponseWriter: w, head: r.Method == http.MethodHead}
		x.header = recorder.Header()
		setCommonHeaders(x.header, x, vary)
		defer func() {
			x.release()
			logAccess(o.Logger, r, x, recorder, time.Since(start))
			completed := completedRequest(r, x, recorder, start)
			traced(completed)
			if o.Completed != nil {
				o.Completed(completed)
			}
		}()
		defer finish() // before the memory of what it shows is given back
		defer recoverPanic(recorder, r)
		if err := prepareRequest(r, x, cut); err != nil {
			writeError(recorder, r, err)
			return
		}
		if err := protection.Check(r); err != nil {
			x.fromOtherSite = fault.New(fault.Forbidden, "This was sent by a page of another site, so nothing was changed. Open the page here, at the address of the broker, and send it again.").Because(err)
			r = r.WithContext(access.Unattended(r.Context())) // also while its failure is shown
		}
		next.ServeHTTP(recorder, routable(r))
	})
}

// routable is the request as the routes can take it: a method that HTTP does not know
// is refused like one that no address takes, by an answer that tells those it takes.
func routable(r *http.Request) *http.Request {
	if slices.Contains(methods, r.Method) {
		return r
	}
	refused := *r
	refused.Method = http.MethodTrace
	return &refused
}

// crossOriginProtection refuses what a page of another site lets a browser send
// with the credentials that it keeps, such as a form that fires a webhook.
func crossOriginProtection(configured []string) *http.CrossOriginProtection {
	protection := http.NewCrossOriginProtection()
	for _, base := range configured {
		_ = protection.AddTrustedOrigin(origin(base)) // one that is no origin trusts nobody
	}
	return protection
}

// varyOn names the headers of a request on which answers depend. Where the address
// of the broker is set, links begin with it whatever the request says.
func varyOn(configured []string) string {
	if len(configured) == 1 {
		return "Accept, Accept-Encoding"
	}
	return "Accept, Accept-Encoding, Host, X-Forwarded-Host, X-Forwarded-Port, X-Forwarded-Proto, X-Forwarded-Scheme, X-Forwarded-Ssl"
}

// prepareRequest reads the path and the query and refuses what no face could serve.
func prepareRequest(r *http.Request, x *requestState, prefixes []string) error {
	raw := r.URL.RawPath
	if raw == "" {
		raw = r.URL.EscapedPath()
	}
	for _, prefix := range prefixes {
		if rest, ok := strings.CutPrefix(raw, prefix); ok && (rest == "" || rest[0] == '/') {
			raw = rest
			break
		}
	}
	path, err := uniform(raw)
	x.path, x.asked = access.Starred(path), access.Starred(strings.TrimSuffix(raw, "/"))
	if !slices.Contains(methods, r.Method) && !isOwnAPI(r) {
		return unknownMethod
	}
	if err != nil {
		return pathAnswer(r, x, err)
	}
	r.URL = withPath(r.URL, path)
	x.rawQuery = r.URL.RawQuery
	if err := withinLimits(r); err != nil {
		return err
	}
	if x.query, err = parseQuery(x.rawQuery); err != nil {
		return err
	}
	return refuseToken(r, x, path)
}

// errTokenInAddress does not repeat the address.
var errTokenInAddress = fault.New(fault.Malformed, "The address contains a token of this broker, which proxies and browsers write down on the way.").
	Coded("token_in_address", "Revoke the token, and send the new one as \"Authorization: Bearer TOKEN\".")

// refuseToken refuses an address in which a whole token stands, and tells the auditor: it
// would go on into names, and so into events and what others are answered.
func refuseToken(r *http.Request, x *requestState, path string) error {
	leaks := x.path != path || slices.ContainsFunc(x.query, func(p Pair) bool {
		return access.Starred(p.Key) != p.Key || access.Starred(p.Value) != p.Value
	})
	if !leaks {
		return nil
	}
	noteOrigin(r, access.Principal{})
	tellAuditor(r, fault.Unauthorized)
	return errTokenInAddress
}

// uniform returns the path without a trailing slash and with each segment
// escaped as links does. It returns a NotFound fault for a path with an empty
// segment, and an Unprocessable one for control characters.
func uniform(raw string) (string, error) {
	if strings.Contains(raw, "//") {
		return raw, notFound
	}
	raw = strings.TrimSuffix(raw, "/")
	if raw == "" {
		return "/", nil
	}
	segments := strings.Split(raw, "/")
	for i, segment := range segments {
		name, err := url.PathUnescape(segment)
		if err != nil {
			return raw, notFound
		}
		if !utf8.ValidString(name) || strings.ContainsFunc(name, func(r rune) bool { return r < ' ' }) {
			return raw, fault.New(fault.Unprocessable, "The address contains a line break, a tab or another character that no name may have.")
		}
		segments[i] = links.Escape(name)
	}
	return strings.Join(segments, "/"), nil
}

// pathAnswer is the answer for a path that cannot be served, a problem whatever
// the client accepts.
func pathAnswer(r *http.Request, x *requestState, err error) error {
	if isOwnAPI(r) {
		return err
	}
	p := problem{Title: "Not Found", Type: x.base.Problem("problem/not-found"), Detail: notFoundText, Status: http.StatusNotFound}
	if fault.Is(err, fault.Unprocessable) {
		p = problem{
			Title: "Unprocessable", Type: x.base.Problem("problem/invalid-request-parameter-value"),
			Detail: err.Error(), Status: http.StatusUnprocessableEntity,
		}
	}
	return Answer{Status: p.Status, Media: Problem, Body: p}
}

// withPath returns the address with another path, given escaped.
func withPath(u *url.URL, escaped string) *url.URL {
	changed := *u
	changed.RawPath = escaped
	changed.Path, _ = url.PathUnescape(escaped) // escaped by us, so it can be read
	return &changed
}

func setCommonHeaders(h http.Header, x *requestState, vary string) {
	h.Set("Vary", vary)
	h.Set("Cache-Control", "no-cache")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Pact-Broker-Version", CompatibleRelease)
	h.Set("X-Request-Id", x.requestID)
	if x.traceParent != "" {
		h.Set("Traceparent", x.traceParent)
	}
}

// requestID is the id that the client gave, if it is fit for logs and no token, or a new
// one.
func requestID(r *http.Request) string {
	id := r.Header.Get("X-Request-Id")
	visible := !strings.ContainsFunc(id, func(r rune) bool { return r <= ' ' || r > '~' })
	if id != "" && len(id) <= 128 && visible && access.Starred(id) == id {
		return id
	}
	return strings.ToLower(rand.Text())
}

var traceParentForm = regexp.MustCompile(`^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$`)

func traceParent(r *http.Request) string {
	if given := r.Header.Get("Traceparent"); traceParentForm.MatchString(given) {
		return given
	}
	return ""
}

// recoverPanic turns a panic into a 500. The one by which net/http is told to
// drop the connection goes on.
func recoverPanic(w *recorder, r *http.Request) {
	value := recover()
	if value == nil {
		return
	}
	if err, ok := value.(error); ok && errors.Is(err, http.ErrAbortHandler) {
		panic(value)
	}
	requestStateOf(r.Context()).missed = false
	err := fmt.Errorf("panic: %v\n%s", value, debug.Stack())
	if w.status != 0 {
		requestStateOf(r.Context()).report(err, "after the answer began")
		return
	}
	writeInternal(w, r, err)
}

// logFailure says why a request failed or was refused and, if that is known, what can be done.
func logFailure(logger *slog.Logger, level slog.Level, message string, r *http.Request, x *requestState, err error, reference string) {
	attributes := []any{"error", access.Starred(err.Error()), "request_id", x.requestID, "method", x.method, "path", x.path}
	if reference != "" {
		attributes = append(attributes, "reference", reference)
	}
	var known *fault.Error
	if errors.As(err, &known) && known.Remedy != "" {
		attributes = append(attributes, "remedy", known.Remedy)
	}
	logger.Log(r.Context(), level, message, attributes...)
}

func logAccess(logger *slog.Logger, r *http.Request, x *requestState, w *recorder, took time.Duration) {
	level := slog.LevelInfo
	if x.route != nil && x.route.Action == access.ReadHeartbeat {
		level = slog.LevelDebug
	}
	attributes := []slog.Attr{
		slog.String("method", x.method), slog.String("path", x.path), slog.String("route", x.pattern),
		slog.Int("status", w.status), slog.Int64("bytes", w.bytes), slog.Float64("took_ms", float64(took.Microseconds())/1000),
		slog.String("request_id", x.requestID), slog.String("client", x.client),
	}
	if peer := peerOf(r); peer != x.client {
		attributes = append(attributes, slog.String("proxy", peer))
	}
	if x.actor != "" {
		attributes = append(attributes, slog.String("user", x.actor))
	}
	if x.traceParent != "" {
		attributes = append(attributes, slog.String("traceparent", x.traceParent))
	}
	logger.LogAttrs(r.Context(), level, "request", attributes...)
}
