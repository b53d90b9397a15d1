-- +goose Up

-- When somebody, or the version control system, has said that nobody works on a
-- branch any more; NULL while it is open.
ALTER TABLE branches ADD COLUMN closed_at INTEGER;
