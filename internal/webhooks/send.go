package webhooks

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/accord-broker/accord/internal/events"
)

// MaxResponse is how much of a response is kept, in bytes.
const MaxResponse = 64 << 10

// lookedAhead is how far beyond that secrets are looked for that begin before it.
const lookedAhead = 16 << 10

// Sender sends the requests of webhooks and tells what became of them.
type Sender struct {
	Client   *http.Client
	Policy   Policy
	Codes    SuccessCodes
	Schedule Schedule
	// UserAgent is sent unless the webhook has its own.
	UserAgent string
	// Redacting stars headers that look like credentials in logs.
	Redacting bool
	Clock     func() time.Time
}

// Message is what to send, and because of which event.
type Message struct {
	// ID is the same for every attempt of a delivery.
	ID string
	// Webhook is the UUID of the webhook, "" for one that is not kept.
	Webhook string
	Request Request
	Values  Values
	// Payload is sent instead of the request's body, as it is and with this type,
	// unless the webhook has its own.
	Payload     []byte
	PayloadType string
	Keys        SigningKeys
	Cause       events.Cause
	// Context is logged, so that people see what the event was about.
	Context map[string]any
	// Obstacle is why the message cannot be sent; nil if nothing is in its way.
	Obstacle error
	// Attempt counts from 1; 0 is a test run, after which nothing is retried.
	Attempt int
}

// Outcome is what became of a message.
type Outcome struct {
	Success bool
	// Logs is the log of the attempt, ready to be shown.
	Logs string
	// Sent is the request as it may be shown.
	Sent Sent
	// Response is nil if there was none, or if responses are not shown.
	Response *Response
	// Failure says why there was no response, as far as that may be shown.
	Failure string
	// Unanswered tells that the receiver was called and did not answer.
	Unanswered bool
	// NotMade says why nothing was sent; empty if something was.
	NotMade NotMade
	// Reason says why there was no success, as far as that may be shown.
	Reason string
	// Detail says it in full, for the broker's own log.
	Detail string
}

// NotMade says in a word why an attempt was not made.
type NotMade string

// Why attempts are not made: the settings or the webhook itself do not allow it, the
// receiver has not answered for a while, or it has enough to do and the delivery
// comes again.
const (
	Refused     NotMade = "refused"
	CircuitOpen NotMade = "circuit_open"
	Postponed   NotMade = "postponed"
)

// Attempt is what became of an attempt, for counting.
type Attempt struct {
	NotMade NotMade
	Success bool
	Took    time.Duration
}

// Sent is a request as it may be shown: secrets are starred.
type Sent struct {
	// Path is the path and the query of the URL.
	Path    string
	Headers []Header
	Body    []byte
}

// Response is what the receiver answered.
type Response struct {
	Status  int
	Headers []Header
	Body    string
	// Cut tells that the body was longer than what is kept.
	Cut bool
}

// Send makes one attempt. It never fails: what goes wrong is the outcome.
func (s Sender) Send(ctx context.Context, m Message) Outcome {
	expanded, forShowing := m.expanded(m.Values), m
	if s.Redacting { // of what is filled in, nothing is a token: it may be a commit
		forShowing.Request = m.Request.withoutTokens()
	}
	shown := forShowing.expanded(m.Values.hiding())
	if s.Redacting {
		shown.URL = maskedURL(shown.URL)
	}
	log := &logText{clock: s.Clock, redacting: s.Redacting}
	if about, err := json.Marshal(m.Context); err == nil && len(m.Context) > 0 {
		log.debug("Webhook context %s", about)
	}
	outcome := Outcome{Sent: Sent{Path: pathOf(shown.URL), Body: shown.Body}}
	secrets := expanded.confidential(m.Request.tokens())
	request, err := s.build(ctx, m, expanded)
	if err == nil {
		outcome.Sent.Headers = log.shown(request, shown)
		log.request(request.Method, outcome.Sent, shown.URL)
		err = s.roundTrip(request, &outcome, log, secrets)
	}
	if errors.As(err, new(refusal)) || errors.As(err, new(PrivateAddress)) {
		outcome.NotMade = Refused
	}
	outcome.Unanswered = err != nil && outcome.NotMade == ""
	if err != nil {
		outcome.Failure = s.explain(err, secrets)
		outcome.Reason, outcome.Detail = outcome.Failure, storable(redact(withoutURL(err).Error(), secrets))
		log.error("%s", outcome.Failure)
	}
	s.conclude(m.Attempt, outcome.Success, log)
	outcome.Logs = log.String()
	return outcome
}

