package v1

import (
	"encoding/json"
	"strings"

	"github.com/accord-broker/accord/internal/support/fault"
	"github.com/accord-broker/accord/internal/vcs"
)

// readGitHubEvent reads an event of GitHub. It returns an Invalid fault for a body that
// is not GitHub's.
func readGitHubEvent(event string, body []byte) (vcs.Event, error) {
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
		return vcs.Event{}, noEventOf("GitHub", err)
	}
	switch {
	case event == "":
		return vcs.Event{}, fault.InvalidField("X-GitHub-Event", "is missing: it says what the event is")
	case event != "delete":
		return vcs.Event{Name: event, Ignored: "only the event delete tells that a branch was deleted"}, nil
	case sent.RefType != "branch":
		return vcs.Event{Name: event, Ignored: "no branch was deleted"}, nil
	case sent.Ref == "":
		return vcs.Event{}, fault.InvalidField("ref", "must be the name of the branch that was deleted")
	}
	return vcs.Event{Name: event, Branch: sent.Ref, Member: "repository", Addresses: []string{sent.Repository.HTMLURL, sent.Repository.CloneURL, sent.Repository.SSHURL}}, nil
}

// readGitLabEvent reads an event of GitLab, as readGitHubEvent does.
func readGitLabEvent(body []byte) (vcs.Event, error) {
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
		return vcs.Event{}, noEventOf("GitLab", err)
	}
	event := sent.Kind
	if event == "" {
		event = sent.Event // system hooks name it so alone
	}
	branch, isBranch := strings.CutPrefix(sent.Ref, "refs/heads/")
	switch {
	case event == "":
		return vcs.Event{}, fault.InvalidField("object_kind", "is missing: it says what the event is")
	case event != "push":
		return vcs.Event{Name: event, Ignored: "only the event push tells that a branch was deleted"}, nil
	case sent.After == "" || strings.Trim(sent.After, "0") != "" || !isBranch:
		return vcs.Event{Name: event, Ignored: "no branch was deleted"}, nil
	case branch == "":
		return vcs.Event{}, fault.InvalidField("ref", "must name the branch that was deleted, as refs/heads/NAME")
	}
	return vcs.Event{Name: event, Branch: branch, Member: "project", Addresses: []string{sent.Project.WebURL, sent.Project.GitHTTPURL, sent.Project.GitSSHURL}}, nil
}

func noEventOf(system string, err error) error {
	return fault.InvalidField("", "is not an event of %s", system).Because(err)
}
