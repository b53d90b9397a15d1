package store

import "context"

// IsEmpty reports whether the database holds neither an application nor an
// environment, not even a hidden one.
func (q *queries) IsEmpty(ctx context.Context) (bool, error) {
	_, found, err := row[int](ctx, q, "look for anything", "SELECT 1 WHERE EXISTS (SELECT 1 FROM all_pacticipants) OR EXISTS (SELECT 1 FROM environments)")
	return !found, err
}

// AddNote keeps a note of the program to itself, such as "the example data was
// loaded", and reports whether it is new: of several replicas, one gets true.
func (tx *Tx) AddNote(ctx context.Context, name string) (bool, error) {
	return tx.open.Add(ctx, "notes", &noteRow{Name: name, CreatedAt: tx.now})
}

// HasNote reports whether the note was ever added.
func (q *queries) HasNote(ctx context.Context, name string) (bool, error) {
	_, found, err := row[int](ctx, q, "find note", "SELECT 1 FROM notes WHERE name = ?", name)
	return found, err
}

type noteRow struct {
	Name      string `gorm:"primaryKey"`
	CreatedAt micros
}
