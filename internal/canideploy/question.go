package canideploy

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"
)

// question is what the broker is asked.
type question struct {
	applications []*selector
	ignored      []*selector
	environment  string
	tag          string
	mainBranches bool
	limit        int
}

// selector names versions of an application.
type selector struct {
	name       string
	version    string
	tag        string
	branch     string
	latest     bool
	mainBranch bool
	ignored    bool
	conflict   bool // both a version and the latest were asked for
}

// resolve makes "of the branch" mean its latest version, unless one version is named.
func (s *selector) resolve() {
	s.conflict = s.version != "" && s.latest
	if s.version == "" && (s.branch != "" || s.mainBranch) {
		s.latest = true
	}
}

func split(all []*selector) (applications, ignored []*selector) {
	for _, s := range all {
		if s.ignored {
			ignored = append(ignored, s)
			continue
		}
		applications = append(applications, s)
	}
	return applications, ignored
}

// matrixQuery puts the question to /matrix. The order of the parameters carries
// meaning there, and the brackets stay as they are, as all clients send them.
func (q *question) matrixQuery() string {
	var b queryBuilder
	for _, s := range q.applications {
		b.addSelector("q", s)
	}
	b.add("latestby", q.latestBy())
	if q.limit > 0 {
		b.add("limit", strconv.Itoa(q.limit))
	}
	switch {
	case q.environment != "":
		b.add("environment", q.environment)
	case q.tag != "":
		b.add("latest", "true")
		b.add("tag", q.tag)
	case q.mainBranches:
		b.add("latest", "true")
		b.add("mainBranch", "true")
	case len(q.applications) == 1:
		b.add("latest", "true")
	}
	for _, s := range q.ignored {
		b.addSelector("ignore", s)
	}
	return strings.Join(b, "&")
}

// latestBy says which results stand for a pair. Towards an environment every
// version that is there counts, so each version pair keeps its own.
func (q *question) latestBy() string {
	if len(q.applications) == 1 && q.environment == "" {
		return "cvp"
	}
	return "cvpv"
}

type queryBuilder []string

func (b *queryBuilder) add(key, value string) {
	*b = append(*b, key+"="+url.QueryEscape(value))
}

func (b *queryBuilder) addSelector(list string, s *selector) {
	b.add(list+"[][pacticipant]", s.name)
	for _, part := range []struct{ key, value string }{
		{"version", s.version}, {"latest", trueIf(s.latest)}, {"tag", s.tag},
		{"branch", s.branch}, {"mainBranch", trueIf(s.mainBranch)},
	} {
		if part.value != "" {
			b.add(list+"[]["+part.key+"]", part.value)
		}
	}
}

func trueIf(set bool) string {
	if set {
		return "true"
	}
	return ""
}

// String names the versions in words.
func (s *selector) String() string {
	switch {
	case s.version != "":
		return s.name + " " + s.version
	case s.mainBranch:
		return "the head of " + s.name + "'s main branch"
	case s.branch != "":
		return "the head of " + s.name + "'s branch " + s.branch
	case s.latest && s.tag != "":
		return "the latest " + s.name + " tagged " + s.tag
	case s.tag != "":
		return "every " + s.name + " tagged " + s.tag
	}
	return "the latest " + s.name
}

// subject names everything that is to be deployed.
func (q *question) subject() string {
	names := make([]string, len(q.applications))
	for i, s := range q.applications {
		names[i] = s.String()
	}
	return strings.Join(names, " and ")
}

// destination completes "can be deployed".
func (q *question) destination() string {
	switch {
	case q.environment != "":
		return "to " + q.environment
	case q.tag != "":
		return "beside the latest versions tagged " + q.tag
	case q.mainBranches:
		return "beside the heads of the main branches"
	case len(q.applications) == 1:
		return "beside the latest versions of its partners"
	}
	return "together"
}

// sentence is the answer in one line.
func (q *question) sentence(v verdict) string {
	switch v {
	case yes:
		return fmt.Sprintf("Yes: %s can be deployed %s.", q.subject(), q.destination())
	case no:
		return fmt.Sprintf("No: %s cannot be deployed %s.", q.subject(), q.destination())
	}
	return fmt.Sprintf("Not known: whether %s can be deployed %s.", q.subject(), q.destination())
}
