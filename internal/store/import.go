package store

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/accord-broker/accord/internal/archive"
	"github.com/accord-broker/accord/internal/store/db"
	"github.com/accord-broker/accord/internal/webhooks"
)

// This file and its neighbours write records of an archive into the database.
// Each record is known by its natural key: what is there already is left alone or
// brought up to date, so that an import may be broken off anywhere and run again.

const (
	// importAtOnce is how many records one transaction writes, importBytesAtOnce
	// how many bytes of texts.
	importAtOnce      = 2000
	importBytesAtOnce = 8 << 20
)

// ImportOptions say how to write records.
type ImportOptions struct {
	// Source names where the records come from, so that a later import from there
	// is known as such; SourceKind is what it is, for the audit.
	Source, SourceKind string
	// Take makes the source win where both have something else; otherwise what is
	// there stays.
	Take bool
	// Keep tells that it was asked for that what is there stays.
	Keep bool
	// Webhook encrypts the secrets of a webhook, and names those that are missing.
	Webhook func(archive.Webhook) (webhooks.Stored, error)
	// FillIn fills in the secrets that a webhook lacks which is here.
	FillIn func(here webhooks.Stored, r archive.Webhook) (webhooks.Stored, error)
	// Follow makes a webhook that is here what it is in the source, and reports whether
	// that is something else. Secrets that the source does not tell stay.
	Follow func(here webhooks.Stored, r archive.Webhook) (followed webhooks.Stored, changed bool, err error)
	// OverHTTP tells that the source was read over HTTP: it tells less than others do.
	OverHTTP bool
	// Complete tells that the source tells of all that it has.
	Complete bool
	// Opens reports whether an encrypted secret can be read here.
	Opens func(encrypted []byte, owner string) bool
	// Progress is told how many records of a kind have been dealt with.
	Progress func(kind archive.Kind, done int64)
}

// KindImported is what came of the records of one kind.
type KindImported struct {
	Kind archive.Kind
	// Read is how many records came, Added how many of them were new, Changed how
	// many brought something up to date, LeftOut how many could not be written.
	Read, Added, Changed, LeftOut int64
	// Here is how many the database holds now.
	Here int64
}

// LeftOut are records that were not written, for one reason.
type LeftOut struct {
	Kind   archive.Kind
	Reason archive.Reason
	Count  int64
	// First names the first of them.
	First []string
}

// Imported is what came of an import.
type Imported struct {
	Kinds   []KindImported
	LeftOut []LeftOut
	// Altered are records that are here, but not as the source has them.
	Altered []LeftOut
	// OtherTimes are records that were written with another time than the source has.
	OtherTimes []LeftOut
	// OtherUUIDs are records that were written with another uuid than the source has.
	OtherUUIDs []LeftOut
	// MissingSecrets tells, by webhook and for secrets, what must be entered again.
	MissingSecrets []MissingSecret
	// WebhooksToEnable is how many webhooks wait to be enabled.
	WebhooksToEnable int64
	Certificates     []archive.Certificate
	Settings         []archive.Setting
	// NewIDs tells that versions got other ids than they had.
	NewIDs bool
}

// MissingSecret is something that the source did not tell.
type MissingSecret struct {
	// Webhook is its uuid, or empty for a secret of its own.
	Webhook, Description, Secret string
}

// Import is an import that is under way.
type Import struct {
	db      *DB
	options ImportOptions
	// keepsIDs tells that the database was empty when the first import began.
	keepsIDs bool
	kind     archive.Kind
	batch    []archive.Record
	bytes    int
	kinds    map[archive.Kind]*KindImported
	leftOut  map[string]*LeftOut
	// otherUUIDs are, by kind, records with another uuid than the source has, altered those
	// that came in another way than that.
	otherUUIDs, altered map[string]*LeftOut
	result              Imported
	// environments, webhookUUIDs and deliveryUUIDs are the uuids that environments,
	// webhooks and deliveries of the source have here, if others.
	environments, webhookUUIDs, deliveryUUIDs map[string]string
	// otherwise are the pacts of which the source tells another history than what is
	// here, and whether something of it came.
	otherwise map[publishedPact]bool
	// webhooksRead are the uuids of the webhooks that the source has.
	webhooksRead map[string]bool
	order        versionOrder
	recurring    *recurring
}

