package db

import "gorm.io/gorm/logger"

// Traced is the same database, which says every statement, with its arguments in
// place: to count them and to look at their plans.
func (d *DB) Traced(say func(statement string)) *DB {
	traced := *d
	traced.trace = tracer(say)
	return &traced
}

// tracer writes the arguments of a statement in their places for say, if anybody
// wants to know.
func tracer(say func(statement string)) func(text string, args []any) {
	if say == nil {
		return nil
	}
	return func(text string, args []any) { say(logger.ExplainSQL(text, nil, "'", args...)) }
}
