package testbroker

import (
	"embed"
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
)

// pacts are contracts of each version and kind, with a rule of every sort.
//
//go:embed pacts/*.json
var pacts embed.FS

// Kinds are the names of the contracts of each version and kind.
func Kinds() []string { return []string{"v2", "v3", "v3-message", "v4", "v4-plugin"} }

// OfKind is the contract of a version and kind.
func OfKind(t testing.TB, kind string) json.RawMessage {
	t.Helper()
	text, err := pacts.ReadFile("pacts/" + kind + ".json")
	require.NoError(t, err)
	return text
}

// OfKind publishes the contract of a version and kind, by version 1 of its consumer.
func (b *Broker) OfKind(kind string) *Pact {
	b.t.Helper()
	var named struct{ Consumer, Provider struct{ Name string } }
	content := OfKind(b.t, kind)
	require.NoError(b.t, json.Unmarshal(content, &named))
	return b.Pact(named.Consumer.Name, "1").Saying(content).With(named.Provider.Name)
}
