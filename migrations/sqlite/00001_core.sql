-- +goose Up

-- Applications. A deleted one keeps its row until a job has swept what it
-- owned; the view `pacticipants` is what every question reads.
CREATE TABLE all_pacticipants (
    id                   INTEGER PRIMARY KEY AUTOINCREMENT,
    name                 TEXT NOT NULL,
    display_name         TEXT NOT NULL,
    repository_url       TEXT,
    repository_name      TEXT,
    repository_namespace TEXT,
    main_branch          TEXT,
    external_since       INTEGER,
    external_reason      TEXT,
    created_at           INTEGER NOT NULL,
    updated_at           INTEGER NOT NULL,
    deleted_at           INTEGER
) STRICT;
CREATE UNIQUE INDEX pacticipants_name ON all_pacticipants (name) WHERE deleted_at IS NULL;
CREATE INDEX pacticipants_lower_name ON all_pacticipants (lower(name)) WHERE deleted_at IS NULL;
CREATE INDEX pacticipants_deleted ON all_pacticipants (id) WHERE deleted_at IS NOT NULL;
CREATE VIEW pacticipants AS
    SELECT id, name, display_name, repository_url, repository_name, repository_namespace,
           main_branch, external_since, external_reason, created_at, updated_at
    FROM all_pacticipants WHERE deleted_at IS NULL;

CREATE TABLE labels (
    pacticipant_id INTEGER NOT NULL REFERENCES all_pacticipants (id) ON DELETE CASCADE,
    name           TEXT NOT NULL,
    created_at     INTEGER NOT NULL,
    updated_at     INTEGER NOT NULL,
    PRIMARY KEY (pacticipant_id, name)
) STRICT;
CREATE INDEX labels_name ON labels (name);

-- Versions. `position` is the order among the versions of an application:
-- the id when versions are ordered by first mention, else a semantic rank.
-- Memberships, tags and publications carry a copy of it, so that the newest
-- is found by one step into an index.
CREATE TABLE versions (
    id             INTEGER PRIMARY KEY AUTOINCREMENT,
    pacticipant_id INTEGER NOT NULL REFERENCES all_pacticipants (id) ON DELETE CASCADE,
    number         TEXT NOT NULL,
    position       INTEGER NOT NULL,
    build_url      TEXT,
    created_at     INTEGER NOT NULL,
    updated_at     INTEGER NOT NULL,
    UNIQUE (pacticipant_id, number)
) STRICT;
CREATE INDEX versions_position ON versions (pacticipant_id, position);

-- Branches; head_version_id is kept: the version added last or, once that one
-- is gone, the one with the highest position.
CREATE TABLE branches (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    pacticipant_id  INTEGER NOT NULL REFERENCES all_pacticipants (id) ON DELETE CASCADE,
    name            TEXT NOT NULL,
    head_version_id INTEGER REFERENCES versions (id) ON DELETE SET NULL,
    created_at      INTEGER NOT NULL,
    updated_at      INTEGER NOT NULL,
    UNIQUE (pacticipant_id, name)
) STRICT;
CREATE INDEX branches_head ON branches (head_version_id);
CREATE INDEX branches_updated ON branches (pacticipant_id, updated_at, id);

CREATE TABLE branch_versions (
    id               INTEGER PRIMARY KEY AUTOINCREMENT,
    branch_id        INTEGER NOT NULL REFERENCES branches (id) ON DELETE CASCADE,
    version_id       INTEGER NOT NULL REFERENCES versions (id) ON DELETE CASCADE,
    version_position INTEGER NOT NULL,
    auto_created     INTEGER NOT NULL,
    created_at       INTEGER NOT NULL,
    updated_at       INTEGER NOT NULL,
    UNIQUE (branch_id, version_id)
) STRICT;
CREATE INDEX branch_versions_version ON branch_versions (version_id, id);
CREATE INDEX branch_versions_position ON branch_versions (branch_id, version_position);

CREATE TABLE tags (
    id               INTEGER PRIMARY KEY AUTOINCREMENT,
    version_id       INTEGER NOT NULL REFERENCES versions (id) ON DELETE CASCADE,
    pacticipant_id   INTEGER NOT NULL REFERENCES all_pacticipants (id) ON DELETE CASCADE,
    name             TEXT NOT NULL,
    version_position INTEGER NOT NULL,
    created_at       INTEGER NOT NULL,
    updated_at       INTEGER NOT NULL,
    UNIQUE (version_id, name)
) STRICT;
CREATE INDEX tags_position ON tags (pacticipant_id, name, version_position);

