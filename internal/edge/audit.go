package edge

import (
	"errors"
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/accord-broker/accord/internal/access"
	"github.com/accord-broker/accord/internal/audit"
	"github.com/accord-broker/accord/internal/support/fault"
)

// Auditor is told of requests that were refused.
type Auditor interface {
	Refused(origin audit.Origin, outcome audit.Outcome)
}

// maxTarget bounds the address in an entry of the audit.
const maxTarget = 500

// noteOrigin keeps who asks for what, for what the audit says of the request.
func noteOrigin(r *http.Request, p access.Principal) {
	x := requestStateOf(r.Context())
	x.origin = audit.Origin{
		Actor: p.Name, Through: throughOf(r, p), Client: x.client, RequestID: x.requestID, Target: strings.ToValidUTF8(x.path[:min(len(x.path), maxTarget)], ""),
		Action: x.method, Writes: !isSafe(r.Method),
	}
	if x.route == nil {
		return
	}
	if x.origin.Action = x.route.Operation; x.origin.Action == "" {
		x.origin.Action = x.route.Method + " " + x.route.Path
	}
}

// throughOf says by what somebody was recognised, or claims to be.
func throughOf(r *http.Request, p access.Principal) string {
	if p.Name == "" && r.Header.Get("Authorization") == "" {
		return ""
	}
	return strings.TrimSpace(string(p.Through) + " " + p.ID)
}

func isSafe(method string) bool {
	return method == http.MethodGet || method == http.MethodHead || method == http.MethodOptions
}

// nameApplications adds those to the origin that the address names.
func nameApplications(c *gin.Context, x *requestState) {
	for _, parameter := range c.Params {
		switch parameter.Key {
		case "pacticipant", "consumer", "provider":
			x.origin.Applications = append(x.origin.Applications, Param(c, parameter.Key))
		}
	}
}

var refusedOutcomes = map[fault.Kind]audit.Outcome{
	fault.Unauthorized: audit.Unauthorized, fault.Forbidden: audit.Forbidden, fault.TooManyRequests: audit.Throttled,
}

// tellAuditorOf tells the auditor of a request that failed, if it was refused, whether
// or not the answer shows that.
func tellAuditorOf(r *http.Request, f *fault.Error) {
	kind := f.Kind
	if f.Hides != fault.Internal {
		kind = f.Hides
	}
	tellAuditor(r, kind)
}

// NoteRefused tells the auditor of a request that was refused if the failure says so, be
// it hidden, where a page tells of it instead of an error.
func NoteRefused(r *http.Request, err error) {
	var known *fault.Error
	if errors.As(err, &known) {
		tellAuditorOf(r, known)
	}
}

// tellAuditor tells the auditor of a request that was refused, once.
func tellAuditor(r *http.Request, kind fault.Kind) {
	x := requestStateOf(r.Context())
	if outcome, refused := refusedOutcomes[kind]; refused && x.auditor != nil && x.refused != outcome {
		x.refused = outcome
		x.auditor.Refused(x.origin, outcome)
	}
}
