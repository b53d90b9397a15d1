package questions

import (
	"encoding/base64"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/accord-broker/accord/internal/contracts"
	"github.com/accord-broker/accord/internal/support/rackquery"
)

// Metadata reads the segment that contracts.Metadata takes in a path. As addresses are
// kept by clients for years, what cannot be read counts as empty, never as a failure.
func Metadata(segment string) contracts.Metadata {
	segment = strings.NewReplacer("+", "-", "/", "_").Replace(strings.TrimRight(segment, "="))
	text, err := base64.RawURLEncoding.DecodeString(segment)
	if err != nil {
		return contracts.Metadata{}
	}
	q, err := rackquery.Parse(string(text))
	if err != nil {
		return contracts.Metadata{}
	}
	m := contracts.Metadata{
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

func selectorMetadata(s *rackquery.Value) contracts.SelectorMetadata {
	return contracts.SelectorMetadata{
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
