package contracts

import (
	"encoding/base64"
	"net/url"
	"strconv"
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
