package archive_test

import (
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/archive"
	"github.com/accord-broker/accord/internal/testing/testrandom"
)

// drawn fills records with anything that they may hold.
type drawn struct{ *rand.Rand }

var oddTexts = []string{
	"", " ", "a", `"`, `\`, "{", `{"kind":"end"}`, "\n", "\r\n", "\t", "\x00", "\x7f", "\u2028\u2029", "<a>&b", "ünï", "日本", "👩‍🚀", "\ufeff", "\ufffd", "null", strings.Repeat("long ", 20_000),
	`{"kind":"header","format":"accord-export","version":1}` + "\n",
}

func (r drawn) fill(value reflect.Value) {
	switch value.Kind() {
	case reflect.Pointer:
		if r.IntN(3) > 0 {
			value.Set(reflect.New(value.Type().Elem()))
			r.fill(value.Elem())
		}
	case reflect.Struct:
		for i := range value.NumField() {
			if value.Type().Field(i).Name != "Plain" {
				r.fill(value.Field(i))
			}
		}
	case reflect.Slice:
		if n := r.IntN(4); n > 0 {
			value.Set(reflect.MakeSlice(value.Type(), n, n))
			for i := range n {
				r.fill(value.Index(i))
			}
		}
	case reflect.String:
		value.SetString(oddTexts[r.IntN(len(oddTexts))])
	case reflect.Bool:
		value.SetBool(r.IntN(2) == 0)
	case reflect.Int64:
		number := r.Int64N(1 << (1 + r.IntN(62)))
		if value.Type() == reflect.TypeFor[archive.Time]() {
			number %= 200_000_000_000_000_000 // a year of four digits
		}
		value.SetInt(number)
	case reflect.Uint8:
		value.SetUint(uint64(r.IntN(256)))
	default:
		panic("a field of a type that is new: " + value.Type().String())
	}
}

// records are some of each kind, in the order of kinds.
func (r drawn) records() (all []archive.Record) {
	for _, kind := range ofEachKind() {
		for range r.IntN(4) {
			record := reflect.New(reflect.TypeOf(kind).Elem())
			r.fill(record.Elem())
			all = append(all, record.Interface().(archive.Record))
		}
	}
	return all
}

// Whatever texts, numbers and gaps records hold, they come back as they were, and the
// same records make the same bytes.
func TestReader_bringsAnyRecordsBack(t *testing.T) {
	r := drawn{testrandom.New(t)}
	for range 20 {
		records := r.records()
		for _, how := range []archive.Compression{archive.Plain, archive.Gzip, archive.Zstd} {
			content := written(t, how, records...)
			got, err := read(content)
			require.NoError(t, err)
			require.Equal(t, len(records), len(got))
			for i := range records {
				require.Equal(t, records[i], got[i])
			}
			require.Equal(t, content, written(t, how, got...), "what was read makes the same bytes")
		}
	}
}

// What a reader does not want is passed over, and the rest is as if that were not there.
func TestEach_passesOverWhatIsNotWanted(t *testing.T) {
	r := drawn{testrandom.New(t)}
	for range 20 {
		records := r.records()
		unwanted := archive.Kinds[r.IntN(len(archive.Kinds))]
		reader, err := archive.NewReader(strings.NewReader(string(written(t, archive.Plain, records...))))
		require.NoError(t, err)
		var got []archive.Record
		require.NoError(t, reader.Each(func(kind archive.Kind) bool { return kind != unwanted }, func(record archive.Record) error {
			got = append(got, record)
			return nil
		}))
		reader.Close()
		want := slices.DeleteFunc(slices.Clone(records), func(record archive.Record) bool { return record.Kind() == unwanted })
		require.Equal(t, len(want), len(got))
		for i := range want {
			require.Equal(t, want[i], got[i])
		}
	}
}

// A record stands where its kind belongs, or is not written at all: who reads an archive
// relies on what it refers to being there.
func TestWriter_takesEachKindAtItsPlaceOnly(t *testing.T) {
	kinds := ofEachKind()
	for i, first := range kinds {
		for j, second := range kinds {
			w, err := archive.NewWriter(new(strings.Builder), archive.Plain, archive.Header{})
			require.NoError(t, err)
			require.NoError(t, w.Write(first))
			err = w.Write(second)
			require.Equal(t, j < i, err != nil, "%s behind %s", second.Kind(), first.Kind())
			if err != nil {
				require.ErrorContains(t, err, string(second.Kind()))
				require.Zero(t, w.Counts()[second.Kind()], "it does not count")
			}
		}
	}
}

// Names that differ stay different: however short they are, their words have enough
// letters for a million of them.
func TestRedactor_keepsShortNamesApart(t *testing.T) {
	d := archive.NewRedactor()
	words := map[string]string{}
	for _, name := range []string{"1", "2", "a", "ab", "main", "4f2a91c", "12345678", "123456789"} {
		word := d.Redact(&archive.Version{Application: "shop", Number: name}).(*archive.Version).Number
		require.GreaterOrEqual(t, len(word), 16, name)
		require.Equal(t, word, d.Redact(&archive.Tag{Version: name}).(*archive.Tag).Version, "the same word everywhere")
		require.NotContains(t, words, word)
		words[word] = name
	}
}
