-- +goose Up

-- Results that came from another broker keep the number that is in their
-- addresses there; all others have their id for a number.
ALTER TABLE verifications ADD COLUMN number BIGINT;
CREATE UNIQUE INDEX verifications_number ON verifications (pact_version_id, (coalesce(number, id)));

-- The first success with a tag outlives its result: such a row names no result.
ALTER TABLE verified_tags DROP CONSTRAINT verified_tags_pkey;
ALTER TABLE verified_tags ALTER COLUMN verification_id DROP NOT NULL;
CREATE UNIQUE INDEX verified_tags_result ON verified_tags (verification_id, tag);
CREATE UNIQUE INDEX verified_tags_alone ON verified_tags (pact_version_id, tag) WHERE verification_id IS NULL;

-- Webhooks that came from another broker wait to be enabled, and may lack secrets
-- (a JSON list of what they are for).
ALTER TABLE webhooks ADD COLUMN to_enable BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE webhooks ADD COLUMN missing_secrets TEXT NOT NULL DEFAULT '[]';

-- Imports, by what they come from. `keeps_ids` tells that the database was empty
-- when the first one began, `finished_at` when it last came to its end, `progress`
-- (JSON) how far it has come.
CREATE TABLE imports (
    source      TEXT COLLATE "C" PRIMARY KEY,
    keeps_ids   BOOLEAN NOT NULL,
    progress    TEXT NOT NULL,
    started_at  BIGINT NOT NULL,
    finished_at BIGINT
);
