package edge

import (
	"crypto/sha256"
	"math"
	"net/http"
	"sync"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"

	"github.com/accord-broker/accord/internal/access"
	"github.com/accord-broker/accord/internal/support/fault"
)

// allowance is how many wrong credentials are looked at: some at once, then each
// only after a wait that doubles, up to the longest.
type allowance struct {
	free    int
	longest time.Duration
}

var (
	// addressAllowance is for all that comes from one address.
	addressAllowance = allowance{free: 20, longest: time.Minute}
	// accountAllowance is for one token, or one user name, from wherever it is
	// tried. It waits less, since whoever knows the name can make its owner wait.
	accountAllowance = allowance{free: 100, longest: 10 * time.Second}
)

const (
	// firstWait is what the first wrong try beyond the free ones costs.
	firstWait = time.Second
	// forgiven is after what quiet time wrong tries are forgotten.
	forgiven = 15 * time.Minute
	// remembered is how many addresses, and how many credentials, are told apart;
	// beyond that the one that was quiet for longest is forgotten.
	remembered = 10_000
)

// Throttle counts wrong credentials, wherever they are asked for, and refuses more of
// them unseen, with a TooManyRequests fault, after many from the same address or for
// the same account.
type Throttle struct {
	now    func() time.Time
	mutex  sync.Mutex
	tries  *lru.Cache[digest, tried]
	proven *lru.Cache[digest, struct{}]
}

type digest [sha256.Size]byte

func digestOf(text string) digest { return sha256.Sum256([]byte(text)) }

// tried is what is known of wrong tries.
type tried struct {
	wrong       int
	last, until time.Time
}

// NewThrottle returns one that has seen nothing.
func NewThrottle(now func() time.Time) (*Throttle, error) {
	tries, err := lru.New[digest, tried](remembered)
	if err != nil {
		return nil, err
	}
	proven, err := lru.New[digest, struct{}](remembered)
	if err != nil {
		return nil, err
	}
	return &Throttle{now: now, tries: tries, proven: proven}, nil
}

// Check checks what proves who sends a request, unless too many wrong proofs came from
// its address. It is for secrets that belong to no account: a limit for all addresses
// would let anybody keep out whoever knows the secret.
func (t *Throttle) Check(r *http.Request, check func() error) error {
	address := digestOf("address " + neighbourhood(Client(r.Context())))
	caused, wait := t.take(address, addressAllowance)
	if wait > 0 {
		return tooManyTries("this address", wait)
	}
	err := check()
	if !fault.Is(err, fault.Unauthorized) {
		t.giveBack(address, caused)
	}
	return err
}

// throttled is a gate at which nobody can try many passwords. Credentials that
// were right before pass from where they were: a pipeline with a wrong password
// does not lock out its neighbours.
type throttled struct {
	*Throttle
	gate Gate
}

// Guard returns the gate with wrong credentials counted.
func (t *Throttle) Guard(gate Gate) Gate { return throttled{t, gate} }

// Admit asks the gate, unless there were too many wrong tries.
func (t throttled) Admit(r *http.Request, need access.Action) (access.Principal, error) {
	credentials := r.Header.Get("Authorization")
	if credentials == "" {
		return t.gate.Admit(r, need)
	}
	sender := neighbourhood(Client(r.Context()))
	proof := digestOf(sender + "\n" + credentials)
	if _, isProven := t.proven.Get(proof); isProven {
		return t.admit(r, need, proof)
	}
	address, account := digestOf("address "+sender), digestOf("account "+accountOf(r))
	fromThere, wait := t.take(address, addressAllowance)
	if wait > 0 {
		return access.Principal{}, tooManyTries("this address", wait)
	}
	forIt, wait := t.take(account, accountAllowance)
	if wait > 0 {
		t.giveBack(address, fromThere)
		return access.Principal{}, tooManyTries("several addresses for this user or token", wait)
	}
	p, err := t.admit(r, need, proof)
	if !fault.Is(err, fault.Unauthorized) || proves(err) {
		t.giveBack(address, fromThere)
		t.giveBack(account, forIt)
	}
	return p, err
}

func tooManyTries(from string, wait time.Duration) error {
	f := fault.New(fault.TooManyRequests, "Too many wrong credentials came from %s. Try again in %.0f seconds.", from, math.Ceil(wait.Seconds()))
	f.RetryAfter = wait
	return f
}

// accountOf is what a request claims to be: a user name, or a token.
func accountOf(r *http.Request) string {
	if secret, isToken := sentToken(r); isToken {
		return "token " + secret
	}
	username, _, _ := r.BasicAuth()
	return "user " + username
}

// admit asks the gate and remembers what proved right. Where nobody has to sign
// in nothing is proven.
func (t throttled) admit(r *http.Request, need access.Action, proof digest) (access.Principal, error) {
	p, err := t.gate.Admit(r, need)
	switch {
	case proves(err) && p.Name != "":
		t.proven.Add(proof, struct{}{})
	case fault.Is(err, fault.Unauthorized):
		t.proven.Remove(proof)
	}
	return p, err
}

// take counts a try as wrong before it is made, so that many at once are counted,
// too, and returns until when it makes others wait. It returns how long to wait
// instead if it may not be made.
func (t *Throttle) take(who digest, allowed allowance) (until time.Time, wait time.Duration) {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	now := t.now()
	a, _ := t.tries.Get(who)
	if now.Sub(a.last) > forgiven {
		a = tried{}
	}
	if wait = a.until.Sub(now); wait > 0 {
		return time.Time{}, wait
	}
	a.wrong++
	a.last = now
	if beyond := a.wrong - allowed.free; beyond >= 0 {
		const doublings = 20 // more than any longest wait allows
		a.until = now.Add(min(allowed.longest, firstWait<<min(beyond, doublings)))
	}
	t.tries.Add(who, a)
	return a.until, 0
}

// giveBack takes a try back that was not wrong, and the wait that it caused, but
// not that of another one.
func (t *Throttle) giveBack(who digest, caused time.Time) {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	a, seen := t.tries.Get(who)
	if !seen {
		return
	}
	if a.wrong = max(0, a.wrong-1); a.until.Equal(caused) {
		a.until = time.Time{}
	}
	t.tries.Add(who, a)
}
