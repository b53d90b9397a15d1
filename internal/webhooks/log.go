package webhooks

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// logText collects the log of one attempt, a line for each thing that happened.
type logText struct {
	text  strings.Builder
	clock func() time.Time
	// redacting stars headers that look like credentials.
	redacting bool
}

func (l *logText) line(level, format string, args ...any) {
	fmt.Fprintf(&l.text, "[%s] %s: %s\n", l.clock().UTC().Format(time.RFC3339), level, storable(fmt.Sprintf(format, args...)))
}

func (l *logText) debug(format string, args ...any) { l.line("DEBUG", format, args...) }
func (l *logText) info(format string, args ...any)  { l.line("INFO", format, args...) }
func (l *logText) warn(format string, args ...any)  { l.line("WARN", format, args...) }
func (l *logText) error(format string, args ...any) { l.line("ERROR", format, args...) }

func (l *logText) request(method string, sent Sent, address string) {
	l.info("HTTP/1.1 %s %s", method, address)
	for _, header := range sent.Headers {
		l.info("%s: %s", header.Name, header.Value)
	}
	if len(sent.Body) > 0 {
		l.info("%s", sent.Body)
	}
}

// shown returns the headers of the request, credentials starred: those of the
// webhook as they were expanded for showing, the others as they are sent.
func (l *logText) shown(r *http.Request, expanded Expanded) []Header {
	forShowing := map[string]string{}
	for _, header := range expanded.Headers {
		forShowing[header.Name] = header.Value
	}
	if strings.Contains(expanded.Username+expanded.Password, Stars) {
		forShowing["authorization"] = Stars
	}
	var headers []Header
	for name, values := range r.Header {
		name, value := strings.ToLower(name), strings.Join(values, ", ")
		if own, found := forShowing[name]; found {
			value = own
		}
		if l.redacting && secretHeader.MatchString(name) && !slices.Contains(ownHeaders, name) {
			value = Stars
		}
		headers = append(headers, Header{Name: name, Value: value})
	}
	slices.SortFunc(headers, func(a, b Header) int { return strings.Compare(a.Name, b.Name) })
	return headers
}

func (l *logText) response(answer Response, showing bool) {
	if !showing {
		l.info("%s", ResponsesHidden)
		return
	}
	l.info("HTTP/1.1 %d %s", answer.Status, http.StatusText(answer.Status))
	for _, header := range answer.Headers {
		l.info("%s: %s", header.Name, header.Value)
	}
	l.info("%s", answer.Body)
	if answer.Cut {
		l.info("the rest of the response was not kept")
	}
}

// ResponsesHidden is what people see instead of a response.
const ResponsesHidden = "The response is hidden because webhooks may call any host; to see responses, " +
	"list the hosts they may call in PACT_BROKER_WEBHOOK_HOST_WHITELIST"

// storable drops what a text column cannot keep: NUL, and bytes that are no UTF-8.
func storable(text string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(text, "\uFFFD"), "\x00", "\uFFFD")
}

// String returns the log as it is kept and shown.
func (l *logText) String() string { return l.text.String() }
