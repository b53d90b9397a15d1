package pacticipants

import "context"

// Query says which applications to list, and which part of the list.
type Query struct {
	// Search is a part of the name, in any case; "" is all.
	Search string
	// Label is one that they have; "" is all.
	Label string
	// IDs are those that are wanted; nil is all.
	IDs []int64
	// Limit and Offset cut a page out of the list; a Limit of 0 is all.
	Limit, Offset int
}

// ListReader reads lists of applications and of their labels.
type ListReader interface {
	Reader
	// Pacticipants returns the applications in the order of their names,
	// whatever the case, and how many there are on all pages.
	Pacticipants(ctx context.Context, l Query) ([]Pacticipant, int, error)
	// LabelsOf returns the labels of each of the applications, by its id.
	LabelsOf(ctx context.Context, pacticipantIDs ...int64) (map[int64][]Label, error)
	// FindLabel returns the label of the application, if it has it.
	FindLabel(ctx context.Context, p Pacticipant, label string) (Label, bool, error)
	// Labels returns the labels in use in their order, each once, and how many
	// there are on all pages.
	Labels(ctx context.Context, limit, offset int) ([]string, int, error)
}
