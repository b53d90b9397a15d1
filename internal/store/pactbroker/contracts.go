package pactbroker

import (
	"context"
	"encoding/json"

	"github.com/accord-broker/accord/internal/archive"
)

// integrations are the pairs that the Pact Broker knows as such, and those that
// only contents tell of.
func (s *Source) integrations(ctx context.Context, take func(archive.Record) error) error {
	record := func(v []any) archive.Record {
		return &archive.Integration{Consumer: text(v[0]), Provider: text(v[1]), CreatedAt: s.timeOr(v[2], 0)}
	}
	err := s.taking(ctx, "SELECT c.name, p.name, "+s.at("i.created_at")+" FROM integrations i JOIN pacticipants c ON c.id = i.consumer_id JOIN pacticipants p ON p.id = i.provider_id"+
		" WHERE c.name IS NOT NULL AND p.name IS NOT NULL ORDER BY i.id", take, record)
	if err != nil {
		return err
	}
	return s.taking(ctx, "SELECT c.name, p.name, "+s.at("min(k.created_at)")+` FROM pact_versions k JOIN pacticipants c ON c.id = k.consumer_id JOIN pacticipants p ON p.id = k.provider_id
		WHERE c.name IS NOT NULL AND p.name IS NOT NULL AND NOT EXISTS (SELECT 1 FROM integrations i WHERE i.consumer_id = k.consumer_id AND i.provider_id = k.provider_id)
		GROUP BY c.name, p.name ORDER BY min(k.id)`, take, record)
}

func (s *Source) contents(ctx context.Context, take func(archive.Record) error) error {
	return s.taking(ctx, "SELECT c.name, p.name, k.sha, k.content, "+s.at("k.created_at")+` FROM pact_versions k
		JOIN pacticipants c ON c.id = k.consumer_id JOIN pacticipants p ON p.id = k.provider_id WHERE c.name IS NOT NULL AND p.name IS NOT NULL ORDER BY k.id`,
		take, func(v []any) archive.Record {
			if v[3] == nil {
				s.skip(archive.KindContent, archive.NoText, text(v[2]))
				return nil
			}
			content := &archive.Content{Consumer: text(v[0]), Provider: text(v[1]), SHA: text(v[2]), CreatedAt: s.timeOr(v[4], 0)}
			content.SetText([]byte(text(v[3])))
			return content
		})
}

func (s *Source) publications(ctx context.Context, take func(archive.Record) error) error {
	return s.taking(ctx, "SELECT c.name, v.number, p.name, u.revision_number, k.sha, "+s.at("u.created_at")+`, k.consumer_id, k.provider_id, v.pacticipant_id, u.provider_id, k.content IS NULL
		FROM pact_publications u JOIN versions v ON v.id = u.consumer_version_id JOIN pacticipants c ON c.id = v.pacticipant_id
		JOIN pacticipants p ON p.id = u.provider_id JOIN pact_versions k ON k.id = u.pact_version_id WHERE c.name IS NOT NULL AND p.name IS NOT NULL ORDER BY u.id`, take, func(v []any) archive.Record {
		if number(v[6]) != number(v[8]) || number(v[7]) != number(v[9]) {
			s.skip(archive.KindPublication, archive.ContentOfAnotherPair, text(v[0])+" "+text(v[1])+" to "+text(v[2]))
			return nil
		}
		if truth(v[10]) {
			s.skip(archive.KindPublication, archive.ContentWithoutText, text(v[0])+" "+text(v[1])+" to "+text(v[2])+" revision "+text(v[3]))
			return nil
		}
		return &archive.Publication{Consumer: text(v[0]), Version: text(v[1]), Provider: text(v[2]), Revision: number(v[3]), SHA: text(v[4]), CreatedAt: s.timeOr(v[5], 0)}
	})
}

