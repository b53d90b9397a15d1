package web_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/support/config"
	"github.com/accord-broker/accord/internal/testing/testbroker"
)

// Every setting stands on its page once, with the value that was given unless it is
// secret, of which nothing is seen; a search finds what a plain filter finds.
func TestShowSettings_showsEachOnceAndNothingSecret(t *testing.T) {
	given := map[string]config.Given{}
	for i, s := range config.Catalogue() {
		given[s.Key] = config.Given{Text: fmt.Sprintf("value<%d>", i), From: fmt.Sprintf("file & line %d", i)}
	}
	b := testbroker.New(t, testbroker.With(func(s *config.Settings) { s.Given = given }))
	shown := func(address string) map[string][2]string {
		found := map[string][2]string{}
		for _, table := range visited(t, b, address).all("tbody") {
			for _, row := range table.all("tr") {
				name := row.one(t, "th").one(t, "code").text()
				require.NotContains(t, found, name, "it stands there twice")
				found[name] = [2]string{row.one(t, "td", "data-th", "Value").text(), row.one(t, "td", "data-th", "Set by").text()}
			}
		}
		return found
	}
	all, text := shown("/settings"), string(b.Visit("/settings").OK(http.StatusOK).Body)
	require.Len(t, all, len(config.Catalogue()))
	for i, s := range config.Catalogue() {
		value := fmt.Sprintf("value<%d>", i)
		if s.Secret {
			require.NotContains(t, text, fmt.Sprintf("value&lt;%d&gt;", i), s.Key)
			value = "••••••"
		}
		require.Equal(t, [2]string{value, fmt.Sprintf("file & line %d", i)}, all[s.Variable()], s.Key)
	}
	for _, asked := range []string{"PASSWORD", "webhook", "ü", "_", "how long", "<", "  port  "} {
		want := 0
		for _, s := range config.Catalogue() {
			if strings.Contains(strings.ToLower(s.Variable()+" "+s.Help), strings.ToLower(strings.TrimSpace(asked))) {
				want++
			}
		}
		for _, show := range []string{"", "&show=set"} {
			require.Len(t, shown("/settings?q="+url.QueryEscape(asked)+show), want, asked)
		}
	}
}
