package store

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/accord-broker/accord/internal/contracts"
	"github.com/accord-broker/accord/internal/deployments"
	"github.com/accord-broker/accord/internal/matrix"
	"github.com/accord-broker/accord/internal/pacticipants"
	"github.com/accord-broker/accord/internal/versions"
)

const (
	// sqlLimit ends a statement that returns no more rows than its last argument says.
	// Statements that cannot return many do without: it costs SQLite half a millisecond.
	sqlLimit = " LIMIT ?"
	// versionsUnlimited is of how many versions the contracts that count are read
	// without a limit.
	versionsUnlimited = 100
)

func (q *queries) PacticipantsNamed(ctx context.Context, names ...string) (map[string]pacticipants.Pacticipant, error) {
	named, err := q.findNamed(ctx, names, "pacticipants p", "p.name", "p.id DESC")
	if err != nil || q.options.KeepFormerNames == 0 {
		return named, err
	}
	missing := slices.DeleteFunc(slices.Clone(names), func(name string) bool { _, known := named[name]; return known })
	if len(missing) == 0 {
		return named, nil
	}
	formerly, err := q.findNamed(ctx, missing, "former_names f JOIN pacticipants p ON p.id = f.pacticipant_id AND f.given_up_at >= ?", "f.name", sqlLastGivenUp, q.formerSince())
	maps.Copy(named, formerly)
	return named, err
}

// findNamed returns the applications p of which the column is among the names, by
// these names: the last in the order where letters differ in case only.
func (q *queries) findNamed(ctx context.Context, names []string, from, column, order string, args ...any) (map[string]pacticipants.Pacticipant, error) {
	list, err := q.dialect.Texts(names)
	if err != nil {
		return nil, err
	}
	type askedRow struct {
		Asked string
		Found pacticipantRow `gorm:"embedded"`
	}
	found, err := rows[askedRow](ctx, q, "find pacticipants",
		"SELECT asked.value AS asked, "+sqlPacticipantColumns+" FROM "+from+q.dialect.JoinTexts()+" WHERE "+q.sameName(column, "asked.value")+" ORDER BY "+order, append(args, list)...)
	named := make(map[string]pacticipants.Pacticipant, len(found))
	for _, r := range found {
		named[r.Asked] = r.Found.toPacticipant()
	}
	return named, err
}

// VersionsMatching returns the versions of each application that meet the
// criteria, by application and position: no more than the limit where a history can
// meet them.
func (q *queries) VersionsMatching(ctx context.Context, pacticipantIDs []int64, c matrix.Criteria, limit int) ([]versions.Version, error) {
	where, args := q.criteria(pacticipantIDs, c)
	atMost := ""
	if limit > 0 && !c.Latest && c.Version == "" && c.Environment == "" {
		atMost, args = sqlLimit, append(args, limit)
	}
	found, err := rows[versionRow](ctx, q, "find versions", "SELECT "+sqlVersionColumns+sqlFromVersions+"WHERE "+where+" ORDER BY v.pacticipant_id, v.position"+atMost, args...)
	if err != nil || !c.Latest {
		return toVersions(found), err
	}
	var latest []versionRow
	for i, r := range found {
		if i == len(found)-1 || found[i+1].PacticipantID != r.PacticipantID {
			latest = append(latest, r)
		}
	}
	return toVersions(latest), nil
}

