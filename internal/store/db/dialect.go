package db

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

// Dialect is a database's way of speaking SQL. The statements are the same on
// both but for what these methods write.
type Dialect string

// The two databases, by the names of their folders of migrations.
const (
	SQLite   Dialect = "sqlite"
	Postgres Dialect = "postgres"
)

// Among compares a column with a list of ids that is handed over as one
// argument, so that the text of a statement, and its plan, stay the same
// however long the list is.
func (d Dialect) Among(column string) string {
	if d == Postgres {
		return column + " = ANY(?::bigint[])"
	}
	return column + " IN (SELECT value FROM json_each(?))"
}

// List makes the argument for Among.
func (d Dialect) List(ids []int64) string {
	text := make([]byte, 0, 8*len(ids)+2)
	text = append(text, '[')
	for i, id := range ids {
		if i > 0 {
			text = append(text, ',')
		}
		text = strconv.AppendInt(text, id, 10)
	}
	if d == Postgres {
		text[0] = '{'
		return string(append(text, '}'))
	}
	return string(append(text, ']'))
}

// AmongTexts compares a column with a list of texts that is handed over as one
// argument.
func (d Dialect) AmongTexts(column string) string {
	if d == Postgres {
		return column + " = ANY(?::text[])"
	}
	return column + " IN (SELECT value FROM json_each(?))"
}

// JoinTexts joins a table "asked" with a row for each of a list of texts, which
// is handed over as one argument.
func (d Dialect) JoinTexts() string {
	if d == Postgres {
		return " JOIN unnest(?::text[]) asked (value) ON true"
	}
	return " JOIN json_each(?) asked ON true"
}

// Texts makes the argument for AmongTexts and JoinTexts.
func (d Dialect) Texts(list []string) (string, error) {
	if d == Postgres {
		quoted := make([]string, len(list))
		for i, text := range list {
			quoted[i] = `"` + arrayEscapes.Replace(text) + `"`
		}
		return "{" + strings.Join(quoted, ",") + "}", nil
	}
	if list == nil {
		list = []string{}
	}
	text, err := json.Marshal(list)
	if err != nil {
		return "", fmt.Errorf("write list: %w", err)
	}
	return string(text), nil
}

// arrayEscapes are what PostgreSQL wants within a quoted element of an array.
var arrayEscapes = strings.NewReplacer(`\`, `\\`, `"`, `\"`)

// By makes SQLite use an index that only has the rows which count now. Without
// statistics it cannot tell them from history.
func (d Dialect) By(index string) string {
	if d == Postgres {
		return ""
	}
	return " INDEXED BY " + index
}
