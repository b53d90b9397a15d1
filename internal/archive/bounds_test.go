package archive_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"runtime"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/archive"
)

// endless is a text over and over again.
type endless string

func (e endless) Read(p []byte) (int, error) {
	n := 0
	for n < len(p) {
		n += copy(p[n:], e)
	}
	return n, nil
}

const firstLine = `{"kind":"header","format":"accord-export","version":1,"source":{"kind":"accord","schema":""},"complete":true,"since":null,"only":[],"redacted":false,"omitted":[]}` + "\n"

// allocated is how many MB it takes to read.
func allocated(t *testing.T, from io.Reader) (megabytes uint64, err error) {
	t.Helper()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	r, err := archive.NewReader(from)
	if err == nil {
		err = r.Each(nil, func(archive.Record) error { return nil })
		r.Close()
	}
	runtime.ReadMemStats(&after)
	return (after.TotalAlloc - before.TotalAlloc) >> 20, err
}

// What would be too long to be read again is not written, and what follows is.
func TestWriter_refusesALineThatNobodyWouldRead(t *testing.T) {
	var out bytes.Buffer
	w, err := archive.NewWriter(&out, archive.Plain, archive.Header{Source: archive.Origin{Kind: archive.FromAccord}})
	require.NoError(t, err)
	w.SetLongestLine(1000)
	long := strings.Repeat(`"`, 500)
	err = w.Write(&archive.Result{Consumer: "Shop", Provider: "Stock", SHA: "0", Number: 7, TestResults: &long})
	require.ErrorIs(t, err, archive.ErrTooLong, "a quotation mark takes two places")
	require.ErrorContains(t, err, "write result 7 of contract 0 of Shop and Stock: ")
	require.NoError(t, w.Write(&archive.Result{SHA: "1"}))
	require.NoError(t, w.Close())
	r, err := archive.NewReader(&out)
	require.NoError(t, err)
	var read []string
	require.NoError(t, r.Each(nil, func(r archive.Record) error {
		read = append(read, r.(*archive.Result).SHA)
		return nil
	}))
	require.Equal(t, []string{"1"}, read)
}

// Who sends an archive may have made it so that whoever reads it falls over.
func TestReader_takesLittleMemoryForWhatIsNoArchive(t *testing.T) {
	packed := func(text io.Reader) io.Reader {
		reader, writer := io.Pipe()
		go func() {
			w := gzip.NewWriter(writer)
			_, err := io.Copy(w, text)
			writer.CloseWithError(err)
		}()
		t.Cleanup(func() { _ = reader.Close() })
		return reader
	}
	for name, tt := range map[string]struct {
		from io.Reader
		most uint64
		says string
	}{
		"one line of a letter":          {endless("a"), 1, "no archive"},
		"the same, packed":              {packed(endless("a")), 2, "no archive"},
		"a first line without an end":   {endless(firstLine[:len(firstLine)-1]), 8, "no archive"},
		"a letter in the second line":   {io.MultiReader(strings.NewReader(firstLine), endless("a")), 1, "no JSON object"},
		"a second line without an end":  {io.MultiReader(strings.NewReader(firstLine+`{"kind":"content","body":"`), endless("a")), 300, "longer than 256 MB"},
		"a record of an endless number": {io.MultiReader(strings.NewReader(firstLine), endless(`{"kind":"result","number":1`)), 300, "longer than 256 MB"},
	} {
		took, err := allocated(t, tt.from)
		require.ErrorContains(t, err, tt.says, name)
		require.LessOrEqual(t, took, tt.most, name)
	}
}

func TestReader_readsLongLines(t *testing.T) {
	body := strings.Repeat("0123456789", 2_000_000)
	whole := written(t, archive.Zstd, &archive.Content{Consumer: "Shop", Provider: "Stock", SHA: "1", Body: &body}, &archive.Publication{Consumer: "Shop", Version: "1", Provider: "Stock", Revision: 1, SHA: "1"})
	got, err := read(whole)
	require.NoError(t, err)
	require.Len(t, got, 2)
	require.Equal(t, body, *got[0].(*archive.Content).Body)
}

// A frame may say that it refers far back, and the reader would keep so much.
func TestReader_refusesWindowsThatAreTooLarge(t *testing.T) {
	var packed bytes.Buffer
	w, err := zstd.NewWriter(&packed, zstd.WithWindowSize(zstd.MaxWindowSize), zstd.WithEncoderConcurrency(1), zstd.WithSingleSegment(false))
	require.NoError(t, err)
	_, err = io.Copy(w, io.LimitReader(endless(firstLine), 1<<20))
	require.NoError(t, err)
	require.NoError(t, w.Close())
	_, err = archive.NewReader(&packed)
	require.ErrorIs(t, err, zstd.ErrWindowSizeExceeded)
}

// Small archives are one block of a compression: of one that is cut off nothing can be
// read, and it is an archive all the same.
func TestReader_knowsASmallArchiveThatIsCutOff(t *testing.T) {
	for name, how := range map[string]archive.Compression{"plain": archive.Plain, "zstd": archive.Zstd, "gzip": archive.Gzip} {
		whole := written(t, how, some()...)
		for n := len(`{"kind":"header"`); n < len(whole)-16; n++ {
			_, err := read(whole[:n])
			require.ErrorIs(t, err, archive.ErrCutOff, "%s: %d of %d bytes", name, n, len(whole))
		}
	}
}
