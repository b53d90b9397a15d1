package config

import (
	"regexp"
	"slices"
	"strings"

	"github.com/accord-broker/accord/internal/support/spelling"
)

// Foreign is a group of names that the broker knows but does not act on.
type Foreign struct {
	// Why says in a sentence why they mean nothing here.
	Why  string
	Keys []string
}

// Accepted lists the Pact Broker's settings, and the variables of its clients,
// that may be set and have no effect.
func Accepted() []Foreign {
	return []Foreign{
		{Why: "The broker has no separate web server and no Rack middleware.", Keys: []string{
			"puma_persistent_timeout", "use_rack_protection", "rack_protection_use", "rack_protection_except"}},
		{Why: "The broker sizes and checks its database connections itself.", Keys: []string{
			"database_pool_timeout", "database_connection_validation_timeout", "metrics_sql_statement_timeout"}},
		{Why: "Migrations come with the program and change data and tables in one go.", Keys: []string{
			"auto_migrate_db_data", "allow_missing_migration_files"}},
		{Why: "The log goes to standard error, with one level for everything.", Keys: []string{
			"log_stream", "log_dir", "http_debug_logging_enabled", "sql_log_level", "sql_log_warn_duration", "sql_enable_caller_logging", "hide_pactflow_messages"}},
		{Why: "The broker has pages of its own.", Keys: []string{
			"use_hal_browser", "network_diagram_max_pacticipants", "enable_public_hal_browser"}},
		{Why: "Clients read these; the broker does not.", Keys: []string{
			"url", "username", "token", "publish_verification_results", "http_retries", "error_on_unknown_option", "can_i_deploy_exit_code_beta",
			"can_i_deploy_ignore", "can_i_deploy_dry_run", "can_i_merge_ignore", "can_i_merge_dry_run"}},
		{Why: "`broker compare` reads it, for what it asks this broker.", Keys: []string{"own_token"}},
		{Why: "`password` is read by clients; the broker's own is `basic_auth_password`.", Keys: []string{"password"}},
	}
}

// isForeign reports whether the key belongs to one of the groups.
func isForeign(key string) bool {
	return slices.ContainsFunc(Accepted(), func(group Foreign) bool { return slices.Contains(group.Keys, key) })
}

// serviceLink matches what Kubernetes and Docker set for a service named
// "pact-broker" or "pact-broker-…".
var serviceLink = regexp.MustCompile(`(^|_)(service_(host|port)(_[a-z0-9_]+)?|port_\d+_(tcp|udp)(_(proto|port|addr))?)$`)

// isServiceAddress tells a port set by Kubernetes, such as tcp://10.0.0.1:9292.
func isServiceAddress(key, value string) bool {
	return (key == "port" || strings.HasSuffix(key, "_port")) && (strings.HasPrefix(value, "tcp://") || strings.HasPrefix(value, "udp://"))
}

// nearest returns the known key that is most like the given one, or "" if none is.
func nearest(key string, known []string) string {
	return spelling.Nearest(key, slices.Values(known), 3+len(key)/6)
}
