package v1

import (
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/accord-broker/accord/internal/edge"
)

// About says what runs.
type About struct {
	Version string
	// Database is the kind: sqlite or postgres.
	Database  string
	StartedAt time.Time
}

type aboutShown struct {
	Name           string `json:"name"`
	Version        string `json:"version"`
	CompatibleWith string `json:"compatible_with"`
	Database       string `json:"database"`
	StartedAt      string `json:"started_at"`
	Contract       string `json:"contract"`
}

// showAbout tells which release runs, and which of the Pact Broker it stands in for.
func (a *API) showAbout(c *gin.Context) error {
	return edge.HAL(c, http.StatusOK, aboutShown{
		Name: "Accord", Version: a.About.Version, CompatibleWith: "Pact Broker " + edge.CompatibleRelease, Database: a.About.Database,
		StartedAt: instant(a.About.StartedAt), Contract: edge.Base(c).Path("/openapi.yaml"),
	})
}
