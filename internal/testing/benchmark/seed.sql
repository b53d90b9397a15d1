-- A made-up history, statement by statement. The first application is called
-- Hub; it uses those of the others with an even id and is used by the rest.
-- Ids are computed rather than looked up: version n of application a is
-- n * {apps} + a, content n of pair p is n * {pairs} + p. Each content is that of
-- {builds} builds in a row.

INSERT INTO environments (uuid, name, display_name, production, created_at, updated_at)
VALUES ('seed-test', 'test', 'Test', false, {start}, {start}), ('seed-prod', 'prod', 'Production', true, {start}, {start});

WITH RECURSIVE a (id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM a WHERE id < {apps})
INSERT INTO all_pacticipants (id, name, display_name, main_branch, created_at, updated_at)
SELECT id, CASE id WHEN 1 THEN 'Hub' ELSE 'App' || id END, CASE id WHEN 1 THEN 'Hub' ELSE 'App' || id END, 'main', {start}, {start} FROM a;

WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < {newest})
INSERT INTO versions (id, pacticipant_id, number, position, created_at, updated_at)
SELECT i * {apps} + a.id, a.id, '1.0.' || i, i * {apps} + a.id, {start} + i * {step}, {start} + i * {step} FROM n CROSS JOIN all_pacticipants a;

INSERT INTO all_integrations (id, consumer_id, provider_id, created_at)
SELECT a.id - 1, CASE a.id % 2 WHEN 0 THEN 1 ELSE a.id END, CASE a.id % 2 WHEN 0 THEN a.id ELSE 1 END, {start} FROM all_pacticipants a WHERE a.id > 1;

WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < {newest} / {builds})
INSERT INTO pact_versions (id, integration_id, sha, interactions_count, messages_count, created_at, size, body)
SELECT i * {pairs} + p.id, p.id, '000000000000000000000000000000' || (1000000000 + i * {pairs} + p.id), 1, 0, {start} + i * {builds} * {step}, {size}, {body}
FROM n CROSS JOIN all_integrations p;

INSERT INTO pact_publications (integration_id, consumer_version_id, pact_version_id, revision, latest, version_position, created_at)
SELECT p.id, v.id, (v.id - v.pacticipant_id) / {apps} / {builds} * {pairs} + p.id, 1, true, v.position, v.created_at
FROM versions v JOIN all_integrations p ON p.consumer_id = v.pacticipant_id ORDER BY v.id;

INSERT INTO verifications (integration_id, pact_version_id, provider_version_id, success, wip, latest, executed_at, created_at)
SELECT p.id, ((v.id - v.pacticipant_id) / {apps} - b.back) / {builds} * {pairs} + p.id, v.id, true, false, true, v.created_at, v.created_at
FROM versions v JOIN all_integrations p ON p.provider_id = v.pacticipant_id CROSS JOIN (SELECT 0 AS back UNION ALL SELECT 1) b
WHERE b.back = 0 OR v.id >= {apps} + v.pacticipant_id AND (v.id - v.pacticipant_id) / {apps} % {builds} = 0 ORDER BY v.id, p.id, b.back;

-- Each tenth version is on a branch of its own, the others on the main branch.
INSERT INTO branches (id, pacticipant_id, name, head_version_id, created_at, updated_at)
SELECT a.id, a.id, 'main', {newest} * {apps} + a.id, {start}, {start} FROM all_pacticipants a;

INSERT INTO branches (id, pacticipant_id, name, head_version_id, created_at, updated_at)
SELECT {apps} + v.id, v.pacticipant_id, 'feature-' || v.number, v.id, v.created_at, v.created_at
FROM versions v WHERE (v.id - v.pacticipant_id) / {apps} % 10 = 5 AND v.id <= {newest} * {apps};

INSERT INTO branch_versions (branch_id, version_id, version_position, auto_created, created_at, updated_at)
SELECT coalesce(b.id, v.pacticipant_id), v.id, v.position, false, v.created_at, v.created_at
FROM versions v LEFT JOIN branches b ON b.head_version_id = v.id ORDER BY v.id;

INSERT INTO tags (version_id, pacticipant_id, name, version_position, created_at, updated_at)
SELECT m.version_id, b.pacticipant_id, b.name, m.version_position, m.created_at, m.created_at
FROM branch_versions m JOIN branches b ON b.id = m.branch_id ORDER BY m.id;

INSERT INTO tag_heads (pacticipant_id, name, version_id, first_used_at)
SELECT pacticipant_id, name, head_version_id, created_at FROM branches;

INSERT INTO branch_successes (pact_version_id, branch_id, first_success_at, last_counted_at)
SELECT r.pact_version_id, m.branch_id, min(r.created_at), max(r.executed_at)
FROM verifications r JOIN branch_versions m ON m.version_id = r.provider_version_id GROUP BY r.pact_version_id, m.branch_id;

INSERT INTO tag_successes (pact_version_id, tag, first_success_at)
SELECT r.pact_version_id, t.name, min(r.created_at)
FROM verifications r JOIN tags t ON t.version_id = r.provider_version_id GROUP BY r.pact_version_id, t.name;

INSERT INTO verified_tags (verification_id, pact_version_id, tag, recorded_at)
SELECT r.id, r.pact_version_id, t.name, r.created_at FROM verifications r JOIN tags t ON t.version_id = r.provider_version_id;

-- Every version was in every environment once; the newest of each application still is.
INSERT INTO deployed_versions (uuid, environment_id, pacticipant_id, version_id, instance, currently_deployed, auto_created, undeployed_at, created_at, updated_at)
SELECT 'seed-' || e.name || v.id, e.id, v.pacticipant_id, v.id, '', v.id > {newest} * {apps}, false,
    CASE WHEN v.id > {newest} * {apps} THEN NULL ELSE v.created_at END, v.created_at, v.created_at
FROM versions v CROSS JOIN environments e ORDER BY v.id, e.id;

INSERT INTO released_versions (uuid, environment_id, pacticipant_id, version_id, currently_supported, support_ended_at, created_at, updated_at)
SELECT 'seed-' || e.name || v.id, e.id, v.pacticipant_id, v.id, v.id > {newest} * {apps},
    CASE WHEN v.id > {newest} * {apps} THEN NULL ELSE v.created_at END, v.created_at, v.created_at
FROM versions v CROSS JOIN environments e WHERE e.production ORDER BY v.id, e.id;
