package verification

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/contracts"
)

func TestSummaryOf(t *testing.T) {
	of := func(provider string, result *Result) Latest {
		return Latest{Pact: contracts.Publication{Provider: provider}, Result: result}
	}
	good, bad, none := of("Good", &Result{Success: true}), of("Bad", &Result{}), of("None", nil)
	for name, c := range map[string]struct {
		latest []Latest
		want   Summary
	}{
		"no contract": {nil, Summary{Success: true}},
		"a success":   {[]Latest{good}, Summary{Success: true, Successful: []string{"Good"}, Results: []Latest{good}}},
		"a failure":   {[]Latest{bad, good}, Summary{Successful: []string{"Good"}, Failed: []string{"Bad"}, Results: []Latest{bad, good}}},
		"no result":   {[]Latest{good, none}, Summary{Successful: []string{"Good"}, Unknown: []string{"None"}, Results: []Latest{good}}},
	} {
		require.Equal(t, c.want, summaryOf(c.latest), name)
	}
}
