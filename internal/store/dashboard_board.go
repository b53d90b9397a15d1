package store

import (
	"context"
	"encoding/json"
	"time"

	"github.com/accord-broker/accord/internal/dashboard"
	"github.com/accord-broker/accord/internal/store/db"
	"github.com/accord-broker/accord/internal/versions"
)

// MainHeads returns the head of the main branch of each application that has one, by the
// application's id: of all, or of those that are named.
func (q *queries) MainHeads(ctx context.Context, pacticipantIDs ...int64) (map[int64]versions.Version, error) {
	sqlHeads := "SELECT b.head_version_id FROM pacticipants m JOIN branches b ON b.pacticipant_id = m.id AND b.name = m.main_branch"
	var args []any
	if len(pacticipantIDs) > 0 {
		sqlHeads, args = sqlHeads+" WHERE "+q.dialect.Among("m.id"), []any{q.dialect.List(pacticipantIDs)}
	}
	found, err := rows[versionRow](ctx, q, "read heads of main branches", "SELECT "+sqlVersionColumns+sqlFromVersions+"WHERE v.id IN ("+sqlHeads+")", args...)
	byID := make(map[int64]versions.Version, len(found))
	for _, v := range toVersions(found) {
		byID[v.PacticipantID] = v
	}
	return byID, err
}

func (q *queries) ContractsOf(ctx context.Context, versionIDs []int64, pairIDs ...int64) ([]dashboard.Contract, error) {
	sqlPairs, args := "FROM integrations w", []any{q.dialect.List(versionIDs)}
	if len(pairIDs) > 0 {
		sqlPairs, args = sqlPairs+" WHERE "+q.dialect.Among("w.id"), append(args, q.dialect.List(pairIDs))
	}
	type contractRow struct {
		Publication publicationRow `gorm:"embedded"`
		Counts      countsRow      `gorm:"embedded"`
		Branch      string
	}
	found, err := rows[contractRow](ctx, q, "read contracts of the board", `
		SELECT `+sqlPublicationColumns+`, n.interactions_count, n.messages_count,
			coalesce((SELECT b.name FROM branch_versions bv JOIN branches b ON b.id = bv.branch_id WHERE bv.version_id = pub.consumer_version_id ORDER BY bv.id DESC LIMIT 1), '') AS branch`+
		sqlFromPublications+`JOIN pact_versions n ON n.id = pub.pact_version_id
		WHERE pub.id IN (
			SELECT x.id FROM pact_publications x WHERE `+q.dialect.Among("x.consumer_version_id")+` AND x.latest
			UNION SELECT (SELECT x.id FROM pact_publications x WHERE x.integration_id = w.id AND x.latest ORDER BY x.version_position DESC LIMIT 1) `+sqlPairs+`)
		ORDER BY pub.id`, args...)
	list := make([]dashboard.Contract, len(found))
	for i, r := range found {
		list[i] = dashboard.Contract{Publication: r.Publication.toPublication(), Interactions: r.Counts.InteractionsCount, Messages: r.Counts.MessagesCount, Branch: r.Branch}
	}
	return list, err
}

// countsRow is how much is in a content.
type countsRow struct{ InteractionsCount, MessagesCount int }

type markRow struct {
	Number          int64
	ContentID       int64
	ProviderVersion int64
	ProviderNumber  string
	Success         bool
	ExecutedAt      micros
	Compared        bool
}

const sqlMarkColumns = sqlResultNumber + " AS number, r.pact_version_id AS content_id, r.provider_version_id AS provider_version, v.number AS provider_number, r.success, r.executed_at, 1 = 2 AS compared"

// sqlComparedMarks are what comparisons have found, in the form of results.
const sqlComparedMarks = `SELECT CAST(0 AS BIGINT) AS number, k.pact_version_id AS content_id, k.provider_version_id AS provider_version, v.number AS provider_number,
	k.outcome IN ('compatible', 'compatible_without_evidence') AS success, k.compared_at AS executed_at, 1 = 1 AS compared `

