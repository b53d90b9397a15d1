package matrix

import (
	"context"

	"github.com/accord-broker/accord/internal/pacticipants"
	"github.com/accord-broker/accord/internal/providercontracts"
	"github.com/accord-broker/accord/internal/support/fault"
)

// View runs fn over one unchanging state of what is kept.
type View func(ctx context.Context, fn func(ctx context.Context, tx Reader) error) error

// Service answers questions, each from one unchanging state.
type Service struct {
	View View
	// Compare compares pairs that have not been, as far as there is time; nil leaves
	// them as they are.
	Compare Compare
	// Reserve reserves memory for large answers; nil does not.
	Reserve Reserve
}

// Compare compares pairs, and keeps what comes of it, for somebody who waits.
type Compare func(ctx context.Context, pairs []providercontracts.Pair) error

// Decide answers a question; see the function Decide for its faults.
func (s *Service) Decide(ctx context.Context, q Question) (v Verdict, err error) {
	return s.decided(ctx, func(ctx context.Context, tx Reader, most int) (Verdict, error) {
		return Decide(ctx, tx, q, most)
	})
}

// decided answers from one unchanging state. What has not been compared is
// compared, and the question asked again: nobody needs to come back for that.
func (s *Service) decided(ctx context.Context, decide func(ctx context.Context, tx Reader, most int) (Verdict, error)) (v Verdict, err error) {
	bound := Bound{Reserve: s.Reserve}
	ask := func(most int) error {
		return s.View(ctx, func(ctx context.Context, tx Reader) error {
			v, err = decide(ctx, tx, most)
			return err
		})
	}
	if err := bound.Ask(ctx, ask); err != nil || len(v.Uncompared) == 0 || s.Compare == nil {
		return v, err
	}
	if err := s.Compare(ctx, v.Uncompared); err != nil {
		return v, err
	}
	return v, bound.Ask(ctx, ask)
}

// UnknownNames says which of the names in a question exist nowhere: for who
// cannot ask it because of something else, and wants to tell all at once.
func (s *Service) UnknownNames(ctx context.Context, q Question) (wrong []fault.Field, err error) {
	err = s.View(ctx, func(ctx context.Context, tx Reader) error {
		wrong, err = unknownNames(ctx, tx, q)
		return err
	})
	return wrong, err
}

func unknownNames(ctx context.Context, tx Reader, q Question) (wrong []fault.Field, err error) {
	if wrong := unaskable(q); len(wrong) > 0 {
		return wrong, nil
	}
	known, environmentExists, err := named(ctx, tx, q)
	if err != nil {
		return nil, err
	}
	add := func(_ int, message string) { wrong = append(wrong, fault.Field{Name: "pacticipant", Message: message}) }
	if err := checkPacticipants(ctx, tx, q.Selectors, known, add); err != nil {
		return nil, err
	}
	if name := q.Target.Environment; name != "" && !environmentExists {
		message, err := noEnvironment(ctx, tx, name)
		if err != nil {
			return nil, err
		}
		wrong = append(wrong, fault.Field{Name: "environment", Message: message})
	}
	return wrong, nil
}

// Pair answers a question about all rows of a pair. It returns a NotFound fault
// if one of the two is unknown.
func (s *Service) Pair(ctx context.Context, consumer, provider string, q Question) (Verdict, error) {
	return s.decided(ctx, func(ctx context.Context, tx Reader, most int) (Verdict, error) {
		if err := mustKnow(ctx, tx, consumer, provider); err != nil {
			return Verdict{}, err
		}
		return Decide(ctx, tx, q, most)
	})
}

// MustKnow returns a NotFound fault if one of the pair is unknown.
func (s *Service) MustKnow(ctx context.Context, consumer, provider string) error {
	return s.View(ctx, func(ctx context.Context, tx Reader) error { return mustKnow(ctx, tx, consumer, provider) })
}

func mustKnow(ctx context.Context, tx Reader, consumer, provider string) error {
	for _, role := range []struct{ role, name string }{{"provider", provider}, {"consumer", consumer}} {
		if _, err := find(ctx, tx, role.role, role.name); err != nil {
			return err
		}
	}
	return nil
}

// Branch answers whether the head of the branch may be deployed to the
// environment. It returns a NotFound fault if either does not exist.
func (s *Service) Branch(ctx context.Context, pacticipant, branch, environment string) (Verdict, error) {
	return s.existing(ctx, Question{
		Selectors: []Selector{{Pacticipant: pacticipant, Criteria: Criteria{Branch: branch, Latest: true}}},
		Target:    Target{Environment: environment}, LatestBy: LatestByBothVersions,
	})
}

// Tag answers whether the newest version with the tag works with the newest
// versions with the other one. It returns a NotFound fault if there is none
// with the former, and if there can be none with the other.
func (s *Service) Tag(ctx context.Context, pacticipant, tag, to string) (Verdict, error) {
	if isBlank(to) {
		return Verdict{}, fault.Missing("There is no tag without a name.")
	}
	return s.existing(ctx, Question{
		Selectors: []Selector{{Pacticipant: pacticipant, Criteria: Criteria{Tag: tag, Latest: true}}},
		Target:    Target{Tag: to, Latest: true}, LatestBy: LatestByConsumer,
	})
}

// existing answers a question about one version that must exist.
func (s *Service) existing(ctx context.Context, q Question) (Verdict, error) {
	return s.decided(ctx, func(ctx context.Context, tx Reader, most int) (Verdict, error) {
		asked := q.Selectors[0]
		p, err := find(ctx, tx, "pacticipant", asked.Pacticipant)
		if err != nil {
			return Verdict{}, err
		}
		found, err := tx.VersionsMatching(ctx, []int64{p.ID}, asked.Criteria, 1)
		if err != nil {
			return Verdict{}, err
		}
		if len(found) == 0 {
			return Verdict{}, noVersion(ctx, tx, p, asked.Criteria)
		}
		if name := q.Target.Environment; name != "" {
			if err := mustExist(ctx, tx, name); err != nil {
				return Verdict{}, err
			}
		}
		return Decide(ctx, tx, q, most)
	})
}

// mustExist returns a NotFound fault if there is no such environment.
func mustExist(ctx context.Context, tx Reader, environment string) error {
	_, found, err := tx.EnvironmentByName(ctx, environment)
	if err != nil || found {
		return err
	}
	message, err := noEnvironment(ctx, tx, environment)
	if err != nil {
		return err
	}
	return fault.Missing("%s", message).Shown()
}

// noVersion is the NotFound fault of a branch or a tag without a version.
func noVersion(ctx context.Context, tx Reader, p pacticipants.Pacticipant, asked Criteria) error {
	if asked.Branch == "" {
		return fault.Missing("No version of %s has the tag '%s'.", p.Name, asked.Tag).Shown()
	}
	branches, err := tx.BranchNames(ctx, p.ID)
	if err != nil {
		return err
	}
	return fault.Missing("%s has no branch '%s'. %s", p.Name, asked.Branch, pacticipants.Suggest(asked.Branch, branches)).Shown()
}

func find(ctx context.Context, tx Reader, role, name string) (pacticipants.Pacticipant, error) {
	known, err := tx.PacticipantsNamed(ctx, name)
	if err != nil {
		return pacticipants.Pacticipant{}, err
	}
	p, found := known[name]
	if !found {
		return p, pacticipants.Unknown(ctx, tx, role, name)
	}
	return p, nil
}
