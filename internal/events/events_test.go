package events

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestAll_namesEachTypeOnce(t *testing.T) {
	seen := map[Type]bool{}
	for _, typ := range All() {
		require.True(t, typ.Known(), typ)
		require.False(t, seen[typ], "%s is listed twice", typ)
		seen[typ] = true
	}
	require.Len(t, seen, 34)
	require.False(t, Type("unheard_of").Known())
}

func TestCompatible_isACopy(t *testing.T) {
	Compatible()[0] = "spoilt"
	require.Equal(t, ContractPublished, Compatible()[0])
}

func TestApplications_namesEachOnce(t *testing.T) {
	for name, c := range map[string]struct {
		data Data
		want []string
	}{
		"a pair":              {Data{Consumer: "Shop", Provider: "Stock"}, []string{"Shop", "Stock"}},
		"one application":     {Data{Pacticipant: "Shop"}, []string{"Shop"}},
		"a pair with itself":  {Data{Consumer: "Shop", Provider: "Shop"}, []string{"Shop"}},
		"no application":      {Data{Environment: "prod"}, nil},
		"subject and partner": {Data{Pacticipant: "Stock", Consumer: "Shop", Provider: "Stock"}, []string{"Stock", "Shop"}},
	} {
		require.Equal(t, c.want, c.data.Applications(), name)
	}
}

func TestCauseOf_returnsWhatWasKept(t *testing.T) {
	ctx := context.Background()
	require.Equal(t, Cause{}, CauseOf(ctx))
	cause := Cause{RequestID: "r1", Actor: "ci", BaseURL: "https://broker.example.org"}
	require.Equal(t, cause, CauseOf(WithCause(ctx, cause)))
}
