package store

import (
	"context"
	"time"

	"github.com/accord-broker/accord/internal/contracts"
	"github.com/accord-broker/accord/internal/providercontracts"
	"github.com/accord-broker/accord/internal/store/db"
	"github.com/accord-broker/accord/internal/support/fault"
	"github.com/accord-broker/accord/internal/versions"
)

type providerContractRow struct {
	ID                        int64
	ProviderID                int64
	Provider                  string
	VersionID                 int64
	VersionNumber             string
	Name                      string
	DocumentID                int64
	SHA                       string
	Specification             string
	SpecificationVersion      string
	Size                      int
	DocumentCreatedAt         micros
	ContentType               string
	CreatedAt, UpdatedAt      micros
	EvidenceSuccess           *bool
	EvidenceSHA               *string
	EvidenceContentType       *string
	EvidenceFormat            *string
	Verifier, VerifierVersion *string
}

const (
	sqlProviderContractColumns = `k.id, k.pacticipant_id AS provider_id, p.name AS provider, k.version_id, v.number AS version_number, k.name,
		k.document_id, d.sha, d.specification, d.specification_version, d.size, d.created_at AS document_created_at,
		k.content_type, k.created_at, k.updated_at, k.evidence_success, k.evidence_sha, k.evidence_content_type, k.evidence_format, k.verifier, k.verifier_version`
	sqlFromProviderContracts = ` FROM provider_contracts k
		JOIN versions v ON v.id = k.version_id
		JOIN pacticipants p ON p.id = k.pacticipant_id
		JOIN provider_documents d ON d.id = k.document_id `
)

func (r providerContractRow) toContract() providercontracts.Contract {
	return providercontracts.Contract{
		ID: r.ID, ProviderID: r.ProviderID, Provider: r.Provider, VersionID: r.VersionID, VersionNumber: r.VersionNumber, Name: r.Name,
		Document: providercontracts.Document{
			ID: r.DocumentID, ProviderID: r.ProviderID, SHA: r.SHA, Specification: r.Specification, Version: r.SpecificationVersion,
			Size: r.Size, CreatedAt: r.DocumentCreatedAt.Time(),
		},
		ContentType: r.ContentType, CreatedAt: r.CreatedAt.Time(), UpdatedAt: r.UpdatedAt.Time(),
		Evidence: providercontracts.Evidence{
			Success: r.EvidenceSuccess, SHA: text(r.EvidenceSHA), ContentType: text(r.EvidenceContentType), Format: text(r.EvidenceFormat),
			Verifier: text(r.Verifier), VerifierVersion: text(r.VerifierVersion),
		},
	}
}

func (q *queries) providerContracts(ctx context.Context, where string, args ...any) ([]providercontracts.Contract, error) {
	found, err := rows[providerContractRow](ctx, q, "read provider contracts", "SELECT "+sqlProviderContractColumns+sqlFromProviderContracts+where, args...)
	list := make([]providercontracts.Contract, len(found))
	for i, r := range found {
		list[i] = r.toContract()
	}
	return list, err
}

func (q *queries) ContractsPublishedBy(ctx context.Context, versionIDs ...int64) ([]providercontracts.Contract, error) {
	return q.providerContracts(ctx, "WHERE "+q.dialect.Among("k.version_id")+" ORDER BY k.version_id, k.name", q.dialect.List(versionIDs))
}

func (q *queries) NewestContracts(ctx context.Context) ([]providercontracts.Contract, error) {
	return q.providerContracts(ctx, `WHERE v.contracts_key IS NOT NULL
		AND NOT EXISTS (SELECT 1 FROM versions n WHERE n.pacticipant_id = v.pacticipant_id AND n.contracts_key IS NOT NULL AND n.position > v.position)
		ORDER BY p.name, k.name`)
}

func (q *queries) DocumentContent(ctx context.Context, documentID int64) ([]byte, error) {
	return q.packed(ctx, "read document", "SELECT body FROM provider_documents WHERE id = ?", documentID)
}

func (q *queries) EvidenceContent(ctx context.Context, contractID int64) ([]byte, error) {
	return q.packed(ctx, "read evidence", "SELECT evidence AS body FROM provider_contracts WHERE id = ? AND evidence IS NOT NULL", contractID)
}

// packed reads something that is stored compressed. If it has been deleted since
// it was found, that is a NotFound fault, and a transaction begins again.
func (q *queries) packed(ctx context.Context, what, text string, args ...any) ([]byte, error) {
	found, is, err := row[struct{ Body []byte }](ctx, q, what, text, args...)
	if err != nil {
		return nil, err
	}
	if !is {
		return nil, fault.Vanished().Because(db.ErrConflict)
	}
	return unpack(found.Body)
}