// sqlDeciding are comparisons that count and say yes or no.
const sqlDeciding = " v.contracts_key = k.contracts_key AND k.outcome NOT IN ('not_covered', 'not_comparable') "

// MarksBetween finds each result by one step into an index.
func (q *queries) MarksBetween(ctx context.Context, contentIDs, providerVersionIDs []int64) ([]dashboard.Mark, error) {
	wanted, args, err := q.zipped(contentIDs, providerVersionIDs)
	if err != nil {
		return nil, err
	}
	return q.marks(ctx, "SELECT "+sqlMarkColumns+" FROM "+wanted+
		" JOIN verifications r ON r.pact_version_id = w.a AND r.provider_version_id = w.b AND r.latest JOIN versions v ON v.id = r.provider_version_id UNION ALL "+
		sqlComparedMarks+"FROM "+wanted+" JOIN compared k ON k.pact_version_id = w.a AND k.provider_version_id = w.b JOIN versions v ON v.id = k.provider_version_id AND"+sqlDeciding+
		"ORDER BY compared, content_id, provider_version", append(args, args...)...)
}

func (q *queries) LastMarks(ctx context.Context, contentIDs []int64) ([]dashboard.Mark, error) {
	return q.marks(ctx, "SELECT "+sqlMarkColumns+` FROM pact_versions n
		JOIN verifications r ON r.id = (SELECT max(x.id) FROM verifications x WHERE x.pact_version_id = n.id)
		JOIN versions v ON v.id = r.provider_version_id WHERE `+q.dialect.Among("n.id")+" UNION ALL "+sqlComparedMarks+`FROM pact_versions n
		JOIN compared k ON k.pact_version_id = n.id AND k.provider_version_id = (
			SELECT k.provider_version_id FROM compared k JOIN versions v ON v.id = k.provider_version_id AND`+sqlDeciding+`
			WHERE k.pact_version_id = n.id ORDER BY k.compared_at DESC, k.provider_version_id DESC LIMIT 1)
		JOIN versions v ON v.id = k.provider_version_id WHERE `+q.dialect.Among("n.id")+" ORDER BY compared, content_id", q.dialect.List(contentIDs), q.dialect.List(contentIDs))
}

func (q *queries) marks(ctx context.Context, text string, args ...any) ([]dashboard.Mark, error) {
	found, err := rows[markRow](ctx, q, "read results of the board", text, args...)
	marks := make([]dashboard.Mark, len(found))
	for i, r := range found {
		marks[i] = dashboard.Mark{Number: r.Number, ContentID: r.ContentID, ProviderVersion: r.ProviderVersion, ProviderNumber: r.ProviderNumber, Success: r.Success, At: r.ExecutedAt.Time(), Compared: r.Compared}
	}
	return marks, err
}

// zipped is a table w of the pairs (a, b) at the same places of two lists, each once, handed
// over as arguments of a statement that stays the same however long they are.
func (q *queries) zipped(a, b []int64) (table string, args []any, err error) {
	if q.dialect == db.Postgres {
		return "(SELECT DISTINCT a, b FROM unnest(?::bigint[], ?::bigint[]) AS pairs(a, b)) AS w", []any{q.dialect.List(a), q.dialect.List(b)}, nil
	}
	pairs := make([][2]int64, len(a))
	for i := range a {
		pairs[i] = [2]int64{a[i], b[i]}
	}
	text, err := json.Marshal(pairs)
	return "(SELECT DISTINCT json_extract(value, '$[0]') AS a, json_extract(value, '$[1]') AS b FROM json_each(?)) w", []any{string(text)}, err
}

// Clock is the clock by which the database dates what is written.
func (d *DB) Clock() func() time.Time {
	if d.options.Now != nil {
		return d.options.Now
	}
	return time.Now
}
