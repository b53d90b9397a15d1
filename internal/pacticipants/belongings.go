package pacticipants

import "context"

// Belongings is how much is deleted together with an application.
type Belongings struct {
	Versions, Branches int
	// AsConsumer and AsProvider are the pairs with a contract in either role.
	AsConsumer, AsProvider int
	Contents, Results      int
	// Places is how often a version of it is deployed or released now.
	Places int
	// Webhooks are those that name it.
	Webhooks int
}

// BelongingsReader counts what belongs to an application.
type BelongingsReader interface {
	BelongingsOf(ctx context.Context, p Pacticipant) (Belongings, error)
}