// criteria makes one condition of each criterion. Each is confined to the
// applications by itself, so that the database may begin with any of them.
func (q *queries) criteria(pacticipantIDs []int64, c matrix.Criteria) (string, []any) {
	var conditions []string
	var args []any
	of := q.dialect.List(pacticipantIDs)
	add := func(condition string, values ...any) {
		conditions, args = append(conditions, condition), append(args, values...)
	}
	if c.Version != "" {
		add(q.dialect.Among("v.pacticipant_id")+" AND "+q.named("v.number"), of, c.Version)
	}
	if c.Branch != "" {
		add("v.id IN ("+membership(c.Latest)+" WHERE "+q.dialect.Among("b.pacticipant_id")+" AND b.name = ?)", of, c.Branch)
	}
	switch {
	case c.MainBranch && c.Latest:
		add("v.id IN (SELECT (SELECT b.head_version_id FROM branches b WHERE b.pacticipant_id = m.id AND b.name = m.main_branch) FROM pacticipants m WHERE "+q.dialect.Among("m.id")+")", of)
	case c.MainBranch:
		add("v.id IN ("+membership(false)+" JOIN pacticipants m ON m.id = b.pacticipant_id AND m.main_branch = b.name WHERE "+q.dialect.Among("m.id")+")", of)
	}
	switch {
	case c.Tag != "" && c == (matrix.Criteria{Tag: c.Tag, Latest: true}):
		add("v.id IN (SELECT h.version_id FROM tag_heads h WHERE "+q.dialect.Among("h.pacticipant_id")+" AND "+q.named("h.name")+")", of, c.Tag)
	case c.Tag != "":
		add("v.id IN (SELECT t.version_id FROM tags t WHERE "+q.dialect.Among("t.pacticipant_id")+" AND "+q.named("t.name")+")", of, c.Tag)
	}
	if c.Environment != "" {
		add("v.id IN (SELECT d.version_id FROM deployed_versions d"+q.dialect.By("deployed_versions_current")+" WHERE "+q.dialect.Among("d.pacticipant_id")+" AND d.environment_id = (SELECT e.id FROM environments e WHERE e.name = ?) AND d.currently_deployed"+
			" UNION ALL SELECT r.version_id FROM released_versions r"+q.dialect.By("released_versions_supported")+" WHERE "+q.dialect.Among("r.pacticipant_id")+" AND r.environment_id = (SELECT e.id FROM environments e WHERE e.name = ?) AND r.currently_supported)",
			of, c.Environment, of, c.Environment)
	}
	if len(conditions) == 0 && c.Latest {
		add("v.id IN (SELECT (SELECT n.id FROM versions n WHERE n.pacticipant_id = m.id ORDER BY n.position DESC LIMIT 1) FROM pacticipants m WHERE "+q.dialect.Among("m.id")+")", of)
	}
	if len(conditions) == 0 {
		add(q.dialect.Among("v.pacticipant_id"), of)
	}
	return strings.Join(conditions, " AND "), args
}

// membership selects the versions on branches, or only their heads.
func membership(heads bool) string {
	if heads {
		return "SELECT b.head_version_id FROM branches b"
	}
	return "SELECT bv.version_id FROM branches b JOIN branch_versions bv ON bv.branch_id = b.id"
}

func (q *queries) PublicationsOf(ctx context.Context, versionIDs, providerIDs []int64, every bool, limit int) ([]contracts.Publication, error) {
	where, args := q.dialect.Among("pub.consumer_version_id"), []any{q.dialect.List(versionIDs)}
	if providerIDs != nil {
		where, args = where+" AND "+q.dialect.Among("i.provider_id"), append(args, q.dialect.List(providerIDs))
	}
	if !every {
		where += " AND pub.latest"
	}
	atMost := ""
	if limit > 0 && (every || len(versionIDs) > versionsUnlimited) {
		atMost, args = sqlLimit, append(args, limit)
	}
	found, err := rows[publicationRow](ctx, q, "read publications", "SELECT "+sqlPublicationColumns+sqlFromPublications+"WHERE "+where+" ORDER BY pub.id"+atMost, args...)
	return toPublications(found), err
}

type pairRow struct {
	ID, ConsumerID, ProviderID int64
	Consumer, Provider         string
	CreatedAt                  micros
}

func (q *queries) pairs(ctx context.Context, where string, ids []int64) ([]contracts.Integration, error) {
	found, err := rows[pairRow](ctx, q, "read integrations", `
		SELECT i.id, i.consumer_id, c.name AS consumer, i.provider_id, p.name AS provider, i.created_at
		FROM integrations i JOIN pacticipants c ON c.id = i.consumer_id JOIN pacticipants p ON p.id = i.provider_id
		WHERE `+where+" ORDER BY i.id", q.dialect.List(ids))
	pairs := make([]contracts.Integration, len(found))
	for i, r := range found {
		pairs[i] = contracts.Integration{ID: r.ID, ConsumerID: r.ConsumerID, Consumer: r.Consumer, ProviderID: r.ProviderID, Provider: r.Provider, CreatedAt: r.CreatedAt.Time()}
	}
	return pairs, err
}

