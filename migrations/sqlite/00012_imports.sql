-- +goose Up

-- Results that came from another broker keep the number that is in their
-- addresses there; all others have their id for a number.
ALTER TABLE verifications ADD COLUMN number INTEGER;
CREATE UNIQUE INDEX verifications_number ON verifications (pact_version_id, coalesce(number, id));

-- The first success with a tag outlives its result: such a row names no result.
ALTER TABLE verified_tags RENAME TO verified_tags_before;
CREATE TABLE verified_tags (
    verification_id INTEGER REFERENCES verifications (id) ON DELETE CASCADE,
    pact_version_id INTEGER NOT NULL REFERENCES pact_versions (id) ON DELETE CASCADE,
    tag             TEXT NOT NULL,
    recorded_at     INTEGER NOT NULL
) STRICT;
INSERT INTO verified_tags (verification_id, pact_version_id, tag, recorded_at)
    SELECT verification_id, pact_version_id, tag, recorded_at FROM verified_tags_before;
DROP TABLE verified_tags_before;
CREATE UNIQUE INDEX verified_tags_result ON verified_tags (verification_id, tag);
CREATE INDEX verified_tags_tag ON verified_tags (pact_version_id, tag, recorded_at);
CREATE INDEX verified_tags_time ON verified_tags (pact_version_id, recorded_at);
CREATE UNIQUE INDEX verified_tags_alone ON verified_tags (pact_version_id, tag) WHERE verification_id IS NULL;

-- Webhooks that came from another broker wait to be enabled, and may lack secrets
-- (a JSON list of what they are for).
ALTER TABLE webhooks ADD COLUMN to_enable INTEGER NOT NULL DEFAULT 0;
ALTER TABLE webhooks ADD COLUMN missing_secrets TEXT NOT NULL DEFAULT '[]';

-- Imports, by what they come from. `keeps_ids` tells that the database was empty
-- when the first one began, `finished_at` when it last came to its end, `progress`
-- (JSON) how far it has come.
CREATE TABLE imports (
    source      TEXT PRIMARY KEY,
    keeps_ids   INTEGER NOT NULL,
    progress    TEXT NOT NULL,
    started_at  INTEGER NOT NULL,
    finished_at INTEGER
) STRICT;
