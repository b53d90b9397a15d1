-- +goose Up

-- The last answer to whether the head of an application's main branch may be
-- deployed to an environment, so that another answer is noticed.
CREATE TABLE last_answers (
    pacticipant_id BIGINT NOT NULL REFERENCES all_pacticipants (id) ON DELETE CASCADE,
    environment_id BIGINT NOT NULL REFERENCES environments (id) ON DELETE CASCADE,
    answer         TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (pacticipant_id, environment_id)
);
CREATE INDEX last_answers_environment ON last_answers (environment_id);

-- How far the broker itself has read the feed of facts.
CREATE TABLE feed_places (
    reader   TEXT COLLATE "C" PRIMARY KEY,
    position BIGINT NOT NULL
);
