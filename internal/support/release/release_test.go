package release

import (
	"runtime/debug"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestVersion_isTheReleasesElseThatOfTheModuleElseNone(t *testing.T) {
	stamped := &debug.BuildInfo{Main: debug.Module{Version: "v1.2.3"}}
	require.Equal(t, "v1.3.0", versionOf("v1.3.0", stamped))
	require.Equal(t, "v1.2.3", versionOf("", stamped))
	require.Equal(t, "devel", versionOf("", &debug.BuildInfo{Main: debug.Module{Version: "(devel)"}}))
	require.Equal(t, "devel", versionOf("", nil))
}
