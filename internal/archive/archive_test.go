package archive_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/archive"
)

func text(s string) *string { return &s }

func some() []archive.Record {
	times := archive.Times{CreatedAt: 1_790_000_000_123_456, UpdatedAt: 1_790_000_001_000_000}
	content := &archive.Content{Consumer: "Shop", Provider: "Stock", SHA: "ab", CreatedAt: times.CreatedAt}
	content.SetText([]byte(`{"interactions":[{"description":"<a> & \u2028 ünï"}]}`))
	raw := &archive.Content{Consumer: "Shop", Provider: "Stock", SHA: "cd", CreatedAt: times.CreatedAt}
	raw.SetText([]byte{0xff, 0x00, 'x'})
	document := &archive.Document{Provider: "Stock", SHA: "ef", Specification: "oas", SpecificationVersion: "3.0.3", CreatedAt: times.CreatedAt}
	document.SetText([]byte(`{"paths":{"/goods":{}}}`))
	evidence := &archive.Evidence{SHA: text("0a"), Format: text("junit")}
	evidence.SetText([]byte{0xfe, 'x'})
	return []archive.Record{
		&archive.Application{Name: "Shop", DisplayName: "Shop", MainBranch: text("main"), Times: times},
		&archive.Version{Application: "Shop", Number: "1", Rank: 7, SourceID: 9, Times: times},
		content, raw,
		&archive.Result{Consumer: "Shop", Provider: "Stock", SHA: "ab", Number: 204, ProviderVersion: "2", Tags: []string{"dev"}, TestResults: text(`{"a": 1.0}`)},
		document, &archive.Contract{Provider: "Stock", Version: "2", Name: "public", SHA: "ef", ContentType: "application/json", Evidence: evidence, Times: times},
		&archive.Webhook{UUID: "w", Events: []string{}, Headers: []archive.HeaderField{}, EventFilter: "{}", Secrets: []string{"password"}, Times: times},
	}
}

func written(t *testing.T, how archive.Compression, records ...archive.Record) []byte {
	t.Helper()
	var out bytes.Buffer
	w, err := archive.NewWriter(&out, how, archive.Header{Source: archive.Origin{Kind: archive.FromAccord}, Complete: true})
	require.NoError(t, err)
	for _, r := range records {
		require.NoError(t, w.Write(r))
	}
	require.NoError(t, w.Close())
	return out.Bytes()
}

func read(content []byte) (all []archive.Record, err error) {
	r, err := archive.NewReader(bytes.NewReader(content))
	if err != nil {
		return nil, err
	}
	defer r.Close()
	err = r.Each(nil, func(record archive.Record) error {
		all = append(all, record)
		return nil
	})
	return all, err
}

func TestReader_readsWhatWasWritten(t *testing.T) {
	for _, how := range []archive.Compression{archive.Plain, archive.Gzip, archive.Zstd} {
		content := written(t, how, some()...)
		require.Equal(t, content, written(t, how, some()...), "equal records, equal bytes")
		got, err := read(content)
		require.NoError(t, err)
		require.Equal(t, some(), got)
		body, err := got[3].(*archive.Content).Text()
		require.NoError(t, err)
		require.Equal(t, []byte{0xff, 0x00, 'x'}, body)
		report, err := got[6].(*archive.Contract).Evidence.Text()
		require.NoError(t, err)
		require.Equal(t, []byte{0xfe, 'x'}, report)
	}
}

func TestReader_refusesWhatIsNotWhole(t *testing.T) {
	whole := string(written(t, archive.Plain, some()...))
	lines := strings.SplitAfter(whole, "\n")
	tests := map[string]struct {
		content string
		reason  error
	}{
		"nothing":             {"", archive.ErrNoArchive},
		"something else":      {"{}\n", archive.ErrNoArchive},
		"a newer version":     {strings.Replace(whole, `"version":1,`, `"version":2,`, 1), nil},
		"cut off at a line":   {strings.Join(lines[:3], ""), archive.ErrCutOff},
		"cut off in a line":   {whole[:len(whole)-20], nil},
		"a line less":         {lines[0] + strings.Join(lines[2:], ""), archive.ErrAltered},
		"a letter changed":    {strings.Replace(whole, "Stock", "Stack", 1), archive.ErrAltered},
		"something behind it": {whole + "x", archive.ErrAltered},
		"an unknown kind":     {lines[0] + "{\"kind\":\"campaign\"}\n" + strings.Join(lines[1:], ""), nil},
		"a wrong type":        {lines[0] + "{\"kind\":\"version\",\"rank\":\"first\"}\n", nil},
		"no time":             {lines[0] + "{\"kind\":\"label\",\"created_at\":\"today\"}\n", nil},
	}
	for name, tt := range tests {
		_, err := read([]byte(tt.content))
		require.Error(t, err, name)
		if tt.reason != nil {
			require.ErrorIs(t, err, tt.reason, name)
		}
	}
	for _, how := range []archive.Compression{archive.Gzip, archive.Zstd} {
		packed := written(t, how, some()...)
		_, err := read(packed[:len(packed)-5])
		require.Error(t, err, how)
	}
}

