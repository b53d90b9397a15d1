-- +goose Up

-- The first success that remains of a content is looked up whenever results of it
-- are deleted, however many there are.
CREATE INDEX verifications_first ON verifications (pact_version_id, created_at) WHERE success;
