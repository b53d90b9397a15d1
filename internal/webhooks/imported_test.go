package webhooks

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestReimport_saysWhoHasTheLastWord(t *testing.T) {
	for name, c := range map[string]struct {
		webhook    Reimport
		resolution Resolution
		conflicts  bool
	}{
		"one that did not come and does the same":                  {Reimport{Same: true}, StaysSame, false},
		"one that did not come and does something else":            {Reimport{}, StaysOther, true},
		"one that did not come, where the source wins":             {Reimport{Take: true}, Follows, true},
		"one that did not come and does the same, the source wins": {Reimport{Same: true, Take: true}, StaysSame, false},
		"what an import did not bring is nowhere untouched":        {Reimport{Untouched: true, Unchanged: true}, StaysOther, true},
		"one that nobody touched since it came":                    {Reimport{Came: true, Untouched: true}, Follows, false},
		"one that nobody touched, nor changed in the source":       {Reimport{Came: true, Untouched: true, Unchanged: true, Same: true}, Follows, false},
		"one changed here": {Reimport{Came: true, Unchanged: true}, StaysSame, false},
		"one changed here, where the source wins but says no more": {Reimport{Came: true, Unchanged: true, Take: true}, StaysSame, false},
		"one changed in both alike":                                {Reimport{Came: true, Same: true}, StaysSame, false},
		"one changed in both":                                      {Reimport{Came: true}, StaysChanged, true},
		"one changed in both, where the source wins":               {Reimport{Came: true, Take: true}, Follows, true},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, c.resolution, c.webhook.Resolution())
			require.Equal(t, c.conflicts, c.webhook.Conflicts())
		})
	}
}
