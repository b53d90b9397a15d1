package webhooks

import (
	"context"
	"reflect"

	"github.com/accord-broker/accord/internal/audit"
)

// note notes in the audit what is changed of a webhook, which is the zero value
// where there was or is none. Of the request only the method and the host are
// told, and whether it differs: all else may be secret.
func (w Webhook) note(ctx context.Context, before Webhook) {
	audit.About(ctx, before.Consumer.Name, before.Provider.Name, w.Consumer.Name, w.Provider.Name)
	audit.Changed(ctx, "webhook", textOf(before.UUID), textOf(w.UUID))
	audit.Changed(ctx, "description", textOf(before.Description), textOf(w.Description))
	audit.Changed(ctx, "consumer", before.Consumer.described("consumer"), w.Consumer.described("consumer"))
	audit.Changed(ctx, "provider", before.Provider.described("provider"), w.Provider.described("provider"))
	audit.Changed(ctx, "events", before.eventTexts(), w.eventTexts())
	audit.Changed(ctx, "enabled", before.Enabled, w.Enabled)
	audit.Changed(ctx, "paused", before.Paused, w.Paused)
	audit.Changed(ctx, "format", textOf(string(before.Format)), textOf(string(w.Format)))
	if before.UUID == "" || w.UUID == "" {
		return
	}
	audit.Changed(ctx, "receiver", before.Request.Title(), w.Request.Title())
	if !reflect.DeepEqual(before.EventFilter, w.EventFilter) {
		audit.Changed(ctx, "filter", "as before", "another")
	}
	if !reflect.DeepEqual(before.Request, w.Request) {
		audit.Changed(ctx, "request", "as before", "another")
	}
}

// textOf is a text, or nothing for an empty one.
func textOf(text string) any {
	if text == "" {
		return nil
	}
	return text
}

// described says which applications a side means; nothing for any.
func (s Side) described(role string) any {
	if s.Any() {
		return nil
	}
	return s.words(role)
}

func (w Webhook) eventTexts() (texts []string) {
	for _, event := range w.Events {
		texts = append(texts, string(event))
	}
	return texts
}
