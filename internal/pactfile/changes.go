package pactfile

import (
	"strconv"
	"strings"
)

// ChangeKind says what happened to a part of a contract.
type ChangeKind string

// The kinds of changes.
const (
	Added   ChangeKind = "added"
	Removed ChangeKind = "removed"
	Changed ChangeKind = "changed"
)

// ChangeClass says what a change means for the provider.
type ChangeClass string

// The classes of changes.
const (
	// AsksMore: the provider must do something it was not asked for.
	AsksMore ChangeClass = "asks_more"
	// AsksLess: the provider no longer has to do something.
	AsksLess ChangeClass = "asks_less"
	// AsksOtherwise: the provider is asked for something else than before, or
	// is asked for the same in another way.
	AsksOtherwise ChangeClass = "asks_otherwise"
	// AsksTheSame: the change is a remark or a name, of which the provider
	// notices nothing.
	AsksTheSame ChangeClass = "asks_the_same"
)

// DemandChange is one place where a consumer's demands differ between two contracts.
type DemandChange struct {
	// Interaction and State are the description of the interaction or message
	// and the names of its provider states; empty outside of them.
	Interaction, State string
	// Path is a JSON Pointer within the interaction, or within the contract if
	// the change is outside of them. It is empty for a whole interaction.
	Path  string
	Kind  ChangeKind
	Class ChangeClass
	// Before and After are the JSON of the part, nil where there is none.
	Before, After []byte
	// Was and Is are the JSON of the whole interaction, nil outside of them or where there
	// was none, or is none any more.
	Was, Is []byte
	// Place is that of the interaction among all of the second contract from 0, messages
	// after the others; below 0 where it has none.
	Place int
}

// Changes returns what a consumer demands otherwise than before, in the order
// of the second contract. What verification does not depend on (consumer,
// provider, metadata but for the version of the specification, interaction
// ids, order) is no change.
func Changes(before, after Body) []DemandChange {
	changes := []DemandChange{}
	for _, found := range compareBodies(before, after) {
		switch {
		case isNamed(found.name, "interactions"):
			changes = append(changes, demandChanges(found, 0)...)
		case isNamed(found.name, "messages"):
			changes = append(changes, demandChanges(found, lengthOf(Member(after, "interactions")))...)
		case isNamed(found.name, "metadata"):
			changes = append(changes, specificationChange(before, after)...)
		}
	}
	return changes
}

// demandChanges returns what changed in a list of interactions, which may have
// come or gone as a whole, after so many others.
func demandChanges(list difference, others int) []DemandChange {
	var changes []DemandChange
	if !list.leadsOn() {
		list.within = compareInteractions(listOrEmpty(list.before), listOrEmpty(list.after))
	}
	for _, found := range list.within {
		interaction := found.after
		if interaction == nil {
			interaction = found.before
		}
		description, _ := TextOf(Member(interaction, "description"))
		about := DemandChange{Interaction: description, State: stateNames(interaction), Was: found.before, Is: found.after, Place: -1}
		if found.after != nil {
			about.Place = others + found.index
		}
		changes = appendChanges(changes, about, nil, found)
	}
	return changes
}

func listOrEmpty(value []byte) []byte {
	if IsArray(value) {
		return value
	}
	return []byte("[]")
}

func stateNames(interaction []byte) string {
	var names []string
	eachState(interaction, func(name string, _ []byte) bool {
		names = append(names, name)
		return true
	})
	return strings.Join(names, ", ")
}

// appendChanges adds the changes at and below a place of an interaction.
func appendChanges(changes []DemandChange, about DemandChange, path []string, found difference) []DemandChange {
	if found.leadsOn() {
		for _, deeper := range found.within {
			key := strconv.Itoa(deeper.index)
			if deeper.name != nil {
				key = unquote(deeper.name)
			}
			changes = appendChanges(changes, about, append(path, key), deeper)
		}
		return changes
	}
	about.Path, about.Before, about.After = pointer(path), found.before, found.after
	switch {
	case found.before == nil:
		about.Kind = Added
	case found.after == nil:
		about.Kind = Removed
	default:
		about.Kind = Changed
	}
	about.Class = classOf(path, about.Kind)
	return append(changes, about)
}

// classOf says what it means for the provider that a part of an interaction was
// added, removed or changed. Its request and the state it needs are given to
// the provider, so they can only make it another demand; the response and a
// message's contents are what it has to come up with.
func classOf(path []string, kind ChangeKind) ChangeClass {
	if len(path) > 0 {
		switch path[0] {
		case "comments", "key", "pending", "interactionMarkup":
			return AsksTheSame
		case "response", "contents", "metadata", "metaData", "matchingRules":
			if len(path) > 1 && path[1] == "generators" {
				return AsksTheSame
			}
		case "generators":
			return AsksTheSame
		default:
			return AsksOtherwise
		}
	}
	switch kind {
	case Added:
		return AsksMore
	case Removed:
		return AsksLess
	}
	return AsksOtherwise
}

func specificationChange(before, after Body) []DemandChange {
	old, now := canonicalOrNil(specificationVersion(before)), canonicalOrNil(specificationVersion(after))
	if string(old) == string(now) {
		return nil
	}
	kind := Changed
	if old == nil {
		kind = Added
	} else if now == nil {
		kind = Removed
	}
	return []DemandChange{{Path: "/metadata/pactSpecification/version", Kind: kind, Class: AsksOtherwise, Before: old, After: now, Place: -1}}
}

func canonicalOrNil(value []byte) []byte {
	if value == nil {
		return nil
	}
	return canonicalText(value)
}

// pointer writes a JSON Pointer (RFC 6901).
func pointer(path []string) string {
	var text strings.Builder
	for _, key := range path {
		text.WriteByte('/')
		text.WriteString(strings.NewReplacer("~", "~0", "/", "~1").Replace(key))
	}
	return text.String()
}