// BeginImport begins an import, or goes on with one from the same source.
func (d *DB) BeginImport(ctx context.Context, options ImportOptions) (*Import, error) {
	im := newImport(d, options)
	err := d.InTx(ctx, func(ctx context.Context, tx *Tx) error {
		if _, err := tx.AddNote(ctx, exampleNote); err != nil { // so that it never comes among the data
			return err
		}
		var begun bool
		var err error
		if im.keepsIDs, begun, err = tx.keepsIDs(ctx, options.Source); err != nil || begun {
			return err
		}
		_, err = tx.exec(ctx, "begin import", "INSERT INTO imports (source, keeps_ids, progress, started_at) VALUES (?, ?, '{}', ?)", options.Source, im.keepsIDs, tx.now)
		return err
	})
	return im, err
}

// keepsIDs reports whether versions from a source keep their ids, as they do if nothing was
// here when the first of them came, and whether an import from there has begun.
func (q *queries) keepsIDs(ctx context.Context, source string) (keeps, begun bool, err error) {
	known, begun, err := row[struct{ KeepsIDs bool }](ctx, q, "find import", "SELECT keeps_ids FROM imports WHERE source = ?", source)
	if err != nil || begun {
		return known.KeepsIDs, begun, err
	}
	keeps, err = q.IsEmpty(ctx)
	return keeps, false, err
}

func newImport(d *DB, options ImportOptions) *Import {
	return &Import{db: d, options: options, kinds: map[archive.Kind]*KindImported{}, leftOut: map[string]*LeftOut{}, otherUUIDs: map[string]*LeftOut{}, altered: map[string]*LeftOut{},
		environments: map[string]string{}, webhookUUIDs: map[string]string{}, deliveryUUIDs: map[string]string{}, webhooksRead: map[string]bool{},
		recurring: newRecurring()}
}

// exampleNote is the note that the example data was loaded, or never shall be.
const exampleNote = "example data"

// KnowsImport reports whether an import from the source has begun.
func (q *queries) KnowsImport(ctx context.Context, source string) (bool, error) {
	_, found, err := row[int](ctx, q, "find import", "SELECT 1 FROM imports WHERE source = ?", source)
	return found, err
}

// HasImported reports whether an import has come to its end.
func (q *queries) HasImported(ctx context.Context) (bool, error) {
	_, found, err := row[int](ctx, q, "find finished import", "SELECT 1 FROM imports WHERE finished_at IS NOT NULL LIMIT 1")
	return found, err
}

// HasBegunImport reports whether an import has ever begun, so that some of what is here may
// be as another broker made it.
func (q *queries) HasBegunImport(ctx context.Context) (bool, error) {
	_, found, err := row[int](ctx, q, "find any import", "SELECT 1 FROM imports LIMIT 1")
	return found, err
}

// HasUnfinishedImport reports whether an import into the empty database has begun
// and not come to its end.
func (q *queries) HasUnfinishedImport(ctx context.Context) (bool, error) {
	_, found, err := row[int](ctx, q, "look for an unfinished import", sqlUnfinishedImport+" LIMIT 1")
	return found, err
}

// InspectUnfinishedImport is HasUnfinishedImport for a database that is up to date and
// not open in this process. It changes nothing.
func InspectUnfinishedImport(ctx context.Context, url string) (unfinished bool, err error) {
	err = db.ReadClosed(ctx, url, func(database *sql.DB) error {
		return database.QueryRowContext(ctx, "SELECT EXISTS ("+sqlUnfinishedImport+")").Scan(&unfinished)
	})
	if err != nil {
		return false, fmt.Errorf("look for an unfinished import: %w", err)
	}
	return unfinished, nil
}

const sqlUnfinishedImport = "SELECT 1 FROM imports WHERE finished_at IS NULL AND keeps_ids"

