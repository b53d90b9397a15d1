package contracts

import (
	"encoding/base64"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"

	"accord/internal/support/rackquery"
)

// Metadata is what the address of a contract's content remembers of how the
// content was selected. It stands in the path as one segment, and comes back
// with the verification results, which so find the consumer versions they
// concern.
type Metadata struct {
	// ConsumerVersion and ConsumerVersionID name one consumer version, by its
	// number or by its id in the store; empty and 0 when not given.
	ConsumerVersion   string
	ConsumerVersionID int64
	// Tags are the tags by which that version was found.
	Tags []string
	// WIP tells that the content was offered as work in progress.
	WIP bool
	// Pending reports whether a failure may break the provider's build; nil when
	// the provider did not ask for the pending status.
	Pending   *bool
	Selectors []SelectorMetadata
}

// SelectorMetadata is a selector that found the content, and the consumer
// version it found.
type SelectorMetadata struct {
	Branch, Tag, Environment string
	Latest                   bool
	ConsumerVersion          string
	ConsumerVersionID        int64
}

// IsEmpty reports whether the metadata says nothing, so that the address needs no
// segment for it.
func (m Metadata) IsEmpty() bool { return len(m.query()) == 0 }

// ConsumerVersions returns the numbers and the ids of the consumer versions that
// the metadata names.
func (m Metadata) ConsumerVersions() (numbers []string, ids []int64) {
	add := func(number string, id int64) {
		if number != "" {
			numbers = append(numbers, number)
		}
		if id != 0 {
			ids = append(ids, id)
		}
	}
	add(m.ConsumerVersion, m.ConsumerVersionID)
	for _, s := range m.Selectors {
		add(s.ConsumerVersion, s.ConsumerVersionID)
	}
	return numbers, ids
}

// Encode returns the path segment; it needs no further escaping.
func (m Metadata) Encode() string {
	return base64.RawURLEncoding.EncodeToString(m.query())
}

func (m Metadata) query() []byte {
	q := make(queryWriter, 0, 128)
	q.text("cvn", m.ConsumerVersion)
	q.id("cv", m.ConsumerVersionID)
	for _, tag := range m.Tags {
		q.text("cvt[]", tag)
	}
	for _, s := range m.Selectors {
		// The version comes first: readers begin a new selector at a key that
		// the last one has already, and every selector has found a version.
		q.text("s[][cvn]", s.ConsumerVersion)
		q.id("s[][cv]", s.ConsumerVersionID)
		q.text("s[][b]", s.Branch)
		q.text("s[][t]", s.Tag)
		q.flag("s[][l]", s.Latest)
		q.text("s[][e]", s.Environment)
	}
	if m.Pending != nil {
		q.text("p", strconv.FormatBool(*m.Pending))
	}
	q.flag("w", m.WIP)
	return q
}

// queryWriter is a query string that pairs are added to, those that say nothing
// excepted.
type queryWriter []byte

func (q *queryWriter) text(name, text string) {
	if text == "" {
		return
	}
	if len(*q) > 0 {
		*q = append(*q, '&')
	}
	*q = append(append(append(*q, url.QueryEscape(name)...), '='), url.QueryEscape(text)...)
}

func (q *queryWriter) id(name string, id int64) {
	if id != 0 {
		q.text(name, strconv.FormatInt(id, 10))
	}
}

func (q *queryWriter) flag(name string, set bool) {
	if set {
		q.text(name, "true")
	}
}

// DecodeMetadata reads the path segment. As addresses are kept by clients for
// years, what cannot be read counts as empty, never as a failure.
func DecodeMetadata(segment string) Metadata {
	segment = strings.NewReplacer("+", "-", "/", "_").Replace(strings.TrimRight(segment, "="))
	text, err := base64.RawURLEncoding.DecodeString(segment)
	if err != nil {
		return Metadata{}
	}
	q, err := rackquery.Parse(string(text))
	if err != nil {
		return Metadata{}
	}
	m := Metadata{
		ConsumerVersion:   storable(q.Text("cvn")),
		ConsumerVersionID: idOf(q.Text("cv")),
		WIP:               q.Text("w") == "true",
	}
	for _, tag := range q.Value("cvt").Texts() {
		if tag = storable(tag); tag != "" {
			m.Tags = append(m.Tags, tag)
		}
	}
	if pending := q.Text("p"); pending == "true" || pending == "false" {
		asked := pending == "true"
		m.Pending = &asked
	}
	for _, s := range q.Value("s").List() {
		if s.IsHash() {
			m.Selectors = append(m.Selectors, selectorMetadata(s))
		}
	}
	return m
}

func selectorMetadata(s *rackquery.Value) SelectorMetadata {
	return SelectorMetadata{
		Branch:            storable(s.MemberText("b")),
		Tag:               storable(s.MemberText("t")),
		Environment:       storable(s.MemberText("e")),
		Latest:            s.MemberText("l") == "true",
		ConsumerVersion:   storable(s.MemberText("cvn")),
		ConsumerVersionID: idOf(s.MemberText("cv")),
	}
}

// storable returns the text, or "" for one that no name in the store can be.
func storable(text string) string {
	if !utf8.ValidString(text) || strings.ContainsRune(text, 0) {
		return ""
	}
	return text
}

func idOf(text string) int64 {
	id, err := strconv.ParseInt(text, 10, 64)
	if err != nil || id < 0 {
		return 0
	}
	return id
}
