package providercontracts

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/comparison"
	"github.com/accord-broker/accord/internal/contracts"
	"github.com/accord-broker/accord/internal/oaschanges"
)

// shopDocument has two operations; the fields of an order are given.
func shopDocument(fields string) string {
	return `{"openapi":"3.0.3","info":{"title":"Shop","version":"1"},"paths":{
		"/orders/{id}":{"get":{"parameters":[{"name":"id","in":"path","required":true,"schema":{"type":"string"}}],"responses":{"200":{"description":"ok","content":{"application/json":{"schema":{"type":"object","properties":{` + fields + `}}}}}}},
			"delete":{"parameters":[{"name":"id","in":"path","required":true,"schema":{"type":"string"}}],"responses":{"204":{"description":"gone"}}}}}}`
}

// reading is a pact that reads a field of an order.
func reading(field string) []byte {
	return []byte(fmt.Sprintf(`{"interactions":[{"description":"read","request":{"method":"GET","path":"/orders/1"},"response":{"status":200,"body":{%q:"x"}}}]}`, field))
}

var deleting = []byte(`{"interactions":[{"description":"delete","request":{"method":"DELETE","path":"/orders/1"},"response":{"status":204}}]}`)

// impactWith is what a document means for pacts, numbered from 1.
func impactWith(document string, pacts ...[]byte) Impact {
	var impact Impact
	for i, pact := range pacts {
		c := comparedWith(pact, document)
		impact.Effects = append(impact.Effects, Effect{Pact: LivePact{Publication: contracts.Publication{ID: int64(i + 1)}, MainBranch: true}, Outcome: c.outcome(succeeded()), Comparison: c})
	}
	return impact
}

// joinedWith joins what changed between two documents with pacts, numbered from 1.
func joinedWith(t *testing.T, before, after string, pacts ...[]byte) map[string]JoinedChange {
	t.Helper()
	found, err := oaschanges.Between([]byte(before), []byte(after))
	require.NoError(t, err)
	items, err := join(found, Changes{Was: impactWith(before, pacts...), Impact: impactWith(after, pacts...)}, contentOf(pacts))
	require.NoError(t, err)
	joined := map[string]JoinedChange{}
	for _, item := range items {
		joined[item.Text] = item
	}
	return joined
}

func contentOf(pacts [][]byte) func(contracts.Publication) ([]byte, error) {
	return func(p contracts.Publication) ([]byte, error) { return pacts[p.ID-1], nil }
}

func joinedOne(t *testing.T, change oaschanges.Change, was, is Impact, pacts ...[]byte) JoinedChange {
	t.Helper()
	items, err := join([]oaschanges.Change{change}, Changes{Was: was, Impact: is}, contentOf(pacts))
	require.NoError(t, err)
	return items[0]
}

