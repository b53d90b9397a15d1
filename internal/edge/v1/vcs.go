package v1

import (
	"context"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/accord-broker/accord/internal/audit"
	"github.com/accord-broker/accord/internal/edge"
	"github.com/accord-broker/accord/internal/vcs"
	"github.com/accord-broker/accord/internal/versions"
)

// outcomeShown is what came of an event of a version control system.
type outcomeShown struct {
	Event        string         `json:"event"`
	Branch       *string        `json:"branch"`
	Ignored      *string        `json:"ignored"`
	Applications []closingShown `json:"applications"`
}

// closingShown is what came of a deleted branch in one application.
type closingShown struct {
	Application string                  `json:"application"`
	Outcome     versions.ClosingOutcome `json:"outcome"`
}

func (a *API) hearGitHub(c *gin.Context) error {
	return answerOutcome(c, "github", func(ctx context.Context, body []byte) (vcs.Outcome, error) {
		return a.VCS.HearGitHub(ctx, c.GetHeader("X-GitHub-Event"), c.GetHeader("X-Hub-Signature-256"), body)
	})
}

func (a *API) hearGitLab(c *gin.Context) error {
	return answerOutcome(c, "gitlab", func(ctx context.Context, body []byte) (vcs.Outcome, error) {
		return a.VCS.HearGitLab(ctx, c.GetHeader("X-Gitlab-Token"), body)
	})
}

// answerOutcome answers with what came of the event. The audit says that the request
// was proven by the system's secret.
func answerOutcome(c *gin.Context, system string, hear func(ctx context.Context, body []byte) (vcs.Outcome, error)) error {
	body, err := edge.Body(c)
	if err != nil {
		return err
	}
	ctx := c.Request.Context()
	if origin, known := audit.OriginOf(ctx); known {
		origin.Through = "vcs " + system
		ctx = audit.WithOrigin(ctx, origin)
	}
	told, err := hear(ctx, body)
	if err != nil {
		return err
	}
	shown := outcomeShown{Event: told.Event, Branch: unlessEmpty(told.Branch), Ignored: unlessEmpty(told.Ignored), Applications: []closingShown{}}
	for _, closing := range told.Closings {
		shown.Applications = append(shown.Applications, closingShown(closing))
	}
	return edge.HAL(c, http.StatusOK, shown)
}
