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
	// maxAtOnce is how many deliveries one receiver gets at a time, so that one
	// that hangs holds up only its own.
	maxAtOnce = 5
	// slotTimeout is how long a delivery waits for its turn before it gives way to
	// those for others. A receiver that answers is free sooner.
	slotTimeout = 250 * time.Millisecond
	// breakAfter is how many calls in a row must stay without an answer before the
	// circuit of a receiver opens, and breakFor how long it then stays open.
	breakAfter = 5
	breakFor   = 30 * time.Second
	// maxPostponed is the longest that a delivery gives way at a time.
	maxPostponed = 30 * time.Second
)

// Circuit says whether a receiver is called.
type Circuit string

// While the circuit is open, calls fail without being made. Half open, one call
// finds out whether the receiver answers again.
const (
	Closed   Circuit = "closed"
	Open     Circuit = "open"
	HalfOpen Circuit = "half_open"
)

// Receivers sees to it that a receiver which hangs does not hold up deliveries to
// others. It knows what this process has called.
type Receivers struct {
	clock func() time.Time
	mutex sync.Mutex
	known map[string]*receiver
}

// receiver is a host and port that is being called, or did not answer.
type receiver struct {
	slots chan struct{}
	// users are those who hold it or wait for a slot.
	users int
	// unanswered counts the calls in a row without an answer.
	unanswered int
	openUntil  time.Time
	// congested tells that waiting for a slot was in vain.
	congested bool
	// postponed counts the deliveries that have given way since a call ended.
	postponed int
}

// NewReceivers returns the Receivers of a process that has called nobody.
func NewReceivers(clock func() time.Time) *Receivers {
	return &Receivers{clock: clock, known: map[string]*receiver{}}
}

// State is how it stands with a receiver.
type State struct {
	Circuit Circuit
	// OpenUntil is when an open circuit is tried again.
	OpenUntil  time.Time
	Unanswered int
}

// State returns how it stands with the receiver of that name.
func (r *Receivers) State(name string) State {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	return r.state(r.known[name])
}

func (r *Receivers) state(to *receiver) State {
	switch {
	case to == nil || to.unanswered < breakAfter:
		return State{Circuit: Closed}
	case r.clock().Before(to.openUntil):
		return State{Circuit: Open, OpenUntil: to.openUntil, Unanswered: to.unanswered}
	}
	return State{Circuit: HalfOpen, Unanswered: to.unanswered}
}

// NotClosed counts the receivers whose circuits are open or half open.
func (r *Receivers) NotClosed() int {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	count := 0
	for _, to := range r.known {
		if r.state(to).Circuit != Closed {
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

// admit waits for a slot of the receiver, though not long.
func (r *Receivers) admit(ctx context.Context, name string) admission {
	to, state, timeout := r.enter(name)
	switch {
	case state.Circuit == Open:
		r.leave(name, to)
		return admission{open: state}
	case !taken(ctx, to.slots, timeout):
		return admission{postponed: r.postpone(name, to)}
	}
	return admission{end: func(answered bool) { r.end(name, to, answered) }}
}

func (r *Receivers) enter(name string) (to *receiver, state State, timeout time.Duration) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	to = r.known[name]
	if to == nil {
		to = &receiver{slots: make(chan struct{}, maxAtOnce)}
		r.known[name] = to
	}
	to.users++
	state, timeout = r.state(to), slotTimeout
	if to.congested {
		timeout = 0
	}
	if state.Circuit == HalfOpen { // who comes after the one that tries waits for the next turn
		to.openUntil = r.clock().Add(breakFor)
	}
	return to, state, timeout
}

// taken reports whether there was a slot in time.
func taken(ctx context.Context, slots chan<- struct{}, timeout time.Duration) bool {
	select {
	case slots <- struct{}{}:
		return true
	default:
	}
	if timeout == 0 {
		return false
	}
	timer := time.NewTimer(timeout)
	defer timer.Stop()
	select {
	case slots <- struct{}{}:
		return true
	case <-timer.C:
	case <-ctx.Done():
	}
	return false
}

// postpone spreads those who give way over the time that the calls may take.
func (r *Receivers) postpone(name string, to *receiver) time.Duration {
	r.mutex.Lock()
	to.congested = true
	to.postponed++
	wait := time.Second + time.Duration(to.postponed/maxAtOnce)*100*time.Millisecond
	r.mutex.Unlock()
	r.leave(name, to)
	return min(wait, maxPostponed)
}

func (r *Receivers) end(name string, to *receiver, answered bool) {
	<-to.slots
	r.mutex.Lock()
	to.postponed = 0
	if answered {
		to.unanswered, to.congested, to.openUntil = 0, false, time.Time{}
	} else if to.unanswered++; to.unanswered >= breakAfter {
		to.openUntil = r.clock().Add(breakFor)
	}
	r.mutex.Unlock()
	r.leave(name, to)
}

// leave drops a receiver of which there is nothing to know.
func (r *Receivers) leave(name string, to *receiver) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	if to.users--; to.users == 0 && to.unanswered == 0 {
		delete(r.known, name)
	}
}

// answered closes the circuit of a receiver that was called besides.
func (r *Receivers) answered(name string) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	if to := r.known[name]; to != nil {
		to.unanswered, to.congested, to.openUntil = 0, false, time.Time{}
	}
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
