package commands

import (
	"errors"
	"fmt"

	"github.com/accord-broker/accord/internal/store"
	"github.com/accord-broker/accord/internal/store/db"
	"github.com/accord-broker/accord/internal/store/pactbroker"
)

const (
	// nothingChanged is said of databases that were refused.
	nothingChanged = "; nothing was changed"
	onlyInPlace    = "PACT_BROKER_IMPORT=in-place is for the database of a Pact Broker: unset it"
)

// advice is what to do about errors that say only what is wrong.
var advice = []struct {
	about error
	text  string
}{
	{db.ErrForeign, "give Accord a database of its own with PACT_BROKER_DATABASE_URL, and bring the data with `broker import --from`; " +
		"on PostgreSQL, PACT_BROKER_IMPORT=in-place does both in this database and leaves those tables as they are"},
	{db.ErrNewer, "start that version or a later one"},
	{db.ErrBehind, "run `broker migrate`, or set PACT_BROKER_AUTO_MIGRATE_DB=true"},
	{db.ErrNoFolder, "make it, or correct PACT_BROKER_DATABASE_URL"},
	{db.ErrReadOnly, "mount its disk for writing and give the file and its folder to the user of the broker, or let PACT_BROKER_DATABASE_URL name another file"},
	{db.ErrNoRight, "let the owner of the database run `GRANT CREATE ON SCHEMA` (or `ON DATABASE` where the schema is to be made) for that user" + nothingChanged},
	{db.ErrHides, "set PACT_BROKER_DATABASE_SCHEMA to a name that is neither the user's nor in the search_path of the user or the database" + nothingChanged},
	{db.ErrNoSchema, "make one, or let PACT_BROKER_DATABASE_SCHEMA name the one to be made" + nothingChanged},
	{db.ErrOwnData, onlyInPlace + nothingChanged},
	{db.ErrNotBeside, onlyInPlace + ", or correct PACT_BROKER_DATABASE_URL" + nothingChanged},
	{db.ErrNothingThere, "check PACT_BROKER_DATABASE_URL"},
	{db.ErrBackupRunning, "wait until it has ended"},
	{db.ErrChanged, "take another one; if it was changed on purpose, delete the file with its sum first"},
	{db.ErrNotEmpty, "--replace puts it aside and the backup in its place"},
	{pactbroker.ErrAccord, "let `broker export FILE` write what is there into an archive, and bring that with `broker import FILE`"},
	{pactbroker.ErrUnknown, newestOnACopy},
	{pactbroker.ErrTooOld, newestOnACopy},
	{store.ErrUnreadable, "`broker doctor` lists all that cannot"},
	{store.ErrImportDiffers, "run `broker doctor`, and report this to the project"},
}

const newestOnACopy = "let the newest Pact Broker start once on a copy of the database, and import that"

// withAdvice is the text of an error and, where that is known, what to do about it.
func withAdvice(err error) string {
	if about := adviceOn(err); about != "" {
		return fmt.Sprintf("%v; %s", err, about)
	}
	return err.Error()
}

// adviceOn is what to do about an error, "" if that is not known or the error says so itself.
func adviceOn(err error) string {
	if errors.As(err, new(*db.InUseError)) {
		return "stop it first, or let PACT_BROKER_DATABASE_URL name another file; several brokers can share a PostgreSQL database"
	}
	if errors.As(err, new(*db.ImportedInPlaceError)) {
		return `set PACT_BROKER_IMPORT=in-place (and PACT_BROKER_DATABASE_SCHEMA, if it is not "accord") to use that`
	}
	for _, a := range advice {
		if errors.Is(err, a.about) {
			return a.text
		}
	}
	return ""
}
