package pactbroker

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/accord-broker/accord/internal/archive"
)

// deployments are current where the table of current ones points at them,
// whatever else they say.
func (s *Source) deployments(ctx context.Context, take func(archive.Record) error) error {
	return s.taking(ctx, "SELECT d.uuid, p.name, v.number, e.uuid, d.target, "+s.at("d.undeployed_at")+", "+s.times("d")+", n.deployed_version_id, "+
		s.optional("d", "deployed_versions", "auto_created")+`, v.pacticipant_id, d.pacticipant_id
		FROM deployed_versions d JOIN versions v ON v.id = d.version_id JOIN pacticipants p ON p.id = v.pacticipant_id JOIN environments e ON e.id = d.environment_id
		LEFT JOIN currently_deployed_version_ids n ON n.deployed_version_id = d.id WHERE p.name IS NOT NULL ORDER BY d.id`, take, func(v []any) archive.Record {
		if number(v[10]) != number(v[11]) {
			s.skip(archive.KindDeployment, "its version belongs to another application", text(v[0]))
			return nil
		}
		d := &archive.Deployment{
			UUID: text(v[0]), Application: text(v[1]), Version: text(v[2]), Environment: text(v[3]), Instance: text(v[4]), Current: v[8] != nil,
			AutoCreated: truth(v[9]), UndeployedAt: optionalTime(v[5]), Times: timesOf(v[6], v[7]),
		}
		if d.Current {
			d.UndeployedAt = nil
		}
		return d
	})
}

func (s *Source) releases(ctx context.Context, take func(archive.Record) error) error {
	return s.taking(ctx, "SELECT d.uuid, p.name, v.number, e.uuid, "+s.at("d.support_ended_at")+", "+s.times("d")+", "+s.at("v.created_at")+`
		FROM released_versions d JOIN versions v ON v.id = d.version_id JOIN pacticipants p ON p.id = v.pacticipant_id JOIN environments e ON e.id = d.environment_id
		WHERE p.name IS NOT NULL ORDER BY d.id`, take, func(v []any) archive.Record {
		r := &archive.Release{UUID: text(v[0]), Application: text(v[1]), Version: text(v[2]), Environment: text(v[3]), SupportEndedAt: optionalTime(v[4])}
		r.Supported = r.SupportEndedAt == nil
		r.CreatedAt = timeOr(v[5], timeOr(v[7], 0))
		r.UpdatedAt = timeOr(v[6], r.CreatedAt)
		return r
	})
}

func contacts(value any) *string {
	written := optionalText(value)
	if written == nil || !json.Valid([]byte(*written)) || *written == "null" {
		return nil
	}
	return written
}

func (s *Source) certificates(ctx context.Context, take func(archive.Record) error) error {
	return s.taking(ctx, "SELECT uuid, description, content FROM certificates ORDER BY id", take, func(v []any) archive.Record {
		return &archive.Certificate{UUID: text(v[0]), Description: optionalText(v[1]), PEM: text(v[2])}
	})
}

// settings are those that are kept in the database, as they would be set.
func (s *Source) settings(ctx context.Context, take func(archive.Record) error) error {
	return s.taking(ctx, "SELECT c.name, "+s.optional("c", "config", "type")+", c.value FROM config c ORDER BY c.name", take, func(v []any) archive.Record {
		name, value := text(v[0]), text(v[2])
		if text(v[1]) == "boolean" {
			value = fmt.Sprint(truth(v[2]))
		}
		if name == "seed_example_data" || v[0] == nil {
			return nil
		}
		return &archive.Setting{Name: name, Value: value}
	})
}

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
	return s.taking(ctx, `SELECT w.id, w.uuid, w.description, w.method, w.url, w.username, w.password, w.headers, w.body, w.is_json_request_body, w.enabled,
		c.name, p.name, w.consumer_label, w.provider_label, `+s.times("w")+`, w.consumer_id, w.provider_id
		FROM webhooks w LEFT JOIN pacticipants c ON c.id = w.consumer_id LEFT JOIN pacticipants p ON p.id = w.provider_id ORDER BY w.id`, take, func(v []any) archive.Record {
		if isLost(v[17], v[11]) || isLost(v[18], v[12]) {
			s.skip(archive.KindWebhook, "its application is not there", text(v[1]))
			return nil
		}
		w := &archive.Webhook{
			UUID: text(v[1]), Description: text(v[2]), Consumer: optionalText(v[11]), Provider: optionalText(v[12]), ConsumerLabel: optionalText(v[13]), ProviderLabel: optionalText(v[14]),
			Enabled: v[10] == nil || truth(v[10]), Events: events[number(v[0])], Format: "template", EventFilter: "{}", Method: strings.ToUpper(text(v[3])), URL: text(v[4]),
			Headers: headers(v[7]), Body: body(v[8], truth(v[9])), Username: text(v[5]), Password: password(v[6]), Secrets: []string{}, Plain: true, Times: timesOf(v[15], v[16]),
		}
		if len(w.Events) == 0 {
			w.Events = []string{"contract_content_changed"}
		}
		return w
	})
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

// headers are kept as a JSON object, in its order.
func headers(value any) []archive.HeaderField {
	all := []archive.HeaderField{}
	decoder := json.NewDecoder(strings.NewReader(text(value)))
	decoder.UseNumber()
	if start, err := decoder.Token(); err != nil || start != json.Delim('{') {
		return all
	}
	for decoder.More() {
		name, err := decoder.Token()
		if err != nil {
			return all
		}
		var value any
		if decoder.Decode(&value) != nil {
			return all
		}
		all = append(all, archive.HeaderField{Name: strings.ToLower(fmt.Sprint(name)), Value: headerValue(value)})
	}
	return all
}

// headerValue is the value of a header as it is sent: nothing for null.
func headerValue(value any) string {
	if value == nil {
		return ""
	}
	return fmt.Sprint(value)
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

// deliveries are left where they are: a history of calls that were made.
func (s *Source) deliveries(ctx context.Context, _ func(archive.Record) error) error {
	return s.db.Each(ctx, "SELECT count(*) FROM triggered_webhooks", func(v []any) error {
		if n := number(v[0]); n > 0 {
			s.skipped.Add(archive.KindDelivery, "the history of webhooks stays with the Pact Broker", "", n)
		}
		return nil
	})
}
