package comparison_test

import (
	"encoding/base64"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/comparison"
)

// interactionDocument has one operation with a parameter of each kind, and bodies.
const interactionDocument = `{"openapi":"3.0.3","info":{},"paths":{"/things/{id}":{"put":{
	"parameters":[{"name":"id","in":"path","required":true,"schema":{"type":"integer"}},{"name":"n","in":"query","schema":{"type":"integer"}},{"name":"l","in":"query","schema":{"type":"array","items":{"type":"string","enum":["a","b"]}}},{"name":"X-N","in":"header","schema":{"type":"integer"}}],
	"requestBody":{"content":{"application/json":{"schema":{"type":"object","required":["a"],"properties":{"a":{"type":"integer"}}}}}},
	"responses":{"200":{"description":"ok","headers":{"X-R":{"schema":{"type":"integer"}}},"content":{"application/json":{"schema":{"type":"object","properties":{"b":{"type":"integer"}}}}}}}}}}}`

// drawnInteraction is an interaction that may break any rule of the document, in the parts
// that versions of the specification write in ways of their own.
type drawnInteraction struct {
	id, n        string
	list         []string
	header       string
	sent, answer string
	response     string
}

func (r drawn) interaction() drawnInteraction {
	one := func(texts ...string) string { return texts[r.IntN(len(texts))] }
	e := drawnInteraction{id: one("1", "x"), n: one("", "7", "seven"), header: one("1", "x"), sent: one(`{"a":1}`, `{"a":"x"}`, `{}`), answer: one(`{"b":1}`, `{"b":"x"}`, `{"c":1}`), response: one("1", "x")}
	for range r.IntN(3) {
		e.list = append(e.list, one("a", "b", "c"))
	}
	return e
}

// pact writes the interaction in the way of a version of the specification.
func (e drawnInteraction) pact(version string, query, body func(string) string, header func(string) string) string {
	return fmt.Sprintf(`{"interactions":[{"description":"d","request":{"method":"PUT","path":"/things/%s"%s,"headers":{"Content-Type":%s,"X-N":%s},"body":%s},"response":{"status":200,"headers":{"Content-Type":%s,"X-R":%s},"body":%s}}],"metadata":{"pactSpecification":{"version":%q}}}`,
		e.id, query(""), header("application/json"), header(e.header), body(e.sent), header("application/json"), header(e.response), body(e.answer), version)
}

func (e drawnInteraction) asText(string) string {
	var parts []string
	if e.n != "" {
		parts = append(parts, "n="+e.n)
	}
	for _, element := range e.list {
		parts = append(parts, "l="+element)
	}
	return fmt.Sprintf(`,"query":%q`, strings.Join(parts, "&"))
}

func (e drawnInteraction) asLists(string) string {
	named := map[string]string{}
	if e.n != "" {
		named["n"] = fmt.Sprintf("%q:[%q]", "n", e.n)
	}
	if len(e.list) > 0 {
		named["l"] = `"l":["` + strings.Join(e.list, `","`) + `"]`
	}
	return `,"query":{` + strings.Join(slices.Collect(maps.Values(named)), ",") + `}`
}

// An interaction is judged for what it is, whichever version of the specification it is
// written in.
func TestPacts_sayTheSameInEveryVersion(t *testing.T) {
	d, err := comparison.ReadDocument([]byte(interactionDocument))
	require.NoError(t, err)
	plainly := func(text string) string { return text }
	text := func(value string) string { return fmt.Sprintf("%q", value) }
	list := func(value string) string { return fmt.Sprintf("[%q]", value) }
	wrapped := func(content string) string {
		return `{"content":` + content + `,"contentType":"application/json","encoded":false}`
	}
	asBase64 := func(content string) string {
		return `{"content":"` + base64.StdEncoding.EncodeToString([]byte(content)) + `","contentType":"application/json","encoded":"base64"}`
	}
	asJSONText := func(content string) string {
		return `{"content":` + quoted(content) + `,"contentType":"application/json","encoded":"JSON"}`
	}
	manyDrawn(t, 60, func(t *testing.T, r drawn) {
		e := r.interaction()
		want := findingsFor(t, d, e.pact("2.0.0", e.asText, plainly, text))
		for name, pact := range map[string]string{
			"1":                       e.pact("1.0.0", e.asText, plainly, text),
			"3":                       e.pact("3.0.0", e.asLists, plainly, text),
			"3 with lists":            e.pact("3.0.0", e.asLists, plainly, list),
			"4":                       e.pact("4.0", e.asLists, wrapped, list),
			"4 in base64":             e.pact("4.0", e.asLists, asBase64, list),
			"4 in JSON within a text": e.pact("4.0", e.asLists, asJSONText, text),
			"5":                       e.pact("5.0", e.asText, wrapped, text),
		} {
			require.Equal(t, want, findingsFor(t, d, pact), "version %s of %+v", name, e)
		}
	})
}

