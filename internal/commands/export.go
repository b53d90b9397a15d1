package commands

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/accord-broker/accord/internal/app"
	"github.com/accord-broker/accord/internal/archive"
	"github.com/accord-broker/accord/internal/moving"
	"github.com/accord-broker/accord/internal/store"
	"github.com/accord-broker/accord/internal/store/db"
	"github.com/accord-broker/accord/internal/support/config"
)

// exportFlags are how `broker export` was called.
type exportFlags struct {
	only              []string
	since, compress   string
	redact, encrypted bool
	output            string
}

func newExport(shell Shell) *cobra.Command {
	var flags exportFlags
	cmd := &cobra.Command{
		Use: "export FILE", Short: "Write all data into an archive, for another broker", Args: namedWords,
		Long: "Writes what the database holds, whether or not a broker serves from it, into one\n" +
			"file that `broker import` reads, on the other kind of database too; - is\n" +
			"standard output. Equal data give equal bytes. The form is described in\n" +
			"docs/archive.md. Values of secrets stay out; tokens, events and the audit do,\n" +
			"too.\n\n" +
			"Exit codes: 0 exported, 1 not exported, 2 wrong usage or settings.",
		Example: "  broker export accord.jsonl.zst\n  broker export - --compress none | sha256sum",
		RunE:    func(cmd *cobra.Command, args []string) error { return export(cmd, shell, args[0], flags) },
	}
	set := cmd.Flags()
	set.StringArrayVar(&flags.only, "only", nil, "export only `application=NAME` or label=NAME with what its contracts need; may be repeated")
	set.StringVar(&flags.since, "since", "", "export only what was made or changed since a `TIME`, such as 2026-01-31T20:00:00Z, or within 14d")
	set.BoolVar(&flags.redact, "redact", false, "replace names, texts, addresses and uuids by words that tell nothing")
	set.BoolVar(&flags.encrypted, "encrypted-secrets", false, "add secrets as they are encrypted, for a broker with the same key")
	set.StringVar(&flags.compress, "compress", "", "compress with `METHOD`: zstd, gzip or none; by the ending of the file if not given, else zstd")
	set.StringVar(&flags.output, "output", "text", "the `FORMAT` of what is told: text or json")
	cmd.MarkFlagsMutuallyExclusive("redact", "encrypted-secrets")
	return cmd
}

// jsonExport is what came of an export, as programs read it.
type jsonExport struct {
	File    string                 `json:"file"`
	Records map[archive.Kind]int64 `json:"records"`
	LeftOut []string               `json:"left_out"`
	Error   *string                `json:"error"`
}

func (j jsonExport) because(err error) any {
	j.Error = textOf(err)
	return j
}

func export(cmd *cobra.Command, shell Shell, to string, flags exportFlags) error {
	query, header, err := flags.query(time.Now())
	if err := errors.Join(err, checkOutput(flags.output)); err != nil {
		return err
	}
	how, err := compression(flags.compress, to)
	if err != nil {
		return err
	}
	settings, _, err := load(cmd, shell)
	if err != nil {
		return err
	}
	report := report{shell: shell, json: flags.output == "json"}
	if to == "-" {
		report.shell.Out = shell.Err
	}
	result := jsonExport{File: to, Records: map[archive.Kind]int64{}, LeftOut: []string{}}
	query.LeftOut = func(of archive.Record, why archive.Reason) {
		result.LeftOut = append(result.LeftOut, textLeftOut(of, why))
	}
	write := func(out io.Writer) error {
		redactor := archive.NewRedactor()
		if flags.redact {
			header = redactor.Header(header)
		}
		w, err := archive.NewWriter(out, how, header)
		if err != nil {
			return err
		}
		result.Records = w.Counts()
		if err := app.Export(cmd.Context(), settings, query, flags.taking(w, redactor, report)); err != nil {
			return err
		}
		return w.Close()
	}
	if to == "-" {
		err = write(shell.Out)
	} else {
		err = writeWhole(to, write)
	}
	if unknown := new(store.UnknownError); errors.As(err, &unknown) {
		err = fmt.Errorf("--only: there is no %s named %s; an export without it tells what there is", unknown.Kind, unknown.Name)
	}
	if errors.Is(err, db.ErrDangling) {
		err = fmt.Errorf("%w: an archive would lack what they tell. Restore a backup from before, and see `broker doctor`", err)
	}
	if err != nil {
		return report.failed(result, err)
	}
	report.exported(settings, result)
	return report.done(result)
}

