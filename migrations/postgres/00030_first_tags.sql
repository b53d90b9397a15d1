-- +goose Up

-- When a tag was first used is looked up whenever versions with it are deleted.
CREATE INDEX tags_first ON tags (pacticipant_id, name, created_at);
