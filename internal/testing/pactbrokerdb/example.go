package pactbrokerdb

import "strings"

// Example is what a small company has in its Pact Broker, with the peculiarities
// that such databases have.
//   - Shop has two versions on main, the second tagged; its pact with Stock was
//     published twice by version 2. Deleted says something to Stock that nobody
//     publishes any more, but whose result stays.
//   - The versions of Stock have no order. Result numbers do not rise with ids.
//   - What is deployed to test says in its row that it is not, and the other way
//     round.
//   - A membership names a version of another application.
func Example(d Dialect) []string {
	const t = "'2023-03-01 10:00:0%s.5', '2023-03-01 10:00:0%s.5'"
	at := func(second string) string { return strings.ReplaceAll(t, "%s", second) }
	statements := []string{
		`INSERT INTO pacticipants (id, name, display_name, main_branch, repository_url, created_at, updated_at) VALUES
			(3, 'Shop', 'The Shop', 'main', 'https://git.example/shop', ` + at("1") + `), (5, 'Stock', NULL, 'main', NULL, ` + at("1") + `), (9, NULL, NULL, NULL, NULL, ` + at("1") + `)`,
		`INSERT INTO labels (name, pacticipant_id, created_at, updated_at) VALUES ('web', 3, ` + at("1") + `)`,
		`INSERT INTO versions (id, number, pacticipant_id, "order", build_url, created_at, updated_at) VALUES
			(11, '1', 3, 101, NULL, ` + at("2") + `), (14, '2', 3, 104, 'https://ci.example/2', ` + at("3") + `),
			(12, 'a', 5, NULL, NULL, ` + at("2") + `), (13, 'b', 5, NULL, NULL, ` + at("2") + `), (15, 'c', 5, 105, NULL, ` + at("4") + `)`,
		`INSERT INTO branches (id, name, pacticipant_id, created_at, updated_at) VALUES (1, 'main', 3, ` + at("2") + `), (2, 'main', 5, ` + at("2") + `), (4, 'feat/x', 5, ` + at("2") + `)`,
		`INSERT INTO branch_versions (id, branch_id, version_id, auto_created, created_at, updated_at) VALUES
			(1, 1, 11, TRUE, ` + at("2") + `), (3, 1, 14, FALSE, ` + at("3") + `), (4, 2, 15, FALSE, ` + at("4") + `), (5, 2, 13, FALSE, ` + at("5") + `), (6, 2, 14, FALSE, ` + at("5") + `), (7, 4, 12, FALSE, ` + at("5") + `)`,
		`INSERT INTO branch_heads (branch_id, branch_version_id, version_id) VALUES (1, 3, 14), (2, 5, 13)`,
		`INSERT INTO tags (name, version_id, created_at, updated_at) VALUES ('prod', 11, ` + at("4") + `), ('dev', 14, ` + at("4") + `), ('dev', 15, ` + at("4") + `)`,
		`INSERT INTO integrations (id, consumer_id, provider_id, created_at) VALUES (7, 3, 5, '2023-03-01 10:00:02.5')`,
		`INSERT INTO pact_versions (id, consumer_id, provider_id, sha, content, created_at) VALUES
			(21, 3, 5, '1111111111111111111111111111111111111111', '` + Content("one") + `', '2023-03-01 10:00:02.5'),
			(22, 3, 5, '2222222222222222222222222222222222222222', '` + Content("two") + `', '2023-03-01 10:00:03.5'),
			(23, 5, 3, '3333333333333333333333333333333333333333', '` + Content("three") + `', '2023-03-01 10:00:04.5'),
			(24, 3, 5, '4444444444444444444444444444444444444444', NULL, '2023-03-01 10:00:04.5')`,
		`INSERT INTO pact_publications (id, consumer_version_id, provider_id, revision_number, pact_version_id, created_at) VALUES
			(31, 11, 5, 1, 21, '2023-03-01 10:00:02.5'), (32, 14, 5, 1, 21, '2023-03-01 10:00:03.5'), (35, 14, 5, 2, 22, '2023-03-01 10:00:04.5')`,
		`INSERT INTO verifications (id, number, success, pact_version_id, provider_version_id, provider_version, execution_date, build_url, test_results, wip, pact_pending,
			consumer_version_selector_hashes, tag_names, verified_by_implementation, verified_by_version, verified_by_client_implementation, created_at) VALUES
			(41, 1, TRUE, 21, 12, NULL, '2023-03-01 10:00:05.5', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, '2023-03-01 10:00:05.5'),
			(42, 1, FALSE, 22, 15, NULL, NULL, 'https://ci.example/c', '{"tests":[{"a": 1.0}]}', FALSE, TRUE, '[{"mainBranch":true}]', '["dev"]', 'pact-rust', '1.2', 'jvm', '2023-03-01 10:00:06.5'),
			(43, 7, TRUE, 22, NULL, 'b', '2023-03-01 10:00:07.5', NULL, NULL, FALSE, FALSE, NULL, '["dev","prod"]', NULL, NULL, NULL, '2023-03-01 10:00:07.5'),
			(44, 2, TRUE, 23, 14, NULL, '2023-03-01 10:00:08.5', NULL, NULL, TRUE, NULL, NULL, '[]', NULL, NULL, NULL, '2023-03-01 10:00:08.5'),
			(45, 9, TRUE, 22, NULL, 'gone', '2023-03-01 10:00:08.5', NULL, NULL, FALSE, NULL, NULL, '[]', NULL, NULL, NULL, '2023-03-01 10:00:08.5')`,
		`INSERT INTO pact_version_provider_tag_successful_verifications (id, pact_version_id, provider_version_tag_name, wip, verification_id, execution_date) VALUES
			(1, 21, 'old', FALSE, 41, '2023-03-01 10:00:05.5'), (2, 21, 'gone', FALSE, NULL, '2023-03-01 10:00:03.5'), (3, 21, 'wip', TRUE, NULL, '2023-03-01 10:00:03.5')`,
		`INSERT INTO environments (id, uuid, name, display_name, production, contacts, created_at, updated_at) VALUES
			(1, '16926ef3-590f-4e3f-838e-719717aa88c9', 'test', NULL, FALSE, NULL, ` + at("1") + `),
			(2, '2f9a1b7c-590f-4e3f-838e-719717aa88c9', 'production', 'Live', TRUE, '[{"name":"Ops","details":{"email":"ops@example.org"}}]', ` + at("1") + `)`,
		`INSERT INTO deployed_versions (id, uuid, version_id, pacticipant_id, environment_id, target, target_for_index, undeployed_at, auto_created, created_at, updated_at) VALUES
			(51, 'd51d51d5-0000-4000-8000-000000000051', 12, 5, 1, NULL, '', NULL, FALSE, ` + at("5") + `),
			(52, 'd52d52d5-0000-4000-8000-000000000052', 13, 5, 1, NULL, '', '2023-03-01 10:00:07.5', FALSE, ` + at("6") + `),
			(53, 'd53d53d5-0000-4000-8000-000000000053', 15, 5, 2, 'blue', 'blue', NULL, FALSE, ` + at("7") + `)`,
		`INSERT INTO currently_deployed_version_ids (id, pacticipant_id, environment_id, target_for_index, version_id, deployed_version_id) VALUES (1, 5, 1, '', 13, 52), (2, 5, 2, 'blue', 15, 53), (3, 3, 2, '', 11, 999)`,
		`INSERT INTO released_versions (id, uuid, version_id, pacticipant_id, environment_id, support_ended_at, created_at, updated_at) VALUES
			(61, 'e61e61e6-0000-4000-8000-000000000061', 11, 3, 2, NULL, NULL, NULL), (62, 'e62e62e6-0000-4000-8000-000000000062', 14, 3, 2, '2023-03-01 10:00:09.5', ` + at("8") + `)`,
		`INSERT INTO webhooks (id, uuid, description, method, url, username, password, headers, body, is_json_request_body, enabled, consumer_id, provider_id, provider_label, created_at, updated_at) VALUES
			(71, 'WMXDWEDSDEvZGlKJi5rnew', 'build Stock', 'POST', 'https://ci.example/build', 'ci', 'aHVzaA==', '{"content-type":"application/json","authorization":"Bearer hush"}', '{"a":1}', TRUE, NULL, NULL, 5, NULL, ` + at("1") + `),
			(72, 'XMXDWEDSDEvZGlKJi5rnew', NULL, 'GET', 'https://ci.example/ping', NULL, NULL, '{}', 'plain', FALSE, FALSE, 3, NULL, 'web', ` + at("1") + `)`,
		`INSERT INTO webhook_events (id, webhook_id, name) VALUES (1, 71, 'provider_verification_published'), (2, 71, 'provider_verification_published'), (3, 72, 'contract_published')`,
		`INSERT INTO triggered_webhooks (id, uuid, trigger_uuid, pact_publication_id, webhook_id, webhook_uuid, consumer_id, provider_id, status, event_name, event_context, created_at, updated_at) VALUES
			(1, 'x', 'x', NULL, NULL, 'gone', 3, 5, 'success', NULL, NULL, NULL, NULL),
			(2, NULL, 't2', 31, 71, 'WMXDWEDSDEvZGlKJi5rnew', 3, 5, 'success', 'contract_published', NULL, ` + at("2") + `),
			(3, NULL, 't3', 32, 71, 'WMXDWEDSDEvZGlKJi5rnew', 3, 5, 'retrying', 'contract_published', '{"consumer_version_number":"2","consumer_version_tags":["dev"],"build_url":7}', ` + at("3") + `)`,
		`INSERT INTO webhook_executions (id, triggered_webhook_id, success, logs, created_at) VALUES (1, 2, TRUE, 'all well', '2023-03-01 10:00:02.5'), (2, 3, FALSE, NULL, '2023-03-01 10:00:03.5'),
			(3, 3, FALSE, 'nobody answers', '2023-03-01 10:00:04.5'), (4, NULL, FALSE, 'lost', NULL)`,
		`INSERT INTO config (id, name, type, value) VALUES (1, 'allow_dangerous_contract_modification', 'boolean', '1'), (2, 'seed_example_data', 'boolean', '0')`,
		`INSERT INTO certificates (id, uuid, description, content) VALUES (1, 'c', 'ours', '-----BEGIN CERTIFICATE-----')`,
	}
	if d == MySQL {
		for i, s := range statements {
			statements[i] = strings.ReplaceAll(s, `"order"`, "`order`")
		}
	}
	return statements
}

// Content is the text of a contract, as the Pact Broker keeps it.
func Content(description string) string {
	return `{"consumer":{"name":"Shop"},"provider":{"name":"Stock"},"interactions":[{"_id":"0a8c8aab4b1d4b7e1ad44f5b3b6ef0a1","description":"` + description +
		`","request":{"method":"GET","path":"/"},"response":{"status":200}}],"metadata":{"pactSpecification":{"version":"2.0.0"}}}`
}
