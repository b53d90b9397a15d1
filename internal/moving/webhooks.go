package moving

import (
	"context"
	"maps"
	"slices"

	"github.com/accord-broker/accord/internal/archive"
	"github.com/accord-broker/accord/internal/webhooks"
)

// WithOddWebhooksDisabled is the source with those webhooks disabled that nothing could be
// sent for, so that nothing enables them. They are among what comes otherwise.
func WithOddWebhooksDisabled(source archive.Source) archive.Source {
	return &oddDisabled{source, map[string]archive.Reason{}}
}

type oddDisabled struct {
	archive.Source
	// odd are the webhooks that were disabled until now, by their uuids, and why.
	odd map[string]archive.Reason
}

// Each hands over all records.
func (s *oddDisabled) Each(ctx context.Context, want func(archive.Kind) bool, take func(archive.Record) error) error {
	return s.Source.Each(ctx, want, func(r archive.Record) error {
		w, is := r.(*archive.Webhook)
		if !is || !w.Enabled {
			return take(r)
		}
		why := oddity(w)
		if why == "" {
			return take(r)
		}
		s.odd[w.UUID] = why
		disabled := *w
		disabled.Enabled = false
		return take(&disabled)
	})
}

// Skipped is what the source skips, and the webhooks.
func (s *oddDisabled) Skipped() []archive.Skipped {
	skipped := archive.SkipList(slices.Clone(s.Source.Skipped()))
	for _, uuid := range slices.Sorted(maps.Keys(s.odd)) {
		skipped.AddOtherwise(archive.KindWebhook, s.odd[uuid], uuid)
	}
	return skipped
}

// oddity is why nothing can be sent for a webhook, or empty if something can.
func oddity(w *archive.Webhook) archive.Reason {
	switch {
	case !webhooks.IsAddress(w.URL):
		return archive.OddURL
	case !webhooks.IsMethod(w.Method):
		return archive.OddMethod
	}
	return ""
}
