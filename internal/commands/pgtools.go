package commands

import (
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"strings"
	"time"

	"github.com/accord-broker/accord/internal/store/backups"
	"github.com/accord-broker/accord/internal/support/config"
)

// PostgreSQL has tools of its own, which copy a database of any size without
// stopping anybody. The broker says how to call them.

// errOwnTools is why the broker does not do it itself.
var errOwnTools = errors.New("PostgreSQL databases are backed up and restored with PostgreSQL's own tools; nothing was done")

func adviseDump(report report, settings config.Settings, folder string) error {
	address, name := forTools(settings.Database)
	if backups.IsStore(folder) {
		folder = "" // the dump is sent there by other tools
	}
	file := filepath.Join(folder, name+"-"+time.Now().UTC().Format("20060102T150405Z")+".dump")
	command := "umask 077 && pg_dump --format=custom --no-owner \\\n  --file=" + quoted(file) + " \\\n  " + quoted(address)
	advise(report, "Nothing was backed up: PostgreSQL has a tool of its own for it. Run this, while the brokers go on:", command,
		"Keep the value of PACT_BROKER_SECRETS_KEY in another place: the dump does not hold it, and without it passwords and signing keys of webhooks cannot be read after a restore.")
	return report.advised(jsonBackup{Deleted: []string{}, Key: keyOf(settings), Command: &command})
}

func adviseRestore(report report, settings config.Settings, from string, replace bool) error {
	address, _ := forTools(settings.Database)
	flags := "--no-owner --exit-on-error --single-transaction"
	before := "Nothing was restored: PostgreSQL has a tool of its own for it. Stop all brokers, and run this with an empty database:"
	if replace {
		flags += " \\\n  --clean --if-exists"
		before = "Nothing was restored: PostgreSQL has a tool of its own for it. Stop all brokers, and run this; it deletes what is there:"
	}
	command := "pg_restore " + flags + " \\\n  --dbname=" + quoted(address) + " \\\n  " + quoted(from)
	advise(report, before, command,
		"Set PACT_BROKER_SECRETS_KEY to the key that belongs to this dump, which does not hold it; then `broker doctor` tries it.")
	return report.advised(jsonRestored{From: from, Key: keyOf(settings), Command: &command})
}

// advise tells people which command to run.
func advise(report report, before, command, after string) {
	report.say("%s", before)
	if !report.json {
		fmt.Fprintf(report.shell.Out, "\n%s\n\n", command)
	}
	report.say("It takes the password from PGPASSWORD or ~/.pgpass, or asks for it.")
	report.say("%s", after)
}

// advised ends a command that did nothing but give advice.
func (r report) advised(result failing) error {
	if r.json {
		return r.failed(result, errOwnTools)
	}
	return exitCode{exitFailed}
}

// parameters are those of an address that PostgreSQL's tools know and that say
// how to reach a database; others are the broker's own.
var parameters = []string{"host", "port", "dbname", "user", "sslmode", "sslrootcert", "sslcert", "sslkey", "connect_timeout", "target_session_attrs"}

// forTools is the address of a database for PostgreSQL's tools, without the
// password, and the name of the database.
func forTools(settings config.Database) (address, name string) {
	u, err := url.Parse(settings.URL)
	if err != nil {
		return settings.Shown(), "accord" // the settings have been checked
	}
	kept := url.Values{}
	for _, parameter := range parameters {
		if values := u.Query()[parameter]; len(values) > 0 {
			kept[parameter] = values
		}
	}
	if u.User != nil {
		u.User = url.User(u.User.Username())
	}
	u.RawQuery = config.EncodeQuery(kept)
	if name = strings.Trim(u.Path, "/"); name == "" {
		name = "accord"
	}
	return u.String(), strings.ReplaceAll(name, "/", "-")
}

// quoted is a text as one word of a shell.
func quoted(text string) string { return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'" }
