-- +goose Up

-- What a version of a provider has published, contracts and evidence, in one
-- text that changes with it; NULL if nothing.
ALTER TABLE versions ADD COLUMN contracts_key TEXT;
CREATE INDEX versions_contracts ON versions (pacticipant_id, position) WHERE contracts_key IS NOT NULL;

-- Documents of providers, each stored once per provider (zstd), known by its sha.
CREATE TABLE provider_documents (
    id                    INTEGER PRIMARY KEY AUTOINCREMENT,
    pacticipant_id        INTEGER NOT NULL REFERENCES all_pacticipants (id) ON DELETE CASCADE,
    sha                   TEXT NOT NULL,
    specification         TEXT NOT NULL,
    specification_version TEXT NOT NULL,
    created_at            INTEGER NOT NULL,
    size                  INTEGER NOT NULL,
    body                  BLOB NOT NULL,
    UNIQUE (pacticipant_id, sha)
) STRICT;

-- What a version of a provider promises: documents by name, each with the
-- evidence that the provider keeps to it.
CREATE TABLE provider_contracts (
    id                    INTEGER PRIMARY KEY AUTOINCREMENT,
    pacticipant_id        INTEGER NOT NULL REFERENCES all_pacticipants (id) ON DELETE CASCADE,
    version_id            INTEGER NOT NULL REFERENCES versions (id) ON DELETE CASCADE,
    name                  TEXT NOT NULL,
    document_id           INTEGER NOT NULL REFERENCES provider_documents (id) ON DELETE CASCADE,
    content_type          TEXT NOT NULL,
    created_at            INTEGER NOT NULL,
    updated_at            INTEGER NOT NULL,
    evidence_success      INTEGER,
    evidence_content_type TEXT,
    evidence_format       TEXT,
    evidence_sha          TEXT,
    verifier              TEXT,
    verifier_version      TEXT,
    evidence              BLOB,
    UNIQUE (version_id, name)
) STRICT;
CREATE INDEX provider_contracts_document ON provider_contracts (document_id);
CREATE INDEX provider_contracts_owner ON provider_contracts (pacticipant_id, id);

-- What came of comparing the content of a pact with documents.
CREATE TABLE comparisons (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    pact_version_id INTEGER NOT NULL REFERENCES pact_versions (id) ON DELETE CASCADE,
    documents_key   TEXT NOT NULL,
    engine          INTEGER NOT NULL,
    failed          INTEGER NOT NULL,
    interactions    INTEGER NOT NULL,
    uncovered       INTEGER NOT NULL,
    errors          INTEGER NOT NULL,
    warnings        INTEGER NOT NULL,
    refused         TEXT,
    created_at      INTEGER NOT NULL,
    report          BLOB NOT NULL,
    UNIQUE (pact_version_id, documents_key, engine)
) STRICT;

-- Kept: what the comparison says of the content of a pact and a version of the
-- provider. It counts while the version has what it was compared with.
CREATE TABLE compared (
    pact_version_id     INTEGER NOT NULL REFERENCES pact_versions (id) ON DELETE CASCADE,
    provider_version_id INTEGER NOT NULL REFERENCES versions (id) ON DELETE CASCADE,
    integration_id      INTEGER NOT NULL REFERENCES all_integrations (id) ON DELETE CASCADE,
    contracts_key       TEXT NOT NULL,
    comparison_id       INTEGER NOT NULL REFERENCES comparisons (id) ON DELETE CASCADE,
    outcome             TEXT NOT NULL,
    compared_at         INTEGER NOT NULL,
    PRIMARY KEY (pact_version_id, provider_version_id)
) STRICT;
CREATE INDEX compared_provider_version ON compared (provider_version_id);
CREATE INDEX compared_comparison ON compared (comparison_id);
CREATE INDEX compared_newest ON compared (pact_version_id, compared_at);
CREATE INDEX compared_integration ON compared (integration_id);
