package pacticipants

import (
	"net/url"
	"strings"
)

// Repository is where an application's code is: a host and a path, the same in
// whichever form the address is written.
type Repository struct{ Host, Path string }

// ParseRepository reads the address of a repository, as people and version control
// systems write it: https://host/owner/name.git, ssh://git@host:22/owner/name or
// git@host:owner/name. It reports false if that is none.
func ParseRepository(address string) (Repository, bool) {
	address = strings.TrimSpace(address)
	if host, path, isShort := strings.Cut(address, ":"); isShort && !strings.HasPrefix(path, "//") {
		address = "ssh://" + host + "/" + strings.TrimPrefix(path, "/")
	}
	parsed, err := url.Parse(address)
	if err != nil || parsed.Hostname() == "" {
		return Repository{}, false
	}
	// What follows /-/ is a place within a repository of GitLab.
	path, _, _ := strings.Cut(strings.ToLower(parsed.Path), "/-/")
	path = strings.TrimSuffix(strings.Trim(path, "/"), ".git")
	return Repository{Host: strings.ToLower(parsed.Hostname()), Path: path}, path != "" && ValidateLine(path) == ""
}

// Name is the last part of the path.
func (r Repository) Name() string { return r.Path[strings.LastIndex(r.Path, "/")+1:] }
