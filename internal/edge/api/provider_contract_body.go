package api

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"unicode/utf8"

	"github.com/accord-broker/accord/internal/pactfile"
	"github.com/accord-broker/accord/internal/pacticipants"
	"github.com/accord-broker/accord/internal/providercontracts"
	"github.com/accord-broker/accord/internal/support/fault"
)

// providerContractForm is a form in which clients send contracts of a provider: by
// what names, and at what place.
type providerContractForm struct {
	// place is where the contract of that index stands in the request.
	place                   func(contract int) string
	specification, evidence string
}

var (
	oneProviderContract = providerContractForm{
		place:         func(int) string { return "contract." },
		specification: "specification", evidence: "selfVerificationResults",
	}
	severalProviderContracts = providerContractForm{
		place:         func(contract int) string { return fmt.Sprintf("contracts[%d].", contract) },
		specification: "specification", evidence: "selfVerificationResults",
	}
	// oldProviderContract is how old clients publish: the contract alone, the version
	// in the address.
	oldProviderContract = providerContractForm{
		place:         func(int) string { return "" },
		specification: "contractType", evidence: "verificationResults",
	}
)

// field is what the request calls a part of a contract.
func (f providerContractForm) field(contract int, part providercontracts.Part) string {
	if part == providercontracts.Specification {
		return f.place(contract) + f.specification
	}
	return f.place(contract) + "content"
}

// readContract reads the body of a request to publish the contract of a version. It
// returns a Malformed fault for a body that is no JSON object, and otherwise an
// Invalid fault with everything that breaks a rule. The documents themselves it
// leaves to ReadDocuments.
func readContract(provider string, body []byte) (providercontracts.Submission, error) {
	return readContractsOf(provider, body, func(r *memberReader) []providercontracts.Submitted {
		value := pactfile.Member(r.object, "contract")
		switch {
		case pactfile.IsNull(value):
			r.fault("contract", "is missing")
			return nil
		case !pactfile.IsObject(value):
			r.fault("contract", "must be an object")
			return nil
		}
		var contract providercontracts.Submitted
		r.inside(value, oneProviderContract.place(0), func(r *memberReader) {
			contract = r.submitted(providercontracts.DefaultName, oneProviderContract)
		})
		return []providercontracts.Submitted{contract}
	})
}

// readContracts reads the body of a request to publish several contracts of a
// version, as readContract reads one.
func readContracts(provider string, body []byte) (providercontracts.Submission, error) {
	return readContractsOf(provider, body, (*memberReader).providerContracts)
}

func readContractsOf(provider string, body []byte, contracts func(*memberReader) []providercontracts.Submitted) (providercontracts.Submission, error) {
	object, err := contractObject(body)
	if err != nil {
		return providercontracts.Submission{}, err
	}
	r := memberReader{object: object}
	s := providercontracts.Submission{
		Provider: provider,
		Version:  r.required("pacticipantVersionNumber", pacticipants.ValidateName),
		Branch:   textOrNone(r.optional("branch", pacticipants.ValidateName)),
		Tags: r.tags(func(index int, message string) {
			r.fault(fmt.Sprintf("tags[%d]", index), message)
		}),
		BuildURL: r.optional("buildUrl", pacticipants.ValidateAddress),
	}
	r.fault("provider", pacticipants.ValidateName(provider))
	s.Contracts = contracts(&r)
	return s, r.faults()
}

// readOldContract reads the body with which old clients publish.
func readOldContract(provider, version string, body []byte) (providercontracts.Submission, error) {
	object, err := contractObject(body)
	if err != nil {
		return providercontracts.Submission{}, err
	}
	r := memberReader{object: object}
	r.fault("provider", pacticipants.ValidateName(provider))
	r.fault("version", pacticipants.ValidateName(version))
	contract := r.submitted(providercontracts.DefaultName, oldProviderContract)
	return providercontracts.Submission{Provider: provider, Version: version, Contracts: []providercontracts.Submitted{contract}}, r.faults()
}

func contractObject(body []byte) ([]byte, error) {
	if len(bytes.TrimSpace(body)) == 0 {
		body = []byte("{}") // so that the answer names what is missing
	}
	object, err := pactfile.ReadJSON(body)
	if err == nil && !pactfile.IsObject(object) {
		err = fault.New(fault.Malformed, "The request body must be a JSON object.")
	}
	return object, err
}

