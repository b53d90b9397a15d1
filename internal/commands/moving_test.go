package commands_test

import (
	"bufio"
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/app"
	"github.com/accord-broker/accord/internal/archive"
	"github.com/accord-broker/accord/internal/commands"
	"github.com/accord-broker/accord/internal/support/config"
	"github.com/accord-broker/accord/internal/testing/pactbrokerdb"
)

// example is a database file with the example company, made once.
var example = sync.OnceValues(func() ([]byte, error) {
	folder, err := os.MkdirTemp("", "accord-example-*")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(folder)
	settings := config.Default()
	settings.Database.URL, settings.SeedExampleData = "sqlite:///"+folder+"/accord.db", true
	broker, err := app.New(context.Background(), settings, slog.New(slog.DiscardHandler), app.WithoutDurability())
	if err != nil {
		return nil, err
	}
	broker.Seed(context.Background())
	if err := broker.Close(); err != nil {
		return nil, err
	}
	return os.ReadFile(filepath.Join(folder, "accord.db"))
})

// docsFolder is found before a test goes to another folder.
var docsFolder, _ = filepath.Abs("../../docs")

// inExampleFolder lets the test run where accord.db holds the example company.
func inExampleFolder(t *testing.T) {
	t.Helper()
	file, err := example()
	require.NoError(t, err)
	t.Chdir(t.TempDir())
	require.NoError(t, os.WriteFile("accord.db", file, 0o600))
}

// onDatabase runs a command on a database and returns what it tells.
func onDatabase(t *testing.T, database string, args ...string) (code int, out, err string) {
	t.Helper()
	return run(t, []string{"PACT_BROKER_DATABASE_URL=sqlite://" + database, "PACT_BROKER_PORT=0"}, args...)
}

// Who imports again wants to know whether anything was new.
func TestImport_saysWhatWasNewAndWhatWasThere(t *testing.T) {
	inExampleFolder(t)
	code, _, complaint := onDatabase(t, "accord.db", "export", "a.zst")
	require.Zero(t, code, complaint)
	for _, want := range []string{`: [1-9]\d* new records, 0 changed, 0 left out, 0 that were there already\. Nothing was sent\.`, `: 0 new records, 0 changed, 0 left out, [1-9]\d* that were there already\. Nothing was sent\.`} {
		code, told, complaint := onDatabase(t, "b.db", "import", "a.zst")
		require.Zero(t, code, complaint)
		require.Regexp(t, want, inOneLine(t, told))
	}
}

func TestExport_writesWhatTheSchemaDescribes(t *testing.T) {
	inExampleFolder(t)
	code, told, complaint := onDatabase(t, "accord.db", "export", "a.jsonl")
	require.Zero(t, code, complaint)
	require.Contains(t, inOneLine(t, told), "13 applications")

	schema, err := os.Open(filepath.Join(docsFolder, "archive.schema.json"))
	require.NoError(t, err)
	defer schema.Close()
	document, err := jsonschema.UnmarshalJSON(schema)
	require.NoError(t, err)
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat()
	require.NoError(t, compiler.AddResource("archive.schema.json", document))
	line, err := compiler.Compile("archive.schema.json")
	require.NoError(t, err)

	file, err := os.Open("a.jsonl")
	require.NoError(t, err)
	defer file.Close()
	counts, declared := map[string]float64{}, map[string]any{}
	for lines := bufio.NewScanner(file); lines.Scan(); {
		var value map[string]any
		require.NoError(t, json.Unmarshal(lines.Bytes(), &value))
		require.NoError(t, line.Validate(value), lines.Text())
		switch kind := value["kind"].(string); kind {
		case "header":
		case "end":
			declared = value["records"].(map[string]any)
		default:
			counts[kind]++
		}
	}
	require.Len(t, declared, len(counts))
	for kind, n := range counts {
		require.Equal(t, n, declared[kind], kind)
	}
	for what, published := range contractRecords(t) {
		require.NoError(t, line.Validate(published), what)
		delete(published, "sha")
		require.Error(t, line.Validate(published), what)
	}
	require.Error(t, line.Validate(map[string]any{"kind": "label", "name": 7}))
	require.Error(t, line.Validate(map[string]any{"kind": "unheard of"}))
}

