package store

import (
	"context"

	"github.com/accord-broker/accord/internal/archive"
	"github.com/accord-broker/accord/internal/audit"
)

// This file tells the audit of an import: in one entry, with the transaction that ends it.

// writtenOfKind is how many records of one kind were written.
type writtenOfKind struct {
	Added   int64 `json:"added,omitempty"`
	Changed int64 `json:"changed,omitempty"`
}

// noteWritten keeps what a batch wrote until the import tells the audit, whichever process
// brings it to its end.
func (im *Import) noteWritten(ctx context.Context, tx *Tx, written writtenOfKind) error {
	if written == (writtenOfKind{}) {
		return nil
	}
	progress, err := tx.importProgress(ctx, im.options.Source)
	if err != nil {
		return err
	}
	before := progress.Untold[im.kind]
	if progress.Untold == nil {
		progress.Untold = map[archive.Kind]writtenOfKind{}
	}
	progress.Untold[im.kind] = writtenOfKind{before.Added + written.Added, before.Changed + written.Changed}
	return tx.setImportProgress(ctx, im.options.Source, progress)
}

// tellAudit notes what the import wrote, also before it was broken off. One that wrote
// nothing changed nothing.
func (im *Import) tellAudit(ctx context.Context, tx *Tx) error {
	progress, err := tx.importProgress(ctx, im.options.Source)
	if err != nil || len(progress.Untold) == 0 {
		return err
	}
	audit.Changed(ctx, "source", nil, im.options.SourceKind)
	for _, kind := range archive.Kinds {
		if n := progress.Untold[kind].Added; n > 0 {
			audit.Changed(ctx, string(kind)+" added", nil, n)
		}
		if n := progress.Untold[kind].Changed; n > 0 {
			audit.Changed(ctx, string(kind)+" changed", nil, n)
		}
	}
	progress.Untold = nil
	return tx.setImportProgress(ctx, im.options.Source, progress)
}
