package audit

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// noted are the changes that fn notes.
func noted(fn func(ctx context.Context)) []Change {
	var notes Notes
	fn(WithNotes(context.Background(), &notes))
	return notes.Changes
}

// numbered is a list of so many texts.
func numbered(n int) []string {
	all := make([]string, n)
	for i := range all {
		all[i] = fmt.Sprintf("application %d", i)
	}
	return all
}

func TestChanged_notesWhatIsDifferentAndNothingElse(t *testing.T) {
	at := time.Date(2026, 11, 30, 2, 0, 0, 0, time.UTC)
	long := strings.Repeat("x", 600)
	others := numbered(60)
	others[55] = "another one"
	for name, test := range map[string]struct {
		before, after any
		want          bool
	}{
		"the same text":                       {"a", "a", false},
		"another text":                        {"a", "b", true},
		"a text that was not there":           {nil, "a", true},
		"a text that goes":                    {"a", nil, true},
		"nothing before and after":            {nil, nil, false},
		"the same number":                     {1, 1, false},
		"another number":                      {1, 2, true},
		"a number and the same text":          {1, "1", true},
		"switched on":                         {false, true, true},
		"the same list":                       {[]string{"a", "b"}, []string{"a", "b"}, false},
		"another order":                       {[]string{"a", "b"}, []string{"b", "a"}, true},
		"one more":                            {[]string{"a"}, []string{"a", "b"}, true},
		"no list and an empty one":            {[]string(nil), []string{}, false},
		"no time and none":                    {time.Time{}, time.Time{}, false},
		"no time and nothing":                 {time.Time{}, nil, false},
		"the same time elsewhere":             {at, at.In(time.FixedZone("", 3600)), false},
		"a time a moment later":               {at, at.Add(time.Millisecond), true},
		"a long text that differs at its end": {long + "a", long + "b", true},
		"a long text that gets longer":        {long, long + "x", true},
		"the same long text":                  {long, long, false},
		"a long list that differs at its end": {numbered(60), others, true},
		"a long list that gets longer":        {numbered(60), numbered(61), true},
		"the same long list":                  {numbered(60), numbered(60), false},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, test.want, len(noted(func(ctx context.Context) { Changed(ctx, "it", test.before, test.after) })) == 1)
		})
	}
}

func TestChanged_keepsNoMoreOfAValueThanPeopleRead(t *testing.T) {
	long := strings.Repeat("ü", 501)
	changes := noted(func(ctx context.Context) {
		Changed(ctx, "text", "", long)
		Changed(ctx, "short", "", strings.Repeat("ü", 500))
		Changed(ctx, "list", nil, numbered(51))
		Changed(ctx, "texts", nil, []string{"a", long})
		Changed(ctx, "time", nil, time.Date(2026, 11, 30, 3, 0, 0, 0, time.FixedZone("", 3600)))
	})
	require.Equal(t, strings.Repeat("ü", 500)+"…", changes[0].After)
	require.Equal(t, strings.Repeat("ü", 500), changes[1].After)
	require.Equal(t, append(numbered(50), "…"), changes[2].After)
	require.Equal(t, []string{"a", strings.Repeat("ü", 500) + "…"}, changes[3].After)
	require.Equal(t, "2026-11-30T02:00:00Z", changes[4].After)
}

func TestChanged_leavesTheListsOfOthersAsTheyAre(t *testing.T) {
	list := numbered(60)
	list[3] = strings.Repeat("x", 600)
	before := append([]string{}, list...)
	noted(func(ctx context.Context) { Changed(ctx, "list", nil, list[:55]) })
	require.Equal(t, before, list)
}

func TestChanged_keepsFiftyChangesOfATransaction(t *testing.T) {
	changes := noted(func(ctx context.Context) {
		for i := range 60 {
			Changed(ctx, fmt.Sprint(i), i, i)
			Changed(ctx, fmt.Sprint(i), nil, i)
		}
	})
	require.Len(t, changes, 50)
	require.Equal(t, Change{What: "49", After: 49}, changes[49])
}

