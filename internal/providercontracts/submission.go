package providercontracts

import (
	"bytes"
	"fmt"

	"github.com/accord-broker/accord/internal/comparison"
	"github.com/accord-broker/accord/internal/pacticipants"
	"github.com/accord-broker/accord/internal/support/fault"
)

const (
	// MaxAtOnce is how many contracts one version may publish at once.
	MaxAtOnce = 50
	// maxEvidence is how many bytes the report of a verifier may have.
	maxEvidence = 5 << 20
)

// Submission is a request to publish what a version of a provider promises.
type Submission struct {
	Provider string
	Version  string
	Branch   string
	Tags     []string
	BuildURL *string

	Contracts []Submitted
}

// Submitted is one contract of a submission.
type Submitted struct {
	Name        string
	ContentType string
	Content     []byte
	// Specification is what the client says that the content is, "" if nothing.
	Specification string
	Evidence      Evidence

	// says is what ReadDocuments has found in the document.
	says documentSummary
	// prepared is what is to be stored, once Prepare has made it.
	prepared *prepared
}

// documentSummary is what is kept of a document that was read: it is small, so that
// the request can be tried again without holding the document meanwhile.
type documentSummary struct {
	specification, version string
	notices                []string
}

// Weight is how large a contract would be that takes as much memory as reading the
// documents does.
func (s Submission) Weight() int64 {
	weight := int64(0)
	for _, c := range s.Contracts {
		weight += comparison.Weight(c.Content)
	}
	return weight
}

// Part is what of a submitted contract a document may contradict.
type Part int

const (
	// Content is the document itself.
	Content Part = iota
	// Specification is what the client says that it is.
	Specification
)

// ReadDocuments reads the documents, which takes time and memory. It returns an
// Invalid fault with every one that cannot be read, or that is not what it is said
// to be; field is what the request calls a part of its contract of that index.
func (s Submission) ReadDocuments(field func(contract int, part Part) string) error {
	contents := make([][]byte, len(s.Contracts))
	for i, c := range s.Contracts {
		contents[i] = c.Content
	}
	if err := comparison.TooLarge(contents...); err != nil && len(contents) > 1 {
		return fault.InvalidField("contracts", "cannot be read together. %v", err)
	}
	var wrong []fault.Field
	for i := range s.Contracts {
		if part, problem := s.Contracts[i].readDocument(); problem != "" {
			wrong = append(wrong, fault.Field{Name: field(i, part), Message: problem})
		}
	}
	if len(wrong) > 0 {
		return fault.InvalidFields(wrong...)
	}
	return nil
}

func (s *Submitted) readDocument() (part Part, problem string) {
	read, err := comparison.ReadDocument(s.Content)
	if err != nil {
		return Content, fmt.Sprintf("cannot be read as a document of a provider. %v", err)
	}
	s.says = documentSummary{specification: read.Specification(), version: read.Version(), notices: read.Notices()}
	if said := specifications[s.Specification]; said != "" && said != read.Specification() {
		return Specification, fmt.Sprintf("is %q, but the content is %q", s.Specification, read.Specification())
	}
	return Content, ""
}

// specifications are what clients call those that are known here.
var specifications = map[string]string{"": "", "oas": "oas", "openapi": "oas", "asyncapi": "asyncapi"}

// ValidateSpecification says what is wrong with what a client says that a document
// is, "" if nothing.
func ValidateSpecification(claimed string) string {
	if problem := pacticipants.ValidateLine(claimed); problem != "" {
		return problem
	}
	if _, known := specifications[claimed]; !known {
		return fmt.Sprintf("is %q, but must be oas or asyncapi", claimed)
	}
	return ""
}

// ValidateTerm says what is wrong with a media type, a format, or the name or version
// of a verifier, "" if nothing.
func ValidateTerm(text string) string {
	if len(text) > pacticipants.MaxNameLength {
		return fmt.Sprintf("cannot be longer than %d characters", pacticipants.MaxNameLength)
	}
	return pacticipants.ValidateLine(text)
}

// ValidateReport says what is wrong with the report of a verifier, "" if nothing.
func ValidateReport(report []byte) string {
	if len(report) > maxEvidence {
		return fmt.Sprintf("cannot have more than %d MB", maxEvidence>>20)
	}
	return ""
}

// ContentTypeOf is the media type of a document whose client does not tell it.
func ContentTypeOf(document []byte) string {
	if bytes.HasPrefix(bytes.TrimSpace(document), []byte("{")) {
		return "application/json"
	}
	return "application/yaml"
}
