package comparison

import (
	"fmt"
	"slices"
	"strings"
)

// met is how far the schemes of a requirement are met.
type met int

const (
	missing met = iota
	// assumed means that a pact cannot be expected to show the credential.
	assumed
	shownOrTrusted
)

// scheme is a security scheme that an operation asks for.
type scheme struct {
	place
	label string
}

// requirements are the alternatives that the operation, or else the document,
// asks for: of each all schemes are needed. One that names only schemes which
// nobody defined says nothing.
func (j *judging) requirements() [][]scheme {
	list, own := j.operation().object()["security"].([]any)
	if !own {
		list, _ = j.d.root["security"].([]any)
	}
	var requirements [][]scheme
	for _, element := range list {
		var schemes []scheme
		for _, name := range sortedKeys(object(element)) {
			if found := j.d.schemeNamed(name); found.value != nil {
				schemes = append(schemes, scheme{found, name})
			}
		}
		if len(schemes) > 0 || len(object(element)) == 0 {
			requirements = append(requirements, schemes)
		}
	}
	return requirements
}

func (d *Document) schemeNamed(name string) place {
	if d.format == openAPI2 {
		return d.in(place{d.root["securityDefinitions"], "/securityDefinitions"}, name)
	}
	return d.in(d.in(place{d.root["components"], "/components"}, "securitySchemes"), name)
}

// credentials are the names under which credentials are sent in a part of the
// request.
func (j *judging) credentials(in string) map[string]bool {
	names := map[string]bool{}
	for _, requirement := range j.requirements() {
		for _, scheme := range requirement {
			if scheme.text("type") != "apiKey" || scheme.text("in") != in {
				continue
			}
			name := scheme.text("name")
			if in == "header" {
				name = strings.ToLower(name)
			}
			names[name] = true
		}
	}
	return names
}

func (j *judging) judgeSecurity() {
	requirements := j.requirements()
	best := missing
	var unmet []scheme
	for _, requirement := range requirements {
		how := shownOrTrusted
		for _, scheme := range requirement {
			if state := j.state(scheme); state < how {
				how = state
			}
			if j.state(scheme) == missing && !slices.ContainsFunc(unmet, scheme.is) {
				unmet = append(unmet, scheme)
			}
		}
		best = max(best, how)
	}
	if len(requirements) == 0 || best == shownOrTrusted {
		return
	}
	if best == assumed {
		j.add(Warning, codeAuthorizationMissing, "request.headers", j.operation().pointer, "The request lacks the cookie that is its credential.")
		return
	}
	other := ""
	if len(requirements) > 1 {
		other = fmt.Sprintf(" (or what another of the %d alternatives asks for)", len(requirements))
	}
	for _, scheme := range unmet {
		j.add(Error, codeAuthorizationMissing, "request.headers", j.operation().pointer,
			fmt.Sprintf("The request lacks the credential %q: %s%s.", scheme.label, scheme.wanted(), other))
	}
}

// is reports whether another requirement asks for the same scheme.
func (s scheme) is(other scheme) bool { return s.label == other.label }

// wanted says what a scheme asks for.
func (s scheme) wanted() string {
	switch {
	case s.text("type") == "apiKey" && s.text("in") == "query":
		return fmt.Sprintf("the query parameter %q", s.text("name"))
	case s.text("type") == "apiKey":
		return fmt.Sprintf("the header %s", s.text("name"))
	case s.text("type") == "basic":
		return `a header Authorization that begins with "Basic "`
	}
	return fmt.Sprintf("a header Authorization that begins with %q", capitalised(s.text("scheme"))+" ")
}

func capitalised(word string) string {
	if word == "" {
		return word
	}
	return strings.ToUpper(word[:1]) + word[1:]
}

func (j *judging) state(s scheme) met {
	switch s.text("type") {
	case "apiKey":
		return j.keyState(s)
	case "basic":
		return j.authorization("basic")
	case "http":
		return j.authorization(s.text("scheme"))
	}
	return shownOrTrusted
}

func (j *judging) keyState(s scheme) met {
	name := s.text("name")
	switch s.text("in") {
	case "header":
		if _, given := j.http.headers[strings.ToLower(name)]; given {
			return shownOrTrusted
		}
		return missing
	case "query":
		if j.d.spend(len(j.http.query)) && slices.ContainsFunc(j.http.query, func(p pair) bool { return p.name == name }) {
			return shownOrTrusted
		}
		return missing
	case "cookie":
		if !hasCookie(j.http.headers["cookie"], name) {
			return assumed
		}
	}
	return shownOrTrusted
}

func (j *judging) authorization(word string) met {
	value, given := j.http.headers["authorization"]
	if given && (j.d.settings.anyAuthorization || word == "" || startsWith(value, word+" ", true)) {
		return shownOrTrusted
	}
	return missing
}
