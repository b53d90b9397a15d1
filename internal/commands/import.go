package commands

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"os"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/accord-broker/accord/internal/app"
	"github.com/accord-broker/accord/internal/archive"
	"github.com/accord-broker/accord/internal/audit"
	"github.com/accord-broker/accord/internal/moving"
	"github.com/accord-broker/accord/internal/store"
	"github.com/accord-broker/accord/internal/support/config"
)

// importFlags are how `broker import` was called.
type importFlags struct {
	from, schema, onConflict, prefix, output string
	rename                                   []string
	remote                                   remoteFlags
	state                                    string
	dryRun, enableWebhooks                   bool
	leaveOutRefused, onConflictGiven         bool
	inPlace, follow                          bool
	every                                    time.Duration
	metrics                                  string
}

func newImport(shell Shell) *cobra.Command {
	flags := importFlags{}
	cmd := &cobra.Command{
		Use: "import [FILE | --from SOURCE | --in-place]", Short: "Bring the data of another broker into this one", Args: cobra.MaximumNArgs(1),
		Long: "Reads another broker and writes what it knows into the database that the\n" +
			"settings name, with all names, numbers and addresses. The source is a Pact\n" +
			"Broker's database, a Pact Broker or PactFlow over HTTP, or an archive of `broker\n" +
			"export`, and only read. It can be broken off at any moment and run again, which\n" +
			"then only brings what is new. Nothing is sent: webhooks come in disabled, until\n" +
			"--enable-webhooks enables those that were enabled. docs/moving.md leads through\n" +
			"it.\n\n" +
			"Exit codes: 0 imported, 1 not imported, 2 wrong usage or settings. With\n" +
			"--dry-run they are those of the import: 1 if it would stop, as at conflicts.",
		Example: "  broker import --from postgres://reader:secret@db/pact_broker --dry-run\n  broker import accord.jsonl.zst",
		RunE:    func(cmd *cobra.Command, args []string) error { return importData(cmd, shell, args, flags) },
	}
	set := cmd.Flags()
	set.StringVar(&flags.from, "from", "", "the `SOURCE`: the database of a Pact Broker (postgres://, sqlite:// or mysql://), a broker (https://), or an archive (file://)")
	set.StringVar(&flags.schema, "from-schema", "", "the `NAME` of the schema of PostgreSQL in which the Pact Broker's tables are, if not the usual one")
	flags.remote.add(set)
	set.StringVar(&flags.state, "state", "", "the `FOLDER` in which answers of a broker are kept until the import is done, so that they need not be asked for again")
	set.BoolVar(&flags.dryRun, "dry-run", false, "tell what would come, and write nothing")
	set.StringArrayVar(&flags.rename, "rename", nil, "call an application otherwise, `OLD=NEW`; may be repeated")
	set.StringVar(&flags.prefix, "prefix", "", "put `TEXT` before the names of all applications that are not renamed")
	set.StringVar(&flags.onConflict, "on-conflict", app.StopOnConflict, "what to `DO` where both brokers have something else: stop, keep (what is here) or take (what comes)")
	set.BoolVar(&flags.leaveOutRefused, "leave-out-refused", false, "leave out what has a name that the broker refuses, with what hangs on it, and tell of it, instead of importing nothing")
	set.BoolVar(&flags.enableWebhooks, "enable-webhooks", false, "enable the imported webhooks that were enabled where they came from")
	set.BoolVar(&flags.inPlace, "in-place", false, "read the Pact Broker's tables in the PostgreSQL database of the settings, and write into a schema beside them")
	set.BoolVar(&flags.follow, "follow", false, "import again and again, until told to stop")
	set.DurationVar(&flags.every, "every", time.Minute, "with --follow: how long to wait between two imports, a `DURATION`")
	set.StringVar(&flags.metrics, "metrics-file", "", "with --follow: a `FILE` for node_exporter's textfile collector, with the lag in seconds")
	set.StringVar(&flags.output, "output", "text", "the `FORMAT` of what is told: text or json")
	return cmd
}

