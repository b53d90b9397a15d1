package versions

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// Order is one: what is lower stays lower whichever way it is asked, and through a
// third.
func FuzzCompare(f *testing.F) {
	f.Add("1.2.3", "1.2.3-rc.1", "2")
	f.Add("v1", "1.0.0+77", "main")
	f.Add("1.0.0-alpha.1", "1.0.0-alpha.01", "1.0.0-alpha.beta")
	f.Add("1.0.0-rc.1a", "1.0.0-rc.9", "1.0.0-rc.10")
	formats, err := ParseFormats(DefaultFormats)
	require.NoError(f, err)
	f.Fuzz(func(t *testing.T, a, b, c string) {
		x, y, z := formats.Read(a), formats.Read(b), formats.Read(c)
		require.Zero(t, x.Compare(x))
		require.Equal(t, x.Compare(y), -y.Compare(x), "%q and %q", a, b)
		if x.Compare(y) <= 0 && y.Compare(z) <= 0 {
			require.LessOrEqual(t, x.Compare(z), 0, "%q, %q and %q", a, b, c)
		}
	})
}

func FuzzParseFormats(f *testing.F) {
	f.Add("%M.%m.%p%s%d", "1.2.3")
	f.Add("(%M", "1")
	f.Add("%s%d", "")
	f.Fuzz(func(_ *testing.T, list, text string) {
		if formats, err := ParseFormats(list); err == nil {
			formats.Read(text)
		}
	})
}

func TestParseFormats_takesFormsAsTheyStand(t *testing.T) {
	for _, tt := range []struct {
		list, low, high string
	}{
		{"%M", "9", "10"},
		{"%M.%m", "1.9", "1.10"},
		{"r%M-%m", "r1-9", "r1-10"},
		{"%M.%m.%p%s", "1.0.0-rc.1", "1.0.0"},
		{"[%M]", "[2]", "[11]"},
		{"%M+%m", "1+2", "1+10"},
		{"%M*%m", "1*2", "1*10"},
		{"  %M   ", "1", "2"},
		{"%m.%M", "9.1", "1.2"},
	} {
		formats, err := ParseFormats(tt.list)
		require.NoError(t, err, tt.list)
		low, high := formats.Read(tt.low), formats.Read(tt.high)
		require.True(t, low.Readable() && high.Readable(), "%+v", tt)
		require.Equal(t, -1, low.Compare(high), "%+v", tt)
	}
	for _, list := range []string{"main", "%x", "a %M"} {
		_, err := ParseFormats(list)
		require.Error(t, err, list)
	}
	none, err := ParseFormats("")
	require.NoError(t, err)
	require.False(t, none.Read("1").Readable())
}
