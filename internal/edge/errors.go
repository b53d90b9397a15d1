package edge

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/accord-broker/accord/internal/access"
	"github.com/accord-broker/accord/internal/support/fault"
)

// Answer is a failure that brings its own answer, for the few places where the
// original's is unlike all others.
type Answer struct {
	Status int
	// Media is the type of the body; without a body it is sent alone.
	Media string
	// Body is sent as it is if it is a string or bytes, else as JSON; nil is an
	// empty body.
	Body any
}

// Error says which status is answered.
func (a Answer) Error() string { return http.StatusText(a.Status) }

// Messages is an Invalid failure whose messages belong to no field, answered as
// a list of texts. The matrix does so.
type Messages []string

// Error joins the messages.
func (m Messages) Error() string { return strings.Join(m, "; ") }

// statusClientGone is what the log shows for a client that did not wait.
const statusClientGone = 499

// notFoundText is what clients get for an address without anything.
const notFoundText = "There is nothing at this address."

var (
	notFound = fault.Missing(notFoundText)
	tooLate  = fault.New(fault.Unavailable, "The broker could not finish this in time. Try again.").Coded("timed_out", "")
)

// retryAfter is after how many seconds a client may try again.
const retryAfter = "5"

// reportUnavailable logs why the broker cannot serve, and what to do about it. A
// failure without a cause is the broker's choice and no news.
func reportUnavailable(r *http.Request, f *fault.Error) {
	if cause := f.Unwrap(); cause != nil {
		requestStateOf(r.Context()).report(fmt.Errorf("%w (%w)", f, cause), "")
	}
}

// LogReason warns of why a request was refused, where who asked is not told but who
// runs the broker needs to know.
func LogReason(ctx context.Context, err error) {
	var known *fault.Error
	if errors.As(err, &known) && known.Kind == fault.Forbidden && known.Unwrap() != nil {
		requestStateOf(ctx).warn(fmt.Errorf("%w (%w)", known, known.Unwrap()))
	}
}

// Explained tells the audit and the log of a failure that a page explains, as is done
// of those that are answered, and returns the status of the page. It is not ok for what
// no page can explain: no failure, or one of the broker itself.
func Explained(c *gin.Context, err error) (status int, ok bool) {
	var known *fault.Error
	if !errors.As(err, &known) || known.Kind == fault.Internal || c.Request.Context().Err() != nil {
		return 0, false
	}
	code := codeOfFault(known)
	requestStateOf(c.Request.Context()).code = code.Name
	LogReason(c.Request.Context(), err)
	tellAuditorOf(c.Request, known)
	if known.Kind == fault.Unavailable {
		c.Header("Retry-After", retryAfter)
		reportUnavailable(c.Request, known)
	}
	return code.Status, true
}

// writeError is the only writer of failures.
func writeError(w http.ResponseWriter, r *http.Request, err error) {
	var answer Answer
	var refused refusal
	var messages Messages
	var gone clientGone
	var known *fault.Error
	if errors.As(err, &known) {
		known = bounded(known)
	}
	switch {
	case errors.As(err, &gone), errors.Is(err, context.Canceled) && r.Context().Err() != nil:
		w.WriteHeader(statusClientGone)
	case errors.As(err, &answer):
		writeAnswer(w, r, answer)
	case errors.As(err, &refused):
		writeRefusal(w, r, refused)
	case errors.As(err, &messages):
		writeMessages(w, r, messages)
	case known != nil && known.Kind == fault.Unauthorized && leadToSignIn(w, r):
	case known != nil && known.Kind != fault.Internal:
		writeFault(w, r, known)
	case errors.Is(err, context.DeadlineExceeded):
		writeFault(w, r, tooLate)
	default:
		writeInternal(w, r, err)
	}
}

// maxMessage bounds a message in bytes, and maxFields how many there are: they
// repeat what was sent, which may be as large as a body.
const (
	maxMessage = 10_000
	maxFields  = 100
)

// bounded is the fault with what can be read of it by people, and without tokens.
func bounded(f *fault.Error) *fault.Error {
	short := *f
	short.Message, short.OwnMessage = cut(f.Message), cut(f.OwnMessage)
	short.Fields = slices.Clone(f.Fields[:min(len(f.Fields), maxFields)])
	for i, field := range short.Fields {
		short.Fields[i].Message = cut(field.Message)
	}
	return &short
}

func cut(message string) string {
	message = access.Starred(message)
	if len(message) <= maxMessage {
		return message
	}
	return strings.ToValidUTF8(message[:maxMessage], "") + "…"
}

func writeAnswer(w http.ResponseWriter, r *http.Request, answer Answer) {
	media := answer.Media
	switch body := answer.Body.(type) {
	case nil:
		if media != "" {
			w.Header().Set("Content-Type", media+";charset=utf-8")
		}
		w.WriteHeader(answer.Status)
	case string:
		sent(w, r, write(w, answer.Status, media, []byte(body)))
	case []byte:
		sent(w, r, write(w, answer.Status, media, body))
	default:
		sent(w, r, writeJSON(w, answer.Status, media, body))
	}
}

