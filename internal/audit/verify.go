package audit

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// ChainReader is what a verification reads.
type ChainReader interface {
	ChainBounds(ctx context.Context) (Bounds, error)
	// StoredEntries returns entries with a place after a position, in their order.
	StoredEntries(ctx context.Context, after int64, limit int) ([]Stored, error)
	// FoundUnder returns the applications under which the entries are found whose
	// places come after a position, up to another one, by their ids.
	FoundUnder(ctx context.Context, after, upTo int64) (map[int64][]string, error)
	Guards(ctx context.Context) (Guards, error)
	// StrayApplication returns the first application under which an entry is to be found
	// that is not there, and the id of that entry.
	StrayApplication(ctx context.Context) (name string, entry int64, found bool, err error)
	// LastEntryID returns the last id that the database has given to an entry, 0 if none.
	LastEntryID(ctx context.Context) (int64, error)
	// UnchainedEntries returns entries without a place after an id, in their order.
	UnchainedEntries(ctx context.Context, after int64, limit int) ([]Stored, error)
}

// Bounds are where the chain begins and ends.
type Bounds struct {
	// Base is the head before the oldest entry that is kept, Head that of the whole
	// chain.
	Base, Head Head
	// Untold is up to which position entries were deleted before other entries told of
	// it.
	Untold int64
	// Seal is what the broker has said of the base, nil if nothing.
	Seal []byte
	// Lost tells that the database does not say any more where the chain begins and ends.
	Lost bool
}

// Guards are by what the database refuses to change entries.
type Guards struct {
	// Missing are the triggers that it does not have any more, or has otherwise.
	Missing []string
	// Foreign are triggers and rules on the tables of the audit that are not the broker's:
	// they may change or refuse what it writes.
	Foreign []string
}

// AreWhole reports whether all are there, and nothing else.
func (g Guards) AreWhole() bool { return len(g.Missing)+len(g.Foreign) == 0 }

// deletionAction is the action of the entries that tell of the deletion of others.
// The schema knows it, too.
const deletionAction = "deleteAuditEntries"

// Deletion is the entry that tells that so many of the oldest entries are deleted, up
// to the last one, because their time is over.
func Deletion(at time.Time, last Head, count int) Entry {
	return Entry{
		At: at, Outcome: Done, Count: 1, Origin: Origin{Through: "broker", Action: deletionAction, Target: last.Anchor()},
		Changes: []Change{{What: "oldest entries of the audit", Before: count}},
	}
}

// deleted is the last entry of whose deletion this one tells, if it does.
func (s Stored) deleted() (last Head, told bool) {
	if s.Action != deletionAction || s.Through != "broker" || s.Outcome != string(Done) {
		return Head{}, false
	}
	last, err := ParseAnchor(s.Target)
	return last, err == nil
}

// Verified is the outcome of a verification.
type Verified struct {
	// Entries is how many have a place in the chain and were looked at, Waiting how
	// many wait for theirs, and Deleted how many were deleted when their time was
	// over.
	Entries, Waiting, Deleted int64
	// Unproven tells that there is no key here by which it could be shown that it was the
	// broker which deleted these.
	Unproven bool
	// Unsealed is up to which position entries are gone of which nothing that was made with
	// the key says that the broker deleted them: it had no key then, or somebody cut them
	// off. It is 0 if there are none that were not known of.
	Unsealed int64
	// TooOld are the anchors of entries that were deleted when their time was over:
	// nothing is left to hold against them.
	TooOld []Head
	// Head is the end of the chain. Written down elsewhere, it proves later that
	// nothing up to it was replaced.
	Head Head
	// Guards are what has become of the triggers by which the database refuses changes.
	Guards Guards
	// Broken says of the first entry that is not as it was written what is wrong
	// with it, "" if all are.
	Broken string
}

// Anchor is a head that was written down elsewhere, in the form POSITION:DIGEST.
func (h Head) Anchor() string {
	return strconv.FormatInt(h.Position, 10) + ":" + hex.EncodeToString(h.Chain)
}

// ParseAnchor reads what Anchor has written.
func ParseAnchor(text string) (Head, error) {
	position, digest, _ := strings.Cut(text, ":")
	n, err := strconv.ParseInt(position, 10, 64)
	chain, other := hex.DecodeString(digest)
	const digestBytes = 32
	if err != nil || other != nil || n < 1 || len(chain) != digestBytes {
		return Head{}, fmt.Errorf("%q must be a position and a digest as \"broker audit verify\" prints them, such as 42:9f86d0…", text)
	}
	return Head{Position: n, Chain: chain}, nil
}

// Known is what is known of a chain from elsewhere.
type Known struct {
	// Anchors are heads that the chain must have had.
	Anchors []Head
	// Sealer has the key of the broker; nil if it is not known.
	Sealer Sealer
	// Unsealed is up to which position the broker is known to have deleted entries without
	// a key.
	Unsealed int64
}

