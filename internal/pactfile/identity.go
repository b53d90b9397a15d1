package pactfile

import (
	"bytes"
	"crypto/sha1"
	"encoding/hex"
	"encoding/json"
	"hash"
	"slices"
)

// Equality says which parts of two contents must agree for them to count as
// the same content, and so to share verification results.
type Equality int

const (
	// ByDemands looks at what verification results depend on alone: the
	// interactions, the messages and the version of the specification,
	// whatever the order of interactions and members.
	ByDemands Equality = iota
	// ByText looks at the whole text, save for white space.
	ByText
)

// Identity returns the name of a content: 40 hexadecimal digits, the same for
// every content that is equal in the given sense. It equals the name that the
// Pact Broker gives, so links to contents survive a change of broker. It must
// be taken before interaction ids are added, as an id that was sent counts.
func Identity(content Body, equality Equality) string {
	interactions, messages := Member(content, "interactions"), Member(content, "messages")
	if equality == ByText || (!IsArray(interactions) && !IsArray(messages)) {
		c := canonical{text: make([]byte, 0, len(content)), asSent: true}
		c.append(content)
		return RawIdentity(c.text)
	}
	c := canonical{text: make([]byte, 0, len(content))}
	sum := sha1.New()
	separator := []byte("{")
	if IsArray(interactions) {
		writeList(sum, separator, "interactions", c.list(interactions, true))
		separator = []byte(",")
	}
	if IsArray(messages) {
		writeList(sum, separator, "messages", c.list(messages, !IsArray(interactions)))
		separator = []byte(",")
	}
	if version := specificationVersion(content); version != nil {
		write(sum, separator, []byte(`"pact_specification_version":`), canonicalText(version))
	}
	write(sum, []byte("}"))
	return hex.EncodeToString(sum.Sum(nil))
}

// RawIdentity returns the name of a content from its very bytes. It is what
// POST /contracts/publish goes by where equality is ByText.
func RawIdentity(text []byte) string {
	sum := sha1.Sum(text)
	return hex.EncodeToString(sum[:])
}

// HasIdentity reports whether a content as it is stored, with the ids of its
// interactions, has the given name by any rule that there was: in either sense of
// equality, whether the ids were sent or added. What is no JSON has none.
func HasIdentity(stored Body, name string) bool {
	if !json.Valid(stored) {
		return false
	}
	bare := WithoutInteractionIDs(stored)
	for _, content := range []Body{bare, stored} {
		if Identity(content, ByDemands) == name || Identity(content, ByText) == name {
			return true
		}
	}
	return false
}

// list writes the elements of a list one after the other and returns them, in
// the order of their text if sorted.
func (c *canonical) list(array []byte, sorted bool) [][]byte {
	var ends []int
	c.text = slices.Grow(c.text[:0], len(array))
	for item := range Items(array) {
		c.append(item)
		ends = append(ends, len(c.text))
	}
	texts, start := make([][]byte, len(ends)), 0
	for n, end := range ends {
		texts[n] = c.text[start:end]
		start = end
	}
	if sorted {
		slices.SortFunc(texts, bytes.Compare)
	}
	return texts
}

func writeList(sum hash.Hash, separator []byte, name string, texts [][]byte) {
	write(sum, separator, []byte(`"`+name+`":[`))
	for n, text := range texts {
		if n > 0 {
			write(sum, []byte(","))
		}
		write(sum, text)
	}
	write(sum, []byte("]"))
}

// write adds to a hash, which never fails.
func write(sum hash.Hash, parts ...[]byte) {
	for _, part := range parts {
		sum.Write(part)
	}
}

// specificationVersion returns the version of the Pact specification that a
// content names in one of the three places libraries put it, or nil.
func specificationVersion(content []byte) []byte {
	metadata := Member(content, "metadata")
	for _, path := range [][]string{{"pactSpecification", "version"}, {"pact-specification", "version"}, {"pactSpecificationVersion"}} {
		if version := memberAt(metadata, path...); !IsNull(version) {
			return version
		}
	}
	return nil
}

// WithInteractionIDs gives each object among the interactions and messages an
// _id, as its first member, that depends on nothing but the interaction.
// Verifiers name interactions by it in their results. An _id that was sent stays.
func WithInteractionIDs(content Body) Body {
	var spelling canonical // one for all, so that each uses the memory of the last
	return mapLists(content, len(`"_id":"",`)+2*sha1.Size, func(dst, item []byte) []byte {
		if !IsObject(item) || Member(item, "_id") != nil {
			return append(dst, item...)
		}
		spelling.text = spelling.text[:0]
		spelling.append(item)
		dst = append(dst, `{"_id":"`...)
		dst = append(dst, RawIdentity(spelling.text)...)
		if dst = append(dst, '"'); len(item) > 2 {
			dst = append(dst, ',')
		}
		return append(dst, item[1:]...)
	})
}

// InteractionID returns the _id of an interaction that has none yet.
func InteractionID(interaction []byte) string {
	return RawIdentity(canonicalText(interaction))
}

// WithoutInteractionIDs takes away the ids that WithInteractionIDs gave. An
// _id that is not the interaction's own was sent by a client and stays.
func WithoutInteractionIDs(content Body) Body {
	return mapLists(content, 0, func(dst, item []byte) []byte {
		bare := withoutMember(item, "_id")
		if id, ok := TextOf(Member(item, "_id")); !ok || id != InteractionID(bare) {
			return append(dst, item...)
		}
		return append(dst, bare...)
	})
}

// mapLists copies a content, with each element of the lists of interactions and
// messages written by the given function, which makes it longer by the given
// number of bytes at most.
func mapLists(content Body, longer int, element func(dst, item []byte) []byte) Body {
	if !IsObject(content) {
		return content
	}
	counts := CountDemands(content)
	dst := append(make([]byte, 0, len(content)+longer*(counts.Interactions+counts.Messages)), '{')
	for name, value := range members(content) {
		if len(dst) > 1 {
			dst = append(dst, ',')
		}
		dst = append(append(dst, name...), ':')
		if IsArray(value) && (isNamed(name, "interactions") || isNamed(name, "messages")) {
			dst = mapItems(dst, value, element)
			continue
		}
		dst = append(dst, value...)
	}
	return append(dst, '}')
}

func mapItems(dst, array []byte, element func(dst, item []byte) []byte) []byte {
	dst = append(dst, '[')
	index := 0
	for item := range Items(array) {
		if index > 0 {
			dst = append(dst, ',')
		}
		dst = element(dst, item)
		index++
	}
	return append(dst, ']')
}

// withoutMember copies an object without the named member; what is not an
// object, or has no such member, is returned as it is.
func withoutMember(object []byte, unwanted string) []byte {
	if Member(object, unwanted) == nil {
		return object
	}
	dst := append(make([]byte, 0, len(object)), '{')
	for name, value := range members(object) {
		if isNamed(name, unwanted) {
			continue
		}
		if len(dst) > 1 {
			dst = append(dst, ',')
		}
		dst = append(append(append(dst, name...), ':'), value...)
	}
	return append(dst, '}')
}
