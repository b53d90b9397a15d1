package store

import (
	"context"
	"time"

	"github.com/accord-broker/accord/internal/pacticipants"
	"github.com/accord-broker/accord/internal/selection"
	"github.com/accord-broker/accord/internal/store/db"
)

// foundRow is a consumer version in the position that was asked for, with what
// it has published for the provider, if anything.
type foundRow struct {
	Name       string
	Production bool
	ConsumerID int64
	Pact       publicationRow `gorm:"embedded;embeddedPrefix:pact_"`
}

const (
	// sqlFoundColumns follow the name and the production flag of a foundRow. The
	// name of the provider, whose id is the first argument, is the same in all
	// rows: reading it once is cheaper than joining it to each.
	sqlFoundColumns = `c.id AS consumer_id, pub.id AS pact_id, pub.integration_id AS pact_integration_id, c.id AS pact_consumer_id, c.name AS pact_consumer,
		i.provider_id AS pact_provider_id, (SELECT p.name FROM pacticipants p WHERE p.id = ?) AS pact_provider, v.id AS pact_version_id, v.number AS pact_version_number, pub.version_position AS pact_version_position,
		pv.id AS pact_content_id, pv.sha AS pact_sha, pub.revision AS pact_revision, pub.created_at AS pact_created_at`
	// sqlOfConsumers are the consumers of a provider.
	sqlOfConsumers = `
		FROM integrations i
		JOIN pacticipants c ON c.id = i.consumer_id`
)

// publishedBy joins what the version in the column has published for the
// provider.
func (q *queries) publishedBy(join, version string) string {
	return join + "pact_publications pub" + q.dialect.By("pact_publications_latest") + " ON pub.consumer_version_id = " + version + " AND pub.integration_id = i.id AND pub.latest" +
		join + "versions v ON v.id = pub.consumer_version_id" +
		join + "pact_versions pv ON pv.id = pub.pact_version_id"
}

const (
	sqlHaving = " JOIN "
	sqlIfAny  = " LEFT JOIN "
)

// same compares a column of names with an expression, as the settings say.
func (q *queries) same(column, expression string) string {
	if q.options.FoldNames {
		return "lower(" + column + ") = lower(" + expression + ")"
	}
	return column + " = " + expression
}

// found runs a statement about the provider, which follows the joins of its
// consumers; args are those of from.
func (q *queries) found(ctx context.Context, providerID int64, what, name, production, from string, args ...any) ([]selection.Found, error) {
	found, err := rows[foundRow](ctx, q, what, "SELECT "+name+" AS name, "+production+" AS production, "+sqlFoundColumns+sqlOfConsumers+from+" ORDER BY c.id, v.position, name", append([]any{providerID}, args...)...)
	all := make([]selection.Found, len(found))
	for i, r := range found {
		all[i] = selection.Found{Name: r.Name, Production: r.Production, ConsumerID: r.ConsumerID, Pact: r.Pact.toPublication()}
	}
	return all, err
}

// foundNamed is found for a list of names.
func (q *queries) foundNamed(ctx context.Context, what, from string, names []string, providerID int64) ([]selection.Found, error) {
	list, err := q.dialect.Texts(names)
	if err != nil {
		return nil, err
	}
	return q.found(ctx, providerID, what, "asked.value", "false", q.dialect.JoinTexts()+from+" WHERE i.provider_id = ?", list, providerID)
}

func (q *queries) LatestPacts(ctx context.Context, providerID int64) ([]selection.Found, error) {
	return q.found(ctx, providerID, "find latest pacts", "''", "false", `
		JOIN pact_publications pub ON pub.integration_id = i.id
		JOIN versions v ON v.id = pub.consumer_version_id
		JOIN pact_versions pv ON pv.id = pub.pact_version_id
		WHERE i.provider_id = ? AND pub.id IN (
			SELECT (SELECT n.id FROM pact_publications n WHERE n.integration_id = x.id AND n.latest ORDER BY n.version_position DESC LIMIT 1)
			FROM integrations x WHERE x.provider_id = ?)`, providerID, providerID)
}

