-- +goose Up

-- Which versions of the rules of comparison have been used here: with each new
-- one, everything that is live is compared again, once.
CREATE TABLE comparison_engines (
    engine   BIGINT PRIMARY KEY,
    begun_at BIGINT NOT NULL
);
