package db

import "gorm.io/gorm/logger"

// Traced is the same database, which says every statement that reads, with its
// arguments in place: to count them and to look at their plans.
func (d *DB) Traced(say func(statement string)) *DB {
	traced := *d
	traced.trace = func(text string, args []any) { say(logger.ExplainSQL(text, nil, "'", args...)) }
	return &traced
}
