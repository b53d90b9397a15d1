package app

import (
	"context"

	"github.com/accord-broker/accord/internal/edge"
	"github.com/accord-broker/accord/internal/store"
)

// reading is the database for those who answer requests: contracts are read within
// the budget of memory that requests share.
type reading struct{ *store.DB }

// ContentBody returns what was stored for a content.
func (r reading) ContentBody(ctx context.Context, contentID int64) ([]byte, error) {
	if err := r.reserve(ctx, contentID); err != nil {
		return nil, err
	}
	return r.DB.ContentBody(ctx, contentID)
}

// ContentBodies returns what was stored for each of the contents, by id.
func (r reading) ContentBodies(ctx context.Context, contentIDs ...int64) (map[int64][]byte, error) {
	if err := r.reserve(ctx, contentIDs...); err != nil {
		return nil, err
	}
	return r.DB.ContentBodies(ctx, contentIDs...)
}

func (r reading) reserve(ctx context.Context, contentIDs ...int64) error {
	sizes, err := r.ContentSizes(ctx, contentIDs...)
	if err != nil {
		return err
	}
	all := int64(0)
	for _, size := range sizes {
		all += size
	}
	return edge.Reserve(ctx, all)
}
