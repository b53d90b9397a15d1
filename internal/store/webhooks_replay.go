package store

import (
	"context"

	"github.com/accord-broker/accord/internal/store/db"
	"github.com/accord-broker/accord/internal/webhooks"
)

func (q *queries) ListDeliveries(ctx context.Context, f webhooks.DeliveryQuery) ([]webhooks.Triggered, error) {
	var c condition
	for _, narrow := range []struct {
		text, value string
	}{
		{"w.uuid = ?", f.Webhook}, {"t.event = ?", string(f.Event)}, {q.named("c.name"), f.Consumer}, {q.named("p.name"), f.Provider},
	} {
		if narrow.value != "" {
			c.and(narrow.text, narrow.value)
		}
	}
	if f.Application != "" {
		c.and("("+q.named("c.name")+" OR "+q.named("p.name")+" OR "+q.named("t.subject")+")", f.Application, f.Application, f.Application)
	}
	if f.Applications != nil {
		names, err := q.dialect.Texts(f.Applications)
		if err != nil {
			return nil, err
		}
		c.and("("+q.namedAmong("c.name")+" OR "+q.namedAmong("p.name")+" OR "+q.namedAmong("t.subject")+")", names, names, names)
	}
	if f.Webhooks != nil {
		list, err := q.dialect.Texts(f.Webhooks)
		if err != nil {
			return nil, err
		}
		c.and(q.dialect.AmongTexts("w.uuid"), list)
	}
	if len(f.Statuses) > 0 {
		c.and("t.status IN ?", f.Statuses)
	}
	if !f.Since.IsZero() {
		c.and("t.created_at >= ?", microsOf(f.Since))
	}
	if !f.Until.IsZero() {
		c.and("t.created_at < ?", microsOf(f.Until))
	}
	if f.WithWebhook {
		c.and("w.id IS NOT NULL")
	}
	sqlOrder := " ORDER BY t.id DESC LIMIT ?"
	if f.OldestFirst {
		sqlOrder = " ORDER BY t.id LIMIT ?"
		c.and("t.id > ?", f.Beyond)
	} else if f.Beyond != 0 {
		c.and("t.id < ?", f.Beyond)
	}
	narrowed := ""
	if c.text != "" {
		narrowed = "AND " + c.text
	}
	return q.triggered(ctx, narrowed+sqlOrder, append(c.args, f.Limit)...)
}

func (tx *Tx) PauseDelivery(ctx context.Context, uuid string, attempts int) (bool, error) {
	const sqlWebhookOfDelivery = "SELECT id FROM webhooks WHERE id = (SELECT webhook_id FROM triggered_webhooks WHERE uuid = ?)"
	if err := tx.lockBy(ctx, "lock webhook of delivery", sqlWebhookOfDelivery+" FOR NO KEY UPDATE", uuid); err != nil {
		return false, err
	}
	_, paused, err := row[int64](ctx, &tx.queries, "look whether webhook is paused", sqlWebhookOfDelivery+" AND paused", uuid)
	if err != nil || !paused {
		return false, err
	}
	changed, err := tx.exec(ctx, "pause delivery", "UPDATE triggered_webhooks SET held = ?, updated_at = ? WHERE uuid = ? AND attempts = ?", true, tx.now, uuid, attempts)
	return changed > 0, err
}

func (tx *Tx) ReleaseDeliveries(ctx context.Context, webhookID int64) ([]webhooks.Triggered, error) {
	paused, err := tx.triggered(ctx, "AND t.webhook_id = ? AND t.held ORDER BY t.id", webhookID)
	if err != nil {
		return nil, err
	}
	_, err = tx.exec(ctx, "release deliveries", "UPDATE triggered_webhooks SET held = ? WHERE webhook_id = ? AND held", false, webhookID)
	return paused, err
}

func (tx *Tx) RestartDelivery(ctx context.Context, uuid string) (webhooks.Triggered, bool, error) {
	restarted, err := tx.exec(ctx, "restart delivery", `
		UPDATE triggered_webhooks SET status = ?, round_start = attempts, updated_at = ?
		WHERE uuid = ? AND webhook_id IS NOT NULL AND status IN ?`,
		string(webhooks.Retrying), tx.now, uuid, []webhooks.Status{webhooks.Success, webhooks.Failure})
	if err != nil || restarted == 0 {
		return webhooks.Triggered{}, false, err
	}
	return db.First(tx.triggered(ctx, "AND t.uuid = ?", uuid))
}

func (q *queries) VersionRefs(ctx context.Context, pacticipant, number string) (webhooks.VersionRefs, error) {
	var t webhooks.VersionRefs
	id, found, err := row[int64](ctx, q, "find version", `
		SELECT v.id FROM versions v JOIN pacticipants p ON p.id = v.pacticipant_id WHERE p.name = ? AND v.number = ?`, pacticipant, number)
	if err != nil || !found {
		return t, err
	}
	if t.Tags, err = rows[string](ctx, q, "read tags of version", "SELECT name FROM tags WHERE version_id = ? ORDER BY id", id); err != nil {
		return t, err
	}
	t.Branches, err = rows[string](ctx, q, "read branches of version", `
		SELECT b.name FROM branch_versions bv JOIN branches b ON b.id = bv.branch_id WHERE bv.version_id = ? ORDER BY bv.id`, id)
	return t, err
}
