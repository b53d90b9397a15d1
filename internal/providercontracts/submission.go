package providercontracts

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"unicode/utf8"

	"github.com/accord-broker/accord/internal/comparison"
	"github.com/accord-broker/accord/internal/pactfile"
	"github.com/accord-broker/accord/internal/pacticipants"
	"github.com/accord-broker/accord/internal/support/fault"
	"github.com/accord-broker/accord/internal/versions"
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
	Evidence    Evidence

	// specification is what the client calls it, in the member of that name, and place
	// where the contract stands in the request.
	specification, member, place string
	// says is what ReadDocuments has found in the document.
	says documentSummary
}

// documentSummary is what is kept of a document that was read: it is small, so that
// the request can be tried again without holding the document meanwhile.
type documentSummary struct {
	specification, version string
	notices                []string
}

// ReadSubmission reads the body of a request to publish the contract of a
// version, or with several their list. It returns a Malformed fault for a body
// that is no JSON object, and otherwise an Invalid fault with everything that
// breaks a rule. The documents themselves it leaves to ReadDocuments.
func ReadSubmission(provider string, body []byte, several bool) (Submission, error) {
	object, err := readObject(body)
	if err != nil {
		return Submission{}, err
	}
	r := reader{object: object}
	s := Submission{
		Provider: provider,
		Version:  r.text("pacticipantVersionNumber", required, pacticipants.ValidateName),
		Branch:   r.text("branch", optional, pacticipants.ValidateName),
		Tags:     r.tags(),
		BuildURL: r.pointer("buildUrl", pacticipants.ValidateAddress),
	}
	r.check("provider", pacticipants.ValidateName(provider))
	if several {
		s.Contracts = r.contracts()
	} else {
		s.Contracts = []Submitted{r.contract("contract", DefaultName)}
	}
	return s, r.fault()
}

