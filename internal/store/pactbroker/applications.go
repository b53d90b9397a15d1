package pactbroker

import (
	"context"
	"strings"

	"github.com/accord-broker/accord/internal/archive"
	"github.com/accord-broker/accord/internal/pacticipants"
)

// taking hands over what a statement finds, made into records; nil is passed over.
func (s *Source) taking(ctx context.Context, text string, take func(archive.Record) error, record func(values []any) archive.Record) error {
	return s.db.Each(ctx, text, func(values []any) error {
		r := record(values)
		if r == nil {
			return nil
		}
		return take(r)
	})
}

// displayed is a name for people, made of the name where there is none.
func displayed(value any, name string) string {
	if shown := text(value); strings.TrimSpace(shown) != "" {
		return shown
	}
	return pacticipants.DisplayName(name)
}

func (s *Source) applications(ctx context.Context, take func(archive.Record) error) error {
	return s.taking(ctx, "SELECT p.id, p.name, p.display_name, p.repository_url, p.repository_name, p.repository_namespace, p.main_branch, "+s.times("p")+
		" FROM pacticipants p ORDER BY p.id", take, func(v []any) archive.Record {
		name := text(v[1])
		if v[1] == nil || strings.TrimSpace(name) == "" {
			s.skip(archive.KindApplication, archive.NoName, "id "+text(v[0]))
			return nil
		}
		return &archive.Application{
			Name: name, DisplayName: displayed(v[2], name), RepositoryURL: optionalText(v[3]), RepositoryName: optionalText(v[4]),
			RepositoryNamespace: optionalText(v[5]), MainBranch: optionalText(v[6]), Times: s.timesOf(v[7], v[8]),
		}
	})
}

func (s *Source) labels(ctx context.Context, take func(archive.Record) error) error {
	return s.taking(ctx, "SELECT p.name, l.name, "+s.times("l")+" FROM labels l JOIN pacticipants p ON p.id = l.pacticipant_id WHERE p.name IS NOT NULL AND l.name IS NOT NULL ORDER BY p.id, l.name",
		take, func(v []any) archive.Record {
			return &archive.Label{Application: text(v[0]), Name: text(v[1]), Times: s.timesOf(v[2], v[3])}
		})
}

func (s *Source) environments(ctx context.Context, take func(archive.Record) error) error {
	return s.taking(ctx, "SELECT e.uuid, e.name, e.display_name, e.production, e.contacts, "+s.times("e")+" FROM environments e ORDER BY e.id", take, func(v []any) archive.Record {
		return &archive.Environment{
			UUID: environmentUUID(v[0], v[1]), Name: text(v[1]), DisplayName: displayed(v[2], text(v[1])), Production: truth(v[3]), Contacts: contacts(v[4]), Times: s.timesOf(v[5], v[6]),
		}
	})
}

// versions come application by application, each in its order. Where that has
// gaps or says something twice, their place takes its place.
func (s *Source) versions(ctx context.Context, take func(archive.Record) error) error {
	order := s.order("v")
	last, place := int64(0), int64(0)
	return s.taking(ctx, "SELECT v.id, p.id, p.name, v.number, "+order+", v.build_url, "+s.times("v")+
		" FROM versions v JOIN pacticipants p ON p.id = v.pacticipant_id WHERE p.name IS NOT NULL ORDER BY p.id, CASE WHEN "+order+" IS NULL THEN 0 ELSE 1 END, "+order+", v.id",
		take, func(v []any) archive.Record {
			owner := number(v[1])
			if owner != last {
				last, place = owner, 0
			}
			place++
			name := text(v[3])
			if strings.TrimSpace(name) == "" {
				s.skip(archive.KindVersion, archive.NoNumber, text(v[2])+" id "+text(v[0]))
				return nil
			}
			rank := number(v[4])
			if s.unordered[owner] {
				rank = place
			}
			return &archive.Version{Application: text(v[2]), Number: name, Rank: rank, SourceID: number(v[0]), BuildURL: optionalText(v[5]), Times: s.timesOf(v[6], v[7])}
		})
}

