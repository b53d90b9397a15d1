// Package vcs takes what version control systems tell of themselves: that a branch
// was deleted, which closes it here. Whoever does not know the secret that both
// sides keep is not heard.
package vcs

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"encoding/json"
	"strings"

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

// Outcome is what came of an event.
type Outcome struct {
	// Event is what the system calls it.
	Event string
	// Branch is the one that was deleted, "" if the event tells of none.
	Branch string
	// Ignored says why nothing was done, "" if something was.
	Ignored  string
	Closings []versions.Closing
}

// HearGitHub takes an event of GitHub with the signature of its body. It returns a
// NotFound fault without a secret, an Unauthorized one if the signature is wrong,
// and an Invalid one for a body that is not GitHub's.
func (s *Service) HearGitHub(ctx context.Context, event, signature string, body []byte) (Outcome, error) {
	if s.GitHubSecret == "" {
		return Outcome{}, notSetUp("GitHub", "PACT_BROKER_VCS_GITHUB_SECRET", "the secret of its webhook")
	}
	mac := hmac.New(sha256.New, []byte(s.GitHubSecret))
	mac.Write(body)
	if !hmac.Equal([]byte("sha256="+hex.EncodeToString(mac.Sum(nil))), []byte(signature)) {
		return Outcome{}, fault.New(fault.Unauthorized, "X-Hub-Signature-256 is not the signature of this body with the secret that is set here.").
			Coded("unauthorized", "Give the webhook at GitHub the secret that PACT_BROKER_VCS_GITHUB_SECRET has.")
	}
	var sent struct {
		Ref        string `json:"ref"`
		RefType    string `json:"ref_type"`
		Repository struct {
			HTMLURL  string `json:"html_url"`
			CloneURL string `json:"clone_url"`
			SSHURL   string `json:"ssh_url"`
		} `json:"repository"`
	}
	if err := json.Unmarshal(body, &sent); err != nil {
		return Outcome{}, unreadable("GitHub", err)
	}
	switch {
	case event == "":
		return Outcome{}, fault.InvalidField("X-GitHub-Event", "is missing: it says what the event is")
	case event != "delete":
		return Outcome{Event: event, Ignored: "only the event delete tells that a branch was deleted"}, nil
	case sent.RefType != "branch":
		return Outcome{Event: event, Ignored: "no branch was deleted"}, nil
	case sent.Ref == "":
		return Outcome{}, fault.InvalidField("ref", "must be the name of the branch that was deleted")
	}
	return s.close(ctx, Outcome{Event: event, Branch: sent.Ref}, "repository", sent.Repository.HTMLURL, sent.Repository.CloneURL, sent.Repository.SSHURL)
}

// HearGitLab takes an event of GitLab with the token that it sends along, and
// returns faults as HearGitHub does.
func (s *Service) HearGitLab(ctx context.Context, token string, body []byte) (Outcome, error) {
	if s.GitLabSecret == "" {
		return Outcome{}, notSetUp("GitLab", "PACT_BROKER_VCS_GITLAB_SECRET", "the secret token of its webhook")
	}
	wanted, sentToken := sha256.Sum256([]byte(s.GitLabSecret)), sha256.Sum256([]byte(token))
	if subtle.ConstantTimeCompare(wanted[:], sentToken[:]) != 1 {
		return Outcome{}, fault.New(fault.Unauthorized, "X-Gitlab-Token is not the secret that is set here.").
			Coded("unauthorized", "Give the webhook at GitLab the secret token that PACT_BROKER_VCS_GITLAB_SECRET has.")
	}
	var sent struct {
		Kind    string `json:"object_kind"`
		Event   string `json:"event_name"`
		Ref     string `json:"ref"`
		After   string `json:"after"`
		Project struct {
			WebURL     string `json:"web_url"`
			GitHTTPURL string `json:"git_http_url"`
			GitSSHURL  string `json:"git_ssh_url"`
		} `json:"project"`
	}
	if err := json.Unmarshal(body, &sent); err != nil {
		return Outcome{}, unreadable("GitLab", err)
	}
	event := sent.Kind
	if event == "" {
		event = sent.Event // system hooks name it so alone
	}
	branch, isBranch := strings.CutPrefix(sent.Ref, "refs/heads/")
	switch {
	case event == "":
		return Outcome{}, fault.InvalidField("object_kind", "is missing: it says what the event is")
	case event != "push":
		return Outcome{Event: event, Ignored: "only the event push tells that a branch was deleted"}, nil
	case sent.After == "" || strings.Trim(sent.After, "0") != "" || !isBranch:
		return Outcome{Event: event, Ignored: "no branch was deleted"}, nil
	case branch == "":
		return Outcome{}, fault.InvalidField("ref", "must name the branch that was deleted, as refs/heads/NAME")
	}
	return s.close(ctx, Outcome{Event: event, Branch: branch}, "project", sent.Project.WebURL, sent.Project.GitHTTPURL, sent.Project.GitSSHURL)
}

// close closes the branch in the applications whose repository has one of these
// addresses.
func (s *Service) close(ctx context.Context, told Outcome, field string, addresses ...string) (Outcome, error) {
	if problem := pacticipants.ValidateLine(told.Branch); problem != "" {
		return Outcome{}, fault.InvalidField("ref", "%s", problem)
	}
	var repositories []pacticipants.Repository
	for _, address := range addresses {
		if r, is := pacticipants.ParseRepository(address); is {
			repositories = append(repositories, r)
		}
	}
	if len(repositories) == 0 {
		return Outcome{}, fault.InvalidField(field, "must say with an address which repository it is")
	}
	var err error
	told.Closings, err = s.Branches.CloseDeleted(ctx, repositories, told.Branch)
	if err == nil && len(told.Closings) == 0 {
		told.Ignored = "no application has the repository " + repositories[0].Host + "/" + repositories[0].Path + ": set the repositoryUrl of those that are built from it"
	}
	return told, err
}

func notSetUp(system, variable, what string) error {
	return fault.Missing("This broker does not hear %s, because %s is not set.", system, variable).
		Coded("not_found", "Set "+variable+", or "+variable+"_FILE, to "+what+".")
}

func unreadable(system string, err error) error {
	return fault.InvalidField("", "is not an event of %s", system).Because(err)
}
