// Package pactbroker reads the database of a Pact Broker, of the schema of release
// 2.92 or later, as records of an archive. It changes nothing there.
package pactbroker

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/accord-broker/accord/internal/archive"
	"github.com/accord-broker/accord/internal/store/db"
)

// oldest is the migration since which all that is needed is there.
const oldest = "20211121"

// Reasons for which a database is not read.
var (
	ErrNoPactBroker = errors.New("the database holds no tables of a Pact Broker")
	ErrAccord       = errors.New("the database holds the tables of Accord, not those of a Pact Broker")
	ErrUnknown      = errors.New("the tables are not those that a Pact Broker makes, and nothing was read")
	ErrTooOld       = errors.New("the database is that of a Pact Broker before 2.92")
)

// Source is the database of a Pact Broker, of which one state is read.
type Source struct {
	db      *db.Foreign
	schema  string
	columns map[string]map[string]bool
	// unordered are the applications whose versions have no order of their own.
	unordered map[int64]bool
	skipped   archive.SkipList
	// rows are how many rows the large tables have, by what is read of them.
	rows map[archive.Kind]int64
	// reading is what is read now, and before the last time that was found there.
	reading archive.Kind
	before  archive.Time
	// done and all are rows of these.
	done, all int64
}

// tables are those that are read, with the columns without which they cannot be.
var tables = map[string]string{
	"pacticipants":                   "id name display_name repository_url repository_name repository_namespace main_branch created_at updated_at",
	"labels":                         "name pacticipant_id created_at updated_at",
	"versions":                       "id number pacticipant_id order build_url created_at updated_at",
	"branches":                       "id name pacticipant_id created_at updated_at",
	"branch_versions":                "id branch_id version_id auto_created created_at updated_at",
	"branch_heads":                   "branch_id version_id",
	"tags":                           "name version_id created_at updated_at",
	"integrations":                   "id consumer_id provider_id created_at",
	"pact_versions":                  "id consumer_id provider_id sha content created_at",
	"pact_publications":              "id consumer_version_id provider_id revision_number pact_version_id created_at",
	"verifications":                  "id number success pact_version_id provider_version_id execution_date created_at build_url test_results wip consumer_version_selector_hashes tag_names verified_by_implementation verified_by_version",
	"environments":                   "id uuid name display_name production contacts created_at updated_at",
	"deployed_versions":              "id uuid version_id pacticipant_id environment_id target undeployed_at created_at updated_at",
	"currently_deployed_version_ids": "deployed_version_id",
	"released_versions":              "id uuid version_id environment_id support_ended_at created_at updated_at",
	"webhooks":                       "id uuid description method url username password headers body is_json_request_body enabled consumer_id provider_id consumer_label provider_label created_at updated_at",
	"webhook_events":                 "webhook_id name",
	"config":                         "name value",
	"certificates":                   "uuid description content",
	"triggered_webhooks":             "id uuid trigger_uuid pact_publication_id verification_id webhook_id consumer_id provider_id status event_name event_context created_at updated_at",
	"webhook_executions":             "id triggered_webhook_id success logs created_at",
	"pact_version_provider_tag_successful_verifications": "pact_version_id provider_version_tag_name wip verification_id execution_date",
}

// unread are the tables that hold nothing that is not elsewhere, and the one of old
// releases that need not be there.
var unread = strings.Fields(`latest_pact_publication_ids_for_consumer_versions latest_verification_id_for_pact_version_and_provider_version
	version_sequence_number verification_sequence_number materialized_matrix materialized_head_matrix schema_migrations schema_info webhook_headers`)

// KindTable is what is told of tables that are none of the Pact Broker's.
const KindTable archive.Kind = "table"

// Open opens the database of a Pact Broker. schema is that of PostgreSQL in which
// its tables are, or empty for the usual one.
func Open(ctx context.Context, address, schema string) (*Source, error) {
	foreign, err := db.OpenForeign(ctx, address, schema)
	if err != nil {
		return nil, err
	}
	s := &Source{db: foreign, columns: map[string]map[string]bool{}, unordered: map[int64]bool{}, rows: map[archive.Kind]int64{}}
	for _, look := range []func(context.Context) error{s.readSchema, s.readColumns, s.countRows, s.findUnordered} {
		if err := look(ctx); err != nil {
			return nil, errors.Join(err, foreign.Close())
		}
	}
	return s, nil
}

// Close lets go of the database.
func (s *Source) Close() error { return s.db.Close() }

func (s *Source) Header() archive.Header {
	return archive.Header{
		Format: archive.Format, Version: archive.FormatVersion, Complete: true, Only: []string{},
		Source: archive.Origin{Kind: archive.FromDatabase, Schema: s.schema}, Omitted: []string{"older deliveries"},
	}
}

// Progress is how many rows have been read of how many.
func (s *Source) Progress() (done, all int64) { return s.done, s.all }

// Skipped are rows that could not be made into records.
func (s *Source) Skipped() []archive.Skipped { return s.skipped }

func (s *Source) skip(kind archive.Kind, reason archive.Reason, name string) {
	s.skipped.Add(kind, reason, name, 1)
}

