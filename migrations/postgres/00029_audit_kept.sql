-- +goose Up

-- The oldest entries of the audit are deleted only if an entry tells of it: by the
-- broker, as deleteAuditEntries, with the place and the digest of the last one that
-- goes as its target. Of what had been deleted up to `untold_position` none tells.
ALTER TABLE audit_chain ADD COLUMN untold_position BIGINT NOT NULL DEFAULT 0;
UPDATE audit_chain SET untold_position = base_position;

-- +goose StatementBegin
CREATE FUNCTION check_deletion_of_audit_applications() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM audit_entries WHERE id = OLD.entry_id) THEN
        RAISE EXCEPTION 'what an entry of the audit is about goes with the entry alone';
    END IF;
    RETURN OLD;
END $$;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE FUNCTION check_chain_of_audit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.deletable <> OLD.deletable AND NEW.deletable <> 0 AND NOT EXISTS (
        SELECT 1 FROM audit_entries told JOIN audit_entries last ON last.position = NEW.deletable
        WHERE told.action = 'deleteAuditEntries' AND told.through = 'broker' AND told.outcome = 'done' AND told.target = NEW.deletable || ':' || encode(last.chain, 'hex'))
    THEN
        RAISE EXCEPTION 'entries of the audit are never deleted unless another one tells of it';
    END IF;
    IF (NEW.base_position, NEW.base_chain) IS DISTINCT FROM (OLD.base_position, OLD.base_chain) AND (NEW.base_position <> OLD.deletable OR NOT EXISTS (
        SELECT 1 FROM audit_entries told
        WHERE told.action = 'deleteAuditEntries' AND told.through = 'broker' AND told.outcome = 'done' AND told.target = NEW.base_position || ':' || encode(NEW.base_chain, 'hex')))
    THEN
        RAISE EXCEPTION 'the chain of the audit begins where an entry tells';
    END IF;
    IF NEW.id <> OLD.id OR NEW.untold_position <> OLD.untold_position OR (NEW.head_position, NEW.head_chain) IS DISTINCT FROM (OLD.head_position, OLD.head_chain)
        AND NOT EXISTS (SELECT 1 FROM audit_entries WHERE position = NEW.head_position AND chain = NEW.head_chain)
    THEN
        RAISE EXCEPTION 'the chain of the audit ends with an entry';
    END IF;
    RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER audit_entries_follow BEFORE INSERT ON audit_entries FOR EACH ROW WHEN (NEW.position IS NOT NULL) EXECUTE FUNCTION refuse_change_of_audit();
CREATE TRIGGER audit_applications_stay BEFORE UPDATE ON audit_applications FOR EACH ROW EXECUTE FUNCTION refuse_change_of_audit();
CREATE TRIGGER audit_applications_kept BEFORE DELETE ON audit_applications FOR EACH ROW EXECUTE FUNCTION check_deletion_of_audit_applications();
CREATE TRIGGER audit_applications_whole BEFORE TRUNCATE ON audit_applications FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_audit();
CREATE TRIGGER audit_chain_is_one BEFORE INSERT ON audit_chain FOR EACH ROW EXECUTE FUNCTION refuse_change_of_audit();
CREATE TRIGGER audit_chain_told BEFORE UPDATE ON audit_chain FOR EACH ROW EXECUTE FUNCTION check_chain_of_audit();
