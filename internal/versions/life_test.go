package versions

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/pacticipants"
	"github.com/accord-broker/accord/internal/testing/testrandom"
)

func TestLife_saysWhetherSomebodyWorksOnABranch(t *testing.T) {
	border := time.Date(2026, 3, 1, 10, 0, 0, 0, time.UTC)
	for name, tt := range map[string]struct {
		life Life
		want BranchState
	}{
		"something came later":           {Life{UpdatedAt: border.Add(time.Microsecond)}, ActiveBranch},
		"something came at that moment":  {Life{UpdatedAt: border}, ActiveBranch},
		"nothing came since":             {Life{UpdatedAt: border.Add(-time.Microsecond)}, StaleBranch},
		"nothing ever came":              {Life{}, StaleBranch},
		"closed, and something came":     {Life{Closed: true, UpdatedAt: border.Add(time.Hour)}, ClosedBranch},
		"closed, and nothing came":       {Life{Closed: true}, ClosedBranch},
		"the main branch, and old":       {Life{Main: true}, ActiveBranch},
		"the main branch, and closed":    {Life{Main: true, Closed: true}, ActiveBranch},
		"the main branch, and something": {Life{Main: true, UpdatedAt: border}, ActiveBranch},
	} {
		require.Equal(t, tt.want, tt.life.State(border), name)
	}
}

func TestAges_countBackFromNow(t *testing.T) {
	now := time.Date(2026, 3, 31, 10, 0, 0, 0, time.UTC)
	ages := Ages{LivingFor: 30 * 24 * time.Hour, Now: func() time.Time { return now }}
	require.Equal(t, time.Date(2026, 3, 1, 10, 0, 0, 0, time.UTC), ages.StaleBefore())
	p := pacticipants.Pacticipant{MainBranch: "main"}
	for want, b := range map[BranchState]Branch{
		ActiveBranch: {Name: "feat", UpdatedAt: ages.StaleBefore()},
		StaleBranch:  {Name: "feat", UpdatedAt: ages.StaleBefore().Add(-1)},
		ClosedBranch: {Name: "feat", UpdatedAt: now, ClosedAt: now},
	} {
		require.Equal(t, want, ages.StateOf(p, b))
		b.Name = "main"
		require.Equal(t, ActiveBranch, ages.StateOf(p, b))
	}
	require.Equal(t, StaleBranch, ages.StateOf(pacticipants.Pacticipant{}, Branch{Name: "main"}), "one that nobody has named the main branch")
}

// However numbers come in, they are put in the same order.
func TestNumbers_areOrderedWhateverTheirOrderBefore(t *testing.T) {
	formats := defaultFormats(t)
	rising := []string{"main", "0.0.1", "0.1.0-alpha", "0.1.0", "1.0.0-alpha.9", "1.0.0-alpha.10", "1.0.0-beta", "1.0.0-rc.1", "1.0.0", "1.0.1", "2.0.0", "10.0.0", "9999999999999999999999.0.0"}
	random := testrandom.New(t)
	for range 50 {
		mixed := slices.Clone(rising)
		random.Shuffle(len(mixed), func(i, j int) { mixed[i], mixed[j] = mixed[j], mixed[i] })
		slices.SortFunc(mixed, func(a, b string) int { return formats.Read(a).Compare(formats.Read(b)) })
		require.Equal(t, rising, mixed)
	}
}

// Of several forms the first that fits counts, so that the longer ones stand first.
func TestFormats_areTriedInTheirOrder(t *testing.T) {
	for _, tt := range []struct {
		forms, text, same string
	}{
		{"%M.%m.%p %M.%m %M", "1.2.3", "1.2.3"},
		{"%M %M.%m.%p", "1.2.3", "1"},
		{"b%M %M.%m", "1.2-b7", "7"},
		{"b%M %M.%m", "1.2", "1.2.0"},
	} {
		formats, err := ParseFormats(tt.forms)
		require.NoError(t, err)
		require.Zero(t, formats.Read(tt.text).Compare(defaultFormats(t).Read(tt.same)), "%+v", tt)
	}
}

func TestParseFormats_saysWhatIsMissing(t *testing.T) {
	for _, form := range []string{"major", "%s", "%d", "%x", "v", "%s%d"} {
		_, err := ParseFormats("%M.%m " + form)
		require.EqualError(t, err, `"`+form+`" is no form of version numbers; it needs at least one of %M, %m and %p`, form)
	}
}

// Build metadata says nothing about the order, and what stands behind a number neither.
func TestNumber_passesOverBuildMetadata(t *testing.T) {
	formats := defaultFormats(t)
	for _, pair := range [][2]string{{"1.0.0+1", "1.0.0+2"}, {"1.0.0-rc.1+a", "1.0.0-rc.1+b"}, {"1.0.0", "1.0.0+x"}, {"1.0.0-", "1.0.0"}, {"1.0.0-7", "1.0.0"}, {"1.2.3.4", "1.2.3.5"}} {
		require.Zero(t, formats.Read(pair[0]).Compare(formats.Read(pair[1])), "%q", pair)
	}
	for _, pair := range [][2]string{{"1.0.0-rc", "1.0.0"}, {"1.0.0-a", "1.0.0-a.1"}, {"1.0.0-a.1", "1.0.0-a.b"}, {"1.0.0-a.b", "1.0.0-a.c"}, {"1.0.0-a.9", "1.0.0-a.10"}, {"1.0.0-a", "1.0.0-b"}, {"1.0.0-A", "1.0.0-a"}} {
		require.Equal(t, -1, formats.Read(pair[0]).Compare(formats.Read(pair[1])), "%q", pair)
	}
}
