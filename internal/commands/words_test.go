package commands

import (
	"bytes"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/archive"
	"github.com/accord-broker/accord/internal/store"
	"github.com/accord-broker/accord/internal/store/db"
	"github.com/accord-broker/accord/internal/support/config"
)

func TestForTools_tellsPostgreSQLWhereTheDatabaseIs(t *testing.T) {
	for url, want := range map[string][2]string{
		"postgres://me:hush@db:5432/pacts": {"postgres://me@db:5432/pacts", "pacts"},
		"postgres://db/pacts":              {"postgres://db/pacts", "pacts"},
		"postgresql://me@db/a/b":           {"postgresql://me@db/a/b", "a-b"},
		"postgres://me:hush@db":            {"postgres://me@db", "accord"},
		"postgres://db/pacts?sslmode=require&pool_max_conns=9&password=hush": {"postgres://db/pacts?sslmode=require", "pacts"},
		"postgres:///pacts?host=%2Fvar%2Frun&sslpassword=hush":               {"postgres:///pacts?host=%2Fvar%2Frun", "pacts"},
		"postgres://me:hu%40sh@[::1]:5432/my%20pacts":                        {"postgres://me@[::1]:5432/my%20pacts", "my pacts"},
	} {
		address, name := forTools(config.Database{URL: url})
		require.Equal(t, want, [2]string{address, name}, url)
		require.NotContains(t, address, "hu", "no password stands on a command line, which all may see")
	}
}

func TestQuoted_isOneWordOfAShell(t *testing.T) {
	shell, err := exec.LookPath("sh")
	if err != nil {
		t.Skip("there is no shell here")
	}
	for _, text := range []string{"", "a b", "it's", `"`, "$(x)", "`x`", `\`, "-x", "a\nb", "*", "ü"} {
		output, err := exec.Command(shell, "-c", "printf %s "+quoted(text)).Output()
		require.NoError(t, err)
		require.Equal(t, text, string(output))
	}
}

func TestHeartbeatHost_canBeReachedFromHere(t *testing.T) {
	for host, want := range map[string]string{
		"": "localhost:9292", "0.0.0.0": "localhost:9292", "::": "localhost:9292", "127.0.0.1": "127.0.0.1:9292", "::1": "[::1]:9292", "broker.example": "broker.example:9292",
	} {
		require.Equal(t, want, heartbeatHost(config.Server{Host: host, Port: 9292}), host)
	}
}

func TestFirstSentence_isWhatHelpHasRoomFor(t *testing.T) {
	for help, want := range map[string]string{
		"One. Two.": "One", "One": "One", "One.": "One", "Where `x` is. More": "Where x is", "Version 1.2 of it. More": "Version 1.2 of it", "": "",
	} {
		require.Equal(t, want, firstSentence(help))
	}
}

func TestCheckOutput_takesTwoForms(t *testing.T) {
	require.NoError(t, checkOutput("text"))
	require.NoError(t, checkOutput("json"))
	for _, other := range []string{"", "JSON", "yaml"} {
		require.EqualError(t, checkOutput(other), `--output is "`+other+`", but must be text or json`)
	}
}

// Links of an image of the Pact Broker lead to the same work.
func TestWords_standForTheProgramsOfTheImage(t *testing.T) {
	for name, want := range map[string]string{
		"broker": "a b", "/usr/local/bin/broker": "a b", "clean": "clean a b", "/usr/bin/clean": "clean a b", "db-migrate": "migrate a b", "./db-version": "db-version a b", "cleaner": "a b", "": "a b",
	} {
		require.Equal(t, strings.Fields(want), Shell{Name: name, Args: []string{"a", "b"}}.words(), name)
	}
	require.Equal(t, []string{"--port", "1"}, Shell{Name: "broker", Args: []string{"config.ru", "--port", "1"}}.words())
	require.Empty(t, Shell{Name: "broker"}.words())
}

// counted is a result with a place for what went wrong.
type counted struct {
	Count int    `json:"count"`
	Error string `json:"error"`
}

func (c counted) because(err error) any {
	c.Error = err.Error()
	return c
}

// People read sentences and programs read one object; neither gets what is meant for
// the other.
func TestReport_speaksToOneOfTheTwo(t *testing.T) {
	speak := func(json bool) (out, errOut string) {
		var o, e bytes.Buffer
		r := report{shell: Shell{Out: &o, Err: &e}, json: json}
		r.say("made %d of <%s>", 3, "them")
		require.NoError(t, r.done(counted{Count: 3}))
		var outcome exitCode
		require.ErrorAs(t, r.failed(counted{Count: 1}, errors.New("it <broke>")), &outcome)
		require.Equal(t, exitFailed, outcome.code)
		return o.String(), e.String()
	}
	out, errOut := speak(false)
	require.Equal(t, "made 3 of <them>\n", out)
	require.Equal(t, "broker: it <broke>\n", errOut)
	out, errOut = speak(true)
	require.Equal(t, "{\n  \"count\": 3,\n  \"error\": \"\"\n}\n{\n  \"count\": 1,\n  \"error\": \"it <broke>\"\n}\n", out)
	require.Empty(t, errOut)
}

func TestReport_breaksLinesForPeople(t *testing.T) {
	var out bytes.Buffer
	report{shell: Shell{Out: &out}}.say("%s", strings.Repeat("word ", 60))
	for line := range strings.Lines(out.String()) {
		require.LessOrEqual(t, len(strings.TrimSpace(line)), 80)
	}
	require.Equal(t, 60, strings.Count(out.String(), "word"))
}

// How far long work is, is told from time to time, not for each step of it.
func TestReport_tellsOfLongWorkNowAndThen(t *testing.T) {
	var errOut bytes.Buffer
	r := report{shell: Shell{Err: &errOut}}
	steps, progress, ticks := r.steps(), r.progress("copied"), r.ticks()
	for i := range int64(1000) {
		steps(store.VersionOrder, i, 1000)
		progress(i, 1000)
		ticks("still at it")
	}
	require.Empty(t, errOut.String(), "what is done at once needs no word")
}

func TestTextLeftOut_namesTheTextAndSaysWhyItIsNotThere(t *testing.T) {
	require.Equal(t, "the test results of result 7 of Shop and Stock: its text cannot be read any more",
		textLeftOut(&archive.Result{Consumer: "Shop", Provider: "Stock", Number: 7}, archive.UnreadableText))
	require.Equal(t, "the test report of api of Stock 2: its text is too long for a line of an archive",
		textLeftOut(&archive.Contract{Provider: "Stock", Version: "2", Name: "api"}, archive.TooLongForLine))
}

func TestWithAdvice_saysWhatToDoWhereThatIsKnown(t *testing.T) {
	require.Equal(t, "export: it cannot be read any more; `broker doctor` lists all that cannot", withAdvice(fmt.Errorf("export: %w", store.ErrUnreadable)))
	require.Equal(t, "the disk", withAdvice(errors.New("the disk")))
	require.Contains(t, withAdvice(db.ErrForeign), "Accord does not use; give Accord a database of its own")
	require.Contains(t, withAdvice(&db.ImportedInPlaceError{Schema: "accord"}), "imported in place; set PACT_BROKER_IMPORT=in-place")
	require.Contains(t, withAdvice(fmt.Errorf("serve: %w", &db.InUseError{File: "a.db", By: "process 7"})), "another broker serves from a.db: process 7; stop it first")
}