func (q *queries) PlacesOf(ctx context.Context, versionID int64) ([]string, error) {
	return rows[string](ctx, q, "read places of version", `
		SELECT e.name FROM environments e WHERE e.id IN (
			SELECT d.environment_id FROM deployed_versions d WHERE d.version_id = ? AND d.currently_deployed
			UNION ALL SELECT r.environment_id FROM released_versions r WHERE r.version_id = ? AND r.currently_supported)
		ORDER BY e.name`, versionID, versionID)
}

// AddDocument returns the id of the provider's document with that sha, storing it
// if it is not there yet.
func (tx *Tx) AddDocument(ctx context.Context, d providercontracts.Document, compressed []byte) (int64, error) {
	sqlFind := "SELECT id FROM provider_documents WHERE pacticipant_id = ? AND sha = ?"
	if tx.dialect == db.Postgres {
		sqlFind += " FOR KEY SHARE" // so that nobody purges it before it is used
	}
	id, found, err := row[int64](ctx, &tx.queries, "find document", sqlFind, d.ProviderID, d.SHA)
	if err != nil || found {
		return id, err
	}
	id, err = tx.insert(ctx, "add document", `
		INSERT INTO provider_documents (pacticipant_id, sha, specification, specification_version, created_at, size, body) VALUES (?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (pacticipant_id, sha) DO NOTHING RETURNING id`, d.ProviderID, d.SHA, d.Specification, d.Version, tx.now, d.Size, compressed)
	if err != nil || id != 0 {
		return id, err
	}
	id, _, err = row[int64](ctx, &tx.queries, "find document", sqlFind, d.ProviderID, d.SHA)
	return id, err
}

func (tx *Tx) PutContract(ctx context.Context, c providercontracts.Contract, report []byte) error {
	_, err := tx.exec(ctx, "put provider contract", `
		INSERT INTO provider_contracts (pacticipant_id, version_id, name, document_id, content_type, created_at, updated_at,
			evidence_success, evidence_sha, evidence_content_type, evidence_format, verifier, verifier_version, evidence)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (version_id, name) DO UPDATE SET document_id = excluded.document_id, content_type = excluded.content_type, updated_at = excluded.updated_at,
			evidence_success = excluded.evidence_success, evidence_sha = excluded.evidence_sha, evidence_content_type = excluded.evidence_content_type,
			evidence_format = excluded.evidence_format, verifier = excluded.verifier, verifier_version = excluded.verifier_version,
			evidence = CASE WHEN excluded.evidence IS NULL AND excluded.evidence_sha = provider_contracts.evidence_sha THEN provider_contracts.evidence ELSE excluded.evidence END`,
		c.ProviderID, c.VersionID, c.Name, c.Document.ID, c.ContentType, tx.now, tx.now,
		c.Evidence.Success, nullable(c.Evidence.SHA), nullable(c.Evidence.ContentType), nullable(c.Evidence.Format),
		nullable(c.Evidence.Verifier), nullable(c.Evidence.VerifierVersion), report)
	return err
}

func (tx *Tx) UpdateContractsKey(ctx context.Context, v versions.Version, key string) error {
	_, err := tx.exec(ctx, "update key of contracts", "UPDATE versions SET contracts_key = ?, updated_at = ? WHERE id = ?", nullable(key), tx.now, v.ID)
	return err
}

func (tx *Tx) EnqueueComparisons(ctx context.Context, subject providercontracts.Subject) error {
	return tx.queue.EnqueueComparisons(ctx, tx.open, subject.ProviderVersion, subject.Publication)
}

// HavingContracts returns those of the applications of which any version has published a
// contract as a provider.
func (q *queries) HavingContracts(ctx context.Context, providerIDs ...int64) ([]int64, error) {
	return rows[int64](ctx, q, "look for provider contracts", "SELECT p.id FROM all_pacticipants p WHERE "+q.dialect.Among("p.id")+
		" AND EXISTS (SELECT 1 FROM versions v WHERE v.pacticipant_id = p.id AND v.contracts_key IS NOT NULL)", q.dialect.List(providerIDs))
}

