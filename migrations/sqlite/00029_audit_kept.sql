-- +goose Up

-- The oldest entries of the audit are deleted only if an entry tells of it: by the
-- broker, as deleteAuditEntries, with the place and the digest of the last one that
-- goes as its target. Of what had been deleted up to `untold_position` none tells.
ALTER TABLE audit_chain ADD COLUMN untold_position INTEGER NOT NULL DEFAULT 0;
UPDATE audit_chain SET untold_position = base_position;

-- REPLACE fires no trigger for the rows whose place it takes.
-- +goose StatementBegin
CREATE TRIGGER audit_entries_follow BEFORE INSERT ON audit_entries
WHEN EXISTS (SELECT 1 FROM audit_entries WHERE id = NEW.id) OR NEW.position IS NOT (SELECT head_position + 1 FROM audit_chain)
BEGIN
    SELECT RAISE(ABORT, 'entries of the audit follow one another, and none takes the place of another');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER audit_applications_stay BEFORE UPDATE ON audit_applications
BEGIN
    SELECT RAISE(ABORT, 'what an entry of the audit is about is never changed');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER audit_applications_kept BEFORE DELETE ON audit_applications
WHEN EXISTS (SELECT 1 FROM audit_entries WHERE id = OLD.entry_id)
BEGIN
    SELECT RAISE(ABORT, 'what an entry of the audit is about goes with the entry alone');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER audit_chain_is_one BEFORE INSERT ON audit_chain
WHEN EXISTS (SELECT 1 FROM audit_chain)
BEGIN
    SELECT RAISE(ABORT, 'there is one chain of the audit');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER audit_chain_opens BEFORE UPDATE ON audit_chain
WHEN NEW.deletable <> OLD.deletable AND NEW.deletable <> 0 AND NOT EXISTS (
    SELECT 1 FROM audit_entries told JOIN audit_entries last ON last.position = NEW.deletable
    WHERE told.action = 'deleteAuditEntries' AND told.through = 'broker' AND told.outcome = 'done' AND told.target = NEW.deletable || ':' || lower(hex(last.chain)))
BEGIN
    SELECT RAISE(ABORT, 'entries of the audit are never deleted unless another one tells of it');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER audit_chain_begins BEFORE UPDATE ON audit_chain
WHEN (NEW.base_position, NEW.base_chain) IS NOT (OLD.base_position, OLD.base_chain) AND (NEW.base_position <> OLD.deletable OR NOT EXISTS (
    SELECT 1 FROM audit_entries told
    WHERE told.action = 'deleteAuditEntries' AND told.through = 'broker' AND told.outcome = 'done' AND told.target = NEW.base_position || ':' || lower(hex(NEW.base_chain))))
BEGIN
    SELECT RAISE(ABORT, 'the chain of the audit begins where an entry tells');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER audit_chain_ends BEFORE UPDATE ON audit_chain
WHEN NEW.id <> OLD.id OR NEW.untold_position <> OLD.untold_position OR (NEW.head_position, NEW.head_chain) IS NOT (OLD.head_position, OLD.head_chain)
    AND NOT EXISTS (SELECT 1 FROM audit_entries WHERE position = NEW.head_position AND chain = NEW.head_chain)
BEGIN
    SELECT RAISE(ABORT, 'the chain of the audit ends with an entry');
END;
-- +goose StatementEnd