func importData(cmd *cobra.Command, shell Shell, args []string, flags importFlags) error {
	names, err := moving.ParseNames(flags.rename, flags.prefix)
	if err := errors.Join(err, checkOutput(flags.output), flags.check(args)); err != nil {
		return err
	}
	if err := checkMetrics(flags.metrics); err != nil {
		return err
	}
	if len(args) == 1 {
		flags.from = args[0]
	}
	settings, _, err := load(cmd, shell)
	if err != nil {
		return err
	}
	flags.onConflictGiven = cmd.Flags().Changed("on-conflict")
	report := report{shell: shell, json: flags.output == "json"}
	if flags.follow {
		report.news = &news{told: map[string]bool{}}
	}
	if flags.enableWebhooks {
		return enableWebhooks(audit.Looking(asCommand(cmd, "enableImportedWebhooks")), report, settings)
	}
	ctx := audit.Looking(asCommand(cmd, "import")) // one entry tells all that came
	run := func() error { return runImport(ctx, report, settings, names, flags) }
	if flags.follow {
		return follow(cmd.Context(), report, flags, run)
	}
	return run()
}

// runImport imports once, and tells what came of it.
func runImport(ctx context.Context, report report, settings config.Settings, names moving.Names, flags importFlags) error {
	started := time.Now()
	request := app.ImportRequest{OnConflict: flags.onConflict, OnConflictGiven: flags.onConflictGiven, LeaveOutRefused: flags.leaveOutRefused, DryRun: flags.dryRun}
	var outcome app.ImportOutcome
	var err error
	if flags.inPlace {
		request.Progress = report.importing(func() (int64, int64) { return 0, 0 })
		outcome, err = app.ImportInPlace(ctx, settings, true, request)
	} else {
		var source archive.Source
		var closeSource func() error
		if source, closeSource, err = openSource(ctx, report.shell, flags); err == nil {
			if err = checkRenamed(ctx, source, names); err != nil {
				err = errors.Join(err, closeSource())
			}
		}
		if err == nil {
			request.Source, request.Progress = moving.Renamed(source, names), report.importing(source.Progress)
			outcome, err = app.RunImport(ctx, settings, request)
			err = errors.Join(err, closeSource())
		}
		if err == nil && !flags.follow {
			err = flags.deleteState()
		}
	}
	if errors.Is(err, context.Canceled) {
		err = errStopped
		if flags.follow {
			return err
		}
	}
	result := newJSONImport(flags, outcome, time.Since(started))
	report.importOutcome(flags, settings.Database.Shown(), outcome, err, time.Since(started))
	if err != nil {
		return report.failed(result, err)
	}
	return report.done(result)
}

// errStopped is why an import that somebody stopped has not come to its end.
var errStopped = errors.New("the import was stopped; " + goOn)

// goOn says what to do after an import was stopped.
const goOn = "run the same command again to go on: what is here already does not come twice"

// checkRenamed fails if applications are to be called otherwise that the source does not
// have: the name may have been mistyped, and the application would come under its old one.
func checkRenamed(ctx context.Context, source archive.Source, names moving.Names) error {
	unknown, err := names.Unknown(ctx, source)
	if err == nil && len(unknown) > 0 {
		err = fmt.Errorf("--rename: the source has no application %q; nothing was imported", unknown)
	}
	return err
}

func (f importFlags) check(args []string) error {
	switch f.onConflict {
	case app.StopOnConflict, app.KeepOnConflict, app.TakeOnConflict:
	default:
		return fmt.Errorf("--on-conflict is %q, but must be stop, keep or take", f.onConflict)
	}
	given := len(args)
	if f.from != "" {
		given++
	}
	if f.inPlace {
		given++
	}
	switch {
	case given > 1:
		return errors.New("give one of FILE, --from and --in-place, not both")
	case f.enableWebhooks && given > 0:
		return errors.New("--enable-webhooks is a step of its own: without FILE and --from")
	case given == 0 && !f.enableWebhooks:
		return errors.New("say what to import: a FILE, --from SOURCE, or --in-place")
	case f.inPlace:
		return f.checkInPlace()
	case f.enableWebhooks && (f.dryRun || f.follow):
		return errors.New("--enable-webhooks is a step of its own: without --dry-run and --follow")
	}
	return f.checkFollow()
}

