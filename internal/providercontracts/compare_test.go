package providercontracts

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/comparison"
)

const (
	ordersDocument = "openapi: 3.0.3\npaths:\n  /orders:\n    get: {responses: {200: {description: ok}}}\n"
	stockDocument  = "openapi: 3.0.3\npaths:\n  /stock:\n    get: {responses: {200: {description: ok}}}\n"
	eventsDocument = "asyncapi: 3.0.0\nchannels: {}\n"
)

func pactCalling(paths ...string) []byte {
	text := ""
	for i, path := range paths {
		if i > 0 {
			text += ","
		}
		text += fmt.Sprintf(`{"description": "get %s", "request": {"method": "GET", "path": %q}, "response": {"status": 200}}`, path, path)
	}
	return []byte(`{"interactions": [` + text + `]}`)
}

func comparedWith(pact []byte, documents ...string) Comparison {
	var read []readable
	for _, d := range documents {
		read = append(read, readDocument(SHAOf([]byte(d)), []byte(d)))
	}
	return comparePact(read, pact, time.Time{})
}

func TestComparePact_judgesEachInteractionByTheDocumentThatKnowsIt(t *testing.T) {
	for _, documents := range [][]string{{ordersDocument, stockDocument}, {stockDocument, eventsDocument, ordersDocument}} {
		c := comparedWith(pactCalling("/orders", "/stock"), documents...)
		require.False(t, c.Failed, "%+v", c.Report.Findings)
		require.Zero(t, c.Uncovered)
		require.Equal(t, 2, c.Interactions)
		require.Equal(t, SHAOf([]byte(ordersDocument)), c.Report.Judged[0].SHA)
		require.Equal(t, "/stock", c.Report.Judged[1].Path)
		require.Equal(t, Compatible, c.outcome(succeeded()))
	}
}

func TestComparePact_tellsOnceWhatNoDocumentKnows(t *testing.T) {
	c := comparedWith(pactCalling("/orders", "/party"), ordersDocument, stockDocument)
	require.True(t, c.Failed)
	require.Equal(t, 1, c.Errors)
	require.Equal(t, "get /party", c.Report.Errors()[0].Description)
	require.Equal(t, 2, c.Report.Errors()[0].Line)
	require.Len(t, c.Report.Of(1), 1)
	require.Equal(t, Incompatible, c.outcome(succeeded()))
}

func TestComparePact_neverSaysYesOfWhatIsNotCovered(t *testing.T) {
	c := comparedWith(pactCalling("/orders"), eventsDocument)
	require.False(t, c.Failed)
	require.Equal(t, 1, c.Uncovered)
	require.Equal(t, NotCovered, c.outcome(succeeded()))
	mixed := []byte(`{"interactions": [{"type": "Synchronous/HTTP", "description": "a", "request": {"method": "GET", "path": "/orders"}, "response": {"status": 200}},
		{"type": "Asynchronous/Messages", "description": "b", "contents": {"content": {}}}], "metadata": {"pactSpecification": {"version": "4.0"}}}`)
	require.Equal(t, NotCovered, comparedWith(mixed, ordersDocument).outcome(succeeded()))
}

func TestComparePact_saysWhyItCannot(t *testing.T) {
	for _, c := range []Comparison{
		comparedWith([]byte(`{"interactions": [7]}`), ordersDocument),
		comparedWith(pactCalling("/orders"), ordersDocument, "no document"),
	} {
		require.NotEmpty(t, c.Refused)
		require.Equal(t, NotComparable, c.outcome(succeeded()))
		require.Equal(t, SelfVerificationFailed, c.outcome(failed()))
	}
}

func succeeded() Evidence { return Evidence{Success: new(true)} }

func failed() Evidence { return Evidence{Success: new(false)} }

func TestOutcome_followsTheTable(t *testing.T) {
	compatible, incompatible, uncovered := Comparison{}, Comparison{Failed: true}, Comparison{Uncovered: 1}
	for _, tt := range []struct {
		c    Comparison
		e    Evidence
		want Outcome
	}{
		{compatible, succeeded(), Compatible}, {compatible, Evidence{}, Unproven}, {compatible, failed(), SelfVerificationFailed},
		{incompatible, succeeded(), Incompatible}, {incompatible, Evidence{}, Incompatible}, {incompatible, failed(), Incompatible},
		{uncovered, succeeded(), NotCovered}, {uncovered, Evidence{}, NotCovered}, {uncovered, failed(), SelfVerificationFailed},
		{Comparison{Refused: "x", Failed: true}, succeeded(), NotComparable},
	} {
		require.Equal(t, tt.want, tt.c.outcome(tt.e), "%+v", tt)
	}
	for outcome, decides := range map[Outcome]bool{Compatible: true, Unproven: true, Incompatible: true, SelfVerificationFailed: true, NotCovered: false, NotComparable: false} {
		require.Equal(t, decides, outcome.Decides(), outcome)
		require.False(t, outcome.Succeeds() && outcome.Fails())
	}
}

func TestKeyOf_changesWithEverythingThatCounts(t *testing.T) {
	one := Contract{Name: "a", Document: Document{SHA: "1"}}
	other := Contract{Name: "b", Document: Document{SHA: "2"}}
	seen := map[string]bool{}
	for _, contracts := range [][]Contract{
		nil, {one}, {other}, {one, other},
		{{Name: "c", Document: one.Document}}, {{Name: "a", Document: one.Document, Evidence: succeeded()}}, {{Name: "a", Document: one.Document, Evidence: failed()}},
	} {
		key := KeyOf(contracts)
		require.False(t, seen[key], "%+v", contracts)
		seen[key] = true
	}
	require.Equal(t, KeyOf([]Contract{one, other}), KeyOf([]Contract{other, one}))
	require.Equal(t, "1", DocumentsKeyOf([]Contract{one, {Name: "c", Document: one.Document}}), "what they are called does not matter")
	require.Equal(t, DocumentsKeyOf([]Contract{one, other}), DocumentsKeyOf([]Contract{other, one}))
}

func TestEvidenceOf_isNoBetterThanTheWorst(t *testing.T) {
	with := func(e Evidence) Contract { return Contract{Evidence: e} }
	require.True(t, evidenceOf([]Contract{with(succeeded()), with(failed()), with(Evidence{})}).Failed())
	require.True(t, evidenceOf([]Contract{with(succeeded()), with(Evidence{})}).Missing())
	require.Equal(t, "succeeded", evidenceOf([]Contract{with(succeeded()), with(succeeded())}).word())
}

func TestReport_tellsKindsApart(t *testing.T) {
	r := Report{Findings: []Finding{{Finding: comparison.Finding{Kind: comparison.Error}}, {Finding: comparison.Finding{Kind: comparison.Warning}}},
		Judged: []Judged{{}, {Judged: comparison.Judged{Uncovered: "x"}}}}
	require.Len(t, r.Errors(), 1)
	require.Len(t, r.Uncovered(), 1)
}
