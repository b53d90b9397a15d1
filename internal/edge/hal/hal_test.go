package hal

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestMoment_isUTCInWholeSecondsWithAnOffset(t *testing.T) {
	at := time.Date(2026, 11, 21, 9, 54, 31, 999, time.FixedZone("", 3600))
	require.Equal(t, "2026-11-21T08:54:31+00:00", Time(at))
}

func TestChanged_isEmptyUnlessSomethingChanged(t *testing.T) {
	at := time.Date(2026, 11, 21, 8, 0, 0, 0, time.UTC)
	require.Empty(t, TimeChanged(at, time.Time{}))
	require.Empty(t, TimeChanged(at, at))
	require.Equal(t, "2026-11-21T08:00:00+00:00", TimeChanged(at, at.Add(time.Microsecond)))
}

func TestLinks_keepTheirOrderAndTheirText(t *testing.T) {
	l := Links{{"self", To("http://b/?a=1&b=2", "Me")}}.With("pb:all", []Link{}).With("pb:one", Templated("http://b/{x}", ""))
	text, err := l.MarshalJSON()
	require.NoError(t, err)
	require.Equal(t, `{"self":{"title":"Me","href":"http://b/?a=1&b=2"},"pb:all":[],"pb:one":{"href":"http://b/{x}","templated":true}}`, string(text))

	none, err := json.Marshal(Links{})
	require.NoError(t, err)
	require.Equal(t, `{}`, string(none))
}
