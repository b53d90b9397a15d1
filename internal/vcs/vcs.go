// Package vcs hears what version control systems tell: that a branch was deleted, which
// closes it here. Whoever does not know the secret that both sides keep is not heard.
package vcs

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"

	"github.com/accord-broker/accord/internal/pacticipants"
	"github.com/accord-broker/accord/internal/support/fault"
	"github.com/accord-broker/accord/internal/versions"
)

// Closer closes a branch in all applications of a repository.
type Closer interface {
	CloseDeleted(ctx context.Context, repositories []pacticipants.Repository, branch string) ([]versions.Closing, error)
}

// Service hears version control systems. One without a secret is not heard.
type Service struct {
	GitHubSecret, GitLabSecret string
	Branches                   Closer
}

// Event is what a system tells.
type Event struct {
	// Name is what the system calls it.
	Name string
	// Branch is the one that was deleted, and Ignored says why there is none.
	Branch, Ignored string
	// Addresses are those of the repository, which the system sends in that member.
	Addresses []string
	Member    string
}

// Outcome is what came of an event.
type Outcome struct {
	// Ignored says why nothing was done, "" if something was.
	Ignored  string
	Closings []versions.Closing
}

// CheckGitHub checks that GitHub has sent the body: by its signature with the secret
// that both sides keep. It returns a NotFound fault without a secret, and an
// Unauthorized one if the signature is wrong.
func (s *Service) CheckGitHub(signature string, body []byte) error {
	if s.GitHubSecret == "" {
		return notSetUp("GitHub", "PACT_BROKER_VCS_GITHUB_SECRET", "the secret of its webhook")
	}
	mac := hmac.New(sha256.New, []byte(s.GitHubSecret))
	mac.Write(body)
	if !hmac.Equal([]byte("sha256="+hex.EncodeToString(mac.Sum(nil))), []byte(signature)) {
		return fault.New(fault.Unauthorized, "X-Hub-Signature-256 is not the signature of this body with the secret that is set here.").
			Coded("unauthorized", "Give the webhook at GitHub the secret that PACT_BROKER_VCS_GITHUB_SECRET has.")
	}
	return nil
}

// CheckGitLab checks that GitLab sends the event, by the token that it sends along, and
// returns faults as CheckGitHub does.
func (s *Service) CheckGitLab(token string) error {
	if s.GitLabSecret == "" {
		return notSetUp("GitLab", "PACT_BROKER_VCS_GITLAB_SECRET", "the secret token of its webhook")
	}
	wanted, sentToken := sha256.Sum256([]byte(s.GitLabSecret)), sha256.Sum256([]byte(token))
	if subtle.ConstantTimeCompare(wanted[:], sentToken[:]) != 1 {
		return fault.New(fault.Unauthorized, "X-Gitlab-Token is not the secret that is set here.").
			Coded("unauthorized", "Give the webhook at GitLab the secret token that PACT_BROKER_VCS_GITLAB_SECRET has.")
	}
	return nil
}

// Hear closes the branch that was deleted, in the applications whose repository has one
// of the addresses of the event. It returns an Invalid fault if the branch cannot be
// one, or no address says which repository it is.
func (s *Service) Hear(ctx context.Context, event Event) (Outcome, error) {
	if event.Ignored != "" {
		return Outcome{Ignored: event.Ignored}, nil
	}
	if problem := pacticipants.ValidateLine(event.Branch); problem != "" {
		return Outcome{}, fault.InvalidField("ref", "%s", problem)
	}
	var repositories []pacticipants.Repository
	for _, address := range event.Addresses {
		if r, is := pacticipants.ParseRepository(address); is {
			repositories = append(repositories, r)
		}
	}
	if len(repositories) == 0 {
		return Outcome{}, fault.InvalidField(event.Member, "must say with an address which repository it is")
	}
	var outcome Outcome
	var err error
	outcome.Closings, err = s.Branches.CloseDeleted(ctx, repositories, event.Branch)
	if err == nil && len(outcome.Closings) == 0 {
		outcome.Ignored = "no application has the repository " + repositories[0].Host + "/" + repositories[0].Path + ": set the repositoryUrl of those that are built from it"
	}
	return outcome, err
}

func notSetUp(system, variable, what string) error {
	return fault.Missing("This broker does not hear %s, because %s is not set.", system, variable).
		Coded("not_found", "Set "+variable+", or "+variable+"_FILE, to "+what+".")
}
