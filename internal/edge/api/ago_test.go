package api

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestAgo_countsInTheLargestUnit(t *testing.T) {
	const day = 24 * time.Hour
	for past, want := range map[time.Duration]string{
		-time.Hour: "less than a minute ago", 59 * time.Second: "less than a minute ago", time.Minute: "1 minute ago", 90 * time.Minute: "1 hour ago",
		47 * time.Hour: "1 day ago", 45 * day: "1 month ago", 300 * day: "10 months ago", 800 * day: "2 years ago",
	} {
		require.Equal(t, want, ago(past))
	}
}
