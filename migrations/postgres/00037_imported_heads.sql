-- +goose Up

-- The head that an import has brought, where the order in which versions came to the
-- branch here would give another: the source said so, and nothing else can tell it from
-- a head that is wrong. It refers to nothing, since it only counts while it is the head.
ALTER TABLE branches ADD COLUMN imported_head_id BIGINT;

UPDATE branches SET imported_head_id = head_version_id WHERE EXISTS (SELECT 1 FROM imports);
