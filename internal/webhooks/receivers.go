package webhooks

import (
	"context"
	"net"
	"net/url"
	"strings"
	"sync"
	"time"
)

const (
	// maxAtOnce is how many deliveries a receiver gets at a time that answered when
	// it was called last, so that one that begins to hang holds up only its own. All
	// others get one at a time.
	maxAtOnce = 5
	// slotTimeout is how long a delivery waits for its turn before it gives way to
	// those for others. A receiver that answers is free sooner.
	slotTimeout = 250 * time.Millisecond
	// breakAfter is how many calls in a row must stay without an answer before a
	// circuit opens, and breakFor how long it then stays open.
	breakAfter = 5
	breakFor   = 30 * time.Second
	// maxPostponed is the longest that a delivery gives way at a time.
	maxPostponed = 30 * time.Second
	// maxKnown is how many receivers, and how many circuits, are remembered.
	maxKnown = 10_000
)

// responsiveness is how far a receiver can be trusted to answer soon.
type responsiveness int

const (
	unheard responsiveness = iota
	answering
	silent
)

// Circuit says whether a receiver is called for a webhook.
type Circuit string

// While the circuit is open, calls fail without being made. Half open, one call
// finds out whether the receiver answers again.
const (
	Closed   Circuit = "closed"
	Open     Circuit = "open"
	HalfOpen Circuit = "half_open"
)

// Receivers sees to it that receivers which hang do not hold up deliveries to
// others, however many there are of them: those that did not answer share an
// eighth of all calls, those that were never called a half. It knows what this
// process has called.
type Receivers struct {
	clock func() time.Time
	// most is how many calls can be made at a time.
	most  int
	mutex sync.Mutex
	known map[string]*receiver
	// circuits are those that are not closed, or on the way to that.
	circuits map[line]*circuit
	// calls counts those that are being made, by how their receivers stood when
	// they began.
	calls map[responsiveness]int
}

// line is from a webhook to its receiver. Each has a circuit of its own: that one
// webhook gets no answer, because of its scheme or of what it says, says nothing of
// those of others.
type line struct{ receiver, webhook string }

type circuit struct {
	// unanswered counts the calls in a row without an answer.
	unanswered int
	openUntil  time.Time
}

// receiver is a host and port that is being called, answered, or did not answer.
type receiver struct {
	// calls counts those that are being made, and freed is closed when one ends.
	calls int
	freed chan struct{}
	// users are those who call it or wait for their turn.
	users    int
	answered bool
	// unanswered counts the calls in a row without an answer.
	unanswered int
	// congested tells that waiting was in vain.
	congested bool
	// postponed counts the deliveries that have given way since a call ended.
	postponed int
}

func (to *receiver) responsiveness() responsiveness {
	switch {
	case to.unanswered > 0:
		return silent
	case to.answered:
		return answering
	}
	return unheard
}

// NewReceivers returns the Receivers of a process that has called nobody and makes
// at most so many calls at a time.
func NewReceivers(clock func() time.Time, most int) *Receivers {
	return &Receivers{clock: clock, most: most, known: map[string]*receiver{}, circuits: map[line]*circuit{}, calls: map[responsiveness]int{}}
}

// State is how it stands with a receiver for a webhook.
type State struct {
	Circuit Circuit
	// OpenUntil is when an open circuit is tried again.
	OpenUntil  time.Time
	Unanswered int
}

// State returns how it stands with the receiver of that name for a webhook.
func (r *Receivers) State(name, webhook string) State {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	return r.state(r.circuits[line{name, webhook}])
}

func (r *Receivers) state(of *circuit) State {
	switch {
	case of == nil || of.unanswered < breakAfter:
		return State{Circuit: Closed}
	case r.clock().Before(of.openUntil):
		return State{Circuit: Open, OpenUntil: of.openUntil, Unanswered: of.unanswered}
	}
	return State{Circuit: HalfOpen, Unanswered: of.unanswered}
}

// NotClosed counts the circuits that are open or half open.
func (r *Receivers) NotClosed() int { return r.Count(Open) + r.Count(HalfOpen) }

// Count returns how many such circuits there are.
func (r *Receivers) Count(circuit Circuit) int {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	count := 0
	for _, of := range r.circuits {
		if r.state(of).Circuit == circuit {
			count++
		}
	}
	return count
}

// admission says what is to become of a delivery.
type admission struct {
	// end must be called after the call; nil if it is not to be made now.
	end func(answered bool)
	// postponed is after what time to come again.
	postponed time.Duration
	// open is the state of the circuit because of which the call fails.
	open State
}

