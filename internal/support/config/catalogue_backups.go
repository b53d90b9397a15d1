package config

import (
	"errors"
	"regexp"
	"strings"
	"time"

	"github.com/robfig/cron/v3"
)

// Backups says when copies of a SQLite database are made, and where they go.
type Backups struct {
	// Schedule is when; nil if the broker makes none by itself.
	Schedule cron.Schedule
	// To is a folder, or s3://bucket/prefix; empty for the folder beside the database.
	To string
	// Keep is how many are kept; 0 leaves it to who makes them.
	Keep int
	// MaxAge is how old the newest may be; 0 for what the schedule says.
	MaxAge time.Duration
	Store  BackupStore
}

// BackupStore is how a store that speaks the protocol of Amazon S3 is reached.
type BackupStore struct{ Endpoint, Region, AccessKey, SecretKey string }

func (t *target) backupSettings() []Setting {
	s := &t.Backups
	return []Setting{
		{Key: "backup_schedule", Common: true, set: schedule(&s.Schedule),
			Help: "When the broker backs up its SQLite database by itself, as `PACT_BROKER_DATABASE_CLEAN_CRON_SCHEDULE` says it: `15 3 * * *` or `@daily`. One that was missed, as the first one is, is made at the start. Unset, it makes none. See docs/running.md."},
		{Key: "backup_to", set: backupPlace(&s.To),
			Help: "Where backups are kept: a folder, or `s3://bucket/prefix` in a store that speaks the protocol of Amazon S3. Several brokers need a folder or a prefix each. Unset, it is the folder `backups` beside the database."},
		{Key: "backup_keep", set: number(&s.Keep, 1, 100_000),
			Help: "How many backups of this database are kept, the newest. Unset, those on schedule keep 14, and `broker backup` keeps all."},
		{Key: "backup_max_age", set: duration(&s.MaxAge),
			Help: "How old the newest backup may be before `broker doctor` and `broker health` tell of it, such as `36h`. Unset, it is too old once the schedule has come round twice since."},
		{Key: "backup_s3_endpoint", Default: "https://s3.amazonaws.com", set: webAddress(&s.Store.Endpoint),
			Help: "The address of the store, such as `https://minio.example.org:9000`."},
		{Key: "backup_s3_region", Default: "us-east-1", set: text(&s.Store.Region),
			Help: "The region in which the bucket is. Stores other than Amazon's mostly take the default."},
		{Key: "backup_s3_access_key", Secret: true, flagless: true, set: text(&s.Store.AccessKey),
			Help: "The id of the key with which the store is asked. Unset, the broker asks as the role that its machine or container has at Amazon."},
		{Key: "backup_s3_secret_key", Secret: true, flagless: true, set: text(&s.Store.SecretKey),
			Help: "The secret of that key. It needs `s3:ListBucket`, `s3:PutObject`, `s3:GetObject` and `s3:DeleteObject`."},
	}
}

var bucketForm = regexp.MustCompile(`^s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/.*)?$`)

// backupPlace takes a folder or an address in a store.
func backupPlace(into *string) parser {
	return func(value string) error {
		if strings.Contains(value, "://") && !bucketForm.MatchString(value) {
			return errors.New("a folder such as /mnt/backups, or s3://bucket/prefix with the name of a bucket in lower case")
		}
		*into = value
		return nil
	}
}

// webAddress takes an address with a host and nothing behind it.
func webAddress(into *string) parser {
	return func(value string) error {
		address := strings.TrimSuffix(value, "/")
		if !isWebAddress(address) || strings.Count(address, "/") != 2 || strings.ContainsAny(address, "@?#") {
			return errors.New("an address such as https://s3.example.org or http://127.0.0.1:9000, without a path")
		}
		*into = address
		return nil
	}
}

// finishBackups refuses what would leave people without backups unawares.
func (l *loader) finishBackups(t *target) {
	b := t.Backups
	if _, isFile := t.Database.File(); b.Schedule != nil && !isFile {
		l.problem("%s is set, but the broker copies SQLite databases only; unset it, and have a job run what `broker backup` prints, pg_dump", variable("backup_schedule"))
	}
	if (b.Store.AccessKey == "") != (b.Store.SecretKey == "") {
		l.problem("%s and %s must be set together", variable("backup_s3_access_key"), variable("backup_s3_secret_key"))
	}
}
