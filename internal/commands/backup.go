package commands

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/spf13/cobra"

	"github.com/accord-broker/accord/internal/app"
	"github.com/accord-broker/accord/internal/store"
	"github.com/accord-broker/accord/internal/support/config"
)

// backupFlags are how `broker backup` was called.
type backupFlags struct {
	place, output string
	keep          int
}

func newBackup(shell Shell) *cobra.Command {
	var flags backupFlags
	cmd := &cobra.Command{
		Use: "backup [--to PLACE] [--keep N]", Short: "Copy the database while the broker runs, and check the copy", Args: cobra.NoArgs,
		Long: "Copies the SQLite database that the settings name, whether or not a broker\n" +
			"serves from it, into a file that only its owner can read, or to a store that\n" +
			"speaks the protocol of Amazon S3. A file gets its name once it was read again\n" +
			"and found whole; what was sent is read back and compared. For PostgreSQL it\n" +
			"prints the pg_dump to run. The key for secrets is not part of a backup.\n\n" +
			"Exit codes: 0 backed up, 1 not backed up or not whole, 2 wrong usage or settings.",
		Example: "  broker backup --to /mnt/backups --keep 14\n" +
			"  broker backup --to s3://bucket/accord",
		RunE: func(cmd *cobra.Command, _ []string) error { return backup(cmd, shell, flags) },
	}
	set := cmd.Flags()
	set.StringVar(
		&flags.place,
		"to",
		"",
		"the `PLACE` for the copy: a folder, which must be there, or s3://bucket/prefix; if not given, what PACT_BROKER_BACKUP_TO says, or the folder backups beside the database",
	)
	set.IntVar(&flags.keep, "keep", 0, "delete all but the newest `N` copies of this database; if not given, as PACT_BROKER_BACKUP_KEEP says, and none without it")
	set.StringVar(&flags.output, "output", "text", "the `FORMAT` of what is told: text or json")
	return cmd
}

// jsonBackup is what came of a backup, as programs read it.
type jsonBackup struct {
	File      *string  `json:"file"`
	SizeBytes int64    `json:"size_bytes"`
	Schema    int64    `json:"schema"`
	Verified  bool     `json:"verified"`
	Deleted   []string `json:"deleted"`
	Key       jsonKey  `json:"secrets_key"`
	Command   *string  `json:"command"`
	Error     *string  `json:"error"`
}

// jsonKey tells where the key for secrets is: never in the backup.
type jsonKey struct {
	Included bool   `json:"included"`
	KeptIn   string `json:"kept_in"`
}

func backup(cmd *cobra.Command, shell Shell, flags backupFlags) error {
	if err := checkOutput(flags.output); err != nil {
		return err
	}
	if cmd.Flags().Changed("keep") && flags.keep < 1 {
		return fmt.Errorf("--keep is %d, but must be 1 or more", flags.keep)
	}
	settings, _, err := load(cmd, shell)
	if err != nil {
		return err
	}
	report := report{shell: shell, json: flags.output == "json"}
	if _, isFile := settings.Database.File(); !isFile {
		return adviseDump(report, settings, flags.place)
	}
	return takeBackup(cmd.Context(), report, settings, flags)
}

func takeBackup(ctx context.Context, report report, settings config.Settings, flags backupFlags) error {
	made, err := app.Backup(ctx, settings, flags.place, cmp.Or(flags.keep, settings.Backups.Keep), report.progress("copied"))
	result := jsonBackup{Schema: made.Schema, SizeBytes: made.Size, Deleted: append([]string{}, made.Deleted...), Key: keyOf(settings)}
	if made.File != "" {
		result.File, result.Verified = &made.File, made.Incomplete() == nil
		whole := ", and found the copy whole"
		if !result.Verified {
			whole = ""
		}
		report.say("Backed up %s to %s (%s, schema %d)%s.", settings.Database.Shown(), made.File, size(made.Size), made.Schema, whole)
		for _, old := range made.Deleted {
			report.say("Deleted the older backup %s.", old)
		}
		report.say("%s", keyAdvice(settings))
		if unfinished, err := store.InspectUnfinishedImport(ctx, app.DatabaseURL(settings.Database)); err == nil && unfinished {
			report.say("The backup holds a half: %v.", app.ErrHalfImported)
		}
	}
	if err != nil {
		return report.failed(result, err)
	}
	return report.done(result)
}

func keyOf(settings config.Settings) jsonKey { return jsonKey{KeptIn: app.KeyPlace(settings)} }

// keyAdvice says that the key for secrets is not in a backup, and what to do.
func keyAdvice(settings config.Settings) string {
	place := app.KeyPlace(settings)
	if settings.Secrets.Key != "" {
		place = "the value of " + place
	} else if _, err := os.Stat(place); errors.Is(err, fs.ErrNotExist) {
		return "The backup does not hold the key for secrets, and there is none yet in " + place + ". Once there is, keep a copy of it in another place."
	}
	return "The backup does not hold the key for secrets: keep a copy of " + place + " in another place. Without it, passwords and signing keys of webhooks cannot be read after a restore."
}

// size is a number of bytes as people read it.
func size(bytes int64) string {
	switch {
	case bytes < 1<<20:
		return fmt.Sprintf("%d KB", (bytes+1023)>>10)
	case bytes < 10<<30:
		return fmt.Sprintf("%d MB", bytes>>20)
	default:
		return fmt.Sprintf("%d GB", bytes>>30)
	}
}