func (q *queries) MainBranchHeads(ctx context.Context, providerID int64) ([]selection.Found, error) {
	return q.found(ctx, providerID, "find heads of main branches", "b.name", "false",
		" JOIN branches b ON b.pacticipant_id = c.id AND b.name = c.main_branch AND b.head_version_id IS NOT NULL"+
			q.publishedBy(sqlIfAny, "b.head_version_id")+" WHERE i.provider_id = ?", providerID)
}

func (q *queries) BranchHeads(ctx context.Context, providerID int64, branches []string) ([]selection.Found, error) {
	list, err := q.dialect.Texts(branches)
	if err != nil {
		return nil, err
	}
	return q.found(ctx, providerID, "find heads of branches", "b.name", "false",
		" JOIN branches b ON b.pacticipant_id = c.id AND "+q.dialect.AmongTexts("b.name")+" AND b.head_version_id IS NOT NULL"+
			q.publishedBy(sqlIfAny, "b.head_version_id")+" WHERE i.provider_id = ?", list, providerID)
}

func (q *queries) AllBranchHeads(ctx context.Context, providerID int64) ([]selection.Found, error) {
	return q.found(ctx, providerID, "find heads of all branches", "b.name", "false",
		" JOIN branches b ON b.pacticipant_id = c.id"+q.publishedBy(sqlHaving, "b.head_version_id")+" WHERE i.provider_id = ?", providerID)
}

// fewPacts is how many pacts are so few that SQLite had better begin with them
// than with all branches or tags; PostgreSQL sees for itself.
const fewPacts = 1000

func (q *queries) fewSince(ctx context.Context, providerID int64, since time.Time) (bool, error) {
	if q.dialect == db.Postgres {
		return true, nil
	}
	n, _, err := row[int](ctx, q, "count recent pacts", `
		SELECT count(*) FROM (SELECT 1 FROM integrations i JOIN pact_publications pub`+q.dialect.By("pact_publications_time")+`
			ON pub.integration_id = i.id AND pub.created_at > ? AND pub.latest WHERE i.provider_id = ? LIMIT ?)`, microsOf(since), providerID, fewPacts)
	return n < fewPacts, err
}

// recentHeads returns the rows of a table of heads whose versions have
// published a pact after the time.
func (q *queries) recentHeads(ctx context.Context, table, version string, providerID int64, since time.Time) ([]selection.Found, error) {
	few, err := q.fewSince(ctx, providerID, since)
	if err != nil {
		return nil, err
	}
	what := "find recent heads in " + table
	if few {
		return q.found(ctx, providerID, what, "h.name", "false", " JOIN pact_publications pub"+q.dialect.By("pact_publications_time")+` ON pub.integration_id = i.id AND pub.created_at > ? AND pub.latest
			JOIN `+table+" h ON h."+version+` = pub.consumer_version_id
			JOIN versions v ON v.id = pub.consumer_version_id
			JOIN pact_versions pv ON pv.id = pub.pact_version_id WHERE i.provider_id = ?`, microsOf(since), providerID)
	}
	return q.found(ctx, providerID, what, "h.name", "false",
		" JOIN "+table+" h ON h.pacticipant_id = c.id"+q.publishedBy(sqlHaving, "h."+version)+" WHERE i.provider_id = ? AND pub.created_at > ?", providerID, microsOf(since))
}

func (q *queries) RecentBranchHeads(ctx context.Context, providerID int64, since time.Time) ([]selection.Found, error) {
	return q.recentHeads(ctx, "branches", "head_version_id", providerID, since)
}

func (q *queries) TagHeads(ctx context.Context, providerID int64, tags []string) ([]selection.Found, error) {
	return q.foundNamed(ctx, "find latest with tags",
		" JOIN tag_heads h ON h.pacticipant_id = c.id AND "+q.same("h.name", "asked.value")+q.publishedBy(sqlIfAny, "h.version_id"), tags, providerID)
}

