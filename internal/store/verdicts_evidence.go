package store

import (
	"context"
	"slices"

	"github.com/accord-broker/accord/internal/events"
	"github.com/accord-broker/accord/internal/pacticipants"
	"github.com/accord-broker/accord/internal/verdicts"
	"github.com/accord-broker/accord/internal/verification"
	"github.com/accord-broker/accord/internal/webhooks"
)

func versionResult(id *int64, number *string, position *int64, at *micros) verdicts.VersionResult {
	if id == nil {
		return verdicts.VersionResult{}
	}
	m := verdicts.VersionResult{ID: *id, Number: text(number), Position: *position}
	if at != nil {
		m.At = at.Time()
	}
	return m
}

type summaryRow struct {
	ID                        int64
	Name, DisplayName         string
	RepositoryURL, MainBranch *string
	NewestID, NewestPosition  *int64
	Newest                    *string
	HeadID, HeadPosition      *int64
	Head                      *string
	Contracts                 int
	FirstContractAt           *micros
	ResultVersion, ResultRank *int64
	ResultNumber              *string
	ResultAt                  *micros
}

func (q *queries) ApplicationSummaries(ctx context.Context, pacticipantIDs []int64) (map[int64]verdicts.ApplicationSummary, error) {
	found, err := rows[summaryRow](ctx, q, "read summaries of applications", `
		SELECT a.id, a.name, a.display_name, a.repository_url, a.main_branch,
			n.id AS newest_id, n.number AS newest, n.position AS newest_position, h.id AS head_id, h.number AS head, h.position AS head_position,
			(SELECT count(*) FROM integrations i WHERE i.provider_id = a.id) AS contracts,
			(SELECT min(i.created_at) FROM integrations i WHERE i.provider_id = a.id) AS first_contract_at,
			rv.id AS result_version, rv.number AS result_number, rv.position AS result_rank, r.created_at AS result_at
		FROM pacticipants a
		LEFT JOIN versions n ON n.id = (SELECT v.id FROM versions v WHERE v.pacticipant_id = a.id ORDER BY v.position DESC LIMIT 1)
		LEFT JOIN versions h ON h.id = coalesce((SELECT b.head_version_id FROM branches b WHERE b.pacticipant_id = a.id AND b.name = a.main_branch), n.id)
		LEFT JOIN verifications r ON r.id = (
			SELECT max((SELECT l.id FROM verifications l WHERE l.integration_id = i.id ORDER BY l.id DESC LIMIT 1)) FROM integrations i WHERE i.provider_id = a.id)
		LEFT JOIN versions rv ON rv.id = r.provider_version_id
		WHERE `+q.dialect.Among("a.id"), q.dialect.List(pacticipantIDs))
	summaries := make(map[int64]verdicts.ApplicationSummary, len(found))
	for _, r := range found {
		s := verdicts.ApplicationSummary{
			Pacticipant: pacticipants.Pacticipant{ID: r.ID, Name: r.Name, DisplayName: r.DisplayName, RepositoryURL: text(r.RepositoryURL), MainBranch: text(r.MainBranch)},
			Newest:      versionResult(r.NewestID, r.Newest, r.NewestPosition, nil), Head: versionResult(r.HeadID, r.Head, r.HeadPosition, nil),
			Contracts: r.Contracts, LastResult: versionResult(r.ResultVersion, r.ResultNumber, r.ResultRank, r.ResultAt),
		}
		if r.FirstContractAt != nil {
			s.FirstContract = r.FirstContractAt.Time()
		}
		summaries[r.ID] = s
	}
	return summaries, err
}

type contentHistoryRow struct {
	ID                         int64
	CreatedAt                  micros
	FirstPublication           *int64
	FulfilledID, FulfilledRank *int64
	FulfilledNumber            *string
	FulfilledAt                *micros
	TriedID, TriedRank         *int64
	TriedNumber                *string
	TriedAt                    *micros
}

// sqlNotRefuted excludes successes l of versions whose own contract does not promise what
// the content needs, or is not kept: they do not work with it all the same.
const sqlNotRefuted = ` AND NOT EXISTS (
	SELECT 1` + sqlComparedWith + `
	WHERE k.pact_version_id = l.pact_version_id AND k.provider_version_id = l.provider_version_id AND k.outcome IN ('incompatible', 'self_verification_failed')) `

