package store

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/accord-broker/accord/internal/comparison"
	"github.com/accord-broker/accord/internal/providercontracts"
)

type comparisonRow struct {
	ID           int64
	ContentID    int64
	DocumentsKey string
	Engine       int
	Failed       bool
	Interactions int
	Uncovered    int
	Errors       int
	Warnings     int
	Refused      *string
	CreatedAt    micros
}

const sqlComparisonColumns = `c.id, c.pact_version_id AS content_id, c.documents_key, c.engine, c.failed, c.interactions, c.uncovered, c.errors, c.warnings, c.refused, c.created_at`

func (r comparisonRow) toComparison() providercontracts.Comparison {
	return providercontracts.Comparison{
		ID: r.ID, ContentID: r.ContentID, DocumentsKey: r.DocumentsKey, Engine: r.Engine, Failed: r.Failed, Interactions: r.Interactions,
		Uncovered: r.Uncovered, Errors: r.Errors, Warnings: r.Warnings, Refused: text(r.Refused), At: r.CreatedAt.Time(),
	}
}

type comparedRow struct {
	Comparison      comparisonRow `gorm:"embedded"`
	ProviderVersion int64
	ContractsKey    string
	Outcome         string
	ComparedAt      micros
}

const (
	// sqlComparedWith are the pairs that still count.
	sqlComparedWith    = " FROM compared k JOIN versions kv ON kv.id = k.provider_version_id AND kv.contracts_key = k.contracts_key "
	sqlComparedColumns = "k.provider_version_id AS provider_version, k.contracts_key, k.outcome, k.compared_at"
)

func (r comparedRow) toCompared() providercontracts.Compared {
	return providercontracts.Compared{
		Pair:         providercontracts.Pair{ContentID: r.Comparison.ContentID, ProviderVersion: r.ProviderVersion},
		ContractsKey: r.ContractsKey, Outcome: providercontracts.Outcome(r.Outcome), At: r.ComparedAt.Time(), Comparison: r.Comparison.toComparison(),
	}
}

func (q *queries) ComparedBetween(ctx context.Context, contentIDs, versionIDs []int64) ([]providercontracts.Compared, error) {
	return q.compared(ctx, "WHERE "+q.dialect.Among("k.pact_version_id")+" AND "+q.dialect.Among("k.provider_version_id")+" ORDER BY k.pact_version_id, k.provider_version_id",
		q.dialect.List(contentIDs), q.dialect.List(versionIDs))
}

func (q *queries) compared(ctx context.Context, where string, args ...any) ([]providercontracts.Compared, error) {
	found, err := rows[comparedRow](ctx, q, "read compared pairs", "SELECT "+sqlComparisonColumns+", "+sqlComparedColumns+sqlComparedWith+
		"JOIN comparisons c ON c.id = k.comparison_id "+where, args...)
	list := make([]providercontracts.Compared, len(found))
	for i, r := range found {
		list[i] = r.toCompared()
	}
	return list, err
}

func (q *queries) ComparisonsWith(ctx context.Context, contentIDs []int64, documentsKeys []string, engine int) ([]providercontracts.Comparison, error) {
	keys, err := q.dialect.Texts(documentsKeys)
	if err != nil {
		return nil, err
	}
	found, err := rows[comparisonRow](ctx, q, "read comparisons", "SELECT "+sqlComparisonColumns+" FROM comparisons c WHERE "+
		q.dialect.Among("c.pact_version_id")+" AND "+q.dialect.AmongTexts("c.documents_key")+" AND c.engine = ? ORDER BY c.id", q.dialect.List(contentIDs), keys, engine)
	list := make([]providercontracts.Comparison, len(found))
	for i, r := range found {
		list[i] = r.toComparison()
	}
	return list, err
}

// PackReport makes a report as small as it is stored.
func PackReport(report providercontracts.Report) ([]byte, error) {
	text, err := json.Marshal(storedReportOf(report))
	if err != nil {
		return nil, fmt.Errorf("write report of comparison: %w", err)
	}
	return Compress(text)
}

func (tx *Tx) AddComparison(ctx context.Context, c providercontracts.Comparison, report []byte) (int64, error) {
	id, err := tx.insert(ctx, "add comparison", `
		INSERT INTO comparisons (pact_version_id, documents_key, engine, failed, interactions, uncovered, errors, warnings, refused, created_at, report)
		SELECT id, ?, ?, ?, ?, ?, ?, ?, ?, ?, ? FROM pact_versions WHERE id = ?
		ON CONFLICT (pact_version_id, documents_key, engine) DO NOTHING RETURNING id`,
		c.DocumentsKey, c.Engine, c.Failed, c.Interactions, c.Uncovered, c.Errors, c.Warnings, nullable(c.Refused), tx.now, report, c.ContentID)
	if err != nil || id != 0 {
		return id, err
	}
	id, _, err = row[int64](ctx, &tx.queries, "find comparison", "SELECT id FROM comparisons WHERE pact_version_id = ? AND documents_key = ? AND engine = ?", c.ContentID, c.DocumentsKey, c.Engine)
	return id, err
}

