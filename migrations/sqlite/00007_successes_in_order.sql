-- +goose Up

-- The last success for a content is the one with the highest number, as is the
-- last result.
DROP INDEX verifications_success;
CREATE INDEX verifications_success ON verifications (pact_version_id, id) WHERE success;
