package app

import "sync"

// trustedBase is the address under which the broker is reached, for what it sends
// to others. The headers of a single request must not decide that: they are
// whatever its sender likes.
type trustedBase struct {
	// configured are the addresses that the settings name. If there are any, the
	// edge chooses one of them for each request.
	configured []string
	// guarded tells that a user name and a password are needed for writing.
	guarded bool

	mutex sync.Mutex
	// seen is the address of the first request that counts.
	seen string
	// listening is where the broker listens, "" before it does.
	listening string
}

// of returns the address for what a request causes that was sent to this one, or
// "" for what the broker does of itself. Without a configured address it is that
// of the first request, by somebody who may write, that changed something; before
// there is one, it is where the broker listens.
func (b *trustedBase) of(requested, actor string) string {
	if len(b.configured) > 0 {
		if requested != "" {
			return requested
		}
		return b.configured[0]
	}
	b.mutex.Lock()
	defer b.mutex.Unlock()
	if b.seen == "" && requested != "" && (actor != "" || !b.guarded) {
		b.seen = requested
	}
	if b.seen != "" {
		return b.seen
	}
	return b.listening
}

// listensAt notes where the broker listens.
func (b *trustedBase) listensAt(address string) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	b.listening = address
}