// taking returns what is done with each record.
func (f exportFlags) taking(w *archive.Writer, redactor *archive.Redactor, report report) func(archive.Record) error {
	tick, all := report.ticks(), int64(0)
	write := func(r archive.Record) error {
		all++
		tick(fmt.Sprintf("exported %d records", all))
		return w.Write(r)
	}
	if !f.redact {
		return write
	}
	return func(r archive.Record) error {
		if redacted := redactor.Redact(r); redacted != nil {
			return write(redacted)
		}
		return nil
	}
}

// neverExported are kinds of data that a broker may hold and no archive has; why is in
// docs/archive.md.
var neverExported = []string{"events", "audit", "tokens", "people", "teams", "trust_rules", "comparisons", "former_names"}

// query is the part of the data that is wanted, and the header that says so.
func (f exportFlags) query(now time.Time) (store.ExportQuery, archive.Header, error) {
	query := store.ExportQuery{Encrypted: f.encrypted}
	header := archive.Header{Source: archive.Origin{Kind: archive.FromAccord}, Only: f.only, Redacted: f.redact, Omitted: append([]string{}, neverExported...)}
	switch {
	case f.redact:
		header.Omitted = append(header.Omitted, "webhooks", "secrets")
	case !f.encrypted:
		header.Omitted = append(header.Omitted, "secrets")
	}
	for _, only := range f.only {
		switch what, name, _ := strings.Cut(only, "="); {
		case what == "application" && name != "":
			query.Applications = append(query.Applications, name)
		case what == "label" && name != "":
			query.Labels = append(query.Labels, name)
		default:
			return query, header, fmt.Errorf("--only is %q, but must be application=NAME or label=NAME", only)
		}
	}
	if f.since != "" {
		since, err := readMoment("--since", f.since, now)
		if err != nil {
			return query, header, err
		}
		at := archive.TimeOf(since)
		query.Since, header.Since = &at, &at
	}
	header.Complete = len(f.only) == 0 && f.since == ""
	return query, header, nil
}

// readMoment reads a time as in RFC 3339, or how long ago it was.
func readMoment(flag, text string, now time.Time) (time.Time, error) {
	if at, err := time.Parse(time.RFC3339Nano, text); err == nil {
		return at, nil
	}
	ago, err := readDuration(flag, text)
	if err != nil {
		return time.Time{}, fmt.Errorf("%s is %q, but must be a time such as 2026-01-31T20:00:00Z, or a duration such as 14d", flag, text)
	}
	return now.Add(-ago), nil
}

func compression(asked, file string) (archive.Compression, error) {
	switch how := archive.Compression(asked); {
	case how == archive.Zstd || how == archive.Gzip || how == archive.Plain:
		return how, nil
	case asked != "":
		return "", fmt.Errorf("--compress is %q, but must be zstd, gzip or none", asked)
	case strings.HasSuffix(file, ".gz"):
		return archive.Gzip, nil
	case strings.HasSuffix(file, ".jsonl"):
		return archive.Plain, nil
	}
	return archive.Zstd, nil
}

// writeWhole writes a file that only its owner can read, and that gets its name
// once it is whole.
func writeWhole(name string, write func(io.Writer) error) error {
	draft := name + ".partial"
	file, err := os.OpenFile(draft, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	err = write(file)
	if err == nil {
		err = file.Sync()
	}
	if err := errors.Join(err, file.Close()); err != nil {
		return errors.Join(err, os.Remove(draft))
	}
	return os.Rename(draft, name)
}

func (r report) exported(settings config.Settings, result jsonExport) {
	var all int64
	for _, n := range result.Records {
		all += n
	}
	r.say(
		"Exported %s to %s: %d applications, %d versions, %d contracts and %d results, %d records in all. No archive has people, teams, tokens and events: see docs/archive.md.",
		settings.Database.Shown(),
		result.File,
		result.Records[archive.KindApplication],
		result.Records[archive.KindVersion],
		result.Records[archive.KindContent],
		result.Records[archive.KindResult],
		all,
	)
	for _, what := range result.LeftOut {
		r.say("LEFT OUT %s.", visible(what))
	}
}

// textLeftOut says which text an archive does not have, and why.
func textLeftOut(of archive.Record, why archive.Reason) string {
	name := ""
	switch r := of.(type) {
	case *archive.Result:
		name = fmt.Sprintf("the test results of result %d of %s and %s", r.Number, r.Consumer, r.Provider)
	case *archive.Contract:
		name = fmt.Sprintf("the test report of %s of %s %s", r.Name, r.Provider, r.Version)
	}
	return name + ": " + moving.Explain(why)
}