// contractRecords are lines of what providers promise, which the example company does not.
func contractRecords(t *testing.T) map[string]map[string]any {
	t.Helper()
	document, evidence := &archive.Document{Provider: "Stock", SHA: "ef", Specification: "oas", SpecificationVersion: "3.0.3"}, &archive.Evidence{}
	document.SetText([]byte{0xff})
	evidence.SetText([]byte("passed"))
	var out bytes.Buffer
	w, err := archive.NewWriter(&out, archive.Plain, archive.Header{})
	require.NoError(t, err)
	for _, r := range []archive.Record{document, &archive.Contract{Provider: "Stock", Version: "2"}, &archive.Contract{Provider: "Stock", Version: "3", Evidence: evidence}} {
		require.NoError(t, w.Write(r))
	}
	require.NoError(t, w.Close())
	lines := map[string]map[string]any{}
	for text := range strings.Lines(out.String()) {
		var line map[string]any
		require.NoError(t, json.Unmarshal([]byte(text), &line))
		if line["kind"] != "header" && line["kind"] != "end" {
			lines[text] = line
		}
	}
	require.Len(t, lines, 3)
	return lines
}

func TestImport_bringsWhatWasExported(t *testing.T) {
	inExampleFolder(t)
	for _, name := range []string{"a.jsonl", "a.jsonl.gz", "a.zst"} {
		code, _, complaint := onDatabase(t, "accord.db", "export", name)
		require.Zero(t, code, complaint)
		code, told, complaint := onDatabase(t, name+".db", "import", name, "--dry-run")
		require.Zero(t, code, complaint)
		require.Regexp(t, `version +17 +0 +0 +17`, told)
		code, told, complaint = onDatabase(t, name+".db", "import", "--from", name)
		require.Zero(t, code, complaint)
		require.Regexp(t, `result +29 +29 +0 +0 +29`, told)
		code, _, complaint = onDatabase(t, name+".db", "export", "again.jsonl")
		require.Zero(t, code, complaint)
		require.Equal(t, content(t, "a.jsonl"), content(t, "again.jsonl"))
		require.NoError(t, os.Remove("again.jsonl"))
	}
	code, told, _ := onDatabase(t, "a.zst.db", "import", "a.zst", "--output", "json")
	require.Zero(t, code)
	var result struct {
		Records []struct {
			Kind           string
			Added, Changed int
		}
		Error *string
	}
	require.NoError(t, json.Unmarshal([]byte(told), &result))
	require.Nil(t, result.Error)
	for _, k := range result.Records {
		require.Zero(t, k.Added+k.Changed, k.Kind)
	}
}

func TestImport_tellsInItsDryRunWhatCannotCome(t *testing.T) {
	t.Chdir(t.TempDir())
	exampleOfAPactBroker(t)
	code, out, complaint := onDatabase(t, "new.db", "import", "--from", "sqlite://pact_broker.db", "--dry-run")
	require.Zero(t, code, complaint)
	require.Contains(t, inOneLine(t, out), "CANNOT COME content: it has no text, once: 4444444444444444444444444444444444444444")
	require.Contains(t, inOneLine(t, out), "CANNOT COME delivery: older ones, and those of webhooks or pacts that are gone, stay with the Pact Broker, 2 times")
	code, out, complaint = onDatabase(t, "new.db", "import", "--from", "sqlite://pact_broker.db", "--dry-run", "--output", "json")
	require.Zero(t, code, complaint)
	require.Contains(t, out, `"reason": "it has no text"`)
	require.NoFileExists(t, "new.db")
	var planned jsonOfImport
	require.NoError(t, json.Unmarshal([]byte(out), &planned))
	code, out, complaint = onDatabase(t, "new.db", "import", "--from", "sqlite://pact_broker.db", "--output", "json")
	require.Zero(t, code, complaint)
	var done jsonOfImport
	require.NoError(t, json.Unmarshal([]byte(out), &done))
	require.NotEmpty(t, planned.Planned)
	for _, k := range planned.Planned {
		i := slices.IndexFunc(done.Records, func(other kindOfImport) bool { return other.Kind == k.Kind })
		require.Equal(t, done.Records[i].InSource, k.InSource, k.Kind)
		require.GreaterOrEqual(t, done.Records[i].LeftOut, k.LeftOut, k.Kind)
	}
	require.Equal(t, done.ToEnable, planned.ToEnable)
	require.Equal(t, done.Settings, planned.Settings)
	require.NotEmpty(t, planned.Settings)
}