// skip is the attempt of a message that is not sent because its receiver has not
// answered for a while.
func (s Sender) skip(m Message, open State) Outcome {
	log := &logText{clock: s.Clock}
	reason := fmt.Sprintf("Nothing was sent, because %s has not answered %d calls of this webhook in a row. It is called again after %s.",
		m.Request.Receiver(), open.Unanswered, open.OpenUntil.UTC().Format(time.RFC3339))
	log.error("%s", reason)
	s.conclude(m.Attempt, false, log)
	return Outcome{NotMade: CircuitOpen, Reason: reason, Detail: reason, Logs: log.String()}
}

// expanded is the request with these values filled in.
func (m Message) expanded(values Values) Expanded {
	if m.Payload == nil {
		return m.Request.Expand(values)
	}
	asked := m.Request
	asked.Body = nil
	if _, given := asked.Header("content-type"); !given {
		asked.Headers = append(slices.Clone(asked.Headers), Header{Name: "content-type", Value: m.PayloadType})
	}
	e := asked.Expand(values)
	e.Body = m.Payload
	return e
}

// confidential are the texts that must not be shown where others repeat what was
// sent to them: the secrets that were filled in, and the credentials that stand in
// the webhook itself, with what looks like a token in it.
func (e Expanded) confidential(tokens []string) []string {
	texts := slices.Concat(e.secrets, tokens, partsOfURL(e.URL).secrets(credential), []string{e.Password})
	if e.Username != "" || e.Password != "" {
		texts = append(texts, base64.StdEncoding.EncodeToString([]byte(e.Username+":"+e.Password)))
	}
	for _, header := range e.Headers {
		if secretHeader.MatchString(header.Name) {
			_, afterScheme, _ := strings.Cut(header.Value, " ")
			texts = append(texts, header.Value, afterScheme)
		}
	}
	slices.Sort(texts)
	return slices.Compact(texts)
}

// pathOf is the path and the query of a URL, or all of what is no URL.
func pathOf(text string) string {
	address, err := url.Parse(text)
	if err != nil {
		return text
	}
	return address.RequestURI()
}

// build makes the HTTP request, after asking whether it may be sent at all: what
// is allowed may have changed since the webhook was saved.
func (s Sender) build(ctx context.Context, m Message, e Expanded) (*http.Request, error) {
	if m.Obstacle != nil {
		return nil, refusal{m.Obstacle}
	}
	if err := s.Policy.Check(e.Method, e.URL, e.Headers); err != nil {
		return nil, refusal{err}
	}
	if len(e.missing) > 0 {
		return nil, refusal{
			fmt.Errorf(
				"there is no secret with the name %s that this webhook may fill in; keep it with PUT /api/v1/secrets/NAME, for an application of the webhook or for all",
				strings.Join(e.missing, ", "),
			),
		}
	}
	request, err := http.NewRequestWithContext(ctx, e.Method, e.URL, bytes.NewReader(e.Body))
	if err != nil {
		return nil, refusal{errors.New("the URL cannot be read once its parameters are filled in")} // the error would tell their values
	}
	signature, err := m.Keys.sign(m.ID, s.Clock(), e.Body)
	if err != nil {
		return nil, refusal{err}
	}
	setHeaders(request, e, s.UserAgent)
	setUnlessSet(request, "X-Request-Id", m.Cause.RequestID)
	setUnlessSet(request, "Traceparent", m.Cause.Traceparent)
	for _, header := range signature {
		request.Header.Set(header.Name, header.Value)
	}
	return request, nil
}

