package web

import (
	"bytes"
	"fmt"
	"html/template"

	"github.com/gin-gonic/gin"

	"github.com/accord-broker/accord/docs"
)

// showDeprecations shows what is deprecated, since when, and what to use instead.
func (w *Web) showDeprecations(c *gin.Context) error {
	var body bytes.Buffer
	if err := markdown.Convert(docs.Deprecations, &body); err != nil {
		return fmt.Errorf("write the page of deprecations: %w", err)
	}
	return w.show(c, "document.html", document{
		frame: w.frame(c, "Deprecations", "/docs"),
		Body:  template.HTML(body.String()), //nolint:gosec // rendered from a text that is part of the program
	})
}
