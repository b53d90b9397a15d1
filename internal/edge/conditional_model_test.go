package edge_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/testing/testrandom"
)

// conditionTime is when the text was changed whose tags are asked for.
var conditionTime = time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)

// Whoever keeps a tag and writes or reads by it gets what a plain account of the tags
// says: reading tells anew what has changed, and writing happens only to what was seen.
func TestConditions_holdOverAHistoryOfChanges(t *testing.T) {
	testrandom.Each(t, func(t *testing.T, random *rand.Rand) {
		text := ""
		h := versioned(&text, time.Time{})
		tags := map[string]string{} // of each text that there ever was
		seen := []string{`"never"`, `W/"never"`, `""`}
		for step := range 600 {
			if text != "" {
				tag := call(h, "GET", "/text", "").Header().Get("ETag")
				if known, was := tags[text]; was {
					require.Equal(t, known, tag, "the same text has the same tag")
				}
				if tags[text] == "" {
					require.NotContains(t, seen, tag, "another text has another tag")
					tags[text], seen = tag, append(seen, tag)
				}
			}
			var list []string
			for range 1 + random.IntN(3) {
				tag := testrandom.OneOf(random, seen...)
				if text != "" && random.IntN(3) == 0 {
					tag = tags[text]
				}
				if random.IntN(3) == 0 {
					tag = strings.TrimPrefix(tag, "W/")
				}
				list = append(list, tag)
			}
			names := slices.ContainsFunc(list, func(tag string) bool {
				return text != "" && strings.TrimPrefix(tag, "W/") == strings.TrimPrefix(tags[text], "W/")
			})
			condition := strings.Join(list, testrandom.OneOf(random, ",", ", ", " , "))
			if random.IntN(5) == 0 {
				condition, names = "*", text != ""
			}
			told := fmt.Sprintf("step %d: %s of %q", step, condition, text)
			switch next := fmt.Sprintf(`{"n":%d}`, random.IntN(8)); random.IntN(4) {
			case 0:
				want := http.StatusOK
				switch {
				case text == "":
					want = http.StatusNotFound
				case names:
					want = http.StatusNotModified
				}
				answer := call(h, testrandom.OneOf(random, "GET", "HEAD"), "/text", "", "If-None-Match: "+condition)
				require.Equal(t, want, answer.Code, told)
			case 1:
				want, after := http.StatusPreconditionFailed, text
				if names {
					want, after = http.StatusOK, next
				}
				answer := call(h, "PUT", "/text", next, "Content-Type: application/json", "If-Match: "+condition)
				require.Equal(t, want, answer.Code, "%s: %s", told, answer.Body)
				require.Equal(t, after, text, told)
			case 2:
				want, after := http.StatusPreconditionFailed, text
				if text == "" {
					want, after = http.StatusOK, next
				}
				require.Equal(t, want, call(h, "PUT", "/text", next, "Content-Type: application/json", "If-None-Match: *").Code, told)
				require.Equal(t, after, text, told)
			default:
				text = testrandom.OneOf(random, "", next)
			}
		}
	}, 1)
}
