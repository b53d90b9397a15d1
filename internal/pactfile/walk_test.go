package pactfile

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/support/fault"
	"github.com/accord-broker/accord/internal/testing/testrandom"
)

// drawn are contracts whose parts come from a few, spelled in different ways.
type drawn struct{ *rand.Rand }

func (r drawn) one(texts ...string) string { return texts[r.IntN(len(texts))] }

func (r drawn) value(depth int) string {
	if depth == 0 {
		return r.one("1", "1.0", "-0", "1e3", "true", "null", `""`, `"a"`, `"\u0061"`, `"\\"`, `"\""`, `"ü"`, `"{\"x\":[}"`, "[]", "{}")
	}
	var parts []string
	if r.IntN(2) == 0 {
		for range r.IntN(4) {
			parts = append(parts, r.value(depth-1))
		}
		return "[" + strings.Join(parts, r.one(",", " , ")) + "]"
	}
	for _, name := range []string{`"a"`, `"b"`, `"\u0063"`, `"d\""`, `"_id"`} {
		if r.IntN(2) == 0 {
			parts = append(parts, name+r.one(":", " : ")+r.value(depth-1))
		}
	}
	r.Shuffle(len(parts), func(i, j int) { parts[i], parts[j] = parts[j], parts[i] })
	return "{" + strings.Join(parts, ",") + "}"
}

func (r drawn) interaction() string {
	parts := []string{`"description":` + r.one(`"swim"`, `"dive"`, `"\u0064ive"`, `""`, "7"), `"request":` + r.value(2), `"response":` + r.value(2)}
	if r.IntN(2) == 0 {
		parts = append(parts, `"providerStates":[{"name":`+r.one(`"ice"`, `"sun"`)+`}]`)
	}
	r.Shuffle(len(parts), func(i, j int) { parts[i], parts[j] = parts[j], parts[i] })
	return "{" + strings.Join(parts, ",") + "}"
}

func (r drawn) pact(most int) string {
	list := func() string {
		var all []string
		for range r.IntN(most) {
			all = append(all, r.interaction())
		}
		return "[" + strings.Join(all, ",") + "]"
	}
	parts := []string{`"interactions":` + list()}
	if r.IntN(3) == 0 {
		parts = append(parts, `"messages":`+list())
	}
	if r.IntN(2) == 0 {
		parts = append(parts, `"metadata":{"pactSpecification":{"version":"`+r.one("2", "3")+`"}}`)
	}
	return "{" + strings.Join(parts, ",") + "}"
}

func manyDrawn(t *testing.T, check func(t *testing.T, r drawn)) {
	for range 150 {
		if t.Failed() {
			return
		}
		testrandom.Each(t, func(t *testing.T, random *rand.Rand) { check(t, drawn{random}) })
	}
}

// Walking over the text finds what a reader of JSON finds.
func TestMembers_areThoseThatAReaderOfJSONFinds(t *testing.T) {
	manyDrawn(t, func(t *testing.T, r drawn) {
		body, err := ReadJSON([]byte("[" + r.value(3) + "]"))
		require.NoError(t, err)
		var want any
		require.NoError(t, json.Unmarshal(body, &want))
		require.Equal(t, want, walked(t, body))
	})
}

// walked builds a value with the functions that walk over text.
func walked(t *testing.T, text []byte) any {
	t.Helper()
	switch {
	case IsObject(text):
		object := map[string]any{}
		for name, value := range members(text) {
			object[unquote(name)] = walked(t, value)
			require.Equal(t, value, Member(text, unquote(name)))
		}
		return object
	case IsArray(text):
		array := []any{}
		for item := range Items(text) {
			array = append(array, walked(t, item))
		}
		require.Equal(t, len(array), lengthOf(text))
		return array
	}
	if said, isText := TextOf(text); isText {
		quoted, _ := QuotedText(text)
		require.Equal(t, said, string(quoted))
		return said
	}
	var other any
	require.NoError(t, json.Unmarshal(text, &other))
	return other
}

// One spelling is the same for all that says the same, says the same itself, and is
// its own.
func TestCanonicalText_isOneSpelling(t *testing.T) {
	manyDrawn(t, func(t *testing.T, r drawn) {
		body, err := ReadJSON([]byte("[" + r.value(3) + "]"))
		require.NoError(t, err)
		spelling := canonicalText(body)
		require.JSONEq(t, string(body), string(spelling))
		require.Equal(t, string(spelling), string(canonicalText(spelling)))
		var value any
		decoder := json.NewDecoder(strings.NewReader(string(body)))
		decoder.UseNumber()
		require.NoError(t, decoder.Decode(&value))
		respelled, err := json.Marshal(value) // members in the order of their names, other escapes
		require.NoError(t, err)
		require.Equal(t, string(spelling), string(canonicalText(respelled)))
	})
}