// A change is joined with what the pacts in use need: by the book and in truth are
// two things.
func TestJoin_saysWhatAChangeMeansForThoseInUse(t *testing.T) {
	const both = `"state":{"type":"string"},"note":{"type":"string"}`
	before := shopDocument(both)
	after := shopDocument(`"state":{"type":"string"}`)
	breaking := oaschanges.Change{Level: oaschanges.Breaking, Method: "GET", Path: "/orders/{id}"}
	info := oaschanges.Change{Level: oaschanges.Info, Method: "GET", Path: "/orders/{id}"}
	elsewhere := oaschanges.Change{Level: oaschanges.Breaking, Method: "PUT", Path: "/orders/{id}"}
	everywhere := oaschanges.Change{Level: oaschanges.Breaking}
	for _, tt := range []struct {
		name    string
		change  oaschanges.Change
		pacts   [][]byte
		meaning Meaning
		usedBy  int
		breaks  int
	}{
		{"nobody is in use", breaking, nil, UsedByNobodyKnown, 0, 0},
		{"nobody calls the operation", breaking, [][]byte{deleting}, UsedByNobodyKnown, 0, 0},
		{"who calls it does without", breaking, [][]byte{reading("state")}, BreaksNobodyKnown, 1, 0},
		{"who calls it needs it", breaking, [][]byte{reading("note")}, BreaksConsumers, 1, 1},
		{"some need it", breaking, [][]byte{reading("state"), reading("note"), deleting}, BreaksConsumers, 2, 1},
		{"harmless by the book, and needed", info, [][]byte{reading("note")}, BreaksConsumers, 1, 1},
		{"harmless by the book, and not needed", info, [][]byte{reading("state")}, Harmless, 1, 0},
		{"harmless by the book, and not called", info, [][]byte{deleting}, Harmless, 0, 0},
		{"what was broken before does not break now", breaking, [][]byte{reading("nothing")}, BreaksNobodyKnown, 1, 0},
		{"another method", elsewhere, [][]byte{reading("note")}, UsedByNobodyKnown, 0, 0},
		{"a change of the whole document concerns everybody", everywhere, [][]byte{reading("note"), deleting}, BreaksConsumers, 2, 1},
		{"a pact that cannot be compared", breaking, [][]byte{[]byte(`{"interactions":[7]}`)}, NotKnown, 0, 0},
		{"one that cannot be compared, one that breaks", breaking, [][]byte{[]byte(`{"interactions":[7]}`), reading("note")}, BreaksConsumers, 1, 1},
		{"harmless, whatever cannot be compared", info, [][]byte{[]byte(`{"interactions":[7]}`)}, Harmless, 0, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			joined := joinedOne(t, tt.change, impactWith(before, tt.pacts...), impactWith(after, tt.pacts...), tt.pacts...)
			require.Equal(t, tt.meaning, joined.Meaning)
			require.Len(t, joined.UsedBy, tt.usedBy)
			require.Len(t, joined.Breaks, tt.breaks)
		})
	}
	t.Run("a pact that could not be compared in time", func(t *testing.T) {
		was, is := impactWith(before, reading("state")), impactWith(after, reading("state"))
		is.Left = 1
		require.Equal(t, NotKnown, joinedOne(t, breaking, was, is, reading("state")).Meaning)
	})
	t.Run("a pact that is in use since then breaks nothing", func(t *testing.T) {
		is := impactWith(after, reading("note"))
		is.Effects[0].Pact.Publication.ID = 9
		require.Equal(t, NotKnown, joinedOne(t, breaking, impactWith(before, reading("note")), is, reading("note")).Meaning)
	})
}

