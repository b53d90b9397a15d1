-- +goose Up

-- Whether a version was made because something else named it: the compatible API shows
-- such a version as changed. Before, its last change was put a microsecond after it was
-- made.
ALTER TABLE versions ADD COLUMN in_passing INTEGER NOT NULL DEFAULT 0;
UPDATE versions SET in_passing = 1, updated_at = created_at WHERE updated_at = created_at + 1;

-- Whether anything was changed since the application was made, be it in the transaction
-- that made it.
ALTER TABLE all_pacticipants ADD COLUMN changed INTEGER NOT NULL DEFAULT 0;
UPDATE all_pacticipants SET changed = 1, updated_at = CASE WHEN updated_at = created_at + 1 THEN created_at ELSE updated_at END
    WHERE updated_at <> created_at;
DROP VIEW pacticipants;
CREATE VIEW pacticipants AS
    SELECT id, name, display_name, repository_url, repository_name, repository_namespace,
           main_branch, external_since, external_reason, created_at, updated_at, changed
    FROM all_pacticipants WHERE deleted_at IS NULL;
