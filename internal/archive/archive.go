// Package archive is the form in which a broker's data travels: a stream of
// records, one JSON object a line, described in docs/archive.md. Whatever data
// comes from or goes to, it is made into these records. Pure functions.
package archive

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"
)

// Format and FormatVersion are what the first line of an archive says.
const (
	Format        = "accord-export"
	FormatVersion = 1
)

// Kind says what a record is about.
type Kind string

// The kinds of records, in the order in which they stand in an archive: each
// refers only to those before it.
const (
	KindApplication  Kind = "application"
	KindLabel        Kind = "label"
	KindEnvironment  Kind = "environment"
	KindVersion      Kind = "version"
	KindBranch       Kind = "branch"
	KindMembership   Kind = "membership"
	KindTag          Kind = "tag"
	KindIntegration  Kind = "integration"
	KindContent      Kind = "content"
	KindPublication  Kind = "publication"
	KindResult       Kind = "result"
	KindFirstSuccess Kind = "first_success"
	KindDocument     Kind = "provider_document"
	KindContract     Kind = "provider_contract"
	KindDeployment   Kind = "deployment"
	KindRelease      Kind = "release"
	KindCertificate  Kind = "certificate"
	KindSetting      Kind = "setting"
	KindSecret       Kind = "secret"
	KindWebhook      Kind = "webhook"
	KindDelivery     Kind = "delivery"
	KindAttempt      Kind = "attempt"

	kindHeader Kind = "header"
	kindEnd    Kind = "end"
)

// Kinds are all kinds of records in their order.
var Kinds = []Kind{
	KindApplication, KindLabel, KindEnvironment, KindVersion, KindBranch, KindMembership, KindTag, KindIntegration,
	KindContent, KindPublication, KindResult, KindFirstSuccess,
	KindDocument, KindContract, KindDeployment, KindRelease,
	KindCertificate, KindSetting, KindSecret, KindWebhook, KindDelivery, KindAttempt,
}

// mayBePassedOver reports whether programs that do not know the kind may go on
// without it, as those must be told that are older than the kind.
func (k Kind) mayBePassedOver() bool { return k == KindDocument || k == KindContract }

// Source is where records come from.
type Source interface {
	// Header tells what is about to come.
	Header() Header
	// Each hands over one record after the other, in the order of kinds, until
	// there are no more or take returns an error. Records of kinds that are not
	// wanted are passed over; nil wants all.
	Each(ctx context.Context, want func(Kind) bool, take func(Record) error) error
	// Progress is how much has been read of how much, in units of the source.
	Progress() (done, all int64)
	// Skipped is what the last reading came upon and could not make into records.
	Skipped() []Skipped
}

// Skipped are things of a source that could not be made into records, for one
// reason.
type Skipped struct {
	Kind   Kind
	Reason Reason
	Count  int64
	// First names the first of them.
	First []string
	// OtherTime tells that they were made into records all the same, with another time.
	OtherTime bool
	// Otherwise tells that they were made into records all the same, which say something else.
	Otherwise bool
}

// Comes reports whether they were made into records all the same.
func (s Skipped) Comes() bool { return s.OtherTime || s.Otherwise }

// SkipList collects what is skipped.
type SkipList []Skipped

// Add adds things that were skipped; of their names the first are kept.
func (l *SkipList) Add(kind Kind, reason Reason, name string, count int64) {
	l.add(kind, reason, name, count)
}

// AddTime adds a thing that comes with another time, for a reason. written is its own.
func (l *SkipList) AddTime(kind Kind, reason Reason, written string) {
	l.add(kind, reason, written, 1).OtherTime = true
}

// AddOtherwise adds a thing that comes otherwise than it is in the source, for a reason.
func (l *SkipList) AddOtherwise(kind Kind, reason Reason, name string) {
	l.add(kind, reason, name, 1).Otherwise = true
}

func (l *SkipList) add(kind Kind, reason Reason, name string, count int64) *Skipped {
	const shown = 5
	at := slices.IndexFunc(*l, func(s Skipped) bool { return s.Kind == kind && s.Reason == reason })
	if at < 0 {
		*l, at = append(*l, Skipped{Kind: kind, Reason: reason}), len(*l)
	}
	s := &(*l)[at]
	if s.Count += count; name != "" && len(s.First) < shown {
		s.First = append(s.First, name)
	}
	return s
}

// Header is the first line of an archive.
type Header struct {
	Format  string `json:"format"`
	Version int    `json:"version"`
	Source  Origin `json:"source"`
	// Complete is false if only a part of what the source holds is there.
	Complete bool     `json:"complete"`
	Since    *Time    `json:"since"`
	Only     []string `json:"only"`
	Redacted bool     `json:"redacted"`
	// Omitted are kinds of data that the source may hold but the archive does not.
	Omitted []string `json:"omitted"`
}

// Origin is the broker that the data was read from.
type Origin struct {
	// Kind is accord, pact_broker_database or pact_broker_http.
	Kind string `json:"kind"`
	// Schema is that of the database, if it was read.
	Schema string `json:"schema"`
}

// The kinds of origins.
const (
	FromAccord   = "accord"
	FromDatabase = "pact_broker_database"
	FromHTTP     = "pact_broker_http"
)

// Time is a point in time in microseconds since 1970, UTC.
type Time int64

const timeForm = "2006-01-02T15:04:05.999999Z07:00"

// TimeOf returns the time to the microsecond.
func TimeOf(t time.Time) Time { return Time(t.UnixMicro()) }

// Time returns the point in time in UTC.
func (t Time) Time() time.Time { return time.UnixMicro(int64(t)).UTC() }

// String is the time as it is written.
func (t Time) String() string { return t.Time().Format(timeForm) }

// MarshalText writes the time in the form of RFC 3339, in UTC.
func (t Time) MarshalText() ([]byte, error) {
	if year := t.Time().Year(); year < 0 || year > 9999 {
		return nil, fmt.Errorf("archive: the year %d cannot be written", year)
	}
	return []byte(t.String()), nil
}

// UnmarshalText reads a time in the form of RFC 3339.
func (t *Time) UnmarshalText(text []byte) error {
	read, err := time.Parse(time.RFC3339Nano, string(text))
	if err != nil {
		return fmt.Errorf("%q is no time as in RFC 3339", text)
	}
	*t = TimeOf(read)
	return nil
}

// Times are when something was made and last changed.
type Times struct {
	CreatedAt Time `json:"created_at"`
	UpdatedAt Time `json:"updated_at"`
}

// end is the last line of an archive.
type end struct {
	Records map[Kind]int64 `json:"records"`
	SHA256  string         `json:"sha256"`
}

// unmarshal reads one line into a record.
func unmarshal(line []byte, into any) error {
	if err := json.Unmarshal(line, into); err != nil {
		return fmt.Errorf("archive: read a record: %w", err)
	}
	return nil
}
