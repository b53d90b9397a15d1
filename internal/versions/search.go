package versions

import "context"

// FoundBranch is a branch that a search has found.
type FoundBranch struct {
	Pacticipant, Name string
	Life              Life
}

// SearchReader finds versions and branches of all applications.
type SearchReader interface {
	// VersionsBeginning returns versions whose number begins with the text, the
	// newest first, BranchesBeginning such branches, the one changed last first; both
	// only those of the applications that are named, unless these are nil.
	VersionsBeginning(ctx context.Context, text string, of []string, limit int) ([]Version, error)
	BranchesBeginning(ctx context.Context, text string, of []string, limit int) ([]FoundBranch, error)
}
