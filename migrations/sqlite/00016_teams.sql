-- +goose Up

-- A team owns applications, by name or by label, and its members have a role for
-- them. The lists are JSON: names, labels, groups of the provider, uuids of people.
CREATE TABLE teams (
    name         TEXT NOT NULL PRIMARY KEY,
    contact      TEXT NOT NULL,
    role         TEXT NOT NULL,
    applications TEXT NOT NULL,
    labels       TEXT NOT NULL,
    group_names  TEXT NOT NULL,
    people       TEXT NOT NULL,
    created_at   INTEGER NOT NULL,
    updated_at   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Roles of the broker's own, beside those that every broker has.
CREATE TABLE own_roles (
    name        TEXT NOT NULL PRIMARY KEY,
    description TEXT NOT NULL,
    actions     TEXT NOT NULL,
    created_at  INTEGER NOT NULL,
    updated_at  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

ALTER TABLE access_tokens ADD COLUMN teams TEXT NOT NULL DEFAULT '[]';
ALTER TABLE people ADD COLUMN teams TEXT NOT NULL DEFAULT '[]';
