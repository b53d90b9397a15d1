package store

import (
	"context"
	"time"

	"github.com/accord-broker/accord/internal/dashboard"
)

type metricsRow struct {
	LatestInteractions, LatestMessages          int
	Pacticipants, WithMainBranch                int
	Integrations, Publications, Contents        int
	FirstPublished, LastPublished               *micros
	Results, Successes, DistinctResults         int
	FirstVerified, LastVerified                 *micros
	Versions, OnBranch, OnBranchByUser          int
	Webhooks, Triggered, Attempts               int
	Tags, TagNames, TagsByOwner                 int
	Environments                                int
	Deployed, DeployedByUser, CurrentlyDeployed int
	Released, CurrentlySupported                int
	ProviderContracts, WithEvidence, Compared   int
}

const (
	// sqlCountEverything leaves out what awaits being purged.
	sqlCountEverything = `
	WITH pubs AS (SELECT x.integration_id, x.created_at FROM pact_publications x JOIN integrations i ON i.id = x.integration_id),
		results AS (SELECT x.pact_version_id, x.provider_version_id, x.success, x.created_at FROM verifications x JOIN integrations i ON i.id = x.integration_id),
		known AS (SELECT v.id FROM versions v JOIN pacticipants p ON p.id = v.pacticipant_id),
		used AS (SELECT t.name, t.pacticipant_id FROM tags t JOIN pacticipants p ON p.id = t.pacticipant_id),
		deployed AS (SELECT d.auto_created, d.currently_deployed FROM deployed_versions d JOIN pacticipants p ON p.id = d.pacticipant_id),
		released AS (SELECT r.currently_supported FROM released_versions r JOIN pacticipants p ON p.id = r.pacticipant_id),
		calls AS (SELECT w.id FROM triggered_webhooks w JOIN integrations i ON i.id = w.integration_id),
		newest AS (SELECT pv.interactions_count, pv.messages_count FROM integrations i JOIN pact_publications pub ON pub.id =
				(SELECT x.id FROM pact_publications x WHERE x.integration_id = i.id AND x.latest ORDER BY x.version_position DESC LIMIT 1)
			JOIN pact_versions pv ON pv.id = pub.pact_version_id)
	SELECT
		(SELECT CAST(coalesce(sum(interactions_count), 0) AS BIGINT) FROM newest) AS latest_interactions,
		(SELECT CAST(coalesce(sum(messages_count), 0) AS BIGINT) FROM newest) AS latest_messages,
		(SELECT count(*) FROM pacticipants) AS pacticipants,
		(SELECT count(main_branch) FROM pacticipants) AS with_main_branch,
		(SELECT count(*) FROM integrations i WHERE EXISTS (SELECT 1 FROM pact_publications x WHERE x.integration_id = i.id)) AS integrations,
		(SELECT count(*) FROM pubs) AS publications,
		(SELECT min(created_at) FROM pubs) AS first_published,
		(SELECT max(created_at) FROM pubs) AS last_published,
		(SELECT count(*) FROM pact_versions x JOIN integrations i ON i.id = x.integration_id) AS contents,
		(SELECT count(*) FROM results) AS results,
		(SELECT count(*) FROM results WHERE success) AS successes,
		(SELECT count(*) FROM (SELECT DISTINCT pact_version_id, provider_version_id, success FROM results) d) AS distinct_results,
		(SELECT min(created_at) FROM results) AS first_verified,
		(SELECT max(created_at) FROM results) AS last_verified,
		(SELECT count(*) FROM known) AS versions,
		(SELECT count(*) FROM known WHERE id IN (SELECT version_id FROM branch_versions)) AS on_branch,
		(SELECT count(*) FROM known WHERE id IN (SELECT version_id FROM branch_versions WHERE NOT auto_created)) AS on_branch_by_user,
		(SELECT count(*) FROM webhooks) AS webhooks,
		(SELECT count(*) FROM calls) AS triggered,
		(SELECT count(*) FROM webhook_executions WHERE triggered_id IN (SELECT id FROM calls)) AS attempts,
		(SELECT count(*) FROM used) AS tags,
		(SELECT count(DISTINCT name) FROM used) AS tag_names,
		(SELECT count(*) FROM (SELECT DISTINCT name, pacticipant_id FROM used) d) AS tags_by_owner,
		(SELECT count(*) FROM environments) AS environments,
		(SELECT count(*) FROM deployed) AS deployed,
		(SELECT count(*) FROM deployed WHERE NOT auto_created) AS deployed_by_user,
		(SELECT count(*) FROM deployed WHERE currently_deployed) AS currently_deployed,
		(SELECT count(*) FROM provider_contracts k JOIN pacticipants p ON p.id = k.pacticipant_id) AS provider_contracts,
		(SELECT count(k.evidence_success) FROM provider_contracts k JOIN pacticipants p ON p.id = k.pacticipant_id) AS with_evidence,
		(SELECT count(*) FROM compared k JOIN integrations i ON i.id = k.integration_id) AS compared,
		(SELECT count(*) FROM released) AS released,
		(SELECT count(*) FROM released WHERE currently_supported) AS currently_supported`
	sqlCountRevisions = `SELECT n AS value, count(*) AS times FROM
		(SELECT count(*) AS n FROM pact_publications x JOIN integrations i ON i.id = x.integration_id GROUP BY x.consumer_version_id, x.integration_id) counted GROUP BY n ORDER BY n`
	sqlCountResultsPerContent = `SELECT n AS value, count(*) AS times FROM
		(SELECT count(*) AS n FROM verifications x JOIN integrations i ON i.id = x.integration_id GROUP BY x.pact_version_id) counted GROUP BY n ORDER BY n`
)

