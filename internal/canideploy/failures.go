package canideploy

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"sort"
	"strconv"
	"strings"
	"time"
)

// brokerError is an answer that is no success.
type brokerError struct {
	response *response
	asked    string
	// sent is the kind of credentials that went with the request.
	sent string
}

// Error says what the broker answered, what that means and what to do, with the
// request id by which the broker's log can be searched.
func (e *brokerError) Error() string {
	lines := []string{e.headline()}
	for _, line := range e.details() {
		lines = append(lines, "  "+line)
	}
	if id := e.response.header.Get("X-Request-Id"); id != "" {
		lines = append(lines, "  request id: "+id)
	}
	return strings.Join(lines, "\n")
}

func (e *brokerError) headline() string {
	switch status := e.response.status; {
	case status == http.StatusUnauthorized && e.sent == "":
		return "the broker asks who you are (401); give --broker-token or --broker-username and --broker-password (or PACT_BROKER_TOKEN, PACT_BROKER_USERNAME, PACT_BROKER_PASSWORD)"
	case status == http.StatusUnauthorized:
		return fmt.Sprintf("the broker does not accept the %s that was sent (401)", e.sent)
	case status == http.StatusForbidden:
		return "the broker does not let you ask this (403)"
	case status == http.StatusNotFound:
		return fmt.Sprintf("there is no %s (404); check the base URL and its sub-path", e.asked)
	case status == http.StatusProxyAuthRequired:
		return "the proxy asks who you are (407); put the user name and password into HTTPS_PROXY or HTTP_PROXY"
	case status >= 300 && status < 400:
		return fmt.Sprintf("the broker points elsewhere (%d %s)", status, e.response.header.Get("Location"))
	case status >= 500:
		return fmt.Sprintf("the broker failed (%d)", status)
	}
	return fmt.Sprintf("the broker refused the question (%d)", e.response.status)
}

// details reads the reasons from the bodies that brokers send: messages in a list or
// by field, a single message, or problem details.
func (e *brokerError) details() []string {
	if !e.response.json() {
		return nil
	}
	var body struct {
		Errors json.RawMessage `json:"errors"`
		Error  json.RawMessage `json:"error"`
		Title  string          `json:"title"`
		Detail string          `json:"detail"`
		Action string          `json:"action"`
	}
	if json.Unmarshal(e.response.body, &body) != nil {
		return nil
	}
	lines := messages(body.Errors)
	lines = append(lines, messages(body.Error)...)
	if body.Detail == "" && len(lines) == 0 {
		body.Detail = body.Title
	}
	for _, line := range []string{body.Detail, body.Action} {
		if line != "" {
			lines = append(lines, line)
		}
	}
	return lines
}

// messages collects every text in a value, with the field that it is about.
func messages(raw json.RawMessage) []string {
	var one string
	var list []json.RawMessage
	var fields map[string]json.RawMessage
	switch {
	case len(raw) == 0 || bytes.Equal(raw, []byte("null")):
		return nil
	case json.Unmarshal(raw, &one) == nil:
		return []string{one}
	case json.Unmarshal(raw, &list) == nil:
		var lines []string
		for _, item := range list {
			lines = append(lines, messages(item)...)
		}
		return lines
	case json.Unmarshal(raw, &fields) == nil:
		return fieldMessages(fields)
	}
	return []string{string(raw)}
}

func fieldMessages(fields map[string]json.RawMessage) []string {
	for _, key := range []string{"detail", "message"} {
		if text := messages(fields[key]); len(text) == 1 {
			return text
		}
	}
	names := make([]string, 0, len(fields))
	for name := range fields {
		names = append(names, name)
	}
	sort.Strings(names)
	var lines []string
	for _, name := range names {
		for _, line := range messages(fields[name]) {
			lines = append(lines, strings.TrimPrefix(name+": ", ": ")+line)
		}
	}
	return lines
}

// passing are the statuses of failures that may pass.
var passing = []int{
	http.StatusRequestTimeout, http.StatusTooManyRequests, http.StatusInternalServerError,
	http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout,
}

// mayPass reports whether the same request may work a moment later.
func mayPass(err error) bool {
	var identity *identityError
	if errors.As(err, &identity) {
		return identity.mayPass
	}
	if isStatus(err, passing...) {
		return true
	}
	var network *url.Error
	var unknownHost *net.DNSError
	var notTrusted *tls.CertificateVerificationError
	var notEncrypted tls.RecordHeaderError
	switch {
	case errors.Is(err, context.Canceled), !errors.As(err, &network):
		return false
	case errors.As(err, &unknownHost) && unknownHost.IsNotFound:
		return false
	case errors.As(err, &notTrusted), errors.As(err, &notEncrypted), strings.Contains(err.Error(), "HTTP response to HTTPS client"):
		return false
	}
	return true
}

// The pauses between attempts double from the first to the longest.
const (
	firstPause   = 500 * time.Millisecond
	longestPause = 60 * time.Second
)

// backOff says how long to wait after the attempt; the broker's own wish wins.
func backOff(attempt int, err error, now time.Time) time.Duration {
	var refused *brokerError
	if errors.As(err, &refused) {
		if wish, ok := retryAfter(refused.response.header.Get("Retry-After"), now); ok {
			return min(wish, longestPause)
		}
	}
	const doublings = 10 // more would not be longer, and many would begin again at nothing
	return min(firstPause<<min(attempt-1, doublings), longestPause)
}

// retryAfter reads seconds or a date.
func retryAfter(value string, now time.Time) (time.Duration, bool) {
	if n, err := strconv.Atoi(value); err == nil && n >= 0 {
		return time.Duration(min(n, 3600)) * time.Second, true
	}
	if at, err := http.ParseTime(value); err == nil {
		return max(at.Sub(now), 0), true
	}
	return 0, false
}

// briefly says in half a line what went wrong.
func briefly(err error) string {
	var refused *brokerError
	var network *url.Error
	switch {
	case errors.As(err, &refused):
		return fmt.Sprintf("the broker answered %d", refused.response.status)
	case errors.As(err, &network) && network.Timeout():
		return "the broker did not answer in time"
	case errors.As(err, &network):
		return "the broker cannot be reached: " + cause(network)
	}
	return err.Error()
}

// cause is what the network said, without the address that everybody has seen.
func cause(network *url.Error) string {
	var operation *net.OpError
	if errors.As(network.Err, &operation) && operation.Err != nil {
		return operation.Err.Error()
	}
	return network.Err.Error()
}

// inWords adds to what the network says what can be done about it.
func (b *broker) inWords(err error) error {
	var network *url.Error
	if !errors.As(err, &network) {
		return err
	}
	address := b.base.Redacted()
	var unknownHost *net.DNSError
	var unknownAuthority x509.UnknownAuthorityError
	switch {
	case errors.As(err, &unknownAuthority):
		return fmt.Errorf("%s shows a certificate of an unknown authority; name the authority's certificate with --ssl-certificate FILE or SSL_CERT_FILE: %w", address, network.Err)
	case errors.As(err, &unknownHost) && unknownHost.IsNotFound:
		return fmt.Errorf("there is no host %s; check --broker-base-url", unknownHost.Name)
	case network.Timeout():
		return fmt.Errorf("%s did not answer within %s; --timeout SECONDS waits longer", address, inSeconds(b.client.Timeout))
	}
	return fmt.Errorf("%s cannot be reached: %s", address, cause(network))
}

// inSeconds writes a duration as people say it.
func inSeconds(d time.Duration) string {
	return strconv.FormatFloat(d.Round(10*time.Millisecond).Seconds(), 'f', -1, 64) + " s"
}