func (tx *Tx) NoteEngine(ctx context.Context, engine int) (first bool, err error) {
	n, err := tx.exec(ctx, "note version of comparisons", "INSERT INTO comparison_engines (engine, begun_at) VALUES (?, ?) ON CONFLICT (engine) DO NOTHING", engine, tx.now)
	return n > 0, err
}

// lockContentKey waits for those who ask whether the content is verified, and makes
// them wait, as a new row that refers to it does (ContractsVerified).
func (tx *Tx) lockContentKey(ctx context.Context, contentID int64) error {
	return tx.lockBy(ctx, "lock content", "SELECT id FROM pact_versions WHERE id = ? FOR KEY SHARE", contentID)
}

func (tx *Tx) PutCompared(ctx context.Context, c providercontracts.Compared) (before providercontracts.Outcome, kept bool, err error) {
	if err := tx.lockContentKey(ctx, c.ContentID); err != nil {
		return "", false, err
	}
	known, _, err := row[string](ctx, &tx.queries, "read compared pair", "SELECT outcome FROM compared WHERE pact_version_id = ? AND provider_version_id = ?", c.ContentID, c.ProviderVersion)
	if err != nil {
		return "", false, err
	}
	n, err := tx.exec(ctx, "put compared pair", `
		INSERT INTO compared (pact_version_id, provider_version_id, integration_id, contracts_key, comparison_id, outcome, compared_at)
		SELECT pv.id, v.id, pv.integration_id, v.contracts_key, c.id, ?, ? FROM pact_versions pv, versions v, comparisons c
		WHERE pv.id = ? AND v.id = ? AND v.contracts_key = ? AND c.id = ?
		ON CONFLICT (pact_version_id, provider_version_id) DO UPDATE SET contracts_key = excluded.contracts_key, comparison_id = excluded.comparison_id,
			outcome = excluded.outcome, compared_at = excluded.compared_at`,
		string(c.Outcome), tx.now, c.ContentID, c.ProviderVersion, c.ContractsKey, c.Comparison.ID)
	return providercontracts.Outcome(known), n > 0, err
}

func (q *queries) ReportOf(ctx context.Context, comparisonID int64) (providercontracts.Report, error) {
	reports, err := q.ReportsOf(ctx, []int64{comparisonID})
	return reports[comparisonID], err
}

func readReport(packed []byte) (providercontracts.Report, error) {
	text, err := unpack(packed)
	if err != nil {
		return providercontracts.Report{}, err
	}
	var stored storedReport
	if err := json.Unmarshal(text, &stored); err != nil {
		return providercontracts.Report{}, fmt.Errorf("read report of comparison: %w", err)
	}
	return stored.toReport(), nil
}

// storedReport is the form in which reports are kept.
type storedReport struct {
	Findings []storedFinding `json:"findings"`
	More     int             `json:"more,omitempty"`
	Judged   []storedJudged  `json:"judged"`
}

type storedFinding struct {
	Kind        comparison.Kind `json:"kind"`
	Code        string          `json:"code"`
	Interaction int             `json:"interaction"`
	Description string          `json:"description,omitempty"`
	State       string          `json:"state,omitempty"`
	PactPath    string          `json:"pact_path,omitempty"`
	SpecPath    string          `json:"spec_path,omitempty"`
	SpecPointer string          `json:"spec_pointer,omitempty"`
	Message     string          `json:"message"`
	Remedy      string          `json:"remedy,omitempty"`
	Causes      []storedFinding `json:"causes,omitempty"`
	SHA         string          `json:"sha,omitempty"`
	Line        int             `json:"line,omitempty"`
}

type storedJudged struct {
	Index       int    `json:"index"`
	Description string `json:"description,omitempty"`
	Method      string `json:"method,omitempty"`
	Path        string `json:"path,omitempty"`
	Operation   string `json:"operation,omitempty"`
	Uncovered   string `json:"uncovered,omitempty"`
	SHA         string `json:"sha,omitempty"`
}

