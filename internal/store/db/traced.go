package db

import (
	"context"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/logger"
)

// Traced is the same database, which says every statement that reads, with its
// arguments in place: to count them and to look at their plans.
func (d *DB) Traced(say func(statement string)) *DB {
	traced := *d
	traced.handle = d.handle.Session(&gorm.Session{Logger: tracer{logger.Discard, say}})
	return &traced
}

type tracer struct {
	logger.Interface
	say func(statement string)
}

// LogMode keeps the tracer whatever the level.
func (t tracer) LogMode(logger.LogLevel) logger.Interface { return t }

// Trace says a statement that was run.
func (t tracer) Trace(_ context.Context, _ time.Time, statement func() (string, int64), _ error) {
	text, _ := statement()
	t.say(text)
}