// Write takes the next record, in the order of an archive.
func (im *Import) Write(ctx context.Context, r archive.Record) error {
	if err := im.noteOrder(ctx, r); err != nil {
		return err
	}
	if r.Kind() != im.kind || len(im.batch) >= importAtOnce || im.bytes >= importBytesAtOnce {
		if err := im.flush(ctx); err != nil {
			return err
		}
	}
	if r.Kind() != im.kind {
		if err := im.gatherStatistics(ctx); err != nil {
			return err
		}
		im.kind = r.Kind()
	}
	if name, again := im.recurring.has(r); again {
		im.count(im.kind).Read++
		im.leaveOut(im.kind, archive.Twice, name)
		return nil
	}
	im.batch = append(im.batch, r)
	im.bytes += sizeOf(r)
	return nil
}

// sizeOf is about how large the texts of a record are.
func sizeOf(r archive.Record) int {
	switch r := r.(type) {
	case *archive.Content:
		if r.Body != nil {
			return len(*r.Body)
		}
		if r.BodyBase64 != nil {
			return len(*r.BodyBase64)
		}
	case *archive.Document:
		if r.Body != nil {
			return len(*r.Body)
		}
	case *archive.Contract:
		if r.Evidence != nil && r.Evidence.Body != nil {
			return len(*r.Evidence.Body)
		}
	case *archive.Result:
		if r.TestResults != nil {
			return len(*r.TestResults)
		}
	case *archive.Attempt:
		return len(r.Logs)
	}
	return 0
}

// flush writes the records that have come, in one transaction.
func (im *Import) flush(ctx context.Context) error {
	if len(im.batch) == 0 {
		return nil
	}
	count := im.count(im.kind)
	var done outcome
	came := im.batch
	err := im.db.InTx(ctx, func(ctx context.Context, tx *Tx) (err error) {
		done = outcome{}
		if err := tx.planByIndex(ctx); err != nil {
			return err
		}
		if im.batch, done.otherUUIDs, err = im.identified(ctx, tx, im.kind, came); err != nil {
			return err
		}
		if err := im.write(ctx, tx, &done); err != nil {
			return err
		}
		return im.noteWritten(ctx, tx, writtenOfKind{done.added, done.changed})
	})
	im.batch = came
	if err != nil {
		return fmt.Errorf("import %s: %w", im.kind, err)
	}
	count.Read += int64(len(im.batch))
	count.Added += done.added
	count.Changed += done.changed
	for _, l := range done.leftOut {
		im.leaveOut(im.kind, l.reason, l.name)
	}
	for _, l := range done.told {
		addLeftOut(im.leftOut, im.kind, l.reason, l.name)
	}
	for _, l := range done.altered {
		addLeftOut(im.altered, im.kind, l.reason, l.name)
	}
	for _, i := range done.otherUUIDs {
		addLeftOut(im.otherUUIDs, im.kind, archive.OtherUUID, identities[im.kind].uuid(im.batch[i]))
	}
	if done.otherwise != nil {
		im.otherwise = done.otherwise
	}
	im.batch, im.bytes = im.batch[:0], 0
	clear(im.batch[:cap(im.batch)])
	if im.options.Progress != nil {
		im.options.Progress(im.kind, count.Read)
	}
	return nil
}

// outcome is what came of one batch.
type outcome struct {
	added, changed int64
	// leftOut did not come, altered came otherwise than the source has it; told is what
	// else is to be said of what did not come as a whole, which is counted already.
	leftOut, altered, told []leftOut
	// otherUUIDs are the places of records that got another uuid.
	otherUUIDs []int64
	// otherwise is what Import.otherwise is after the batch, nil if it stays.
	otherwise map[publishedPact]bool
}

type leftOut struct {
	reason archive.Reason
	name   string
}

func (o *outcome) leave(reason archive.Reason, name string) {
	o.leftOut = append(o.leftOut, leftOut{reason, name})
}

func (o *outcome) tell(reason archive.Reason, name string) {
	o.told = append(o.told, leftOut{reason, name})
}

func (o *outcome) alter(reason archive.Reason, name string) {
	o.altered = append(o.altered, leftOut{reason, name})
}

func (im *Import) count(kind archive.Kind) *KindImported {
	if im.kinds[kind] == nil {
		im.kinds[kind] = &KindImported{Kind: kind}
	}
	return im.kinds[kind]
}

func (im *Import) leaveOut(kind archive.Kind, reason archive.Reason, name string) {
	addLeftOut(im.leftOut, kind, reason, name)
	im.count(kind).LeftOut++
}

