package pactfile

import (
	"strings"
	"testing"

	"github.com/accord-broker/accord/internal/support/fault"

	"github.com/stretchr/testify/require"
)

func withInteractions(interactions ...string) string {
	return `{"consumer":{"name":"Otter"},"interactions":[` + strings.Join(interactions, ",") + `],"x":1}`
}

const (
	swim     = `{"description":"swim","request":{"method":"GET","path":"/river"},"response":{"status":200}}`
	swim201  = `{"description":"swim","request":{"path":"/river","method":"GET"},"response":{"status":201}}`
	swimPost = `{"description":"swim","request":{"method":"POST","path":"/river"},"response":{"status":200}}`
	swimIce  = `{"description":"swim","providerState":"ice","request":{"method":"POST","path":"/river"},"response":{"status":200}}`
	dive     = `{"description":"dive","request":{"method":"GET","path":"/lake"},"response":{"status":200}}`
)

func TestMerge(t *testing.T) {
	for name, test := range map[string]struct{ stored, sent, want string }{
		"another interaction":        {withInteractions(swim), withInteractions(dive), withInteractions(swim, dive)},
		"the same in its place":      {withInteractions(swim, dive), withInteractions(swim201), withInteractions(swim201, dive)},
		"another state":              {withInteractions(swim), withInteractions(swimIce), withInteractions(swim, swimIce)},
		"states of three spellings":  {withInteractions(swimIce), withInteractions(strings.Replace(swimIce, "providerState", "provider_state", 1)), withInteractions(strings.Replace(swimIce, "providerState", "provider_state", 1))},
		"a null state is none":       {withInteractions(swim), withInteractions(strings.Replace(swim, "{", `{"providerState":null,`, 1)), withInteractions(strings.Replace(swim, "{", `{"providerState":null,`, 1))},
		"nothing sent":               {withInteractions(swim), withInteractions(), withInteractions(swim)},
		"nothing stored":             {withInteractions(), withInteractions(swim), withInteractions(swim)},
		"twice the same sent":        {withInteractions(), withInteractions(swim, swim201), withInteractions(swim201)},
		"generated ids go":           {string(WithInteractionIDs(Body(withInteractions(swim)))), string(WithInteractionIDs(Body(withInteractions(dive)))), withInteractions(swim, dive)},
		"other members of the sent":  {withInteractions(swim), `{"consumer":{"name":"Beaver"},"interactions":[],"y":2}`, withInteractions(swim)},
		"what is no interaction":     {`{"interactions":["a",1]}`, `{"interactions":["a",2]}`, `{"interactions":["a",1,2]}`},
		"numbers keep their text":    {`{"interactions":[],"n":1.0}`, `{"interactions":[{"n":1.50}]}`, `{"interactions":[{"n":1.50}],"n":1.0}`},
		"request parts may be null":  {withInteractions(swim), withInteractions(strings.Replace(swim, `"method"`, `"body":null,"method"`, 1)), withInteractions(strings.Replace(swim, `"method"`, `"body":null,"method"`, 1))},
		"messages beside the others": {withInteractions(swim), `{"interactions":[],"messages":[{"description":"m"}]}`, strings.TrimSuffix(withInteractions(swim), "}") + `,"messages":[{"description":"m"}]}`},
	} {
		t.Run(name, func(t *testing.T) {
			merged, err := MergeStrictly(read(t, test.stored), read(t, test.sent))
			require.NoError(t, err)
			require.Equal(t, test.want, string(merged))
			require.Equal(t, test.want, string(Merge(read(t, test.stored), read(t, test.sent))))
		})
	}
}

func TestMergeStrictlyRefuses(t *testing.T) {
	for name, test := range map[string]struct{ stored, sent, text string }{
		"another method":           {withInteractions(swim), withInteractions(swimPost), "method"},
		"another path":             {withInteractions(swim), withInteractions(strings.Replace(swim, "/river", "/sea", 1)), "path"},
		"another query":            {withInteractions(swim), withInteractions(strings.Replace(swim, `"method"`, `"query":"a=1","method"`, 1)), "query"},
		"another body":             {withInteractions(swim), withInteractions(strings.Replace(swim, `"method"`, `"body":{},"method"`, 1)), "body"},
		"another header":           {withInteractions(swim), withInteractions(strings.Replace(swim, `"method"`, `"headers":{"a":"b"},"method"`, 1)), "headers"},
		"no interactions stored":   {`{"messages":[]}`, withInteractions(swim), "list of interactions"},
		"no interactions sent":     {withInteractions(swim), `{"messages":[]}`, "list of interactions"},
		"interactions are no list": {withInteractions(swim), `{"interactions":{}}`, "list of interactions"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := MergeStrictly(read(t, test.stored), read(t, test.sent))
			require.True(t, fault.Is(err, fault.Conflict), "got %v", err)
			require.ErrorContains(t, err, test.text)
		})
	}
}

func TestMergeForgives(t *testing.T) {
	require.Equal(t, withInteractions(swimPost), string(Merge(read(t, withInteractions(swim)), read(t, withInteractions(swimPost)))))
	require.Equal(t, `{"messages":[{"description":"m","contents":2},{"description":"n"}]}`,
		string(Merge(read(t, `{"messages":[{"description":"m","contents":1}]}`), read(t, `{"messages":[{"description":"m","contents":2},{"description":"n"}]}`))))
	require.Equal(t, `{"foo":1,"interactions":[1]}`, string(Merge(read(t, `{"foo":1}`), read(t, `{"interactions":[1]}`))))
}

func TestAMergeIsNamedByItsResult(t *testing.T) {
	stored := WithInteractionIDs(read(t, v2(interactionA)))
	merged := Merge(stored, read(t, v2(interactionNamed("b"))))
	require.Equal(t, Identity(read(t, v2(interactionA, interactionNamed("b"))), ByDemands), Identity(merged, ByDemands))
}