type (
	kindOfImport struct {
		Kind     string
		InSource int64 `json:"in_source"`
		LeftOut  int64 `json:"left_out"`
	}
	jsonOfImport struct {
		Planned, Records []kindOfImport
		ToEnable         int64             `json:"webhooks_to_enable"`
		Settings         map[string]string `json:"settings_of_source"`
	}
)

// Who runs it in a folder of the system loses nothing.
func TestImport_saysHowToGetCertificatesThatCouldNotBeWritten(t *testing.T) {
	t.Chdir(t.TempDir())
	exampleOfAPactBroker(t)
	require.NoError(t, os.Mkdir("accord-certificates.pem", 0o700))
	code, out, complaint := onDatabase(t, "new.db", "import", "--from", "sqlite://pact_broker.db")
	require.Zero(t, code, complaint)
	require.Contains(t, inOneLine(t, out), "1 certificates that webhooks trusted could not be written")
	require.Contains(t, inOneLine(t, out), "Run the import again in a folder that can be written")
	require.NoError(t, os.Remove("accord-certificates.pem"))
	code, _, complaint = onDatabase(t, "new.db", "import", "--from", "sqlite://pact_broker.db")
	require.Zero(t, code, complaint)
	require.FileExists(t, "accord-certificates.pem")
}

func TestImport_fromADatabaseOfAccordPointsToExport(t *testing.T) {
	inExampleFolder(t)
	code, _, complaint := onDatabase(t, "new.db", "import", "--from", "sqlite://accord.db")
	require.Equal(t, 1, code)
	require.Contains(t, inOneLine(t, complaint), "let `broker export FILE` write what is there into an archive")
	require.NoFileExists(t, "new.db")
}

// exampleOfAPactBroker makes the file pact_broker.db.
func exampleOfAPactBroker(t *testing.T) {
	t.Helper()
	database, err := sql.Open("sqlite3", "pact_broker.db")
	require.NoError(t, err)
	for _, statement := range append(pactbrokerdb.Schema(pactbrokerdb.SQLite), pactbrokerdb.Example(pactbrokerdb.SQLite)...) {
		_, err := database.Exec(statement)
		require.NoError(t, err, statement)
	}
	require.NoError(t, database.Close())
}

// Records come although their times cannot be read: nobody shall look for them.
func TestImport_tellsOfTimesThatWereReplacedApartFromWhatIsLeftOut(t *testing.T) {
	t.Chdir(t.TempDir())
	database, err := sql.Open("sqlite3", "pact_broker.db")
	require.NoError(t, err)
	statements := append(pactbrokerdb.Schema(pactbrokerdb.SQLite), pactbrokerdb.Example(pactbrokerdb.SQLite)...)
	for _, statement := range append(statements, "UPDATE tags SET created_at = 'soon' WHERE name = 'prod'") {
		_, err := database.Exec(statement)
		require.NoError(t, err, statement)
	}
	require.NoError(t, database.Close())
	const reason = "its own cannot be read: another of the same row, or that of the row before, takes its place"
	for _, args := range [][]string{{"--dry-run"}, {}} {
		code, out, complaint := onDatabase(t, "new.db", append([]string{"import", "--from", "sqlite://pact_broker.db"}, args...)...)
		require.Zero(t, code, complaint)
		require.Contains(t, inOneLine(t, out), "COMES WITH ANOTHER TIME tag: "+reason+", once: soon")
		require.NotRegexp(t, "(CANNOT COME|LEFT OUT) (tag|time)", out)
		code, out, complaint = onDatabase(t, "new.db", append([]string{"import", "--from", "sqlite://pact_broker.db", "--output", "json"}, args...)...)
		require.Zero(t, code, complaint)
		type told struct{ Kind, Reason string }
		var result struct {
			LeftOut []told `json:"left_out"`
			Others  []told `json:"with_other_times"`
		}
		require.NoError(t, json.Unmarshal([]byte(out), &result))
		require.Equal(t, []told{{"tag", reason}}, result.Others)
		require.NotContains(t, result.LeftOut, told{"tag", reason})
		require.NotEmpty(t, result.LeftOut)
	}
}

