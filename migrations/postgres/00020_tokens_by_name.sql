-- +goose Up

-- The name in lower case, by which tokens are listed, and all that they are found
-- by in lower case, a line each: name, owner, prefix, applications, labels, teams.
ALTER TABLE access_tokens ADD COLUMN folded TEXT COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE access_tokens ADD COLUMN searched TEXT COLLATE "C" NOT NULL DEFAULT '';
UPDATE access_tokens SET folded = lower(name COLLATE "default"), searched = lower(concat_ws(chr(10), name, owner, prefix,
    (SELECT string_agg(value, chr(10)) FROM json_array_elements_text(applications::json)),
    (SELECT string_agg(value, chr(10)) FROM json_array_elements_text(labels::json)),
    (SELECT string_agg(value, chr(10)) FROM json_array_elements_text(teams::json))) COLLATE "default");
