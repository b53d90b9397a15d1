package web

import (
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/accord-broker/accord/internal/access"
)

// deletePage asks whether something is really to be deleted, and says what goes
// along.
type deletePage struct {
	frame
	Heading string
	Form    string
	// Keep is where one goes who keeps it.
	Keep     string
	Warnings []string
	Along    []goesAlong
	// Refused says why who looks may not delete it, "" if they may: then nothing is asked.
	Refused string
	// Word is what must be written to confirm, "" if the button is enough, and Ask
	// says so.
	Word, Ask string
	Wrong     string
	Button    string
	Better    []betterWay
}

// goesAlong is something that is deleted with it.
type goesAlong struct {
	What, Then string
	Count      int
}

// betterWay is what one often means instead.
type betterWay struct{ Text, Address, Second string }

// things is how many things go along.
func (p deletePage) things() int {
	n := 0
	for _, a := range p.Along {
		n += a.Count
	}
	return n
}

// confirmed deletes something if the form says what it must, and leads to where
// one goes on; otherwise it asks again.
func (w *Web) confirmed(c *gin.Context, page deletePage, remove func() (next string, err error)) error {
	sent, err := formOf(c)
	if err != nil {
		return err
	}
	if page.Word != "" && strings.TrimSpace(sent.Get("confirm")) != strings.TrimSpace(page.Word) {
		page.Wrong = "Nothing was deleted: what you have written is not “" + page.Word + "”."
		return w.showAs(c, http.StatusUnprocessableEntity, "delete.html", page)
	}
	next, err := remove()
	if err != nil {
		return err
	}
	return seeOther(c, next)
}

// mayChange reports whether who looks at a page may change the application.
func (w *Web) mayChange(c *gin.Context, application string) bool {
	return w.requireChange(c, application) == nil
}

func (w *Web) requireChange(c *gin.Context, application string) error {
	return w.require(c, access.ManageApplications, application)
}

func (w *Web) require(c *gin.Context, action access.Action, application string) error {
	return access.Require(c.Request.Context(), w.services.Deliveries, action, application)
}
