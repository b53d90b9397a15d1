package edge

import (
	"net/http"
	"time"

	"github.com/accord-broker/accord/internal/access"
)

// CompletedRequest is a request to a known address and how it was answered, for those who
// count and remember.
type CompletedRequest struct {
	RequestID   string
	TraceParent string
	// Actor is who sent it, "" if nobody had to sign in or could.
	Actor     string
	Method    string
	Path      string
	Pattern   string
	Operation string
	// Action is what the caller had to be allowed to do; "" where nothing serves the address.
	Action access.Action
	Status int
	// Code names the failure, if it was one.
	Code string
	// Admitted tells that the caller was allowed to ask.
	Admitted bool
	// Deprecated tells that the address is there for old clients only.
	Deprecated bool
	// Replayed tells that the answer was kept from an earlier request.
	Replayed bool
	// Reads tells that it was to change nothing.
	Reads bool
	At    time.Time
	Took  time.Duration
	Bytes int64
}

func completedRequest(r *http.Request, x *requestState, w *recorder, start time.Time) CompletedRequest {
	e := CompletedRequest{
		RequestID: x.requestID, TraceParent: x.traceParent, Actor: x.actor, Method: r.Method, Path: x.path, Pattern: x.pattern,
		Status: w.status, Code: x.code, Admitted: x.admitted, Replayed: x.replayed, At: start, Took: time.Since(start), Bytes: w.bytes,
	}
	if x.route != nil {
		e.Operation, e.Action, e.Deprecated = x.route.Operation, x.route.Action, x.route.Deprecated != nil
	}
	switch {
	case r.Method == http.MethodGet, r.Method == http.MethodHead, r.Method == http.MethodOptions, x.route == nil:
		e.Reads = true
	default:
		e.Reads = x.route.Action == access.Read || x.route.Action == access.Public
	}
	return e
}
