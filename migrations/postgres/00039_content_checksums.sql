-- +goose Up

-- SHA-256 over the digest by which a content is known, a line feed, and its body as it is
-- stored. The digest alone proves nothing where it is not that of the text by a rule that
-- is known here, as it may be of what was imported. Contents from before have none.
ALTER TABLE pact_versions ADD COLUMN checksum BYTEA;
