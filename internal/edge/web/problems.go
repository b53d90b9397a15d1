package web

import (
	"bytes"
	"fmt"
	"html/template"

	"github.com/gin-gonic/gin"

	"github.com/accord-broker/accord/internal/edge"
	"github.com/accord-broker/accord/internal/support/fault"
)

// showProblem explains a way in which a request can fail. The type of a problem
// is the address of its page.
func (w *Web) showProblem(c *gin.Context) error {
	name := edge.Param(c, "problem")
	code, known := edge.CodeOnPage(name)
	if !known {
		return fault.Missing("No request can fail with %s.", name)
	}
	var body bytes.Buffer
	if err := markdown.Convert([]byte(code.Markdown(1)), &body); err != nil {
		return fmt.Errorf("write the page of the code %s: %w", code.Name, err)
	}
	return w.show(c, "document.html", document{
		frame: w.frame(c, code.Title, "/docs"),
		Body:  template.HTML(body.String()), //nolint:gosec // rendered from texts that are part of the program
	})
}