func TestChanged_isForNobodyWhereNothingIsCollected(t *testing.T) {
	require.NotPanics(t, func() {
		Changed(context.Background(), "it", 1, 2)
		About(context.Background(), "Shop")
	})
}

func TestOf_makesAnEntryOfWhatARequestHasChanged(t *testing.T) {
	origin := Origin{Actor: "jo", Through: "token 1", Client: "192.0.2.1", Action: "publish", Target: "/pacts", RequestID: "r", Applications: []string{"Shop"}, Writes: true}
	reading := origin
	reading.Writes = false
	changes := []Change{{What: "it", After: 1}}
	for name, test := range map[string]struct {
		origin *Origin
		notes  Notes
		worth  bool
	}{
		"a change":                          {&origin, Notes{}, true},
		"a change that is noted":            {&origin, Notes{Changes: changes}, true},
		"a reading request":                 {&reading, Notes{}, false},
		"a reading request that notes some": {&reading, Notes{Changes: changes}, true},
		"the broker's own job":              {nil, Notes{Changes: changes}, false},
	} {
		t.Run(name, func(t *testing.T) {
			ctx := context.Background()
			if test.origin != nil {
				ctx = WithOrigin(ctx, *test.origin)
			}
			entry, worth := Of(ctx, test.notes, []string{"contract_published", "contract_published", "label_added"}, []string{"Stock", "Shop", ""})
			require.Equal(t, test.worth, worth)
			if !worth {
				require.Zero(t, entry)
				return
			}
			want := *test.origin
			want.Applications = []string{"Shop", "Stock"}
			require.Equal(t, Entry{Origin: want, Outcome: Done, Count: 1, Changes: test.notes.Changes, Events: []string{"contract_published", "label_added"}}, entry)
		})
	}
}

func TestOf_namesEachApplicationOnce(t *testing.T) {
	ctx := WithOrigin(context.Background(), Origin{Applications: []string{"Shop", ""}, Writes: true})
	entry, _ := Of(ctx, Notes{Applications: []string{"Stock", "Shop"}}, nil, []string{"Stock", "Till"})
	require.Equal(t, []string{"Shop", "Stock", "Till"}, entry.Applications)
}

// example is an entry with something in every field.
func example() Entry {
	return Entry{
		At: time.Date(2026, 11, 30, 2, 13, 37, 123456000, time.UTC), Outcome: Done, Count: 2, Events: []string{"label_added"},
		Origin: Origin{
			Actor: "jo", Through: "token 1", Client: "192.0.2.1", Action: "addLabel", Target: "/pacticipants/Shop", RequestID: "r-1", Applications: []string{"Shop", "Stöck \x00 \"x\""},
		},
		Changes: []Change{{What: "label", Before: nil, After: "ui"}, {What: "teams", Before: []any{"a"}, After: []any{"a", "b"}}, {What: "on", Before: false, After: true}},
	}
}

func TestStore_givesBackTheEntryAsItWas(t *testing.T) {
	stored, err := example().Store()
	require.NoError(t, err)
	stored.ID, stored.Position = 7, 3
	back, err := stored.Entry()
	require.NoError(t, err)
	want := example()
	want.ID, want.Position = 7, 3
	require.Equal(t, want, back)

	stored.Details = "no JSON"
	_, err = stored.Entry()
	require.Error(t, err)
}

