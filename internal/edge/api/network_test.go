package api_test

import (
	"encoding/csv"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/testing/testbroker"
)

// networkIn reads the lines of a network as "name > providers".
func networkIn(t *testing.T, answer testbroker.Response) []string {
	t.Helper()
	require.Equal(t, "text/csv;charset=utf-8", answer.OK(http.StatusOK).Header.Get("Content-Type"))
	lines, err := csv.NewReader(strings.NewReader(string(answer.Body))).ReadAll()
	require.NoError(t, err)
	names := map[string]string{"0": ""}
	for _, line := range lines {
		names[line[0]] = line[1]
	}
	found := []string{}
	for i, line := range lines {
		require.Equal(t, []string{"1", "1", "0", string(rune('1' + i))}, line[2:6])
		var providers []string
		for _, id := range line[6:] {
			providers = append(providers, names[id])
		}
		found = append(found, strings.TrimSpace(line[1]+" > "+strings.Join(slices.DeleteFunc(providers, func(name string) bool { return name == "" }), ", ")))
	}
	return found
}

func TestListRelationships_ofThoseThatHaveContracts(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		require.Empty(t, networkIn(t, b.Get("/relationships")))
		b.Pact("b, the second", "1").With("c")
		b.Pact("A", "1").With("c")
		b.Pact("A", "1").With("b, the second")
		b.Pact("A", "1").With("gone")
		b.Delete(at.PactVersions("gone", "A")).OK(http.StatusNoContent)
		require.Equal(t, []string{"A > b, the second, c", "b, the second > c", "c >"}, networkIn(t, b.Get("/relationships")))
		require.Equal(t, []string{"A > b, the second, c", "b, the second > c", "c >"}, networkIn(t, b.Get("/relationships.csv")))
		b.Get("/relationships", testbroker.Accept(hal)).OK(http.StatusNotAcceptable)
	})
}

func TestShowGroup_allThatAreConnected(t *testing.T) {
	b := testbroker.New(t)
	for _, pair := range []string{"A B", "C B", "C D", "D E", "X Y", "L L"} {
		names := strings.Split(pair, " ")
		b.Pact(names[0], "1").With(names[1])
	}
	b.Put("/pacticipants/Hermit/labels/alone", nil).OK(http.StatusCreated)
	tests := map[string][]string{
		"/groups/A":                   {"A > B", "B >", "C > B, D", "D > E", "E >"},
		"/groups/E":                   {"A > B", "B >", "C > B, D", "D > E", "E >"},
		"/groups/A.csv":               {"A > B", "B >", "C > B, D", "D > E", "E >"},
		"/groups/Y":                   {"X > Y", "Y >"},
		"/groups/L":                   {"L > L"},
		"/groups/Hermit":              {},
		"/groups/A?maxPacticipants=1": {"A > B", "B >"},
		"/groups/A?maxPacticipants=3": {"A > B", "B >", "C > B"},
		"/groups/A?maxPacticipants=4": {"A > B", "B >", "C > B, D", "D >"},
		"/groups/A?maxPacticipants=9": {"A > B", "B >", "C > B, D", "D > E", "E >"},
	}
	for address, want := range tests {
		require.Equal(t, want, networkIn(t, b.Get(address)), address)
	}
	require.Equal(t, "No pacticipant with name 'Nobody' found", b.Get("/groups/Nobody").OK(http.StatusNotFound).Text("error"))
}
