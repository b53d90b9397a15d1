package pactfile

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestDiffShowsWhatChangedAndWhere(t *testing.T) {
	before := withInteractions(swim, dive, swimPost)
	after := withInteractions(dive, swim201, swimIce, swimPost)
	require.Equal(t, strings.TrimPrefix(`
  {
    "interactions": [
      {
        "description": "swim"
        "response": {
-         "status": 200
+         "status": 201
        }
        ...
      }
+     {
+       "description": "swim"
+       "providerState": "ice"
+       "request": {
+         "method": "POST"
+         "path": "/river"
+       }
+       "response": {
+         "status": 200
+       }
+     }
      ...
    ]
    ...
  }
`, "\n"), Diff(read(t, before), read(t, after), 0))
}

func TestDiffOfTheRest(t *testing.T) {
	before := `{"a":[],"b":{"x":1},"messages":[{"description":"m","_id":"1","contents":[1,2,3,4]},{"description":"gone"}],"metadata":{"n":1.0}}`
	after := `{"b":{},"metadata":{"n":1,"o":null},"messages":[{"contents":[1,3,{"k":"v"},4],"providerStates":[],"description":"m","_id":"2"}]}`
	require.Equal(t, strings.TrimPrefix(`
  {
-   "a": []
    "b": {
-     "x": 1
    }
    "messages": [
      {
        "description": "m"
        "contents": [
-         2
+         {
+           "k": "v"
+         }
          ...
        ]
+       "providerStates": []
      }
-     {
-       "description": "gone"
-     }
    ]
    "metadata": {
-     "n": 1.0
+     "n": 1
+     "o": null
    }
  }
`, "\n"), Diff(read(t, before), read(t, after), 0))
}

func TestDiffOfTheSameIsEmpty(t *testing.T) {
	a := read(t, withInteractions(swim, dive))
	require.Empty(t, Diff(a, WithInteractionIDs(read(t, withInteractions(dive, swim))), 0))
	require.Empty(t, Diff(a, a, 10))
}

func TestDiffStopsAtTheLimit(t *testing.T) {
	lines := strings.Split(Diff(read(t, `{"a":1,"b":2}`), read(t, `{"a":3,"b":4}`), 3), "\n")
	require.Equal(t, []string{"  {", `-   "a": 1`, `+   "a": 3`, " ... and 3 more lines", ""}, lines)
}

func TestDiffOfLists(t *testing.T) {
	for name, test := range map[string]struct{ before, after, want string }{
		"inserted": {`[1,2,3]`, `[1,9,2,3]`, "+9"},
		"removed":  {`[1,2,3]`, `[1,3]`, "-2"},
		"replaced": {`[1,2,3]`, `[1,9,3]`, "-2 +9"},
		"moved":    {`[1,2,3]`, `[3,1,2]`, "+3 -3"},
		"all":      {`[1,2]`, `[3,4,5]`, "-1 +3 -2 +4 +5"},
		"emptied":  {`[1,2]`, `[]`, "-1 -2"},
		"doubled":  {`[1,1,2]`, `[1,2,2]`, "-1 +2"},
	} {
		got := markedLines(Diff(Body(`{"x":`+test.before+`}`), Body(`{"x":`+test.after+`}`), 0))
		require.Equal(t, test.want, strings.Join(got, " "), name)
	}
}

// markedLines returns the lines that were added or removed, without indentation.
func markedLines(diff string) []string {
	var marked []string
	for line := range strings.Lines(diff) {
		if line[0] != ' ' {
			marked = append(marked, line[:1]+strings.TrimSpace(line[1:]))
		}
	}
	return marked
}

func TestLongListsAreComparedPlaceByPlace(t *testing.T) {
	numbers := func(first, count int) string {
		var text strings.Builder
		for n := range count {
			fmt.Fprintf(&text, ",%d", first+n)
		}
		return `{"x":[` + text.String()[1:] + `]}`
	}
	require.Len(t, markedLines(Diff(Body(numbers(1, 100)), Body(numbers(0, 101)), 0)), 1)
	require.Len(t, markedLines(Diff(Body(numbers(1, 300)), Body(numbers(0, 300)), 0)), 2*300)
}

func TestDiffIntroducesInteractionsOnly(t *testing.T) {
	of := func(status string) string {
		return `{"interactions":[{"description":"a","response":{"body":{"description":"b","status":` + status + `}}}]}`
	}
	diff := Diff(read(t, of("1")), read(t, of("2")), 0)
	require.Contains(t, diff, `"description": "a"`)
	require.NotContains(t, diff, `"description": "b"`)
}

func BenchmarkDiff(b *testing.B) {
	before := bigContent(b, 5<<20)
	text := string(before)
	list := func(first int) Body {
		var text strings.Builder
		for n := range 600_000 {
			fmt.Fprintf(&text, ",%d", first+n)
		}
		return Body(`{"list":[` + text.String()[1:] + `]}`)
	}
	for name, pair := range map[string][2]Body{
		"one change":       {before, Body(strings.Replace(text, `"status":200`, `"status":201`, 1))},
		"all changed":      {before, Body(strings.ReplaceAll(text, `"km":12.75`, `"km":13`))},
		"all other":        {before, Body(strings.ReplaceAll(text, `"request `, `"another `))},
		"one endless list": {list(0), list(1_000_000)},
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				Diff(pair[0], pair[1], 0)
			}
		})
	}
}
