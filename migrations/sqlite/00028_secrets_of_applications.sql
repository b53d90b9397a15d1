-- +goose Up

-- Applications for whose webhooks a secret is, by name, by label or by team, as
-- JSON lists; for all if these are empty.
ALTER TABLE secrets ADD COLUMN applications TEXT NOT NULL DEFAULT '[]';
ALTER TABLE secrets ADD COLUMN labels TEXT NOT NULL DEFAULT '[]';
ALTER TABLE secrets ADD COLUMN teams TEXT NOT NULL DEFAULT '[]';

-- Tokens that were given in exchange are in no list. The index holds all by which
-- the others are counted and put in order.
ALTER TABLE access_tokens ADD COLUMN exchanged INTEGER NOT NULL DEFAULT 0 CHECK (exchanged IN (0, 1));
UPDATE access_tokens SET exchanged = 1 WHERE uuid IN (SELECT token_uuid FROM exchanged_tokens);
CREATE INDEX access_tokens_listed ON access_tokens (folded, name, id, revoked_at, expires_at, exchanged) WHERE NOT exchanged;

-- What a request needed, by which it is told to those who may do so; '' for requests
-- that came before, which are told to those who administer.
ALTER TABLE requests ADD COLUMN action TEXT NOT NULL DEFAULT '';
