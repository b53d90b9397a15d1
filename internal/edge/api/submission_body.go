package api

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"strings"

	"github.com/accord-broker/accord/internal/contracts"
	"github.com/accord-broker/accord/internal/pactfile"
	"github.com/accord-broker/accord/internal/pacticipants"
	"github.com/accord-broker/accord/internal/support/fault"
)

// maxContracts is how many contracts one request may publish.
const maxContracts = 500

// readSubmission reads the body of a request to publish contracts. It returns a
// Malformed fault for a body that is no JSON object, and otherwise an Invalid
// fault with everything that breaks a rule. What is wrong within a contract
// stands under "contracts", with the contract's index.
func readSubmission(body []byte, limits contracts.Limits) (contracts.Submission, error) {
	text, err := pactfile.ReadJSON(body)
	if err != nil {
		return contracts.Submission{}, err
	}
	r := submissionReader{memberReader: memberReader{object: text}, limits: limits}
	s := contracts.Submission{
		Pacticipant: r.required("pacticipantName", pacticipants.ValidateName),
		Version:     r.required("pacticipantVersionNumber", pacticipants.ValidateName),
		Tags:        r.tags(func(index int, message string) { r.fault("tags", fmt.Sprintf("%s (at index %d)", message, index)) }),
		Branch:      textOrNone(r.optional("branch", pacticipants.ValidateName)),
		BuildURL:    r.optional("buildUrl", pacticipants.ValidateAddress),
	}
	s.Contracts = r.contracts()
	if err := r.faults(); err != nil {
		return contracts.Submission{}, err
	}
	return s, nil
}

// submissionReader reads a request to publish contracts.
type submissionReader struct {
	memberReader

	limits contracts.Limits
}

func (r *submissionReader) contracts() []contracts.SubmittedContract {
	value := r.elements("contracts")
	if problem := fault.ValidateCount(count(value), maxContracts); problem != "" {
		r.fault("contracts", problem)
		return nil
	}
	var all []contracts.SubmittedContract
	for item := range pactfile.Items(value) {
		c := contractReader{object: item, limits: r.limits, pacticipantName: pactfile.Member(r.object, "pacticipantName")}
		contract := c.read()
		for _, message := range c.messages {
			r.fault("contracts", fmt.Sprintf("%s (at index %d)", message, len(all)))
		}
		all = append(all, contract)
	}
	return all
}

// contractReader reads one contract of a submission and keeps what is wrong.
type contractReader struct {
	object          []byte
	limits          contracts.Limits
	pacticipantName []byte
	messages        []string
}

func (c *contractReader) fault(format string, args ...any) {
	c.messages = append(c.messages, fmt.Sprintf(format, args...))
}

func (c *contractReader) read() contracts.SubmittedContract {
	if !pactfile.IsObject(c.object) {
		c.fault("must be an object")
		return contracts.SubmittedContract{}
	}
	consumer := c.required("consumerName", pacticipants.ValidateName)
	if name, isText := pactfile.TextOf(c.pacticipantName); isText && consumer != "" && consumer != name {
		c.fault("consumerName ('%s') must be the same as pacticipantName ('%s')", consumer, name)
	}
	contract := contracts.SubmittedContract{Provider: c.required("providerName", pacticipants.ValidateName)}
	c.required("specification", only("pact"))
	c.required("contentType", only("application/json"))
	contract.Merge = c.onConflict()
	contract.RawSHA, contract.Body = c.content()
	for _, field := range contracts.ValidateParties(contract.Body, consumer, contract.Provider) {
		c.fault("%s in the content %s", field.Name, field.Message)
	}
	return contract
}

func (c *contractReader) required(name string, problem func(string) string) string {
	text, message := requiredText(c.object, name, problem)
	if message != "" {
		c.fault("%s %s", name, message)
	}
	return text
}

func (c *contractReader) onConflict() (merge bool) {
	value := pactfile.Member(c.object, "onConflict")
	if value == nil {
		return false
	}
	text, message := checkedText(value, only("overwrite", "merge"))
	if message != "" {
		c.fault("onConflict %s", message)
	}
	return text == "merge"
}

func (c *contractReader) content() (rawSHA string, body pactfile.Body) {
	value := pactfile.Member(c.object, "content")
	encoded, isText := pactfile.QuotedText(value)
	switch {
	case value == nil:
		c.fault("content is missing")
		return "", nil
	case !isText:
		c.fault("content must be a string")
		return "", nil
	case len(encoded) == 0:
		c.fault("content cannot be blank")
		return "", nil
	}
	raw := make([]byte, base64.StdEncoding.DecodedLen(len(encoded)))
	n, err := base64.StdEncoding.Strict().Decode(raw, encoded)
	raw = raw[:n]
	if err != nil || bytes.ContainsAny(encoded, "\r\n") {
		c.fault("content is not Base64 (RFC 4648, with padding and without line breaks)")
		raw = encoded
	}
	if body, err = pactfile.ReadBody(raw); err != nil {
		c.fault("content cannot be read as a contract: %v", err)
	} else if err := c.limits.Check(body); err != nil {
		c.fault("content is too large: %v", err)
	}
	return pactfile.RawIdentity(raw), body
}

// only is the rule that a text is one of the given.
func only(allowed ...string) func(string) string {
	return func(text string) string {
		for _, one := range allowed {
			if text == one {
				return ""
			}
		}
		return "must be " + strings.Join(allowed, " or ")
	}
}

func requiredText(object []byte, name string, problem func(string) string) (text, message string) {
	value := pactfile.Member(object, name)
	if pactfile.IsNull(value) {
		return "", "is missing"
	}
	return checkedText(value, problem)
}

func checkedText(value []byte, problem func(string) string) (text, message string) {
	text, isText := pactfile.TextOf(value)
	if !isText {
		return "", "must be a string"
	}
	return text, problem(text)
}

// count returns how many elements an array has.
func count(array []byte) (n int) {
	for range pactfile.Items(array) {
		n++
	}
	return n
}

func textOrNone(text *string) string {
	if text == nil {
		return ""
	}
	return *text
}
