package pactfile

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/testing/testrandom"
)

// Contents that come from elsewhere may be cut or no JSON at all.
func TestEveryFunction_endsWithoutAPanicWhateverTheBytes(t *testing.T) {
	random := testrandom.New(t)
	whole := []string{
		v2(interactionA, interactionNamed("b")), withInteractions(swim, swimIce), withInteractions(dive, swim201),
		`{"messages":[{"_id":"x","description":"m\"","providerStates":[{"name":"a","params":{"n":1.50e-7}}]},1,"x\\",[],null,{}],"interactions":null,"metadata":{"pactSpecification":{"version":"4.0"}}}`,
		`{"interactions":[{"request":{"method":"get","path":"/a\u0000"},"response":{"status":200,"body":[[1,{"b":-0.0}],true]}}]}`,
	}
	marks := []byte("{}[]\",:\\ 1e-ntu\x00\xff")
	check := func(text, other string) {
		t.Helper()
		require.NotPanics(t, func() { useAll(Body(text), Body(other)) }, "%q with %q", text, other)
	}
	for _, text := range []string{"", " ", `"`, `\`, "{", "[", "{}", "[}", "{]", "[,", "{,", `{"`, `{""`, `{"":`, `{"":}`, `{"a":1,}`, `{"a":{}"b":1,}`, `{"interactions":[}`, `{"interactions":[{]}`, `{"interactions":{"a"`, "null", "-"} {
		check(text, whole[0])
		check(whole[0], text)
		check(text, text)
	}
	for _, text := range whole {
		for end := range len(text) {
			check(text[:end], text)
		}
		for range 150 {
			mutated := []byte(text)
			for range 1 + random.IntN(3) {
				mutated[random.IntN(len(mutated))] = marks[random.IntN(len(marks))]
			}
			check(string(mutated[:random.IntN(len(mutated)+1)]), text)
			check(string(mutated), whole[random.IntN(len(whole))])
		}
	}
}

// useAll calls what takes a contract or a part of one.
func useAll(body, other Body) {
	for range States(body) {
	}
	for range Items(body) {
	}
	CountDemands(body)
	SameDemands(body, other)
	InteractionsByID(body)
	Endpoints(body)
	Identity(body, ByDemands)
	Identity(body, ByText)
	HasIdentity(body, "")
	WithInteractionIDs(body)
	WithoutInteractionIDs(body)
	InteractionID(body)
	Member(body, "interactions")
	TextOf(body)
	QuotedText(body)
	WithMember(body, "createdAt", []byte("1"))
	for _, pair := range [][2]Body{{body, other}, {other, body}} {
		Comparable(pair[0], pair[1])
		Changes(pair[0], pair[1])
		Diff(pair[0], pair[1], 10)
		Merge(pair[0], pair[1])
		_, _ = MergeStrictly(pair[0], pair[1])
	}
	_, _ = ReadBody(body)
	_, _ = ReadJSON(body)
}

// A provider that verified what is left of a broken contract would say that it does
// all that is asked for.
func TestWithMembers_leavesWhatIsNoWholeObjectAsItIs(t *testing.T) {
	whole := `{"consumer":{"name":"a"},"interactions":[{"description":"x"}]}`
	for end := range len(whole) {
		require.Equal(t, whole[:end], string(WithMember(Body(whole[:end]), "createdAt", []byte("1"))))
	}
	for _, broken := range []string{`{broken json`, `{"a":1,}`, `{"a":1}x`, `{"a":{}"b":1,}`, `{"a"x1}`, `{"a":}`, `{]`, `[1]`, `{"a":1]`} {
		require.Equal(t, broken, string(WithMember(Body(broken), "createdAt", []byte("1"))))
	}
	for object, want := range map[string]string{`{}`: `{"createdAt":1}`, `{"a":2}`: `{"a":2,"createdAt":1}`} {
		require.Equal(t, want, string(WithMember(Body(object), "createdAt", []byte("1"))))
	}
}
