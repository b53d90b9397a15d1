package moving

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/accord-broker/accord/internal/archive"
)

// Names says how applications are called where they go.
type Names struct {
	// Renamed are new names by old ones; Prefix stands before all others.
	Renamed map[string]string
	Prefix  string
}

// ParseNames reads renamings of the form OLD=NEW. A second equals sign belongs to
// the new name.
func ParseNames(renamed []string, prefix string) (Names, error) {
	n := Names{Renamed: map[string]string{}, Prefix: prefix}
	for _, text := range renamed {
		old, renamed, found := strings.Cut(text, "=")
		if !found || old == "" || renamed == "" {
			return n, fmt.Errorf("--rename is %q, but must be OLD=NEW", text)
		}
		if other, twice := n.Renamed[old]; twice && other != renamed {
			return n, fmt.Errorf("--rename gives %q two names, %q and %q", old, other, renamed)
		}
		n.Renamed[old] = renamed
	}
	return n, nil
}

// Unknown are the old names that no application of the source has, sorted. An archive of
// what was changed since a time need not hold the applications, and is not asked.
func (n Names) Unknown(ctx context.Context, source archive.Source) ([]string, error) {
	if len(n.Renamed) == 0 || source.Header().Since != nil {
		return nil, nil
	}
	unknown := maps.Clone(n.Renamed)
	err := source.Each(ctx, func(kind archive.Kind) bool { return kind == archive.KindApplication }, func(r archive.Record) error {
		delete(unknown, r.(*archive.Application).Name)
		return nil
	})
	return slices.Sorted(maps.Keys(unknown)), err
}

func (n Names) of(name string) string {
	if renamed, known := n.Renamed[name]; known {
		return renamed
	}
	return n.Prefix + name
}

func (n Names) ofOptional(name *string) *string {
	if name == nil {
		return nil
	}
	renamed := n.of(*name)
	return &renamed
}

// Renamed is the source with its applications called otherwise. Contracts keep
// the names that stand in their text.
func Renamed(source archive.Source, names Names) archive.Source {
	if len(names.Renamed) == 0 && names.Prefix == "" {
		return source
	}
	return renaming{source, names}
}

type renaming struct {
	archive.Source
	names Names
}

// Each hands over the records under their new names.
func (s renaming) Each(ctx context.Context, want func(archive.Kind) bool, take func(archive.Record) error) error {
	return s.Source.Each(ctx, want, func(r archive.Record) error {
		s.names.rename(r)
		return take(r)
	})
}

func (n Names) rename(r archive.Record) {
	switch r := r.(type) {
	case *archive.Application:
		r.Name = n.of(r.Name)
	case *archive.Label:
		r.Application = n.of(r.Application)
	case *archive.Secret:
		for i, name := range r.Applications {
			r.Applications[i] = n.of(name)
		}
	case *archive.Version:
		r.Application = n.of(r.Application)
	case *archive.Branch:
		r.Application = n.of(r.Application)
	case *archive.Membership:
		r.Application = n.of(r.Application)
	case *archive.Tag:
		r.Application = n.of(r.Application)
	case *archive.Integration:
		r.Consumer, r.Provider = n.of(r.Consumer), n.of(r.Provider)
	case *archive.Content:
		r.Consumer, r.Provider = n.of(r.Consumer), n.of(r.Provider)
	case *archive.Publication:
		r.Consumer, r.Provider = n.of(r.Consumer), n.of(r.Provider)
	case *archive.Result:
		r.Consumer, r.Provider = n.of(r.Consumer), n.of(r.Provider)
	case *archive.FirstSuccess:
		r.Consumer, r.Provider = n.of(r.Consumer), n.of(r.Provider)
	case *archive.Document:
		r.Provider = n.of(r.Provider)
	case *archive.Contract:
		r.Provider = n.of(r.Provider)
	case *archive.Deployment:
		r.Application = n.of(r.Application)
	case *archive.Release:
		r.Application = n.of(r.Application)
	case *archive.Webhook:
		r.Consumer, r.Provider = n.ofOptional(r.Consumer), n.ofOptional(r.Provider)
	case *archive.Delivery:
		if r.Consumer != nil && r.Subject == *r.Consumer || r.Provider != nil && r.Subject == *r.Provider {
			r.Subject = n.of(r.Subject)
		}
		r.Consumer, r.Provider = n.ofOptional(r.Consumer), n.ofOptional(r.Provider)
	}
}