func (q *queries) ContentHistories(ctx context.Context, contentIDs []int64) (map[int64]verdicts.ContentHistory, error) {
	found, err := rows[contentHistoryRow](ctx, q, "read histories of contents", `
		SELECT pv.id, pv.created_at,
			(SELECT p.id FROM pact_publications p WHERE p.pact_version_id = pv.id ORDER BY p.version_position LIMIT 1) AS first_publication,
			sv.id AS fulfilled_id, sv.position AS fulfilled_rank, sv.number AS fulfilled_number, s.executed_at AS fulfilled_at,
			tv.id AS tried_id, tv.position AS tried_rank, tv.number AS tried_number, t.executed_at AS tried_at
		FROM pact_versions pv
		LEFT JOIN verifications s ON s.id = (SELECT l.id FROM verifications l WHERE l.pact_version_id = pv.id AND l.success AND l.latest`+sqlNotRefuted+`ORDER BY l.id DESC LIMIT 1)
		LEFT JOIN versions sv ON sv.id = s.provider_version_id
		LEFT JOIN verifications t ON t.id = (SELECT l.id FROM verifications l WHERE l.pact_version_id = pv.id ORDER BY l.id DESC LIMIT 1)
		LEFT JOIN versions tv ON tv.id = t.provider_version_id
		WHERE `+q.dialect.Among("pv.id"), q.dialect.List(contentIDs))
	histories := make(map[int64]verdicts.ContentHistory, len(found))
	for _, r := range found {
		history := verdicts.ContentHistory{
			PublishedAt: r.CreatedAt.Time(),
			Fulfilled:   versionResult(r.FulfilledID, r.FulfilledNumber, r.FulfilledRank, r.FulfilledAt),
			Tried:       versionResult(r.TriedID, r.TriedNumber, r.TriedRank, r.TriedAt),
		}
		if r.FirstPublication != nil {
			history.FirstPublication = *r.FirstPublication
		}
		histories[r.ID] = history
	}
	return histories, err
}

type regressionRow struct {
	ID                 int64
	LastID, LastRank   *int64
	LastNumber         *string
	LastAt             *micros
	FirstID, FirstRank *int64
	FirstNumber        *string
	FirstAt            *micros
}

func (q *queries) Regressions(ctx context.Context, resultIDs []int64) (map[int64]verdicts.Regression, error) {
	found, err := rows[regressionRow](ctx, q, "read regressions", `
		WITH regressions AS (
			SELECT r.id, r.pact_version_id, (
				SELECT l.id FROM verifications l JOIN versions lv ON lv.id = l.provider_version_id
				WHERE l.pact_version_id = r.pact_version_id AND l.success AND l.latest AND l.id < r.id AND lv.position < rv.position`+sqlNotRefuted+`
				ORDER BY l.id DESC LIMIT 1) AS last
			FROM verifications r JOIN versions rv ON rv.id = r.provider_version_id
			WHERE `+q.dialect.Among("r.id")+`)
		SELECT t.id, lv.id AS last_id, lv.position AS last_rank, lv.number AS last_number, l.executed_at AS last_at,
			fv.id AS first_id, fv.position AS first_rank, fv.number AS first_number, f.executed_at AS first_at
		FROM regressions t
		JOIN verifications l ON l.id = t.last JOIN versions lv ON lv.id = l.provider_version_id
		JOIN verifications f ON f.id = (
			SELECT n.id FROM verifications n WHERE n.pact_version_id = t.pact_version_id AND n.id > t.last AND NOT n.success ORDER BY n.id LIMIT 1)
		JOIN versions fv ON fv.id = f.provider_version_id`, q.dialect.List(resultIDs))
	regressions := make(map[int64]verdicts.Regression, len(found))
	for _, r := range found {
		regressions[r.ID] = verdicts.Regression{Last: versionResult(r.LastID, r.LastNumber, r.LastRank, r.LastAt), First: versionResult(r.FirstID, r.FirstNumber, r.FirstRank, r.FirstAt)}
	}
	return regressions, err
}

// ResultsByID returns results. Of the test results that were sent with them it
// returns those that take the least room, bytesAtMost together; what would take
// more, though compressed, is not even read.
func (q *queries) ResultsByID(ctx context.Context, resultIDs []int64, bytesAtMost int64) ([]verification.Result, error) {
	found, err := rows[resultRow](ctx, q, "read bounded results", "SELECT "+sqlResultSummary+`,
		CASE WHEN sum(octet_length(r.test_results)) OVER (ORDER BY octet_length(r.test_results), r.id) <= ? THEN r.test_results END AS test_results`+
		sqlFromResults+"WHERE "+q.dialect.Among("r.id")+" ORDER BY octet_length(r.test_results), r.id", bytesAtMost, q.dialect.List(resultIDs))
	if err != nil {
		return nil, err
	}
	for i, r := range found {
		if size := unpackedSize(r.TestResults); size <= bytesAtMost {
			bytesAtMost -= size
		} else {
			found[i].TestResults = nil
		}
	}
	return toResults(found)
}

