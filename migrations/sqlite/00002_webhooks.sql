-- +goose Up

-- Webhooks. Secrets (password, headers that look like credentials, signing
-- keys) are kept encrypted in `sealed` and `signing_keys`, the rest as it is.
CREATE TABLE webhooks (
    id             INTEGER PRIMARY KEY AUTOINCREMENT,
    uuid           TEXT NOT NULL UNIQUE,
    description    TEXT NOT NULL,
    consumer_id    INTEGER REFERENCES all_pacticipants (id) ON DELETE CASCADE,
    consumer_label TEXT,
    provider_id    INTEGER REFERENCES all_pacticipants (id) ON DELETE CASCADE,
    provider_label TEXT,
    enabled        INTEGER NOT NULL,
    events         TEXT NOT NULL,
    method         TEXT NOT NULL,
    url            TEXT NOT NULL,
    headers        TEXT NOT NULL,
    body           TEXT,
    username       TEXT NOT NULL,
    password       TEXT NOT NULL,
    sealed         BLOB,
    signing_keys   BLOB,
    created_at     INTEGER NOT NULL,
    updated_at     INTEGER NOT NULL
) STRICT;
CREATE INDEX webhooks_consumer ON webhooks (consumer_id);
CREATE INDEX webhooks_provider ON webhooks (provider_id);

-- Webhooks that an event has triggered: one row for each delivery. `context`
-- is what the event knew, in JSON; the rest of what is sent is read when it is
-- sent. `attempts` counts those that were made.
CREATE TABLE triggered_webhooks (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    uuid            TEXT NOT NULL UNIQUE,
    webhook_id      INTEGER REFERENCES webhooks (id) ON DELETE SET NULL,
    event           TEXT NOT NULL,
    integration_id  INTEGER NOT NULL REFERENCES all_integrations (id) ON DELETE CASCADE,
    publication_id  INTEGER NOT NULL REFERENCES pact_publications (id) ON DELETE CASCADE,
    verification_id INTEGER REFERENCES verifications (id) ON DELETE CASCADE,
    status          TEXT NOT NULL,
    attempts        INTEGER NOT NULL,
    context         TEXT NOT NULL,
    created_at      INTEGER NOT NULL,
    updated_at      INTEGER NOT NULL
) STRICT;
CREATE INDEX triggered_webhooks_webhook ON triggered_webhooks (webhook_id, id);
CREATE INDEX triggered_webhooks_pair ON triggered_webhooks (integration_id, webhook_id, event, id);
CREATE INDEX triggered_webhooks_publication ON triggered_webhooks (publication_id, id);
CREATE INDEX triggered_webhooks_verification ON triggered_webhooks (verification_id, id);

-- The attempts of a delivery.
CREATE TABLE webhook_executions (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    triggered_id INTEGER NOT NULL REFERENCES triggered_webhooks (id) ON DELETE CASCADE,
    success      INTEGER NOT NULL,
    logs         TEXT NOT NULL,
    created_at   INTEGER NOT NULL
) STRICT;
CREATE INDEX webhook_executions_triggered ON webhook_executions (triggered_id, id);

-- Facts that the broker has announced. `position` is their order in the feed.
-- It is given after the commit, so that no fact appears behind a reader's back
-- because its transaction took longer than a later one.
-- `data` is JSON; `fact_applications` finds the facts about an application.
CREATE TABLE facts (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    position    INTEGER,
    uuid        TEXT NOT NULL UNIQUE,
    type        TEXT NOT NULL,
    subject     TEXT NOT NULL,
    data        TEXT NOT NULL,
    request_id  TEXT NOT NULL,
    traceparent TEXT NOT NULL,
    actor       TEXT NOT NULL,
    created_at  INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX facts_position ON facts (position);
CREATE INDEX facts_unplaced ON facts (id) WHERE position IS NULL;
CREATE INDEX facts_type ON facts (type, position);
CREATE INDEX facts_time ON facts (created_at);

CREATE TABLE fact_applications (
    name    TEXT NOT NULL,
    fact_id INTEGER NOT NULL REFERENCES facts (id) ON DELETE CASCADE,
    PRIMARY KEY (name, fact_id)
) STRICT;
CREATE INDEX fact_applications_fact ON fact_applications (fact_id);