// checkInPlace refuses what an import in place does not heed: it takes the Pact Broker's
// place, for the same clients, and its tables are where the Pact Broker made them.
func (f importFlags) checkInPlace() error {
	switch {
	case len(f.rename) > 0 || f.prefix != "":
		return errors.New(
			"--in-place keeps the names that the clients of the Pact Broker know: without --rename and --prefix; rename afterwards with `broker application rename`, or import into another database with --from",
		)
	case f.schema != "":
		return errors.New("--in-place reads the schema public: without --from-schema; name the database with --from, and PACT_BROKER_DATABASE_SCHEMA for Accord's tables")
	}
	return f.checkFollow()
}

func (f importFlags) checkFollow() error {
	switch {
	case f.follow && f.dryRun:
		return errors.New("--follow imports again and again: without --dry-run")
	case f.follow && f.every <= 0:
		return fmt.Errorf("--every is %s, but must be longer than nothing: the other broker is to be left alone meanwhile", f.every)
	case !f.follow && f.metrics != "":
		return errors.New("--metrics-file tells how far behind --follow is: give both, or neither")
	}
	return nil
}

// openSource opens what --from names; close lets go of it.
func openSource(ctx context.Context, shell Shell, flags importFlags) (source archive.Source, close func() error, err error) {
	nothing := func() error { return nil }
	scheme, path, isAddress := strings.Cut(flags.from, "://")
	switch {
	case !isAddress:
		path = flags.from
	case scheme == "file":
		path = strings.TrimPrefix(path, "localhost")
	case slices.Contains([]string{"postgres", "postgresql", "sqlite", "mysql", "mysql2"}, scheme):
		if config.HasPassword(flags.from) {
			warnOfListed(shell, "--from has a password in it, and shows it", passwordElsewhere(scheme))
		}
		database, err := app.OpenPactBroker(ctx, flags.from, flags.schema)
		if err != nil {
			return nil, nothing, err
		}
		return database, database.Close, nil
	case scheme == "https" || scheme == "http":
		source, err := fetch(ctx, shell, flags)
		return source, nothing, err
	default:
		return nil, nothing, fmt.Errorf("--from cannot begin with %s://; it must be a database (postgres, sqlite, mysql), a broker (https) or an archive (file)", scheme)
	}
	file, err := archive.OpenFile(path)
	return file, nothing, err
}

// passwordElsewhere says how a database is read whose password is not in its address.
func passwordElsewhere(scheme string) string {
	if strings.HasPrefix(scheme, "postgres") {
		return "leave it out and set PGPASSWORD, or PGPASSFILE to a file that holds it"
	}
	return "use a user who may only read, and change the password when all is imported"
}

// importing returns what tells how far an import is: a line that is written anew
// on a terminal, else a line from time to time.
func (r report) importing(progress func() (done, all int64)) func(what string, kind archive.Kind, done int64) {
	terminal := r.onTerminal()
	every := progressEvery
	if terminal {
		every = progressEvery / 10
	}
	started, last := time.Now(), time.Now()
	var all int64
	before := map[archive.Kind]int64{}
	return func(what string, kind archive.Kind, done int64) {
		all += done - before[kind]
		before[kind] = done
		if r.json || time.Since(last) < every {
			return
		}
		last = time.Now()
		line := fmt.Sprintf("%s %d of kind %s (%.0f/s)", what, done, kind, float64(all)/time.Since(started).Seconds())
		if read, whole := progress(); whole > 0 {
			line = bar(read, whole, terminal) + line
		}
		if terminal {
			r.rewrite(line)
			return
		}
		fmt.Fprintln(r.shell.Err, line)
	}
}

