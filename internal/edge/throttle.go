package edge

import (
	"crypto/sha256"
	"net/http"
	"sync"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"

	"accord/internal/access"
	"accord/internal/support/fault"
)

// pace is how many wrong credentials are looked at: a few at once, then some
// each second.
type pace struct{ atOnce, perSecond float64 }

var (
	// senderPace is for one sender, as the nearest proxy names it.
	senderPace = pace{20, 1}
	// peerPace is for all that comes over one address: a proxy's, or that of
	// somebody who makes up a new sender for each request.
	peerPace = pace{100, 5}
)

// remembered is how many senders are told apart; beyond that the one that was
// quiet for longest is forgotten.
const remembered = 10_000

var tooManyTries = fault.New(fault.TooManyRequests, "Too many wrong user names and passwords came from this address. Try again in a few seconds.")

// throttle is a gate at which nobody can try many passwords. Credentials that
// were right before pass from where they were: a pipeline with a wrong password
// does not lock out its neighbours.
type throttle struct {
	gate   Gate
	now    func() time.Time
	mutex  sync.Mutex
	tries  *lru.Cache[digest, allowance]
	proven *lru.Cache[digest, struct{}]
}

type digest [sha256.Size]byte

// allowance is how many tries are left, as of a time.
type allowance struct {
	left float64
	at   time.Time
}

// Throttle makes the gate refuse credentials unseen, with a TooManyRequests
// fault, after many wrong ones from the same sender.
func Throttle(gate Gate, now func() time.Time) (Gate, error) {
	tries, err := lru.New[digest, allowance](remembered)
	if err != nil {
		return nil, err
	}
	proven, err := lru.New[digest, struct{}](remembered)
	if err != nil {
		return nil, err
	}
	return &throttle{gate: gate, now: now, tries: tries, proven: proven}, nil
}

// Admit asks the gate, unless the sender has tried too often.
func (t *throttle) Admit(r *http.Request, need access.Action) (access.Principal, error) {
	credentials := r.Header.Get("Authorization")
	if credentials == "" {
		return t.gate.Admit(r, need)
	}
	peer := clientAddress(r)
	sender := peer + " " + last(r, "X-Forwarded-For")
	proof := digest(sha256.Sum256([]byte(sender + "\n" + credentials)))
	if _, isProven := t.proven.Get(proof); isProven {
		return t.admit(r, need, proof)
	}
	bySender, byPeer := digest(sha256.Sum256([]byte("sender "+sender))), digest(sha256.Sum256([]byte("peer "+peer)))
	if !t.take(bySender, senderPace) || !t.take(byPeer, peerPace) {
		return access.Principal{}, tooManyTries
	}
	p, err := t.admit(r, need, proof)
	if !fault.Is(err, fault.Unauthorized) {
		t.giveBack(bySender)
		t.giveBack(byPeer)
	}
	return p, err
}

// admit asks the gate and remembers what proved right. Where nobody has to sign
// in nothing is proven.
func (t *throttle) admit(r *http.Request, need access.Action, proof digest) (access.Principal, error) {
	p, err := t.gate.Admit(r, need)
	switch {
	case err == nil && p.Name != "":
		t.proven.Add(proof, struct{}{})
	case fault.Is(err, fault.Unauthorized):
		t.proven.Remove(proof)
	}
	return p, err
}

// take uses up one try before it is made, so that many at once are counted, too.
func (t *throttle) take(who digest, pace pace) bool {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	now := t.now()
	a, seen := t.tries.Get(who)
	if !seen {
		a = allowance{left: pace.atOnce, at: now}
	}
	a.left = min(pace.atOnce, a.left+now.Sub(a.at).Seconds()*pace.perSecond)
	a.at = now
	enough := a.left >= 1
	if enough {
		a.left--
	}
	t.tries.Add(who, a)
	return enough
}

func (t *throttle) giveBack(who digest) {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	if a, seen := t.tries.Get(who); seen {
		a.left++
		t.tries.Add(who, a)
	}
}
