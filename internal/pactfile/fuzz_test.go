package pactfile

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// backwards spells a value with the members of every object in reverse.
func backwards(value []byte) []byte {
	if IsArray(value) {
		return mapItems(nil, value, func(dst, item []byte) []byte { return append(dst, backwards(item)...) })
	}
	if !IsObject(value) {
		return value
	}
	all := membersOf(value)
	text := []byte{'{'}
	for n := len(all) - 1; n >= 0; n-- {
		text = append(append(append(text, all[n].name...), ':'), backwards(all[n].value)...)
		if n > 0 {
			text = append(text, ',')
		}
	}
	return append(text, '}')
}

func FuzzContent(f *testing.F) {
	for _, body := range []string{
		`{}`, `{"foo":1}`, v2(interactionA, interactionNamed("b")), withInteractions(swim, swimIce), withInteractions(room),
		`{"messages":[{"description":"m","providerStates":[{"name":"a","params":{"n":1.50e-7}}]},1,"x",[],null],"interactions":null}`,
		`{"interactions":[{"_id":"x","request":{"body":"\u0000\ud83e\udda6\/"}}],"metadata":{"pact-specification":{"version":null}}}`,
		`{"interactions":[{},{"":{"":-0.0}}],"consumer":null}`, `[`, "{\"a\":\"\xff\"}",
	} {
		f.Add([]byte(body), []byte(withInteractions(dive, swim201)))
	}
	f.Fuzz(func(t *testing.T, first, second []byte) {
		body, err := ReadBody(first)
		if err != nil {
			return
		}
		again, err := ReadBody(body)
		require.NoError(t, err)
		require.Equal(t, body, again)
		with := WithInteractionIDs(body)
		requireReadable(t, with)
		require.Equal(t, with, WithInteractionIDs(with))
		requireReadable(t, canonicalText(body))
		require.Equal(t, string(canonicalText(body)), string(canonicalText(canonicalText(body))))
		if IsArray(Member(body, "interactions")) || IsArray(Member(body, "messages")) {
			require.Equal(t, Identity(body, ByDemands), Identity(backwards(body), ByDemands))
			require.Empty(t, Changes(body, backwards(body)))
		}
		require.Empty(t, Diff(body, with, 0))
		for range States(body) {
		}

		other, err := ReadBody(second)
		if err != nil {
			return
		}
		requireReadable(t, Merge(body, other))
		require.Equal(t, Diff(body, other, 0) == "", len(compareBodies(other, body)) == 0)
		Changes(body, other)
	})
}

func requireReadable(t *testing.T, body Body) {
	t.Helper()
	_, err := ReadBody(body)
	require.NoError(t, err, string(body))
}
