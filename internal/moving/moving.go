// Package moving brings data from one broker to another: it renames what comes,
// checks it before anything is written, reads brokers over HTTP, and compares two.
package moving

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/accord-broker/accord/internal/archive"
	"github.com/accord-broker/accord/internal/pacticipants"
)

// Problem is something of the source that cannot be written as it is.
type Problem struct {
	Kind archive.Kind
	Name string
	Why  string
}

// namesIn are the kinds of records that bring names along.
func namesIn(kind archive.Kind) bool {
	switch kind {
	case archive.KindApplication, archive.KindEnvironment, archive.KindVersion, archive.KindBranch, archive.KindTag:
		return true
	}
	return false
}

// WithoutRefused is the source without labels that the broker refuses, such as blank ones,
// and without anything that has no name. With named it is without
// all other records with a name that the broker refuses, too. They are among what cannot
// come along.
func WithoutRefused(source archive.Source, named bool) archive.Source {
	return &accepted{source, named, map[string]refusal{}}
}

type accepted struct {
	archive.Source
	named bool
	// refused are the records that were left out until now, by what tells them apart.
	refused map[string]refusal
}

type refusal struct {
	kind   archive.Kind
	reason archive.Reason
	name   string
}

// Each hands over all records but refused ones.
func (s *accepted) Each(ctx context.Context, want func(archive.Kind) bool, take func(archive.Record) error) error {
	return s.Source.Each(ctx, want, func(r archive.Record) error {
		reason := s.refuses(r)
		if reason == "" {
			return take(r)
		}
		owner, name := nameOf(r)
		shown := fmt.Sprintf("%s%.60q", owner, name)
		if e, is := r.(*archive.Environment); is && isBlank(name) {
			shown = "uuid " + e.UUID
		}
		s.refused[strings.Join([]string{string(r.Kind()), owner, name, shown}, "\x00")] = refusal{r.Kind(), reason, shown}
		return nil
	})
}

// refuses says why a record is left out, "" if it is not.
func (s *accepted) refuses(r archive.Record) archive.Reason {
	if r.Kind() != archive.KindLabel && !namesIn(r.Kind()) {
		return ""
	}
	_, name := nameOf(r)
	kind, why := r.Kind(), pacticipants.ValidateName(name)
	switch {
	case why == "":
		return ""
	case isBlank(name) && kind == archive.KindVersion:
		return archive.NoNumber
	case isBlank(name) && kind != archive.KindLabel:
		return archive.NoName
	case kind == archive.KindLabel || s.named:
		return archive.RefusedName.With(why)
	}
	return ""
}

func isBlank(name string) bool { return strings.TrimSpace(name) == "" }

// Skipped is what the source skips, and what was refused.
func (s *accepted) Skipped() []archive.Skipped {
	skipped := archive.SkipList(slices.Clone(s.Source.Skipped()))
	for _, key := range slices.Sorted(maps.Keys(s.refused)) {
		r := s.refused[key]
		skipped.Add(r.kind, r.reason, r.name, 1)
	}
	return skipped
}

// CheckNames looks for names of anything but labels that the broker refuses.
func CheckNames(ctx context.Context, source archive.Source) (problems []Problem, err error) {
	err = source.Each(ctx, namesIn, func(r archive.Record) error {
		owner, name := nameOf(r)
		if why := pacticipants.ValidateName(name); why != "" {
			problems = append(problems, Problem{r.Kind(), fmt.Sprintf("%s%.60q", owner, name), why})
		}
		return nil
	})
	return problems, err
}

// nameOf is the name that a record brings along, and whose it is.
func nameOf(r archive.Record) (owner, name string) {
	switch r := r.(type) {
	case *archive.Application:
		return "", r.Name
	case *archive.Environment:
		return "", r.Name
	case *archive.Label:
		return r.Application + " ", r.Name
	case *archive.Version:
		return r.Application + " ", r.Number
	case *archive.Branch:
		return r.Application + " ", r.Name
	case *archive.Tag:
		return r.Application + " " + r.Version + " ", r.Name
	}
	return "", ""
}
