// Package canideploy is the command-line program that a deployment job runs
// before it deploys: it asks a contract broker whether the given versions may go
// where they are meant to go, prints the reasons, and answers by its exit code.
// It talks HTTP only, and needs nothing of the broker but its matrix, so it works
// with Accord and with the Pact Broker alike.
package canideploy

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/accord-broker/accord/internal/support/release"
)

// The exit codes, the same for every output format.
const (
	// exitYes: every version asked about may be deployed.
	exitYes = 0
	// exitNo: it may not, or nobody knows.
	exitNo = 1
	// exitNoVerdict: no answer was to be had (usage, network, credentials, broker).
	exitNoVerdict = 2
)

// Run asks the question that the arguments put and returns the exit code: 0 for
// yes, 1 for no or not known, 2 when no verdict was to be had. The answer goes to
// out and everything else to errOut; env looks up environment variables, which
// flags override. In is not read yet and is there for symmetry with other programs.
func Run(args []string, in io.Reader, out, errOut io.Writer, env func(string) string) int {
	p := &program{out: out, errOut: errOut, env: env, now: time.Now, pause: pause}
	return p.run(context.Background(), args)
}

// program is one run with everything it touches outside itself.
type program struct {
	out, errOut io.Writer
	env         func(string) string
	now         func() time.Time
	pause       func(context.Context, time.Duration) error
}

func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

func (p *program) run(ctx context.Context, args []string) int {
	a, err := parse(args)
	if err == nil && a.task != taskAsk {
		return p.inform(a)
	}
	if err == nil {
		err = a.fillFromEnvironment(p.env)
	}
	if err == nil {
		err = a.check()
	}
	if err == nil {
		return p.ask(ctx, a)
	}
	return p.fail(err)
}

// inform does the tasks that need no broker.
func (p *program) inform(a *arguments) int {
	var text string
	switch a.task {
	case taskHelp:
		text = helpText(a.options())
	case taskMan:
		text = manPage(a.options())
	case taskVersion:
		text = "can-i-deploy " + release.Version() + "\n"
	case taskCompletion:
		script, err := completionScript(a.shell, a.options())
		if err != nil {
			return p.fail(err)
		}
		text = script
	}
	if _, err := io.WriteString(p.out, text); err != nil {
		return p.fail(err)
	}
	return exitYes
}

func (p *program) ask(ctx context.Context, a *arguments) int {
	b, err := newBroker(p, a)
	if err != nil {
		return p.fail(err)
	}
	for _, note := range a.notes {
		p.say("%s", note)
	}
	p.warnOfListed(a)
	found, err := p.answerAfterWaiting(ctx, a, b)
	if err != nil {
		code := p.fail(err)
		if a.given["broker-base-url"] == "" {
			p.say("the broker that was asked is %s, from PACT_BROKER_BASE_URL; --broker-base-url names another", a.base.Redacted())
		}
		return code
	}
	if m, plain := found.(*matrixAnswer); plain && a.output != "json" && m.verdict() != yes {
		m.why = b.why(ctx, &a.question)
	}
	if err := found.write(p.out, a, screenOf(p.out, p.env)); err != nil {
		return p.fail(err)
	}
	return p.exitCode(a, found.verdict())
}

// warnOfListed tells which secrets stand among the words of the command.
func (p *program) warnOfListed(a *arguments) {
	for _, o := range a.options() {
		if _, given := a.given[o.name]; given && o.secret && len(o.env) > 0 {
			p.say("warning: %s shows its value to everybody who may list the processes of this machine; set %s instead", longName(&o), o.env[0])
		}
	}
}

// exitCode maps the verdict to the exit code, and says so when a setting bends it.
func (p *program) exitCode(a *arguments, v verdict) int {
	switch {
	case v == yes && a.dryRun:
		p.say("dry run: was not needed, the answer is yes")
		return exitYes
	case v == yes:
		return exitYes
	case a.dryRun:
		p.say("dry run: the answer is %s, exit code 0 all the same", v)
		return exitYes
	case a.exitCodeForNo != exitNo:
		p.say("exit code %d for %s, as %s asks", a.exitCodeForNo, v, exitCodeVariable)
		return a.exitCodeForNo
	}
	return exitNo
}

// fail reports why there is no verdict. A dry run does not hide that.
func (p *program) fail(err error) int {
	p.say("can-i-deploy: no verdict: %s", err)
	var usage *usageError
	if errors.As(err, &usage) {
		p.say("can-i-deploy --help lists the options")
	}
	return exitNoVerdict
}

// say tells the user something that is not the answer. In a terminal it breaks
// lines between words.
func (p *program) say(format string, values ...any) {
	s := screenOf(p.errOut, p.env)
	for line := range strings.SplitSeq(fmt.Sprintf(format, values...), "\n") {
		words := strings.TrimLeft(line, " ")
		// When even standard error is closed there is nobody left to tell.
		_, _ = io.WriteString(p.errOut, s.bullet(line[:len(line)-len(words)], plain, s.shorten(words)))
	}
}
