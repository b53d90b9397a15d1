package app

import (
	"net"
	"net/url"
	"os"
	"sync"
)

// trustedBase is the address under which the broker is reached, for what it sends
// to others. The headers of a single request must not decide that: they are
// whatever its sender likes.
type trustedBase struct {
	// configured are the addresses that the settings name. If there are any, the
	// edge chooses one of them for each request.
	configured []string

	mutex sync.Mutex
	// seen is the address of the first request that is believed and has changed something.
	seen string
	// listening is where the broker listens, "" before it does.
	listening string
	// own are the names and addresses of this machine at which it listens.
	own map[string]bool
}

// reached is the address at which a request has reached the broker.
type reached struct {
	address string
	trust   senderTrust
}

// senderTrust is how far the sender of a request is believed about its address.
type senderTrust int

const (
	// untrusted may not change all webhooks, so does not decide what stands in them.
	untrusted senderTrust = iota
	// anonymous is whoever comes where nobody signs in, believed that they have reached
	// the broker's own machine.
	anonymous
	// trusted is a trusted proxy, or who has signed in and may change all webhooks.
	trusted
)

// of returns the address for what a request causes that reached the broker so, the
// zero value standing for what the broker does of itself. Without a configured
// address it is the one that is kept; before there is one, it is that of the request
// if it is believed, and else where the broker listens.
func (b *trustedBase) of(at reached) string {
	if len(b.configured) > 0 {
		if at.address != "" {
			return at.address
		}
		return b.configured[0]
	}
	b.mutex.Lock()
	defer b.mutex.Unlock()
	switch {
	case b.seen != "":
		return b.seen
	case b.believes(at):
		return at.address
	}
	return b.listening
}

// keep keeps the address of a request that has changed something, if it is the first
// that is believed.
func (b *trustedBase) keep(at reached) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	if b.seen == "" && b.believes(at) {
		b.seen = at.address
	}
}

func (b *trustedBase) believes(at reached) bool {
	return at.address != "" && (at.trust == trusted || at.trust == anonymous && b.isOwn(at.address))
}

// isOwn reports whether the address is one at which the broker listens. Before it
// listens, only the program itself can ask.
func (b *trustedBase) isOwn(address string) bool {
	if b.listening == "" {
		return true
	}
	asked, err := url.Parse(address)
	if err != nil {
		return false
	}
	listening, err := url.Parse(b.listening)
	return err == nil && portOf(asked) == portOf(listening) && (asked.Host == listening.Host || b.own[asked.Hostname()])
}

// listensAt notes where the broker listens: the address for people, and the one
// of the connection.
func (b *trustedBase) listensAt(address string, connection net.Addr) {
	own := ownNames(connection)
	b.mutex.Lock()
	defer b.mutex.Unlock()
	b.listening, b.own = address, own
}

// ownNames are the names and addresses by which a machine can be called that
// listens there. A name that only DNS knows is not among them: whoever sends a
// request can make one up that leads here.
func ownNames(connection net.Addr) map[string]bool {
	tcp, isTCP := connection.(*net.TCPAddr)
	if !isTCP {
		return nil
	}
	own := map[string]bool{tcp.IP.String(): true}
	every := isEveryAddress(tcp.IP.String())
	if every || tcp.IP.IsLoopback() {
		own["localhost"], own["127.0.0.1"], own["::1"] = true, true, true
	}
	if !every {
		return own
	}
	if name, err := os.Hostname(); err == nil {
		own[name] = true
	}
	addresses, err := net.InterfaceAddrs()
	if err != nil {
		return own // then they are unknown, and are not trusted
	}
	for _, address := range addresses {
		if network, is := address.(*net.IPNet); is {
			own[network.IP.String()] = true
		}
	}
	return own
}