func TestExport_ofAPart(t *testing.T) {
	inExampleFolder(t)
	tests := []struct {
		args             []string
		contains, misses []string
	}{
		{[]string{"--only", "application=shipping"}, []string{`"name":"shipping"`, `"name":"stock"`, `"name":"order-service"`, `"complete":false`}, []string{`"name":"payments"`, `"name":"pricing"`}},
		{[]string{"--redact"}, []string{`"redacted":true`, "interactions"}, []string{"shipping", "checkout", "refund"}},
		{[]string{"--redact", "--only", "application=shipping"}, []string{`"redacted":true`, `"only":["application=`, `"complete":false`}, []string{"shipping"}},
		{[]string{"--since", "2090-01-01T00:00:00Z"}, []string{`"name":"shipping"`, `"complete":false`}, []string{`"kind":"version"`, `"kind":"content"`}},
		{[]string{"--since", "1d"}, []string{`"kind":"version"`, `"kind":"content"`}, nil},
	}
	for _, tt := range tests {
		code, told, complaint := onDatabase(t, "accord.db", append([]string{"export", "-", "--compress", "none"}, tt.args...)...)
		require.Zero(t, code, complaint)
		for _, text := range tt.contains {
			require.Contains(t, told, text, tt.args)
		}
		for _, text := range tt.misses {
			require.NotContains(t, told, text, tt.args)
		}
		require.NoError(t, os.WriteFile("part.jsonl", []byte(told), 0o600))
		if tt.args[0] != "--since" {
			code, told, complaint = onDatabase(t, strings.Trim(tt.args[0], "-")+".db", "import", "part.jsonl")
			require.Zero(t, code, complaint)
			require.NotRegexp(t, "LEFT OUT [a-z]", told)
		}
	}
}

func TestImport_intoAUsedBrokerAsksFirst(t *testing.T) {
	inExampleFolder(t)
	code, _, complaint := onDatabase(t, "accord.db", "export", "a.jsonl")
	require.Zero(t, code, complaint)
	code, told, _ := onDatabase(t, "accord.db", "import", "a.jsonl", "--prefix", "other ")
	require.Zero(t, code, told)
	require.Regexp(t, `application +13 +13 +0 +0 +26`, told)
	require.Contains(t, inOneLine(t, told), "Versions have other ids")
	code, told, _ = onDatabase(t, "accord.db", "export", "-", "--compress", "none", "--only", "application=other shipping")
	require.Zero(t, code)
	require.Contains(t, told, `"name":"other stock"`)
}