// Programs that are older than these kinds may go on without them.
func TestWriter_marksWhatOlderProgramsMayPassOver(t *testing.T) {
	for line := range strings.Lines(string(written(t, archive.Plain, some()...))) {
		require.Equal(t, strings.Contains(line, `"kind":"provider_`), strings.Contains(line, `"optional":true`), line)
	}
}

func TestReader_passesOverOptionalKindsAndUnknownMembers(t *testing.T) {
	lines := strings.SplitAfter(string(written(t, archive.Plain)), "\n")
	r, err := archive.NewReader(strings.NewReader(lines[0] + `{"optional":true,"kind":"campaign"}` + "\n" + `{"name":"dev","kind":"label","colour":"red"}` + "\n" + lines[1]))
	require.NoError(t, err)
	got, err := r.Next()
	require.NoError(t, err)
	require.Equal(t, &archive.Label{Name: "dev"}, got)
	_, err = r.Next()
	require.ErrorIs(t, err, archive.ErrAltered, "the sum is that of other lines")
}

func TestWriter_refusesAnotherOrderAndPlainSecrets(t *testing.T) {
	w, err := archive.NewWriter(new(bytes.Buffer), archive.Plain, archive.Header{})
	require.NoError(t, err)
	require.NoError(t, w.Write(&archive.Version{}))
	require.Error(t, w.Write(&archive.Application{}))
	require.Error(t, w.Write(&archive.Webhook{Password: "hush", Plain: true}))
	_, err = archive.NewWriter(new(bytes.Buffer), "lzma", archive.Header{})
	require.ErrorContains(t, err, "zstd, gzip or none")
}

func TestEach_stopsWhereItIsTold(t *testing.T) {
	r, err := archive.NewReader(bytes.NewReader(written(t, archive.Zstd, some()...)))
	require.NoError(t, err)
	enough := errors.New("enough")
	require.ErrorIs(t, r.Each(nil, func(archive.Record) error { return enough }), enough)
}

func TestRedactor_tellsNothingAndKeepsWhatBelongsTogether(t *testing.T) {
	d := archive.NewRedactor()
	var told []archive.Record
	for _, r := range some() {
		if redacted := d.Redact(r); redacted != nil {
			told = append(told, redacted)
		}
	}
	content := string(written(t, archive.Plain, told...))
	for _, secret := range []string{"Shop", "Stock", "ünï", `"ab"`, `"main"`, "goods", `"ef"`, "public", "junit"} {
		require.NotContains(t, content, secret)
	}
	require.Contains(t, content, "interactions")
	require.Equal(t, told[0].(*archive.Application).Name, told[1].(*archive.Version).Application)
	require.Len(t, told, 7, "no webhook")
}

// Each kind refers to those before it: read in another order, most of it would be left out.
func TestReader_refusesAnotherOrder(t *testing.T) {
	lines := strings.SplitAfter(string(written(t, archive.Plain, some()...)), "\n")
	const odd = `{"kind":"odd","optional":true}` + "\n"
	resealed := func(lines ...string) []byte {
		return sealed(t, strings.Join(lines, ""))
	}
	_, err := read(resealed(lines[0], lines[1], odd, lines[2], odd))
	require.NoError(t, err)
	_, err = read(resealed(lines[0], lines[2], odd, lines[1]))
	require.EqualError(t, err, "line 4 of the archive: a record of kind application stands behind one of kind version, and belongs before it (see docs/archive.md)")
}

// sealed ends the lines of an archive, whatever they are.
func sealed(t *testing.T, lines string) []byte {
	t.Helper()
	counts := map[string]int{}
	for _, line := range strings.SplitAfter(lines, "\n")[1:] {
		if rest, is := strings.CutPrefix(line, `{"kind":"`); is {
			kind, _, _ := strings.Cut(rest, `"`)
			counts[kind]++
		}
	}
	end, err := json.Marshal(map[string]any{"kind": "end", "records": counts, "sha256": fmt.Sprintf("%x", sha256.Sum256([]byte(lines)))})
	require.NoError(t, err)
	return append([]byte(lines), append(end, '\n')...)
}
