package api

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/accord-broker/accord/internal/pactfile"
	"github.com/accord-broker/accord/internal/pacticipants"
	"github.com/accord-broker/accord/internal/support/fault"
	"github.com/accord-broker/accord/internal/verification"
	"github.com/accord-broker/accord/internal/versions"
)

// readSubmittedResult reads the body of a request to record a result. Formats are
// given where versions are ordered by number, and the provider's version must
// then be in one of them. It returns a Malformed fault for a body that is no
// JSON object, and otherwise an Invalid fault with everything that breaks a
// rule. Members that are not known are ignored.
func readSubmittedResult(body []byte, formats versions.Formats) (verification.Submission, error) {
	text, err := pactfile.ReadBody(body)
	if err != nil {
		return verification.Submission{}, err
	}
	r := resultReader{}
	if err := json.Unmarshal(text, &r.members); err != nil {
		return verification.Submission{}, fault.New(fault.Malformed, "The request body must be a JSON object.").Because(err)
	}
	s := verification.Submission{
		Success:         r.success(),
		ProviderVersion: r.providerVersion(formats),
		BuildURL:        r.buildURL(),
		ExecutedAt:      r.executedAt(),
		VerifiedBy:      r.verifiedBy(),
		TestResults:     r.sent("testResults"),
	}
	if len(r.fields) > 0 {
		return verification.Submission{}, fault.InvalidFields(r.fields...)
	}
	return s, nil
}

// resultReader takes members out of the request and keeps what is wrong.
type resultReader struct {
	members map[string]json.RawMessage
	fields  []fault.Field
}

func (r *resultReader) fault(name, format string, args ...any) {
	r.fields = append(r.fields, fault.Field{Name: name, Message: fmt.Sprintf(format, args...)})
}

// sent returns the member as it was sent; nil if it is absent or null.
func (r *resultReader) sent(name string) []byte {
	value := r.members[name]
	if string(value) == "null" {
		return nil
	}
	return value
}

func (r *resultReader) success() (success bool) {
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

func (r *resultReader) providerVersion(formats versions.Formats) string {
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
	problem := pacticipants.ValidateName(number)
	if problem == "" && formats != nil && !formats.Read(number).Readable() {
		problem = fmt.Sprintf("'%s' has no number that versions could be ordered by", number)
	}
	if problem != "" {
		r.fault(name, "%s", problem)
	}
	return number
}

// optionalText returns a text that may be absent or null.
func (r *resultReader) optionalText(name string) string {
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

func (r *resultReader) buildURL() string {
	address := r.optionalText("buildUrl")
	if address != "" && !isAddress(address) {
		r.fault("buildUrl", "is not a valid URL, such as https://ci.example.org/builds/1")
	} else if problem := pacticipants.ValidateAddress(address); problem != "" {
		r.fault("buildUrl", "%s", problem)
	}
	return address
}

// isAddress reports whether a text has the form of an address, absolute or not.
func isAddress(text string) bool {
	_, err := url.Parse(text)
	return err == nil && pacticipants.ValidateLine(text) == "" && !strings.ContainsAny(text, " <>\"{}|\\^`")
}

func (r *resultReader) executedAt() time.Time {
	text := r.optionalText("verificationDate")
	if text == "" {
		return time.Time{}
	}
	at, err := parseTime(text)
	if err != nil {
		r.fault("verificationDate", "must be a date and time, such as 2026-11-21T09:00:00+00:00")
	}
	return at
}

func (r *resultReader) verifiedBy() []byte {
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

// texts checks that a value is an object in which the named members are texts that
// people can read, or null, or absent.
func (r *resultReader) texts(path string, value []byte, names ...string) (members map[string]json.RawMessage, isObject bool) {
	if json.Unmarshal(value, &members) != nil {
		r.fault(path, "must be an object")
		return nil, false
	}
	for _, name := range names {
		member := members[name]
		text, isText := textOf(member)
		if !isText && member != nil && string(member) != "null" {
			r.fault(path+"."+name, "must be a string")
		} else if problem := pacticipants.ValidateNewText(text); problem != "" {
			r.fault(path+"."+name, "%s", problem)
		}
	}
	return members, true
}