func TestImport_saysWhatIsWrong(t *testing.T) {
	inExampleFolder(t)
	require.NoError(t, os.WriteFile("text", []byte("hello\n"), 0o600))
	code, _, complaint := onDatabase(t, "accord.db", "export", "a.jsonl")
	require.Zero(t, code, complaint)
	tests := []struct {
		args []string
		code int
		says string
	}{
		{[]string{"import"}, 2, "say what to import"},
		{[]string{"import", "a", "--from", "b"}, 2, "not both"},
		{[]string{"import", "a", "--rename", "x"}, 2, "must be OLD=NEW"},
		{[]string{"import", "a", "--on-conflict", "guess"}, 2, "stop, keep or take"},
		{[]string{"import", "a", "--enable-webhooks"}, 2, "a step of its own"},
		{[]string{"import", "--enable-webhooks", "--dry-run"}, 2, "without --dry-run"},
		{[]string{"import", "--enable-webhooks", "--follow"}, 2, "without --dry-run and --follow"},
		{[]string{"import", "--in-place", "--rename", "shipping=x"}, 2, "without --rename and --prefix; rename afterwards with `broker application rename`"},
		{[]string{"import", "--in-place", "--prefix", "x"}, 2, "keeps the names that the clients of the Pact Broker know"},
		{[]string{"import", "--in-place", "--from-schema", "x"}, 2, "--in-place reads the schema public: without --from-schema"},
		{[]string{"import", "--in-place", "--follow", "--dry-run"}, 2, "--follow imports again and again: without --dry-run"},
		{[]string{"import", "a", "--follow", "--dry-run"}, 2, "--follow imports again and again: without --dry-run"},
		{[]string{"import", "a", "--follow", "--every", "0s"}, 2, "--every is 0s, but must be longer than nothing"},
		{[]string{"import", "a.jsonl", "--follow", "--metrics-file", "no/folder/x"}, 2, "--metrics-file cannot be written: open no/folder/x.partial: no such file"},
		{[]string{"import", "a.jsonl", "--follow", "--metrics-file", "."}, 2, "--metrics-file is ., but must be a file"},
		{[]string{"import", "a", "--metrics-file", "x"}, 2, "--metrics-file tells how far behind --follow is"},
		{[]string{"import", "a.jsonl", "--rename", "Nope=X", "--rename", "Nor=Y"}, 1, `the source has no application ["Nope" "Nor"]; nothing was imported`},
		{[]string{"import", "a.jsonl", "--rename", "Nope=X", "--dry-run"}, 1, `the source has no application ["Nope"]`},
		{[]string{"import", "missing"}, 1, "no such file"},
		{[]string{"import", "text"}, 1, "no archive of Accord"},
		{[]string{"import", "--from", "gopher://x"}, 1, "cannot begin with gopher://"},
		{[]string{"export", "-", "--only", "thing=x"}, 2, "application=NAME or label=NAME"},
		{[]string{"export", "-", "--since", "soon"}, 2, "must be a time"},
		{[]string{"export", "-", "--compress", "lzma"}, 2, "zstd, gzip or none"},
		{[]string{"export", "no/folder/x"}, 1, "no such file"},
	}
	for _, tt := range tests {
		code, _, complaint := onDatabase(t, "accord.db", tt.args...)
		require.Equal(t, tt.code, code, tt.args)
		require.Contains(t, strings.Join(strings.Fields(complaint), " "), tt.says, tt.args)
	}
}

// Of a database into which a first import has not come to its end, nothing is told that
// would be wrong: no archive, no clean-up, no repair of what the import makes at its end.
func TestHalfImported_isNeitherExportedNorCleanedNorRepaired(t *testing.T) {
	inExampleFolder(t)
	code, out, complaint := onDatabase(t, "accord.db", "doctor")
	require.Zero(t, code, complaint)
	require.NotContains(t, out, "import")
	ruin(t, "accord.db", "INSERT INTO imports (source, keeps_ids, progress, started_at) VALUES ('x', 1, '{}', 1)", "DELETE FROM tag_heads")
	const remedy = "run the same `broker import` again"
	for _, args := range [][]string{{"export", "half.jsonl"}, {"clean"}, {"clean", "--dry-run"}, {"doctor"}, {"doctor", "--quick"}, {"doctor", "--repair"}, {"backup", "--to", "."}} {
		code, out, complaint := onDatabase(t, "accord.db", args...)
		told := strings.Join(strings.Fields(out+complaint), " ")
		require.Contains(t, told, remedy, args)
		require.NotContains(t, told, "wrong by what history says", args)
		require.Equal(t, args[0] != "backup", code == 1, args)
	}
	require.NoFileExists(t, "half.jsonl")
	ruin(t, "accord.db", "UPDATE imports SET keeps_ids = 0")
	code, _, complaint = onDatabase(t, "accord.db", "export", "whole.jsonl")
	require.Zero(t, code, complaint+" an import into a used broker leaves it usable")
}

func TestImport_leavesOutLabelsThatAreRefusedAndListsThem(t *testing.T) {
	inExampleFolder(t)
	ruin(t, "accord.db", "INSERT INTO labels SELECT p.id, ' ', 1, 1 FROM pacticipants p WHERE name = (SELECT min(name) FROM pacticipants)")
	code, _, complaint := onDatabase(t, "accord.db", "export", "a.jsonl")
	require.Zero(t, code, complaint)
	for _, args := range [][]string{{"import", "a.jsonl", "--dry-run"}, {"import", "a.jsonl"}, {"import", "a.jsonl"}} {
		code, out, complaint := onDatabase(t, "new.db", args...)
		require.Zero(t, code, "%s %s %s", args, out, complaint)
		require.Regexp(t, `(LEFT OUT|CANNOT COME) label: its name [^,]+, once: \S.* " "`, inOneLine(t, out), args)
	}
}

