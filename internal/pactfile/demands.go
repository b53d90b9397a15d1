package pactfile

import (
	"bytes"
	"slices"
)

// Counts are the numbers of interactions and messages in a contract.
type Counts struct{ Interactions, Messages int }

// CountDemands counts what a contract asks for. The messages of V4 contracts
// lie among the interactions, and are counted as such.
func CountDemands(body Body) Counts {
	return Counts{Interactions: lengthOf(Member(body, "interactions")), Messages: lengthOf(Member(body, "messages"))}
}

func lengthOf(array []byte) int {
	n := 0
	for range Items(array) {
		n++
	}
	return n
}

// SameDemands reports whether two contracts are alike but for the order of their
// interactions and members and for interaction ids. It is how the last really
// different contract is found where equality is ByText. What both have letter for
// letter is not looked into, so that two large contracts of which little differs are
// told apart at once.
func SameDemands(a, b Body) bool {
	interactions, messages := [2][]byte{Member(a, "interactions"), Member(b, "interactions")}, [2][]byte{Member(a, "messages"), Member(b, "messages")}
	if IsArray(interactions[0]) != IsArray(interactions[1]) || IsArray(messages[0]) != IsArray(messages[1]) {
		return false
	}
	if !IsArray(interactions[0]) && !IsArray(messages[0]) {
		return demandsIdentity(a) == demandsIdentity(b)
	}
	before, after := specificationVersion(a), specificationVersion(b)
	return (before == nil) == (after == nil) && bytes.Equal(canonicalText(before), canonicalText(after)) &&
		sameItems(interactions[0], interactions[1]) && sameMessages(messages[0], messages[1], IsArray(interactions[0]))
}

// demandsIdentity is the same for all contracts that are alike in the sense of SameDemands.
func demandsIdentity(body Body) string { return Identity(withoutIDs(body), ByDemands) }

// sameMessages compares lists of messages. Their order counts beside interactions, as it
// does in Identity.
func sameMessages(a, b []byte, ordered bool) bool {
	if !ordered {
		return sameItems(a, b)
	}
	old, now := elementsOf(a), elementsOf(b)
	return slices.EqualFunc(old, now, func(a, b *element) bool {
		return bytes.Equal(a.value, b.value) || spelledWithoutID(a.value) == spelledWithoutID(b.value)
	})
}

// sameItems compares lists whose order does not count.
func sameItems(a, b []byte) bool {
	old, now := elementsOf(a), elementsOf(b)
	if len(old) != len(now) {
		return false
	}
	pairEqual(old, now, func(item []byte) string { return string(item) })
	pairEqual(old, now, spelledWithoutID)
	return !slices.ContainsFunc(old, func(e *element) bool { return e.partner == nil })
}

func spelledWithoutID(item []byte) string { return string(canonicalText(withoutMember(item, "_id"))) }

// withoutIDs takes every _id away, generated or sent.
func withoutIDs(body Body) Body {
	return mapLists(body, 0, func(dst, item []byte) []byte {
		return append(dst, withoutMember(item, "_id")...)
	})
}