// Ids that the broker gives can be taken away again, and change nothing of what a
// contract is known by.
func TestInteractionIDs_comeAndGo(t *testing.T) {
	manyDrawn(t, func(t *testing.T, r drawn) {
		body := read(t, r.pact(4))
		with := WithInteractionIDs(body)
		require.Equal(t, string(body), string(WithoutInteractionIDs(with)))
		require.Equal(t, string(with), string(WithInteractionIDs(with)), "given once")
		require.Equal(t, CountDemands(body), CountDemands(with))
		require.True(t, SameDemands(body, with))
		require.True(t, HasIdentity(with, Identity(body, ByDemands)))
		for item := range Items(Member(with, "interactions")) {
			id, isText := TextOf(Member(item, "_id"))
			require.True(t, isText)
			require.Equal(t, InteractionID(withoutMember(item, "_id")), id)
			require.Contains(t, InteractionsByID(body), id)
		}
	})
}

// Changes are none exactly where nothing differs for the provider, and each says what
// was there before and after.
func TestChanges_areNoneWhereDemandsAreTheSame(t *testing.T) {
	manyDrawn(t, func(t *testing.T, r drawn) {
		before, after := read(t, r.pact(3)), read(t, r.pact(3))
		require.Empty(t, Changes(before, before))
		changes := Changes(before, after)
		if SameDemands(before, after) {
			require.Empty(t, changes)
		}
		back := Changes(after, before)
		count := func(list []DemandChange, kind ChangeKind) (n int) {
			for _, c := range list {
				require.Equal(t, c.Kind != Added, c.Before != nil)
				require.Equal(t, c.Kind != Removed, c.After != nil)
				require.True(t, c.Path == "" || c.Path[0] == '/', c.Path)
				if c.Kind == kind && c.Path == "" {
					n++
				}
			}
			return n
		}
		require.Equal(t, count(changes, Added), count(back, Removed), "what is added one way is removed the other")
	})
}

// A merge holds all that was sent and all that was stored under another name; merged
// once more it is the same.
func TestMerge_holdsBoth(t *testing.T) {
	manyDrawn(t, func(t *testing.T, r drawn) {
		stored, sent := read(t, r.pact(4)), read(t, r.pact(4))
		merged := Merge(stored, sent)
		keys := func(body Body) (all []string) {
			for item := range Items(Member(body, "interactions")) {
				all = append(all, demandOf(item))
			}
			slices.Sort(all)
			return slices.Compact(all)
		}
		want := append(keys(stored), keys(sent)...)
		slices.Sort(want)
		require.Equal(t, slices.Compact(want), keys(merged))
		require.Equal(t, string(merged), string(Merge(merged, sent)))
		last := map[string]string{}
		for item := range Items(Member(sent, "interactions")) {
			last[demandOf(item)] = string(item)
		}
		if len(keys(stored)) < CountDemands(stored).Interactions {
			return // of two that are known by the same only one can be meant
		}
		for item := range Items(Member(merged, "interactions")) {
			if wanted, isSent := last[demandOf(item)]; isSent {
				require.Equal(t, wanted, string(item), "what was sent takes the place of what was stored")
			}
		}
		if _, err := MergeStrictly(stored, sent); err != nil {
			require.True(t, fault.Is(err, fault.Conflict))
		}
	})
}

// Nesting is counted outside of texts, to the level.
func TestReadJSON_boundsNesting(t *testing.T) {
	nested := func(levels int) string { return strings.Repeat("[", levels) + strings.Repeat("]", levels) }
	for text, fits := range map[string]bool{
		nested(maxNesting): true, nested(maxNesting + 1): false, strings.Repeat(`{"a":`, maxNesting) + "1" + strings.Repeat("}", maxNesting): true,
		`["` + strings.Repeat("[", 100) + `"]`: true, `["\"` + strings.Repeat("[", 100) + `"]`: true, `["\\",` + nested(maxNesting) + `]`: false,
		`[` + strings.Repeat("[],", 200) + `[]]`: true,
	} {
		_, err := ReadJSON([]byte(text))
		require.Equal(t, fits, err == nil, "%.40s: %v", text, err)
	}
}

