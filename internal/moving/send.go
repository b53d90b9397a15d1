package moving

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
)

// Send sends a body as JSON, or none if it is nil, to a path or a link of the broker,
// and returns what it answers, be it a refusal. It tries again while the broker is
// busy; the error is that it could not be asked, or ErrRefused.
func (r Remote) Send(ctx context.Context, method, link string, body any) (status int, answer []byte, err error) {
	c, err := newClient(r)
	if err != nil {
		return 0, nil, err
	}
	sent := []byte{}
	if body != nil {
		if sent, err = json.Marshal(body); err != nil {
			return 0, nil, err
		}
	}
	answer, err = c.ask(ctx, method, link, largestList, sent)
	var refusal rejected
	switch {
	case errors.Is(err, errNotThere):
		return http.StatusNotFound, nil, nil
	case errors.As(err, &refusal):
		return refusal.status, []byte(refusal.body), nil
	case err != nil:
		return 0, nil, err
	}
	return http.StatusOK, answer, nil
}