func TestStore_hasADigestOfEverythingButThePlace(t *testing.T) {
	whole, err := example().Store()
	require.NoError(t, err)
	require.Equal(t, whole.digest(), whole.Digest)
	for name, change := range map[string]func(s *Stored){
		"time": func(s *Stored) { s.At++ }, "actor": func(s *Stored) { s.Actor = "eve" }, "credential": func(s *Stored) { s.Through = "" },
		"client": func(s *Stored) { s.Client += "1" }, "action": func(s *Stored) { s.Action = "x" }, "outcome": func(s *Stored) { s.Outcome = "forbidden" },
		"target": func(s *Stored) { s.Target += "/" }, "request": func(s *Stored) { s.RequestID = "r-2" }, "count": func(s *Stored) { s.Count++ },
		"details":                        func(s *Stored) { s.Details += " " },
		"what belongs to the next field": func(s *Stored) { s.Actor, s.Through = s.Actor+s.Through[:1], s.Through[1:] },
	} {
		changed := whole
		change(&changed)
		require.NotEqual(t, whole.Digest, changed.digest(), name)
	}
	for name, change := range map[string]func(s *Stored){
		"id": func(s *Stored) { s.ID = 9 }, "position": func(s *Stored) { s.Position = 9 }, "chain": func(s *Stored) { s.Chain = []byte("x") },
	} {
		changed := whole
		change(&changed)
		require.Equal(t, whole.Digest, changed.digest(), name)
	}
}

func TestHead_hangsOnAllEntriesBefore(t *testing.T) {
	sum := func(parts ...string) []byte {
		digest := sha256.Sum256([]byte(strings.Join(parts, "")))
		return digest[:]
	}
	var head Head
	first := head.Next([]byte("a"))
	require.Equal(t, Head{Position: 1, Chain: sum("a")}, first)
	second := first.Next([]byte("b"))
	require.Equal(t, Head{Position: 2, Chain: sum(string(sum("a")), "b")}, second)
	require.Equal(t, Head{}, head, "the head itself stays")
	require.NotEqual(t, second.Chain, head.Next([]byte("x")).Next([]byte("b")).Chain)
}

func TestParseAnchor_readsWhatAnchorHasWritten(t *testing.T) {
	head := Head{}.Next([]byte("a")).Next([]byte("b"))
	back, err := ParseAnchor(head.Anchor())
	require.NoError(t, err)
	require.Equal(t, head, back)

	digest := strings.Repeat("0f", 32)
	for _, text := range []string{
		"", ":", "7", "7:", ":" + digest, "0:" + digest, "-1:" + digest, "x:" + digest, "1:" + digest[2:], "1:" + digest + "00", "1:" + strings.Repeat("zz", 32), " 1:" + digest, "1:" + digest + ":",
		"99999999999999999999:" + digest,
	} {
		_, err := ParseAnchor(text)
		require.ErrorContains(t, err, `must be a position and a digest as "broker audit verify" prints them`, "%q", text)
	}
}

func FuzzParseAnchor(f *testing.F) {
	for _, text := range []string{"", "1:", Head{}.Next(nil).Anchor(), "1:" + strings.Repeat("AB", 32), "+1:" + strings.Repeat("00", 32)} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		head, err := ParseAnchor(text)
		if err != nil {
			return
		}
		again, err := ParseAnchor(head.Anchor())
		require.NoError(t, err)
		require.Equal(t, head, again)
	})
}

func TestShown_hasListsEvenWhereThereIsNothing(t *testing.T) {
	text, err := json.Marshal(Entry{ID: 12, At: time.Unix(0, 1500).UTC(), Outcome: Forbidden, Count: 3}.Shown())
	require.NoError(t, err)
	require.JSONEq(t, `{"id": "12", "position": null, "at": "1970-01-01T00:00:00.0000015Z", "actor": "", "through": "", "client": "", "action": "", "outcome": "forbidden",
		"target": "", "request_id": "", "count": 3, "applications": [], "events": [], "changes": []}`, string(text))

	entry := example()
	entry.Position = 4
	shown := entry.Shown()
	require.Equal(t, int64(4), shown["position"])
	require.Equal(t, []map[string]any{
		{"what": "label", "before": nil, "after": "ui"}, {"what": "teams", "before": []any{"a"}, "after": []any{"a", "b"}}, {"what": "on", "before": false, "after": true},
	}, shown["changes"])
}

func TestCursor_goesOnByThePlaceWhereListsBeginWithTheOldest(t *testing.T) {
	e := Entry{ID: 9, Position: 4}
	require.Equal(t, int64(9), Query{}.Cursor(e))
	require.Equal(t, int64(4), Query{Order: OldestFirst}.Cursor(e))
}
