package app

import (
	"context"
	"net/http"
	"time"

	"github.com/accord-broker/accord/internal/edge"
	"github.com/accord-broker/accord/internal/requests"
)

// requestsStored is how often requests are written down.
const requestsStored = time.Second

// completed counts requests, and remembers those that wanted to change something. Those of unknown
// callers are not remembered: anybody could fill the database with them.
func (a *App) completed(e edge.CompletedRequest) {
	a.count(e)
	if e.Reads || !e.Admitted || e.Status == http.StatusTooManyRequests {
		return
	}
	a.requests.Add(requests.Completed{
		RequestID: e.RequestID, ReceivedAt: e.At, Took: e.Took, Method: e.Method, Path: e.Path, Operation: e.Operation, Action: string(e.Action), Actor: e.Actor,
		Traceparent: e.TraceParent, Status: e.Status, Code: e.Code, Replayed: e.Replayed,
	})
}

// storeRequests writes down which requests came, now and then until ctx ends and
// once more then.
func (a *App) storeRequests(ctx context.Context) (wait func()) {
	return everyNow(ctx, requestsStored, func(ctx context.Context) {
		if err := a.requests.Store(ctx); err != nil {
			a.logger.Warn("which requests came could not be written down", "error", err)
		}
	})
}
