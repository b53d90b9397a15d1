-- +goose Up

-- What a provider said is kept encrypted from now on. What was kept in clear goes; whoever
-- is signed in with it may be asked by the provider whether they want to sign out there.
UPDATE sessions SET provider_token = '';
