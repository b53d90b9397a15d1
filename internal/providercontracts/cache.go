package providercontracts

import (
	"sync"
	"time"
)

const (
	// cachedBytes is how many bytes of documents are kept ready. Ready ones take
	// several times the memory.
	cachedBytes = 6 << 20
	// cachedFor is how long a document is kept ready at least that nobody asks for.
	cachedFor = 5 * time.Minute
)

// cache keeps the documents ready that were compared last.
type cache struct {
	mu         sync.Mutex
	entries    map[string]*cached
	bytes      int
	uses       int
	purgeTimer *time.Timer
}

type cached struct {
	document readable
	// used is the place of its last use in the order of all uses; asked tells that
	// it was after the last purge.
	used  int
	asked bool
}

// get returns a document, reading its content only if it is not ready.
func (c *cache) get(sha string, content func() ([]byte, error)) (readable, error) {
	if d, known := c.known(sha); known {
		return d, nil
	}
	bytes, err := content()
	if err != nil {
		return readable{}, err
	}
	d := readDocument(sha, bytes)
	c.keep(d)
	return d, nil
}

func (c *cache) known(sha string) (readable, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	entry := c.entries[sha]
	if entry == nil {
		return readable{}, false
	}
	c.uses++
	entry.used, entry.asked = c.uses, true
	return entry.document, true
}

// keep keeps a document ready, in place of those that were used longest ago.
func (c *cache) keep(d readable) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.entries == nil {
		c.entries = map[string]*cached{}
	}
	if c.entries[d.sha] != nil || len(d.content) > cachedBytes {
		return
	}
	for c.bytes+len(d.content) > cachedBytes {
		c.drop(c.oldest())
	}
	c.uses++
	c.entries[d.sha] = &cached{document: d, used: c.uses, asked: true}
	c.bytes += len(d.content)
	if c.purgeTimer == nil {
		c.purgeTimer = time.AfterFunc(cachedFor, c.purge)
	}
}

func (c *cache) oldest() string {
	oldest := ""
	for sha, entry := range c.entries {
		if oldest == "" || entry.used < c.entries[oldest].used {
			oldest = sha
		}
	}
	return oldest
}

func (c *cache) drop(sha string) {
	c.bytes -= len(c.entries[sha].document.content)
	delete(c.entries, sha)
}

// purge lets go of what nobody has asked for since the last purge.
func (c *cache) purge() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for sha, entry := range c.entries {
		if !entry.asked {
			c.drop(sha)
			continue
		}
		entry.asked = false
	}
	c.purgeTimer = nil
	if len(c.entries) > 0 {
		c.purgeTimer = time.AfterFunc(cachedFor, c.purge)
	}
}