func (q *queries) LivePacts(ctx context.Context, providerID int64, since time.Time) ([]providercontracts.LivePact, error) {
	type livePactRow struct {
		Pact        publicationRow `gorm:"embedded"`
		Environment string
		Main        bool
	}
	found, err := rows[livePactRow](ctx, q, "find live pacts", `
		WITH consumers AS (SELECT i.id AS integration_id, i.consumer_id AS id FROM integrations i WHERE i.provider_id = ?),
		live AS (`+q.liveVersions("(SELECT id FROM consumers)")+`
			UNION ALL
			SELECT (SELECT x.consumer_version_id FROM pact_publications x WHERE x.integration_id = n.integration_id AND x.latest ORDER BY x.version_position DESC LIMIT 1), '', 1 = 2
			FROM consumers n)
		SELECT `+sqlPublicationColumns+", live.environment, live.main"+sqlFromPublications+`
		JOIN live ON live.version_id = pub.consumer_version_id
		WHERE i.provider_id = ? AND pub.latest ORDER BY pub.id, live.environment`, providerID, microsOf(since), providerID)
	var pacts []providercontracts.LivePact
	for _, r := range found {
		if n := len(pacts); n == 0 || pacts[n-1].Publication.ID != r.Pact.ID {
			pacts = append(pacts, providercontracts.LivePact{Publication: r.Pact.toPublication()})
		}
		last := &pacts[len(pacts)-1]
		last.MainBranch = last.MainBranch || r.Main
		if n := len(last.Places); r.Environment != "" && (n == 0 || last.Places[n-1] != r.Environment) {
			last.Places = append(last.Places, r.Environment)
		}
	}
	return pacts, err
}

// liveVersions selects the versions of applications that are deployed or
// supported, heads of main branches, or heads of branches changed since that are not
// closed. Its argument is the time.
func (q *queries) liveVersions(applications string) string {
	return `
		SELECT d.version_id, e.name AS environment, 1 = 2 AS main
		FROM deployed_versions d` + q.dialect.By("deployed_versions_current") + ` JOIN environments e ON e.id = d.environment_id WHERE d.pacticipant_id IN ` + applications + ` AND d.currently_deployed
		UNION ALL
		SELECT r.version_id, e.name, 1 = 2
		FROM released_versions r` + q.dialect.By("released_versions_supported") + ` JOIN environments e ON e.id = r.environment_id WHERE r.pacticipant_id IN ` + applications + ` AND r.currently_supported
		UNION ALL
		SELECT b.head_version_id, '', 1 = 1 FROM pacticipants a JOIN branches b ON b.pacticipant_id = a.id AND b.name = a.main_branch WHERE a.id IN ` + applications + `
		UNION ALL
		SELECT b.head_version_id, '', 1 = 2 FROM branches b WHERE b.pacticipant_id IN ` + applications + ` AND b.updated_at >= ? AND b.closed_at IS NULL`
}

// MainBranchHead returns the newest version on the application's main branch.
func (q *queries) MainBranchHead(ctx context.Context, pacticipantID int64) (versions.Version, bool, error) {
	r, found, err := row[versionRow](ctx, q, "find head of main branch", "SELECT "+sqlVersionColumns+sqlFromVersions+
		"WHERE v.id = (SELECT b.head_version_id FROM pacticipants a JOIN branches b ON b.pacticipant_id = a.id AND b.name = a.main_branch WHERE a.id = ?)", pacticipantID)
	return r.toVersion(), found, err
}

func (q *queries) LiveContracts(ctx context.Context, providerID int64, since time.Time) ([]int64, error) {
	return rows[int64](ctx, q, "find live provider contracts", `
		SELECT DISTINCT v.id FROM versions v WHERE v.contracts_key IS NOT NULL AND v.id IN (
			SELECT live.version_id FROM (`+q.liveVersions("(SELECT CAST(? AS BIGINT))")+`) live
			UNION ALL
			SELECT n.id FROM (SELECT id FROM versions WHERE pacticipant_id = ? AND contracts_key IS NOT NULL ORDER BY position DESC LIMIT 1) n)
		ORDER BY v.id`, providerID, providerID, providerID, providerID, microsOf(since), providerID)
}

// AllLiveContracts returns those of every provider.
func (q *queries) AllLiveContracts(ctx context.Context, since time.Time) ([]int64, error) {
	return rows[int64](ctx, q, "find all live provider contracts", `
		SELECT v.id FROM versions v WHERE v.contracts_key IS NOT NULL AND (
			v.id IN (SELECT live.version_id FROM (`+q.liveVersions("(SELECT pacticipant_id FROM versions WHERE contracts_key IS NOT NULL)")+`) live)
			OR NOT EXISTS (SELECT 1 FROM versions n WHERE n.pacticipant_id = v.pacticipant_id AND n.contracts_key IS NOT NULL AND n.position > v.position))
		ORDER BY v.id`, microsOf(since))
}

