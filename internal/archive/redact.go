package archive

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"encoding/hex"
	"encoding/json"
	"strings"

	"github.com/google/uuid"
)

// Redactor replaces what people have named or written by words that tell nothing,
// the same word for the same text within one archive. How things belong together,
// their order, times, outcomes and the shape of contracts stay.
type Redactor struct{ key []byte }

// NewRedactor makes a redactor. Nobody else replaces texts by the same words.
func NewRedactor() *Redactor {
	key := make([]byte, 32)
	_, _ = rand.Read(key) // never fails: crypto/rand stops the program instead
	return &Redactor{key}
}

var letters = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

func (d *Redactor) digest(text string) []byte {
	sum := hmac.New(sha256.New, d.key)
	sum.Write([]byte(text))
	return sum.Sum(nil)
}

// word replaces a text by letters, in steps of eight about as many as it had, but never
// so few that two of a million short names would get the same.
func (d *Redactor) word(text string) string {
	if text == "" {
		return ""
	}
	const step, fewest = 8, 16
	long := letters.EncodeToString(d.digest(text))
	wanted := max(fewest, (len(text)+step-1)/step*step)
	for len(long) < wanted {
		long += long
	}
	return long[:wanted]
}

func (d *Redactor) optional(text *string) *string {
	if text == nil {
		return nil
	}
	word := d.word(*text)
	return &word
}

func (d *Redactor) address(text *string) *string {
	if text == nil || *text == "" {
		return text
	}
	address := "https://" + d.word(*text) + ".example"
	return &address
}

// sha replaces the sha of a content, from which a known one could be found out.
func (d *Redactor) sha(sha string) string {
	const length = 40
	return hex.EncodeToString(d.digest(sha))[:length]
}

// uuid replaces a uuid, by which who has the source would find in it what the record is
// about.
func (d *Redactor) uuid(text string) string {
	if text == "" {
		return ""
	}
	id := uuid.UUID(d.digest(text)[:16])
	const random, variant = 0x40, 0x80
	id[6], id[8] = id[6]&0x0f|random, id[8]&0x3f|variant
	return id.String()
}

// Header returns the first line of the archive without the names that it was asked for by.
func (d *Redactor) Header(h Header) Header {
	only := make([]string, 0, len(h.Only))
	for _, part := range h.Only {
		what, name, _ := strings.Cut(part, "=")
		only = append(only, what+"="+d.word(name))
	}
	h.Only = only
	return h
}

// Redact returns the record without what people have named or written, or nil if
// nothing of it can be told.
func (d *Redactor) Redact(r Record) Record {
	switch r := r.(type) {
	case *Application:
		r.Name, r.DisplayName = d.word(r.Name), d.word(r.Name)
		r.RepositoryURL, r.RepositoryName, r.RepositoryNamespace = d.address(r.RepositoryURL), d.optional(r.RepositoryName), d.optional(r.RepositoryNamespace)
		r.MainBranch, r.ExternalReason = d.optional(r.MainBranch), d.optional(r.ExternalReason)
	case *Label:
		r.Application, r.Name = d.word(r.Application), d.word(r.Name)
	case *Environment:
		r.UUID, r.Name, r.DisplayName, r.Contacts = d.uuid(r.UUID), d.word(r.Name), d.word(r.Name), nil
	case *Version:
		r.Application, r.Number, r.BuildURL, r.SourceID = d.word(r.Application), d.word(r.Number), d.address(r.BuildURL), 0
	case *Branch:
		r.Application, r.Name, r.Head = d.word(r.Application), d.word(r.Name), d.optional(r.Head)
	case *Membership:
		r.Application, r.Branch, r.Version = d.word(r.Application), d.word(r.Branch), d.word(r.Version)
	case *Tag:
		r.Application, r.Version, r.Name = d.word(r.Application), d.word(r.Version), d.word(r.Name)
	case *Deployment:
		r.UUID, r.Environment = d.uuid(r.UUID), d.uuid(r.Environment)
		r.Application, r.Version, r.Instance = d.word(r.Application), d.word(r.Version), d.word(r.Instance)
	case *Release:
		r.UUID, r.Environment = d.uuid(r.UUID), d.uuid(r.Environment)
		r.Application, r.Version = d.word(r.Application), d.word(r.Version)
	case *Document:
		r.Provider, r.SHA = d.word(r.Provider), d.sha(r.SHA)
		r.Body, r.BodyBase64 = d.jsonOrNone(r.Body), nil
	case *Contract:
		r.Provider, r.Version, r.Name, r.SHA, r.Evidence = d.word(r.Provider), d.word(r.Version), d.word(r.Name), d.sha(r.SHA), nil
		r.Verifier, r.VerifierVersion, r.ContentType = d.optional(r.Verifier), d.optional(r.VerifierVersion), usualType(r.ContentType)
	default:
		return d.redactPair(r)
	}
	return r
}