// connectionHeaders belong to the connection, which is Go's business.
var connectionHeaders = []string{"connection", "content-length", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade"}

// ownHeaders are set by the broker alone, so that nobody can forge them.
var ownHeaders = []string{"webhook-id", "webhook-timestamp", "webhook-signature"}

// setHeaders sets the webhook's headers and what is sent without being asked for.
// A body without a content type goes out as a form, as the Pact Broker does it.
func setHeaders(request *http.Request, e Expanded, userAgent string) {
	for _, header := range e.Headers {
		switch {
		case header.Name == "host":
			request.Host = strings.TrimSpace(header.Value)
		case !slices.Contains(connectionHeaders, header.Name) && !slices.Contains(ownHeaders, header.Name):
			request.Header.Set(header.Name, header.Value)
		}
	}
	if len(e.Body) > 0 {
		setUnlessSet(request, "Content-Type", "application/x-www-form-urlencoded")
	}
	setUnlessSet(request, "Accept", "*/*")
	setUnlessSet(request, "User-Agent", userAgent)
	if e.Username != "" || e.Password != "" {
		request.SetBasicAuth(e.Username, e.Password)
	}
}

func setUnlessSet(request *http.Request, name, value string) {
	if value != "" && request.Header.Get(name) == "" {
		request.Header.Set(name, value)
	}
}

// roundTrip sends the request and reads the response into the outcome.
func (s Sender) roundTrip(request *http.Request, outcome *Outcome, log *logText, secrets []string) error {
	answer, err := s.Client.Do(request)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(io.LimitReader(answer.Body, MaxResponse+lookedAhead))
	response := Response{Status: answer.StatusCode, Body: storable(redactFirst(string(body), MaxResponse, secrets)), Cut: len(body) > MaxResponse}
	values := map[string]string{}
	for name, lines := range answer.Header {
		values[strings.ToLower(name)] = storable(redact(strings.Join(lines, ", "), secrets))
	}
	response.Headers = sortedHeaders(values)
	log.response(response, s.Policy.ShowsResponses())
	if s.Policy.ShowsResponses() {
		outcome.Response = &response
	}
	outcome.Success = err == nil && s.Codes.Include(answer.StatusCode)
	if !outcome.Success {
		outcome.Detail = strings.TrimSpace(fmt.Sprintf("the receiver answered %d %s", answer.StatusCode, http.StatusText(answer.StatusCode)))
		outcome.Reason = "The receiver did not answer with a code that counts as success."
		if s.Policy.ShowsResponses() {
			outcome.Reason = outcome.Detail
		}
	}
	return err
}

// refusal is an error of the broker's own, which may always be shown.
type refusal struct{ error }

func (r refusal) Unwrap() error { return r.error }

// explain puts a failure into words. What the network said is hidden like a
// response, because it tells which hosts and ports there are.
func (s Sender) explain(err error, secrets []string) string {
	var private PrivateAddress
	var unknown *net.DNSError
	err = withoutURL(err)
	switch {
	case errors.As(err, &private):
		return private.Error()
	case errors.As(err, &unknown):
		return unreachableName(unknown.Name)
	case !errors.As(err, new(refusal)) && !s.Policy.ShowsResponses():
		return "The request failed. " + ResponsesHidden
	case isTimeout(err):
		return "The receiver did not answer in time."
	}
	return storable(redact(err.Error(), secrets))
}

// isTimeout reports whether a receiver took too long.
func isTimeout(err error) bool {
	var slow net.Error
	return errors.As(err, &slow) && slow.Timeout()
}

// withoutURL is the error without the URL that the HTTP client puts in front of
// it, because secrets may stand there.
func withoutURL(err error) error {
	var inContext *url.Error
	if errors.As(err, &inContext) {
		return inContext.Err
	}
	return err
}

func (s Sender) conclude(attempt int, success bool, log *logText) {
	wait, again := s.Schedule.After(attempt)
	switch {
	case success:
		log.info("Webhook execution succeeded")
	case attempt == 0:
		log.warn("Webhook execution failed")
	case again:
		log.info("Retrying webhook in %d seconds", int(wait.Seconds()))
	default:
		log.warn("Webhook execution failed after %d attempts", attempt)
	}
}
