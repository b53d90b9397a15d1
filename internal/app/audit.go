package app

import (
	"context"
	"time"

	"github.com/accord-broker/accord/internal/audit"
	"github.com/accord-broker/accord/internal/store"
	"github.com/accord-broker/accord/internal/support/config"
)

// auditStored is how often refused accesses are written down and entries get their
// place in the chain.
const auditStored = time.Second

// completeAudit completes the audit, again and again until ctx ends and once more
// then. Wait returns when that is done.
func (a *App) completeAudit(ctx context.Context) (wait func()) {
	return everyNow(ctx, auditStored, func(ctx context.Context) {
		if err := a.trail.Complete(ctx); err != nil {
			a.logger.Warn("the audit is behind", "error", err)
		}
	})
}

// everyNow does something now and then until ctx ends, and once more then. Wait
// returns when that is done.
func everyNow(ctx context.Context, interval time.Duration, do func(ctx context.Context)) (wait func()) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		ticker := time.NewTicker(interval)
		defer ticker.Stop()
		for {
			select {
			case <-ctx.Done():
				do(context.WithoutCancel(ctx))
				return
			case <-ticker.C:
				do(ctx)
			}
		}
	}()
	return func() { <-done }
}

// OpenedAudit is the audit of a database that no broker in this process serves
// from.
type OpenedAudit struct {
	db       *store.DB
	settings config.Settings
}

// OpenAudit opens the audit of the database that the settings name, whether or not
// a broker serves from it. Close in the end.
func OpenAudit(ctx context.Context, settings config.Settings) (*OpenedAudit, error) {
	formats, err := versionFormats(settings.Versions)
	if err != nil {
		return nil, err
	}
	options := storeOptions(settings, formats)
	options.Exclusive, options.KeepSchema = false, true
	db, err := store.Open(ctx, options)
	if err != nil {
		return nil, err
	}
	return &OpenedAudit{db, settings}, nil
}

// Verify looks at the whole audit, with the key that the settings name.
func (o *OpenedAudit) Verify(ctx context.Context, known audit.Known) (v audit.Verified, err error) {
	if known.Sealer, err = FindKeyring(ctx, o.settings); err != nil {
		return v, err
	}
	viewed := o.db.View(ctx, func(ctx context.Context, tx *store.Tx) error {
		v, err = audit.Verify(ctx, tx, known)
		return err
	})
	return v, viewed
}

// Each calls fn with all entries that the query asks for, some at a time.
func (o *OpenedAudit) Each(ctx context.Context, q audit.Query, fn func([]audit.Entry) error) error {
	for more := q.Order == audit.OldestFirst; more; {
		var err error
		if more, err = o.db.ChainAudit(ctx); err != nil {
			return err
		}
	}
	return audit.Each(ctx, o.db, q, fn)
}

// Close lets go of the database.
func (o *OpenedAudit) Close() error { return o.db.Close() }