// Each change names those whom it breaks, not all who call what it is about.
func TestJoin_namesWhomEachChangeBreaks(t *testing.T) {
	document := func(parameters, state, members, sent string) string {
		return `{"openapi":"3.0.3","info":{"title":"Shop","version":"1"},"paths":{"/orders/{id}":{
			"get":{"parameters":[{"name":"id","in":"path","required":true,"schema":{"type":"string"}}` + parameters + `],"responses":{
				"200":{"description":"ok","content":{"application/json":{"schema":{"type":"object","required":["state"],"properties":{"state":` + state + members + `}}}}}}},
			"put":{"parameters":[{"name":"id","in":"path","required":true,"schema":{"type":"string"}}],"requestBody":{"content":{"application/json":{"schema":` + sent + `}}},"responses":{"204":{"description":"ok"}}}}}}`
	}
	const (
		text    = `{"type":"string"}`
		member  = `,"note":{"type":"string"},"unused":{"type":"string"},"lines":{"type":"array","items":{"type":"object","properties":{"sku":{"type":"string"},"n":{"type":"string"}}}}`
		query   = `,{"name":"q","in":"query","schema":{"type":"string","enum":["a","b"]}},{"name":"X-Tenant","in":"header","schema":{"type":"string"}}`
		sending = `{"type":"object","properties":{"a":{"type":"string"},"b":{"type":"string"}}}`
	)
	read := func(body, rest string) []byte {
		return []byte(`{"interactions":[{"description":"read","request":{"method":"GET","path":"/orders/1"` + rest + `},"response":{"status":200,"body":` + body + `}}]}`)
	}
	send := func(body string) []byte {
		return []byte(`{"interactions":[{"description":"write","request":{"method":"PUT","path":"/orders/1","headers":{"Content-Type":"application/json"},"body":` + body + `},"response":{"status":204}}]}`)
	}
	wrapped := []byte(`{"interactions":[{"type":"Synchronous/HTTP","description":"read","request":{"method":"GET","path":"/orders/1"},"response":{"status":200,"body":{"contentType":"application/json","content":{"note":"x"}}}}],"metadata":{"pactSpecification":{"version":"4.0"}}}`)
	before := document(query, text, member, sending)
	for _, tt := range []struct {
		name  string
		after string
		pacts [][]byte
		// breaks and usedBy are how many each change, found by a word of its text, does.
		breaks, usedBy map[string]int
	}{
		{"two members go, of which one is read", document(query, text, strings.NewReplacer(`"note":{"type":"string"},"unused":{"type":"string"},`, "").Replace(member), sending),
			[][]byte{read(`{"note":"x"}`, ""), read(`{"state":"new"}`, "")}, map[string]int{"'note'": 1, "'unused'": 0}, map[string]int{"'note'": 1, "'unused'": 0}},
		{"a body of version 4", document(query, text, strings.NewReplacer(`"note":{"type":"string"},"unused":{"type":"string"},`, "").Replace(member), sending),
			[][]byte{wrapped}, map[string]int{"'note'": 1, "'unused'": 0}, map[string]int{"'note'": 1, "'unused'": 0}},
		{"both are read", document(query, text, strings.NewReplacer(`"note":{"type":"string"},"unused":{"type":"string"},`, "").Replace(member), sending),
			[][]byte{read(`{"note":"x","unused":"y"}`, "")}, map[string]int{"'note'": 1, "'unused'": 1}, nil},
		{"another type, in a list", document(query, `{"type":"integer"}`, strings.Replace(member, `"sku":{"type":"string"}`, `"sku":{"type":"integer"}`, 1), sending),
			[][]byte{read(`{"lines":[{"n":"1"},{"sku":"x"}]}`, ""), read(`{"state":"new"}`, ""), read(`{"lines":[{"n":"1"}]}`, "")},
			map[string]int{"lines/items/sku": 1, "'state'": 1}, map[string]int{"lines/items/sku": 1, "'state'": 1}},
		{"a value of a parameter, and a header that must be sent", document(strings.NewReplacer(`["a","b"]`, `["a"]`, `"header",`, `"header","required":true,`).Replace(query), text, member, sending),
			[][]byte{read(`{"state":"new"}`, `,"query":"q=b","headers":{"x-tenant":"1"}`), read(`{"state":"new"}`, `,"query":{"q":["a"]}`)},
			map[string]int{"'q'": 1, "'X-Tenant'": 1}, map[string]int{"'q'": 2, "'X-Tenant'": 2}},
		{"a parameter that nobody sends", document(strings.Replace(query, `["a","b"]`, `["a"]`, 1), text, member, sending),
			[][]byte{read(`{"state":"new"}`, "")}, map[string]int{"'q'": 0}, map[string]int{"'q'": 0}},
		{"members that must be sent", document(query, text, member, strings.Replace(sending, `"properties"`, `"required":["a","b"],"properties"`, 1)),
			[][]byte{send(`{"a":"x"}`), send(`{"a":"x","b":"y"}`)}, map[string]int{"'a'": 0, "'b'": 1}, map[string]int{"'a'": 2, "'b'": 2}},
		{"shorter, and not sent", document(query, text, member, strings.Replace(sending, `"a":{"type":"string"}`, `"a":{"type":"string","maxLength":1}`, 1)),
			[][]byte{send(`{"a":"xx"}`), send(`{"b":"yy"}`)}, map[string]int{"'a'": 1}, map[string]int{"'a'": 1}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			joined := joinedWith(t, before, tt.after, tt.pacts...)
			counted := func(counts func(JoinedChange) []LivePact, wanted map[string]int) {
				for word, want := range wanted {
					found := 0
					for text, change := range joined {
						if strings.Contains(strings.ReplaceAll(text, "`", "'"), word) {
							require.Len(t, counts(change), want, text)
							found++
						}
					}
					require.Positive(t, found, "%s in %v", word, joined)
				}
			}
			counted(func(c JoinedChange) []LivePact { return c.Breaks }, tt.breaks)
			counted(func(c JoinedChange) []LivePact { return c.UsedBy }, tt.usedBy)
		})
	}
}

