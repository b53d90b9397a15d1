package webhooks

// Reimport is a webhook that is here and comes again by an import: what decides whether
// the source or this broker has the last word.
type Reimport struct {
	// Came tells that it came from the same source before, Unchanged that the source says
	// now what it said then, Untouched that it was neither changed nor enabled here since.
	Came, Unchanged, Untouched bool
	// Same tells that it does here what it does in the source.
	Same bool
	// Take tells that the source wins where both have changed it.
	Take bool
}

// Resolution is what becomes of a webhook that comes again.
type Resolution int

const (
	// Follows becomes what it is in the source.
	Follows Resolution = iota
	// StaysSame only gets the secrets that it lacks.
	StaysSame
	// StaysChanged has changed here and in the source, so it stays as it is.
	StaysChanged
	// StaysOther is one of which the source knows nothing; it only gets secrets, too.
	StaysOther
)

// Resolution decides what becomes of the webhook: until it is changed or enabled here it
// follows the source, and after that only if the source wins and says something new.
func (r Reimport) Resolution() Resolution {
	switch {
	case r.Came && r.Untouched, r.Take && !r.Same && !r.said():
		return Follows
	case r.Same, r.said():
		return StaysSame
	case r.Came:
		return StaysChanged
	}
	return StaysOther
}

// Conflicts reports whether somebody must decide which of the two it is to be.
func (r Reimport) Conflicts() bool {
	return !r.Same && !r.said() && (!r.Came || !r.Untouched)
}

// said reports whether the source has said before what it says now.
func (r Reimport) said() bool { return r.Came && r.Unchanged }

// FillsIn tells that the webhook gets the secrets that it lacks, if the source has them.
func (r Resolution) FillsIn() bool { return r == StaysSame || r == StaysOther }
