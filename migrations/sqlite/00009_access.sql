-- +goose Up

-- Tokens carry a role for some applications. The secret is stored as its SHA-256
-- only; applications and labels are JSON lists of names, which need not exist yet.
CREATE TABLE access_tokens (
    id               INTEGER PRIMARY KEY AUTOINCREMENT,
    uuid             TEXT NOT NULL UNIQUE,
    name             TEXT NOT NULL,
    owner            TEXT NOT NULL,
    prefix           TEXT NOT NULL,
    hash             BLOB NOT NULL UNIQUE CHECK (length(hash) = 32),
    role             TEXT NOT NULL,
    all_applications INTEGER NOT NULL CHECK (all_applications IN (0, 1)),
    applications     TEXT NOT NULL,
    labels           TEXT NOT NULL,
    created_at       INTEGER NOT NULL,
    expires_at       INTEGER,
    revoked_at       INTEGER,
    last_used_at     INTEGER
) STRICT;
