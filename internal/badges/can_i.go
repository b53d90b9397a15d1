package badges

import (
	"context"
	"errors"

	"github.com/accord-broker/accord/internal/matrix"
	"github.com/accord-broker/accord/internal/pacticipants"
	"github.com/accord-broker/accord/internal/support/fault"
)

// notFound is the badge about something that does not exist.
func notFound(what string) Badge { return Badge{Left: what, Right: "not found", Color: Grey} }

// Broken is the badge that stands in for one that could not be made.
func Broken(reference string) Badge {
	return Badge{Left: "error", Right: "reference: " + reference, Color: Grey}
}

// BranchToEnvironment reports whether the head of the branch may be deployed to
// the environment. The label, if given, is the text on the left.
func (s *Service) BranchToEnvironment(ctx context.Context, pacticipant, branch, environment, label string) (Badge, error) {
	p, found, err := s.Reader.FindPacticipant(ctx, pacticipant)
	if err != nil || !found {
		return notFound("pacticipant"), err
	}
	if _, found, err = s.Reader.FindBranch(ctx, p, branch); err != nil || !found {
		return notFound("branch"), err
	}
	if _, found, err = s.Reader.EnvironmentByName(ctx, environment); err != nil || !found {
		return notFound("environment"), err
	}
	verdict, err := s.Matrix.Branch(ctx, pacticipant, branch, environment)
	return canIDeploy(verdict, err, label, branch+" to "+environment)
}

// TagToTag reports whether the newest version with the tag works with the newest
// versions with the other one.
func (s *Service) TagToTag(ctx context.Context, pacticipant, tag, to, label string) (Badge, error) {
	if _, found, err := s.Reader.FindPacticipant(ctx, pacticipant); err != nil || !found {
		return notFound("pacticipant"), err
	}
	verdict, err := s.Matrix.Tag(ctx, pacticipant, tag, to)
	return canIDeploy(verdict, err, label, tag+" to "+to)
}

func canIDeploy(v matrix.Verdict, err error, label, right string) (Badge, error) {
	switch {
	case fault.Is(err, fault.NotFound):
		return notFound("version"), nil
	case err != nil && !errors.Is(err, matrix.ErrTooMany):
		return Badge{}, err
	}
	if label == "" {
		label = "can-i-deploy"
	}
	return judged(label, right, v.Deployable), nil
}

// ForAnswer is the badge of a branch about which the answer is known.
func ForAnswer(branch, environment string, answer matrix.Answer) Badge {
	return judged("can-i-deploy", branch+" to "+environment, answer)
}

func judged(label, right string, answer matrix.Answer) Badge {
	badge := Badge{Left: label, Right: right, Color: Red, Judged: true}
	if answer == matrix.Yes {
		badge.Color = Green
	}
	return badge
}

// CanIMerge reports whether the head of the main branch works with the heads of
// the others' main branches.
func (s *Service) CanIMerge(ctx context.Context, pacticipant string) (Badge, error) {
	p, found, err := s.Reader.FindPacticipant(ctx, pacticipant)
	if err != nil || !found {
		return notFound("pacticipant"), err
	}
	number, err := s.mainVersion(ctx, p)
	if err != nil || number == "" {
		return notFound("main branch version"), err
	}
	verdict, err := s.Matrix.Decide(ctx, matrix.Question{
		Selectors: []matrix.Selector{{Pacticipant: p.Name, Criteria: matrix.Criteria{Version: number}}},
		Target:    matrix.Target{MainBranch: true, Latest: true}, LatestBy: matrix.LatestByConsumer,
	})
	if err != nil && !errors.Is(err, matrix.ErrTooMany) {
		return Badge{}, err
	}
	badge := Badge{Left: "can-i-merge", Right: "unknown", Color: Grey, Judged: true}
	switch verdict.Deployable {
	case matrix.Yes:
		badge.Right, badge.Color = "success", Green
	case matrix.No:
		badge.Right, badge.Color = "failed", Red
	}
	return badge, nil
}

// mainVersion is the head of the main branch or, where builds are tagged with
// their branch instead, the newest version with its name as a tag.
func (s *Service) mainVersion(ctx context.Context, p pacticipants.Pacticipant) (string, error) {
	if p.MainBranch == "" {
		return "", nil
	}
	for _, criteria := range []matrix.Criteria{{MainBranch: true, Latest: true}, {Tag: p.MainBranch, Latest: true}} {
		found, err := s.Reader.VersionsMatching(ctx, []int64{p.ID}, criteria, 1)
		if err != nil {
			return "", err
		}
		if len(found) > 0 {
			return found[0].Number, nil
		}
	}
	return "", nil
}
