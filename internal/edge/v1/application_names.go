package v1

import (
	"context"
	"net/http"
	"slices"

	"github.com/gin-gonic/gin"

	"github.com/accord-broker/accord/internal/edge"
	"github.com/accord-broker/accord/internal/pacticipants"
	"github.com/accord-broker/accord/internal/support/fault"
)

// formerNameShown is a name that an application had before.
type formerNameShown struct {
	Name  string `json:"name"`
	Since string `json:"since"`
	Until string `json:"until"`
}

// namedShown is how an application is called, and was.
type namedShown struct {
	Application string            `json:"application"`
	DisplayName string            `json:"display_name"`
	FormerNames []formerNameShown `json:"former_names"`
	// WithItself tells, of a merge alone, that one of both was a consumer of the other.
	WithItself bool `json:"pair_with_itself,omitempty"`
}

func (a *API) renameApplication(c *gin.Context) error {
	var body struct {
		Name string `json:"name"`
	}
	if err := edge.Decode(c, &body); err != nil {
		return err
	}
	p, err := a.Pacticipants.Rename(c.Request.Context(), edge.Param(c, "pacticipant"), body.Name)
	if err != nil {
		return err
	}
	return a.answerNames(c, p.Name)
}

func (a *API) mergeApplication(c *gin.Context) error {
	var body struct {
		Into    string                `json:"into"`
		OnClash pacticipants.MergeHow `json:"on_clash"`
	}
	if err := edge.Decode(c, &body); err != nil {
		return err
	}
	if !slices.Contains([]pacticipants.MergeHow{"", pacticipants.StopOnClash, pacticipants.NewestOnClash}, body.OnClash) {
		return fault.InvalidField("on_clash", "must be %s or %s", pacticipants.StopOnClash, pacticipants.NewestOnClash)
	}
	m, err := a.Pacticipants.Merge(c.Request.Context(), edge.Param(c, "pacticipant"), body.Into, body.OnClash)
	if err != nil {
		return err
	}
	shown, err := a.names(c.Request.Context(), m.Into.Name)
	if err != nil {
		return err
	}
	shown.WithItself = m.WithItself
	return edge.HAL(c, http.StatusOK, shown)
}

func (a *API) listFormerNames(c *gin.Context) error {
	return a.answerNames(c, edge.Param(c, "pacticipant"))
}

func (a *API) deleteFormerName(c *gin.Context) error {
	if err := a.Pacticipants.DropFormerName(c.Request.Context(), edge.Param(c, "pacticipant"), edge.Param(c, "name")); err != nil {
		return err
	}
	return edge.NoContent(c)
}

func (a *API) answerNames(c *gin.Context, name string) error {
	shown, err := a.names(c.Request.Context(), name)
	if err != nil {
		return err
	}
	return edge.HAL(c, http.StatusOK, shown)
}

func (a *API) names(ctx context.Context, name string) (namedShown, error) {
	p, former, err := a.Pacticipants.FormerNames(ctx, name)
	shown := namedShown{Application: p.Name, DisplayName: p.DisplayName, FormerNames: []formerNameShown{}}
	for _, f := range former {
		shown.FormerNames = append(shown.FormerNames, formerNameShown{Name: f.Name, Since: instant(f.Since), Until: instant(f.Until)})
	}
	return shown, err
}