-- Kept: the newest version with each tag, and when the tag was first used.
CREATE TABLE tag_heads (
    pacticipant_id INTEGER NOT NULL REFERENCES all_pacticipants (id) ON DELETE CASCADE,
    name           TEXT NOT NULL,
    version_id     INTEGER NOT NULL REFERENCES versions (id) ON DELETE CASCADE,
    first_used_at  INTEGER NOT NULL,
    PRIMARY KEY (pacticipant_id, name)
) STRICT;
CREATE INDEX tag_heads_version ON tag_heads (version_id);

-- Pairs of a consumer and a provider. A deleted one is swept later, like an
-- application; the view `integrations` is what every question reads.
CREATE TABLE all_integrations (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    consumer_id INTEGER NOT NULL REFERENCES all_pacticipants (id) ON DELETE CASCADE,
    provider_id INTEGER NOT NULL REFERENCES all_pacticipants (id) ON DELETE CASCADE,
    created_at  INTEGER NOT NULL,
    deleted_at  INTEGER
) STRICT;
CREATE UNIQUE INDEX integrations_pair ON all_integrations (consumer_id, provider_id) WHERE deleted_at IS NULL;
CREATE INDEX integrations_consumer ON all_integrations (consumer_id);
CREATE INDEX integrations_provider ON all_integrations (provider_id);
CREATE INDEX integrations_deleted ON all_integrations (id) WHERE deleted_at IS NOT NULL;
CREATE VIEW integrations AS
    SELECT id, consumer_id, provider_id, created_at
    FROM all_integrations WHERE deleted_at IS NULL;

-- Contents of contracts, each stored once per pair (zstd), known by its sha.
CREATE TABLE pact_versions (
    id                 INTEGER PRIMARY KEY AUTOINCREMENT,
    integration_id     INTEGER NOT NULL REFERENCES all_integrations (id) ON DELETE CASCADE,
    sha                TEXT NOT NULL,
    interactions_count INTEGER NOT NULL,
    messages_count     INTEGER NOT NULL,
    created_at         INTEGER NOT NULL,
    size               INTEGER NOT NULL,
    body               BLOB NOT NULL,
    UNIQUE (integration_id, sha)
) STRICT;

-- Publications of a content by a consumer version. `latest` is kept: the one
-- revision of a (consumer version, pair) that counts.
CREATE TABLE pact_publications (
    id                  INTEGER PRIMARY KEY AUTOINCREMENT,
    integration_id      INTEGER NOT NULL REFERENCES all_integrations (id) ON DELETE CASCADE,
    consumer_version_id INTEGER NOT NULL REFERENCES versions (id) ON DELETE CASCADE,
    pact_version_id     INTEGER NOT NULL REFERENCES pact_versions (id) ON DELETE CASCADE,
    revision            INTEGER NOT NULL,
    latest              INTEGER NOT NULL,
    version_position    INTEGER NOT NULL,
    created_at          INTEGER NOT NULL,
    UNIQUE (consumer_version_id, integration_id, revision)
) STRICT;
CREATE UNIQUE INDEX pact_publications_latest ON pact_publications (consumer_version_id, integration_id) WHERE latest;
CREATE INDEX pact_publications_position ON pact_publications (integration_id, version_position) WHERE latest;
CREATE INDEX pact_publications_content ON pact_publications (pact_version_id, version_position);
CREATE INDEX pact_publications_newest ON pact_publications (integration_id, id);
CREATE INDEX pact_publications_time ON pact_publications (integration_id, created_at) WHERE latest;

-- Verification results; the id is the number in their addresses. `latest` is
-- kept: the one result of a (content, provider version) that counts.
CREATE TABLE verifications (
    id                  INTEGER PRIMARY KEY AUTOINCREMENT,
    integration_id      INTEGER NOT NULL REFERENCES all_integrations (id) ON DELETE CASCADE,
    pact_version_id     INTEGER NOT NULL REFERENCES pact_versions (id) ON DELETE CASCADE,
    provider_version_id INTEGER NOT NULL REFERENCES versions (id) ON DELETE CASCADE,
    success             INTEGER NOT NULL,
    wip                 INTEGER NOT NULL,
    pending             INTEGER,
    latest              INTEGER NOT NULL,
    executed_at         INTEGER NOT NULL,
    created_at          INTEGER NOT NULL,
    build_url           TEXT,
    verified_by         TEXT,
    selectors           TEXT,
    test_results        BLOB
) STRICT;
INSERT INTO sqlite_sequence (name, seq) VALUES ('verifications', 100);
CREATE UNIQUE INDEX verifications_latest ON verifications (pact_version_id, provider_version_id) WHERE latest;
CREATE INDEX verifications_provider_version ON verifications (provider_version_id);
CREATE INDEX verifications_content ON verifications (pact_version_id, id);
CREATE INDEX verifications_newest ON verifications (integration_id, id);
CREATE INDEX verifications_success ON verifications (pact_version_id, created_at) WHERE success;
CREATE INDEX verifications_counted_success ON verifications (pact_version_id, executed_at) WHERE success AND NOT wip;

