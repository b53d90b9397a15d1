// Package pactbrokerdb makes databases in the form of the Pact Broker's, for tests
// of importing them. Only tests import it.
package pactbrokerdb

import (
	"fmt"
	"strings"
)

// Dialect is the kind of database.
type Dialect string

// The databases on which the Pact Broker runs.
const (
	SQLite   Dialect = "sqlite"
	Postgres Dialect = "postgres"
	MySQL    Dialect = "mysql"
)

// schema is what the importer needs of the tables of release 2.120, one a line:
// the name, then the columns with their types. A column without a type is a text.
const schema = `
pacticipants id name display_name repository_url repository_name repository_namespace main_branch created_at:time updated_at:time
labels name pacticipant_id:int created_at:time updated_at:time
versions id number pacticipant_id:int order:int build_url branch created_at:time updated_at:time
branches id name pacticipant_id:int created_at:time updated_at:time
branch_versions id branch_id:int version_id:int version_order:int pacticipant_id:int branch_name auto_created:bool created_at:time updated_at:time
branch_heads branch_id:int branch_version_id:int version_id:int pacticipant_id:int branch_name
tags name version_id:int pacticipant_id:int version_order:int created_at:time updated_at:time
integrations id consumer_id:int provider_id:int contract_data_updated_at:time created_at:time
pact_versions id consumer_id:int provider_id:int sha content:long messages_count:int interactions_count:int created_at:time
pact_publications id consumer_version_id:int provider_id:int revision_number:int pact_version_id:int consumer_id:int consumer_version_order:int created_at:time
verifications id number:int success:bool pact_version_id:int provider_version_id:int provider_version execution_date:time build_url test_results:long wip:bool pact_pending:bool consumer_version_selector_hashes:long tag_names:long verified_by_implementation verified_by_version verified_by_client_implementation verified_by_client_version verified_by_client_test_framework consumer_id:int provider_id:int created_at:time
pact_version_provider_tag_successful_verifications id pact_version_id:int provider_version_tag_name wip:bool verification_id:int execution_date:time
environments id uuid name display_name production:bool contacts created_at:time updated_at:time
deployed_versions id uuid version_id:int pacticipant_id:int environment_id:int target target_for_index undeployed_at:time auto_created:bool created_at:time updated_at:time
currently_deployed_version_ids id pacticipant_id:int environment_id:int target_for_index version_id:int deployed_version_id:int
released_versions id uuid version_id:int pacticipant_id:int environment_id:int support_ended_at:time created_at:time updated_at:time
webhooks id uuid description method url username password headers:long body:long is_json_request_body:bool enabled:bool consumer_id:int provider_id:int consumer_label provider_label created_at:time updated_at:time
webhook_events id webhook_id:int name created_at:time updated_at:time
webhook_headers name value webhook_id:int
triggered_webhooks id uuid trigger_uuid trigger_type pact_publication_id:int verification_id:int webhook_id:int webhook_uuid consumer_id:int provider_id:int status event_name event_context:long created_at:time updated_at:time
webhook_executions id triggered_webhook_id:int success:bool logs:long created_at:time
certificates id uuid description content:long created_at:time updated_at:time
config id name type value created_at:time updated_at:time
schema_migrations filename
`

var types = map[Dialect]map[string]string{
	SQLite:   {"id": "integer PRIMARY KEY AUTOINCREMENT", "int": "integer", "time": "timestamp", "bool": "boolean", "text": "varchar(255)", "long": "text", "quote": `"`},
	Postgres: {"id": "serial PRIMARY KEY", "int": "integer", "time": "timestamp without time zone", "bool": "boolean", "text": "text", "long": "text", "quote": `"`},
	MySQL:    {"id": "integer AUTO_INCREMENT PRIMARY KEY", "int": "integer", "time": "datetime", "bool": "tinyint(1)", "text": "varchar(255)", "long": "mediumtext", "quote": "`"},
}

// indexes are those on which reading relies.
var indexes = []string{
	"CREATE UNIQUE INDEX versions_number ON versions (pacticipant_id, number)",
	"CREATE INDEX branch_versions_version ON branch_versions (version_id)",
	"CREATE INDEX heads ON branch_heads (branch_id)",
	"CREATE INDEX current ON currently_deployed_version_ids (deployed_version_id)",
}

// Schema are the statements that make the tables.
func Schema(d Dialect) []string {
	var statements []string
	quote := types[d]["quote"]
	for line := range strings.Lines(strings.TrimSpace(schema)) {
		words := strings.Fields(line)
		var columns []string
		for _, word := range words[1:] {
			name, kind, typed := strings.Cut(word, ":")
			if !typed {
				kind = "text"
			}
			if name == "id" {
				kind = "id"
			}
			columns = append(columns, quote+name+quote+" "+types[d][kind])
		}
		statements = append(statements, fmt.Sprintf("CREATE TABLE %s (%s)", words[0], strings.Join(columns, ", ")))
	}
	return append(append(statements, indexes...),
		"INSERT INTO schema_migrations (filename) VALUES ('000000_create_schema_info.rb'), ('20260217_add_wip_query_optimization_indexes.rb')")
}