func (s *Source) readSchema(ctx context.Context) error {
	found, err := s.db.Columns(ctx, "schema_migrations")
	if err != nil {
		return err
	}
	if len(found) == 0 {
		if ours, err := s.db.HoldsAccord(ctx); err != nil || ours {
			return errors.Join(err, ErrAccord)
		}
		if old, err := s.db.Columns(ctx, "schema_info"); err != nil || len(old) > 0 {
			return errors.Join(err, ErrTooOld)
		}
		return ErrNoPactBroker
	}
	var names []string
	err = s.db.Each(ctx, "SELECT filename FROM schema_migrations", func(values []any) error {
		names = append(names, db.TextOf(values[0]))
		return nil
	})
	if err != nil || len(names) == 0 {
		return errors.Join(err, ErrNoPactBroker)
	}
	slices.Sort(names)
	s.schema, _, _ = strings.Cut(names[len(names)-1], "_")
	if s.schema < oldest {
		return ErrTooOld
	}
	return nil
}

// readColumns reads which columns there are. Tables of the same names are in other
// programs' databases, too: that of pacts is not.
func (s *Source) readColumns(ctx context.Context) error {
	for _, table := range slices.Sorted(maps.Keys(tables)) {
		found, err := s.db.Columns(ctx, table)
		if err != nil {
			return err
		}
		s.columns[table] = found
	}
	if len(s.columns["pact_publications"]) == 0 {
		return ErrNoPactBroker
	}
	for _, table := range slices.Sorted(maps.Keys(tables)) {
		if len(s.columns[table]) == 0 {
			return fmt.Errorf("the Pact Broker's database has no table %s: %w", table, ErrUnknown)
		}
		for _, column := range strings.Fields(tables[table]) {
			if !s.columns[table][column] {
				return fmt.Errorf("the Pact Broker's table %s has no column %s: %w", table, column, ErrUnknown)
			}
		}
	}
	return nil
}

// large are the tables whose rows tell how far reading has come.
var large = map[archive.Kind]string{
	archive.KindVersion: "versions", archive.KindMembership: "branch_versions", archive.KindTag: "tags", archive.KindContent: "pact_versions",
	archive.KindPublication: "pact_publications", archive.KindResult: "verifications", archive.KindDeployment: "deployed_versions",
}

// otherTables are left out as a whole: those of PactFlow, or of whoever uses the
// database besides.
func (s *Source) otherTables(ctx context.Context, _ func(archive.Record) error) error {
	all, err := s.db.Tables(ctx)
	for _, name := range all {
		if _, is := tables[name]; !is && !slices.Contains(unread, name) {
			s.skip(KindTable, archive.ForeignTable, name)
		}
	}
	return err
}

// countRows counts the rows of the large tables.
func (s *Source) countRows(ctx context.Context) error {
	for kind, table := range large {
		err := s.db.Each(ctx, "SELECT count(*) FROM "+table, func(values []any) error {
			s.rows[kind] = number(values[0])
			s.all += s.rows[kind]
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// findUnordered finds the applications whose versions lack an order or share one.
func (s *Source) findUnordered(ctx context.Context) error {
	order := s.order("v")
	return s.db.Each(ctx, "SELECT v.pacticipant_id FROM versions v GROUP BY v.pacticipant_id HAVING count(*) <> count(DISTINCT "+order+")", func(values []any) error {
		s.unordered[number(values[0])] = true
		return nil
	})
}

// order is the column by which versions are ordered, whose name is a word of SQL.
func (s *Source) order(table string) string {
	if s.db.Dialect == db.MySQL {
		return table + ".`order`"
	}
	return table + `."order"`
}

// at is a column with a time. SQLite would guess at its form.
func (s *Source) at(column string) string {
	if s.db.Dialect == db.SQLite {
		return "CAST(" + column + " AS TEXT)"
	}
	return column
}

// times are the two columns with the times of a table.
func (s *Source) times(table string) string {
	return s.at(table+".created_at") + ", " + s.at(table+".updated_at")
}

// optional is a column that later releases have, or NULL.
func (s *Source) optional(alias, table, column string) string {
	if s.columns[table][column] {
		return alias + "." + column
	}
	return "NULL"
}

// step reads the records of one kind.
type step struct {
	kind archive.Kind
	read func(ctx context.Context, take func(archive.Record) error) error
}

// Each hands over one record after the other; see archive.Source.
func (s *Source) Each(ctx context.Context, want func(archive.Kind) bool, take func(archive.Record) error) error {
	s.done, s.skipped = 0, nil
	for _, step := range []step{
		{archive.KindApplication, s.applications}, {archive.KindLabel, s.labels}, {archive.KindEnvironment, s.environments},
		{archive.KindVersion, s.versions}, {archive.KindBranch, s.branches}, {archive.KindMembership, s.memberships}, {archive.KindTag, s.tags},
		{archive.KindIntegration, s.integrations}, {archive.KindContent, s.contents}, {archive.KindPublication, s.publications},
		{archive.KindResult, s.results}, {archive.KindFirstSuccess, s.firstSuccesses}, {archive.KindDeployment, s.deployments},
		{archive.KindRelease, s.releases}, {archive.KindCertificate, s.certificates}, {archive.KindSetting, s.settings},
		{archive.KindWebhook, s.webhooks}, {archive.KindDelivery, s.deliveries}, {archive.KindAttempt, s.attempts}, {KindTable, s.otherTables},
	} {
		after := s.done + s.rows[step.kind]
		counted := func(r archive.Record) error {
			s.done = min(s.done+1, after)
			return take(r)
		}
		if want == nil || want(step.kind) {
			s.reading, s.before = step.kind, 0
			if err := errors.Join(step.read(ctx, counted), s.countOrphans(ctx)); err != nil {
				return fmt.Errorf("read %s of the Pact Broker: %w", step.kind, err)
			}
		}
		s.done = after // rows that became no record are done with as well
	}
	return nil
}