// redactPair is Redact for what belongs to a pair, and for the rest.
func (d *Redactor) redactPair(r Record) Record {
	switch r := r.(type) {
	case *Integration:
		r.Consumer, r.Provider = d.word(r.Consumer), d.word(r.Provider)
	case *Content:
		r.Consumer, r.Provider, r.SHA = d.word(r.Consumer), d.word(r.Provider), d.sha(r.SHA)
		r.Body, r.BodyBase64 = d.jsonOrNone(r.Body), nil
	case *Publication:
		r.Consumer, r.Version, r.Provider, r.SHA = d.word(r.Consumer), d.word(r.Version), d.word(r.Provider), d.sha(r.SHA)
	case *Result:
		r.Consumer, r.Provider, r.SHA, r.ProviderVersion = d.word(r.Consumer), d.word(r.Provider), d.sha(r.SHA), d.word(r.ProviderVersion)
		r.BuildURL, r.Selectors, r.TestResults, r.VerifiedBy = d.address(r.BuildURL), nil, d.json(r.TestResults), d.json(r.VerifiedBy)
		for i, tag := range r.Tags {
			r.Tags[i] = d.word(tag)
		}
	case *FirstSuccess:
		r.Consumer, r.Provider, r.SHA, r.Tag = d.word(r.Consumer), d.word(r.Provider), d.sha(r.SHA), d.word(r.Tag)
	default: // secrets, webhooks and what they have sent
		return nil
	}
	return r
}

// jsonOrNone replaces the texts in JSON, and what is no JSON by an empty object.
func (d *Redactor) jsonOrNone(text *string) *string {
	told := d.json(text)
	if told == nil {
		none := "{}"
		told = &none
	}
	return told
}

// json replaces the texts in JSON, and nothing for what is no JSON.
func (d *Redactor) json(text *string) *string {
	if text == nil {
		return nil
	}
	var value any
	if json.Unmarshal([]byte(*text), &value) != nil {
		return nil
	}
	redacted, err := json.Marshal(d.value(value))
	if err != nil {
		return nil
	}
	told := string(redacted)
	return &told
}

func (d *Redactor) value(value any) any {
	switch v := value.(type) {
	case string:
		return d.word(v)
	case float64:
		return 0
	case []any:
		for i := range v {
			v[i] = d.value(v[i])
		}
	case map[string]any:
		told := make(map[string]any, len(v))
		for name, member := range v {
			told[d.member(name)] = d.value(member)
		}
		return told
	}
	return value
}

// ofFormat are the names of members that belong to the formats of pacts and of
// results, and tell nothing.
var ofFormat = strings.Fields(`_id body consumer contents description generators headers interactions matchers matchingRules
	message messages metadata method name params path pending plugins provider providerState providerStates query request response
	status tests type exampleCount failureCount summary pact pactSpecification pactSpecificationVersion version interactionId success mismatches
	implementation clientLanguage testFramework`)

// usualType is the type of a document if many have it; one of their own is a name that
// somebody has made up.
func usualType(contentType string) string {
	if strings.Contains(contentType, "yaml") || strings.Contains(contentType, "yml") {
		return "application/yaml"
	}
	return "application/json"
}

func (d *Redactor) member(name string) string {
	for _, known := range ofFormat {
		if name == known {
			return name
		}
	}
	return d.word(name)
}
