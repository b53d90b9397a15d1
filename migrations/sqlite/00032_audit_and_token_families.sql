-- +goose Up

-- An entry of the audit is found under the applications that it says it is about, and
-- under names that these were given since.
-- +goose StatementBegin
CREATE TRIGGER audit_applications_said BEFORE INSERT ON audit_applications
WHEN NOT EXISTS (SELECT 1 FROM audit_entries e, json_each(e.details, '$.applications') said WHERE e.id = NEW.entry_id AND said.value = NEW.name)
    AND NOT EXISTS (
        SELECT 1 FROM audit_applications o JOIN former_names f ON f.name = o.name JOIN all_pacticipants p ON p.id = f.pacticipant_id
        WHERE o.entry_id = NEW.entry_id AND p.name = NEW.name)
BEGIN
    SELECT RAISE(ABORT, 'an entry of the audit is found under what it is about alone');
END;
-- +goose StatementEnd

-- A token and those that took its place have a family, as have those that were given in
-- exchange under one rule to one subject: answers that are kept for one are for all.
ALTER TABLE access_tokens ADD COLUMN family TEXT NOT NULL DEFAULT '';
UPDATE access_tokens SET family = uuid;