func (q *queries) ProvidersOf(ctx context.Context, consumerIDs []int64) ([]contracts.Integration, error) {
	return q.pairs(ctx, q.dialect.Among("i.consumer_id")+" AND EXISTS (SELECT 1 FROM pact_publications pub WHERE pub.integration_id = i.id AND pub.latest)", consumerIDs)
}

// ConsumersOf returns the pairs in which the applications are providers.
func (q *queries) ConsumersOf(ctx context.Context, providerIDs []int64) ([]contracts.Integration, error) {
	return q.pairs(ctx, q.dialect.Among("i.provider_id"), providerIDs)
}

type outcomeRow struct {
	ID              int64
	Number          int64
	ContentID       int64
	ProviderVersion int64
	Success         bool
	ExecutedAt      micros
}

func (r outcomeRow) toResult() matrix.Result {
	return matrix.Result{ID: r.ID, Number: r.Number, ContentID: r.ContentID, ProviderVersion: r.ProviderVersion, Success: r.Success, ExecutedAt: r.ExecutedAt.Time()}
}

// ResultsBetween returns the results for the contents by the provider versions at the
// same places of the two lists: all of them, or those that count. Each pair is looked
// up by itself: every content with every version would be a million of them for a
// provider with a thousand consumers.
func (q *queries) ResultsBetween(ctx context.Context, contentIDs, providerVersionIDs []int64, every bool, limit int) ([]matrix.Result, error) {
	wanted, args, err := q.zipped(contentIDs, providerVersionIDs)
	if err != nil {
		return nil, err
	}
	sqlOn := "r.pact_version_id = w.a AND r.provider_version_id = w.b"
	if !every {
		sqlOn += " AND r.latest"
	}
	atMost := ""
	if limit > 0 && (every || len(contentIDs) > limit) {
		atMost, args = sqlLimit, append(args, limit)
	}
	found, err := rows[outcomeRow](ctx, q, "read results",
		"SELECT r.id, "+sqlResultNumber+" AS number, r.pact_version_id AS content_id, r.provider_version_id AS provider_version, r.success, r.executed_at FROM "+wanted+" JOIN verifications r ON "+sqlOn+" ORDER BY r.id"+atMost,
		args...)
	results := make([]matrix.Result, len(found))
	for i, r := range found {
		results[i] = r.toResult()
	}
	return results, err
}

func (q *queries) VersionsWithIDs(ctx context.Context, versionIDs ...int64) ([]versions.Version, error) {
	found, err := rows[versionRow](ctx, q, "read versions", "SELECT "+sqlVersionColumns+sqlFromVersions+"WHERE "+q.dialect.Among("v.id")+" ORDER BY v.id", q.dialect.List(versionIDs))
	return toVersions(found), err
}

// EnvironmentsOf returns where each version is deployed or supported now, each
// environment once, in the order in which the version got there.
func (q *queries) EnvironmentsOf(ctx context.Context, versionIDs ...int64) (map[int64][]deployments.Environment, error) {
	type placeRow struct {
		VersionID   int64
		Environment environmentRow `gorm:"embedded"`
	}
	ids := q.dialect.List(versionIDs)
	found, err := rows[placeRow](ctx, q, "read places of versions", `
		SELECT w.version_id, `+sqlEnvironmentColumns+` FROM (
			SELECT d.version_id, d.environment_id, d.created_at AS since FROM deployed_versions d WHERE `+q.dialect.Among("d.version_id")+` AND d.currently_deployed
			UNION ALL
			SELECT r.version_id, r.environment_id, r.created_at FROM released_versions r WHERE `+q.dialect.Among("r.version_id")+` AND r.currently_supported
		) w JOIN environments e ON e.id = w.environment_id ORDER BY w.since, w.environment_id`, ids, ids)
	if err != nil {
		return nil, err
	}
	known := map[int64]deployments.Environment{}
	of := make(map[int64][]deployments.Environment, len(versionIDs))
	for _, r := range found {
		e, seen := known[r.Environment.ID]
		if !seen {
			if e, err = r.Environment.toEnvironment(); err != nil {
				return nil, err
			}
			known[e.ID] = e
		}
		if !slices.ContainsFunc(of[r.VersionID], func(at deployments.Environment) bool { return at.ID == e.ID }) {
			of[r.VersionID] = append(of[r.VersionID], e)
		}
	}
	return of, nil
}
