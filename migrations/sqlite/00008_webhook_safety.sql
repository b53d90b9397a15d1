-- +goose Up

-- The hosts to which a secret may be sent, a JSON list of texts.
ALTER TABLE secrets ADD COLUMN hosts TEXT NOT NULL DEFAULT '[]';

-- Why the latest attempt of a delivery failed, in words; empty if it did not.
ALTER TABLE triggered_webhooks ADD COLUMN reason TEXT NOT NULL DEFAULT '';
