-- +goose Up

-- What the broker says of the beginning of the chain, encrypted with the key for
-- secrets: whoever can only write to the database cannot say it of another place.
ALTER TABLE audit_chain ADD COLUMN seal BYTEA;