func (r *memberReader) providerContracts() []providercontracts.Submitted {
	value := r.elements("contracts")
	var list []providercontracts.Submitted
	known := map[string]bool{}
	for item := range pactfile.Items(value) {
		if len(list) == providercontracts.MaxAtOnce {
			r.fault("contracts", fmt.Sprintf("must have at most %d contracts", providercontracts.MaxAtOnce))
			break
		}
		if !pactfile.IsObject(item) {
			r.fault(fmt.Sprintf("contracts[%d]", len(list)), "must be an object")
			list = append(list, providercontracts.Submitted{})
			continue
		}
		r.inside(item, severalProviderContracts.place(len(list)), func(r *memberReader) {
			name := r.required("name", pacticipants.ValidateName)
			if known[name] && name != "" {
				r.fault("name", "is that of another contract in the request")
			}
			known[name] = true
			list = append(list, r.submitted(name, severalProviderContracts))
		})
	}
	return list
}

// submitted reads the members of a contract.
func (r *memberReader) submitted(name string, form providerContractForm) providercontracts.Submitted {
	s := providercontracts.Submitted{Name: name, ContentType: textOrNone(r.optional("contentType", providercontracts.ValidateTerm))}
	if s.Content = r.document(); s.Content != nil {
		s.Specification = textOrNone(r.optional(form.specification, providercontracts.ValidateSpecification))
	}
	if s.ContentType == "" {
		s.ContentType = providercontracts.ContentTypeOf(s.Content)
	}
	s.Evidence = r.evidence(form.evidence)
	return s
}

// document is the content of a contract, which stands in the request as base64.
func (r *memberReader) document() []byte {
	value := pactfile.Member(r.object, "content")
	text, isText := pactfile.QuotedText(value)
	switch {
	case pactfile.IsNull(value):
		r.fault("content", "is missing")
		return nil
	case !isText:
		r.fault("content", "must be a string: the document in base64")
		return nil
	case len(bytes.TrimSpace(text)) == 0:
		r.fault("content", "cannot be blank")
		return nil
	}
	content, isBase64 := decodeLoosely(text)
	if !isBase64 {
		r.fault("content", "is not base64: send the document encoded")
		return nil
	}
	return content
}

// decodeLoosely reads base64 with or without padding and line breaks.
func decodeLoosely(text []byte) ([]byte, bool) {
	if bytes.ContainsAny(text, " \t\r\n") {
		text = bytes.Join(bytes.Fields(text), nil)
	}
	text = bytes.TrimRight(text, "=")
	content := make([]byte, base64.RawStdEncoding.DecodedLen(len(text)))
	n, err := base64.RawStdEncoding.Decode(content, text)
	return content[:n], err == nil && n > 0
}

// evidence is what came of testing the provider against its document. A report
// may stand there as base64 or as it is.
func (r *memberReader) evidence(name string) (e providercontracts.Evidence) {
	value := pactfile.Member(r.object, name)
	if pactfile.IsNull(value) {
		return e
	}
	if !pactfile.IsObject(value) {
		r.fault(name, "must be an object")
		return e
	}
	r.inside(value, name+".", func(r *memberReader) {
		term := func(name string) string { return textOrNone(r.optional(name, providercontracts.ValidateTerm)) }
		e = providercontracts.Evidence{
			Success: r.success(), ContentType: term("contentType"), Format: term("format"), Verifier: term("verifier"), VerifierVersion: term("verifierVersion"),
		}
		report := pactfile.Member(r.object, "content")
		text, isText := pactfile.QuotedText(report)
		switch {
		case pactfile.IsNull(report):
		case !isText:
			r.fault("content", "must be a string")
		default:
			e.Content = decodedReport(text)
			e.SHA = providercontracts.SHAOf(e.Content)
		}
		r.fault("content", providercontracts.ValidateReport(e.Content))
	})
	return e
}

// decodedReport takes a text without blanks for base64 if it can be read so.
func decodedReport(text []byte) []byte {
	if bytes.IndexByte(text, ' ') < 0 {
		decoded, isBase64 := decodeLoosely(text)
		if isBase64 && (utf8.Valid(decoded) || len(text)%4 == 0) {
			return decoded
		}
	}
	return bytes.Clone(text)
}

func (r *memberReader) success() *bool {
	value := string(pactfile.Member(r.object, "success"))
	switch value {
	case "true", "false":
		success := value == "true"
		return &success
	case "", "null":
	default:
		r.fault("success", "must be true or false")
	}
	return nil
}