// rewrite writes a line on a terminal in place of the one before it. What would go
// over the edge is cut off: it could not be written anew.
func (r report) rewrite(line string) {
	if file, isFile := r.shell.Err.(*os.File); isFile {
		if width, _, err := term.GetSize(int(file.Fd())); err == nil && width > 0 && len(line) >= width {
			line = line[:width-1]
		}
	}
	fmt.Fprint(r.shell.Err, "\r\033[K"+line)
}

// bar shows how much is done of all.
func bar(done, all int64, terminal bool) string {
	percent := fmt.Sprintf("%3d %% ", 100*done/all)
	if !terminal {
		return percent
	}
	const width = 20
	full := int(min(width, width*done/all))
	return "[" + strings.Repeat("=", full) + strings.Repeat(" ", width-full) + "] " + percent
}

// importOutcome tells people what came of an import.
func (r report) importOutcome(flags importFlags, database string, o app.ImportOutcome, err error, took time.Duration) {
	if r.json {
		return
	}
	r.clearLine()
	r.refusedNames(o.Problems)
	for _, former := range slices.Sorted(maps.Keys(o.Former)) {
		r.sayOnce("%s of the source goes to %s, which was called so here before.", former, o.Former[former])
	}
	r.plan(flags, o.Plan, o.Skipped, err != nil)
	for _, s := range o.Skipped {
		verb := "CANNOT COME"
		switch {
		case s.OtherTime:
			verb = withOtherTime
		case s.Otherwise:
			verb = comesOtherwise
		}
		r.say("%s %s: %s, %s%s", verb, s.Kind, moving.Explain(s.Reason), timesOf(s.Count), named(s.First, s.Count))
	}
	if len(o.Omitted) > 0 {
		r.sayOnce("The source does not tell, and so does not come: %s.", strings.Join(o.Omitted, "; "))
	}
	switch {
	case err != nil:
	case flags.dryRun:
		r.foreseen(o.Imported)
	default:
		r.imported(o.Imported, database, took)
	}
}

// refusedNames tells people which names the broker refuses, and what to do about them.
func (r report) refusedNames(all []moving.Problem) {
	const shown = 10
	if len(all) == 0 {
		return
	}
	for _, p := range all[:min(shown, len(all))] {
		r.say("%s %s %s", p.Kind, p.Name, p.Why)
	}
	if len(all) > shown {
		r.say("%d of %d are shown; --output json tells all.", shown, len(all))
	}
	r.say("%s cannot be written. Rename these in the source, applications with --rename OLD=NEW, or leave them out with what hangs on them: --leave-out-refused.", count(len(all), "name"))
}

// withOtherTime is what is said of records that are not left out, but whose time is not
// that of the source.
const withOtherTime = "COMES WITH ANOTHER TIME"

// withOtherUUID is what is said of records that are not left out, but whose uuid is not
// that of the source.
const withOtherUUID = "COMES WITH ANOTHER UUID"

// comesOtherwise is what is said of records that are not left out, but are not what they
// are in the source.
const comesOtherwise = "COMES OTHERWISE"

// plan tells people what an import would do, and how much of the source cannot come.
func (r report) plan(flags importFlags, p store.Plan, skipped []archive.Skipped, stops bool) {
	planned := withLeftOut(p, skipped)
	if len(planned) == 0 {
		return
	}
	table := tabwriter.NewWriter(r.shell.Out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "KIND\tIN THE SOURCE\tHERE ALREADY\tWOULD CHANGE\tWOULD COME\tLEFT OUT\t")
	for _, k := range planned {
		fmt.Fprintf(table, "%s\t%d\t%d\t%d\t%d\t%d\t\n", k.Kind, k.Read, k.Known, k.Changed, k.Read-k.Known-k.LeftOut, k.LeftOut)
	}
	_ = table.Flush() // there is nobody to tell
	for _, a := range explained(p.Altered) {
		r.say("%s %s: %s, %s%s", comesOtherwise, a.Kind, a.Reason, timesOf(a.Count), named(a.First, a.Count))
	}
	for _, o := range explained(p.OtherUUIDs) {
		r.say("%s %s: %s, %s%s", withOtherUUID, o.Kind, o.Reason, timesOf(o.Count), named(o.First, o.Count))
	}
	for _, l := range explained(p.LeftOut) {
		r.say("LEFT OUT %s: %s, %s%s", l.Kind, l.Reason, timesOf(l.Count), named(l.First, l.Count))
	}
	for _, c := range explained(p.Conflicts) {
		r.say("CONFLICT %s: %s, %s: %s", c.Kind, c.Reason, timesOf(c.Count), firstOf(c.First, c.Count))
	}
	switch {
	case len(p.Conflicts) == 0 || flags.onConflict != app.StopOnConflict:
	case !stops:
		r.say("An import from this broker, or from one that was once a copy of it, has come before, so this one goes on: what is here stays. Import with --on-conflict stop to write nothing instead, or with --on-conflict take to let what comes win.")
	default:
		r.say("Import with --on-conflict keep to leave what is here as it is, with --on-conflict take to let what comes win, or with --rename or --prefix if they are different applications.")
	}
}

