package db

import (
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strings"

	"github.com/accord-broker/accord/migrations"
)

// Trigger is one as a database holds it.
type Trigger struct {
	Name string
	// Made is the statement that makes it, and Body, on PostgreSQL, the text of the
	// function that it calls.
	Made, Body string
}

// Triggers are those of the schema whose names begin alike.
type Triggers struct {
	// Names are in the order of their making.
	Names   []string
	dialect Dialect
	text    string
	// made are the statements, and functions what they call, by their names.
	made, functions map[string]string
}

var (
	madeTrigger  = regexp.MustCompile(`CREATE TRIGGER (\w+) [^;]*`)
	madeFunction = regexp.MustCompile(`(?s)CREATE (?:OR REPLACE )?FUNCTION (\w+)\(\) RETURNS trigger LANGUAGE plpgsql AS \$\$(.*?)\$\$`)
	calls        = regexp.MustCompile(`EXECUTE FUNCTION (\w+)\(\)$`)
	ofSchema     = regexp.MustCompile(`\b(ON|FUNCTION) (?:"(?:[^"]|"")+"|\w+)\.`)
)

// TriggersOf returns the triggers that the migrations of a kind of database make, and
// whose names begin with a prefix.
func TriggersOf(d Dialect, prefix string) (Triggers, error) {
	files, err := fs.Glob(migrations.FS, string(d)+"/*.sql")
	if err != nil {
		return Triggers{}, fmt.Errorf("read triggers of the schema: %w", err)
	}
	all := Triggers{dialect: d, made: map[string]string{}, functions: map[string]string{}}
	for _, file := range files {
		text, err := fs.ReadFile(migrations.FS, file)
		if err != nil {
			return Triggers{}, fmt.Errorf("read triggers of the schema: %w", err)
		}
		all.text += string(text)
	}
	for _, made := range madeTrigger.FindAllStringSubmatch(all.text, -1) {
		name := made[1]
		if !strings.HasPrefix(name, prefix) {
			continue
		}
		if all.made[name] = inOneLine(made[0]); !slices.Contains(all.Names, name) {
			all.Names = append(all.Names, name)
		}
	}
	for _, made := range madeFunction.FindAllStringSubmatch(all.text, -1) {
		all.functions[made[1]] = made[2]
	}
	return all, nil
}

// Make reports whether the migrations make what a database holds.
func (t Triggers) Make(held Trigger) bool {
	if t.dialect == SQLite {
		return held.Made != "" && strings.Contains(t.text, held.Made)
	}
	called := calls.FindStringSubmatch(t.made[held.Name])
	return called != nil && inOneLine(held.Made) == t.made[held.Name] && held.Body == t.functions[called[1]]
}

// inOneLine is a statement without the schemas of what it names.
func inOneLine(statement string) string {
	return ofSchema.ReplaceAllString(strings.Join(strings.Fields(statement), " "), "$1 ")
}
