-- +goose Up

-- The page of an environment shows what came there, the newest first.
CREATE INDEX deployed_versions_newest ON deployed_versions (environment_id, id);
