package client

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Problem is a failure that the broker told.
type Problem struct {
	// Type is the address of a page about it.
	Type   string `json:"type"`
	Status int    `json:"status"`
	Title  string `json:"title"`
	// Detail is for people.
	Detail string `json:"detail"`
	// Instance is the path that was asked for.
	Instance string `json:"instance"`
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
	Type   string `json:"type"`
	Title  string `json:"title"`
	Detail string `json:"detail"`
	// Pointer leads to the property or the parameter, such as /role.
	Pointer string `json:"pointer"`
}

// Error says what went wrong and what to do.
func (p *Problem) Error() string {
	text := p.Detail
	if text == "" {
		text = p.Title
	}
	for _, field := range p.Fields {
		text += fmt.Sprintf(" (%s %s)", strings.TrimPrefix(field.Pointer, "/"), field.Detail)
	}
	return strings.TrimSpace(fmt.Sprintf("the broker answered %s: %s %s", strings.TrimSpace(strconv.Itoa(p.Status)+" "+p.Code), text, p.Action))
}

// IsCode reports whether the broker refused with that code.
func IsCode(err error, code string) bool {
	var p *Problem
	return errors.As(err, &p) && p.Code == code
}

// problemOf is what the broker told of a failure; whoever stands between it and the
// client may have told something else.
func problemOf(reply *http.Response, body []byte) error {
	p := &Problem{}
	if json.Unmarshal(body, p) != nil || p.Code == "" && !p.readOAuth(body) {
		p = &Problem{Title: http.StatusText(reply.StatusCode), Retryable: reply.StatusCode == http.StatusTooManyRequests || reply.StatusCode >= http.StatusInternalServerError}
	}
	p.Status = reply.StatusCode
	if seconds, err := strconv.Atoi(reply.Header.Get("Retry-After")); err == nil && seconds > 0 {
		p.retryAfter = time.Duration(seconds) * time.Second
	}
	return p
}

// readOAuth reads a failure as OAuth tells it, which the exchange of tokens does.
func (p *Problem) readOAuth(body []byte) bool {
	var told struct {
		Code   string `json:"error"`
		Detail string `json:"error_description"`
	}
	if json.Unmarshal(body, &told) != nil || told.Detail == "" {
		return false
	}
	*p = Problem{Title: "The token was not exchanged", Code: told.Code, Detail: told.Detail}
	return true
}
