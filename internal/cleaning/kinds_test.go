package cleaning

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestKind_hasWordsForPeople(t *testing.T) {
	for _, kind := range []Kind{OldDeliveries, SupersededResults, ReplacedPacts, Versions, PactsOfVersions, ResultsOfVersions, Branches, OrphanedContents} {
		require.Contains(t, kind.Words(), " ", kind)
	}
}
