package fault

import (
	"strings"
	"time"
)

// Outage is what keeps the database from serving. The zero Outage is none.
type Outage int

// The outages there are.
const (
	DiskFull Outage = iota + 1
	Unreachable
	Silent
	NoConnectionFree
	NoConnectionTaken
	ReadOnly
	Exhausted
	Slow
	Contended
	FileAway
	FileDamaged
	FileInUse
)

// outages are what callers are told of each, and what whoever runs the broker can do.
var outages = map[Outage]struct{ message, remedy string }{
	DiskFull: {
		"The disk of the broker's database is full, so nothing can be stored now.",
		"Free space on the disk of the database; the broker goes on by itself.",
	},
	Unreachable: {
		"The broker cannot reach its database now.",
		"See that PostgreSQL runs and lets this machine in at the address of PACT_BROKER_DATABASE_URL; the broker goes on by itself when it is back.",
	},
	Silent: {
		"The broker's database does not answer now.",
		"See that PostgreSQL is not stopped or overloaded, and that the network between it and the broker works; the broker goes on by itself when it answers.",
	},
	NoConnectionFree: {
		"All connections of the broker to its database are in use now.",
		"If this happens often, see what keeps PostgreSQL busy, or raise PACT_BROKER_DATABASE_MAX_CONNECTIONS.",
	},
	NoConnectionTaken: {
		"The broker's database takes no more connections now.",
		"Lower PACT_BROKER_DATABASE_MAX_CONNECTIONS, or raise max_connections of PostgreSQL.",
	},
	ReadOnly: {
		"The broker's database can only be read now.",
		"On PostgreSQL, let PACT_BROKER_DATABASE_URL lead to the primary server; on SQLite, see that the file, its folder and its disk can be written.",
	},
	Exhausted: {
		"The broker's database has too few resources for this now.",
		"See the log of PostgreSQL: it lacks memory or another resource.",
	},
	Slow: {
		"The broker's database took too long for this.",
		"If this happens often, see what else keeps PostgreSQL busy, or raise PACT_BROKER_DATABASE_STATEMENT_TIMEOUT.",
	},
	Contended: {
		"Too many requests change the same thing at this moment.",
		"Nothing needs to be done: the client may send the request again.",
	},
	FileAway: {
		"The broker cannot reach the file of its database now.",
		"See that {file} and its folder are there, can be read and written by the broker's user, and that the disk has no errors.",
	},
	FileDamaged: {
		"The file of the broker's database is damaged.",
		"Stop the broker and restore {file} from a backup. Without one, sqlite3's .recover command saves what can still be read.",
	},
	FileInUse: {
		"The broker's database is in use by another program now.",
		"See which other program has {file} open, such as a backup that locks it.",
	},
}

// Message says to callers what is the matter.
func (o Outage) Message() string { return outages[o].message }

// Remedy says what whoever runs the broker can do; file is that of SQLite's database.
func (o Outage) Remedy(file string) string {
	return strings.ReplaceAll(outages[o].remedy, "{file}", file)
}

// Fault is the Unavailable fault of a database that cannot serve.
func (o Outage) Fault(file string) *Error {
	return New(Unavailable, "%s", o.Message()).Remedied(o.Remedy(file))
}

// TooLong is the Unavailable fault of a change that was undone because it took longer
// than a change may.
func TooLong(limit time.Duration) *Error {
	return New(Unavailable, "The change took longer than %s and was undone, so that others could go on. Send less at once, or try again.", limit).
		Remedied("If such changes are wanted, raise PACT_BROKER_DATABASE_TRANSACTION_TIMEOUT.")
}

// Vanished is the NotFound fault of what was there when the request looked it up, and
// is not any more.
func Vanished() *Error {
	return Missing("What the request names was deleted at the same moment.")
}