func TestReadJSON_saysWhatIsWrongAndWhere(t *testing.T) {
	for text, want := range map[string]string{
		"": "the body is empty; it must be a JSON object", " \n": "the body is empty; it must be a JSON object",
		`"x"`: "the body is a JSON string; it must be a JSON object", "7": "the body is a JSON number; it must be a JSON object", "true": "the body is a JSON boolean; it must be a JSON object", "null": "the body is a JSON null; it must be a JSON object",
		`{"a":1,"b":{"c":1,"c":2}}`: "the body names /b/c twice in the same object", "{\"a\":\xff}": "the body is not UTF-8 (first wrong byte at offset 5)", "\xff": "the body is not UTF-8 (first wrong byte at offset 0)",
	} {
		_, err := ReadJSON([]byte(text))
		require.True(t, fault.Is(err, fault.Malformed), text)
		require.EqualError(t, err, want, text)
	}
	for text, place := range map[string]string{"{\"a\":1,\n \"ü\": x}": "(line 2, column 7)", "{": "(line 1, column 2)", `{"a" 1}`: "(line 1, column "} {
		_, err := ReadJSON([]byte(text))
		require.ErrorContains(t, err, "the body is not valid JSON: ", text)
		require.ErrorContains(t, err, place, text)
	}
	_, err := ReadBody([]byte(`[]`))
	require.EqualError(t, err, "this is a JSON array; it must be a JSON object")
}

func TestStates_haveTheirParametersInOneSpelling(t *testing.T) {
	var told []string
	for name, params := range States(read(t, `{"interactions":[
		{"providerStates":[{"name":"ice","params":{"b":1,"a":2}},{"name":"sun","params":{}},{"name":"rain","params":7},{"name":""},{"nam":"x"},"text"]},
		{"providerState":"old"},{"provider_state":"oldest"},{"providerState":null,"providerStates":[{"name":"new"}]},7],"messages":[{"providerStates":[{"name":"ice","params":{"a":2,"b":1}}]}]}`)) {
		told = append(told, name+string(params))
	}
	require.Equal(t, []string{`ice{"a":2,"b":1}`, "sun", "rain", "old", "oldest", "new", `ice{"a":2,"b":1}`}, told)
	count := 0
	for range States(read(t, `{"interactions":[{"providerState":"a"},{"providerState":"b"}],"messages":[{"providerState":"c"}]}`)) {
		if count++; count == 1 {
			break
		}
	}
	require.Equal(t, 1, count, "who has seen enough may stop")
}

func TestEndpoints_leaveOutWhatIsTooLong(t *testing.T) {
	pact := func(method, path string) Body {
		return read(t, `{"interactions":[{"request":{"method":"`+method+`","path":"`+path+`"}}]}`)
	}
	require.Len(t, Endpoints(pact("GET", "/"+strings.Repeat("a", pathAtMost-1))), 1)
	long := "/" + strings.Repeat("é", pathAtMost)
	begun := Endpoints(pact("GET", long))
	require.Len(t, begun, 1, "of a long path the beginning is kept")
	require.Equal(t, long[:pathAtMost-1], begun[0].Path, "without half a letter")
	require.Len(t, Endpoints(pact(strings.Repeat("M", methodAtMost), "/a")), 1)
	require.Empty(t, Endpoints(pact(strings.Repeat("M", methodAtMost+1), "/a")))
	var many []string
	for i := range endpointsAtMost + 5 {
		many = append(many, fmt.Sprintf(`{"request":{"path":"/%d"}}`, i))
	}
	found := Endpoints(read(t, `{"interactions":[`+strings.Join(many, ",")+`,{"request":{"path":"/0"}}]}`))
	require.Len(t, found, endpointsAtMost)
	require.Equal(t, Endpoint{Path: "/0", Interactions: 2}, found[0], "what is known is counted beyond the limit")
}

func TestSearchedEndpoint_findsTheBestFirst(t *testing.T) {
	for asked, fits := range map[string]map[string]int{
		"/orders/1":          {"GET /orders/1": exactly, "GET /orders/42": alike, "GET /orders/{id}": alike, "GET /orders/1/items": beginsSo, "GET /v1/orders/12": withinIt, "GET /orders/new": 0, "GET /orders": 0},
		"get /orders":        {"GET /orders": exactly, "POST /orders": 0, "GET /orders/1": beginsSo, "GET /old-orders": 0, "GET /v1/orders": withinIt},
		"DELETE":             {"DELETE /a": beginsSo, "GET /delete": 0},
		"/Orders/:id?page=1": {"get /orders/7": alike, "get /orders/x": 0},
		"orders":             {"GET /orders": withinIt, "GET orders": exactly},
		"":                   {"GET /": 0, "GET ": 0},
		"post ":              {"POST /x": beginsSo},
	} {
		for endpoint, want := range fits {
			method, path, _ := strings.Cut(endpoint, " ")
			require.Equal(t, want, SearchEndpoint(asked).Fits(Endpoint{Method: method, Path: path}), "%q for %q", endpoint, asked)
		}
	}
}

func TestComparable_countsWhatIsInBoth(t *testing.T) {
	half := Body(`{"a":[` + strings.Repeat("1,", MostCompared/2-6) + `1]}`)
	require.True(t, Comparable(half, Body(`{}`)))
	require.True(t, Comparable(half, half[:len(half)-2]))
	require.False(t, Comparable(half, Body(`{"b":`+string(half)+`,"c":[1,2,3,4,5,6,7,8,9]}`)))
}
