package access

import "time"

// Attention says whether somebody ought to look at a token.
type Attention string

// The kinds of attention, in the order in which tokens are listed.
const (
	// NeedsLook is a token that goes on for ever, ends soon, or has expired lately.
	NeedsLook Attention = "look"
	// NeedsNone is one that is accepted for long, or was replaced.
	NeedsNone Attention = "fine"
	// HasEnded is one that was revoked, or has expired long ago.
	HasEnded Attention = "ended"
)

const (
	// EndsSoon is how long before its end a token needs a look.
	EndsSoon = 14 * 24 * time.Hour
	// EndedLately is how long after it.
	EndedLately = 30 * 24 * time.Hour
)

// TokenQuery says which tokens to list: those that need a look first, then by
// name. Those that were given in exchange are left out.
type TokenQuery struct {
	// Text is found in any case in the name, the owner, the prefix, or an application,
	// a label or a team; "" finds all.
	Text string
	// Role and Attention are the only ones to list, "" for any.
	Role      Role
	Attention Attention
	// Team leaves those with a role for its applications by its name, "" all.
	Team string
	// At is the time for which it is asked.
	At            time.Time
	Limit, Offset int
}

// TokenCounts is how many tokens there are.
type TokenCounts struct {
	// All counts those that a listing leaves out because of its text, role and team, too.
	All int
	// Fitting counts those with its text, role and team, of any attention.
	Fitting map[Attention]int
}

// PersonState is what a list of people can be narrowed down to.
type PersonState string

// The states of people.
const (
	MaySignIn     PersonState = "in"
	NeverSignedIn PersonState = "never"
	KeptOut       PersonState = "out"
)

// PeopleQuery says which people to list, by name.
type PeopleQuery struct {
	// Text is found in any case in the name, or the address of the provider; "" finds
	// all.
	Text string
	// State is the only one to list, "" for any.
	State PersonState
	// Team leaves those whom it names, or who have a role for its applications by its
	// name; nil all.
	Team          *Team
	Limit, Offset int
}

// PeopleCounts is how many people there are.
type PeopleCounts struct {
	// All counts those that a listing leaves out because of its text and team, too.
	All int
	// Fitting counts those with its text and team; whoever never signed in may do so, too.
	Fitting map[PersonState]int
}

// Of is how many fit that are in a state, "" for any.
func (c PeopleCounts) Of(state PersonState) int {
	if state == "" {
		return c.Fitting[MaySignIn] + c.Fitting[KeptOut]
	}
	return c.Fitting[state]
}

// Of is how many fit that need some attention, "" for any.
func (c TokenCounts) Of(attention Attention) int {
	if attention != "" {
		return c.Fitting[attention]
	}
	return c.Fitting[NeedsLook] + c.Fitting[NeedsNone] + c.Fitting[HasEnded]
}