func TestImpact_tellsFailuresFromWhatIsNotKnown(t *testing.T) {
	impact := Impact{}
	for _, o := range []Outcome{Compatible, Unproven, Incompatible, SelfVerificationFailed, NotCovered, NotComparable} {
		impact.Effects = append(impact.Effects, Effect{Outcome: o})
	}
	require.Len(t, impact.Breaks(), 2)
	require.Len(t, impact.Unknown(), 2)
	for want, pact := range map[bool][]LivePact{true: {{MainBranch: true}, {Places: []string{"production"}}}, false: {{}}} {
		for _, p := range pact {
			require.Equal(t, want, p.InUse())
		}
	}
}

func TestUses_areGatheredByOperation(t *testing.T) {
	uses := Uses{}
	pact := []byte(`{"interactions":[
		{"description":"a","request":{"method":"GET","path":"/orders/1"},"response":{"status":200,"body":{"state":"x"}}},
		{"description":"b","request":{"method":"GET","path":"/orders/2"},"response":{"status":200,"body":{"stat":"x"}}},
		{"description":"c","request":{"method":"GET","path":"/nowhere"},"response":{"status":200}},
		{"description":"d","request":{"method":"DELETE","path":"/orders/1"},"response":{"status":204}}]}`)
	report := comparedWith(pact, shopDocument(`"state":{"type":"string"}`)).Report
	report.addUses(uses, ComparedPact{Pact: contracts.Publication{ID: 1}})
	report.addUses(uses, ComparedPact{Pact: contracts.Publication{ID: 2}})
	require.Len(t, uses, 2, "what nobody offers is no use of anything")
	get := uses.Of(comparison.Operation{Method: "GET", Path: "/orders/{id}"})
	require.Len(t, get, 2, "once for each pact")
	require.Len(t, get[0].Findings, 1, "with what was found about any of its calls")
	require.Empty(t, uses.Of(comparison.Operation{Method: "DELETE", Path: "/orders/{id}"})[0].Findings)
}

// Of several documents the first that knows what is called judges; the order in
// which they stand must not change whether the whole fits.
func TestComparePact_ofSeveralDocuments(t *testing.T) {
	orders := ordersDocument
	strict := "openapi: 3.0.3\npaths:\n  /orders:\n    get: {parameters: [{name: q, in: query, required: true, schema: {type: string}}], responses: {200: {description: ok}}}\n"
	pinned := "openapi: 3.0.3\npaths:\n  /orders/{id}:\n    get: {parameters: [{name: id, in: path, required: true, schema: {type: integer}}], responses: {200: {description: ok}}}\n"
	named := "openapi: 3.0.3\npaths:\n  /orders/{name}:\n    get: {parameters: [{name: name, in: path, required: true, schema: {type: string}}], responses: {200: {description: ok}}}\n"
	for _, tt := range []struct {
		name      string
		documents []string
		path      string
		failed    bool
		judge     int
	}{
		{"the first that knows it, which is content", []string{orders, strict}, "/orders", false, 0},
		{"the first that knows it, which is not", []string{strict, orders}, "/orders", true, 0},
		{"a path that does not fit the first", []string{pinned, named}, "/orders/x", false, 1},
		{"a path that fits the first", []string{pinned, named}, "/orders/1", false, 0},
		{"messages are passed over", []string{eventsDocument, orders}, "/orders", false, 1},
		{"none knows it", []string{stockDocument, pinned}, "/party", true, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := comparedWith(pactCalling(tt.path), tt.documents...)
			require.Empty(t, c.Refused)
			require.Equal(t, tt.failed, c.Failed, "%+v", c.Report.Findings)
			require.Equal(t, SHAOf([]byte(tt.documents[tt.judge])), c.Report.Judged[0].SHA)
			require.Equal(t, c.Failed, c.Errors > 0)
			for _, f := range c.Report.Findings {
				require.Equal(t, c.Report.Judged[0].SHA, f.SHA, "only who judges says something")
				require.Positive(t, f.Line)
			}
		})
	}
}

