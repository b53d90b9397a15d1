-- +goose Up

-- What the triggers of the audit refuse stands in their functions, whose texts the
-- database keeps as they are written: a condition that somebody has changed is missed
-- (broker audit verify), which a WHEN, kept as the database understands it, is not.
-- +goose StatementBegin
CREATE FUNCTION check_change_of_audit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.position IS NOT NULL OR (NEW.id, NEW.created_at, NEW.actor, NEW.through, NEW.client, NEW.action, NEW.outcome, NEW.target, NEW.request_id, NEW.count, NEW.details, NEW.digest)
        IS DISTINCT FROM (OLD.id, OLD.created_at, OLD.actor, OLD.through, OLD.client, OLD.action, OLD.outcome, OLD.target, OLD.request_id, OLD.count, OLD.details, OLD.digest)
    THEN
        RAISE EXCEPTION 'entries of the audit are never changed';
    END IF;
    RETURN NEW;
END $$;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE FUNCTION check_place_of_audit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.position IS NOT NULL THEN
        RAISE EXCEPTION 'entries of the audit get their place later, and none takes the place of another';
    END IF;
    RETURN NEW;
END $$;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE FUNCTION check_growth_of_audit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.head_position < OLD.head_position OR NEW.base_position < OLD.base_position THEN
        RAISE EXCEPTION 'the chain of the audit only grows';
    END IF;
    RETURN NEW;
END $$;
-- +goose StatementEnd
DROP TRIGGER audit_entries_stay ON audit_entries;
DROP TRIGGER audit_entries_follow ON audit_entries;
DROP TRIGGER audit_chain_grows ON audit_chain;
CREATE TRIGGER audit_entries_stay BEFORE UPDATE ON audit_entries FOR EACH ROW EXECUTE FUNCTION check_change_of_audit();
CREATE TRIGGER audit_entries_follow BEFORE INSERT ON audit_entries FOR EACH ROW EXECUTE FUNCTION check_place_of_audit();
CREATE TRIGGER audit_chain_grows BEFORE UPDATE ON audit_chain FOR EACH ROW EXECUTE FUNCTION check_growth_of_audit();