func (q *queries) VersionsWithContent(ctx context.Context, versionIDs []int64) (map[int64]bool, error) {
	found, err := rows[int64](ctx, q, "find versions with contents", `
		SELECT v.id FROM versions v WHERE `+q.dialect.Among("v.id")+` AND (
			EXISTS (SELECT 1 FROM pact_publications p WHERE p.consumer_version_id = v.id) OR
			EXISTS (SELECT 1 FROM verifications r WHERE r.provider_version_id = v.id) OR v.contracts_key IS NOT NULL)`, q.dialect.List(versionIDs))
	withContent := make(map[int64]bool, len(found))
	for _, id := range found {
		withContent[id] = true
	}
	return withContent, err
}

// sqlLastDeliveries bounds how many of the last webhooks of a publication are looked
// at: more than those of one event, which are triggered together.
const sqlLastDeliveries = `t.event IN (?, ?, ?) AND t.id >= coalesce((
	SELECT n.id FROM triggered_webhooks n WHERE n.publication_id = p.id AND n.event IN (?, ?, ?) ORDER BY n.id DESC LIMIT 1 OFFSET 49), 0)`

func (q *queries) LastDeliveries(ctx context.Context, publicationIDs []int64) (map[int64][]verdicts.Delivery, error) {
	type deliveryRow struct {
		PublicationID                int64
		UUID, Event, Status, Context string
		Webhook                      *string
		CreatedAt                    micros
	}
	telling := []any{string(events.ContractPublished), string(events.ContractContentChanged), string(events.ContractRequiringVerification)}
	found, err := rows[deliveryRow](ctx, q, "read webhooks of publications", `
		SELECT t.publication_id, t.uuid, t.event, t.status, t.context, t.created_at, w.uuid AS webhook
		FROM pact_publications p JOIN triggered_webhooks t ON t.publication_id = p.id AND `+sqlLastDeliveries+`
		LEFT JOIN webhooks w ON w.id = t.webhook_id
		WHERE `+q.dialect.Among("p.id")+` ORDER BY t.id`, append(slices.Concat(telling, telling), q.dialect.List(publicationIDs))...)
	if err != nil {
		return nil, err
	}
	deliveries := make(map[int64][]verdicts.Delivery, len(found))
	for _, r := range found {
		known, _, err := toContext(r.Context)
		if err != nil {
			return nil, err
		}
		state := verdicts.OnItsWay
		switch webhooks.Status(r.Status) {
		case webhooks.Success:
			state = verdicts.Delivered
		case webhooks.Failure:
			state = verdicts.GivenUp
		}
		deliveries[r.PublicationID] = append(deliveries[r.PublicationID], verdicts.Delivery{
			UUID: r.UUID, Event: r.Event, Webhook: text(r.Webhook), ProviderVersion: known.ProviderVersion, State: state, At: r.CreatedAt.Time(),
		})
	}
	return deliveries, nil
}

func (q *queries) DeploymentRecordsOf(ctx context.Context, environment string, versionIDs []int64) (map[int64][]verdicts.DeploymentRecord, error) {
	type deploymentRow struct {
		VersionID, ApplicationID                     int64
		UUID, Environment, Application, Number, Slot string
		Released                                     bool
		Since, Recorded                              micros
	}
	ids := q.dialect.List(versionIDs)
	found, err := rows[deploymentRow](ctx, q, "read what is in the environment", `
		SELECT w.uuid, e.name AS environment, w.version_id, v.number, p.id AS application_id, p.name AS application, w.slot, w.released, w.since, w.recorded FROM (
			SELECT d.id, d.uuid, d.environment_id, d.version_id, d.instance AS slot, 1 = 2 AS released, d.created_at AS since, d.updated_at AS recorded
			FROM deployed_versions d WHERE `+q.dialect.Among("d.version_id")+` AND d.currently_deployed
			UNION ALL
			SELECT r.id, r.uuid, r.environment_id, r.version_id, '', 1 = 1, r.created_at, r.updated_at
			FROM released_versions r WHERE `+q.dialect.Among("r.version_id")+` AND r.currently_supported
		) w JOIN environments e ON e.id = w.environment_id JOIN versions v ON v.id = w.version_id JOIN pacticipants p ON p.id = v.pacticipant_id
		WHERE e.name = ? ORDER BY w.since, w.released, w.id`, ids, ids, environment)
	records := make(map[int64][]verdicts.DeploymentRecord, len(found))
	for _, r := range found {
		records[r.VersionID] = append(records[r.VersionID], verdicts.DeploymentRecord{
			UUID: r.UUID, Environment: r.Environment, ApplicationID: r.ApplicationID, Application: r.Application, Version: r.Number,
			Instance: r.Slot, Released: r.Released, Since: r.Since.Time(), Recorded: r.Recorded.Time(),
		})
	}
	return records, err
}
