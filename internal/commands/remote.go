package commands

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/accord-broker/accord/internal/archive"
	"github.com/accord-broker/accord/internal/moving"
	"github.com/accord-broker/accord/internal/support/config"
)

// remoteFlags are how to reach another broker. What is not given is taken from the
// variables that the clients of the Pact Broker know.
type remoteFlags struct {
	username, password, token string
	parallel                  int
}

func (f *remoteFlags) add(set *pflag.FlagSet) {
	f.addCredentials(set)
	set.IntVar(&f.parallel, "parallel", 1, "ask the other broker at most `N` things at a time, up to 8")
}

func (f *remoteFlags) addCredentials(set *pflag.FlagSet) {
	set.StringVar(&f.username, "username", "", "the `NAME` for the other broker; else PACT_BROKER_USERNAME")
	set.StringVar(&f.password, "password", "", "the `PASSWORD` for the other broker; else PACT_BROKER_PASSWORD, which no list of processes shows")
	set.StringVar(&f.token, "token", "", "the `TOKEN` for the other broker; else PACT_BROKER_TOKEN, which no list of processes shows")
}

// of reads what the flags leave open from the variables. Credentials go together: a
// name that is given is not overruled by a token of the environment, nor the other way
// round.
func (f remoteFlags) of(shell Shell, address string) moving.Remote {
	f.warn(shell, address)
	named, tokened := f.username != "", f.token != ""
	or := func(given, variable string) string {
		if given != "" || named && variable == "PACT_BROKER_TOKEN" || tokened && variable != "PACT_BROKER_TOKEN" {
			return given
		}
		return shell.variable(variable)
	}
	return moving.Remote{
		URL: address, Username: or(f.username, "PACT_BROKER_USERNAME"), Password: or(f.password, "PACT_BROKER_PASSWORD"),
		Token: or(f.token, "PACT_BROKER_TOKEN"), Parallel: f.parallel,
	}
}

// warn tells which of the flags others can read.
func (f remoteFlags) warn(shell Shell, address string) {
	if f.password != "" {
		warnOfListed(shell, "--password shows the password", "set PACT_BROKER_PASSWORD instead")
	}
	if f.token != "" {
		warnOfListed(shell, "--token shows the token", "set PACT_BROKER_TOKEN instead")
	}
	if config.HasPassword(address) {
		warnOfListed(shell, "the address of the other broker has a password in it, and shows it", "set PACT_BROKER_USERNAME and PACT_BROKER_PASSWORD instead")
	}
}

// warnOfListed tells that something secret stands among the words of a command.
func warnOfListed(shell Shell, what, remedy string) {
	fmt.Fprintf(shell.Err, "warning: %s to everybody who may list the processes of this machine; %s\n", what, remedy)
}

// stateFolder is where answers of a broker are kept until they are imported.
func (f importFlags) stateFolder() string {
	if f.state != "" {
		return f.state
	}
	sum := sha256.Sum256([]byte(f.from))
	cache, err := os.UserCacheDir()
	if err != nil {
		cache = os.TempDir()
	}
	return filepath.Join(cache, "accord-import-"+hex.EncodeToString(sum[:8]))
}

// deleteState removes the folder with the answers of a broker, unless it was given.
func (f importFlags) deleteState() error {
	if f.state != "" || f.dryRun || !strings.HasPrefix(f.from, "http") {
		return nil
	}
	return os.RemoveAll(f.stateFolder())
}

// fetch reads a broker over HTTP into the folder for its answers.
func fetch(ctx context.Context, shell Shell, flags importFlags) (archive.Source, error) {
	folder := flags.stateFolder()
	remote := flags.remote.of(shell, flags.from)
	remote.Waiting = func(why error, pause time.Duration) {
		fmt.Fprintf(shell.Err, "%s; it is tried again in %s\n", oneLine(why), pause)
	}
	tick := report{shell: shell, json: flags.output == "json"}.ticks()
	source, err := moving.Fetch(ctx, remote, folder, func(what string, done int64) { tick(fmt.Sprintf("read %d %s", done, what)) })
	if err != nil && !moving.HasAnswers(folder) {
		return nil, errors.Join(err, flags.deleteState())
	}
	if err != nil {
		return nil, fmt.Errorf("%w (what came is kept in %s)", err, folder)
	}
	return source, nil
}
