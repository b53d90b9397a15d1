-- +goose Up

-- A team owns applications, by name or by label, and its members have a role for
-- them. The lists are JSON: names, labels, groups of the provider, uuids of people.
CREATE TABLE teams (
    name         TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    contact      TEXT COLLATE "C" NOT NULL,
    role         TEXT COLLATE "C" NOT NULL,
    applications TEXT COLLATE "C" NOT NULL,
    labels       TEXT COLLATE "C" NOT NULL,
    group_names  TEXT COLLATE "C" NOT NULL,
    people       TEXT COLLATE "C" NOT NULL,
    created_at   BIGINT NOT NULL,
    updated_at   BIGINT NOT NULL
);

-- Roles of the broker's own, beside those that every broker has.
CREATE TABLE own_roles (
    name        TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    description TEXT COLLATE "C" NOT NULL,
    actions     TEXT COLLATE "C" NOT NULL,
    created_at  BIGINT NOT NULL,
    updated_at  BIGINT NOT NULL
);

ALTER TABLE access_tokens ADD COLUMN teams TEXT COLLATE "C" NOT NULL DEFAULT '[]';
ALTER TABLE people ADD COLUMN teams TEXT COLLATE "C" NOT NULL DEFAULT '[]';