func (q *queries) MainTagHeads(ctx context.Context, providerID int64) ([]selection.Found, error) {
	return q.found(ctx, providerID, "find latest with main tags", "h.name", "false",
		" JOIN tag_heads h ON h.pacticipant_id = c.id AND "+q.same("h.name", "c.main_branch")+q.publishedBy(sqlIfAny, "h.version_id")+" WHERE i.provider_id = ?", providerID)
}

// RecentTagHeads returns the newest versions with any tag that have published a
// pact after the time.
func (q *queries) RecentTagHeads(ctx context.Context, providerID int64, since time.Time) ([]selection.Found, error) {
	return q.recentHeads(ctx, "tag_heads", "version_id", providerID, since)
}

func (q *queries) TaggedPacts(ctx context.Context, providerID int64, tags []string) ([]selection.Found, error) {
	return q.foundNamed(ctx, "find pacts with tags",
		" JOIN tags t ON t.pacticipant_id = c.id AND "+q.same("t.name", "asked.value")+q.publishedBy(sqlHaving, "t.version_id"), tags, providerID)
}

func (q *queries) DeployedPacts(ctx context.Context, providerID int64) ([]selection.Found, error) {
	return q.found(ctx, providerID, "find deployed pacts", "e.name", "e.production",
		" JOIN deployed_versions d"+q.dialect.By("deployed_versions_current")+" ON d.pacticipant_id = c.id AND d.currently_deployed JOIN environments e ON e.id = d.environment_id"+
			q.publishedBy(sqlHaving, "d.version_id")+" WHERE i.provider_id = ?", providerID)
}

// ReleasedPacts returns the pacts of the releases that are supported now.
func (q *queries) ReleasedPacts(ctx context.Context, providerID int64) ([]selection.Found, error) {
	return q.found(ctx, providerID, "find released pacts", "e.name", "e.production",
		" JOIN released_versions d"+q.dialect.By("released_versions_supported")+" ON d.pacticipant_id = c.id AND d.currently_supported JOIN environments e ON e.id = d.environment_id"+
			q.publishedBy(sqlHaving, "d.version_id")+" WHERE i.provider_id = ?", providerID)
}

func (q *queries) UnverifiedSince(ctx context.Context, providerID int64, since time.Time) ([]time.Time, error) {
	found, err := rows[micros](ctx, q, "read unverified pacts", `
		SELECT pub.created_at FROM integrations i JOIN pact_publications pub ON pub.integration_id = i.id AND pub.latest
		WHERE i.provider_id = ? AND pub.created_at >= ?
			AND NOT EXISTS (SELECT 1 FROM verifications r WHERE r.pact_version_id = pub.pact_version_id AND r.success)
		ORDER BY pub.created_at`, providerID, microsOf(since))
	times := make([]time.Time, len(found))
	for i, at := range found {
		times[i] = at.Time()
	}
	return times, err
}

func (q *queries) FirstOnBranch(ctx context.Context, branchID int64) (time.Time, bool, error) {
	at, found, err := row[micros](ctx, q, "read first version of branch", `
		SELECT v.created_at FROM branch_versions bv JOIN versions v ON v.id = bv.version_id
		WHERE bv.branch_id = ? ORDER BY bv.version_position LIMIT 1`, branchID)
	return at.Time(), found, err
}

func (q *queries) TagsFirstUsed(ctx context.Context, p pacticipants.Pacticipant, tags []string) (map[string]time.Time, error) {
	list, err := q.dialect.Texts(tags)
	if err != nil {
		return nil, err
	}
	type usedRow struct {
		Name        string
		FirstUsedAt micros
	}
	found, err := rows[usedRow](ctx, q, "read first use of tags", "SELECT asked.value AS name, h.first_used_at FROM tag_heads h"+q.dialect.JoinTexts()+
		" WHERE h.pacticipant_id = ? AND "+q.same("h.name", "asked.value")+" ORDER BY h.first_used_at DESC", list, p.ID)
	used := make(map[string]time.Time, len(found))
	for _, r := range found {
		used[r.Name] = r.FirstUsedAt.Time()
	}
	return used, err
}
