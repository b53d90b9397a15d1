// Package client asks an Accord broker over its own API, /api/v1, of which each operation
// has a method. It sends again by itself what may be sent again, tells failures as
// *Problem, reads lists to their end, and makes changes on condition.
//
//	broker := &client.Client{BaseURL: "https://broker.example.org", Token: os.Getenv("PACT_BROKER_TOKEN")}
//	verdict, err := broker.Verdict(ctx, client.Question{
//		Versions: []client.Version{{Application: "web", Version: "4f2a91c"}}, Target: client.Environment("production"),
//	})
//
// Properties and codes may be added to the API at any time, so a program that
// compares a text with those that it knows must have an answer for others, too.
package client

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"
)

const (
	// defaultAttempts is how often a request is sent at most.
	defaultAttempts = 3
	// defaultTimeout is how long one attempt may take.
	defaultTimeout = time.Minute
	// longestPause bounds the wait before another attempt.
	longestPause = 30 * time.Second
	// maxAnswer bounds what is read of an answer.
	maxAnswer = 64 << 20
)

// Client is how to reach a broker. It may be used by many at a time, and must not
// be changed meanwhile.
type Client struct {
	// BaseURL is the address of the broker, with the path below which it is served.
	BaseURL string
	// Token is sent as a Bearer token, if there is one; else Username and Password
	// are sent, if there are any.
	Token, Username, Password string
	// UserAgent is what the program calls itself; "" means accord-client.
	UserAgent string
	// Header is sent with every request, such as what a gateway before the broker asks for.
	Header http.Header
	// HTTP makes the requests; nil stands for a client with a limit of a minute.
	HTTP *http.Client
	// Attempts is how often a request is sent at most that fails in a way that may
	// pass; 0 means 3.
	Attempts int
	// Pause waits between attempts; nil waits for real.
	Pause func(ctx context.Context, wait time.Duration) error
}

// call is one thing to be done, sent once or more often.
type call struct {
	method, path string
	query        url.Values
	body         []byte
	// header is what the call has beside what all have.
	header http.Header
	// unnamed calls go without credentials.
	unnamed bool
}

// taking is an answer that is not, or not only, JSON to be read.
type taking func(header http.Header, body []byte) error

// at is the path of something below /api/v1. A name that is empty gives one that is
// refused before it is sent, since it would be that of something else.
func at(segments ...string) string {
	path := "/api/v1"
	for _, segment := range segments {
		path += "/" + dots.ReplaceAllStringFunc(url.PathEscape(segment), func(dots string) string { return strings.ReplaceAll(dots, ".", "%2E") })
	}
	return path
}

// dots are names that would lead elsewhere in a path.
var dots = regexp.MustCompile(`^\.{1,2}$`)

// get reads what is at the path into the answer.
func (c *Client) get(ctx context.Context, path string, query url.Values, answer any) error {
	return c.do(ctx, call{method: http.MethodGet, path: path, query: query}, answer)
}

// post sends a body, if there is one, so that it is done once however often it is sent.
func (c *Client) post(ctx context.Context, path string, body, answer any) error {
	return c.send(ctx, call{method: http.MethodPost, path: path}, body, answer)
}

// put sets what is at the path, if the conditions hold.
func (c *Client) put(ctx context.Context, path string, body, answer any, only []Condition) error {
	what, err := call{method: http.MethodPut, path: path}.only(only)
	if err != nil {
		return err
	}
	return c.send(ctx, what, body, answer)
}

// remove deletes what is at the path, if the conditions hold.
func (c *Client) remove(ctx context.Context, path string, only ...Condition) error {
	what, err := call{method: http.MethodDelete, path: path}.only(only)
	if err != nil {
		return err
	}
	return c.do(ctx, what, nil)
}

// send makes a call with a body; nil stands for none.
func (c *Client) send(ctx context.Context, what call, body, answer any) error {
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			return err
		}
		what.body = text
	}
	return c.do(ctx, what, answer)
}

