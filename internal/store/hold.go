package store

import (
	"context"
	"errors"
	"strings"

	"accord/internal/pacticipants"
	"accord/internal/versions"
)

// Every kept fact belongs to one application: heads and successes to the one
// whose versions they are about, the publication and the result that count to
// the one whose version published or verified. So a transaction that writes
// holds that application from the moment it looks a version or branch up, and
// nothing changes between what it reads and what it writes. Reading never
// waits, and SQLite has one writer anyway.

// errOvertaken tells InTx that another writer has made or deleted an
// application since this transaction looked, so that it must look again.
var errOvertaken = errors.New("store: overtaken by another writer")

// holdPacticipant keeps other writers away from what the application owns until
// the transaction ends. Others may still make things that refer to it.
func (tx *Tx) holdPacticipant(ctx context.Context, pacticipantID int64) error {
	if tx.held == nil || tx.held[pacticipantID] {
		return nil
	}
	return tx.lock(ctx, pacticipantID, "FOR NO KEY UPDATE")
}

// holdAlone also keeps those away who make something that refers to the
// application, such as a pair with it: for deleting it.
func (tx *Tx) holdAlone(ctx context.Context, pacticipantID int64) error {
	if tx.held == nil {
		return nil
	}
	return tx.lock(ctx, pacticipantID, "FOR UPDATE")
}

func (tx *Tx) lock(ctx context.Context, pacticipantID int64, strength string) error {
	_, found, err := row[int64](ctx, &tx.queries, "hold pacticipant", "SELECT id FROM all_pacticipants WHERE id = ? AND deleted_at IS NULL "+strength, pacticipantID)
	if err == nil && !found {
		err = errOvertaken
	}
	tx.held[pacticipantID] = err == nil
	// What others wrote while this transaction waited is older than what it
	// writes from now on.
	tx.now = max(tx.now, tx.clock())
	return err
}

// holdOwner holds the application that the version belongs to.
func (tx *Tx) holdOwner(ctx context.Context, versionID int64) error {
	if tx.held == nil {
		return nil
	}
	owner, found, err := row[int64](ctx, &tx.queries, "find owner of version", "SELECT pacticipant_id FROM versions WHERE id = ?", versionID)
	if err == nil && !found {
		err = errOvertaken
	}
	if err != nil {
		return err
	}
	return tx.holdPacticipant(ctx, owner)
}

// HoldPacticipant keeps other writers away from the application and what it
// owns until the transaction ends, and returns the application as it is then.
func (tx *Tx) HoldPacticipant(ctx context.Context, p pacticipants.Pacticipant) (pacticipants.Pacticipant, error) {
	if err := tx.holdPacticipant(ctx, p.ID); err != nil {
		return p, err
	}
	r, _, err := row[pacticipantRow](ctx, &tx.queries, "read pacticipant", "SELECT "+pacticipantColumns+" FROM pacticipants p WHERE p.id = ?", p.ID)
	return r.toPacticipant(), err
}

// holdName keeps other writers from making an application of this name in
// another case, where case does not matter; the schema sees to the rest.
func (tx *Tx) holdName(ctx context.Context, name string) error {
	if tx.held == nil || !tx.options.FoldNames {
		return nil
	}
	if err := tx.hold(ctx, "pacticipant "+strings.ToLower(name)); err != nil {
		return err
	}
	_, found, err := tx.FindPacticipant(ctx, name)
	if err == nil && found {
		err = errOvertaken
	}
	return err
}

// hold keeps other transactions that hold the same thing waiting until this one
// ends. SQLite has one writer anyway.
func (tx *Tx) hold(ctx context.Context, thing string) error {
	if tx.dialect != postgresDialect {
		return nil
	}
	_, err := tx.exec(ctx, "hold "+thing, "SELECT pg_advisory_xact_lock(hashtextextended(?, 0))", thing)
	return err
}

// FindVersion returns the version of the application, if there is one, and
// holds the application.
func (tx *Tx) FindVersion(ctx context.Context, p pacticipants.Pacticipant, number string) (versions.Version, bool, error) {
	if err := tx.holdPacticipant(ctx, p.ID); err != nil {
		return versions.Version{}, false, err
	}
	return tx.queries.FindVersion(ctx, p, number)
}

// FindBranch returns the branch of the application, if there is one, and holds
// the application.
func (tx *Tx) FindBranch(ctx context.Context, p pacticipants.Pacticipant, name string) (versions.Branch, bool, error) {
	if err := tx.holdPacticipant(ctx, p.ID); err != nil {
		return versions.Branch{}, false, err
	}
	return tx.queries.FindBranch(ctx, p, name)
}
