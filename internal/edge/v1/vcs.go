package v1

import (
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
	return a.answerOutcome(c, "github", func(body []byte) (vcs.Event, error) {
		signed := func() error { return a.VCS.CheckGitHub(c.GetHeader("X-Hub-Signature-256"), body) }
		if err := a.Throttle.Check(c.Request, signed); err != nil {
			return vcs.Event{}, err
		}
		return readGitHubEvent(c.GetHeader("X-GitHub-Event"), body)
	})
}

func (a *API) hearGitLab(c *gin.Context) error {
	return a.answerOutcome(c, "gitlab", func(body []byte) (vcs.Event, error) {
		known := func() error { return a.VCS.CheckGitLab(c.GetHeader("X-Gitlab-Token")) }
		if err := a.Throttle.Check(c.Request, known); err != nil {
			return vcs.Event{}, err
		}
		return readGitLabEvent(body)
	})
}

// answerOutcome answers with what came of the event. The audit says that the request
// was proven by the system's secret.
func (a *API) answerOutcome(c *gin.Context, system string, read func(body []byte) (vcs.Event, error)) error {
	body, err := edge.Body(c)
	if err != nil {
		return err
	}
	event, err := read(body)
	if err != nil {
		return err
	}
	ctx := c.Request.Context()
	if origin, known := audit.OriginOf(ctx); known {
		origin.Through = "vcs " + system
		ctx = audit.WithOrigin(ctx, origin)
	}
	heard, err := a.VCS.Hear(ctx, event)
	if err != nil {
		return err
	}
	shown := outcomeShown{Event: event.Name, Branch: unlessEmpty(event.Branch), Ignored: unlessEmpty(heard.Ignored), Applications: []closingShown{}}
	for _, closing := range heard.Closings {
		shown.Applications = append(shown.Applications, closingShown(closing))
	}
	return edge.HAL(c, http.StatusOK, shown)
}
