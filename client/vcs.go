package client

import (
	"context"
	"net/http"
)

// VCSOutcome is what came of an event of a version control system.
type VCSOutcome struct {
	// Event is what the system calls it.
	Event string `json:"event"`
	// Branch is the one that was deleted; "" if the event tells of none.
	Branch string `json:"branch"`
	// Ignored says why nothing was done; "" if something was.
	Ignored string `json:"ignored"`
	// Applications are those whose repository it is.
	Applications []BranchOutcome `json:"applications"`
}

// BranchOutcome is what became of the branch of an application: closed, already_closed,
// main_branch or no_such_branch.
type BranchOutcome struct {
	Application string `json:"application"`
	Outcome     string `json:"outcome"`
}

// HearGitHub hands on a webhook of GitHub as it came: what its headers X-GitHub-Event and
// X-Hub-Signature-256 say, and the body to the byte, for it is signed. If it tells that
// a branch was deleted, the branch is closed.
func (c *Client) HearGitHub(ctx context.Context, event, signature string, body []byte) (VCSOutcome, error) {
	return c.hear(ctx, "github", http.Header{"X-Github-Event": {event}, "X-Hub-Signature-256": {signature}}, body)
}

// HearGitLab hands on a webhook of GitLab as it came, with its header X-Gitlab-Token.
func (c *Client) HearGitLab(ctx context.Context, token string, body []byte) (VCSOutcome, error) {
	return c.hear(ctx, "gitlab", http.Header{"X-Gitlab-Token": {token}}, body)
}

func (c *Client) hear(ctx context.Context, system string, header http.Header, body []byte) (outcome VCSOutcome, err error) {
	err = c.do(ctx, call{method: http.MethodPost, path: at("vcs", system), header: header, body: body, unnamed: true}, &outcome)
	return outcome, err
}
