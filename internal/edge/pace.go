package edge

import (
	"io"
	"net/http"
	"time"
)

const (
	// slowestClient is how many bytes a second a client must take of a large answer, and
	// send of a large body, so that nobody keeps others waiting by doing nothing.
	slowestClient = 32 << 10
	// defaultPartWithin is how long it may take over a part, and partSize how large that
	// is.
	defaultPartWithin = 10 * time.Second
	partSize          = slowestClient * int(defaultPartWithin/time.Second)
)

// paced sends an answer for which memory is reserved in parts, each of which the
// client must take in time: who reads on may take as long as it likes, and who reads
// nothing keeps others waiting no longer than for one part.
type paced struct {
	http.ResponseWriter
	state *requestState
}

func (w *paced) Write(p []byte) (written int, err error) {
	for len(w.state.shares) > 0 && len(p) > partSize {
		n, err := w.writePart(p[:partSize])
		written += n
		if err != nil {
			return written, err
		}
		p = p[n:]
	}
	n, err := w.writePart(p)
	return written + n, err
}

// writePart sends a part within the time that it may take. Tests have no connection
// to limit.
func (w *paced) writePart(p []byte) (int, error) {
	if len(w.state.shares) > 0 {
		_ = w.state.control.SetWriteDeadline(time.Now().Add(w.state.partWithin))
	}
	return w.ResponseWriter.Write(p)
}

// Flush sends what was written so far.
func (w *paced) Flush() {
	if flusher, ok := w.ResponseWriter.(http.Flusher); ok {
		flusher.Flush()
	}
}

// Unwrap gives http.ResponseController the writer below.
func (w *paced) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// pacedBody reads a body of which, once it is hurried, each part must arrive in time:
// who sends on may take as long as the body needs.
type pacedBody struct {
	io.ReadCloser
	control *http.ResponseController
	within  time.Duration
	hurried bool
	// left is how much of the part has not arrived.
	left int
}

// hurry begins to limit the time for each part, and returns what ends it.
func (b *pacedBody) hurry() (end func()) {
	b.hurried = true
	return func() {
		b.hurried = false
		_ = b.control.SetReadDeadline(time.Time{})
	}
}

func (b *pacedBody) Read(p []byte) (int, error) {
	if b.hurried && b.left <= 0 {
		b.left = partSize
		_ = b.control.SetReadDeadline(time.Now().Add(b.within))
	}
	n, err := b.ReadCloser.Read(p)
	if b.hurried {
		b.left -= n
	}
	return n, err
}
