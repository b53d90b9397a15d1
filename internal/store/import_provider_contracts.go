package store

import (
	"context"
	"fmt"
	"slices"

	"github.com/accord-broker/accord/internal/archive"
	"github.com/accord-broker/accord/internal/providercontracts"
	"github.com/accord-broker/accord/internal/store/db"
)

// This file writes what providers promise. Comparisons with it are made anew: of what is
// live by the broker that starts next, of the rest by whoever asks for them first.

// sqlDocumentOfRecord joins records x with the document d that they name.
const sqlDocumentOfRecord = `{x} JOIN pacticipants p ON p.name = x.provider JOIN provider_documents d ON d.pacticipant_id = p.id AND d.sha = x.sha`

// writeDocuments adds documents. One that is there has the same sha, so it stays.
func (im *Import) writeDocuments(ctx context.Context, tx *Tx, done *outcome) error {
	keys := db.NewTable("i bigint", "provider text", "sha text")
	for i, r := range im.batch {
		d := r.(*archive.Document)
		keys.Add(int64(i), d.Provider, d.SHA)
	}
	there, err := tx.open.NumbersOfTable(ctx, "look for documents", "SELECT x.i FROM "+sqlDocumentOfRecord, keys)
	if err != nil {
		return err
	}
	fresh := db.NewTable("i bigint", "provider text", "sha text", "specification text", "specification_version text", "created_at bigint", "size bigint", "body bytea")
	var at []int
	for _, i := range absent(there, len(im.batch)) {
		d := im.batch[i].(*archive.Document)
		body, err := d.Text()
		if err != nil {
			done.leave(archive.NoText, d.SHA)
			continue
		}
		compressed, err := Compress(body)
		if err != nil {
			return err
		}
		fresh.Add(int64(i), d.Provider, d.SHA, d.Specification, d.SpecificationVersion, int64(d.CreatedAt), int64(len(body)), compressed)
		at = append(at, i)
	}
	if done.added, err = tx.open.ExecTable(ctx, "add documents", `
		INSERT INTO provider_documents (pacticipant_id, sha, specification, specification_version, created_at, size, body)
		SELECT p.id, x.sha, x.specification, x.specification_version, x.created_at, x.size, x.body FROM {x} JOIN pacticipants p ON p.name = x.provider
		WHERE true ORDER BY x.i ON CONFLICT (pacticipant_id, sha) DO NOTHING`, fresh); err != nil || done.added == int64(len(at)) {
		return err
	}
	return im.leaveAbsent(ctx, tx, done, "SELECT x.i FROM "+sqlDocumentOfRecord, fresh, at, archive.NoApplication, func(r archive.Record) string { return r.(*archive.Document).SHA })
}

const (
	// sqlProviderContractRecord joins records of provider contracts with what they name,
	// sqlProviderContractBefore with what the version has under the same name.
	sqlProviderContractRecord = sqlDocumentOfRecord + " JOIN versions v ON v.pacticipant_id = p.id AND v.number = x.version"
	sqlProviderContractBefore = sqlProviderContractRecord + " JOIN provider_contracts k ON k.version_id = v.id AND k.name = x.name"
)

// sqlImportedContractColumns are the columns of a record of a provider contract beside those by which
// it is known, and told how each of them is brought up to date.
const sqlImportedContractColumns = "content_type, created_at, updated_at, evidence_success, evidence_sha, evidence_content_type, evidence_format, verifier, verifier_version, evidence"

// updateOfProviderContracts brings provider contracts up to date.
var updateOfProviderContracts = update{
	table: "provider_contracts",
	set: `document_id = s.document_id, content_type = s.content_type, updated_at = s.updated_at,
		evidence_success = s.evidence_success, evidence_sha = s.evidence_sha, evidence_content_type = s.evidence_content_type, evidence_format = s.evidence_format,
		verifier = s.verifier, verifier_version = s.verifier_version, evidence = s.evidence`,
	from: `(SELECT k.id, d.id AS document_id, x.content_type, x.updated_at, x.evidence_success, x.evidence_sha, x.evidence_content_type, x.evidence_format,
			x.verifier, x.verifier_version, x.evidence, x.later, x.take FROM ` + sqlProviderContractBefore + `) s
		WHERE t.id = s.id AND (s.later AND t.updated_at < s.updated_at OR s.take AND t.document_id <> s.document_id)`,
}