func (q *queries) PublicationsWithIDs(ctx context.Context, ids ...int64) ([]contracts.Publication, error) {
	found, err := rows[publicationRow](ctx, q, "read publications", "SELECT "+sqlPublicationColumns+sqlFromPublications+"WHERE "+q.dialect.Among("pub.id")+" ORDER BY pub.id", q.dialect.List(ids))
	return toPublications(found), err
}

func (q *queries) NewestPublication(ctx context.Context, contentID int64) (contracts.Publication, bool, error) {
	r, found, err := row[publicationRow](ctx, q, "find publication", "SELECT "+sqlPublicationColumns+sqlFromPublications+
		"WHERE pub.pact_version_id = ? ORDER BY pub.version_position DESC, pub.id DESC LIMIT 1", contentID)
	return r.toPublication(), found, err
}

// purgeDocuments deletes documents that no version publishes any more, and
// comparisons that nothing has counted for a month.
func (tx *Tx) purgeDocuments(ctx context.Context) (more bool, err error) {
	if more, err = tx.purgeUnused(ctx, "provider_documents", "SELECT 1 FROM provider_contracts k WHERE k.document_id = x.id"); err != nil || more {
		return more, err
	}
	return tx.purgeUnused(ctx, "comparisons", "SELECT 1 FROM compared k WHERE k.comparison_id = x.id")
}

// purgeUnused deletes a batch of old rows x of a table for which there is no use.
// A row to which somebody is about to refer is passed over, since its key is locked;
// and a use that came while this one looked is seen once the row cannot get another.
func (tx *Tx) purgeUnused(ctx context.Context, table, use string) (more bool, err error) {
	sqlUnused := " x.created_at < ? AND NOT EXISTS (" + use + ")"
	sqlFind := "SELECT x.id FROM " + table + " x WHERE" + sqlUnused + " LIMIT ?"
	if tx.dialect == db.Postgres {
		sqlFind += " FOR UPDATE OF x SKIP LOCKED"
	}
	before := microsOf(tx.Now().Add(-unusedFor))
	found, err := rows[int64](ctx, &tx.queries, "find unused "+table, sqlFind, before, purgeBatch)
	if err != nil || len(found) == 0 {
		return false, err
	}
	_, err = tx.exec(ctx, "purge "+table, "DELETE FROM "+table+" AS x WHERE "+tx.dialect.Among("x.id")+" AND"+sqlUnused, tx.dialect.List(found), before)
	return len(found) == purgeBatch, err
}

// unusedFor is how long documents and comparisons stay that nothing uses.
const unusedFor = 30 * 24 * time.Hour

func (q *queries) VersionWithContracts(ctx context.Context, providerID int64, which providercontracts.VersionQuery) (versions.Version, bool, error) {
	sqlWhere, args := "v.pacticipant_id = ? AND v.contracts_key IS NOT NULL", []any{providerID}
	and := func(condition string, values ...any) {
		sqlWhere, args = sqlWhere+" AND "+condition, append(args, values...)
	}
	if which.Version != "" {
		and(q.named("v.number"), which.Version)
	}
	if which.Branch != "" {
		and("EXISTS (SELECT 1 FROM branch_versions bv JOIN branches b ON b.id = bv.branch_id WHERE bv.version_id = v.id AND b.name = ?)", which.Branch)
	}
	if which.Tag != "" {
		and("EXISTS (SELECT 1 FROM tags t WHERE t.version_id = v.id AND "+q.named("t.name")+")", which.Tag)
	}
	if which.Environment != "" || which.Somewhere {
		and(`v.id IN (SELECT w.version_id FROM (
			SELECT d.version_id, d.environment_id FROM deployed_versions d WHERE d.pacticipant_id = ? AND d.currently_deployed
			UNION ALL SELECT r.version_id, r.environment_id FROM released_versions r WHERE r.pacticipant_id = ? AND r.currently_supported) w
			JOIN environments e ON e.id = w.environment_id WHERE ? = '' OR e.name = ?)`, providerID, providerID, which.Environment, which.Environment)
	}
	r, found, err := row[versionRow](ctx, q, "find promising version", "SELECT "+sqlVersionColumns+sqlFromVersions+"WHERE "+sqlWhere+" ORDER BY v.position DESC LIMIT 1", args...)
	return r.toVersion(), found, err
}

func (q *queries) VersionsWithContracts(ctx context.Context, providerID, below int64, limit int) ([]versions.Version, error) {
	found, err := rows[versionRow](ctx, q, "list promising versions", "SELECT "+sqlVersionColumns+sqlFromVersions+
		"WHERE v.pacticipant_id = ? AND v.contracts_key IS NOT NULL AND (? = 0 OR v.position < ?) ORDER BY v.position DESC LIMIT ?", providerID, below, below, limit)
	return toVersions(found), err
}
