package pactfile

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
// different contract is found where equality is ByText.
func SameDemands(a, b Body) bool { return DemandsIdentity(a) == DemandsIdentity(b) }

// DemandsIdentity is the same for all contracts that are alike in that sense.
func DemandsIdentity(body Body) string { return Identity(withoutIDs(body), ByDemands) }

// withoutIDs takes every _id away, generated or sent.
func withoutIDs(body Body) Body {
	return mapLists(body, 0, func(dst, item []byte) []byte {
		return append(dst, withoutMember(item, "_id")...)
	})
}
