package edge

import (
	"net/http"
	"strings"

	"github.com/accord-broker/accord/internal/support/fault"
)

// Code is one way in which a request can fail, as programs know it.
type Code struct {
	// Name is what programs compare; it never changes.
	Name string
	// Status is that of the answer.
	Status int
	// Title says what went wrong, whatever the request was.
	Title string
	// Retryable tells that the same request may work later.
	Retryable bool
	// Action is what to do about it, where the failure does not know better.
	Action string
	// Means says when it happens.
	Means string
}

// codes are all ways in which a request can fail, by status and name. Each has a
// page at the address that stands as the type of its problems.
var codes = []Code{
	{"invalid", http.StatusBadRequest, "Validation errors", false, "Correct the fields that are named.",
		"The request can be read, but a parameter, a header or a property of the body breaks a rule. `errors` names each of them."},
	{"malformed", http.StatusBadRequest, "Unreadable request", false, "Correct the request.",
		"The query or the body cannot be read: it is not JSON, not UTF-8, nested too deeply, or of the wrong shape."},
	{"token_in_address", http.StatusBadRequest, "Token in the address", false, "Revoke the token, and send the new one as `Authorization: Bearer TOKEN`.",
		"A whole token of this broker stands in the path or the query, which proxies and browsers write down on the way."},
	{"unknown_credentials", http.StatusBadRequest, "Unknown kind of credentials", false, "Send a user name and a password, as Basic, or a token as Bearer where there are tokens.",
		"The `Authorization` header has a scheme that this broker does not take."},
	{"unauthorized", http.StatusUnauthorized, "Unauthorized", false, "Send valid credentials.",
		"Credentials are missing, or those that were sent are not accepted."},
	{"forbidden", http.StatusForbidden, "Forbidden", false, "Ask for the permission that is missing.",
		"The caller is known, but may not do this: the role does not allow it, or the application is outside of the scope."},
	{"not_external", http.StatusNotFound, "Not external", false, "Mark it with PUT if nobody verifies its contracts.",
		"The application is not marked as external."},
	{"not_found", http.StatusNotFound, "Not found", false, "Check the names in the address.",
		"There is nothing at this address, or what it names does not exist."},
	{"method_not_allowed", http.StatusMethodNotAllowed, "Method Not Allowed", false, "Use a method that the Allow header lists.",
		"The address exists, but does not take this method."},
	{"not_acceptable", http.StatusNotAcceptable, "Not Acceptable", false, "Ask for a type that the address offers.",
		"The `Accept` header names no type, or no character set, in which this address answers."},
	{"body_too_slow", http.StatusRequestTimeout, "Body too slow", true, "Send the request again over a faster connection.",
		"The body did not arrive within the time that its size allows."},
	{"conflict", http.StatusConflict, "Conflict", false, "Compare with what is stored.",
		"The request contradicts what is stored."},
	{"former_name", http.StatusConflict, "Former name", false, "Use the present name of the application in the address.",
		"The application was renamed, or merged into another one, and by a name that it had before nothing is deleted that cannot be made again."},
	{"idempotency_key_in_use", http.StatusConflict, "Request in progress", true, "Wait a moment, then send the same request again.",
		"A request with the same `Idempotency-Key` is being answered right now."},
	{"merge_clash", http.StatusConflict, "Applications clash", false, "Merge with `on_clash` `newest`, or remove what is wrong first.",
		"Two applications that are to become one have something else in the same place."},
	{"name_taken", http.StatusConflict, "Name taken", false, "Choose another name.",
		"The name leads to another application, which has it or had it before, or people would take it for that of another team."},
	{"cursor_expired", http.StatusGone, "Cursor expired", false, "Read what else you need from the broker, and follow the events from the beginning, or since a time.",
		"The events that follow this cursor are not kept any more."},
	{"endpoint_removed", http.StatusGone, "Endpoint removed", false, "Use the endpoint that the Link header names as its successor.",
		"The endpoint was deprecated, and the date on which it ended has passed."},
	{"gone", http.StatusGone, "Gone", false, "Begin anew.",
		"What the request refers to was kept once, and is not any more."},
	{"precondition_failed", http.StatusPreconditionFailed, "Precondition failed", false, "Read the current state, then decide again.",
		"A condition of the request, such as `If-None-Match: *`, does not hold."},
	{"too_large", http.StatusRequestEntityTooLarge, "Too large", false, "Send less, or raise the limit.",
		"The body, unpacked, is larger than this address takes."},
	{"address_too_long", http.StatusRequestURITooLong, "Address too long", false, "Ask for less at once, or send the question as a body where the endpoint takes one.",
		"The path and the query together are longer than this broker reads."},
	{"unsupported_encoding", http.StatusUnsupportedMediaType, "Unsupported packing", false, "Send it as it is, or packed with gzip or zstd.",
		"The body is packed in a way that this broker does not unpack."},
	{"unsupported_media_type", http.StatusUnsupportedMediaType, "Unsupported Media Type", false, "Send a type of body that the address takes, and name it in Content-Type.",
		"The type of the body is missing, or none that this address takes."},
	{"comparison_too_slow", http.StatusUnprocessableEntity, "Comparison too slow", false, "Compare versions that are nearer to each other.",
		"Two contracts could not be compared within the time that is set for it."},
	{"document_unreadable", http.StatusUnprocessableEntity, "Document unreadable", false, "Send an OpenAPI or AsyncAPI document, JSON or YAML, in base64.",
		"What was sent is no document in which a provider says what it promises, or is beyond the bounds for one."},
	{"idempotency_key_reused", http.StatusUnprocessableEntity, "Idempotency key used before", false, "Use a new key for a new request.",
		"The same caller has used the `Idempotency-Key` for another request within the last 24 hours."},
	{"unprocessable", http.StatusUnprocessableEntity, "Validation errors", false, "Correct the fields that are named.",
		"The request is understood, yet what it asks for cannot be done."},
	{"too_many_requests", http.StatusTooManyRequests, "Too many requests", true, "Wait, then try again.",
		"The caller has asked too often; `Retry-After` says when to come back."},
	{"headers_too_large", http.StatusRequestHeaderFieldsTooLarge, "Headers too large", false, "Send fewer or shorter headers.",
		"The headers of the request together are larger than this broker reads."},
	{"internal", http.StatusInternalServerError, "Server error", false, "Look the request up in the broker's log.",
		"The broker made a mistake. Its log has the details under the reference that the answer names."},
	{"not_implemented", http.StatusNotImplemented, "Not Implemented", false, "Use GET, POST, PUT, PATCH or DELETE.",
		"HTTP knows no such method. Only the compatible API says so; below `/api/v1` it is `method_not_allowed`."},
	{"timed_out", http.StatusServiceUnavailable, "Timed out", true, "Try again; ask for less at once if it happens often.",
		"The broker could not finish in time."},
	{"unavailable", http.StatusServiceUnavailable, "Not available", true, "Try again later.",
		"The broker cannot do it right now, for example because its database does not answer. `Retry-After` says when to come back."},
}