// Interactions are judged each for itself: what stands before or behind one changes
// nothing of what is found about it but its place.
func TestPacts_judgeEachInteractionForItself(t *testing.T) {
	d, err := comparison.ReadDocument([]byte(interactionDocument))
	require.NoError(t, err)
	alone := func(pact string) string {
		inner, _, _ := strings.Cut(strings.TrimPrefix(pact, `{"interactions":[`), `],"metadata"`)
		return inner
	}
	manyDrawn(t, 40, func(t *testing.T, r drawn) {
		var all []string
		var want []string
		for i := range 1 + r.IntN(5) {
			e := r.interaction()
			interaction := alone(e.pact("2.0.0", e.asText, func(s string) string { return s }, func(s string) string { return fmt.Sprintf("%q", s) }))
			for _, f := range findingsFor(t, d, `{"interactions":[`+interaction+`]}`) {
				want = append(want, fmt.Sprintf("%d %s %s", i, f.Code, f.Message))
			}
			all = append(all, interaction)
		}
		var got []string
		for _, f := range findingsFor(t, d, `{"interactions":[`+strings.Join(all, ",")+`]}`) {
			require.True(t, strings.HasPrefix(f.PactPath, fmt.Sprintf("[root].interactions[%d]", f.Interaction)), f.PactPath)
			got = append(got, fmt.Sprintf("%d %s %s", f.Interaction, f.Code, f.Message))
		}
		require.Equal(t, want, got)
	})
}

// One document serves many who compare at once, each as if it were alone.
func TestCompare_servesManyAtOnce(t *testing.T) {
	d, err := comparison.ReadDocument([]byte(interactionDocument))
	require.NoError(t, err)
	manyDrawn(t, 3, func(t *testing.T, r drawn) {
		var pacts []*comparison.Pact
		var want []comparison.Report
		for range 8 {
			e := r.interaction()
			p, err := comparison.ReadPact([]byte(e.pact("3.0.0", e.asLists, func(s string) string { return s }, func(s string) string { return fmt.Sprintf("%q", s) })))
			require.NoError(t, err)
			report, err := comparison.Compare(d, p)
			require.NoError(t, err)
			pacts, want = append(pacts, p), append(want, report)
		}
		got := make([]comparison.Report, len(pacts))
		var group sync.WaitGroup
		for i := range pacts {
			group.Go(func() {
				for range 5 {
					got[i], _ = comparison.Compare(d, pacts[i]) // a failure is seen by its report
					d.Notices()
					d.Operations()
				}
			})
		}
		group.Wait()
		require.Equal(t, want, got)
	})
}

// Each finding leads to a place that both files have, so that it can be looked at.
func TestFindings_leadToPlacesThatThereAre(t *testing.T) {
	manyDrawn(t, 60, func(t *testing.T, r drawn) {
		document := "{\n" + strings.TrimPrefix(withSchema(asJSON(t, r.schema(3)), ""), "{")
		report, err := compare(document, expecting(asJSON(t, r.value(3))))
		require.NoError(t, err)
		var pointers []string
		for _, f := range report.Findings {
			pointers = append(pointers, f.SpecPointer)
		}
		lines := comparison.Lines([]byte(document), pointers)
		for _, f := range report.Findings {
			require.GreaterOrEqual(t, lines[f.SpecPointer], 2, "%s is in the file", f.SpecPointer)
			require.NotEmpty(t, f.SpecPath)
			require.NotContains(t, f.Message, "%!", "no sentence lacks a value")
		}
	})
}
