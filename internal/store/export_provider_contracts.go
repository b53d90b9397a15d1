package store

import (
	"context"
	"errors"
	"fmt"

	"github.com/accord-broker/accord/internal/archive"
)

// sqlOwnProviderContracts joins provider contracts k with their version v and provider p.
const sqlOwnProviderContracts = " FROM provider_contracts k JOIN versions v ON v.id = k.version_id JOIN pacticipants p ON p.id = k.pacticipant_id "

// documents hands over the documents of which versions that are wanted make use.
func (e *exporter) documents(ctx context.Context) error {
	used := e.since(e.ofVersion(), "k.updated_at")
	c := part{"EXISTS (SELECT 1" + sqlOwnProviderContracts + "WHERE k.document_id = d.id AND " + used.text + ")", used.args}
	return inGroups(ctx, e, "documents", "SELECT d.id, d.size AS bytes FROM provider_documents d WHERE", "d.id", c, func(ids string) error {
		found, err := rows[struct {
			Provider, SHA, Specification, SpecificationVersion string
			Body                                               []byte
			CreatedAt                                          archive.Time
		}](ctx, e.queries, "export documents", `
			SELECT p.name AS provider, d.sha, d.specification, d.specification_version, d.body, d.created_at
			FROM provider_documents d JOIN pacticipants p ON p.id = d.pacticipant_id WHERE `+e.dialect.Among("d.id")+" ORDER BY d.id", ids)
		for i := 0; err == nil && i < len(found); i++ {
			r := found[i]
			document := archive.Document{Provider: r.Provider, SHA: r.SHA, Specification: r.Specification, SpecificationVersion: r.SpecificationVersion, CreatedAt: r.CreatedAt}
			var body []byte
			if body, err = unpack(r.Body); err != nil {
				return fmt.Errorf("export document %s: %w: %w", r.SHA, ErrUnreadable, err)
			}
			document.SetText(body)
			err = e.take(&document)
		}
		return err
	})
}

// providerContractRecords hands over what versions that are wanted have published as providers.
func (e *exporter) providerContractRecords(ctx context.Context) error {
	c := e.since(e.ofVersion(), "k.updated_at")
	return inGroups(ctx, e, "provider contracts", "SELECT k.id, 10 * coalesce(length(k.evidence), 0) AS bytes"+sqlOwnProviderContracts+"WHERE", "k.id", c, func(ids string) error {
		found, err := rows[exportedProviderContract](ctx, e.queries, "export provider contracts", `
			SELECT p.name AS provider, v.number AS version, k.name, d.sha, k.content_type, k.evidence_success AS success, k.verifier, k.verifier_version,
				k.evidence_sha, k.evidence_content_type, k.evidence_format, k.evidence, k.created_at, k.updated_at`+sqlOwnProviderContracts+`
				JOIN provider_documents d ON d.id = k.document_id WHERE `+e.dialect.Among("k.id")+" ORDER BY k.id", ids)
		for i := 0; err == nil && i < len(found); i++ {
			r := found[i]
			record := r.record()
			if report, whole := e.text(record, r.Evidence); whole {
				record.Evidence.SetText(report)
			}
			if err = e.take(record); errors.Is(err, archive.ErrTooLong) {
				err = e.takeWithoutText(r.record())
			}
		}
		return err
	})
}

type exportedProviderContract struct {
	Provider, Version, Name, SHA, ContentType        string
	Success                                          *bool
	Verifier, VerifierVersion                        *string
	EvidenceSHA, EvidenceContentType, EvidenceFormat *string
	Evidence                                         []byte
	CreatedAt, UpdatedAt                             archive.Time
}

func (r exportedProviderContract) record() *archive.Contract {
	c := &archive.Contract{
		Provider: r.Provider, Version: r.Version, Name: r.Name, SHA: r.SHA, ContentType: r.ContentType, Success: r.Success, Verifier: r.Verifier,
		VerifierVersion: r.VerifierVersion, Times: archive.Times{CreatedAt: r.CreatedAt, UpdatedAt: r.UpdatedAt},
	}
	if r.EvidenceSHA != nil || r.EvidenceContentType != nil || r.EvidenceFormat != nil {
		c.Evidence = &archive.Evidence{SHA: r.EvidenceSHA, ContentType: r.EvidenceContentType, Format: r.EvidenceFormat}
	}
	return c
}
