package events

import "context"

// Cause tells what made something happen: the request and who sent it.
type Cause struct {
	RequestID   string
	Traceparent string
	Actor       string
	// BaseURL is the address under which the caller reached the broker; what is
	// sent later, such as a webhook, builds its links on it.
	BaseURL string
}

type causeKey struct{}

// WithCause returns a context in which facts are announced with this cause.
func WithCause(ctx context.Context, cause Cause) context.Context {
	return context.WithValue(ctx, causeKey{}, cause)
}

// CauseOf returns the cause kept in the context, or the zero Cause.
func CauseOf(ctx context.Context) Cause {
	cause, _ := ctx.Value(causeKey{}).(Cause)
	return cause
}