// Verify reads the whole chain and compares each entry with its digest and its
// place, and the chain with what is known of it.
func Verify(ctx context.Context, c ChainReader, known Known) (Verified, error) {
	bounds, err := c.ChainBounds(ctx)
	if err != nil {
		return Verified{}, err
	}
	v := verification{Verified: Verified{Head: bounds.Head, Deleted: bounds.Base.Position}, bounds: bounds, at: bounds.Base, known: known}
	for _, a := range known.Anchors {
		if a.Position < bounds.Base.Position {
			v.TooOld = append(v.TooOld, a)
		}
	}
	if v.Guards, err = c.Guards(ctx); err != nil {
		return v.Verified, err
	}
	if bounds.Lost {
		v.Broken = "the row is gone in which the database keeps where the chain begins and ends: somebody took it away"
	}
	v.compareAnchors()
	for v.Broken == "" {
		found, err := c.StoredEntries(ctx, v.at.Position, exported)
		if err != nil {
			return v.Verified, err
		}
		if len(found) == 0 {
			break
		}
		if v.foundUnder, err = c.FoundUnder(ctx, v.at.Position, found[len(found)-1].Position); err != nil {
			return v.Verified, err
		}
		for i := 0; i < len(found) && v.Broken == ""; i++ {
			v.look(found[i])
		}
	}
	v.compareHeads()
	if v.Broken != "" {
		return v.Verified, nil
	}
	err = v.lookAtWaiting(ctx, c)
	v.compareNames()
	v.compareBase()
	v.compareSeal()
	return v.Verified, errors.Join(err, v.lookForLost(ctx, c))
}

type verification struct {
	Verified
	bounds Bounds
	at     Head
	known  Known
	// foundUnder are the applications under which the entries are found that are looked
	// at, by their ids.
	foundUnder map[int64][]string
	// names are by which former name an application is found under another one.
	names map[string][]string
	// also are the names under which entries are found beside those that they are about.
	also map[alsoFound]string
	// told is the last deletion of which an entry tells.
	told Head
}

// alsoFound is a name under which an entry is found that is about others, which stand in
// one text.
type alsoFound struct{ about, name string }

// look compares the next entry with what it should be.
func (v *verification) look(s Stored) {
	want := v.at.Next(s.digest())
	switch {
	case s.Position != want.Position:
		v.Broken = fmt.Sprintf("the entry at position %d is missing: position %d follows", want.Position, s.Position)
	case !bytes.Equal(s.Digest, s.digest()):
		v.Broken = fmt.Sprintf("the entry %d at position %d was changed: %s", s.ID, s.Position, s.inWords())
	case !bytes.Equal(s.Chain, want.Chain):
		v.Broken = fmt.Sprintf("the entry %d at position %d does not follow the one before it: one of them was replaced: %s", s.ID, s.Position, s.inWords())
	default:
		v.compareApplications(s)
	}
	v.noteDeletion(s)
	v.at = Head{Position: s.Position, Chain: s.Chain}
	v.Entries++
	v.compareAnchors()
}

// compareApplications reports whether an entry is still found under all that it is about.
// It may be found under more, if an application was given another name since.
func (v *verification) compareApplications(s Stored) {
	e, err := s.Entry()
	if err != nil {
		v.Broken = fmt.Sprintf("the entry %d at position %d cannot be read", s.ID, s.Position)
		return
	}
	for _, name := range e.Applications {
		if !slices.Contains(v.foundUnder[s.ID], name) {
			v.Broken = fmt.Sprintf("the entry %d at position %d is no longer found under %q, which it is about: %s", s.ID, s.Position, name, s.inWords())
			return
		}
	}
	v.noteNames(e)
	for _, name := range v.foundUnder[s.ID] {
		key := alsoFound{strings.Join(e.Applications, "\x00"), name}
		if _, known := v.also[key]; known || slices.Contains(e.Applications, name) {
			continue
		}
		if v.also == nil {
			v.also = map[alsoFound]string{}
		}
		v.also[key] = fmt.Sprintf("the entry %d at position %d is found under %q, which it is not about: %s", s.ID, s.Position, name, s.inWords())
	}
}

// noteNames notes by which name an application goes on after the entry.
func (v *verification) noteNames(e Entry) {
	for _, c := range e.Changes {
		former, isText := c.Before.(string)
		name, also := c.After.(string)
		if !isText || !also || c.What != Renamed && c.What != Merged {
			continue
		}
		if v.names == nil {
			v.names = map[string][]string{}
		}
		v.names[former] = append(v.names[former], name)
	}
}

