-- +goose Up

-- What a webhook is aimed at beyond its sides (JSON), whether it sends a filled-in
-- template or the event itself, and whether its deliveries wait.
ALTER TABLE webhooks ADD COLUMN aim TEXT NOT NULL DEFAULT '{}';
ALTER TABLE webhooks ADD COLUMN format TEXT NOT NULL DEFAULT 'template';
ALTER TABLE webhooks ADD COLUMN paused INTEGER NOT NULL DEFAULT 0;

-- Values that webhooks fill in and nobody can read.
CREATE TABLE secrets (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    name        TEXT NOT NULL UNIQUE,
    description TEXT NOT NULL,
    sealed      BLOB NOT NULL,
    created_at  INTEGER NOT NULL,
    updated_at  INTEGER NOT NULL
) STRICT;

-- A delivery may be about an event without a pact: then `subject` names what it
-- is about. `round_start` is how many attempts had been made when it was last
-- sent again, and `held` tells that it waits because its webhook is paused.
CREATE TABLE new_triggered_webhooks (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    uuid            TEXT NOT NULL UNIQUE,
    webhook_id      INTEGER REFERENCES webhooks (id) ON DELETE SET NULL,
    event           TEXT NOT NULL,
    subject         TEXT NOT NULL,
    integration_id  INTEGER REFERENCES all_integrations (id) ON DELETE CASCADE,
    publication_id  INTEGER REFERENCES pact_publications (id) ON DELETE CASCADE,
    verification_id INTEGER REFERENCES verifications (id) ON DELETE CASCADE,
    status          TEXT NOT NULL,
    attempts        INTEGER NOT NULL,
    round_start     INTEGER NOT NULL,
    held            INTEGER NOT NULL,
    context         TEXT NOT NULL,
    created_at      INTEGER NOT NULL,
    updated_at      INTEGER NOT NULL,
    CHECK ((integration_id IS NULL) = (publication_id IS NULL))
) STRICT;
INSERT INTO new_triggered_webhooks
SELECT t.id, t.uuid, t.webhook_id, t.event, p.name, t.integration_id, t.publication_id, t.verification_id, t.status, t.attempts, 0, 0,
    t.context, t.created_at, t.updated_at
FROM triggered_webhooks t
JOIN all_integrations i ON i.id = t.integration_id
JOIN all_pacticipants p ON p.id = CASE WHEN t.event LIKE 'provider%' THEN i.provider_id ELSE i.consumer_id END;

CREATE TABLE new_webhook_executions (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    triggered_id INTEGER NOT NULL REFERENCES new_triggered_webhooks (id) ON DELETE CASCADE,
    success      INTEGER NOT NULL,
    logs         TEXT NOT NULL,
    created_at   INTEGER NOT NULL
) STRICT;
INSERT INTO new_webhook_executions SELECT id, triggered_id, success, logs, created_at FROM webhook_executions;

DROP TABLE webhook_executions;
DROP TABLE triggered_webhooks;
ALTER TABLE new_triggered_webhooks RENAME TO triggered_webhooks;
ALTER TABLE new_webhook_executions RENAME TO webhook_executions;

CREATE INDEX triggered_webhooks_webhook ON triggered_webhooks (webhook_id, id);
CREATE INDEX triggered_webhooks_pair ON triggered_webhooks (integration_id, webhook_id, event, id);
CREATE INDEX triggered_webhooks_publication ON triggered_webhooks (publication_id, id);
CREATE INDEX triggered_webhooks_verification ON triggered_webhooks (verification_id, id);
CREATE INDEX triggered_webhooks_status ON triggered_webhooks (status, id);
CREATE INDEX webhook_executions_triggered ON webhook_executions (triggered_id, id);