func (s *Source) branches(ctx context.Context, take func(archive.Record) error) error {
	err := s.taking(ctx, "SELECT p.name, b.name, v.number, "+s.times("b")+`, h.version_id FROM branches b JOIN pacticipants p ON p.id = b.pacticipant_id
		LEFT JOIN branch_heads h ON h.branch_id = b.id LEFT JOIN versions v ON v.id = h.version_id AND v.pacticipant_id = b.pacticipant_id
			AND EXISTS (SELECT 1 FROM branch_versions m WHERE m.branch_id = b.id AND m.version_id = v.id)
		WHERE p.name IS NOT NULL AND b.name IS NOT NULL ORDER BY b.id`, take, func(v []any) archive.Record {
		if v[5] != nil && v[2] == nil {
			s.skipped.AddOtherwise(archive.KindBranch, archive.HeadNotOnBranch, text(v[0])+" "+text(v[1]))
		}
		return &archive.Branch{Application: text(v[0]), Name: text(v[1]), Head: optionalText(v[2]), Times: s.timesOf(v[3], v[4])}
	})
	if err != nil || !s.columns["versions"]["branch"] {
		return err
	}
	return s.taking(ctx, "SELECT p.name, v.branch, "+s.at("min(v.created_at)")+", "+s.at("max(v.created_at)")+sqlVersionsOfBranch+
		" AND NOT EXISTS (SELECT 1 FROM branches b WHERE b.pacticipant_id = v.pacticipant_id AND b.name = v.branch) GROUP BY p.name, v.branch ORDER BY min(v.id)", take, func(v []any) archive.Record {
		return &archive.Branch{Application: text(v[0]), Name: text(v[1]), Times: s.timesOf(v[2], v[3])}
	})
}

// sqlVersionsOfBranch finds versions v that alone tell of their branch: releases before 2.84 had no
// other place for it, and later ones copy it when they start. What was on a branch
// that has been deleted is older than what is on others.
const sqlVersionsOfBranch = ` FROM versions v JOIN pacticipants p ON p.id = v.pacticipant_id
	WHERE p.name IS NOT NULL AND v.number IS NOT NULL AND v.branch <> '' AND NOT EXISTS (SELECT 1 FROM branch_versions m WHERE m.version_id = v.id)
	AND v.created_at >= coalesce((SELECT max(m.created_at) FROM branch_versions m), v.created_at)`

func (s *Source) memberships(ctx context.Context, take func(archive.Record) error) error {
	err := s.taking(ctx, "SELECT p.name, b.name, v.number, m.auto_created, "+s.times("m")+`, v.pacticipant_id, b.pacticipant_id
		FROM branch_versions m JOIN branches b ON b.id = m.branch_id JOIN versions v ON v.id = m.version_id JOIN pacticipants p ON p.id = b.pacticipant_id
		WHERE p.name IS NOT NULL AND b.name IS NOT NULL ORDER BY m.id`, take, func(v []any) archive.Record {
		if number(v[6]) != number(v[7]) {
			s.skip(archive.KindMembership, archive.BranchOfAnotherApplication, text(v[0])+" "+text(v[1]))
			return nil
		}
		return &archive.Membership{Application: text(v[0]), Branch: text(v[1]), Version: text(v[2]), AutoCreated: truth(v[3]), Times: s.timesOf(v[4], v[5])}
	})
	if err != nil || !s.columns["versions"]["branch"] {
		return err
	}
	return s.taking(ctx, "SELECT p.name, v.branch, v.number, "+s.at("v.created_at")+sqlVersionsOfBranch+" ORDER BY v.id", take, func(v []any) archive.Record {
		return &archive.Membership{Application: text(v[0]), Branch: text(v[1]), Version: text(v[2]), Times: s.timesOf(v[3], v[3])}
	})
}

func (s *Source) tags(ctx context.Context, take func(archive.Record) error) error {
	return s.taking(ctx, "SELECT p.name, v.number, t.name, "+s.times("t")+` FROM tags t JOIN versions v ON v.id = t.version_id JOIN pacticipants p ON p.id = v.pacticipant_id
		WHERE p.name IS NOT NULL AND t.name IS NOT NULL ORDER BY t.created_at, v.id, t.name`, take, func(v []any) archive.Record {
		return &archive.Tag{Application: text(v[0]), Version: text(v[1]), Name: text(v[2]), Times: s.timesOf(v[3], v[4])}
	})
}
