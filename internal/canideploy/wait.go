package canideploy

import (
	"context"
	"fmt"
	"time"
)

// answerAfterWaiting asks, and asks again while results are missing, as often as
// --retry-while-unknown allows. It returns the last answer. A dry run does not
// wait, because it ends well in any case.
func (p *program) answerAfterWaiting(ctx context.Context, a *arguments, b *broker) (answer, error) {
	found, err := p.answerOnce(ctx, a, b)
	if err != nil || a.unknownRetries == 0 || !found.missing() {
		return found, err
	}
	if a.dryRun {
		p.say("dry run: not waiting for missing results")
		return found, nil
	}
	since := p.now()
	p.announceWait(a, found, since)
	for attempt := 1; attempt <= a.unknownRetries; attempt++ {
		if err := p.pause(ctx, a.interval); err != nil {
			return nil, err
		}
		if found, err = p.answerOnce(ctx, a, b); err != nil {
			return nil, err
		}
		p.say("attempt %d of %d, after %s: %s", attempt, a.unknownRetries, inSeconds(p.now().Sub(since).Round(time.Second)), progress(found))
		if !found.missing() {
			return found, nil
		}
	}
	p.say("gave up waiting; --retry-while-unknown and --retry-interval allow more")
	return found, nil
}

// longestList bounds how many pairs are named while waiting.
const longestList = 10

func (p *program) announceWait(a *arguments, found answer, since time.Time) {
	p.say("waiting since %s, asking up to %s, every %s, for", since.UTC().Format("15:04:05 UTC"), counted(a.unknownRetries, "time"), inSeconds(a.interval))
	awaited := found.awaited()
	for i, pair := range awaited {
		if i == longestList {
			p.say("  and %d more", len(awaited)-i)
			break
		}
		p.say("  %s", pair)
	}
	if len(awaited) == 0 {
		p.say("  missing verification results")
	}
}

func progress(found answer) string {
	if !found.missing() {
		return fmt.Sprintf("the answer is %s", found.verdict())
	}
	if n := len(found.awaited()); n > 0 {
		return fmt.Sprintf("still waiting for %s", counted(n, "result"))
	}
	return "still not known"
}

func counted(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}

// answerOnce asks for the explained verdict if that is wanted and the broker has
// it, and for the matrix otherwise.
func (p *program) answerOnce(ctx context.Context, a *arguments, b *broker) (answer, error) {
	if !a.explain {
		return b.askMatrix(ctx, &a.question)
	}
	found, err := b.askVerdict(ctx, &a.question)
	if lacksRoute(err) {
		p.say("this broker does not explain verdicts (it has no %s); here is its ordinary answer", verdictsPath)
		a.explain = false
		return b.askMatrix(ctx, &a.question)
	}
	return found, err
}