// One name that cannot be written must not send anybody to the other broker's database.
func TestImport_leavesOutWhatHasARefusedName(t *testing.T) {
	inExampleFolder(t)
	ruin(t, "accord.db", "UPDATE tags SET name = '' WHERE rowid = (SELECT min(rowid) FROM tags)", "UPDATE branches SET name = ' ' WHERE id = (SELECT max(id) FROM branches)",
		"UPDATE environments SET name = '' WHERE id = (SELECT max(id) FROM environments)")
	code, _, complaint := onDatabase(t, "accord.db", "export", "nameless.jsonl")
	require.Zero(t, code, complaint)
	ruin(t, "accord.db", "UPDATE versions SET number = id || char(9) WHERE id IN (SELECT id FROM versions ORDER BY id LIMIT 10)",
		"UPDATE all_pacticipants SET name = '..' WHERE id = (SELECT max(id) FROM all_pacticipants)")
	code, _, complaint = onDatabase(t, "accord.db", "export", "refused.jsonl")
	require.Zero(t, code, complaint)
	for _, args := range [][]string{{"import", "nameless.jsonl", "--dry-run"}, {"import", "nameless.jsonl"}, {"import", "nameless.jsonl"}} {
		code, out, complaint := onDatabase(t, "nameless.db", args...)
		require.Zero(t, code, "%s %s %s", args, out, complaint)
		for _, kind := range []string{"tag", "branch", "environment"} {
			require.Regexp(t, "(LEFT OUT|CANNOT COME) "+kind+": it has no name, once: ", inOneLine(t, out), args)
		}
	}
	code, out, _ := onDatabase(t, "new.db", "import", "refused.jsonl")
	require.Equal(t, 1, code)
	require.Contains(t, inOneLine(t, out), "10 of 11 are shown; --output json tells all. 11 names cannot be written. Rename these in the source, applications with --rename OLD=NEW, "+
		"or leave them out with what hangs on them: --leave-out-refused.")
	_, out, _ = onDatabase(t, "new.db", "import", "refused.jsonl", "--output", "json")
	var told struct {
		Refused []any `json:"refused_names"`
	}
	require.NoError(t, json.Unmarshal([]byte(out), &told))
	require.Len(t, told.Refused, 11)
	for _, more := range [][]string{{"--dry-run"}, nil, nil} {
		code, out, complaint = onDatabase(t, "new.db", append([]string{"import", "refused.jsonl", "--leave-out-refused"}, more...)...)
		require.Zero(t, code, "%s %s %s", more, out, complaint)
		require.Regexp(t, "(LEFT OUT|CANNOT COME) version: its name [^:]+, 10 times: ", inOneLine(t, out))
		require.Regexp(t, `(LEFT OUT|CANNOT COME) application: its name [^:]+, once: "\.\."`, inOneLine(t, out))
		if more == nil {
			require.Contains(t, inOneLine(t, out), "LEFT OUT publication: ", "what hangs on them is told of")
		}
	}
	code, _, complaint = onDatabase(t, "new.db", "doctor", "--quick")
	require.Zero(t, code, complaint)
}

func TestImport_saysAtOnceThatTheOtherBrokerCannotBeReached(t *testing.T) {
	t.Chdir(t.TempDir())
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	told := stopping{stop: stop}
	code := commands.Run(ctx, commands.Shell{Out: &told.Buffer, Err: &told, Environ: []string{"PACT_BROKER_DATABASE_URL=sqlite://b.db"},
		Args: []string{"import", "--from", "http://127.0.0.1:1", "--state", "state"}})
	require.Equal(t, 1, code)
	first, _, _ := strings.Cut(told.String(), "\n")
	require.Regexp(t, `^the broker cannot be reached: .*127\.0\.0\.1:1.* refused; it is tried again in 1s$`, first)
}

// stopping stops what writes its first line.
type stopping struct {
	bytes.Buffer
	stop context.CancelFunc
}

