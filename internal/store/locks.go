package store

import (
	"context"
	"strings"

	"github.com/accord-broker/accord/internal/pacticipants"
	"github.com/accord-broker/accord/internal/store/db"
	"github.com/accord-broker/accord/internal/versions"
)

// Every projection belongs to one application: heads and successes to the one
// whose versions they are about, the publication and the result that count to
// the one whose version published or verified. So a transaction that writes
// locks that application from the moment it looks a version or branch up, and
// nothing changes between what it reads and what it writes. Reading never
// waits, and SQLite has one writer anyway.

// lockPacticipant keeps other writers away from what the application owns until
// the transaction ends. Others may still make things that refer to it.
func (tx *Tx) lockPacticipant(ctx context.Context, pacticipantID int64) error {
	if tx.locked == nil || tx.locked[pacticipantID] {
		return nil
	}
	return tx.lockRow(ctx, pacticipantID, "FOR NO KEY UPDATE")
}

// lockPacticipantExclusively also keeps those away who make something that refers to the
// application, such as a pair with it: for deleting it.
func (tx *Tx) lockPacticipantExclusively(ctx context.Context, pacticipantID int64) error {
	if tx.locked == nil {
		return nil
	}
	return tx.lockRow(ctx, pacticipantID, "FOR UPDATE")
}

func (tx *Tx) lockRow(ctx context.Context, pacticipantID int64, strength string) error {
	r, found, err := row[pacticipantRow](ctx, &tx.queries, "lock pacticipant", "SELECT "+sqlPacticipantColumns+" FROM all_pacticipants p WHERE p.id = ? AND p.deleted_at IS NULL "+strength, pacticipantID)
	if err == nil && !found {
		err = db.ErrConflict
	}
	tx.locked[pacticipantID] = err == nil
	for name, known := range tx.found {
		if known.ID == pacticipantID {
			tx.found[name] = r.toPacticipant()
		}
	}
	tx.hasWaited()
	return err
}

// hasWaited makes what the transaction writes from now on newer than what others
// wrote while it waited for a lock.
func (tx *Tx) hasWaited() { tx.now = max(tx.now, tx.clock()) }

// lock keeps other transactions that lock the same name waiting until this one
// ends.
func (tx *Tx) lock(ctx context.Context, name string) error {
	return tx.lockBy(ctx, "lock "+name, "SELECT pg_advisory_xact_lock(hashtextextended(?, 0))", name)
}

// namesInScopes is the name of the lock of all names that stand in scopes.
const namesInScopes = "names in scopes"

func (tx *Tx) KeepNames(ctx context.Context) error {
	return tx.lockBy(ctx, "keep "+namesInScopes, "SELECT pg_advisory_xact_lock_shared(hashtextextended(?, 0))", namesInScopes)
}

func (tx *Tx) LockNames(ctx context.Context) error { return tx.lock(ctx, namesInScopes) }

// lockBy runs a statement of PostgreSQL that locks something until the transaction
// ends, and may wait for it. SQLite has one writer anyway.
func (tx *Tx) lockBy(ctx context.Context, what, text string, args ...any) error {
	if tx.dialect != db.Postgres {
		return nil
	}
	_, err := tx.exec(ctx, what, text, args...)
	tx.hasWaited()
	return err
}

// lockOwner locks the application that the version belongs to.
func (tx *Tx) lockOwner(ctx context.Context, versionID int64) error {
	if tx.locked == nil {
		return nil
	}
	owner, found, err := row[int64](ctx, &tx.queries, "find owner of version", "SELECT pacticipant_id FROM versions WHERE id = ?", versionID)
	if err == nil && !found {
		err = db.ErrConflict
	}
	if err != nil {
		return err
	}
	return tx.lockPacticipant(ctx, owner)
}

func (tx *Tx) LockPacticipant(ctx context.Context, p pacticipants.Pacticipant) (pacticipants.Pacticipant, error) {
	if err := tx.lockPacticipant(ctx, p.ID); err != nil {
		return p, err
	}
	r, _, err := row[pacticipantRow](ctx, &tx.queries, "read pacticipant", "SELECT "+sqlPacticipantColumns+" FROM pacticipants p WHERE p.id = ?", p.ID)
	return r.toPacticipant(), err
}

// lockName keeps other writers from making an application of this name in
// another case, where case does not matter; the schema sees to the rest.
func (tx *Tx) lockName(ctx context.Context, name string) error {
	if tx.locked == nil || !tx.options.FoldNames {
		return nil
	}
	if err := tx.lock(ctx, "pacticipant "+strings.ToLower(name)); err != nil {
		return err
	}
	_, found, err := tx.FindPacticipant(ctx, name)
	if err == nil && found {
		err = db.ErrConflict
	}
	return err
}

// FindPacticipant returns the application with the name, if there is one. The
// steps of a transaction ask for the same ones again and again, so it is
// remembered until it is changed; locking it reads it again.
func (tx *Tx) FindPacticipant(ctx context.Context, name string) (pacticipants.Pacticipant, bool, error) {
	if known, found := tx.found[name]; found {
		return known, true, nil
	}
	p, found, err := tx.findByName(ctx, name)
	if err == nil && !found && !tx.notFormer[name] {
		p, found, err = tx.findFormerly(ctx, name)
	}
	switch {
	case found:
		tx.remember(name, p)
	case err == nil:
		tx.rememberNotFormer(name)
	}
	return p, found, err
}

// PacticipantsNamed returns the applications by the names asked for, and
// remembers them for FindPacticipant.
func (tx *Tx) PacticipantsNamed(ctx context.Context, names ...string) (map[string]pacticipants.Pacticipant, error) {
	named, err := tx.queries.PacticipantsNamed(ctx, names...)
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		if p, known := named[name]; known {
			tx.remember(name, p)
		} else {
			tx.rememberNotFormer(name)
		}
	}
	return named, nil
}

func (tx *Tx) rememberNotFormer(name string) {
	if tx.notFormer == nil {
		tx.notFormer = map[string]bool{}
	}
	tx.notFormer[name] = true
}

func (tx *Tx) remember(name string, p pacticipants.Pacticipant) {
	if tx.found == nil {
		tx.found = map[string]pacticipants.Pacticipant{}
	}
	tx.found[name] = p
}

// soughtVersion is the version that a transaction has looked for last, which its
// steps ask for again.
type soughtVersion struct {
	pacticipantID int64
	number        string
	version       versions.Version
	found         bool
}

// FindVersion returns the version of the application, if there is one, and
// locks the application.
func (tx *Tx) FindVersion(ctx context.Context, p pacticipants.Pacticipant, number string) (versions.Version, bool, error) {
	if err := tx.lockPacticipant(ctx, p.ID); err != nil {
		return versions.Version{}, false, err
	}
	if last := tx.sought; last != nil && last.pacticipantID == p.ID && last.number == number {
		return last.version, last.found, nil
	}
	v, found, err := tx.queries.FindVersion(ctx, p, number)
	if err == nil {
		tx.sought = &soughtVersion{pacticipantID: p.ID, number: number, version: v, found: found}
	}
	return v, found, err
}

// FindBranch returns the branch of the application, if there is one, and locks
// the application.
func (tx *Tx) FindBranch(ctx context.Context, p pacticipants.Pacticipant, name string) (versions.Branch, bool, error) {
	if err := tx.lockPacticipant(ctx, p.ID); err != nil {
		return versions.Branch{}, false, err
	}
	return tx.queries.FindBranch(ctx, p, name)
}