// withLeftOut is what is planned with what the source holds besides, which cannot come.
// Settings and certificates are told of, and written nowhere.
func withLeftOut(p store.Plan, skipped []archive.Skipped) (planned []jsonPlanned) {
	if len(p.Kinds) == 0 {
		return nil
	}
	kinds := map[archive.Kind]jsonPlanned{}
	for _, k := range p.Kinds {
		kinds[k.Kind] = jsonPlanned{Read: k.Read, Known: k.Known, Changed: k.Changed, LeftOut: k.LeftOut}
	}
	for _, s := range skipped {
		if !s.Comes() {
			k := kinds[s.Kind]
			k.Read, k.LeftOut = k.Read+s.Count, k.LeftOut+s.Count
			kinds[s.Kind] = k
		}
	}
	for _, kind := range archive.Kinds {
		if k := kinds[kind]; k.Read > 0 && !isOnlyTold(kind) {
			k.Kind = kind
			planned = append(planned, k)
		}
	}
	return planned
}

// isOnlyTold reports whether records of a kind are told of, and written nowhere.
func isOnlyTold(kind archive.Kind) bool {
	return kind == archive.KindSetting || kind == archive.KindCertificate
}

// foreseen tells people what the report of an import would tell besides.
func (r report) foreseen(i store.Imported) {
	r.settingsOfSource(i.Settings)
	if n := len(i.Certificates); n > 0 {
		r.say("%d certificates that webhooks trusted would be written to %s.", n, certificatesFile)
	}
	r.webhooksWaiting(i.WebhooksToEnable, i.MissingSecrets)
	r.say("This was a dry run: nothing was written.")
}

func (r report) settingsOfSource(all []archive.Setting) {
	for _, setting := range all {
		r.sayOnce("The source has set %s to %s in its database. Set PACT_BROKER_%s to keep it.", setting.Name, setting.Value, strings.ToUpper(setting.Name))
	}
}