func (s *stopping) Write(line []byte) (int, error) {
	s.stop()
	return s.Buffer.Write(line)
}

func content(t *testing.T, name string) []byte {
	t.Helper()
	read, err := os.ReadFile(name)
	require.NoError(t, err)
	return read
}

func TestCompare_exitsWithWhatCameOfIt(t *testing.T) {
	inExampleFolder(t)
	full, empty := servedOn(t, "accord.db"), servedOn(t, "empty.db")
	compare := func(own, other string, more ...string) (int, string, string) {
		return run(t, []string{"PACT_BROKER_BASE_URL=" + own}, append([]string{"compare", "--with", other}, more...)...)
	}
	code, told, complaint := compare(full, full)
	require.Zero(t, code, complaint)
	require.Contains(t, told, "The two answer the same.")
	code, told, _ = compare(empty, full, "--output", "json")
	require.Equal(t, 1, code, "%s %s", told, complaint)
	var result struct {
		Same        bool
		Wrong       int
		Differences []struct{ Class, Question, Path string }
	}
	require.NoError(t, json.Unmarshal([]byte(told), &result))
	require.False(t, result.Same)
	require.Positive(t, result.Wrong)
	require.Equal(t, "wrong", result.Differences[0].Class)
	code, told, _ = compare(empty, full)
	require.Equal(t, 1, code)
	require.Contains(t, told, "WRONG")
	code, _, complaint = run(t, nil, "compare", "--with", full)
	require.Equal(t, 2, code)
	require.Contains(t, complaint, "PACT_BROKER_BASE_URL")
	code, _, _ = compare(full, full+"/not/there")
	require.Equal(t, 2, code, "there is no broker")
}

func TestImport_followsUntilToldToStop(t *testing.T) {
	inExampleFolder(t)
	code, _, complaint := onDatabase(t, "accord.db", "export", "a.zst")
	require.Zero(t, code, complaint)
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan int)
	var out bytes.Buffer
	go func() {
		done <- commands.Run(ctx, commands.Shell{Out: &out, Err: &out, Environ: []string{"PACT_BROKER_DATABASE_URL=sqlite://b.db"},
			Args: []string{"import", "a.zst", "--follow", "--every", "10ms", "--metrics-file", "lag.prom"}})
	}()
	var first string
	require.Eventually(t, func() bool {
		metrics, err := os.ReadFile("lag.prom")
		_, stamp, found := strings.Cut(string(metrics), "accord_import_up_to_timestamp_seconds ")
		if first == "" {
			first = stamp
		}
		return err == nil && found && strings.Contains(string(metrics), "accord_import_lag_seconds ") && stamp != first
	}, 60*time.Second, 20*time.Millisecond)
	stop()
	require.Zero(t, <-done, out.String())
	told := inOneLine(t, out.String())
	require.Contains(t, told, "The next import begins in 10ms.")
	require.Greater(t, strings.Count(told, "The next import begins"), 1)
	require.Contains(t, told, "Stopped; run the same command again to go on")
	require.Equal(t, 1, strings.Count(told, "IN THE SOURCE"), "later only what is new")
	require.Equal(t, 1, strings.Count(told, "The source does not tell"))
}

// Who stops an import is told how to go on, and no error of what was under way.
func TestImport_saysThatItWasStopped(t *testing.T) {
	inExampleFolder(t)
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	for name, tt := range map[string]struct {
		more []string
		code int
	}{"following": {[]string{"--follow"}, 0}, "once": {nil, 1}} {
		t.Run(name, func(t *testing.T) {
			ctx, stop := context.WithCancel(context.Background())
			defer stop()
			source := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				stop()
				w.WriteHeader(http.StatusServiceUnavailable)
			}))
			defer source.Close()
			var out bytes.Buffer
			code := commands.Run(ctx, commands.Shell{Out: &out, Err: &out, Environ: []string{"PACT_BROKER_DATABASE_URL=sqlite://b.db"},
				Args: append([]string{"import", "--from", source.URL}, tt.more...)})
			require.Equal(t, tt.code, code, out.String())
			require.Contains(t, strings.Join(strings.Fields(out.String()), " "), "run the same command again to go on")
			require.NotContains(t, out.String(), "context canceled")
		})
	}
}
