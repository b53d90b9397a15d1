package pactbroker

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/google/uuid"

	"github.com/accord-broker/accord/internal/archive"
)

// deployments are current where the table of current ones points at them,
// whatever else they say.
func (s *Source) deployments(ctx context.Context, take func(archive.Record) error) error {
	return s.taking(ctx, "SELECT d.uuid, p.name, v.number, e.uuid, d.target, "+s.at("d.undeployed_at")+", "+s.times("d")+", EXISTS (SELECT 1 FROM currently_deployed_version_ids n WHERE n.deployed_version_id = d.id), "+
		s.optional("d", "deployed_versions", "auto_created")+`, v.pacticipant_id, d.pacticipant_id, d.id, e.name
		FROM deployed_versions d JOIN versions v ON v.id = d.version_id JOIN pacticipants p ON p.id = v.pacticipant_id JOIN environments e ON e.id = d.environment_id
		WHERE p.name IS NOT NULL ORDER BY d.id`, take, func(v []any) archive.Record {
		if number(v[10]) != number(v[11]) {
			s.skip(archive.KindDeployment, archive.VersionOfAnotherApplication, text(v[0]))
			return nil
		}
		d := &archive.Deployment{
			UUID: uuidOf(v[0], archive.KindDeployment, v[1], v[2], v[12]), Application: text(v[1]), Version: text(v[2]), Environment: environmentUUID(v[3], v[13]), Instance: text(v[4]), Current: truth(v[8]),
			AutoCreated: truth(v[9]), Times: s.timesOf(v[6], v[7]),
		}
		d.UndeployedAt = s.ended(v[5], d.UpdatedAt)
		if d.Current {
			d.UndeployedAt = nil
		}
		return d
	})
}

func (s *Source) releases(ctx context.Context, take func(archive.Record) error) error {
	return s.taking(ctx, "SELECT d.uuid, p.name, v.number, e.uuid, "+s.at("d.support_ended_at")+", "+s.times("d")+", "+s.at("v.created_at")+`, d.id, e.name
		FROM released_versions d JOIN versions v ON v.id = d.version_id JOIN pacticipants p ON p.id = v.pacticipant_id JOIN environments e ON e.id = d.environment_id
		WHERE p.name IS NOT NULL ORDER BY d.id`, take, func(v []any) archive.Record {
		r := &archive.Release{UUID: uuidOf(v[0], archive.KindRelease, v[1], v[2], v[8]), Application: text(v[1]), Version: text(v[2]), Environment: environmentUUID(v[3], v[9])}
		if made := optionalTime(v[7]); made != nil {
			r.CreatedAt = *made
		}
		r.CreatedAt = s.timeOr(v[5], r.CreatedAt)
		r.UpdatedAt = s.timeOr(v[6], r.CreatedAt)
		r.SupportEndedAt = s.ended(v[4], r.UpdatedAt)
		r.Supported = r.SupportEndedAt == nil
		return r
	})
}

// environmentUUID is the uuid of an environment, by which others name it, too.
func environmentUUID(given, name any) string { return uuidOf(given, archive.KindEnvironment, name) }

// uuidOf is the uuid of a row. One that has none gets one that follows from what it is.
func uuidOf(given any, kind archive.Kind, about ...any) string {
	if own := text(given); own != "" {
		return own
	}
	what := "accord pact broker " + string(kind)
	for _, a := range about {
		what += "\n" + text(a)
	}
	return uuid.NewSHA1(uuid.NameSpaceOID, []byte(what)).String()
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
