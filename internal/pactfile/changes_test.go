package pactfile

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const room = `{"description":"a room","providerStates":[{"name":"it is free"},{"name":"it is warm"}],"request":{"method":"GET","path":"/room","headers":{"Accept":"*/*"}},` +
	`"response":{"status":200,"body":{"nr":7,"beds":[1,2]},"matchingRules":{"body":{"$.nr":{"matchers":[{"match":"type"}]}}},"generators":{"body":{"$.nr":{"type":"RandomInt"}}}}}`

func TestChangesWithinAnInteraction(t *testing.T) {
	for name, test := range map[string]struct {
		old, new string
		want     DemandChange
	}{
		"a new response field":  {`"nr":7,`, `"nr":7,"floor":1,`, DemandChange{Path: "/response/body/floor", Kind: Added, Class: AsksMore, After: []byte("1")}},
		"a field no longer":     {`"nr":7,`, ``, DemandChange{Path: "/response/body/nr", Kind: Removed, Class: AsksLess, Before: []byte("7")}},
		"another value":         {`"nr":7,`, `"nr":8,`, DemandChange{Path: "/response/body/nr", Kind: Changed, Class: AsksOtherwise, Before: []byte("7"), After: []byte("8")}},
		"another type":          {`"nr":7,`, `"nr":{},`, DemandChange{Path: "/response/body/nr", Kind: Changed, Class: AsksOtherwise, Before: []byte("7"), After: []byte("{}")}},
		"another status":        {`200`, `201`, DemandChange{Path: "/response/status", Kind: Changed, Class: AsksOtherwise, Before: []byte("200"), After: []byte("201")}},
		"one more in a list":    {`[1,2]`, `[1,2,3]`, DemandChange{Path: "/response/body/beds/2", Kind: Added, Class: AsksMore, After: []byte("3")}},
		"one less in a list":    {`[1,2]`, `[2]`, DemandChange{Path: "/response/body/beds/0", Kind: Removed, Class: AsksLess, Before: []byte("1")}},
		"a new matcher":         {`{"$.nr":{"matchers"`, `{"$.beds":{},"$.nr":{"matchers"`, DemandChange{Path: "/response/matchingRules/body/$.beds", Kind: Added, Class: AsksMore, After: []byte("{}")}},
		"another matcher":       {`"match":"type"`, `"match":"regex"`, DemandChange{Path: "/response/matchingRules/body/$.nr/matchers/0/match", Kind: Changed, Class: AsksOtherwise, Before: []byte(`"type"`), After: []byte(`"regex"`)}},
		"a new header":          {`"response":{`, `"response":{"headers":{},`, DemandChange{Path: "/response/headers", Kind: Added, Class: AsksMore, After: []byte("{}")}},
		"a generator":           {`RandomInt`, `RandomDecimal`, DemandChange{Path: "/response/generators/body/$.nr/type", Kind: Changed, Class: AsksTheSame, Before: []byte(`"RandomInt"`), After: []byte(`"RandomDecimal"`)}},
		"another request":       {`"GET"`, `"POST"`, DemandChange{Path: "/request/method", Kind: Changed, Class: AsksOtherwise, Before: []byte(`"GET"`), After: []byte(`"POST"`)}},
		"a request with more":   {`"Accept":"*/*"`, `"Accept":"*/*","X/~":"1"`, DemandChange{Path: "/request/headers/X~1~0", Kind: Added, Class: AsksOtherwise, After: []byte(`"1"`)}},
		"a request with less":   {`"Accept":"*/*"`, ``, DemandChange{Path: "/request/headers/Accept", Kind: Removed, Class: AsksOtherwise, Before: []byte(`"*/*"`)}},
		"a comment":             {`"request":`, `"comments":{},"request":`, DemandChange{Path: "/comments", Kind: Added, Class: AsksTheSame, After: []byte("{}")}},
		"what nobody foresaw":   {`"request":`, `"plugin":{},"request":`, DemandChange{Path: "/plugin", Kind: Added, Class: AsksOtherwise, After: []byte("{}")}},
		"contents of a message": {`"request":`, `"contents":{},"request":`, DemandChange{Path: "/contents", Kind: Added, Class: AsksMore, After: []byte("{}")}},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, 1, strings.Count(room, test.old))
			test.want.Interaction, test.want.State = "a room", "it is free, it is warm"
			changed := strings.Replace(room, test.old, test.new, 1)
			require.Equal(t, []DemandChange{test.want}, told(read(t, withInteractions(swim, room)), read(t, withInteractions(changed, swim))))
		})
	}
}

// told are the changes between two contracts, less the interactions in which they are.
func told(before, after Body) []DemandChange {
	changes := Changes(before, after)
	for i := range changes {
		changes[i].Was, changes[i].Is, changes[i].Place = nil, nil, 0
	}
	return changes
}

