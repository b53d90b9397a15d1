package pactbroker

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/accord-broker/accord/internal/archive"
)

func (s *Source) webhooks(ctx context.Context, take func(archive.Record) error) error {
	events := map[int64][]string{}
	err := s.db.Each(ctx, "SELECT webhook_id, name FROM webhook_events ORDER BY id", func(v []any) error {
		id, name := number(v[0]), text(v[1])
		if !slices.Contains(events[id], name) {
			events[id] = append(events[id], name)
		}
		return nil
	})
	if err != nil {
		return err
	}
	older, err := s.olderHeaders(ctx)
	if err != nil {
		return err
	}
	return s.taking(ctx, `SELECT w.id, w.uuid, w.description, w.method, w.url, w.username, w.password, w.headers, w.body, w.is_json_request_body, w.enabled,
		c.name, p.name, w.consumer_label, w.provider_label, `+s.times("w")+`, w.consumer_id, w.provider_id
		FROM webhooks w LEFT JOIN pacticipants c ON c.id = w.consumer_id LEFT JOIN pacticipants p ON p.id = w.provider_id ORDER BY w.id`, take, func(v []any) archive.Record {
		if isLost(v[17], v[11]) || isLost(v[18], v[12]) {
			s.skip(archive.KindWebhook, archive.NoApplication, text(v[1]))
			return nil
		}
		fields, whole := headers(v[7])
		w := &archive.Webhook{
			UUID: uuidOf(v[1], archive.KindWebhook, v[0]), Description: text(v[2]), Consumer: optionalText(v[11]), Provider: optionalText(v[12]), ConsumerLabel: optionalText(v[13]), ProviderLabel: optionalText(v[14]),
			Enabled: v[10] == nil || truth(v[10]), Events: events[number(v[0])], Format: "template", EventFilter: "{}", Method: strings.ToUpper(text(v[3])), URL: text(v[4]),
			Headers: withHeaders(fields, older[number(v[0])]), Body: body(v[8], truth(v[9])), Username: text(v[5]), Password: password(v[6]), Secrets: []string{}, Plain: true, Times: s.timesOf(v[15], v[16]),
		}
		if !whole {
			s.skipped.AddOtherwise(archive.KindWebhook, archive.OddHeaders, w.UUID)
			w.Enabled = false
		}
		if len(w.Events) == 0 {
			w.Events = []string{"contract_content_changed"}
		}
		return w
	})
}

// olderHeaders are those of webhooks, by their ids, that old releases kept in a table.
func (s *Source) olderHeaders(ctx context.Context) (map[int64][]archive.HeaderField, error) {
	all := map[int64][]archive.HeaderField{}
	found, err := s.db.Columns(ctx, "webhook_headers")
	if err != nil || len(found) == 0 {
		return all, err
	}
	err = s.db.Each(ctx, "SELECT webhook_id, name, value FROM webhook_headers ORDER BY webhook_id, name", func(v []any) error {
		id := number(v[0])
		all[id] = append(all[id], archive.HeaderField{Name: strings.ToLower(text(v[1])), Value: text(v[2])})
		return nil
	})
	return all, errors.Join(err, s.countOrphan(ctx, headerOrphan))
}

// withHeaders adds the older ones of which there is none by that name.
func withHeaders(all, older []archive.HeaderField) []archive.HeaderField {
	for _, h := range older {
		if !slices.ContainsFunc(all, func(known archive.HeaderField) bool { return known.Name == h.Name }) {
			all = append(all, h)
		}
	}
	return all
}

// isLost reports whether an application that is referred to has no name, or is not
// there: a webhook about it must not become one about all applications.
func isLost(id, name any) bool { return id != nil && strings.TrimSpace(text(name)) == "" }

// password is kept in base64.
func password(value any) string {
	kept := text(value)
	if plain, err := base64.StdEncoding.DecodeString(kept); err == nil {
		return string(plain)
	}
	return kept
}

// headers are kept as a JSON object, in its order. It is not whole if some of it cannot be
// read as names and values.
func headers(value any) (all []archive.HeaderField, whole bool) {
	all = []archive.HeaderField{}
	kept := text(value)
	if strings.TrimSpace(kept) == "" {
		return all, true
	}
	decoder := json.NewDecoder(strings.NewReader(kept))
	decoder.UseNumber()
	start, err := decoder.Token()
	if err != nil || start != json.Delim('{') {
		return all, err == nil && start == nil // null is none
	}
	whole = true
	for decoder.More() {
		name, err := decoder.Token()
		if err != nil {
			return all, false
		}
		var value any
		if decoder.Decode(&value) != nil {
			return all, false
		}
		written, is := headerValue(value)
		if whole = whole && is; is {
			all = append(all, archive.HeaderField{Name: strings.ToLower(fmt.Sprint(name)), Value: written})
		}
	}
	return all, whole && json.Valid([]byte(kept))
}

// headerValue is the value of a header as it is sent: nothing for null. A list or an object
// is none.
func headerValue(value any) (written string, is bool) {
	switch value.(type) {
	case nil:
		return "", true
	case []any, map[string]any:
		return "", false
	}
	return fmt.Sprint(value), true
}

// body is JSON; one that is not was kept as a text.
func body(value any, isJSON bool) *string {
	kept := optionalText(value)
	if kept == nil || *kept == "" {
		return nil
	}
	if isJSON && json.Valid([]byte(*kept)) {
		return kept
	}
	quoted, err := json.Marshal(*kept)
	if err != nil {
		return nil
	}
	told := string(quoted)
	return &told
}

