// Package client asks an Accord broker over its own API, /api/v1. It sends again by
// itself what may be sent again, tells failures as *Problem, and reads lists to
// their end.
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
	"strconv"
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
	// HTTP makes the requests; nil stands for a client with a limit of a minute.
	HTTP *http.Client
	// Attempts is how often a request is sent at most that fails in a way that may
	// pass; 0 means 3.
	Attempts int
	// Pause waits between attempts; nil waits for real.
	Pause func(ctx context.Context, wait time.Duration) error
}

// Problem is a failure that the broker told.
type Problem struct {
	Status int    `json:"status"`
	Title  string `json:"title"`
	// Detail is for people.
	Detail string `json:"detail"`
	// Code is for programs; docs/errors.md lists all.
	Code string `json:"code"`
	// Action says what to do about it.
	Action string `json:"action"`
	// Retryable tells that the same request may work later.
	Retryable bool         `json:"retryable"`
	RequestID string       `json:"request_id"`
	Fields    []FieldError `json:"errors"`

	retryAfter time.Duration
}

// FieldError says what is wrong with one part of a request.
type FieldError struct {
	Detail    string `json:"detail"`
	Pointer   string `json:"pointer"`
	Parameter string `json:"parameter"`
}

// Error says what went wrong and what to do.
func (p *Problem) Error() string {
	text := p.Detail
	if text == "" {
		text = p.Title
	}
	for _, field := range p.Fields {
		text += fmt.Sprintf(" (%s %s)", strings.TrimPrefix(field.Pointer+field.Parameter, "/"), field.Detail)
	}
	return strings.TrimSpace(fmt.Sprintf("the broker answered %s: %s %s", strings.TrimSpace(strconv.Itoa(p.Status)+" "+p.Code), text, p.Action))
}

// IsCode reports whether the broker refused with that code.
func IsCode(err error, code string) bool {
	var p *Problem
	return errors.As(err, &p) && p.Code == code
}

// call is one thing to be done, sent once or more often.
type call struct {
	method, path string
	query        url.Values
	body         []byte
	key          string
}

// get reads what is at the path into the answer.
func (c *Client) get(ctx context.Context, path string, query url.Values, answer any) error {
	return c.do(ctx, call{method: http.MethodGet, path: path, query: query}, answer)
}

// post sends a body under a key, so that it is done once however often it is sent.
func (c *Client) post(ctx context.Context, path string, body, answer any) error {
	text, err := json.Marshal(body)
	if err != nil {
		return err
	}
	return c.do(ctx, call{method: http.MethodPost, path: path, body: text, key: rand.Text()}, answer)
}

func (c *Client) do(ctx context.Context, what call, answer any) error {
	most := c.Attempts
	if most == 0 {
		most = defaultAttempts
	}
	for attempt := 1; ; attempt++ {
		err := c.once(ctx, what, answer)
		if err == nil || attempt >= most || !mayPass(ctx, err) {
			return err
		}
		if err := c.pause(ctx, waitBefore(attempt, err)); err != nil {
			return err
		}
	}
}

// mayPass reports whether the same request may work later.
func mayPass(ctx context.Context, err error) bool {
	if ctx.Err() != nil {
		return false
	}
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
	case answer == nil || reply.StatusCode == http.StatusNoContent:
		return nil
	}
	if err := json.Unmarshal(body, answer); err != nil {
		return fmt.Errorf("the answer of %s is not what an Accord broker says; check the address and its sub-path: %w", request.URL.Redacted(), err)
	}
	return nil
}

func (c *Client) request(ctx context.Context, what call) (*http.Request, error) {
	address := strings.TrimRight(c.BaseURL, "/") + what.path
	if len(what.query) > 0 {
		address += "?" + what.query.Encode()
	}
	request, err := http.NewRequestWithContext(ctx, what.method, address, bytes.NewReader(what.body))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Accept", "application/json, application/problem+json")
	request.Header.Set("User-Agent", c.userAgent())
	if what.body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	if what.key != "" {
		request.Header.Set("Idempotency-Key", what.key)
	}
	switch {
	case c.Token != "":
		request.Header.Set("Authorization", "Bearer "+c.Token)
	case c.Username != "":
		request.SetBasicAuth(c.Username, c.Password)
	}
	return request, nil
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

// problemOf is what the broker told of a failure; whoever stands between it and the
// client may have told something else.
func problemOf(reply *http.Response, body []byte) error {
	p := &Problem{}
	if json.Unmarshal(body, p) != nil || p.Code == "" {
		p = &Problem{Title: http.StatusText(reply.StatusCode), Retryable: reply.StatusCode == http.StatusTooManyRequests || reply.StatusCode >= http.StatusInternalServerError}
	}
	p.Status = reply.StatusCode
	if seconds, err := strconv.Atoi(reply.Header.Get("Retry-After")); err == nil && seconds > 0 {
		p.retryAfter = time.Duration(seconds) * time.Second
	}
	return p
}
