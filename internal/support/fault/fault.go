// Package fault is the vocabulary of failures that a caller of the broker may
// see: what kind it is, in words for people, and which fields are to blame.
// It knows nothing of HTTP; the edge maps kinds to status codes in one place.
package fault

import (
	"errors"
	"fmt"
	"time"
)

// Kind says what sort of failure it is, and so what the caller can do about it.
type Kind int

const (
	// Internal is a failure of the broker itself; its text stays in the log.
	Internal Kind = iota
	// Malformed: the request cannot be read at all (not JSON, not UTF-8).
	Malformed
	// Invalid: the request can be read, but fields break a rule; see Fields.
	Invalid
	// NotFound: what the request names does not exist.
	NotFound
	// Conflict: the request contradicts what is stored.
	Conflict
	// Unprocessable: the request is understood, yet what it asks for cannot be.
	Unprocessable
	// Unauthorized: no valid credentials were given.
	Unauthorized
	// Forbidden: the credentials do not allow this.
	Forbidden
	// TooLarge: the request body exceeds the limit.
	TooLarge
	// Gone: what the request refers to was kept once, and is not any more.
	Gone
	// Unavailable: the broker cannot do it right now; the same request may work later.
	Unavailable
	// TooManyRequests: the caller has asked too often and is to wait.
	TooManyRequests
)

// Field names a part of the request that breaks a rule.
type Field struct {
	// Name is the dotted path of the field; "" stands for the request as a whole.
	Name string
	// Message says what is wrong and what would be right.
	Message string
	// In tells where the part stands if it is neither the body nor, where nothing but
	// a query is read, the query.
	In Place
}

// Place is a part of a request in which a field may stand.
type Place string

const (
	// Query is behind the question mark of the address.
	Query Place = "query"
	// Header is among the headers.
	Header Place = "header"
)

// Error is a failure that a caller may see.
type Error struct {
	Kind    Kind
	Message string
	// MessageShown reports whether the compatible API shows the message of a
	// NotFound, as clients do word for word; its other not-found answers use a
	// generic text.
	MessageShown bool
	// OwnMessage is the message in the words of the own API, where they are others;
	// else it is empty.
	OwnMessage string
	Fields     []Field
	// Code names this very failure for programs, and Action says what to do about
	// it; where they are empty, those of the kind are shown.
	Code, Action string
	// Remedy says what whoever runs the broker can do; it stands in the log and is
	// not shown to callers.
	Remedy string
	// RetryAfter is how long to wait before the next try, if that is known.
	RetryAfter time.Duration
	// Hides is the kind of the refusal that is not shown: who asks is told the same as
	// if there were nothing. It is Internal if none is hidden.
	Hides Kind
	cause error
}

// Error returns the message, or the fields' messages if there is none.
func (e *Error) Error() string {
	if e.Message != "" {
		return e.Message
	}
	text := ""
	for i, f := range e.Fields {
		if i > 0 {
			text += "; "
		}
		text += f.Name + " " + f.Message
	}
	return text
}

// Unwrap returns the cause, if one was kept with Because.
func (e *Error) Unwrap() error { return e.cause }

// Because keeps the cause of the failure for the log.
func (e *Error) Because(cause error) *Error {
	e.cause = cause
	return e
}

// Coded gives the failure a code of its own and says what to do about it.
func (e *Error) Coded(code, action string) *Error {
	e.Code, e.Action = code, action
	return e
}

// Remedied says what whoever runs the broker can do about the failure.
func (e *Error) Remedied(remedy string) *Error {
	e.Remedy = remedy
	return e
}

// Adding has the message go on with another sentence, in the words of either API.
func (e *Error) Adding(sentence string) *Error {
	e.Message += ". " + sentence
	if e.OwnMessage != "" {
		e.OwnMessage += ". " + sentence
	}
	return e
}

// Hiding makes the failure stand for a refusal that would tell that something is there.
func (e *Error) Hiding(refused error) *Error {
	e.Hides = KindOf(refused)
	return e
}

// Shown has the compatible API show the message of a NotFound.
func (e *Error) Shown() *Error {
	e.MessageShown = true
	return e
}

// New makes a fault of the given kind with a message in the manner of fmt.Sprintf.
func New(kind Kind, format string, args ...any) *Error {
	return &Error{Kind: kind, Message: fmt.Sprintf(format, args...)}
}

// Missing is the NotFound fault of something without a name of its own.
func Missing(format string, args ...any) *Error {
	return New(NotFound, format, args...)
}

// NoPacticipant is the NotFound fault of an application looked up by name.
// The role is "pacticipant", "consumer" or "provider".
func NoPacticipant(role, name string) *Error {
	e := New(NotFound, "No %s with name '%s' found", role, name).Shown()
	if role == "pacticipant" {
		e.OwnMessage = New(NotFound, "No application with name '%s' found", name).Message
	}
	return e
}

// InvalidHeader is the Invalid fault of one header.
func InvalidHeader(name, format string, args ...any) *Error {
	return InvalidFields(Field{Name: name, Message: fmt.Sprintf(format, args...), In: Header})
}

// InvalidField is the Invalid fault of one field.
func InvalidField(name, format string, args ...any) *Error {
	return InvalidFields(Field{Name: name, Message: fmt.Sprintf(format, args...)})
}

// InvalidFields is the Invalid fault of several fields, kept in the given order.
func InvalidFields(fields ...Field) *Error {
	return &Error{Kind: Invalid, Fields: fields}
}

// KindOf returns the kind of the fault in err's chain, or Internal.
func KindOf(err error) Kind {
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return Internal
}

// Is reports whether err is, or wraps, a fault of that kind.
func Is(err error, kind Kind) bool {
	return err != nil && KindOf(err) == kind
}
