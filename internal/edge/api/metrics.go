package api

import (
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/accord-broker/accord/internal/access"
	"github.com/accord-broker/accord/internal/dashboard"
	"github.com/accord-broker/accord/internal/edge"
	"github.com/accord-broker/accord/internal/edge/hal"
)

// counts are figures by name.
type counts map[string]int

// countedSpan counts things, and says when the first and the last one came.
type countedSpan struct {
	Count int     `json:"count"`
	First *string `json:"first"`
	Last  *string `json:"last"`
}

type countedResults struct {
	Count         int     `json:"count"`
	SuccessCount  int     `json:"successCount"`
	FailureCount  int     `json:"failureCount"`
	DistinctCount int     `json:"distinctCount"`
	First         *string `json:"first"`
	Last          *string `json:"last"`
}

// distribution says how many times each value occurs.
type distribution struct {
	Distribution map[int]int `json:"distribution"`
}

type metricsShown struct {
	Interactions      counts         `json:"interactions"`
	Pacticipants      counts         `json:"pacticipants"`
	Integrations      counts         `json:"integrations"`
	Publications      countedSpan    `json:"pactPublications"`
	Contents          counts         `json:"pactVersions"`
	Revisions         distribution   `json:"pactRevisionsPerConsumerVersion"`
	Results           countedResults `json:"verificationResults"`
	ResultsPerContent distribution   `json:"verificationResultsPerPactVersion"`
	Versions          counts         `json:"pacticipantVersions"`
	Webhooks          counts         `json:"webhooks"`
	Tags              counts         `json:"tags"`
	Triggered         counts         `json:"triggeredWebhooks"`
	Attempts          counts         `json:"webhookExecutions"`
	Matrix            counts         `json:"matrix"`
	Environments      counts         `json:"environments"`
	Deployed          counts         `json:"deployedVersions"`
	Released          counts         `json:"releasedVersions"`
	ProviderContracts counts         `json:"providerContracts,omitempty"`
}

func (a *API) showMetrics(c *gin.Context) error {
	if media := edge.Accepted(c); a.Prometheus != nil && (media == edge.PlainText || media == edge.OpenMetrics) {
		a.Prometheus.ServeHTTP(c.Writer, c.Request)
		return nil
	}
	m, err := a.Dashboard.Metrics(c.Request.Context())
	if err != nil {
		return err
	}
	shown := representMetrics(m)
	if m.ProviderContracts > 0 {
		shown.ProviderContracts = counts{"count": m.ProviderContracts, "withSelfVerificationCount": m.WithEvidence, "comparedCount": m.Compared}
	}
	if !access.Of(c.Request.Context()).AllowsAll(access.ManageWebhooks) { // how many there are is not for who may not see them
		for _, of := range []counts{shown.Webhooks, shown.Triggered, shown.Attempts} {
			of["count"] = 0
		}
	} else if open := a.Webhooks.Receivers.NotClosed(); open > 0 {
		shown.Webhooks["openCircuits"] = open
	}
	return edge.HAL(c, http.StatusOK, shown)
}

func representMetrics(m dashboard.Metrics) metricsShown {
	return metricsShown{
		Interactions: counts{
			"latestInteractionsCount": m.LatestInteractions, "latestMessagesCount": m.LatestMessages,
			"latestInteractionsAndMessagesCount": m.LatestInteractions + m.LatestMessages,
		},
		Pacticipants: counts{"count": m.Pacticipants, "withMainBranchSetCount": m.WithMainBranch},
		Integrations: counts{"count": m.Integrations},
		Publications: countedSpan{m.Publications, momentOrNull(m.FirstPublished), momentOrNull(m.LastPublished)},
		Contents:     counts{"count": m.Contents},
		Revisions:    distribution{m.Revisions},
		Results: countedResults{
			Count: m.Results, SuccessCount: m.Successes, FailureCount: m.Results - m.Successes, DistinctCount: m.DistinctResults,
			First: momentOrNull(m.FirstVerified), Last: momentOrNull(m.LastVerified),
		},
		ResultsPerContent: distribution{m.ResultsPerContent},
		Versions: counts{
			"count": m.Versions, "withUserCreatedBranchCount": m.OnBranchByUser, "withBranchCount": m.OnBranch, "withBranchSetCount": m.OnBranch,
		},
		Webhooks:  counts{"count": m.Webhooks},
		Tags:      counts{"count": m.Tags, "distinctCount": m.TagNames, "distinctWithPacticipantCount": m.TagsByOwner},
		Triggered: counts{"count": m.Triggered},
		Attempts:  counts{"count": m.Attempts},
		// The matrix is not a thing that can be counted; the original says so too.
		Matrix:       counts{"count": -1},
		Environments: counts{"count": m.Environments},
		Deployed:     counts{"count": m.Deployed, "userCreatedCount": m.DeployedByUser, "currentlyDeployedCount": m.CurrentlyDeployed},
		Released:     counts{"count": m.Released, "currentlySupportedCount": m.CurrentlySupported},
	}
}

// momentOrNull is nil for a time that never was.
func momentOrNull(t time.Time) *string {
	if t.IsZero() {
		return nil
	}
	shown := hal.Time(t)
	return &shown
}
