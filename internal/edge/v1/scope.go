package v1

import (
	"github.com/gin-gonic/gin"

	"github.com/accord-broker/accord/internal/access"
	"github.com/accord-broker/accord/internal/support/fault"
)

// checkScope refuses a body whose lists would give all applications, though they were sent.
func checkScope(applications, labels, teams []string) error {
	if wrong := access.EmptyLists(applications, labels, teams); len(wrong) > 0 {
		return fault.InvalidFields(wrong...)
	}
	return nil
}

// labelledNow are the applications that a scope holds by a label now, for the answer to
// who gives it.
func (a *API) labelledNow(c *gin.Context, s access.Scope) (*[]string, error) {
	names, err := a.Directory.Labelled(c.Request.Context(), s)
	names = append([]string{}, names...)
	return &names, err
}