// ReadOldSubmission reads the body with which old clients publish: the contract
// alone, the version in the address.
func ReadOldSubmission(provider, version string, body []byte) (Submission, error) {
	object, err := readObject(body)
	if err != nil {
		return Submission{}, err
	}
	r := reader{object: object}
	r.check("provider", pacticipants.ValidateName(provider))
	r.check("version", pacticipants.ValidateName(version))
	contract := r.submitted(DefaultName, "contractType", "verificationResults")
	return Submission{Provider: provider, Version: version, Contracts: []Submitted{contract}}, r.fault()
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

// ReadDocuments reads the documents, which takes time and memory. It returns an
// Invalid fault with every one that cannot be read, or that is not what it is said
// to be.
func (s Submission) ReadDocuments() error {
	var r reader
	contents := make([][]byte, len(s.Contracts))
	for i, c := range s.Contracts {
		contents[i] = c.Content
	}
	if err := comparison.TooLarge(contents...); err != nil && len(contents) > 1 {
		return fault.InvalidField("contracts", "cannot be read together. %v", err)
	}
	for i := range s.Contracts {
		c := &s.Contracts[i]
		r.place = c.place
		c.says = r.document(*c)
	}
	return r.fault()
}

func readObject(body []byte) ([]byte, error) {
	if len(bytes.TrimSpace(body)) == 0 {
		body = []byte("{}") // so that the answer names what is missing
	}
	object, err := pactfile.ReadJSON(body)
	if err == nil && !pactfile.IsObject(object) {
		err = fault.New(fault.Malformed, "The request body must be a JSON object.")
	}
	return object, err
}

// requirement says whether a member must be there.
type requirement int

const (
	optional requirement = iota
	required
)

// reader takes members out of an object and keeps what is wrong with them; place
// is where the object stands in the request.
type reader struct {
	object []byte
	place  string
	fields []fault.Field
}

func (r *reader) fault() error {
	if len(r.fields) == 0 {
		return nil
	}
	return fault.InvalidFields(r.fields...)
}

// check keeps the trouble with a member, if there is any.
func (r *reader) check(name, trouble string) {
	if trouble != "" {
		r.fields = append(r.fields, fault.Field{Name: r.place + name, Message: trouble})
	}
}

func (r *reader) text(name string, must requirement, trouble func(string) string) string {
	value := pactfile.Member(r.object, name)
	if pactfile.IsNull(value) {
		if must == required {
			r.check(name, "is missing")
		}
		return ""
	}
	text, isText := pactfile.TextOf(value)
	if !isText {
		r.check(name, "must be a string")
		return ""
	}
	r.check(name, trouble(text))
	return text
}

func (r *reader) pointer(name string, trouble func(string) string) *string {
	if pactfile.IsNull(pactfile.Member(r.object, name)) {
		return nil
	}
	text := r.text(name, optional, trouble)
	return &text
}

func (r *reader) tags() []string {
	value := pactfile.Member(r.object, "tags")
	if pactfile.IsNull(value) {
		return nil
	}
	if !pactfile.IsArray(value) {
		r.check("tags", "must be an array")
		return nil
	}
	var tags []string
	for item := range pactfile.Items(value) {
		if len(tags) == versions.MaxTagsAtOnce {
			r.check("tags", fmt.Sprintf("must have at most %d elements", versions.MaxTagsAtOnce))
			return nil
		}
		tag, isText := pactfile.TextOf(item)
		trouble := "must be a string"
		if isText {
			trouble = pacticipants.ValidateName(tag)
		}
		r.check(fmt.Sprintf("tags[%d]", len(tags)), trouble)
		tags = append(tags, tag)
	}
	return tags
}

// inside reads an object within the object with fn.
func (r *reader) inside(object []byte, place string, fn func(*reader)) {
	inner := reader{object: object, place: r.place + place + "."}
	fn(&inner)
	r.fields = append(r.fields, inner.fields...)
}

func (r *reader) contract(name, contract string) (s Submitted) {
	value := pactfile.Member(r.object, name)
	switch {
	case pactfile.IsNull(value):
		r.check(name, "is missing")
		return s
	case !pactfile.IsObject(value):
		r.check(name, "must be an object")
		return s
	}
	r.inside(value, name, func(r *reader) { s = r.submitted(contract, "specification", "selfVerificationResults") })
	return s
}

func (r *reader) contracts() []Submitted {
	value := pactfile.Member(r.object, "contracts")
	switch {
	case pactfile.IsNull(value):
		r.check("contracts", "is missing")
	case !pactfile.IsArray(value):
		r.check("contracts", "must be an array")
	case len(value) == len("[]"):
		r.check("contracts", "must have at least one contract")
	}
	var list []Submitted
	known := map[string]bool{}
	for item := range pactfile.Items(value) {
		place := fmt.Sprintf("contracts[%d]", len(list))
		if len(list) == MaxAtOnce {
			r.check("contracts", fmt.Sprintf("must have at most %d contracts", MaxAtOnce))
			break
		}
		if !pactfile.IsObject(item) {
			r.check(place, "must be an object")
			list = append(list, Submitted{})
			continue
		}
		r.inside(item, place, func(r *reader) {
			name := r.text("name", required, pacticipants.ValidateName)
			if known[name] && name != "" {
				r.check("name", "is that of another contract in the request")
			}
			known[name] = true
			list = append(list, r.submitted(name, "specification", "selfVerificationResults"))
		})
	}
	return list
}

// submitted reads the members of a contract, whose specification and evidence go
// by different names in old requests.
func (r *reader) submitted(name, specification, evidence string) Submitted {
	s := Submitted{Name: name, ContentType: r.text("contentType", optional, pacticipants.ValidateLine), member: specification, place: r.place}
	if s.Content = r.content(); s.Content != nil {
		s.specification = r.text(specification, optional, validateSpecification)
	}
	if len(s.ContentType) > pacticipants.MaxNameLength {
		r.check("contentType", fmt.Sprintf("cannot be longer than %d characters", pacticipants.MaxNameLength))
	}
	if s.ContentType == "" {
		s.ContentType = "application/yaml"
		if bytes.HasPrefix(bytes.TrimSpace(s.Content), []byte("{")) {
			s.ContentType = "application/json"
		}
	}
	s.Evidence = r.evidence(evidence)
	return s
}

// content is the document, which stands in the request as base64.
func (r *reader) content() []byte {
	value := pactfile.Member(r.object, "content")
	text, isText := pactfile.QuotedText(value)
	switch {
	case pactfile.IsNull(value):
		r.check("content", "is missing")
		return nil
	case !isText:
		r.check("content", "must be a string: the document in base64")
		return nil
	case len(bytes.TrimSpace(text)) == 0:
		r.check("content", "cannot be blank")
		return nil
	}
	content, isBase64 := decode(text)
	if !isBase64 {
		r.check("content", "is not base64: send the document encoded")
		return nil
	}
	return content
}

// decode reads base64 with or without padding and line breaks.
func decode(text []byte) ([]byte, bool) {
	if bytes.ContainsAny(text, " \t\r\n") {
		text = bytes.Join(bytes.Fields(text), nil)
	}
	text = bytes.TrimRight(text, "=")
	content := make([]byte, base64.RawStdEncoding.DecodedLen(len(text)))
	n, err := base64.RawStdEncoding.Decode(content, text)
	return content[:n], err == nil && n > 0
}

// specifications are what clients call those that are known here.
var specifications = map[string]string{"": "", "oas": "oas", "openapi": "oas", "asyncapi": "asyncapi"}

func validateSpecification(claimed string) string {
	if trouble := pacticipants.ValidateLine(claimed); trouble != "" {
		return trouble
	}
	if _, known := specifications[claimed]; !known {
		return fmt.Sprintf("is %q, but must be oas or asyncapi", claimed)
	}
	return ""
}

func (r *reader) document(s Submitted) documentSummary {
	read, err := comparison.ReadDocument(s.Content)
	if err != nil {
		r.check("content", fmt.Sprintf("cannot be read as a document of a provider. %v", err))
		return documentSummary{}
	}
	if specification := specifications[s.specification]; specification != "" && specification != read.Specification() {
		r.check(s.member, fmt.Sprintf("is %q, but the content is %q", s.specification, read.Specification()))
	}
	return documentSummary{specification: read.Specification(), version: read.Version(), notices: read.Notices()}
}

// evidence is what came of testing the provider against its document. A report
// may stand there as base64 or as it is.
func (r *reader) evidence(name string) (e Evidence) {
	value := pactfile.Member(r.object, name)
	if pactfile.IsNull(value) {
		return e
	}
	if !pactfile.IsObject(value) {
		r.check(name, "must be an object")
		return e
	}
	r.inside(value, name, func(r *reader) {
		e = Evidence{
			Success:     r.success(),
			ContentType: r.text("contentType", optional, validateShort), Format: r.text("format", optional, validateShort),
			Verifier: r.text("verifier", optional, validateShort), VerifierVersion: r.text("verifierVersion", optional, validateShort),
		}
		report := pactfile.Member(r.object, "content")
		text, isText := pactfile.QuotedText(report)
		switch {
		case pactfile.IsNull(report):
		case !isText:
			r.check("content", "must be a string")
		default:
			e.Content = decodedReport(text)
			e.SHA = SHAOf(e.Content)
		}
		if len(e.Content) > maxEvidence {
			r.check("content", fmt.Sprintf("cannot have more than %d MB", maxEvidence>>20))
		}
	})
	return e
}

// decodedReport takes a text without blanks for base64 if it can be read so.
func decodedReport(text []byte) []byte {
	if bytes.IndexByte(text, ' ') < 0 {
		decoded, isBase64 := decode(text)
		if isBase64 && (utf8.Valid(decoded) || len(text)%4 == 0) {
			return decoded
		}
	}
	return bytes.Clone(text)
}

func (r *reader) success() *bool {
	value := string(pactfile.Member(r.object, "success"))
	switch value {
	case "true", "false":
		success := value == "true"
		return &success
	case "", "null":
	default:
		r.check("success", "must be true or false")
	}
	return nil
}

func validateShort(text string) string {
	if len(text) > pacticipants.MaxNameLength {
		return fmt.Sprintf("cannot be longer than %d characters", pacticipants.MaxNameLength)
	}
	return pacticipants.ValidateLine(text)
}
