package commands

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/accord-broker/accord/internal/app"
	"github.com/accord-broker/accord/internal/store"
	"github.com/accord-broker/accord/internal/store/db"
	"github.com/accord-broker/accord/internal/support/config"
)

// errUnwell is returned when the doctor found something to do.
var errUnwell = errors.New("something needs to be done; see above")

// doctorFlags are how `broker doctor` was called.
type doctorFlags struct {
	quick, repair bool
	output        string
}

func newDoctor(shell Shell) *cobra.Command {
	var flags doctorFlags
	cmd := &cobra.Command{
		Use: "doctor", Short: "Check the settings and the database, and say what to do", Args: cobra.NoArgs,
		Long: "Checks the settings, the key for secrets, the address and the database, and says\n" +
			"what to do. Of the database it reads everything, whether or not a broker serves\n" +
			"from it: the file, references between rows, whether each contract is what was\n" +
			"published, and whether what is kept for quick answers follows from history.\n" +
			"Without --repair it changes nothing.\n\n" +
			"Exit codes: 0 all is well, 1 something needs to be done, 2 wrong usage.",
		RunE: func(cmd *cobra.Command, _ []string) error { return doctor(cmd, shell, flags) },
	}
	cmd.Flags().BoolVar(&flags.quick, "quick", false, "do not read everything in the database")
	cmd.Flags().BoolVar(&flags.repair, "repair", false, "compute anew what is kept for quick answers where it is wrong")
	cmd.MarkFlagsMutuallyExclusive("quick", "repair")
	cmd.Flags().StringVar(&flags.output, "output", "text", "the `FORMAT` of what is told: text or json")
	return cmd
}

// doctor looks at everything the broker needs and tells, for each, whether it
// is well and what to do if not. It changes nothing unless told to repair.
func doctor(cmd *cobra.Command, shell Shell, flags doctorFlags) error {
	if err := checkOutput(flags.output); err != nil {
		return err
	}
	visit := &visit{report: report{shell: shell, json: flags.output == "json"}, result: jsonVisit{Well: true, Findings: []jsonExamined{}}}
	visit.all(cmd, flags)
	if err := visit.report.done(visit.result); err != nil {
		return err
	}
	switch {
	case visit.result.Well:
		return nil
	case visit.report.json:
		return exitCode{exitFailed}
	default:
		return fail(errUnwell)
	}
}

// visit is one examination.
type visit struct {
	report report
	result jsonVisit
}

// jsonVisit is what an examination found, as programs read it.
type jsonVisit struct {
	Well     bool           `json:"well"`
	Findings []jsonExamined `json:"findings"`
}

// jsonExamined is one of the things that were looked at. Its state is ok, note, or
// to_do.
type jsonExamined struct {
	State string `json:"state"`
	About string `json:"about"`
	Text  string `json:"text"`
}

func (v *visit) well(what, how string) { v.found("ok", what, how) }
func (v *visit) note(what, how string) { v.found("note", what, how) }
func (v *visit) ill(what, how string) {
	v.found("to_do", what, how)
	v.result.Well = false
}

func (v *visit) found(state, about, text string) {
	v.result.Findings = append(v.result.Findings, jsonExamined{state, about, text})
	if !v.report.json {
		fmt.Fprintf(v.report.shell.Out, "%-5s %-9s %s\n", strings.Replace(state, "to_do", "TO DO", 1), about, text)
	}
}

func (v *visit) all(cmd *cobra.Command, flags doctorFlags) {
	loaded, err := config.Load(sources(cmd, v.report.shell))
	var problems config.Problems
	if errors.As(err, &problems) {
		for _, problem := range problems {
			v.ill("settings", problem)
		}
		return
	}
	v.well("settings", fmt.Sprintf("%d set, the rest at their defaults", len(loaded.From)))
	for _, warning := range loaded.Warnings {
		v.note("settings", warning)
	}
	if v.database(cmd.Context(), loaded.Settings.Database) {
		v.secrets(cmd.Context(), loaded.Settings)
		v.imports(cmd.Context(), loaded.Settings.Database)
		v.auditAndRules(cmd.Context(), loaded.Settings)
		if !flags.quick {
			v.integrity(cmd.Context(), loaded.Settings, flags.repair)
		}
	}
	v.backups(cmd.Context(), loaded.Settings)
	v.address(cmd.Context(), loaded.Settings.Server)
	v.access(loaded.Settings)
}

