-- +goose Up

-- Teams for whose applications a trust rule gives its role, as a JSON list.
ALTER TABLE trust_rules ADD COLUMN teams TEXT COLLATE "C" NOT NULL DEFAULT '[]';
