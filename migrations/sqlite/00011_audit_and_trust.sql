-- +goose Up

-- Who did what. Entries are never changed: an entry that has no place in the
-- chain is given one, and those whose time is over are deleted from the oldest
-- on. `digest` is of the entry, `chain` of it and of all before it.
CREATE TABLE audit_entries (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    position   INTEGER UNIQUE,
    created_at INTEGER NOT NULL,
    actor      TEXT NOT NULL,
    through    TEXT NOT NULL,
    client     TEXT NOT NULL,
    action     TEXT NOT NULL,
    outcome    TEXT NOT NULL,
    target     TEXT NOT NULL,
    request_id TEXT NOT NULL,
    count      INTEGER NOT NULL,
    details    TEXT NOT NULL,
    digest     BLOB NOT NULL CHECK (length(digest) = 32),
    chain      BLOB CHECK (length(chain) = 32),
    CHECK ((position IS NULL) = (chain IS NULL))
) STRICT;
CREATE INDEX audit_entries_unplaced ON audit_entries (id) WHERE position IS NULL;
CREATE INDEX audit_entries_time ON audit_entries (created_at);
CREATE INDEX audit_entries_actor ON audit_entries (actor, id);
CREATE INDEX audit_entries_action ON audit_entries (action, id);
CREATE INDEX audit_entries_client ON audit_entries (client, id);
CREATE INDEX audit_entries_request ON audit_entries (request_id);
CREATE INDEX audit_entries_refused ON audit_entries (outcome, id) WHERE outcome <> 'done';

-- Finds the entries about an application.
CREATE TABLE audit_applications (
    name     TEXT NOT NULL,
    entry_id INTEGER NOT NULL REFERENCES audit_entries (id) ON DELETE CASCADE,
    PRIMARY KEY (name, entry_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX audit_applications_entry ON audit_applications (entry_id);

-- One row: where the chain begins, after what was deleted, and where it ends.
-- Entries up to `deletable` may be deleted, which is so only while they are.
CREATE TABLE audit_chain (
    id            INTEGER PRIMARY KEY CHECK (id = 1),
    base_position INTEGER NOT NULL,
    base_chain    BLOB NOT NULL,
    head_position INTEGER NOT NULL,
    head_chain    BLOB NOT NULL,
    deletable     INTEGER NOT NULL
) STRICT;
INSERT INTO audit_chain VALUES (1, 0, x'', 0, x'', 0);

-- +goose StatementBegin
CREATE TRIGGER audit_entries_stay BEFORE UPDATE ON audit_entries
WHEN OLD.position IS NOT NULL OR NEW.id IS NOT OLD.id OR NEW.created_at IS NOT OLD.created_at OR NEW.actor IS NOT OLD.actor
    OR NEW.through IS NOT OLD.through OR NEW.client IS NOT OLD.client OR NEW.action IS NOT OLD.action OR NEW.outcome IS NOT OLD.outcome
    OR NEW.target IS NOT OLD.target OR NEW.request_id IS NOT OLD.request_id OR NEW.count IS NOT OLD.count
    OR NEW.details IS NOT OLD.details OR NEW.digest IS NOT OLD.digest
BEGIN
    SELECT RAISE(ABORT, 'entries of the audit are never changed');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER audit_entries_kept BEFORE DELETE ON audit_entries
WHEN OLD.position IS NULL OR OLD.position > (SELECT deletable FROM audit_chain)
BEGIN
    SELECT RAISE(ABORT, 'entries of the audit are never deleted before their time is over');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER audit_chain_grows BEFORE UPDATE ON audit_chain
WHEN NEW.head_position < OLD.head_position OR NEW.base_position < OLD.base_position
BEGIN
    SELECT RAISE(ABORT, 'the chain of the audit only grows');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER audit_chain_stays BEFORE DELETE ON audit_chain
BEGIN
    SELECT RAISE(ABORT, 'the chain of the audit stays');
END;
-- +goose StatementEnd

-- Which tokens of CI providers are exchanged for which role. Claims are a JSON
-- object of lists of patterns.
CREATE TABLE trust_rules (
    id               INTEGER PRIMARY KEY AUTOINCREMENT,
    uuid             TEXT NOT NULL UNIQUE,
    name             TEXT NOT NULL,
    issuer           TEXT NOT NULL,
    audience         TEXT NOT NULL,
    claims           TEXT NOT NULL,
    role             TEXT NOT NULL,
    all_applications INTEGER NOT NULL CHECK (all_applications IN (0, 1)),
    applications     TEXT NOT NULL,
    labels           TEXT NOT NULL,
    created_at       INTEGER NOT NULL
) STRICT;

-- Tokens that were given in exchange: under which rule, and for what, by its
-- digest, which may be shown until proof_ends_at.
CREATE TABLE exchanged_tokens (
    token_uuid    TEXT PRIMARY KEY,
    rule          TEXT NOT NULL,
    proof         BLOB NOT NULL,
    proof_ends_at INTEGER NOT NULL,
    ends_at       INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX exchanged_tokens_rule ON exchanged_tokens (rule);
CREATE INDEX exchanged_tokens_proof ON exchanged_tokens (proof);
CREATE INDEX exchanged_tokens_ends ON exchanged_tokens (ends_at);
