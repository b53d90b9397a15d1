package db

import (
	"context"
	"time"
)

// observed runs a statement and tells how long it took, if anybody wants to know.
func (r *Reader) observed(ctx context.Context, text string, run func() error) error {
	if r.observe == nil {
		return run()
	}
	start := time.Now()
	err := run()
	r.observe(ctx, text, time.Since(start))
	return err
}

// Connections tells how many connections are open, in use and allowed, and how long
// statements have waited for one in all.
func (d *DB) Connections() (open, inUse, most int, waited time.Duration) {
	if d.pool != nil {
		s := d.pool.Stat()
		return int(s.TotalConns()), int(s.AcquiredConns()), int(s.MaxConns()), s.AcquireDuration()
	}
	w, r := d.file.Stats(), d.readers.Stats()
	return w.OpenConnections + r.OpenConnections, w.InUse + r.InUse, w.MaxOpenConnections + r.MaxOpenConnections, w.WaitDuration + r.WaitDuration
}