// addLeftOut counts a record with the others of its kind and reason.
func addLeftOut(all map[string]*LeftOut, kind archive.Kind, reason archive.Reason, name string) {
	const shown = 10
	key := string(kind) + " " + string(reason)
	if all[key] == nil {
		all[key] = &LeftOut{Kind: kind, Reason: reason}
	}
	l := all[key]
	if l.Count++; len(l.First) < shown {
		l.First = append(l.First, name)
	}
}

// sortedLeftOut are they by kind and reason.
func sortedLeftOut(all map[string]*LeftOut) []LeftOut {
	var sorted []LeftOut
	for _, l := range all {
		sorted = append(sorted, *l)
	}
	sortLeftOut(sorted)
	return sorted
}

// Skip counts what the source itself could not make into records as it is there.
func (im *Import) Skip(skipped []archive.Skipped) {
	for _, s := range skipped {
		if s.OtherTime {
			im.result.OtherTimes = append(im.result.OtherTimes, LeftOut{Kind: s.Kind, Reason: s.Reason, Count: s.Count, First: s.First})
			continue
		}
		if s.Otherwise {
			im.altered[string(s.Kind)+" "+string(s.Reason)] = &LeftOut{Kind: s.Kind, Reason: s.Reason, Count: s.Count, First: s.First}
			continue
		}
		im.leftOut[string(s.Kind)+" "+string(s.Reason)] = &LeftOut{Kind: s.Kind, Reason: s.Reason, Count: s.Count, First: s.First}
		im.count(s.Kind).Read += s.Count
		im.count(s.Kind).LeftOut += s.Count
	}
}

// planByIndex keeps PostgreSQL from reading whole tables for a few rows where it
// has no statistics yet, and from plans that do not know how many rows a batch has.
func (tx *Tx) planByIndex(ctx context.Context) error {
	if tx.dialect != db.Postgres {
		return nil
	}
	_, err := rows[string](ctx, &tx.queries, "set plans", `SELECT set_config(s.name, s.setting, true) FROM (VALUES
		('enable_seqscan', 'off'), ('enable_hashjoin', 'off'), ('enable_mergejoin', 'off'), ('plan_cache_mode', 'force_custom_plan')) s(name, setting)`)
	return err
}

// sqlAnalyzed are the tables whose rows the records of later kinds name.
var sqlAnalyzed = map[archive.Kind]string{
	archive.KindApplication: "all_pacticipants",
	archive.KindVersion:     "versions",
	archive.KindBranch:      "branches",
	archive.KindIntegration: "all_integrations",
	archive.KindContent:     "pact_versions",
	archive.KindPublication: "pact_publications",
	archive.KindResult:      "verifications",
	archive.KindDocument:    "provider_documents",
}

// gatherStatistics tells PostgreSQL how many rows there are now of a kind, if some
// were added: to what it takes for a few it would compare each row of a batch.
func (im *Import) gatherStatistics(ctx context.Context) error {
	table, named := sqlAnalyzed[im.kind]
	if im.db.dialect != db.Postgres || !named || im.count(im.kind).Added == 0 {
		return nil
	}
	return im.db.InTx(ctx, func(ctx context.Context, tx *Tx) error {
		_, err := tx.exec(ctx, "gather statistics", "ANALYZE "+table)
		return err
	})
}

func (im *Import) write(ctx context.Context, tx *Tx, done *outcome) error {
	switch im.kind {
	case archive.KindEnvironment:
		return im.writeEnvironments(ctx, tx, done)
	case archive.KindVersion:
		return im.writeVersions(ctx, tx, done)
	case archive.KindContent:
		return im.writeContents(ctx, tx, done)
	case archive.KindPublication:
		return im.writePublications(ctx, tx, done)
	case archive.KindResult:
		return im.writeResults(ctx, tx, done)
	case archive.KindDocument:
		return im.writeDocuments(ctx, tx, done)
	case archive.KindContract:
		return im.writeProviderContracts(ctx, tx, done)
	case archive.KindDeployment:
		return im.writeDeployments(ctx, tx, done)
	case archive.KindWebhook:
		return im.writeWebhooks(ctx, tx, done)
	case archive.KindSecret:
		return im.writeSecrets(ctx, tx, done)
	case archive.KindCertificate:
		for _, r := range im.batch {
			im.result.Certificates = append(im.result.Certificates, *r.(*archive.Certificate))
		}
		return nil
	case archive.KindSetting:
		for _, r := range im.batch {
			im.result.Settings = append(im.result.Settings, *r.(*archive.Setting))
		}
		return nil
	}
	how, known := plainKinds[im.kind]
	if !known {
		return fmt.Errorf("records of kind %s cannot be written", im.kind)
	}
	return im.writePlain(ctx, tx, how, done)
}

