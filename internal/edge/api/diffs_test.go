package api_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/support/config"
	"github.com/accord-broker/accord/internal/testing/testbroker"
)

func TestComparePacts_showsHowTheOlderBecameTheNewer(t *testing.T) {
	b := testbroker.New(t)
	river(b)
	b.Pact("Otter", "4").Saying(testbroker.Content("Otter", "River", "swim", "float")).With("River")
	sha := func(number string) string {
		return b.Get(otters+"/version/"+number).Text("_links", "pb:pact-version", "name")
	}
	tests := []struct{ name, address, heading, gone, come string }{
		{"previous", "/version/3/diff/previous-distinct", "versions 2 and 3", "swim", "dive"},
		{"version", "/version/4/diff/version/1", "versions 1 and 4", "", "float"},
		{"version the other way round", "/version/1/diff/version/4", "versions 1 and 4", "", "float"},
		{"content", "/pact-version/" + sha("4") + "/diff/pact-version/" + sha("3"), "versions 3 and 4", "dive", "swim"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			diff := b.For(t).Get(otters+tt.address, testbroker.Accept("text/plain")).OK(http.StatusOK)
			require.Equal(t, "text/plain;charset=utf-8", diff.Header.Get("Content-Type"))
			text := string(diff.Body)
			require.Contains(t, text, "# Diff between "+tt.heading+" of the pact between Otter and River\n")
			require.Contains(t, text, "less than a minute ago")
			require.Contains(t, text, `+     {`)
			require.Regexp(t, `\n\+ .*"`+tt.come+`"`, text)
			require.Equal(t, tt.gone != "", strings.Contains(text, "\n- "), text)
			require.Regexp(t, `## Links\n\nbefore:\n  title: Pact\n  name: Pact between Otter \(\d\) and River\n  href: http://broker\.test/pacts/`, text)
		})
	}
}

func TestComparePacts_saysWhenThereIsNothingToTell(t *testing.T) {
	b := testbroker.New(t)
	river(b)
	plain := testbroker.Accept("text/plain")
	require.Contains(t, string(b.Get(otters+"/version/1/diff/previous-distinct", plain).OK().Body), "Pact between Otter (1) and River: no version before")
	require.Contains(t, string(b.Get(otters+"/version/1/diff/version/2", plain).OK().Body), "Both say the same.")
	for _, address := range []string{
		"/version/9/diff/previous-distinct", "/version/9/diff/version/1", "/version/1/diff/version/9",
		"/pact-version/abc/diff/pact-version/abc",
	} {
		b.Get(otters+address, plain).OK(http.StatusNotFound)
	}
	b.Get(otters+"/version/3/diff/previous-distinct", testbroker.Accept("application/hal+json")).OK(http.StatusNotAcceptable)
}

func TestComparePacts_endsInTime(t *testing.T) {
	b := testbroker.New(t, testbroker.With(func(s *config.Settings) { s.Server.DiffTimeout = time.Nanosecond }))
	river(b)
	sha := b.Get(otters+"/version/3").Text("_links", "pb:pact-version", "name")
	for _, address := range []string{"/version/3/diff/previous-distinct", "/version/3/diff/version/1", "/pact-version/" + sha + "/diff/pact-version/" + sha} {
		late := b.Get(otters+address, testbroker.Accept("text/plain")).OK(http.StatusRequestTimeout)
		require.Contains(t, string(late.Body), "PACT_BROKER_PACT_CONTENT_DIFF_TIMEOUT")
	}
}

func TestListProviderStates_gathersWhatConsumersAskFor(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		stating := func(consumer, state string) map[string]any {
			content := testbroker.Content(consumer, "River", "a")
			content["interactions"].([]any)[0].(map[string]any)["providerState"] = state
			return content
		}
		b.Pact("Otter", "1").Branch("main").Saying(stating("Otter", "there is water")).With("River")
		b.Pact("Otter", "2").Branch("dry").Saying(stating("Otter", "there is none")).With("River")
		b.Pact("Beaver", "1").Branch("main").Saying(stating("Beaver", "there is water")).With("River").DeployedTo("test")
		b.Pact("Beaver", "2").Branch("main").Saying(stating("Beaver", "there is wood")).With("River").ReleasedTo("test")
		states := func(address string) any {
			return b.Get("/pacts/provider/River/provider-states" + address).OK(http.StatusOK).JSON()
		}
		state := func(name string, consumers ...any) any { return map[string]any{"name": name, "consumers": consumers} }
		of := func(states ...any) any { return map[string]any{"providerStates": states} }

		require.Equal(t, of(state("there is water", "Otter"), state("there is wood", "Beaver")), states(""))
		require.Equal(t, of(state("there is none", "Otter")), states("/branch/dry"))
		require.Equal(t, of(state("there is water", "Beaver"), state("there is wood", "Beaver")), states("/environment/test"))
		require.Equal(t, map[string]any{"providerStates": []any{}}, states("/environment/none"))
		for _, list := range []string{"", "/branch/dry", "/environment/test"} {
			b.Get("/pacts/provider/Lake/provider-states" + list).OK(http.StatusNotFound)
		}
	})
}