// Codes returns all ways in which a request can fail, by status and name.
func Codes() []Code { return append([]Code(nil), codes...) }

// CodeNamed returns the code with that name.
func CodeNamed(name string) (Code, bool) {
	for _, code := range codes {
		if code.Name == name {
			return code, true
		}
	}
	return Code{}, false
}

// codeOf is the code with that name, which must be in the list.
func codeOf(name string) Code {
	code, known := CodeNamed(name)
	if !known {
		panic("edge: no code " + name)
	}
	return code
}

// Page is the name under which the code has its page.
func (c Code) Page() string { return strings.ReplaceAll(c.Name, "_", "-") }

// codesOfKinds are the codes of failures that have none of their own. They are
// the only map from kinds of failure to HTTP.
var codesOfKinds = map[fault.Kind]string{
	fault.Internal:      "internal",
	fault.Malformed:     "malformed",
	fault.Invalid:       "invalid",
	fault.NotFound:      "not_found",
	fault.Conflict:      "conflict",
	fault.Unprocessable: "unprocessable",
	fault.Unauthorized:  "unauthorized",
	fault.Forbidden:     "forbidden",
	fault.TooLarge:      "too_large",
	fault.Gone:          "gone",
	fault.Unavailable:   "unavailable",

	fault.TooManyRequests: "too_many_requests",
}

// codeOfFault is the fault's own code, or that of its kind, with what the fault
// says to do about it.
func codeOfFault(f *fault.Error) Code {
	code := codeOf(codesOfKinds[f.Kind])
	if own, known := CodeNamed(f.Code); known {
		code = own
	}
	if f.Action != "" {
		code.Action = f.Action
	}
	return code
}
