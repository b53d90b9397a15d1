package web

import (
	"errors"
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/gin-gonic/gin"

	"github.com/accord-broker/accord/internal/edge"
	"github.com/accord-broker/accord/internal/support/fault"
)

// formOf reads what a form has sent. It returns a Malformed fault if that cannot
// be read.
func formOf(c *gin.Context) (url.Values, error) {
	body, err := edge.Body(c)
	if err != nil {
		return nil, err
	}
	fields, err := url.ParseQuery(string(body))
	if err != nil || !utf8.Valid(body) {
		return nil, fault.New(fault.Malformed, "The form cannot be read. Open the page again and send it once more.").Because(err)
	}
	for name, values := range fields {
		for i, value := range values {
			if !utf8.ValidString(value) || strings.ContainsRune(value, 0) {
				return nil, fault.InvalidField(name, "must be text in UTF-8")
			}
			values[i] = strings.ReplaceAll(value, "\r\n", "\n")
		}
	}
	return fields, nil
}

// option is one choice of a select.
type option struct {
	Value, Text string
	Selected    bool
}

// choice is a select with its label.
type choice struct {
	ID, Name, Label string
	// Hidden tells that the label is for those who hear the page only.
	Hidden  bool
	Options []option
}

// choose makes a select of values that stand for themselves, after one that
// stands for none of them unless that is "".
func choose(name, label, none, chosen string, values []string) choice {
	made := choice{ID: "f-" + name, Name: name, Label: label, Hidden: true}
	if none != "" {
		made.Options = append(made.Options, option{Text: none, Selected: chosen == ""})
	}
	for _, v := range values {
		made.Options = append(made.Options, option{Value: v, Text: v, Selected: v == chosen})
	}
	return made
}

// wrongFields says what is wrong with a form, with the names that its fields have
// for people.
func wrongFields(err error, names map[string]string) (texts []string) {
	var f *fault.Error
	if !errors.As(err, &f) {
		return []string{err.Error()}
	}
	for _, field := range f.Fields {
		name := field.Name
		if shown, named := names[name]; named {
			name = shown
		}
		texts = append(texts, name+" "+field.Message+".")
	}
	if len(texts) == 0 {
		texts = []string{f.Error()}
	}
	return texts
}
