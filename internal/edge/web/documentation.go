package web

import (
	"bytes"
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"strings"

	"github.com/gin-gonic/gin"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"

	"github.com/accord-broker/accord/docs"
	"github.com/accord-broker/accord/internal/edge"
	"github.com/accord-broker/accord/internal/support/fault"
)

// document is a page made of a text.
type document struct {
	frame
	Body template.HTML
}

// markdown turns texts of ours into HTML; HTML inside them is left out.
var markdown = goldmark.New(goldmark.WithExtensions(extension.Table))

// showRelation explains a link relation, given with or without its prefix. The
// lists of webhooks ask for theirs as "webhooks-" and the relation.
func (w *Web) showRelation(c *gin.Context) error {
	rel := edge.Param(c, "rel")
	_, name, prefixed := strings.Cut(rel, ":")
	if !prefixed {
		name = rel
	}
	text, err := relation(name)
	if errors.Is(err, fs.ErrNotExist) {
		text, err = relation(strings.TrimPrefix(name, "webhooks-"))
	}
	if err != nil {
		return fault.Missing("There is no link relation %s.", rel).Because(err)
	}
	var body bytes.Buffer
	if err := markdown.Convert(text, &body); err != nil {
		return fmt.Errorf("write the page of the relation %s: %w", name, err)
	}
	heading, _, _ := strings.Cut(string(text), "\n")
	return w.show(c, "document.html", document{
		frame: w.frame(c, strings.TrimPrefix(heading, "# "), "/docs"),
		Body:  template.HTML(body.String()), //nolint:gosec // rendered from texts that are part of the program
	})
}

// relation is the text that explains a relation.
func relation(name string) ([]byte, error) {
	return fs.ReadFile(docs.Relations, "rels/"+name+".md")
}