// A change says in which interaction it is: how that was and is, and where in the second
// contract, messages after all others.
func TestChanges_nameTheirInteraction(t *testing.T) {
	const old, now = `{"description":"m","contents":1}`, `{"description":"m","contents":2}`
	with := func(message string, interactions ...string) Body {
		return read(t, strings.Replace(withInteractions(interactions...), "{", `{"messages":[`+message+`],`, 1))
	}
	changes := Changes(with(old, swim, dive), with(now, room, swim))
	require.Len(t, changes, 3)
	places := map[string]int{}
	for _, change := range changes {
		places[change.Interaction+" "+string(change.Kind)] = change.Place
		require.Equal(t, change.Kind == Added, change.Was == nil, change.Interaction)
		require.Equal(t, change.Kind == Removed, change.Is == nil, change.Interaction)
	}
	require.Equal(t, map[string]int{"a room added": 0, "dive removed": -1, "m changed": 2}, places)
}

func TestAnotherStateIsAnotherDemand(t *testing.T) {
	changed := strings.Replace(room, "it is free", "it is taken", 1)
	require.Equal(t, []DemandChange{{
		Interaction: "a room", State: "it is taken, it is warm", Path: "/providerStates/0/name", Kind: Changed, Class: AsksOtherwise,
		Before: []byte(`"it is free"`), After: []byte(`"it is taken"`),
	}}, told(read(t, withInteractions(room)), read(t, withInteractions(changed))))
}

func TestInteractionsAreComparedWithTheirLike(t *testing.T) {
	with := func(state, status string) string {
		return `{"description":"a","providerState":"` + state + `","response":{"status":` + status + `}}`
	}
	changes := Changes(read(t, withInteractions(with("x", "200"), with("y", "300"))), read(t, withInteractions(with("y", "301"), with("x", "201"))))
	require.Len(t, changes, 2)
	require.Equal(t, []string{"y", "300", "x", "200"}, []string{changes[0].State, string(changes[0].Before), changes[1].State, string(changes[1].Before)})

	changes = Changes(read(t, withInteractions(with("x", "200"), with("x", "300"))), read(t, withInteractions(with("x", "201"), with("x", "301"))))
	require.Len(t, changes, 2)
	require.Equal(t, []string{"200", "300"}, []string{string(changes[0].Before), string(changes[1].Before)})
}

func TestInteractionsThatComeAndGo(t *testing.T) {
	added := DemandChange{Interaction: "swim", State: "ice", Kind: Added, Class: AsksMore, After: canonicalText([]byte(swimIce))}
	removed := DemandChange{Interaction: "dive", Kind: Removed, Class: AsksLess, Before: canonicalText([]byte(dive))}
	require.Equal(t, []DemandChange{added, removed}, told(read(t, withInteractions(swim, dive)), read(t, withInteractions(swimIce, swim))))
	require.Equal(t, []DemandChange{added}, told(read(t, `{}`), read(t, withInteractions(swimIce))))
	require.Equal(t, []DemandChange{removed}, told(read(t, withInteractions(dive)), read(t, `{}`)))
	require.Equal(t, []DemandChange{{Interaction: "m", Kind: Added, Class: AsksMore, After: []byte(`{"description":"m"}`)}},
		told(read(t, withInteractions(dive)), read(t, strings.Replace(withInteractions(dive), "{", `{"messages":[{"description":"m"}],`, 1))))
}

func TestTheVersionOfTheSpecification(t *testing.T) {
	version := func(kind ChangeKind, before, after []byte) []DemandChange {
		return []DemandChange{{Path: "/metadata/pactSpecification/version", Kind: kind, Class: AsksOtherwise, Before: before, After: after}}
	}
	two, three := `{"metadata":{"pactSpecification":{"version":"2.0.0"}}}`, `{"metadata":{"pactSpecification":{"version":"3"}}}`
	require.Equal(t, version(Changed, []byte(`"2.0.0"`), []byte(`"3"`)), told(read(t, two), read(t, three)))
	require.Equal(t, version(Added, nil, []byte(`"3"`)), told(read(t, `{}`), read(t, three)))
	require.Equal(t, version(Removed, []byte(`"3"`), nil), told(read(t, three), read(t, `{}`)))
}

func TestWhatIsNoChange(t *testing.T) {
	a := read(t, withInteractions(swim, dive))
	for _, other := range []Body{a, WithInteractionIDs(a), read(t, withInteractions(dive, swim)), read(t, strings.Replace(string(a), "Otter", "Beaver", 1)), read(t, strings.Replace(string(a), "{", `{"metadata":{"client":"x"},`, 1))} {
		require.Empty(t, Changes(a, other))
		require.NotNil(t, Changes(a, other))
	}
}

func BenchmarkChanges(b *testing.B) {
	before := bigContent(b, 5<<20)
	for name, after := range map[string]string{
		"one change":  strings.Replace(string(before), `"status":200`, `"status":201`, 1),
		"all changed": strings.ReplaceAll(string(before), `"km":12.75`, `"km":13`),
		"all other":   strings.ReplaceAll(string(before), `"request `, `"another `),
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				Changes(before, Body(after))
			}
		})
	}
}
