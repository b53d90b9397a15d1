package commands

import (
	"context"
	"fmt"
	"path"

	"github.com/spf13/cobra"

	"github.com/accord-broker/accord/internal/app"
	"github.com/accord-broker/accord/internal/store"
	"github.com/accord-broker/accord/internal/store/db"
	"github.com/accord-broker/accord/internal/support/config"
)

// restoreFlags are how `broker restore` was called.
type restoreFlags struct {
	output  string
	replace bool
}

func newRestore(shell Shell) *cobra.Command {
	var flags restoreFlags
	cmd := &cobra.Command{
		Use: "restore BACKUP", Short: "Put a backup in the place of the database", Args: namedWords,
		Long: "Copies a backup, a file or one in a store (s3://bucket/prefix/name.db), to the\n" +
			"place of the SQLite database that the settings name, once the copy was found\n" +
			"whole. Of a folder, or of s3://bucket/prefix, it takes the newest backup of this\n" +
			"database. A database that a broker serves from is refused; one that holds\n" +
			"something is put aside under another name with --replace. For PostgreSQL it\n" +
			"prints the pg_restore to run. The key for secrets is not part of a backup: put\n" +
			"it back as well.\n\n" +
			"Exit codes: 0 restored, 1 not restored, 2 wrong usage or settings.",
		Example: "  broker restore /mnt/backups/accord-20260131T020000Z.db --replace",
		RunE:    func(cmd *cobra.Command, args []string) error { return restore(cmd, shell, args[0], flags) },
	}
	cmd.Flags().BoolVar(&flags.replace, "replace", false, "put a database aside that holds something")
	cmd.Flags().StringVar(&flags.output, "output", "text", "the `FORMAT` of what is told: text or json")
	return cmd
}

// jsonRestored is what came of a restore, as programs read it. KeyProblem says
// which secrets cannot be read with the key that is there.
type jsonRestored struct {
	File       *string `json:"file"`
	From       string  `json:"from"`
	SizeBytes  int64   `json:"size_bytes"`
	Schema     int64   `json:"schema"`
	Verified   bool    `json:"verified"`
	Compared   bool    `json:"compared"`
	Aside      *string `json:"replaced_database"`
	Key        jsonKey `json:"secrets_key"`
	KeyProblem *string `json:"secrets_key_problem"`
	Command    *string `json:"command"`
	Error      *string `json:"error"`
}

func (j jsonRestored) because(err error) any {
	j.Error = textOf(err)
	return j
}

func (j jsonBackup) because(err error) any {
	j.Error = textOf(err)
	return j
}

func textOf(err error) *string {
	text := oneLine(err)
	return &text
}

func restore(cmd *cobra.Command, shell Shell, from string, flags restoreFlags) error {
	if err := checkOutput(flags.output); err != nil {
		return err
	}
	settings, _, err := load(cmd, shell)
	if err != nil {
		return err
	}
	report := report{shell: shell, json: flags.output == "json"}
	if _, isFile := settings.Database.File(); !isFile {
		return adviseRestore(report, settings, from, flags.replace)
	}
	result := jsonRestored{From: from, Key: keyOf(settings)}
	restored, from, err := app.Restore(cmd.Context(), settings, from, flags.replace, report.progress("copied"))
	result.From = from
	if restored.Aside != "" {
		result.Aside = &restored.Aside
		report.say("The database that was there is now %s. Delete it when nothing in it is needed any more.", restored.Aside)
	}
	if err != nil {
		return report.failed(result, err)
	}
	dangling := db.Dangling(restored.Dangling)
	result.File, result.SizeBytes, result.Schema, result.Verified = &restored.File, restored.Size, restored.Schema, dangling == nil
	result.Compared = restored.Compared
	found := "and found it whole."
	if dangling != nil {
		found = "but in it " + oneLine(dangling) + ": look for a backup from before, and see `broker doctor`."
	}
	report.say("Restored %s from %s (%s, schema %d), %s", restored.File, from, size(restored.Size), restored.Schema, found)
	if !restored.Compared {
		report.say("There is no sum with the backup (%s.sha256), so only SQLite could be asked, which does not look into contracts: run `broker doctor`, which reads them all.", path.Base(from))
	}
	if restored.Schema < restored.Latest {
		report.say("The broker brings it to schema %d at its start, or `broker migrate` does.", restored.Latest)
	}
	result.KeyProblem = tellOfKey(cmd.Context(), report, settings, restored)
	report.say("Deliveries of webhooks that were due when the backup was made are sent when the broker starts, even if they have been sent since.")
	return report.done(result)
}

// tellOfKey tries the key on what the restored database keeps encrypted, says
// what to do about it, and returns what is wrong with it.
func tellOfKey(ctx context.Context, report report, settings config.Settings, restored db.Restored) *string {
	news, problem := keyNews(ctx, settings, restored)
	report.say("The backup does not hold the key for secrets. %s", news)
	if !problem {
		return nil
	}
	return &news
}

func keyNews(ctx context.Context, settings config.Settings, restored db.Restored) (news string, problem bool) {
	if restored.Schema < restored.Latest {
		return fmt.Sprintf("Put the one that belongs to it into %s; once the tables are up to date, `broker doctor` tries it.", app.KeyPlace(settings)), true
	}
	keyring, err := app.FindKeyring(ctx, settings)
	if err != nil {
		return oneLine(err), true
	}
	encrypted, err := store.InspectEncrypted(ctx, settings.Database.URL)
	if err != nil {
		return oneLine(err), true
	}
	if problem := app.CheckSecrets(settings, keyring, encrypted); problem != "" {
		return problem, true
	}
	if len(encrypted) == 0 {
		return "Nothing in this one is encrypted, so none is missing.", false
	}
	return fmt.Sprintf("The one in %s opens all that is encrypted, %d in all.", app.KeyPlace(settings), len(encrypted)), false
}
