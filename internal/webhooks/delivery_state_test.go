package webhooks

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestSchedule_leadsFromNotRunToFailure(t *testing.T) {
	schedule := Schedule{10 * time.Second, time.Minute}
	require.Equal(t, 3, schedule.Attempts())
	for attempts, want := range map[int]struct {
		status    Status
		wait      time.Duration
		remaining int
	}{
		1: {Retrying, 10 * time.Second, 2},
		2: {Retrying, time.Minute, 1},
		3: {Failure, 0, 0},
		4: {Failure, 0, 0},
	} {
		status := schedule.StatusAfter(attempts, false)
		wait, again := schedule.After(attempts)
		require.Equal(t, want.status, status, attempts)
		require.Equal(t, want.wait, wait, attempts)
		require.Equal(t, want.status == Retrying, again, attempts)
		require.Equal(t, want.remaining, Triggered{Status: status, Attempts: attempts}.AttemptsRemaining(schedule), attempts)
		require.Equal(t, Success, schedule.StatusAfter(attempts, true))
	}
	require.Equal(t, Failure, Schedule{}.StatusAfter(1, false))
}

func TestAttemptsRemaining_ofTheDefaultSchedule(t *testing.T) {
	require.Equal(t, 7, Triggered{Status: NotRun}.AttemptsRemaining(DefaultSchedule()))
	require.Equal(t, 6, Triggered{Status: Retrying, Attempts: 1}.AttemptsRemaining(DefaultSchedule()))
	require.Equal(t, 0, Triggered{Status: Success, Attempts: 1}.AttemptsRemaining(DefaultSchedule()))
	require.Equal(t, 0, Triggered{Status: Retrying, Attempts: 9}.AttemptsRemaining(DefaultSchedule()), "the schedule was shortened meanwhile")
}

func TestSuccessCodes_endAt206(t *testing.T) {
	codes := DefaultSuccessCodes()
	for code, want := range map[int]bool{199: false, 200: true, 206: true, 207: false, 302: false, 500: false} {
		require.Equal(t, want, codes.Include(code), code)
	}
}

func TestSummarise_countsByStatus(t *testing.T) {
	require.Equal(t, Summary{Successful: 2, Failed: 1, Retrying: 1, NotRun: 1},
		Summarise([]Triggered{{Status: Success}, {Status: Failure}, {Status: Success}, {Status: Retrying}, {Status: NotRun}}))
}