// compareNames reports whether entries are found under names that no application was
// given which they are about. Only at the end all that were given are known.
func (v *verification) compareNames() {
	if v.Broken != "" {
		return
	}
	for key, broken := range v.also {
		given := strings.Split(key.about, "\x00")
		for i := 0; i < len(given); i++ {
			for _, name := range v.names[given[i]] {
				if !slices.Contains(given, name) {
					given = append(given, name)
				}
			}
		}
		if !slices.Contains(given, key.name) && (v.Broken == "" || broken < v.Broken) {
			v.Broken = broken
		}
	}
}

func (v *verification) noteDeletion(s Stored) {
	if last, told := s.deleted(); told {
		v.told = last
	}
}

// compareBase reports whether more of the oldest entries are gone than the broker has
// deleted.
func (v *verification) compareBase() {
	base := v.bounds.Base
	if v.Broken == "" && base.Position > v.bounds.Untold && (v.told.Position != base.Position || !bytes.Equal(v.told.Chain, base.Chain)) {
		v.Broken = fmt.Sprintf("the chain begins after position %d, and no entry tells that the broker deleted what was up to there when its time was over: it was cut off", base.Position)
	}
}

// compareSeal reports whether others than the broker may have deleted the oldest entries.
func (v *verification) compareSeal() {
	if v.Broken != "" || v.bounds.Base.Position == 0 {
		return
	}
	if v.known.Sealer == nil || !v.known.Sealer.Usable() {
		v.Unproven = true
		return
	}
	if n := v.bounds.unsealed(v.known.Sealer); n > v.known.Unsealed {
		v.Unsealed = n
	}
}

// lookForLost reports whether something is left of entries that are gone without a trace
// in the chain.
func (v *verification) lookForLost(ctx context.Context, c ChainReader) error {
	name, entry, stray, err := c.StrayApplication(ctx)
	if err != nil || v.Broken != "" {
		return err
	}
	if stray {
		v.Broken = fmt.Sprintf("an entry %d is to be found under %q, and is not there: it was taken away, or there never was one", entry, name)
		return nil
	}
	last, err := c.LastEntryID(ctx)
	if v.Head.Position == 0 && v.Waiting == 0 && last > 0 {
		v.Broken = fmt.Sprintf("there is no entry, and the database has given ids up to %d to entries: the audit was emptied", last)
	}
	return err
}

// compareAnchors holds the anchors that are of the place which was reached against
// the chain.
func (v *verification) compareAnchors() {
	differs := func(a Head) bool { return a.Position == v.at.Position && !bytes.Equal(a.Chain, v.at.Chain) }
	if v.Broken == "" && slices.ContainsFunc(v.known.Anchors, differs) {
		v.Broken = fmt.Sprintf("at position %d the chain has another digest than the one that was written down: something up to there was replaced", v.at.Position)
	}
}

// compareHeads reports whether entries are missing at the end, and whether the next
// one will follow the last.
func (v *verification) compareHeads() {
	if v.Broken != "" {
		return
	}
	if v.at.Position < v.Head.Position {
		v.Broken = fmt.Sprintf("the entry at position %d is missing: the chain had %d entries", v.at.Position+1, v.Head.Position)
		return
	}
	if v.at.Position > v.Head.Position || !bytes.Equal(v.at.Chain, v.Head.Chain) {
		v.Broken = fmt.Sprintf("the end of the chain, on which the next entry will hang, is not the entry at position %d: it was replaced", v.at.Position)
		return
	}
	for _, a := range v.known.Anchors {
		if a.Position > v.at.Position {
			v.Broken = fmt.Sprintf("the entry at position %d is missing: it was written down that the chain had %d entries", v.at.Position+1, a.Position)
		}
	}
}

func (v *verification) lookAtWaiting(ctx context.Context, c ChainReader) error {
	for after := int64(0); ; {
		found, err := c.UnchainedEntries(ctx, after, exported)
		if err != nil || len(found) == 0 {
			return err
		}
		for _, s := range found {
			if after = s.ID; !bytes.Equal(s.Digest, s.digest()) {
				v.Broken = fmt.Sprintf("the entry %d, which has no place yet, was changed: %s", s.ID, s.inWords())
				return nil
			}
			e, err := s.Entry()
			if err != nil {
				v.Broken = fmt.Sprintf("the entry %d, which has no place yet, cannot be read", s.ID)
				return nil
			}
			v.noteNames(e)
			v.noteDeletion(s)
			v.Waiting++
		}
	}
}

func (s Stored) inWords() string {
	e, err := s.Entry()
	if err != nil {
		return "its details cannot be read"
	}
	return fmt.Sprintf("%s %s by %q at %s", e.Action, e.Target, e.Actor, e.At.Format("2006-01-02 15:04:05"))
}

func sortByTime(entries []Entry) {
	slices.SortStableFunc(entries, func(a, b Entry) int { return a.At.Compare(b.At) })
}
