package edge

import (
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/gin-gonic/gin"

	"github.com/accord-broker/accord/internal/support/fault"
)

// Pair is one "key=value" of a query. The order matters to some questions, and
// so does whether there was a value at all.
type Pair struct {
	Key, Value string
	HasValue   bool
}

// Query returns the pairs of the query in the order in which they were written.
func Query(c *gin.Context) []Pair { return requestStateOf(c.Request.Context()).query }

// QueryValue returns the last value given for a key. A key without "=" counts
// as not given.
func QueryValue(c *gin.Context, key string) (value string, given bool) {
	for _, pair := range Query(c) {
		if pair.Key == key && pair.HasValue {
			value, given = pair.Value, true
		}
	}
	return value, given
}

// maxSearch is how long a text to search for may be; no name is longer.
const maxSearch = 500

// Search returns the text that the query searches names for, or "". It returns
// an Invalid fault for one that is longer than any name.
func Search(c *gin.Context) (string, error) {
	text, _ := QueryValue(c, "q")
	if utf8.RuneCountInString(text) > maxSearch {
		return "", fault.InvalidField("q", "must have at most %d characters, which no name exceeds", maxSearch)
	}
	return text, nil
}

// QueryValues returns all values given for a key, in order.
func QueryValues(c *gin.Context, key string) []string {
	var values []string
	for _, pair := range Query(c) {
		if pair.Key == key && pair.HasValue {
			values = append(values, pair.Value)
		}
	}
	return values
}

// parseQuery reads a raw query. It returns a Malformed fault if an escape is
// broken or the text is not UTF-8.
func parseQuery(raw string) ([]Pair, error) {
	var pairs []Pair
	for part := range strings.SplitSeq(raw, "&") {
		if part == "" {
			continue
		}
		rawKey, rawValue, has := strings.Cut(part, "=")
		key, keyErr := url.QueryUnescape(rawKey)
		value, valueErr := url.QueryUnescape(rawValue)
		if keyErr != nil || valueErr != nil {
			return nil, fault.New(fault.Malformed, "The query cannot be read: %q has a percent sign without two hexadecimal digits.", part)
		}
		if !utf8.ValidString(key) || !utf8.ValidString(value) || strings.ContainsRune(key+value, 0) {
			return nil, fault.New(fault.Malformed, "The query cannot be read: %q is not UTF-8 text.", part)
		}
		pairs = append(pairs, Pair{Key: key, Value: value, HasValue: has})
	}
	return pairs, nil
}
