package archive_test

import (
	"bytes"
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/archive"
)

// An archive travels over networks and disks: no bit of it may change unnoticed, and
// nothing be missing from its end.
func TestReader_noticesEveryByteThatChanged(t *testing.T) {
	for name, how := range map[string]archive.Compression{"plain": archive.Plain, "zstd": archive.Zstd, "gzip": archive.Gzip} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			whole := written(t, how, some()...)
			want, err := read(whole)
			require.NoError(t, err)
			end := bytes.LastIndexByte(whole[:len(whole)-1], '\n')
			for i := range whole {
				for _, change := range []byte{0x01, 0x20, 0x80} {
					damaged := bytes.Clone(whole)
					damaged[i] ^= change
					// Bytes of a compression that mean nothing, such as a time, may change, and
					// the names of members of the last line be written in capitals.
					if got, err := read(damaged); err == nil {
						require.Equal(t, want, got, "byte %d changed by %x", i, change)
						require.True(t, how != archive.Plain || i > end, "byte %d changed by %x", i, change)
					}
				}
			}
		})
	}
}

func TestReader_noticesWhatIsMissingFromTheEnd(t *testing.T) {
	for name, how := range map[string]archive.Compression{"plain": archive.Plain, "zstd": archive.Zstd, "gzip": archive.Gzip} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			whole := written(t, how, some()...)
			want, err := read(whole)
			require.NoError(t, err)
			for n := range len(whole) {
				// What ends a compression behind the last line may be missing.
				if got, err := read(whole[:n]); err == nil {
					require.Equal(t, want, got, "%d of %d bytes", n, len(whole))
					require.Greater(t, n, len(whole)-16)
				}
			}
		})
	}
}

// Lines that are dropped, repeated or put elsewhere are no archive any more, whatever
// each of them says.
func TestReader_noticesLinesThatMoved(t *testing.T) {
	lines := bytes.SplitAfter(written(t, archive.Plain, some()...), []byte("\n"))
	lines = lines[:len(lines)-1]
	for i := range lines {
		for name, change := range map[string]func(all [][]byte) [][]byte{
			"dropped":   func(all [][]byte) [][]byte { return slices.Delete(all, i, i+1) },
			"twice":     func(all [][]byte) [][]byte { return slices.Insert(all, i, all[i]) },
			"exchanged": func(all [][]byte) [][]byte { all[i], all[(i+1)%len(all)] = all[(i+1)%len(all)], all[i]; return all },
			"empty":     func(all [][]byte) [][]byte { return slices.Insert(all, i+1, []byte("\n")) },
		} {
			changed := change(slices.Clone(lines))
			_, err := read(bytes.Join(changed, nil))
			if i == len(lines)-1 && name == "twice" || i == len(lines)-1 && name == "empty" {
				continue // nobody reads on behind the end
			}
			require.Error(t, err, "line %d %s", i+1, name)
		}
	}
}

func TestReader_takesNoMoreThanItIsGiven(t *testing.T) {
	for name, content := range map[string]string{
		"nothing": "", "one byte": "{", "a line without an end": `{"kind":"header"`, "no JSON": "accord\n", "another program's": "{\"kind\":\"header\",\"format\":\"other\",\"version\":1}\n",
		"a later version": fmt.Sprintf("{\"kind\":\"header\",\"format\":%q,\"version\":%d}\n", archive.Format, archive.FormatVersion+1), "a record first": "{\"kind\":\"application\",\"name\":\"x\"}\n",
		"deep": "{\"kind\":\"header\",\"format\":" + string(bytes.Repeat([]byte("["), 100_000)),
	} {
		_, err := read([]byte(content))
		require.Error(t, err, name)
	}
}
