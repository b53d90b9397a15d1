-- +goose Up

-- People sign in with a password, stored as its argon2id hash, or at a provider
-- that knows them by a subject. Folded is the name in lower case. Applications and
-- labels are JSON lists of names, which need not exist yet; a role of '' gives
-- nothing.
CREATE TABLE people (
    id               INTEGER PRIMARY KEY AUTOINCREMENT,
    uuid             TEXT NOT NULL UNIQUE,
    name             TEXT NOT NULL,
    folded           TEXT NOT NULL UNIQUE,
    issuer           TEXT NOT NULL,
    subject          TEXT NOT NULL,
    password         TEXT NOT NULL,
    password_given   INTEGER NOT NULL CHECK (password_given IN (0, 1)),
    role             TEXT NOT NULL,
    all_applications INTEGER NOT NULL CHECK (all_applications IN (0, 1)),
    applications     TEXT NOT NULL,
    labels           TEXT NOT NULL,
    created_at       INTEGER NOT NULL,
    disabled_at      INTEGER,
    signed_in_at     INTEGER
) STRICT;
CREATE UNIQUE INDEX people_subjects ON people (issuer, subject) WHERE issuer <> '';

-- A session is a time in which somebody is signed in with one browser, which alone
-- has its secret. Group_names is a JSON list of what the provider said; provider_token
-- is what it wants to see when they sign out.
CREATE TABLE sessions (
    hash           BLOB NOT NULL PRIMARY KEY CHECK (length(hash) = 32),
    person_id      INTEGER NOT NULL REFERENCES people (id) ON DELETE CASCADE,
    group_names    TEXT NOT NULL,
    provider_token TEXT NOT NULL,
    created_at     INTEGER NOT NULL,
    used_at        INTEGER NOT NULL,
    ends_at        INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX sessions_people ON sessions (person_id);
CREATE INDEX sessions_ends ON sessions (ends_at);
CREATE INDEX sessions_uses ON sessions (used_at);

-- What counts once, such as the state of a sign-in, until it would no longer be
-- accepted anyway.
CREATE TABLE spent_secrets (
    hash    BLOB NOT NULL PRIMARY KEY CHECK (length(hash) = 32),
    ends_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX spent_secrets_ends ON spent_secrets (ends_at);
