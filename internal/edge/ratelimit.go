package edge

import (
	"fmt"
	"math"
	"net/http"
	"sync"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"

	"github.com/accord-broker/accord/internal/access"
	"github.com/accord-broker/accord/internal/support/fault"
)

// Rate is how many requests may come in a time from one caller.
type Rate struct {
	Requests int
	Window   time.Duration
}

// rateLimit is a gate that counts the requests of each caller: of a user or a token
// whose credentials the gate has found right, else of an address. What was sent and
// is not right makes nobody another caller.
type rateLimit struct {
	gate    Gate
	rate    Rate
	policy  string
	now     func() time.Time
	mutex   sync.Mutex
	windows *lru.Cache[digest, window]
}

// window counts requests until it ends.
type window struct {
	used int
	ends time.Time
}

// LimitRate makes the gate refuse requests beyond the rate with a TooManyRequests
// fault. Answers tell how many requests are left, in the headers of the IETF
// draft. The gate may be nil, which admits everybody.
func LimitRate(gate Gate, rate Rate, now func() time.Time) (Gate, error) {
	windows, err := lru.New[digest, window](remembered)
	if err != nil {
		return nil, err
	}
	policy := fmt.Sprintf(`"default";q=%d;w=%.0f`, rate.Requests, rate.Window.Seconds())
	return &rateLimit{gate: gate, rate: rate, policy: policy, now: now, windows: windows}, nil
}

// Admit counts the request and asks the gate: where credentials are sent in the
// other order, since the gate knows whose they are.
func (l *rateLimit) Admit(r *http.Request, need access.Action) (access.Principal, error) {
	if l.gate == nil {
		return access.Anyone, l.count(r, access.Principal{})
	}
	if r.Header.Get("Authorization") == "" {
		if err := l.count(r, access.Principal{}); err != nil {
			return access.Principal{}, err
		}
		return l.gate.Admit(r, need)
	}
	p, err := l.gate.Admit(r, need)
	known := p
	if !proves(err) {
		known = access.Principal{} // it is only claimed
	}
	if beyond := l.count(r, known); beyond != nil {
		return p, beyond
	}
	return p, err
}

// count counts a request once, however many faces look at it. A known caller who
// need not be known counts for the address as well, which the headers tell of: they
// would tell whether a password was right otherwise.
func (l *rateLimit) count(r *http.Request, known access.Principal) error {
	x := requestStateOf(r.Context())
	if x.counted {
		return nil
	}
	x.counted = true
	address := digestOf("address " + neighbourhood(x.client))
	if known.Name == "" {
		left, wait := l.use(address)
		l.tell(x, left, wait)
		return l.refuse(left, wait)
	}
	left, wait := l.use(digestOf("caller " + string(known.Through) + "\n" + known.ID + "\n" + known.Name))
	if x.credentialsUnneeded {
		told, until := l.use(address)
		l.tell(x, told, until)
	} else {
		l.tell(x, left, wait)
	}
	return l.refuse(left, wait)
}

// tell says in the headers of the answer how many requests are left.
func (l *rateLimit) tell(x *requestState, left int, wait time.Duration) {
	if x.header != nil {
		x.header.Set("RateLimit-Policy", l.policy)
		x.header.Set("RateLimit", fmt.Sprintf(`"default";r=%d;t=%.0f`, max(0, left), math.Ceil(wait.Seconds())))
	}
}

// refuse returns a TooManyRequests fault for a request that was one too many.
func (l *rateLimit) refuse(left int, wait time.Duration) error {
	if left >= 0 {
		return nil
	}
	f := fault.New(fault.TooManyRequests, "More than %d requests came in %s. Go on in %.0f seconds.", l.rate.Requests, l.rate.Window, math.Ceil(wait.Seconds()))
	f.RetryAfter = wait
	return f
}

// use counts one request and returns how many are left, below 0 if it was one too
// many, and when the window ends.
func (l *rateLimit) use(who digest) (left int, wait time.Duration) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	now := l.now()
	w, _ := l.windows.Get(who)
	if !now.Before(w.ends) {
		w = window{ends: now.Add(l.rate.Window)}
	}
	if w.used <= l.rate.Requests {
		w.used++
	}
	l.windows.Add(who, w)
	return l.rate.Requests - w.used, w.ends.Sub(now)
}