// plainKind is how records of a kind are written of which each is one row.
type plainKind struct {
	columns []string
	// row adds a record to the table of a batch.
	row func(im *Import, t *db.Table, r archive.Record)
	// update brings rows up to date that are there, if they ever change.
	update update
	// insert adds rows whose key is new.
	insert string
	// present finds those records, by their place i, that are there.
	present string
	// reason says why a record that is not there afterwards could not be written.
	reason archive.Reason
	// name names a record.
	name func(r archive.Record) string
	// after is done when a batch has been written.
	after func(ctx context.Context, im *Import, tx *Tx) error
}

// update is a statement that brings rows t of a table up to date, or finds those that it
// would.
type update struct {
	table, set string
	// from joins the records and ends with the condition.
	from string
}

// do updates the rows, and returns how many.
func (u update) do(ctx context.Context, tx *Tx, records *db.Table) (changed int64, err error) {
	if u.table == "" {
		return 0, nil
	}
	return tx.open.ExecTable(ctx, "update "+u.table, "UPDATE "+u.table+" AS t SET "+u.set+" FROM "+u.from, records)
}

// find returns the ids of the rows that it would update.
func (u update) find(ctx context.Context, tx *Tx, records *db.Table) ([]int64, error) {
	if u.table == "" {
		return nil, nil
	}
	return tx.open.NumbersOfTable(ctx, "look for what changes in "+u.table, "SELECT DISTINCT t.id FROM "+u.table+" AS t, "+u.from, records)
}

func (im *Import) writePlain(ctx context.Context, tx *Tx, how plainKind, done *outcome) error {
	table := db.NewTable(how.columns...)
	for _, r := range im.batch {
		how.row(im, table, r)
	}
	var err error
	if done.changed, err = how.update.do(ctx, tx, table); err != nil {
		return err
	}
	if done.added, err = tx.open.ExecTable(ctx, "add", how.insert, table); err != nil {
		return err
	}
	if done.added < int64(table.Len()) {
		there, err := tx.open.NumbersOfTable(ctx, "look for what is there", how.present, table)
		if err != nil {
			return err
		}
		for _, i := range absent(there, table.Len()) {
			done.leave(how.reason, how.name(im.batch[i]))
		}
	}
	if how.after != nil {
		return how.after(ctx, im, tx)
	}
	return nil
}

// absent are the places below n that are not among those found.
func absent(found []int64, n int) []int {
	there := make([]bool, n)
	for _, i := range found {
		there[i] = true
	}
	var missing []int
	for i, is := range there {
		if !is {
			missing = append(missing, i)
		}
	}
	return missing
}

// Flush writes what has come so far.
func (im *Import) Flush(ctx context.Context) error { return im.flush(ctx) }

// result puts together what came of the import.
func (im *Import) imported(ctx context.Context) (Imported, error) {
	result := im.result
	for _, kind := range archive.Kinds {
		count := *im.count(kind)
		if text, counted := sqlCounts[kind]; counted {
			var err error
			if count.Here, _, err = row[int64](ctx, &im.db.queries, "count "+string(kind), text); err != nil {
				return result, err
			}
		}
		result.Kinds = append(result.Kinds, count)
	}
	result.LeftOut, result.Altered, result.OtherUUIDs = sortedLeftOut(im.leftOut), sortedLeftOut(im.altered), sortedLeftOut(im.otherUUIDs)
	waiting, secrets, err := im.db.WaitingWebhooks(ctx)
	result.WebhooksToEnable, result.MissingSecrets = waiting, append(secrets, result.MissingSecrets...)
	result.NewIDs = !im.keepsIDs
	return result, err
}