// The deliveries t that are read say how it stands with a webhook: the newest for each
// pair and event, as far as the pact that it was about is there.
const (
	sqlOfDeliveries = ` JOIN webhooks w ON w.id = t.webhook_id
		JOIN pact_publications u ON u.id = t.pact_publication_id JOIN pact_versions k ON k.id = u.pact_version_id
		JOIN versions n ON n.id = u.consumer_version_id JOIN pacticipants c ON c.id = k.consumer_id JOIN pacticipants p ON p.id = k.provider_id`
	sqlNewestDeliveries = ` WHERE c.name IS NOT NULL AND p.name IS NOT NULL AND t.id IN
		(SELECT max(x.id) FROM triggered_webhooks x WHERE x.pact_publication_id IS NOT NULL GROUP BY x.webhook_id, x.consumer_id, x.provider_id, x.event_name)`
)

// deliveryUUID is the uuid of a delivery. Old releases gave none: it is made of what
// made them trigger, as theirs were later.
func deliveryUUID(uuid, trigger, id any) string {
	if own := text(uuid); own != "" {
		return own
	}
	return text(trigger) + "-" + text(id)
}

// deliveries are the newest ones. Whatever became of them, nothing is sent again.
func (s *Source) deliveries(ctx context.Context, take func(archive.Record) error) error {
	taken := int64(0)
	err := s.taking(ctx, `SELECT t.id, t.uuid, t.trigger_uuid, w.uuid, t.event_name, t.status, t.event_context, t.verification_id, c.name, n.number, p.name, u.revision_number, k.sha,
		(SELECT r.number FROM verifications r WHERE r.id = t.verification_id AND r.pact_version_id = k.id),
		a.attempts, `+s.times("t")+" FROM triggered_webhooks t"+sqlOfDeliveries+`
		LEFT JOIN (SELECT triggered_webhook_id, count(*) AS attempts FROM webhook_executions GROUP BY triggered_webhook_id) a ON a.triggered_webhook_id = t.id`+sqlNewestDeliveries+" ORDER BY t.id", take, func(v []any) archive.Record {
		taken++
		d := &archive.Delivery{
			UUID: deliveryUUID(v[1], v[2], v[0]), Webhook: optionalText(v[3]), Event: text(v[4]), Consumer: optionalText(v[8]), Version: optionalText(v[9]), Provider: optionalText(v[10]),
			SHA: optionalText(v[12]), Succeeded: text(v[5]) == "success", Attempts: number(v[14]), Times: s.timesOf(v[15], v[16]),
		}
		revision := number(v[11])
		d.Revision = &revision
		if v[13] != nil {
			result := number(v[13])
			d.ResultNumber = &result
		}
		if d.Event == "" {
			d.Event = "contract_content_changed"
			if v[7] != nil {
				d.Event = "provider_verification_published"
			}
		}
		d.Subject = text(v[8])
		if strings.HasPrefix(d.Event, "provider_") {
			d.Subject = text(v[10])
		}
		d.Context = contextOf(v[6], d)
		return d
	})
	if err != nil {
		return err
	}
	return s.db.Each(ctx, "SELECT count(*) FROM triggered_webhooks", func(v []any) error {
		if n := number(v[0]) - taken; n > 0 {
			s.skipped.Add(archive.KindDelivery, archive.DeliveryStays, "", n)
		}
		return nil
	})
}

// contextOf is what a delivery told of, as far as it can be read.
func contextOf(value any, d *archive.Delivery) string {
	var known, kept map[string]any
	kept = map[string]any{"fact": map[string]any{"id": d.UUID, "time": int64(d.CreatedAt), "data": map[string]any{}}}
	if json.Unmarshal([]byte(text(value)), &known) == nil {
		for _, name := range []string{"consumer_version_number", "consumer_version_branch", "provider_version_number", "provider_version_branch", "build_url", "base_url"} {
			if said, is := known[name].(string); is {
				kept[name] = said
			}
		}
		for _, name := range []string{"consumer_version_tags", "provider_version_descriptions"} {
			if all, are := known[name].([]any); are && !slices.ContainsFunc(all, func(one any) bool { _, is := one.(string); return !is }) {
				kept[name] = all
			}
		}
	}
	written, _ := json.Marshal(kept) // texts, lists of texts and a number can always be written
	return string(written)
}

// attempts are those of the deliveries.
func (s *Source) attempts(ctx context.Context, take func(archive.Record) error) error {
	taken := int64(0)
	err := s.taking(ctx, "SELECT t.uuid, t.trigger_uuid, t.id, e.success, e.logs, "+s.at("e.created_at")+
		" FROM webhook_executions e JOIN triggered_webhooks t ON t.id = e.triggered_webhook_id"+sqlOfDeliveries+sqlNewestDeliveries+" ORDER BY e.id", take, func(v []any) archive.Record {
		taken++
		return &archive.Attempt{Delivery: deliveryUUID(v[0], v[1], v[2]), Success: truth(v[3]), Logs: text(v[4]), CreatedAt: s.timeOr(v[5], 0)}
	})
	if err != nil {
		return err
	}
	return s.db.Each(ctx, "SELECT count(*) FROM webhook_executions x WHERE NOT "+sqlLostDelivery, func(v []any) error {
		if n := number(v[0]) - taken; n > 0 {
			s.skipped.Add(archive.KindAttempt, archive.AttemptStays, "", n)
		}
		return nil
	})
}
