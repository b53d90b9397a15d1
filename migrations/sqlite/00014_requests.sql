-- +goose Up

-- Answers to requests that had an Idempotency-Key, encrypted with it. The key of
-- the row is a digest of that and of the caller.
CREATE TABLE kept_answers (
    request_key BLOB NOT NULL PRIMARY KEY CHECK (length(request_key) = 32),
    answer      BLOB NOT NULL,
    created_at  INTEGER NOT NULL
) STRICT;
CREATE INDEX kept_answers_time ON kept_answers (created_at);

-- Requests that wanted to change something, and how they were answered. Clients
-- may use an id for several requests. Times are microseconds.
CREATE TABLE requests (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    request_id  TEXT NOT NULL,
    received_at INTEGER NOT NULL,
    took        INTEGER NOT NULL,
    method      TEXT NOT NULL,
    path        TEXT NOT NULL,
    operation   TEXT NOT NULL,
    actor       TEXT NOT NULL,
    traceparent TEXT NOT NULL,
    status      INTEGER NOT NULL,
    code        TEXT NOT NULL,
    replayed    INTEGER NOT NULL CHECK (replayed IN (0, 1))
) STRICT;
CREATE INDEX requests_request ON requests (request_id, id);
CREATE INDEX requests_time ON requests (received_at);

-- What a request has caused.
CREATE INDEX facts_request ON facts (request_id, id) WHERE request_id <> '';
ALTER TABLE triggered_webhooks ADD COLUMN request_id TEXT NOT NULL DEFAULT '';
UPDATE triggered_webhooks SET request_id = coalesce(json_extract(context, '$.request_id'), '');
CREATE INDEX triggered_webhooks_request ON triggered_webhooks (request_id, id) WHERE request_id <> '';
