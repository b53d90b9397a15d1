package pactbroker

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/accord-broker/accord/internal/archive"
	"github.com/accord-broker/accord/internal/store/db"
)

// Databases, their drivers and the releases of the Pact Broker write values in
// several ways; this file reads them all.

func number(value any) int64 {
	switch v := value.(type) {
	case int64:
		return v
	case int32:
		return int64(v)
	case float64:
		return int64(v)
	}
	n, _ := strconv.ParseInt(db.TextOf(value), 10, 64) // no number is 0
	return n
}

func text(value any) string { return db.TextOf(value) }

// optionalText is a text, or nil for NULL.
func optionalText(value any) *string {
	if value == nil {
		return nil
	}
	t := db.TextOf(value)
	return &t
}

// truth reads true, 1 and, from old releases on SQLite, t.
func truth(value any) bool {
	switch v := value.(type) {
	case bool:
		return v
	case int64:
		return v != 0
	}
	switch strings.ToLower(db.TextOf(value)) {
	case "t", "true", "1":
		return true
	}
	return false
}

func optionalTruth(value any) *bool {
	if value == nil {
		return nil
	}
	t := truth(value)
	return &t
}

// timeForms are those in which texts hold times, and timeZones what follows on them.
// Without a zone they are in UTC; fractions of seconds are read in any case.
var (
	timeForms = []string{"2006-01-02 15:04:05", "2006-01-02T15:04:05", "2006-01-02", "2006-01-02 15:04", "2006-01-02T15:04", "Mon, 2 Jan 2006 15:04:05", "2 Jan 2006 15:04:05"}
	timeZones = []string{"", "Z07:00", "-0700", "-07", " Z07:00", " -0700", " -07"}
)

func optionalTime(value any) *archive.Time {
	if value == nil {
		return nil
	}
	if at, is := value.(time.Time); is {
		// Columns have no zone, and hold UTC, whatever the driver takes them for.
		t := archive.TimeOf(time.Date(at.Year(), at.Month(), at.Day(), at.Hour(), at.Minute(), at.Second(), at.Nanosecond(), time.UTC))
		return &t
	}
	written := strings.TrimSuffix(strings.TrimSuffix(strings.TrimSpace(db.TextOf(value)), " UTC"), " GMT")
	for _, form := range timeForms {
		for _, zone := range timeZones {
			if at, err := time.Parse(form+zone, written); err == nil {
				t := archive.TimeOf(at)
				return &t
			}
		}
	}
	return sinceEpoch(written)
}

// sinceEpoch reads a number of seconds, or of thousandths or millionths of them, since
// 1970. One that is too small to be of any Pact Broker is none.
func sinceEpoch(written string) *archive.Time {
	n, err := strconv.ParseFloat(written, 64)
	const oldest, newest = 1e9, 1e10 // 2001 and 2286
	for _, inSecond := range []float64{1, 1e3, 1e6} {
		if seconds := n / inSecond; err == nil && seconds >= oldest && seconds < newest {
			t := archive.TimeOf(time.UnixMicro(int64(math.Round(seconds * 1e6))))
			return &t
		}
	}
	return nil
}

// timeOr is a time, or another one where there is none, or that of the row before if
// there is no other. What is missing so, or cannot be read, is told.
func (s *Source) timeOr(value any, otherwise archive.Time) archive.Time {
	if at := optionalTime(value); at != nil {
		s.before = *at
		return *at
	}
	switch {
	case value != nil:
		s.skipped.AddTime(s.reading, archive.UnreadableTime, text(value))
	case otherwise == 0:
		s.skipped.AddTime(s.reading, archive.NoTime, "")
	}
	if otherwise == 0 {
		return s.before
	}
	return otherwise
}

// ended is when something came to an end, or nil if it has not. Something whose end
// cannot be read has ended nevertheless.
func (s *Source) ended(value any, otherwise archive.Time) *archive.Time {
	if value == nil {
		return nil
	}
	if at := optionalTime(value); at != nil {
		return at
	}
	at := s.timeOr(value, otherwise)
	return &at
}

func (s *Source) timesOf(created, updated any) archive.Times {
	at := optionalTime(updated)
	if at == nil {
		at = new(archive.Time)
	}
	first := s.timeOr(created, *at)
	return archive.Times{CreatedAt: first, UpdatedAt: s.timeOr(updated, first)}
}

// list reads a JSON list of texts; nil for anything else.
func list(value any) []string {
	if value == nil {
		return nil
	}
	var texts []string
	if json.Unmarshal([]byte(db.TextOf(value)), &texts) != nil {
		return nil
	}
	return texts
}
