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

// rateLimit is a gate that counts the requests of each caller: of credentials
// where some are sent, else of an address. Wrong credentials are the throttle's
// business.
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

// Admit counts the request and asks the gate.
func (l *rateLimit) Admit(r *http.Request, need access.Action) (access.Principal, error) {
	if err := l.count(r); err != nil {
		return access.Principal{}, err
	}
	if l.gate == nil {
		return access.Anyone, nil
	}
	return l.gate.Admit(r, need)
}

// count counts a request once, however many faces look at it.
func (l *rateLimit) count(r *http.Request) error {
	x := requestStateOf(r.Context())
	if x.counted {
		return nil
	}
	x.counted = true
	left, wait := l.use(callerOf(r, x))
	if x.header != nil {
		x.header.Set("RateLimit-Policy", l.policy)
		x.header.Set("RateLimit", fmt.Sprintf(`"default";r=%d;t=%.0f`, max(0, left), math.Ceil(wait.Seconds())))
	}
	if left >= 0 {
		return nil
	}
	f := fault.New(fault.TooManyRequests, "More than %d requests came in %s. Go on in %.0f seconds.", l.rate.Requests, l.rate.Window, math.Ceil(wait.Seconds()))
	f.RetryAfter = wait
	return f
}

// callerOf is who is counted together.
func callerOf(r *http.Request, x *requestState) digest {
	if credentials := r.Header.Get("Authorization"); credentials != "" {
		return digestOf("credentials " + credentials)
	}
	return digestOf("address " + neighbourhood(x.client))
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
