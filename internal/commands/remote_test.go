package commands

import (
	"bytes"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/access"
	"github.com/accord-broker/accord/internal/moving"
)

// Credentials go together: what is given on the command line is not mixed with what a
// variable says of somebody else.
func TestRemoteFlags_doNotMixCredentials(t *testing.T) {
	for name, tt := range map[string]struct {
		flags   remoteFlags
		environ []string
		want    moving.Remote
	}{
		"nothing":                             {remoteFlags{}, nil, moving.Remote{}},
		"all from variables":                  {remoteFlags{}, []string{"PACT_BROKER_USERNAME=me", "PACT_BROKER_PASSWORD=pw", "PACT_BROKER_TOKEN=tok"}, moving.Remote{Username: "me", Password: "pw", Token: "tok"}},
		"a name, and a token in a variable":   {remoteFlags{username: "me"}, []string{"PACT_BROKER_TOKEN=tok", "PACT_BROKER_PASSWORD=pw"}, moving.Remote{Username: "me", Password: "pw"}},
		"a token, and a name in a variable":   {remoteFlags{token: "tok"}, []string{"PACT_BROKER_USERNAME=me", "PACT_BROKER_PASSWORD=pw"}, moving.Remote{Token: "tok"}},
		"a password only":                     {remoteFlags{password: "new"}, []string{"PACT_BROKER_USERNAME=me", "PACT_BROKER_PASSWORD=pw"}, moving.Remote{Username: "me", Password: "new"}},
		"variables that begin like the names": {remoteFlags{}, []string{"PACT_BROKER_USERNAMES=x", "PACT_BROKER_TOKEN_FILE=y"}, moving.Remote{}},
	} {
		t.Run(name, func(t *testing.T) {
			tt.want.URL, tt.want.Parallel = "https://b", 3
			tt.flags.parallel = 3
			require.Equal(t, tt.want, tt.flags.of(Shell{Environ: tt.environ, Err: io.Discard}, "https://b"))
		})
	}
}

// Whoever may list processes reads the words of a command, and not its environment.
func TestRemoteFlags_warnOfWhatIsReadInTheListOfProcesses(t *testing.T) {
	for name, tt := range map[string]struct {
		flags   remoteFlags
		environ []string
		address string
		want    string
	}{
		"nothing secret":           {remoteFlags{username: "me"}, nil, "https://b", ""},
		"what variables hold":      {remoteFlags{}, []string{"PACT_BROKER_PASSWORD=hush", "PACT_BROKER_TOKEN=hush"}, "https://b", ""},
		"a password":               {remoteFlags{password: "hush"}, nil, "https://b", "PACT_BROKER_PASSWORD"},
		"a token":                  {remoteFlags{token: "hush"}, nil, "https://b", "PACT_BROKER_TOKEN"},
		"a password in an address": {remoteFlags{}, nil, "https://me:hush@b", "PACT_BROKER_USERNAME and PACT_BROKER_PASSWORD"},
	} {
		t.Run(name, func(t *testing.T) {
			var told bytes.Buffer
			tt.flags.of(Shell{Environ: tt.environ, Err: &told}, tt.address)
			require.NotContains(t, told.String(), "hush")
			if tt.want == "" {
				require.Empty(t, told.String())
				return
			}
			require.Contains(t, told.String(), "list the processes")
			require.Contains(t, told.String(), "set "+tt.want+" instead")
		})
	}
}

func TestFirstDifference_showsTheLineThatDiffers(t *testing.T) {
	for _, tt := range []struct{ text, other, want string }{
		{"a\nb\nc", "a\nc", "b"}, {"a\nb", "a\nb", "(nothing else)"}, {"", "a", "(nothing else)"}, {"  a\nb", "a", "b"}, {"x", "", "x"},
	} {
		require.Equal(t, tt.want, firstDifference(tt.text, tt.other), "%q and %q", tt.text, tt.other)
	}
	long := firstDifference(strings.Repeat("ü", 500), "")
	require.Equal(t, strings.Repeat("ü", 160)+"…", long, "cut between letters")
	require.Equal(t, strings.Repeat("ü", 160), firstDifference(strings.Repeat("ü", 160), ""))
}

func TestReadDuration_takesDaysAndTimes(t *testing.T) {
	for text, want := range map[string]time.Duration{"1d": 24 * time.Hour, "90d": 90 * 24 * time.Hour, "36500d": 36500 * 24 * time.Hour, "12h": 12 * time.Hour, "1h30m": 90 * time.Minute, "1ns": 1} {
		got, err := readDuration("--expires", text)
		require.NoError(t, err, text)
		require.Equal(t, want, got)
	}
	for _, text := range []string{"", "0", "0d", "-1d", "36501d", "1.5d", "d", "0h", "-5m", "90", "soon", "1y"} {
		_, err := readDuration("--expires", text)
		require.EqualError(t, err, `--expires "`+text+`" must be a time such as 90d, 12h or 30m`)
	}
	forGood, err := readLifetime("")
	require.NoError(t, err)
	require.Zero(t, forGood)
}

func TestStateInWords_saysWhetherATokenIsAccepted(t *testing.T) {
	now := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	earlier, later := now.Add(-time.Hour), now.Add(24*time.Hour)
	for want, token := range map[string]access.Token{
		"live": {}, "until 2026-03-03": {ExpiresAt: later}, "expired 2026-03-02": {ExpiresAt: now}, "revoked 2026-03-02": {RevokedAt: earlier, ExpiresAt: earlier},
	} {
		require.Equal(t, want, stateInWords(token, now))
	}
	require.Equal(t, "live", stateInWords(access.Token{RevokedAt: later}, now), "until the moment at which it ends")
}

func TestWrapped_breaksBetweenWordsOnly(t *testing.T) {
	for _, indent := range []string{"", "  ", "        "} {
		for _, text := range []string{"", "word", strings.Repeat("word ", 50), "a " + strings.Repeat("x", 100) + " b", "two\nlines"} {
			lines := strings.Split(wrapped(text, indent), "\n")
			require.Equal(t, strings.Fields(text), append([]string{}, strings.Fields(strings.Join(lines, " "))...))
			for _, line := range lines {
				require.True(t, len(line) <= 80 || len(strings.Fields(line)) == 1, line)
				require.True(t, strings.HasPrefix(line, indent) || strings.TrimSpace(line) == "", "%q", line)
			}
		}
	}
}
