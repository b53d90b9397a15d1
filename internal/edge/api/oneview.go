package api

import (
	"context"
	"net/http"
	"slices"

	"github.com/gin-gonic/gin"

	"github.com/accord-broker/accord/internal/edge"
)

// readsAtOnce are the operations whose answers are put together from several
// things that are read one after the other.
var readsAtOnce = []string{
	"listPacticipants", "listPacticipantsWithLabel", "showPacticipant", "listLabels",
	"listVersions", "showVersion", "showLatestVersion", "showLatestVersionWithTag", "showLatestVersionOnBranch",
	"listVersionsInEnvironment", "listVersionsWithTag", "listVersionsOnBranch", "listBranches", "showBranch", "showBranchVersion",
	"listCurrentlyDeployedVersions", "listCurrentlySupportedVersions", "listDeployedVersions", "listReleasedVersions", "showDeployedVersion", "showReleasedVersion",
	"listLatestPacts", "listPactVersions", "listPactsWithTag", "listPactsOnBranch", "listPactsOnMainBranch", "listLatestPactsOnBranch", "listLatestPactsOnMainBranch",
	"showVerificationResult", "showVerificationResultWithMetadata", "showLatestResultOfContent", "showLatestResultOfVersion",
	"showLatestResultOfLatestPact", "showLatestResultOfLatestPactWithTag", "showVerificationSummary", "showComparedResult",
	"listIntegrations", "showWebhookStatus",
}

// readAtOnce lets those operations read one unchanging state of the broker, so
// that no answer shows a version with the branches of a moment before and the
// tags of a moment after.
func (a *API) readAtOnce(routes []edge.Route) []edge.Route {
	if a.View == nil {
		return routes
	}
	for i, route := range routes {
		if route.Method == http.MethodGet && slices.Contains(readsAtOnce, route.Operation) {
			routes[i].Handler = a.inOneView(route.Handler)
		}
	}
	return routes
}

// inOneView keeps the answer back until the state has been let go of, so that a
// slow client holds nobody up.
func (a *API) inOneView(handle edge.HandlerFunc) edge.HandlerFunc {
	return func(c *gin.Context) error {
		answer := &keptBack{ResponseWriter: c.Writer}
		c.Writer = answer
		defer func() { c.Writer = answer.ResponseWriter }()
		if err := a.readPartAtOnce(c, func() error { return handle(c) }); err != nil {
			return err
		}
		return answer.send()
	}
}

// readPartAtOnce lets what read reads with the context of the request be of one
// unchanging state. It is for the part of an answer that says which contracts are
// meant: the contracts themselves never change, and reading them may have to wait
// for memory, while whoever reads keeps a connection from others.
func (a *API) readPartAtOnce(c *gin.Context, read func() error) error {
	if a.View == nil {
		return read()
	}
	request := c.Request
	defer func() { c.Request = request }()
	return a.View(request.Context(), func(ctx context.Context) error {
		c.Request = request.WithContext(ctx)
		return read()
	})
}

// keptBack is an answer that is not sent yet.
type keptBack struct {
	gin.ResponseWriter
	status int
	body   []byte
}

// WriteHeader notes the status.
func (k *keptBack) WriteHeader(status int) { k.status = status }

// Write notes a part of the body, which is kept as it is if it is the only one.
func (k *keptBack) Write(p []byte) (int, error) {
	if k.body == nil {
		k.body = p[:len(p):len(p)]
	} else {
		k.body = append(k.body, p...)
	}
	return len(p), nil
}

func (k *keptBack) send() error {
	if k.status != 0 {
		k.ResponseWriter.WriteHeader(k.status)
	}
	if k.body == nil {
		return nil
	}
	_, err := k.ResponseWriter.Write(k.body)
	return err
}
