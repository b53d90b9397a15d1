package pactbroker

import (
	"encoding/json"
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

// timeForms are those in which texts hold times. Without a zone they are in UTC.
var timeForms = []string{
	"2006-01-02 15:04:05.999999999", "2006-01-02 15:04:05.999999999Z07:00", "2006-01-02 15:04:05.999999999-0700", "2006-01-02 15:04:05.999999999 -0700",
	time.RFC3339Nano, "2006-01-02T15:04:05.999999999", "2006-01-02",
}

func optionalTime(value any) *archive.Time {
	if value == nil {
		return nil
	}
	if at, is := value.(time.Time); is {
		// Columns have no zone, and hold UTC, whatever the driver takes them for.
		t := archive.TimeOf(time.Date(at.Year(), at.Month(), at.Day(), at.Hour(), at.Minute(), at.Second(), at.Nanosecond(), time.UTC))
		return &t
	}
	written := strings.TrimSuffix(db.TextOf(value), " UTC")
	for _, form := range timeForms {
		if at, err := time.Parse(form, written); err == nil {
			t := archive.TimeOf(at)
			return &t
		}
	}
	return nil
}

// timeOr is a time, or another one where there is none.
func timeOr(value any, otherwise archive.Time) archive.Time {
	if at := optionalTime(value); at != nil {
		return *at
	}
	return otherwise
}

func timesOf(created, updated any) archive.Times {
	at := timeOr(created, 0)
	return archive.Times{CreatedAt: at, UpdatedAt: timeOr(updated, at)}
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