// sent reports an answer that could not be made. One that could not be sent is
// the client's business.
func sent(w http.ResponseWriter, r *http.Request, err error) {
	var gone clientGone
	if err != nil && !errors.As(err, &gone) {
		writeInternal(w, r, err)
	}
}

func writeMessages(w http.ResponseWriter, r *http.Request, messages Messages) {
	requestStateOf(r.Context()).code = "invalid"
	if wantsProblem(r) {
		items := make([]problemItem, len(messages))
		for i, message := range messages {
			items[i] = problemItemOf(r, fault.Field{Message: cut(message)})
			items[i].Pointer = ""
		}
		p := validationProblem(r, http.StatusBadRequest, items)
		if isOwnAPI(r) {
			p.own(r, codeOf("invalid"))
		}
		writeProblem(w, r, p)
		return
	}
	shown := make([]string, len(messages))
	for i, message := range messages {
		shown[i] = cut(message)
	}
	sent(w, r, writeJSON(w, http.StatusBadRequest, HALJSON, map[string][]string{"errors": shown}))
}

// challenge says which credentials are taken. Basic comes first, since clients may look
// at one challenge alone and know no other.
func challenge(w http.ResponseWriter, r *http.Request) {
	const realm = ` realm="Restricted area"`
	w.Header().Set("WWW-Authenticate", "Basic"+realm)
	if requestStateOf(r.Context()).takesTokens {
		w.Header().Add("WWW-Authenticate", "Bearer"+realm)
	}
}

func writeFault(w http.ResponseWriter, r *http.Request, f *fault.Error) {
	code := codeOfFault(f)
	status := code.Status
	requestStateOf(r.Context()).code = code.Name
	tellAuditorOf(r, f)
	switch f.Kind {
	case fault.NotFound:
		writeNotFound(w, r, f)
		return
	case fault.Unauthorized:
		challenge(w, r)
		if !isOwnAPI(r) {
			sent(w, r, write(w, status, PlainText, []byte(f.Error()+"\n")))
			return
		}
	case fault.TooManyRequests:
		w.Header().Set("Retry-After", secondsUntil(f.RetryAfter))
	case fault.Unavailable:
		w.Header().Set("Retry-After", retryAfter)
		reportUnavailable(r, f)
	}
	switch {
	case wantsProblem(r):
		writeProblem(w, r, problemOf(r, status, f))
	case len(f.Fields) > 0:
		sent(w, r, writeJSON(w, status, HALJSON, map[string]fieldMessages{"errors": f.Fields}))
	default:
		sent(w, r, writeJSON(w, status, HALJSON, map[string]string{"error": f.Error()}))
	}
}

// secondsUntil is a wait in whole seconds, and the usual one where none is known.
func secondsUntil(wait time.Duration) string {
	if wait <= 0 {
		return retryAfter
	}
	return strconv.Itoa(int(math.Ceil(wait.Seconds())))
}

func writeNotFound(w http.ResponseWriter, r *http.Request, f *fault.Error) {
	x := requestStateOf(r.Context())
	switch header := accept(r); {
	case wantsProblem(r):
		writeProblem(w, r, problemOf(r, http.StatusNotFound, f))
	case strings.Contains(header, HTMLText) && !strings.Contains(header, "json"):
		sent(w, r, write(w, http.StatusNotFound, HTMLText, notFoundPage(x.base)))
	case f.MessageShown:
		sent(w, r, writeJSON(w, http.StatusNotFound, HALJSON, map[string]string{"error": f.Error()}))
	default:
		sent(w, r, writeJSON(w, http.StatusNotFound, JSON, map[string]string{"error": notFoundText}))
	}
}

// internalFailure is what clients see of a failure of the broker itself.
type internalFailure struct {
	Error struct {
		Message   string `json:"message"`
		Reference string `json:"reference"`
	} `json:"error"`
}

// writeInternal logs the failure and shows a fixed sentence with a reference to
// the log.
func writeInternal(w http.ResponseWriter, r *http.Request, err error) {
	reference := reported(r, err)
	requestStateOf(r.Context()).code = "internal"
	message := "The broker made a mistake. Its log has the details under the reference " + reference + "."
	w.Header().Del("Content-Length")
	if wantsProblem(r) {
		f := fault.New(fault.Internal, "%s", message)
		writeProblem(w, r, problemOf(r, http.StatusInternalServerError, f))
		return
	}
	var failure internalFailure
	failure.Error.Message, failure.Error.Reference = message, reference
	sent(w, r, writeJSON(w, http.StatusInternalServerError, HALJSON, failure))
}

// reported logs a failure and returns the reference under which the log has it.
func reported(r *http.Request, err error) string {
	reference := strings.ToLower(rand.Text()[:10])
	requestStateOf(r.Context()).report(err, reference)
	return reference
}

// Report logs a failure that the answer does not show otherwise, and returns
// the reference under which the log has it.
func Report(c *gin.Context, err error) string { return reported(c.Request, err) }
