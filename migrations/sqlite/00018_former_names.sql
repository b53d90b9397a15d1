-- +goose Up

-- Names that applications had before: who asks for one of them finds the
-- application, for as long as a setting says.
CREATE TABLE former_names (
    name           TEXT PRIMARY KEY,
    pacticipant_id INTEGER NOT NULL REFERENCES all_pacticipants (id) ON DELETE CASCADE,
    given_up_at    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX former_names_lower_name ON former_names (lower(name));
CREATE INDEX former_names_pacticipant ON former_names (pacticipant_id);
