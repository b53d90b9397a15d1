package config

// VCS says which version control systems are heard. One without a secret is not.
type VCS struct {
	GitHubSecret, GitLabSecret string
}

func (t *target) vcsSettings() []Setting {
	s := &t.VCS
	return []Setting{
		{Key: "vcs_github_secret", Secret: true, flagless: true, set: text(&s.GitHubSecret),
			Help: "The secret with which GitHub signs what its webhooks send to `/api/v1/vcs/github`, so that branches that are deleted there are closed here: see docs/cleaning.md. Unset, nothing of GitHub is heard."},
		{Key: "vcs_gitlab_secret", Secret: true, flagless: true, set: text(&s.GitLabSecret),
			Help: "The secret token that GitLab's webhooks send along to `/api/v1/vcs/gitlab`, for the same. Unset, nothing of GitLab is heard."},
	}
}
