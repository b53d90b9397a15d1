package edge

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// A thing may be called as a word that begins another address: it is found at all of its
// own addresses, but where the word has one of exactly that form.
func TestHiddenBy_findsThingsThatAreCalledAsAWordOfTheTable(t *testing.T) {
	table := []string{"/things", "/things/:name", "/things/:name/parts", "/things/:name/parts/:part", "/things/:name/parts/:part/bolts", "/things/label/:label", "/things/label/:label/count", "/things/:name/label/:label", "/others/:name/parts/:part"}
	split := make([][]string, len(table))
	for i, path := range table {
		split[i] = strings.Split(path, "/")
	}
	for path, want := range map[string][]string{
		"/things": nil, "/things/:name": nil, "/things/:name/parts": nil, "/things/label/:label": nil, "/things/label/:label/count": nil, "/others/:name/parts/:part": nil,
		"/things/:name/parts/:part":       {"/things/label/parts/:part name=label"},
		"/things/:name/parts/:part/bolts": {"/things/label/parts/:part/bolts name=label"},
		"/things/:name/label/:label":      {"/things/label/label/:label name=label"},
	} {
		var found []string
		for _, h := range hiddenBy(split, strings.Split(path, "/")) {
			found = append(found, h.path+" "+h.param.Key+"="+h.param.Value)
		}
		require.Equal(t, want, found, path)
	}
	whole := append(split, strings.Split("/things/label/parts/:part", "/"))
	require.Empty(t, hiddenBy(whole, strings.Split("/things/:name/parts/:part", "/")), "an address of its own is not taken away")
}
