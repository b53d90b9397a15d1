-- +goose Up

-- Applications for whose webhooks a secret is, by name, by label or by team, as
-- JSON lists; for all if these are empty.
ALTER TABLE secrets ADD COLUMN applications TEXT COLLATE "C" NOT NULL DEFAULT '[]';
ALTER TABLE secrets ADD COLUMN labels TEXT COLLATE "C" NOT NULL DEFAULT '[]';
ALTER TABLE secrets ADD COLUMN teams TEXT COLLATE "C" NOT NULL DEFAULT '[]';

-- Tokens that were given in exchange are in no list. The index holds all by which
-- the others are counted and put in order.
ALTER TABLE access_tokens ADD COLUMN exchanged BOOLEAN NOT NULL DEFAULT false;
UPDATE access_tokens SET exchanged = true WHERE uuid IN (SELECT token_uuid FROM exchanged_tokens);
CREATE INDEX access_tokens_listed ON access_tokens (folded, name, id, revoked_at, expires_at, exchanged) WHERE NOT exchanged;

-- What a request needed, by which it is told to those who may do so; '' for requests
-- that came before, which are told to those who administer.
ALTER TABLE requests ADD COLUMN action TEXT COLLATE "C" NOT NULL DEFAULT '';
