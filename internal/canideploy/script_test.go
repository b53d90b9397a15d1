package canideploy

import (
	"context"
	"io"
	"strconv"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/accord-broker/accord/internal/testing/testbroker"
)

// TestScripts runs the scripts in testdata/script. They know these commands beside
// the usual ones:
//
//	recorded FILE…     starts a broker that plays the recorded answers in this order;
//	                   its address is in PACT_BROKER_BASE_URL
//	asked              prints what that broker was asked
//	can-i-deploy ARG…  runs the program; it has to exit with 0, or after ! with another code
//	exits CODE         checks the exit code of the last run
//
// and these, which speak to a whole Accord:
//
//	broker                                     starts it; its address is in PACT_BROKER_BASE_URL
//	environment NAME                           makes an environment
//	publish CONSUMER VERSION BRANCH PROVIDER…  publishes a contract with each provider
//	verified CONSUMER VERSION PROVIDER VERSION records a success, or after ! a failure
//	deploy APPLICATION VERSION ENVIRONMENT     records a deployment
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(env *testscript.Env) error {
			env.Values[scriptKey{}] = &scriptState{t: env.T().(testing.TB)}
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"recorded": scriptRecorded, "asked": scriptAsked, "can-i-deploy": scriptRun, "exits": scriptExits,
			"broker": scriptBroker, "environment": scriptEnvironment, "publish": scriptPublish, "verified": scriptVerified, "deploy": scriptDeploy,
		},
	})
}

type scriptKey struct{}

// scriptState is what the commands of one script share.
type scriptState struct {
	t      testing.TB
	broker *recordedBroker
	accord *testbroker.Broker
	code   int
}

func stateOf(ts *testscript.TestScript) *scriptState {
	return ts.Value(scriptKey{}).(*scriptState)
}

func scriptRecorded(ts *testscript.TestScript, neg bool, files []string) {
	if neg || len(files) == 0 {
		ts.Fatalf("usage: recorded FILE...")
	}
	var answers []string
	for _, file := range files {
		answers = append(answers, ts.ReadFile(file))
	}
	b := newRecordedBroker(answers...)
	ts.Defer(b.Close)
	stateOf(ts).broker = b
	ts.Setenv("PACT_BROKER_BASE_URL", b.URL)
}

func scriptAsked(ts *testscript.TestScript, _ bool, _ []string) {
	_, err := io.WriteString(ts.Stdout(), stateOf(ts).broker.requests())
	ts.Check(err)
}

func scriptRun(ts *testscript.TestScript, neg bool, args []string) {
	clock := &fakeClock{}
	p := &program{out: ts.Stdout(), errOut: ts.Stderr(), env: ts.Getenv, now: clock.now, pause: clock.pause}
	code := p.run(context.Background(), args)
	stateOf(ts).code = code
	if neg != (code != exitYes) {
		ts.Fatalf("unexpected exit code %d", code)
	}
}

func scriptExits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: exits CODE")
	}
	if got := strconv.Itoa(stateOf(ts).code); got != args[0] {
		ts.Fatalf("exit code %s, not %s", got, args[0])
	}
}

func scriptBroker(ts *testscript.TestScript, _ bool, args []string) {
	words(ts, args, 0, "broker")
	state := stateOf(ts)
	state.accord = testbroker.New(state.t)
	ts.Setenv("PACT_BROKER_BASE_URL", state.accord.URL())
}

func scriptEnvironment(ts *testscript.TestScript, _ bool, args []string) {
	words(ts, args, 1, "environment NAME")
	stateOf(ts).accord.Environment(args[0])
}

func scriptPublish(ts *testscript.TestScript, _ bool, args []string) {
	words(ts, args, 4, "publish CONSUMER VERSION BRANCH PROVIDER...")
	for _, provider := range args[3:] {
		stateOf(ts).accord.Pact(args[0], args[1]).Branch(args[2]).With(provider)
	}
}

func scriptVerified(ts *testscript.TestScript, neg bool, args []string) {
	words(ts, args, 4, "verified CONSUMER VERSION PROVIDER VERSION")
	pact := stateOf(ts).accord.Pact(args[0], args[1])
	pact.Provider = args[2]
	if neg {
		pact.FailedBy(args[3])
		return
	}
	pact.VerifiedBy(args[3])
}

func scriptDeploy(ts *testscript.TestScript, _ bool, args []string) {
	words(ts, args, 3, "deploy APPLICATION VERSION ENVIRONMENT")
	stateOf(ts).accord.Deploy(args[0], args[1], args[2])
}

func words(ts *testscript.TestScript, args []string, least int, usage string) {
	if len(args) < least {
		ts.Fatalf("usage: %s", usage)
	}
}