// database reports whether the database has all tables already.
func (v *visit) database(ctx context.Context, settings config.Database) (upToDate bool) {
	state, err := db.Inspect(ctx, app.DatabaseURL(settings))
	if err == nil && app.IsBeside(settings) {
		if _, refusal := db.CheckOpen(ctx, db.Options{URL: app.DatabaseURL(settings), Beside: true}); errors.Is(refusal, db.ErrOwnData) || errors.Is(refusal, db.ErrNotBeside) {
			v.ill("database", oneLine(refusal))
			return false
		}
	}
	switch {
	case errors.Is(err, db.ErrNoFolder), errors.Is(err, db.ErrReadOnly):
		v.ill("database", oneLine(err))
	case err != nil:
		v.ill("database", fmt.Sprintf("%s cannot be read. Check PACT_BROKER_DATABASE_URL, and that the server runs and lets this machine in. %s", settings.Shown(), oneLine(err)))
	case state.Foreign:
		v.ill("database", oneLine(state.ForeignReason()))
	case state.Schema > state.Latest:
		v.ill("database", oneLine(db.ErrNewer))
	case state.Schema == state.Latest:
		v.well("database", fmt.Sprintf("%s, schema %d", settings.Shown(), state.Schema))
	case settings.AutoMigrate:
		v.well("database", fmt.Sprintf("%s, to be brought from schema %d to %d at the start", settings.Shown(), state.Schema, state.Latest))
	default:
		v.ill("database", oneLine(db.ErrBehind))
	}
	switch {
	case state.Hidden != "" && settings.Schema == "":
		v.ill("database", app.WhyHidden(state.Hidden))
	case state.Hidden != "":
		v.note("database", app.WhyHidden(state.Hidden))
	}
	if state.UsedBy != "" {
		v.note("database", "a broker serves from it now: "+state.UsedBy)
	}
	if state.Exposed {
		v.note("database", "every user of this machine can read the file; chmod 600 keeps it to its owner")
	}
	return err == nil && state.Schema == state.Latest
}

// imports tells of a first import that has not come to its end.
func (v *visit) imports(ctx context.Context, settings config.Database) {
	switch unfinished, err := store.InspectUnfinishedImport(ctx, app.DatabaseURL(settings)); {
	case err != nil:
		v.ill("import", oneLine(err))
	case unfinished:
		v.ill("import", app.ErrHalfImported.Error())
	}
}

// secrets tries to decrypt what is kept encrypted.
func (v *visit) secrets(ctx context.Context, settings config.Settings) {
	keyring, err := app.FindKeyring(ctx, settings)
	if err != nil {
		v.ill("secrets", oneLine(err))
		return
	}
	encrypted, err := store.InspectEncrypted(ctx, app.DatabaseURL(settings.Database))
	if err != nil {
		v.ill("secrets", oneLine(err))
		return
	}
	switch problem := app.CheckSecrets(settings, keyring, encrypted); {
	case problem != "":
		v.ill("secrets", problem)
	case app.Outdated(keyring, encrypted) > 0:
		v.note("secrets", fmt.Sprintf("%d of %d values are encrypted with an older key; broker keys reencrypt changes that", app.Outdated(keyring, encrypted), len(encrypted)))
	case len(encrypted) > 0:
		v.well("secrets", fmt.Sprintf("the key opens what is encrypted, %d in all", len(encrypted)))
	case keyring.Usable():
		v.well("secrets", "there is a key; nothing is encrypted yet")
	case isFile(settings.Database):
		v.well("secrets", "nothing is encrypted yet; the key will be made at the start")
	default:
		v.note("secrets", "there is no key, so none can be saved; set PACT_BROKER_SECRETS_KEY (openssl rand -base64 32)")
	}
}