func storedReportOf(report providercontracts.Report) storedReport {
	stored := storedReport{More: report.More}
	for _, f := range report.Findings {
		finding := storedFindingOf(f.Finding)
		finding.SHA, finding.Line = f.SHA, f.Line
		stored.Findings = append(stored.Findings, finding)
	}
	for _, j := range report.Judged {
		stored.Judged = append(stored.Judged, storedJudged{j.Index, j.Description, j.Method, j.Path, j.Operation, j.Judged.Uncovered, j.SHA})
	}
	return stored
}

func storedFindingOf(f comparison.Finding) storedFinding {
	finding := storedFinding{
		Kind: f.Kind, Code: f.Code, Interaction: f.Interaction, Description: f.Description, State: f.State,
		PactPath: f.PactPath, SpecPath: f.SpecPath, SpecPointer: f.SpecPointer, Message: f.Message, Remedy: f.Remedy,
	}
	for _, cause := range f.Causes {
		finding.Causes = append(finding.Causes, storedFindingOf(cause))
	}
	return finding
}

func (s storedReport) toReport() providercontracts.Report {
	report := providercontracts.Report{More: s.More}
	for _, f := range s.Findings {
		report.Findings = append(report.Findings, providercontracts.Finding{Finding: f.toFinding(), SHA: f.SHA, Line: f.Line})
	}
	for _, j := range s.Judged {
		report.Judged = append(report.Judged, providercontracts.Judged{SHA: j.SHA, Judged: comparison.Judged{
			Index: j.Index, Description: j.Description, Method: j.Method, Path: j.Path, Operation: j.Operation, Uncovered: j.Uncovered,
		}})
	}
	return report
}

func (f storedFinding) toFinding() comparison.Finding {
	finding := comparison.Finding{
		Kind: f.Kind, Code: f.Code, Interaction: f.Interaction, Description: f.Description, State: f.State,
		PactPath: f.PactPath, SpecPath: f.SpecPath, SpecPointer: f.SpecPointer, Message: f.Message, Remedy: f.Remedy,
	}
	for _, cause := range f.Causes {
		finding.Causes = append(finding.Causes, cause.toFinding())
	}
	return finding
}

func (q *queries) ComparedPacts(ctx context.Context, versionID int64) ([]providercontracts.ComparedPact, error) {
	type comparedPactRow struct {
		Pact     publicationRow `gorm:"embedded;embeddedPrefix:pact_"`
		Compared comparedRow    `gorm:"embedded"`
	}
	found, err := rows[comparedPactRow](ctx, q, "read compared pacts", `
		SELECT pub.id AS pact_id, pub.integration_id AS pact_integration_id, i.consumer_id AS pact_consumer_id, n.name AS pact_consumer, i.provider_id AS pact_provider_id,
			p.name AS pact_provider, pub.consumer_version_id AS pact_version_id, v.number AS pact_version_number, pub.version_position AS pact_version_position,
			pub.pact_version_id AS pact_content_id, pv.sha AS pact_sha, pub.revision AS pact_revision, pub.created_at AS pact_created_at, `+
		sqlComparisonColumns+", "+sqlComparedColumns+sqlComparedWith+`
		JOIN comparisons c ON c.id = k.comparison_id
		JOIN pact_publications pub ON pub.id = (SELECT x.id FROM pact_publications x WHERE x.pact_version_id = k.pact_version_id AND x.latest ORDER BY x.version_position DESC LIMIT 1)
		JOIN integrations i ON i.id = pub.integration_id
		JOIN pacticipants n ON n.id = i.consumer_id
		JOIN pacticipants p ON p.id = i.provider_id
		JOIN versions v ON v.id = pub.consumer_version_id
		JOIN pact_versions pv ON pv.id = pub.pact_version_id
		WHERE k.provider_version_id = ? ORDER BY lower(n.name), n.id, pub.version_position DESC`, versionID)
	list := make([]providercontracts.ComparedPact, len(found))
	for i, r := range found {
		list[i] = providercontracts.ComparedPact{Pact: r.Pact.toPublication(), Compared: r.Compared.toCompared()}
	}
	return list, err
}

func (q *queries) ReportsOf(ctx context.Context, comparisonIDs []int64) (map[int64]providercontracts.Report, error) {
	if len(comparisonIDs) == 0 {
		return nil, nil
	}
	type reportRow struct {
		ID   int64
		Body []byte
	}
	found, err := rows[reportRow](ctx, q, "read reports of comparisons", "SELECT id, report AS body FROM comparisons WHERE "+q.dialect.Among("id"), q.dialect.List(comparisonIDs))
	reports := make(map[int64]providercontracts.Report, len(found))
	for _, r := range found {
		if reports[r.ID], err = readReport(r.Body); err != nil {
			return nil, err
		}
	}
	return reports, err
}