// writeProviderContracts adds provider contracts, and brings known ones up to date if the
// source counts here. What else a version promises under the same name stays.
func (im *Import) writeProviderContracts(ctx context.Context, tx *Tx, done *outcome) error {
	table, err := im.providerContractTable()
	if err != nil {
		return err
	}
	if done.changed, err = updateOfProviderContracts.do(ctx, tx, table); err != nil {
		return err
	}
	if done.added, err = tx.open.ExecTable(ctx, "add provider contracts", `
		INSERT INTO provider_contracts (pacticipant_id, version_id, name, document_id, `+sqlImportedContractColumns+`)
		SELECT p.id, v.id, x.name, d.id, x.content_type, x.created_at, x.updated_at, x.evidence_success, x.evidence_sha, x.evidence_content_type, x.evidence_format,
			x.verifier, x.verifier_version, x.evidence
		FROM `+sqlProviderContractRecord+" WHERE true ORDER BY x.i ON CONFLICT (version_id, name) DO NOTHING", table); err != nil {
		return err
	}
	if done.added+done.changed > 0 {
		if err := tx.deleteEngines(ctx); err != nil {
			return err
		}
	}
	if err := tx.updateContractsKeys(ctx, table); err != nil || done.added == int64(table.Len()) {
		return err
	}
	return im.providerContractsLeft(ctx, tx, done, table)
}

// deleteEngines lets the broker that starts next compare all that is live; see NoteEngine.
func (tx *Tx) deleteEngines(ctx context.Context) error {
	_, err := tx.exec(ctx, "forget version of comparisons", "DELETE FROM comparison_engines")
	return err
}

func (im *Import) providerContractTable() (*db.Table, error) {
	t := db.NewTable("i bigint", "provider text", "version text", "name text", "sha text", "content_type text", "created_at bigint", "updated_at bigint",
		"evidence_success boolean", "evidence_sha text", "evidence_content_type text", "evidence_format text", "verifier text", "verifier_version text", "evidence bytea",
		"later boolean", "take boolean")
	for i, r := range im.batch {
		c := r.(*archive.Contract)
		var report archive.Evidence
		if c.Evidence != nil {
			report = *c.Evidence
		}
		content, err := report.Text()
		var packed []byte
		if err == nil && len(content) > 0 {
			packed, err = Compress(content)
		}
		if err != nil {
			return nil, fmt.Errorf("evidence of %s %s: %w", c.Provider, c.Version, err)
		}
		t.Add(int64(i), c.Provider, c.Version, c.Name, c.SHA, c.ContentType, int64(c.CreatedAt), int64(c.UpdatedAt),
			c.Success, report.SHA, report.ContentType, report.Format, c.Verifier, c.VerifierVersion, packed, im.keepsIDs || im.options.Take, im.options.Take)
	}
	return t, nil
}

// updateContractsKeys keeps what names all that the versions of the records have
// published. Nobody has changed the versions: when they were changed stays.
func (tx *Tx) updateContractsKeys(ctx context.Context, records *db.Table) error {
	found, err := tx.open.NumbersOfTable(ctx, "find versions", "SELECT DISTINCT v.id FROM "+sqlProviderContractRecord, records)
	if err != nil || len(found) == 0 {
		return err
	}
	slices.Sort(found)
	all, err := tx.ContractsPublishedBy(ctx, found...)
	if err != nil {
		return err
	}
	keys := db.NewTable("id bigint", "contracts_key text")
	for len(all) > 0 {
		n := slices.IndexFunc(all, func(c providercontracts.Contract) bool { return c.VersionID != all[0].VersionID })
		if n < 0 {
			n = len(all)
		}
		keys.Add(all[0].VersionID, providercontracts.KeyOf(all[:n]))
		all = all[n:]
	}
	_, err = tx.open.ExecTable(ctx, "update keys of contracts",
		"UPDATE versions AS t SET contracts_key = x.contracts_key FROM {x} WHERE t.id = x.id AND coalesce(t.contracts_key, '') <> x.contracts_key", keys)
	return err
}

// providerContractsLeft looks after provider contracts that could not be added as they are.
func (im *Import) providerContractsLeft(ctx context.Context, tx *Tx, done *outcome, table *db.Table) error {
	there, err := tx.open.NumbersOfTable(ctx, "look for provider contracts", "SELECT x.i FROM "+sqlProviderContractBefore, table)
	if err != nil {
		return err
	}
	same, err := tx.open.NumbersOfTable(ctx, "look for the same provider contracts", "SELECT x.i FROM "+sqlProviderContractBefore+" AND k.document_id = d.id", table)
	if err != nil {
		return err
	}
	for _, i := range absent(same, table.Len()) {
		c := im.batch[i].(*archive.Contract)
		reason := archive.NoVersionOrDocument
		if slices.Contains(there, int64(i)) {
			reason = archive.PromisesOtherwise
		}
		done.leave(reason, fmt.Sprintf("%s %s %s", c.Provider, c.Version, c.Name))
	}
	return nil
}