// WaitingWebhooks are how many imported webhooks wait to be enabled, and what they lack.
func (q *queries) WaitingWebhooks(ctx context.Context) (toEnable int64, missing []MissingSecret, err error) {
	if toEnable, _, err = row[int64](ctx, q, "count webhooks to enable", "SELECT count(*) FROM webhooks WHERE to_enable"); err != nil {
		return 0, nil, err
	}
	missing, err = q.MissingSecrets(ctx)
	return toEnable, missing, err
}

// NewWebhooks are those of the webhooks that would come, with the uuids with which they
// would. take tells that the source wins, so that those come again that were deleted here.
func (d *DB) NewWebhooks(ctx context.Context, all []archive.Webhook, take bool) (fresh []archive.Webhook, err error) {
	records := make([]archive.Record, len(all))
	for i := range all {
		records[i] = &all[i]
	}
	err = d.View(ctx, func(ctx context.Context, tx *Tx) error {
		im := &Import{db: d, webhookUUIDs: map[string]string{}}
		own, _, err := im.identified(ctx, tx, archive.KindWebhook, records)
		if err != nil {
			return err
		}
		ever, err := tx.webhooksEverImported(ctx)
		if err != nil {
			return err
		}
		for _, r := range own {
			w := r.(*archive.Webhook)
			_, known, err := tx.Webhook(ctx, w.UUID)
			if err != nil {
				return err
			}
			if !known && (take || !ever[w.UUID]) {
				fresh = append(fresh, *w)
			}
		}
		return nil
	})
	return fresh, err
}

// MissingSecrets lists what imported webhooks lack.
func (q *queries) MissingSecrets(ctx context.Context) ([]MissingSecret, error) {
	found, err := rows[struct{ UUID, Description, MissingSecrets string }](ctx, q, "list missing secrets",
		"SELECT uuid, description, missing_secrets FROM webhooks WHERE missing_secrets <> '[]' ORDER BY id")
	missing := []MissingSecret{}
	for _, r := range found {
		var names []string
		if err := json.Unmarshal([]byte(r.MissingSecrets), &names); err != nil {
			return nil, fmt.Errorf("read missing secrets of webhook %s: %w", r.UUID, err)
		}
		for _, name := range names {
			missing = append(missing, MissingSecret{Webhook: r.UUID, Description: r.Description, Secret: name})
		}
	}
	return missing, err
}

// sqlCounts count what the database holds of each kind.
var sqlCounts = map[archive.Kind]string{
	archive.KindApplication: "SELECT count(*) FROM pacticipants",
	archive.KindLabel:       "SELECT count(*) FROM labels",
	archive.KindEnvironment: "SELECT count(*) FROM environments",
	archive.KindVersion:     "SELECT count(*) FROM versions",
	archive.KindBranch:      "SELECT count(*) FROM branches",
	archive.KindMembership:  "SELECT count(*) FROM branch_versions",
	archive.KindTag:         "SELECT count(*) FROM tags",
	archive.KindIntegration: "SELECT count(*) FROM integrations",
	archive.KindContent:     "SELECT count(*) FROM pact_versions",
	archive.KindPublication: "SELECT count(*) FROM pact_publications",
	archive.KindResult:      "SELECT count(*) FROM verifications",
	archive.KindDocument:    "SELECT count(*) FROM provider_documents",
	archive.KindContract:    "SELECT count(*) FROM provider_contracts",
	archive.KindDeployment:  "SELECT count(*) FROM deployed_versions",
	archive.KindRelease:     "SELECT count(*) FROM released_versions",
	archive.KindSecret:      "SELECT count(*) FROM secrets",
	archive.KindWebhook:     "SELECT count(*) FROM webhooks",
	archive.KindDelivery:    "SELECT count(*) FROM triggered_webhooks",
	archive.KindAttempt:     "SELECT count(*) FROM webhook_executions",

	archive.KindFirstSuccess: "SELECT count(*) FROM verified_tags WHERE verification_id IS NULL",
}

// sortLeftOut sorts by kind and reason.
func sortLeftOut(all []LeftOut) {
	slices.SortFunc(all, func(a, b LeftOut) int {
		return cmp.Or(cmp.Compare(slices.Index(archive.Kinds, a.Kind), slices.Index(archive.Kinds, b.Kind)), cmp.Compare(a.Reason, b.Reason))
	})
}
