package versions

import (
	"testing"

	"github.com/accord-broker/accord/internal/support/fault"

	"github.com/stretchr/testify/require"
)

func defaultFormats(t *testing.T) Formats {
	t.Helper()
	formats, err := ParseFormats(DefaultFormats)
	require.NoError(t, err)
	return formats
}

func TestVersionsRiseInThisOrder(t *testing.T) {
	formats := defaultFormats(t)
	rising := []string{"abc", "0", "0.0.1", "0.9", "1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.2", "1.0.0-alpha.11", "1.0.0-alpha.beta", "1.0.0-beta", "1.0.0-rc.1+77", "1.0.0",
		"1.0.2", "1.0.10", "1.9", "1.10.0", "2-x", "3.0", "20261121123456", "20261121123456789012345.1"}
	for i, low := range rising {
		for j, high := range rising {
			want := 0
			if i < j {
				want = -1
			} else if i > j {
				want = 1
			}
			require.Equal(t, want, formats.Read(low).Compare(formats.Read(high)), "%s and %s", low, high)
		}
	}
}

func TestNumbersAreReadLeniently(t *testing.T) {
	formats := defaultFormats(t)
	for _, text := range []string{"1.2.3", "v1.2.3", "01.2.3", "1.2.3.4", "1.2.3_x", "1.2.3+build.77", "1.02.003", "release-1.2.3"} {
		require.Zero(t, formats.Read("1.2.3").Compare(formats.Read(text)), text)
		require.True(t, formats.Read(text).Readable(), text)
	}
	for _, pair := range [][2]string{{"1.0.0-rc.01", "1.0.0-rc.1"}, {"1.0.0-rc.1", "1.0.0-rc.001"}, {"1.0.0-rc.0", "1.0.0-rc.00"}} {
		require.Zero(t, formats.Read(pair[0]).Compare(formats.Read(pair[1])), "%q", pair)
	}
	for short, long := range map[string]string{"1": "1.0.0", "1.2": "1.2.0", "v7": "7.0.0", "8f1d9c2": "8.0.0"} {
		require.Zero(t, formats.Read(long).Compare(formats.Read(short)), short)
	}
	for _, text := range []string{"", "abc", "main", "v"} {
		require.False(t, formats.Read(text).Readable(), text)
		require.Zero(t, formats.Read("abc").Compare(formats.Read(text)), text)
	}
}

func TestOwnFormats(t *testing.T) {
	formats, err := ParseFormats("build(%M)  %M_%p")
	require.NoError(t, err)
	require.Equal(t, -1, formats.Read("build(9)").Compare(formats.Read("build(10)")))
	require.Equal(t, -1, formats.Read("9_1").Compare(formats.Read("9_2")))
	require.False(t, formats.Read("1.2.3").Readable())

	_, err = ParseFormats("%M major")
	require.True(t, fault.Is(err, fault.Invalid))
	require.ErrorContains(t, err, `"major"`)
}