// admit waits for the turn of a delivery, though not long.
func (r *Receivers) admit(ctx context.Context, name, webhook string) admission {
	to := r.enter(name)
	timer := time.NewTimer(slotTimeout)
	defer timer.Stop()
	for {
		admitted, freed := r.try(line{name, webhook}, to)
		if freed == nil {
			return admitted
		}
		select {
		case <-freed:
			continue
		case <-timer.C:
		case <-ctx.Done():
		}
		r.mutex.Lock()
		defer r.mutex.Unlock()
		return r.postpone(name, to)
	}
}

func (r *Receivers) enter(name string) *receiver {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	to := r.known[name]
	if to == nil {
		to = &receiver{freed: make(chan struct{})}
		r.known[name] = to
	}
	to.users++
	return to
}

// try decides what is to become of a delivery, or returns what is closed when
// another call of the receiver has ended.
func (r *Receivers) try(on line, to *receiver) (admission, <-chan struct{}) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	name, state, class := on.receiver, r.state(r.circuits[on]), to.responsiveness()
	switch {
	case state.Circuit == Open:
		r.leave(name, to)
		return admission{open: state}, nil
	case r.calls[class] >= r.share(class):
		return r.postpone(name, to), nil
	case to.calls >= r.atOnce(class) && to.congested:
		return r.postpone(name, to), nil
	case to.calls >= r.atOnce(class):
		return admission{}, to.freed
	}
	if state.Circuit == HalfOpen { // who comes after the one that tries waits for the next turn
		r.circuits[on].openUntil = r.clock().Add(breakFor)
	}
	to.calls++
	r.calls[class]++
	return admission{end: func(answered bool) { r.end(on, to, class, answered) }}, nil
}

// share is how many calls can be made at a time to all receivers that stand so.
func (r *Receivers) share(class responsiveness) int {
	switch class {
	case silent:
		return max(r.most/8, 1)
	case unheard:
		return max(r.most/2, 1)
	}
	return r.most
}

// atOnce is how many calls can be made at a time to one receiver that stands so:
// fewer where many are being made, so that there is one for everybody.
func (r *Receivers) atOnce(class responsiveness) int {
	all := 0
	for _, count := range r.calls {
		all += count
	}
	if class == answering && all < r.most/2 {
		return maxAtOnce
	}
	return 1
}

// postpone spreads those who give way over the time that the calls may take.
func (r *Receivers) postpone(name string, to *receiver) admission {
	to.congested = true
	to.postponed++
	wait := time.Second + time.Duration(to.postponed/maxAtOnce)*100*time.Millisecond
	r.leave(name, to)
	return admission{postponed: min(wait, maxPostponed)}
}

func (r *Receivers) end(on line, to *receiver, class responsiveness, answered bool) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	r.calls[class]--
	to.calls--
	to.postponed = 0
	if answered {
		to.hasAnswered()
		delete(r.circuits, on)
	} else {
		to.unanswered++
		r.count(on)
	}
	close(to.freed)
	to.freed = make(chan struct{})
	r.leave(on.receiver, to)
}

// count counts a call without an answer. Where there are too many circuits, another one
// is forgotten.
func (r *Receivers) count(on line) {
	of := r.circuits[on]
	if of == nil {
		for other := range r.circuits {
			if len(r.circuits) < maxKnown {
				break
			}
			delete(r.circuits, other)
		}
		of = &circuit{}
		r.circuits[on] = of
	}
	if of.unanswered++; of.unanswered >= breakAfter {
		of.openUntil = r.clock().Add(breakFor)
	}
}

func (to *receiver) hasAnswered() {
	to.answered, to.unanswered, to.congested = true, 0, false
}

// leave drops a receiver of which there is nothing to know.
func (r *Receivers) leave(name string, to *receiver) {
	to.users--
	worthKnowing := (to.unanswered > 0 || to.answered) && len(r.known) <= maxKnown
	if to.users == 0 && !worthKnowing {
		delete(r.known, name)
	}
}

// answered closes the circuit of a webhook to a receiver that was called besides.
func (r *Receivers) answered(name, webhook string) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	if to := r.known[name]; to != nil {
		to.hasAnswered()
	}
	delete(r.circuits, line{name, webhook})
}

// Receiver is the host and port to which the request goes.
func (r Request) Receiver() string {
	address, err := url.Parse(withoutParameters(r.URL))
	if err != nil || address.Host == "" {
		return ""
	}
	port := address.Port()
	if port == "" {
		port = standardPorts[strings.ToLower(address.Scheme)]
	}
	return net.JoinHostPort(strings.ToLower(address.Hostname()), port)
}

var standardPorts = map[string]string{"http": "80", "https": "443"}