// results come in the order of their ids, which decides which is the latest.
func (s *Source) results(ctx context.Context, take func(archive.Record) error) error {
	tags, err := s.tagsOfOldResults(ctx)
	if err != nil {
		return err
	}
	named, sqlOld := "v.number", ""
	if s.columns["verifications"]["provider_version"] {
		named, sqlOld = "coalesce(v.number, o.number)", " LEFT JOIN versions o ON r.provider_version_id IS NULL AND o.pacticipant_id = k.provider_id AND o.number = r.provider_version"
	}
	client := func(column string) string { return s.optional("r", "verifications", "verified_by_client_"+column) }
	return s.taking(ctx, "SELECT r.id, c.name, p.name, k.sha, r.number, "+named+", r.success, r.wip, "+s.optional("r", "verifications", "pact_pending")+", "+
		s.at("r.execution_date")+", "+s.at("r.created_at")+`, r.build_url, r.verified_by_implementation, r.verified_by_version, `+
		client("implementation")+", "+client("version")+", "+client("test_framework")+`, r.consumer_version_selector_hashes, r.tag_names, r.test_results, k.content IS NULL
		FROM verifications r JOIN pact_versions k ON k.id = r.pact_version_id JOIN pacticipants c ON c.id = k.consumer_id JOIN pacticipants p ON p.id = k.provider_id
		LEFT JOIN versions v ON v.id = r.provider_version_id AND v.pacticipant_id = k.provider_id`+sqlOld+` WHERE c.name IS NOT NULL AND p.name IS NOT NULL ORDER BY r.id`,
		take, func(v []any) archive.Record {
			if v[5] == nil {
				s.skip(archive.KindResult, archive.NoProviderVersion, text(v[3])+" no. "+text(v[4]))
				return nil
			}
			if truth(v[20]) {
				s.skip(archive.KindResult, archive.ContentWithoutText, text(v[3])+" no. "+text(v[4]))
				return nil
			}
			r := &archive.Result{
				Consumer: text(v[1]), Provider: text(v[2]), SHA: text(v[3]), Number: number(v[4]), ProviderVersion: text(v[5]), Success: truth(v[6]), WIP: truth(v[7]),
				Pending: optionalTruth(v[8]), CreatedAt: s.timeOr(v[10], 0), BuildURL: optionalText(v[11]), VerifiedBy: verifier(v[12:17]),
				Selectors: optionalText(v[17]), Tags: list(v[18]), TestResults: optionalText(v[19]),
			}
			r.ExecutedAt = s.timeOr(v[9], r.CreatedAt)
			if v[4] == nil {
				r.Number = number(v[0])
			}
			if v[18] == nil {
				r.Tags = tags[number(v[0])]
			}
			return r
		})
}

// tagsOfOldResults are the tags under which results succeeded that are from before
// the Pact Broker kept the tags of each, by the ids of the results.
func (s *Source) tagsOfOldResults(ctx context.Context) (map[int64][]string, error) {
	tags := map[int64][]string{}
	err := s.db.Each(ctx, `SELECT f.verification_id, f.provider_version_tag_name, f.wip FROM pact_version_provider_tag_successful_verifications f
		JOIN verifications r ON r.id = f.verification_id WHERE r.tag_names IS NULL ORDER BY f.verification_id, f.provider_version_tag_name`, func(v []any) error {
		if !truth(v[2]) {
			tags[number(v[0])] = append(tags[number(v[0])], text(v[1]))
		}
		return nil
	})
	return tags, err
}

// verifier is who verified, in the form in which clients send it.
func verifier(columns []any) *string {
	type language struct {
		Name          *string `json:"name,omitempty"`
		Version       *string `json:"version,omitempty"`
		TestFramework *string `json:"testFramework,omitempty"`
	}
	var by struct {
		Implementation *string   `json:"implementation,omitempty"`
		Version        *string   `json:"version,omitempty"`
		ClientLanguage *language `json:"clientLanguage,omitempty"`
	}
	client := language{optionalText(columns[2]), optionalText(columns[3]), optionalText(columns[4])}
	by.Implementation, by.Version = optionalText(columns[0]), optionalText(columns[1])
	if client != (language{}) {
		by.ClientLanguage = &client
	}
	if by.Implementation == nil && by.Version == nil && by.ClientLanguage == nil {
		return nil
	}
	written, err := json.Marshal(by)
	if err != nil {
		return nil
	}
	told := string(written)
	return &told
}

// firstSuccesses are those whose result is gone.
func (s *Source) firstSuccesses(ctx context.Context, take func(archive.Record) error) error {
	return s.taking(ctx, "SELECT c.name, p.name, k.sha, f.provider_version_tag_name, "+s.at("f.execution_date")+`, f.wip, k.content IS NULL
		FROM pact_version_provider_tag_successful_verifications f JOIN pact_versions k ON k.id = f.pact_version_id
		JOIN pacticipants c ON c.id = k.consumer_id JOIN pacticipants p ON p.id = k.provider_id
		LEFT JOIN verifications r ON r.id = f.verification_id WHERE r.id IS NULL AND c.name IS NOT NULL AND p.name IS NOT NULL ORDER BY f.id`, take, func(v []any) archive.Record {
		if truth(v[5]) {
			return nil // verified as work in progress, which it stays
		}
		if truth(v[6]) {
			s.skip(archive.KindFirstSuccess, archive.ContentWithoutText, text(v[2])+" by "+text(v[3]))
			return nil
		}
		return &archive.FirstSuccess{Consumer: text(v[0]), Provider: text(v[1]), SHA: text(v[2]), Tag: text(v[3]), At: s.timeOr(v[4], 0)}
	})
}
