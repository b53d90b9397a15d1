package api

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestMoment_isUTCInWholeSecondsWithAnOffset(t *testing.T) {
	at := time.Date(2026, 11, 21, 9, 54, 31, 999, time.FixedZone("", 3600))
	require.Equal(t, "2026-11-21T08:54:31+00:00", moment(at))
}

func TestChanged_isEmptyUnlessSomethingChanged(t *testing.T) {
	at := time.Date(2026, 11, 21, 8, 0, 0, 0, time.UTC)
	require.Empty(t, changed(at, time.Time{}))
	require.Empty(t, changed(at, at))
	require.Equal(t, "2026-11-21T08:00:00+00:00", changed(at, at.Add(time.Microsecond)))
}

func TestLinks_keepTheirOrderAndTheirText(t *testing.T) {
	l := Links{{"self", to("http://b/?a=1&b=2", "Me")}}.With("pb:all", []Link{}).With("pb:one", template("http://b/{x}", ""))
	text, err := l.MarshalJSON()
	require.NoError(t, err)
	require.Equal(t, `{"self":{"title":"Me","href":"http://b/?a=1&b=2"},"pb:all":[],"pb:one":{"href":"http://b/{x}","templated":true}}`, string(text))

	none, err := json.Marshal(Links{})
	require.NoError(t, err)
	require.Equal(t, `{}`, string(none))
}

func TestAgo_countsInTheLargestUnit(t *testing.T) {
	const day = 24 * time.Hour
	for past, want := range map[time.Duration]string{
		-time.Hour: "less than a minute ago", 59 * time.Second: "less than a minute ago", time.Minute: "1 minute ago", 90 * time.Minute: "1 hour ago",
		47 * time.Hour: "1 day ago", 45 * day: "1 month ago", 300 * day: "10 months ago", 800 * day: "2 years ago",
	} {
		require.Equal(t, want, ago(past))
	}
}
