package commands

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/cleaning"
)

func TestWordsOf_sayWhatACleanUpIsAt(t *testing.T) {
	for step, want := range map[cleaning.Step]string{
		{Kind: cleaning.Versions, Application: "Shop"}: "versions of Shop",
		{Kind: cleaning.Versions}:                      "versions to delete",
		{Kind: cleaning.Branches}:                      "branches",
		{Kind: cleaning.OrphanedContents}:              "contents",
		{Kind: cleaning.OldDeliveries}:                 "deliveries that are done, but the newest",
	} {
		require.Equal(t, want, wordsOf(step))
	}
}
