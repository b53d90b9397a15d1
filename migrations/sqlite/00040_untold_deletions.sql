-- +goose Up

-- What a clean-up has deleted and not told yet: it is counted in the transaction that
-- deletes, so that a process that is killed leaves it for the next clean-up to tell.
-- The application is 0 where a kind of rows is not counted by application.
CREATE TABLE untold_deletions (
    kind TEXT NOT NULL,
    pacticipant_id INTEGER NOT NULL,
    deleted INTEGER NOT NULL,
    PRIMARY KEY (kind, pacticipant_id)
) STRICT;