// auditAndRules looks at the audit, whether the database still refuses to change it, and
// at the trust rules.
func (v *visit) auditAndRules(ctx context.Context, settings config.Settings) {
	found, err := app.CheckAccess(ctx, settings)
	if err != nil {
		v.ill("access", oneLine(err))
		return
	}
	for _, problem := range withoutGuards(found.Guards) {
		v.ill("audit", problem)
	}
	if found.Guards.AreWhole() {
		v.well("audit", "the database refuses to change it; broker audit verify reads it all")
	}
	for _, rule := range found.Ignored {
		v.ill(
			"access",
			fmt.Sprintf(
				"the trust rule %q is ignored, and no token is given under it: %s. Correct or delete it on the page of trust rules, or by /api/v1/trust-rules/%s",
				rule.Name,
				strings.Join(rule.Ignored, "; "),
				rule.ID,
			),
		)
	}
}

// backups looks for the newest backup, if the settings ask for some.
func (v *visit) backups(ctx context.Context, settings config.Settings) {
	ctx, cancel := context.WithTimeout(ctx, backupsTimeout)
	defer cancel()
	age, asked, err := app.CheckBackups(ctx, settings, time.Now())
	switch {
	case err != nil:
		v.ill("backups", oneLine(err))
	case !asked:
	case age.Overdue:
		v.ill("backups", overdue(settings, age))
	default:
		v.well("backups", fmt.Sprintf("the newest is %s, %s old", age.Newest, roughly(time.Since(age.At))))
	}
}

// overdue says that there ought to be a newer backup, and what to do.
func overdue(settings config.Settings, age app.BackupAge) string {
	const remedy = "The log of the broker says why (backing up failed); `broker backup` makes one now"
	if age.Newest == "" {
		return fmt.Sprintf("there is no backup in %s. %s", app.BackupAddress(settings, ""), remedy)
	}
	return fmt.Sprintf("the newest backup, %s, is %s old. %s", age.Newest, roughly(time.Since(age.At)), remedy)
}

// roughly is a time as people tell it.
func roughly(d time.Duration) string {
	switch {
	case d < 2*time.Hour:
		return count(int(d.Minutes()), "minute")
	case d < 48*time.Hour:
		return count(int(d.Hours()), "hour")
	default:
		return count(int(d.Hours()/24), "day")
	}
}

// address tries to listen, unless a broker is doing so already.
func (v *visit) address(ctx context.Context, settings config.Server) {
	address := net.JoinHostPort(settings.Host, strconv.Itoa(settings.Port))
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
	if err != nil {
		v.ill("address", fmt.Sprintf("%v. If that is not this broker, stop the other program or set PACT_BROKER_PORT", err))
		return
	}
	_ = listener.Close() // nothing was accepted
	v.well("address", address+" is free")
	if problem := app.CheckBaseURL(settings, settings.Port); problem != "" && settings.Port != 0 {
		v.note("address", problem)
	}
	switch {
	case len(settings.BaseURLs) > 0:
	case isLoopback(settings.Host):
		v.note("address", "links follow each request; set PACT_BROKER_BASE_URL if clients reach the broker through a proxy")
	default:
		v.note("address", app.WithoutBaseURL)
	}
}

func isFile(settings config.Database) bool {
	_, is := settings.File()
	return is
}

func (v *visit) access(settings config.Settings) {
	if settings.Access.Tokens {
		v.well("access", "everybody needs a token, or a user name and a password")
		return
	}
	if settings.Access.BasicAuth {
		v.well("access", "writing needs a user name and a password")
		return
	}
	if isLoopback(settings.Server.Host) {
		v.well("access", "open, but to this machine only")
		return
	}
	v.note("access", "everybody who reaches "+settings.Server.Host+" may read and write; set PACT_BROKER_ACCESS=on, or PACT_BROKER_BASIC_AUTH_USERNAME and PACT_BROKER_BASIC_AUTH_PASSWORD")
}

// isLoopback reports whether a host is this machine for itself alone.
func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback() || host == "localhost"
}

// oneLine is the text of an error for people, in one line.
func oneLine(err error) string { return strings.Join(strings.Fields(withAdvice(err)), " ") }
