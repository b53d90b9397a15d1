-- +goose Up

-- The name in lower case, by which tokens are listed, and all that they are found
-- by in lower case, a line each: name, owner, prefix, applications, labels, teams.
ALTER TABLE access_tokens ADD COLUMN folded TEXT NOT NULL DEFAULT '';
ALTER TABLE access_tokens ADD COLUMN searched TEXT NOT NULL DEFAULT '';
UPDATE access_tokens SET folded = lower(name), searched = lower(concat_ws(char(10), name, owner, prefix,
    (SELECT group_concat(value, char(10)) FROM json_each(applications)),
    (SELECT group_concat(value, char(10)) FROM json_each(labels)),
    (SELECT group_concat(value, char(10)) FROM json_each(teams))));
