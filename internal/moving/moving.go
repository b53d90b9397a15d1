// Package moving brings data from one broker to another: it renames what comes,
// checks it before anything is written, reads brokers over HTTP, and compares two.
package moving

import (
	"context"
	"fmt"
	"maps"
	"slices"

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

// WithoutRefusedLabels is the source without labels that the broker refuses, such as
// blank ones. They are among what cannot come along.
func WithoutRefusedLabels(source archive.Source) archive.Source {
	return &unlabelled{source, map[archive.Label]string{}}
}

type unlabelled struct {
	archive.Source
	// refused are the labels that were left out until now, and why.
	refused map[archive.Label]string
}

// Each hands over all records but refused labels.
func (s *unlabelled) Each(ctx context.Context, want func(archive.Kind) bool, take func(archive.Record) error) error {
	return s.Source.Each(ctx, want, func(r archive.Record) error {
		label, is := r.(*archive.Label)
		if !is {
			return take(r)
		}
		why := pacticipants.ValidateName(label.Name)
		if why == "" {
			return take(r)
		}
		s.refused[*label] = why
		return nil
	})
}

// Skipped is what the source skips, and the labels.
func (s *unlabelled) Skipped() []archive.Skipped {
	skipped := archive.SkipList(slices.Clone(s.Source.Skipped()))
	names := map[string]string{}
	for label, why := range s.refused {
		names[fmt.Sprintf("%s %.80q", label.Application, label.Name)] = why
	}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		skipped.Add(archive.KindLabel, archive.RefusedName.With(names[name]), name, 1)
	}
	return skipped
}

// CheckNames looks for names of anything but labels that the broker refuses, at most
// limit of them.
func CheckNames(ctx context.Context, source archive.Source, limit int) (problems []Problem, all int, err error) {
	err = source.Each(ctx, namesIn, func(r archive.Record) error {
		owner, name := nameOf(r)
		why := pacticipants.ValidateName(name)
		if why == "" {
			return nil
		}
		if all++; len(problems) < limit {
			problems = append(problems, Problem{r.Kind(), fmt.Sprintf("%s%.80q", owner, name), why})
		}
		return nil
	})
	return problems, all, err
}

// nameOf is the name that a record brings along, and whose it is.
func nameOf(r archive.Record) (owner, name string) {
	switch r := r.(type) {
	case *archive.Application:
		return "", r.Name
	case *archive.Environment:
		return "", r.Name
	case *archive.Version:
		return r.Application + " ", r.Number
	case *archive.Branch:
		return r.Application + " ", r.Name
	case *archive.Tag:
		return r.Application + " " + r.Version + " ", r.Name
	}
	return "", ""
}