func TestComparePact_countsWhatItTells(t *testing.T) {
	pact := []byte(`{"interactions":[
		{"description":"a","request":{"method":"GET","path":"/orders/1","query":"more=1"},"response":{"status":200,"body":{"state":1,"other":2}}},
		{"description":"b","type":"Asynchronous/Messages"},
		{"description":"c","type":"Carrier/Pigeon"}],"metadata":{"pactSpecification":{"version":"2.0.0"}}}`)
	c := comparedWith(pact, shopDocument(`"state":{"type":"string"}`))
	require.Equal(t, []int{3, 2, 2, 1}, []int{c.Interactions, c.Uncovered, c.Errors, c.Warnings})
	require.Equal(t, comparison.EngineVersion, c.Engine)
	require.True(t, c.Failed)
	require.Equal(t, Incompatible, c.outcome(succeeded()), "what does not fit counts, whatever else is not covered")
	require.Len(t, c.Report.Uncovered(), 2)
}

func TestComparePact_takesFindingsBeyondTheLimitForWhatTheyAre(t *testing.T) {
	var calls []string
	for range 1100 {
		calls = append(calls, "/nowhere")
	}
	c := comparedWith(pactCalling(calls...), ordersDocument)
	require.True(t, c.Failed)
	require.Equal(t, 100, c.Report.More)
	require.Equal(t, 1000, c.Errors)
}

func TestEvidence_isTheSameOnlyIfItSaysTheSame(t *testing.T) {
	base := Evidence{Success: new(true), SHA: "1", ContentType: "text/plain", Format: "junit", Verifier: "own", VerifierVersion: "1"}
	again := base
	again.Success = new(true)
	require.True(t, base.same(again), "success is compared by what it says")
	for name, change := range map[string]func(e *Evidence){
		"no success": func(e *Evidence) { e.Success = nil }, "a failure": func(e *Evidence) { e.Success = new(false) }, "the report": func(e *Evidence) { e.SHA = "2" },
		"its type": func(e *Evidence) { e.ContentType = "text/xml" }, "its format": func(e *Evidence) { e.Format = "tap" }, "the verifier": func(e *Evidence) { e.Verifier = "x" }, "its version": func(e *Evidence) { e.VerifierVersion = "2" },
	} {
		other := base
		change(&other)
		require.False(t, base.same(other), name)
		require.Equal(t, EvidenceChanged, changeOf(Contract{Evidence: base}, Contract{Evidence: other}), name)
	}
	require.Equal(t, Unchanged, changeOf(Contract{Evidence: base}, Contract{Evidence: again}))
	require.Equal(t, EvidenceChanged, changeOf(Contract{ContentType: "a"}, Contract{ContentType: "b"}))
	require.Equal(t, Replaced, changeOf(Contract{Document: Document{SHA: "1"}}, Contract{Document: Document{SHA: "2"}, Evidence: base}))
}
