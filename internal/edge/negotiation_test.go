package edge

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/testing/testrandom"
)

// qualityIn is how much an Accept header wants an offer, as RFC 9110 §12.5.1 reads it:
// the most specific range that has the offer decides. place is where that stands.
func qualityIn(ranges []string, weights []int, offer string) (quality, place int) {
	specific, place := -1, -1
	for i, media := range ranges {
		fits := -1
		switch {
		case media == offer:
			fits = 3
		case media == JSON && offer == HALJSON && weights[i] > 0:
			fits = 2
		case media == strings.SplitN(offer, "/", 2)[0]+"/*":
			fits = 1
		case media == "*/*":
			fits = 0
		}
		better := fits > specific || fits == specific && fits >= 0 && weights[i] > quality
		if better {
			specific, place, quality = fits, i, weights[i]
		}
	}
	return quality, place
}

// The answer has a type that the client wants most, by its weights as the standard reads
// them, whatever the header says in which order.
func TestNegotiate_isWhatTheStandardSays(t *testing.T) {
	random := testrandom.New(t)
	types := []string{HALJSON, JSON, CSV, PlainText, "image/png", "text/*", "application/*", "*/*"}
	for range 20_000 {
		var offers []string
		for _, i := range random.Perm(3)[:1+random.IntN(3)] {
			offers = append(offers, []string{HALJSON, CSV, PlainText}[i])
		}
		var ranges, parts []string
		var weights []int
		for _, i := range random.Perm(len(types))[:1+random.IntN(5)] {
			weight := []int{0, 1, 500, 999, 1000}[random.IntN(5)]
			ranges, weights = append(ranges, types[i]), append(weights, weight)
			part := strings.Repeat(" ", random.IntN(2)) + types[i]
			if random.IntN(3) == 0 {
				part = strings.ToUpper(part)
			}
			if weight < 1000 || random.IntN(2) == 0 {
				part += fmt.Sprintf("%s;%sq=%d.%03d", strings.Repeat(" ", random.IntN(2)), strings.Repeat(" ", random.IntN(2)), weight/1000, weight%1000)
			}
			parts = append(parts, part)
		}
		header := strings.Join(parts, ",")
		chosen, found := negotiate(offers, header)
		best := 0
		for _, offer := range offers {
			quality, _ := qualityIn(ranges, weights, offer)
			best = max(best, quality)
		}
		require.Equal(t, best > 0, found, "%v for %q", offers, header)
		if found {
			quality, place := qualityIn(ranges, weights, chosen)
			require.Equal(t, best, quality, "%v for %q is %s", offers, header, chosen)
			for _, other := range offers {
				if q, at := qualityIn(ranges, weights, other); q == best {
					require.LessOrEqual(t, place, at, "%v for %q is %s: the client names %s first", offers, header, chosen, other)
				}
			}
		}
	}
}

func TestNegotiate_takesWhatNobodyOughtToSend(t *testing.T) {
	offers := []string{HALJSON, CSV}
	for header, want := range map[string]string{
		"": HALJSON, ",": HALJSON, " , ;q=1": HALJSON, "*": HALJSON, "text/*": CSV, "text/csv;q=NaN": "", "text/csv;q=x": "", "text/csv;q=": "", "text/csv;q=-1": "", "text/csv;q=1e999": "", "text/csv;q=7, application/hal+json": CSV,
		"application/hal+json, text/csv;q=7": HALJSON, "text/csv;level=1;q=0.5, */*;q=0.1": CSV, "text/csv;q=0.1;q=1, application/hal+json;q=0.5": CSV, "TEXT/CSV": CSV, "text": "", "/": "", "text/": "", "*/csv": "", "text/csv q=1": "",
		"*/*, application/hal+json;q=0.1": CSV, "*/*;q=0.1, application/*;q=0": CSV, "*/*;q=0": "", "application/json;q=0, */*": HALJSON, "application/json;q=0, application/hal+json": HALJSON,
	} {
		chosen, found := negotiate(offers, header)
		require.Equal(t, want, chosen, "%q", header)
		require.Equal(t, want != "", found, "%q", header)
	}
}
