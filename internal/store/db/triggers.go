package db

import (
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strings"

	"github.com/accord-broker/accord/migrations"
)

// Triggers are those of the schema whose names begin alike.
type Triggers struct {
	// Names are in the order of their making.
	Names []string
	text  string
}

var madeTrigger = regexp.MustCompile(`CREATE TRIGGER (\w+)`)

// TriggersOf returns the triggers that the migrations of a kind of database make, and
// whose names begin with a prefix.
func TriggersOf(d Dialect, prefix string) (Triggers, error) {
	files, err := fs.Glob(migrations.FS, string(d)+"/*.sql")
	if err != nil {
		return Triggers{}, fmt.Errorf("read triggers of the schema: %w", err)
	}
	var all Triggers
	for _, file := range files {
		text, err := fs.ReadFile(migrations.FS, file)
		if err != nil {
			return Triggers{}, fmt.Errorf("read triggers of the schema: %w", err)
		}
		all.text += string(text)
	}
	for _, made := range madeTrigger.FindAllStringSubmatch(all.text, -1) {
		if name := made[1]; strings.HasPrefix(name, prefix) && !slices.Contains(all.Names, name) {
			all.Names = append(all.Names, name)
		}
	}
	return all, nil
}

// Make reports whether the migrations make what a database holds of a trigger: its
// statement on SQLite, the body of its function on PostgreSQL.
func (t Triggers) Make(held string) bool { return held != "" && strings.Contains(t.text, held) }