// imported tells people what an import has done, and where it is done again and again
// only what is new.
func (r report) imported(i store.Imported, database string, took time.Duration) {
	table := tabwriter.NewWriter(r.shell.Out, 0, 0, 2, ' ', tabwriter.AlignRight)
	heading := "KIND\tIN THE SOURCE\tADDED\tCHANGED\tLEFT OUT\tHERE NOW\t\n"
	var sum store.KindImported
	again := r.news != nil && r.news.again
	for _, k := range i.Kinds {
		if isOnlyTold(k.Kind) {
			continue
		}
		sum.Read, sum.Added, sum.Changed, sum.LeftOut = sum.Read+k.Read, sum.Added+k.Added, sum.Changed+k.Changed, sum.LeftOut+k.LeftOut
		if k.Read+k.Here == 0 || again && k.Added+k.Changed == 0 {
			continue
		}
		fmt.Fprint(table, heading)
		heading = ""
		fmt.Fprintf(table, "%s\t%d\t%d\t%d\t%d\t%d\t\n", k.Kind, k.Read, k.Added, k.Changed, k.LeftOut, k.Here)
	}
	_ = table.Flush() // there is nobody to tell
	for _, l := range explained(i.LeftOut) {
		r.sayOnce("LEFT OUT %s: %s, %s%s", l.Kind, l.Reason, timesOf(l.Count), named(l.First, l.Count))
	}
	for _, l := range explained(i.Altered) {
		r.sayOnce("%s %s: %s, %s%s", comesOtherwise, l.Kind, l.Reason, timesOf(l.Count), named(l.First, l.Count))
	}
	for _, l := range explained(i.OtherTimes) {
		r.sayOnce("%s %s: %s, %s%s", withOtherTime, l.Kind, l.Reason, timesOf(l.Count), named(l.First, l.Count))
	}
	for _, l := range explained(i.OtherUUIDs) {
		r.sayOnce("%s %s: %s, %s%s", withOtherUUID, l.Kind, l.Reason, timesOf(l.Count), named(l.First, l.Count))
	}
	r.settingsOfSource(i.Settings)
	r.certificates(i.Certificates)
	if i.NewIDs {
		r.sayOnce("Versions have other ids than they had: a verification that began before the switch cannot tell for which consumer versions it was.")
	}
	r.webhooksWaiting(i.WebhooksToEnable, i.MissingSecrets)
	r.say("Imported into %s in %s: %d new records, %d changed, %d left out, %d that were there already. Nothing was sent.",
		database, took.Round(time.Millisecond), sum.Added, sum.Changed, sum.LeftOut, max(0, sum.Read-sum.Added-sum.Changed-sum.LeftOut))
	if r.news != nil {
		r.news.again = true
	}
}

// named names the first of so many things, if they have names.
func named(first []string, all int64) string {
	if len(first) == 0 {
		return ""
	}
	return ": " + firstOf(first, all)
}

// certificatesFile is where certificates go, in the folder in which the import runs.
const certificatesFile = "accord-certificates.pem"

// certificates writes those that the source trusted into a file, since here they
// are a setting.
func (r report) certificates(all []archive.Certificate) {
	if len(all) == 0 {
		return
	}
	var texts []string
	for _, c := range all {
		texts = append(texts, strings.TrimSpace(c.PEM)+"\n")
	}
	if err := os.WriteFile(certificatesFile, []byte(strings.Join(texts, "")), 0o600); err != nil {
		r.sayOnce("%d certificates that webhooks trusted could not be written: %s. Run the import again in a folder that can be written: it gets them each time.", len(all), oneLine(err))
		return
	}
	r.sayOnce("%d certificates that webhooks trusted are in %s. Set PACT_BROKER_WEBHOOK_CERTIFICATES__0__PATH to it.", len(all), certificatesFile)
}

// timesOf says how often something happened.
func timesOf(count int64) string {
	if count == 1 {
		return "once"
	}
	return fmt.Sprintf("%d times", count)
}

// webhooksWaiting tells people which webhooks are to be enabled, and what they lack.
func (r report) webhooksWaiting(waiting int64, missing []store.MissingSecret) {
	for _, m := range missing {
		if m.Webhook == "" {
			r.sayOnce("MISSING the value of the secret %s: enter it again.", m.Secret)
			continue
		}
		r.sayOnce("MISSING of webhook %s (%s): %s. Enter it again.", m.Webhook, m.Description, m.Secret)
	}
	if len(missing) > 0 {
		r.sayOnce("From another Accord they come along when it exports with --encrypted-secrets and both brokers have the same PACT_BROKER_SECRETS_KEY: import that archive, too, to fill them in.")
	}
	switch {
	case waiting == 1:
		r.sayOnce("A webhook is disabled and was enabled where it came from: once the other broker sends nothing any more, run `broker import --enable-webhooks`.")
	case waiting > 1:
		r.sayOnce("%d webhooks are disabled and were enabled where they came from: once the other broker sends nothing any more, run `broker import --enable-webhooks`.", waiting)
	}
}

// shownSource is the source without its password.
func shownSource(from string) string {
	if address, err := url.Parse(from); err == nil {
		return address.Redacted()
	}
	return from
}
