package moving

import (
	"context"
	"encoding/json"

	"github.com/accord-broker/accord/internal/archive"
)

// counted are the kinds of records that a broker counts, and under which name.
var counted = map[archive.Kind]string{
	archive.KindApplication: "pacticipants", archive.KindVersion: "pacticipantVersions", archive.KindTag: "tags", archive.KindIntegration: "integrations",
	archive.KindContent: "pactVersions", archive.KindPublication: "pactPublications", archive.KindResult: "verificationResults",
	archive.KindEnvironment: "environments", archive.KindDeployment: "deployedVersions", archive.KindRelease: "releasedVersions",
	archive.KindWebhook: "webhooks", archive.KindDelivery: "triggeredWebhooks", archive.KindAttempt: "webhookExecutions",
}

// countHidden counts what the broker has and does not show, such as contents whose pacts
// were deleted. A broker that does not tell its counts may hide what it wants.
func (h *HTTP) countHidden(ctx context.Context) error {
	var metrics map[string]json.RawMessage
	if err := h.client.read(ctx, "/metrics", largestThing, &metrics); err != nil {
		return ctx.Err()
	}
	for _, kind := range archive.Kinds {
		var of struct{ Count int64 }
		if name, is := counted[kind]; !is || json.Unmarshal(metrics[name], &of) != nil {
			continue
		}
		hidden := of.Count - h.came[kind]
		for _, s := range h.skipped {
			if s.Kind == kind && !s.Comes() {
				hidden -= s.Count
			}
		}
		if hidden > 0 {
			h.skipped.Add(kind, archive.HiddenOverHTTP, "", hidden)
		}
	}
	return nil
}
