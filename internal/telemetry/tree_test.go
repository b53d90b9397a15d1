package telemetry_test

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/telemetry"
	"github.com/accord-broker/accord/internal/testing/testrandom"
)

// work is a part of what a broker does for a request, as a test has made it up.
type work struct {
	name, parent, wrong string
	statement           bool
}

// follow does made-up work below a span, each part under a name of its own.
func follow(ctx context.Context, traces *telemetry.Traces, random *rand.Rand, depth int, parent string, done *[]work) {
	for range random.IntN(4) {
		name := fmt.Sprint("PART", len(*done))
		switch n := random.IntN(3); {
		case n == 0 || depth == 0:
			*done = append(*done, work{name: name, parent: parent, statement: true})
			traces.Statement(ctx, "sqlite", name+" of\n  something", time.Millisecond)
		case n == 1:
			i := len(*done)
			*done = append(*done, work{name: name, parent: parent})
			below, _, span := traces.Start(ctx, "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", name, false)
			follow(below, traces, random, depth-1, name, done)
			if random.IntN(3) == 0 {
				(*done)[i].wrong = "it broke"
			}
			span.End((*done)[i].wrong)
		default:
			*done = append(*done, work{name: name, parent: parent})
			below, span := traces.Within(ctx, name)
			follow(below, traces, random, depth-1, name, done)
			span.End("")
		}
	}
}

// Whatever is done for a request, each part is sent once, in the trace of the request and
// below the part that it belongs to, with what went wrong.
func TestTraces_areTheTreeOfWhatWasDone(t *testing.T) {
	testrandom.Each(t, func(t *testing.T, random *rand.Rand) {
		c := newCollector(t, http.StatusOK)
		traces := tracesTo(t, c, io.Discard, nil)
		var done []work
		roots := map[string]bool{}
		for i := range 20 {
			name := fmt.Sprint("REQUEST", i)
			roots[name] = true
			ctx, _, span := traces.Start(t.Context(), "", name, true)
			follow(ctx, traces, random, 4, name, &done)
			span.End("")
		}
		require.NoError(t, traces.Close(t.Context()))
		require.Len(t, c.spans, len(done)+len(roots))
		byName, byID, of := map[string]sentSpan{}, map[string]string{}, map[string]string{}
		for _, s := range c.spans {
			require.NotContains(t, byName, s.Name, "each once")
			byName[s.Name], byID[s.SpanID] = s, s.Name
			if roots[s.Name] {
				require.Empty(t, s.ParentSpanID)
				require.NotContains(t, of, s.TraceID, "each request is a trace of its own")
				of[s.TraceID] = s.Name
			}
		}
		for _, w := range done {
			sent, known := byName[w.name]
			require.True(t, known, w.name)
			require.Equal(t, w.parent, byID[sent.ParentSpanID], w.name)
			require.Equal(t, byName[w.parent].TraceID, sent.TraceID, w.name)
			require.Equal(t, w.wrong, sent.Status.Message, w.name)
			require.Equal(t, w.wrong != "", sent.Status.Code == 2, w.name)
			if w.statement {
				require.Equal(t, w.name+" of something", named(sent.Attributes)["db.query.text"])
			}
			require.LessOrEqual(t, sent.StartTimeUnixNano, sent.EndTimeUnixNano)
		}
	}, 1)
}

// A long statement is cut between letters.
func TestTraces_cutLongStatementsBetweenLetters(t *testing.T) {
	c := newCollector(t, http.StatusOK)
	traces := tracesTo(t, c, io.Discard, nil)
	ctx, _, span := traces.Start(t.Context(), "", "GET", true)
	for _, before := range []string{"", "x", "xx"} {
		traces.Statement(ctx, "sqlite", "SELECT "+before+strings.Repeat("日", 500), time.Millisecond)
	}
	span.End("")
	require.NoError(t, traces.Close(t.Context()))
	for _, s := range c.spans {
		if text := named(s.Attributes)["db.query.text"]; text != "" {
			require.Regexp(t, `^SELECT x*日+$`, text)
			require.InDelta(t, 300, len(text), 3)
		}
	}
	require.Len(t, c.spans, 4)
}
