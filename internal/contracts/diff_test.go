package contracts

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
		"long":     {"[0," + strings.Repeat("1,", 300) + "2]", "[9," + strings.Repeat("3,", 150) + strings.Repeat("1,", 150) + "2,4]", ""},
	} {
		var got []string
		for _, line := range strings.Split(Diff(Body(`{"x":`+test.before+`}`), Body(`{"x":`+test.after+`}`), 0), "\n") {
			if line != "" && line[0] != ' ' {
				got = append(got, line[:1]+strings.TrimSpace(line[1:]))
			}
		}
		if name == "long" {
			require.Len(t, got, 2+2*150+1, "place by place")
			continue
		}
		require.Equal(t, test.want, strings.Join(got, " "), name)
	}
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
