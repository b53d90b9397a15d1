package edge

import (
	"net/http"
	"time"
)

const (
	// defaultTakeWithin is how long a client may leave a part of a large answer, and
	// answerPart how large that is: what the slowest client takes in that time.
	defaultTakeWithin = 10 * time.Second
	answerPart        = slowestBody * int(defaultTakeWithin/time.Second)
)

// paced sends an answer for which memory is reserved in parts, each of which the
// client must take in time: who reads on may take as long as it likes, and who reads
// nothing keeps others waiting no longer than for one part.
type paced struct {
	http.ResponseWriter
	state  *requestState
	within time.Duration
}

func (w *paced) Write(p []byte) (written int, err error) {
	for len(w.state.shares) > 0 && len(p) > answerPart {
		n, err := w.writePart(p[:answerPart])
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
		_ = w.state.control.SetWriteDeadline(time.Now().Add(w.within))
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
