package pactbrokerdb

import (
	"fmt"
	"strings"
)

// Large is a history with so many versions: 60 applications, of which every other
// one is a consumer of the next, a branch and a result for each version, a tag for
// each tenth, a new content every hundredth time.
func Large(versions int) []string {
	numbers := fmt.Sprintf("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d) ", versions)
	app := "(1 + i %% 60)"
	apps := strings.ReplaceAll(app, "%%", "%")
	const now = "'2024-05-06 07:08:09.123456'"
	odd := " FROM n WHERE " + apps + " % 2 = 1"
	return []string{
		"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 60) INSERT INTO pacticipants (id, name, main_branch, created_at, updated_at) SELECT i, 'application ' || i, 'main', CAST(" + now + " AS timestamp), CAST(" + now + " AS timestamp) FROM n",
		numbers + `INSERT INTO versions (id, number, pacticipant_id, "order", created_at, updated_at) SELECT i, 'commit ' || i, ` + apps + ", i + 100, CAST(" + now + " AS timestamp), CAST(" + now + " AS timestamp) FROM n",
		"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 60) INSERT INTO branches (id, name, pacticipant_id, created_at, updated_at) SELECT i, 'main', i, CAST(" + now + " AS timestamp), CAST(" + now + " AS timestamp) FROM n",
		numbers + "INSERT INTO branch_versions (id, branch_id, version_id, auto_created, created_at, updated_at) SELECT i, " + apps + ", i, (1 = 0), CAST(" + now + " AS timestamp), CAST(" + now + " AS timestamp) FROM n",
		"INSERT INTO branch_heads (branch_id, branch_version_id, version_id) SELECT branch_id, max(id), max(version_id) FROM branch_versions GROUP BY branch_id",
		numbers + "INSERT INTO tags (name, version_id, created_at, updated_at) SELECT 'dev', i, CAST(" + now + " AS timestamp), CAST(" + now + " AS timestamp) FROM n WHERE i % 10 = 0",
		"INSERT INTO integrations (id, consumer_id, provider_id, created_at) SELECT id, id, id + 1, CAST(" + now + " AS timestamp) FROM pacticipants WHERE id % 2 = 1",
		numbers + "INSERT INTO pact_versions (id, consumer_id, provider_id, sha, content, created_at) SELECT i, " + apps + ", " + apps + " + 1, 'sha' || i, '" +
			Content("' || i || '") + "', CAST(" + now + " AS timestamp)" + odd + " AND i <= 60 + 60 * (" + fmt.Sprint(versions) + " / 6000)",
		numbers + "INSERT INTO pact_publications (id, consumer_version_id, provider_id, revision_number, pact_version_id, created_at) SELECT i, i, " + apps +
			" + 1, 1, k.id, CAST(" + now + " AS timestamp) FROM n JOIN pact_versions k ON k.id = CASE WHEN i <= (SELECT max(id) FROM pact_versions) THEN i ELSE i % 60 END" +
			" WHERE " + apps + " % 2 = 1 AND k.consumer_id = " + apps,
		numbers + "INSERT INTO verifications (id, number, success, pact_version_id, provider_version_id, execution_date, wip, tag_names, created_at) SELECT i, 100 + i, (i % 7 <> 0), k.id, i, CAST(" + now +
			" AS timestamp), (1 = 0), '[]', CAST(" + now + " AS timestamp) FROM n JOIN pact_versions k ON k.id = i % 60 - 1 WHERE " + apps + " % 2 = 0 AND k.provider_id = " + apps,
	}
}