func (q *queries) Metrics(ctx context.Context) (dashboard.Metrics, error) {
	r, _, err := row[metricsRow](ctx, q, "count everything", sqlCountEverything)
	if err != nil {
		return dashboard.Metrics{}, err
	}
	m := r.toMetrics()
	if m.Revisions, err = q.distribution(ctx, sqlCountRevisions); err != nil {
		return m, err
	}
	m.ResultsPerContent, err = q.distribution(ctx, sqlCountResultsPerContent)
	return m, err
}

// distribution reads how many times each value occurs.
func (q *queries) distribution(ctx context.Context, text string) (map[int]int, error) {
	found, err := rows[struct{ Value, Times int }](ctx, q, "count distribution", text)
	times := map[int]int{}
	for _, r := range found {
		times[r.Value] = r.Times
	}
	return times, err
}

func (r metricsRow) toMetrics() dashboard.Metrics {
	return dashboard.Metrics{
		LatestInteractions: r.LatestInteractions, LatestMessages: r.LatestMessages,
		Pacticipants: r.Pacticipants, WithMainBranch: r.WithMainBranch, Integrations: r.Integrations,
		Publications: r.Publications, FirstPublished: timeOrZero(r.FirstPublished), LastPublished: timeOrZero(r.LastPublished), Contents: r.Contents,
		Results: r.Results, Successes: r.Successes, DistinctResults: r.DistinctResults, FirstVerified: timeOrZero(r.FirstVerified), LastVerified: timeOrZero(r.LastVerified),
		Versions: r.Versions, OnBranch: r.OnBranch, OnBranchByUser: r.OnBranchByUser,
		Webhooks: r.Webhooks, Triggered: r.Triggered, Attempts: r.Attempts,
		Tags: r.Tags, TagNames: r.TagNames, TagsByOwner: r.TagsByOwner, Environments: r.Environments,
		Deployed: r.Deployed, DeployedByUser: r.DeployedByUser, CurrentlyDeployed: r.CurrentlyDeployed,
		Released: r.Released, CurrentlySupported: r.CurrentlySupported,
		ProviderContracts: r.ProviderContracts, WithEvidence: r.WithEvidence, Compared: r.Compared,
	}
}

// timeOrZero is zero for NULL.
func timeOrZero(m *micros) time.Time {
	if m == nil {
		return time.Time{}
	}
	return m.Time()
}
