package edge

import (
	"errors"
	"net/http"
	"slices"

	"github.com/gin-gonic/gin"
)

// bufferedAnswer is an answer that is not sent yet.
type bufferedAnswer struct {
	gin.ResponseWriter
	before http.Header
	status int
	body   []byte
}

// bufferAnswer keeps back what is answered until send or release.
func bufferAnswer(c *gin.Context) *bufferedAnswer {
	buffered := &bufferedAnswer{ResponseWriter: c.Writer, before: c.Writer.Header().Clone()}
	c.Writer = buffered
	return buffered
}

// release lets what follows be answered directly.
func (h *bufferedAnswer) release(c *gin.Context) { c.Writer = h.ResponseWriter }

// discard drops what was answered so far.
func (h *bufferedAnswer) discard() {
	header := h.Header()
	clear(header)
	for name, values := range h.before {
		header[name] = values
	}
	h.status, h.body = 0, nil
}

// answered is what becomes of the transaction in which a handler has answered: it is
// undone if the handler has failed, or has answered with a failure itself.
func (h *bufferedAnswer) answered(failed error) error {
	if failed == nil && h.status >= http.StatusBadRequest {
		return errNotStored
	}
	return failed
}

// finish sends the answer, or returns why there is none: the handler has failed, or
// its transaction has.
func (h *bufferedAnswer) finish(failed, err error) error {
	if failed == nil {
		failed = err
	}
	if failed == nil || errors.Is(failed, errNotStored) {
		return h.send()
	}
	h.discard()
	return failed
}

// added are the headers that were set since.
func (h *bufferedAnswer) added() http.Header {
	added := http.Header{}
	for name, values := range h.Header() {
		if !slices.Equal(values, h.before[name]) {
			added[name] = values
		}
	}
	return added
}

// Status is that of the answer.
func (h *bufferedAnswer) Status() int {
	if h.status == 0 {
		return http.StatusOK
	}
	return h.status
}

// WriteHeader notes the status.
func (h *bufferedAnswer) WriteHeader(status int) { h.status = status }

// Write notes a part of the body, which is kept as it is if it is the only one.
func (h *bufferedAnswer) Write(p []byte) (int, error) {
	if h.body == nil {
		h.body = p[:len(p):len(p)]
	} else {
		h.body = append(h.body, p...)
	}
	return len(p), nil
}

// send sends the answer.
func (h *bufferedAnswer) send() error {
	h.ResponseWriter.WriteHeader(h.Status())
	if len(h.body) == 0 {
		return nil
	}
	if _, err := h.ResponseWriter.Write(h.body); err != nil {
		return clientGone{err}
	}
	return nil
}
