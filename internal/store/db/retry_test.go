package db

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestPauseBefore_waitsLongerBeforeEachFurtherAttempt(t *testing.T) {
	for attempt := 1; attempt < 10; attempt++ {
		var sum time.Duration
		seen := map[time.Duration]bool{}
		for range 200 {
			pause := pauseBefore(attempt)
			require.Positive(t, pause)
			require.LessOrEqual(t, pause, min(2*time.Millisecond<<(attempt-1), 250*time.Millisecond))
			sum += pause
			seen[pause] = true
		}
		require.Greater(t, sum/200, min(2*time.Millisecond<<(attempt-1), 250*time.Millisecond)/4)
		require.Greater(t, len(seen), 20, "the pauses of two that collide differ")
	}
}
