package app

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
)

// caller asks a handler in the same process, as a client would.
type caller struct {
	handler http.Handler
}

// call sends a body as JSON, or none if it is nil, and returns the answer.
func (c caller) call(ctx context.Context, method, address string, body any) (status int, text []byte, err error) {
	var content []byte
	if body != nil {
		if content, err = json.Marshal(body); err != nil {
			return 0, nil, err
		}
	}
	request, err := http.NewRequestWithContext(ctx, method, address, bytes.NewReader(content))
	if err != nil {
		return 0, nil, err
	}
	request.Header.Set("Content-Type", "application/json")
	answer := &answer{header: http.Header{}, status: http.StatusOK}
	c.handler.ServeHTTP(answer, request)
	return answer.status, answer.text.Bytes(), nil
}

// answer keeps what a handler writes.
type answer struct {
	header http.Header
	status int
	text   bytes.Buffer
}

func (a *answer) Header() http.Header            { return a.header }
func (a *answer) WriteHeader(status int)         { a.status = status }
func (a *answer) Write(text []byte) (int, error) { return a.text.Write(text) }