-- Kept for pending and work in progress: when a content first succeeded with
-- a version on the provider's branch, and last did so outside work in progress.
CREATE TABLE branch_successes (
    pact_version_id   INTEGER NOT NULL REFERENCES pact_versions (id) ON DELETE CASCADE,
    branch_id         INTEGER NOT NULL REFERENCES branches (id) ON DELETE CASCADE,
    first_success_at  INTEGER NOT NULL,
    last_counted_at   INTEGER,
    PRIMARY KEY (pact_version_id, branch_id)
) STRICT;
CREATE INDEX branch_successes_branch ON branch_successes (branch_id);
CREATE INDEX branch_successes_first ON branch_successes (pact_version_id, first_success_at);

-- Kept likewise for tags: the first success by a version that has the tag now.
CREATE TABLE tag_successes (
    pact_version_id  INTEGER NOT NULL REFERENCES pact_versions (id) ON DELETE CASCADE,
    tag              TEXT NOT NULL,
    first_success_at INTEGER NOT NULL,
    PRIMARY KEY (pact_version_id, tag)
) STRICT;
CREATE INDEX tag_successes_first ON tag_successes (pact_version_id, first_success_at);

-- The tags that a provider version had at the moment of a successful result
-- outside work in progress: what work in progress by tags asks for.
CREATE TABLE verified_tags (
    verification_id INTEGER NOT NULL REFERENCES verifications (id) ON DELETE CASCADE,
    pact_version_id INTEGER NOT NULL REFERENCES pact_versions (id) ON DELETE CASCADE,
    tag             TEXT NOT NULL,
    recorded_at     INTEGER NOT NULL,
    PRIMARY KEY (verification_id, tag)
) STRICT;
CREATE INDEX verified_tags_tag ON verified_tags (pact_version_id, tag, recorded_at);
CREATE INDEX verified_tags_time ON verified_tags (pact_version_id, recorded_at);

CREATE TABLE environments (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    uuid         TEXT NOT NULL UNIQUE,
    name         TEXT NOT NULL UNIQUE,
    display_name TEXT NOT NULL,
    production   INTEGER NOT NULL,
    contacts     TEXT,
    created_at   INTEGER NOT NULL,
    updated_at   INTEGER NOT NULL
) STRICT;

-- Deployments; an instance of '' is the slot without a name. At most one is
-- current in each slot of (environment, application, instance).
CREATE TABLE deployed_versions (
    id                 INTEGER PRIMARY KEY AUTOINCREMENT,
    uuid               TEXT NOT NULL UNIQUE,
    environment_id     INTEGER NOT NULL REFERENCES environments (id) ON DELETE CASCADE,
    pacticipant_id     INTEGER NOT NULL REFERENCES all_pacticipants (id) ON DELETE CASCADE,
    version_id         INTEGER NOT NULL REFERENCES versions (id) ON DELETE CASCADE,
    instance           TEXT NOT NULL,
    currently_deployed INTEGER NOT NULL,
    auto_created       INTEGER NOT NULL,
    undeployed_at      INTEGER,
    created_at         INTEGER NOT NULL,
    updated_at         INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX deployed_versions_slot ON deployed_versions (environment_id, pacticipant_id, instance) WHERE currently_deployed;
CREATE INDEX deployed_versions_current ON deployed_versions (pacticipant_id, environment_id) WHERE currently_deployed;
CREATE INDEX deployed_versions_owner ON deployed_versions (pacticipant_id, id);
CREATE INDEX deployed_versions_version ON deployed_versions (version_id);
CREATE INDEX deployed_versions_history ON deployed_versions (environment_id, pacticipant_id, id);

CREATE TABLE released_versions (
    id                  INTEGER PRIMARY KEY AUTOINCREMENT,
    uuid                TEXT NOT NULL UNIQUE,
    environment_id      INTEGER NOT NULL REFERENCES environments (id) ON DELETE CASCADE,
    pacticipant_id      INTEGER NOT NULL REFERENCES all_pacticipants (id) ON DELETE CASCADE,
    version_id          INTEGER NOT NULL REFERENCES versions (id) ON DELETE CASCADE,
    currently_supported INTEGER NOT NULL,
    support_ended_at    INTEGER,
    created_at          INTEGER NOT NULL,
    updated_at          INTEGER NOT NULL,
    UNIQUE (environment_id, version_id)
) STRICT;
CREATE INDEX released_versions_supported ON released_versions (pacticipant_id, environment_id) WHERE currently_supported;
CREATE INDEX released_versions_owner ON released_versions (pacticipant_id, id);
CREATE INDEX released_versions_version ON released_versions (version_id);

-- Notes of the program to itself, such as "the example data was loaded".
CREATE TABLE notes (
    name       TEXT PRIMARY KEY,
    created_at INTEGER NOT NULL
) STRICT;
