package selection

import (
	"context"
	"slices"

	"github.com/accord-broker/accord/internal/deployments"
	"github.com/accord-broker/accord/internal/pacticipants"
)

// View runs fn over one unchanging state of what is kept.
type View func(ctx context.Context, fn func(ctx context.Context, tx Reader) error) error

// Service answers what a provider has to verify.
type Service struct {
	View     View
	Settings Settings
}

// Select answers the query for the provider. It returns a NotFound fault,
// which says what may have been meant, if there is no such application.
func (s *Service) Select(ctx context.Context, provider string, q Query) (selection Selection, err error) {
	err = s.View(ctx, func(ctx context.Context, tx Reader) error {
		p, found, err := tx.FindPacticipant(ctx, provider)
		if err != nil {
			return err
		}
		if !found {
			return pacticipants.Unknown(ctx, tx, "provider", provider)
		}
		selection, err = s.Settings.Select(ctx, tx, p, q)
		return err
	})
	return selection, err
}

// Environments are those that a query may name.
type Environments []deployments.Environment

// Environments returns those that there are.
func (s *Service) Environments(ctx context.Context) (known Environments, err error) {
	err = s.View(ctx, func(ctx context.Context, tx Reader) error {
		known, err = tx.Environments(ctx)
		return err
	})
	return known, err
}

// Find reports whether there is an environment with the name and, if not, which one
// may have been meant, "" for none.
func (all Environments) Find(name string) (exists bool, meant string) {
	names := make([]string, len(all))
	for i, e := range all {
		names[i] = e.Name
	}
	if slices.Contains(names, name) {
		return true, ""
	}
	return false, pacticipants.Meant(name, names)
}