// do makes a call as often as it takes. Everything may be sent again but a change on
// condition of which nobody knows whether it was made: it would be refused for that.
func (c *Client) do(ctx context.Context, what call, answer any) error {
	if strings.Contains(what.path+"/", "//") {
		return fmt.Errorf("a name in the path %s is empty", what.path)
	}
	if what.method == http.MethodPost {
		what.header = with(what.header, "Idempotency-Key", rand.Text())
	}
	lost := false
	for attempt := 1; ; attempt++ {
		err := c.once(ctx, what, answer)
		if lost && what.method == http.MethodDelete && isGone(err) {
			return nil // an attempt before has deleted it
		}
		lost = lost || unanswered(err)
		if err == nil || attempt >= c.attempts() || !mayPass(err) || lost && what.conditional() {
			return err
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if err := c.pause(ctx, waitBefore(attempt, err)); err != nil {
			return err
		}
	}
}

func (c *Client) attempts() int {
	if c.Attempts == 0 {
		return defaultAttempts
	}
	return c.Attempts
}

// unanswered reports whether the broker may have done what was asked, although it is
// not what the answer says: there is none, or it comes from somebody between.
func unanswered(err error) bool {
	var p *Problem
	var network *url.Error
	return errors.As(err, &network) || errors.As(err, &p) && p.Code == ""
}

// isGone reports whether the broker says that there is no such thing.
func isGone(err error) bool {
	var p *Problem
	return errors.As(err, &p) && p.Status == http.StatusNotFound && p.Code != ""
}

// mayPass reports whether the same request may work later.
func mayPass(err error) bool {
	var p *Problem
	var network *url.Error
	return errors.As(err, &p) && p.Retryable || errors.As(err, &network)
}

// waitBefore is how long to wait for a further attempt: as long as the broker says,
// else 1, 2, 4… seconds.
func waitBefore(attempt int, err error) time.Duration {
	var p *Problem
	if errors.As(err, &p) && p.retryAfter > 0 {
		return min(p.retryAfter, longestPause)
	}
	return min(time.Second<<min(attempt-1, 5), longestPause)
}

func (c *Client) pause(ctx context.Context, wait time.Duration) error {
	if c.Pause != nil {
		return c.Pause(ctx, wait)
	}
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-time.After(wait):
		return nil
	}
}

func (c *Client) once(ctx context.Context, what call, answer any) error {
	request, err := c.request(ctx, what)
	if err != nil {
		return err
	}
	reply, err := c.http().Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = reply.Body.Close() }() // it has been read
	body, err := io.ReadAll(io.LimitReader(reply.Body, maxAnswer+1))
	switch {
	case err != nil:
		return &url.Error{Op: what.method, URL: request.URL.Redacted(), Err: err}
	case len(body) > maxAnswer:
		return fmt.Errorf("the answer is longer than %d MB", maxAnswer>>20)
	case reply.StatusCode >= http.StatusBadRequest:
		return problemOf(reply, body)
	case reply.StatusCode == http.StatusNoContent:
		return nil
	}
	take, takes := answer.(taking)
	switch {
	case answer == nil:
		take = nothing
	case !takes:
		take = func(_ http.Header, body []byte) error { return json.Unmarshal(body, answer) }
	}
	if err := take(reply.Header, body); err != nil {
		return fmt.Errorf("the answer of %s is not what an Accord broker says; check the address and its sub-path: %w", request.URL.Redacted(), err)
	}
	return nil
}

// nothing takes no answer: where the broker has nothing to say it says 204. A page of
// somebody between, in which one is asked to sign in, does not mean that it is done.
func nothing(http.Header, []byte) error {
	return errors.New("there is an answer where none is expected")
}

func (c *Client) request(ctx context.Context, what call) (*http.Request, error) {
	base, err := url.Parse(c.BaseURL)
	if err != nil || base.Scheme != "http" && base.Scheme != "https" || base.Hostname() == "" {
		return nil, fmt.Errorf("%q is no address of a broker, such as https://broker.example.org", c.BaseURL)
	}
	address := strings.TrimRight(c.BaseURL, "/") + what.path
	if len(what.query) > 0 {
		address += "?" + what.query.Encode()
	}
	request, err := http.NewRequestWithContext(ctx, what.method, address, bytes.NewReader(what.body))
	if err != nil {
		return nil, err
	}
	for _, header := range []http.Header{c.Header, what.header} {
		for name, values := range header {
			request.Header[http.CanonicalHeaderKey(name)] = values
		}
	}
	request.Host = request.Header.Get("Host")
	setUnless(request.Header, "Accept", "application/json, application/problem+json")
	setUnless(request.Header, "User-Agent", c.userAgent())
	if what.method == http.MethodPost || what.method == http.MethodPut {
		setUnless(request.Header, "Content-Type", "application/json") // also without a body
	}
	switch {
	case what.unnamed || request.Header.Get("Authorization") != "":
	case c.Token != "":
		request.Header.Set("Authorization", "Bearer "+c.Token)
	case c.Username != "":
		request.SetBasicAuth(c.Username, c.Password)
	}
	return request, nil
}

// setUnless gives a header a value if it has none.
func setUnless(header http.Header, name, value string) {
	if header.Get(name) == "" {
		header.Set(name, value)
	}
}

func (c *Client) userAgent() string {
	if c.UserAgent != "" {
		return c.UserAgent
	}
	return "accord-client"
}

func (c *Client) http() *http.Client {
	if c.HTTP != nil {
		return c.HTTP
	}
	return &http.Client{Timeout: defaultTimeout}
}
