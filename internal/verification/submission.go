package verification

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"time"

	"accord/internal/pactfile"
	"accord/internal/pacticipants"
	"accord/internal/support/fault"
	"accord/internal/versions"
)

// Submission is a request to record a result.
type Submission struct {
	Success         bool
	ProviderVersion string
	BuildURL        string
	// ExecutedAt is the zero time if the request does not say it.
	ExecutedAt time.Time
	// VerifiedBy and TestResults are JSON as sent, or nil.
	VerifiedBy  []byte
	TestResults []byte
}

// ReadSubmission reads the body of a request to record a result. Formats are
// given where versions are ordered by number, and the provider's version must
// then be in one of them. It returns a Malformed fault for a body that is no
// JSON object, and otherwise an Invalid fault with everything that breaks a
// rule. Members that are not known are ignored.
func ReadSubmission(body []byte, formats versions.Formats) (Submission, error) {
	text, err := pactfile.ReadBody(body)
	if err != nil {
		return Submission{}, err
	}
	r := reader{}
	if err := json.Unmarshal(text, &r.members); err != nil {
		return Submission{}, fault.New(fault.Malformed, "The request body must be a JSON object.").Because(err)
	}
	s := Submission{
		Success:         r.success(),
		ProviderVersion: r.providerVersion(formats),
		BuildURL:        r.buildURL(),
		ExecutedAt:      r.executedAt(),
		VerifiedBy:      r.verifiedBy(),
		TestResults:     r.sent("testResults"),
	}
	if len(r.fields) > 0 {
		return Submission{}, fault.InvalidFields(r.fields...)
	}
	return s, nil
}

// reader takes members out of the request and keeps what is wrong.
type reader struct {
	members map[string]json.RawMessage
	fields  []fault.Field
}

func (r *reader) fault(name, format string, args ...any) {
	r.fields = append(r.fields, fault.Field{Name: name, Message: fmt.Sprintf(format, args...)})
}

// sent returns the member as it was sent; nil if it is absent or null.
func (r *reader) sent(name string) []byte {
	value := r.members[name]
	if string(value) == "null" {
		return nil
	}
	return value
}

func (r *reader) success() (success bool) {
	switch value, given := r.members["success"]; {
	case !given:
		r.fault("success", "is missing")
	case string(value) != "true" && string(value) != "false":
		r.fault("success", "must be boolean")
	default:
		success = string(value) == "true"
	}
	return success
}

func (r *reader) providerVersion(formats versions.Formats) string {
	const name = "providerApplicationVersion"
	value, given := r.members[name]
	if !given {
		r.fault(name, "is missing")
		return ""
	}
	number, isText := textOf(value)
	if !isText {
		r.fault(name, "must be a string")
		return ""
	}
	trouble := pacticipants.ValidateName(number)
	if trouble == "" && formats != nil && !formats.Read(number).Readable() {
		trouble = fmt.Sprintf("'%s' has no number that versions could be ordered by", number)
	}
	if trouble != "" {
		r.fault(name, "%s", trouble)
	}
	return number
}

// optionalText returns a text that may be absent or null.
func (r *reader) optionalText(name string) string {
	value := r.sent(name)
	if value == nil {
		return ""
	}
	text, isText := textOf(value)
	if !isText {
		r.fault(name, "must be a string")
	}
	return text
}

func (r *reader) buildURL() string {
	address := r.optionalText("buildUrl")
	if address != "" && !isAddress(address) {
		r.fault("buildUrl", "is not a valid URL, such as https://ci.example.org/builds/1")
	} else if trouble := pacticipants.ValidateAddress(address); trouble != "" {
		r.fault("buildUrl", "%s", trouble)
	}
	return address
}

// isAddress reports whether a text has the form of an address, absolute or not.
func isAddress(text string) bool {
	_, err := url.Parse(text)
	return err == nil && pacticipants.ValidateLine(text) == "" && !strings.ContainsAny(text, " <>\"{}|\\^`")
}

func (r *reader) executedAt() time.Time {
	text := r.optionalText("verificationDate")
	if text == "" {
		return time.Time{}
	}
	at, err := ParseTime(text)
	if err != nil {
		r.fault("verificationDate", "must be a date and time, such as 2026-11-21T09:00:00+00:00")
	}
	return at
}

// timeForms are the ways in which clients write times: RFC 3339, and what they
// leave out of it.
var timeForms = []string{time.RFC3339Nano, "2006-01-02T15:04Z07:00", "2006-01-02T15:04:05.999999999Z0700", "2006-01-02 15:04:05.999999999Z07:00",
	"2006-01-02 15:04:05.999999999 Z0700", "2006-01-02T15:04:05.999999999", "2006-01-02T15:04", "2006-01-02 15:04:05", time.DateOnly}

// ParseTime reads a date, or a date and time, in the manner of RFC 3339. What
// names no zone is in UTC.
func ParseTime(text string) (time.Time, error) {
	for _, form := range timeForms {
		if at, err := time.Parse(form, text); err == nil {
			return at.UTC(), nil
		}
	}
	return time.Time{}, fmt.Errorf("%q is neither a date nor a date and time", text)
}

func (r *reader) verifiedBy() []byte {
	value := r.sent("verifiedBy")
	if value == nil {
		return nil
	}
	by, isObject := r.texts("verifiedBy", value, "implementation", "version")
	if !isObject {
		return nil
	}
	if language := by["clientLanguage"]; language != nil && string(language) != "null" {
		r.texts("verifiedBy.clientLanguage", language, "name", "version", "testFramework")
	}
	return value
}

// texts checks that a value is an object in which the named members are texts,
// or null, or absent.
func (r *reader) texts(path string, value []byte, names ...string) (members map[string]json.RawMessage, isObject bool) {
	if json.Unmarshal(value, &members) != nil {
		r.fault(path, "must be an object")
		return nil, false
	}
	for _, name := range names {
		member := members[name]
		if _, isText := textOf(member); !isText && member != nil && string(member) != "null" {
			r.fault(path+"."+name, "must be a string")
		}
	}
	return members, true
}

// textOf returns the text of a JSON value, and whether it is a string.
func textOf(value []byte) (string, bool) {
	if len(value) == 0 || value[0] != '"' {
		return "", false
	}
	var text string
	err := json.Unmarshal(value, &text)
	return text, err == nil
}
