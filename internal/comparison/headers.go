package comparison

import (
	"fmt"
	"slices"
	"strings"
)

// usualInRequests are headers that need no description.
var usualInRequests = []string{
	"accept", "accept-charset", "accept-datetime", "accept-encoding", "accept-language", "authorization", "cache-control",
	"connection", "content-length", "content-md5", "content-type", "cookie", "date", "expect", "forwarded", "from", "host",
	"if-match", "if-modified-since", "if-none-match", "if-range", "if-unmodified-since", "max-forwards", "origin", "pragma",
	"proxy-authorization", "range", "referer", "te", "upgrade", "user-agent", "via", "warning",
}

// usualInResponses are headers that any server may send.
var usualInResponses = []string{
	"access-control-allow-origin", "accept-patch", "accept-ranges", "age", "allow", "alt-svc", "cache-control", "connection",
	"content-disposition", "content-encoding", "content-language", "content-length", "content-location", "content-md5",
	"content-range", "date", "etag", "expires", "last-modified", "link", "location", "p3p", "pragma", "proxy-authenticate",
	"public-key-pins", "refresh", "retry-after", "server", "set-cookie", "status", "strict-transport-security", "trailer",
	"transfer-encoding", "tsv", "upgrade", "vary", "via", "warning", "www-authenticate", "x-frame-options",
}

func (j *judging) judgeRequestHeaders() error {
	known := j.credentials("header")
	for _, p := range j.parameters {
		switch p.in {
		case "cookie":
			j.judgeCookie(p)
		case "header":
			known[strings.ToLower(p.name)] = true
			if err := j.judgeRequestHeader(p); err != nil {
				return err
			}
		}
	}
	for _, name := range sortedKeys(j.http.headers) {
		if !known[name] && !slices.Contains(usualInRequests, name) {
			j.add(Warning, codeRequestHeaderUnknown, "request.headers."+name, j.operation().pointer,
				fmt.Sprintf("The request has the header %s, which the operation does not describe.", shortened(name)))
		}
	}
	return nil
}

func (j *judging) judgeRequestHeader(p parameter) error {
	value, given := j.http.headers[strings.ToLower(p.name)]
	if !given {
		if p.required {
			j.add(Error, codeRequestHeader, "request.headers."+p.name, p.pointer,
				fmt.Sprintf("The request lacks the header %s, which the operation requires.", p.name))
		}
		return nil
	}
	problems, err := j.d.judgeParameter(p, p.headerSent(value))
	for _, problem := range problems {
		part := strings.Join(append([]string{"request", "headers", p.name}, problem.path...), ".")
		j.addProblem(problem, codeRequestHeader, codeRequestHeaderUnjudged, part, fmt.Sprintf("The request header %s %s.", nameIn(p.name, problem.path), problem.sentence))
	}
	return err
}

// judgeCookie only warns: cookies are set by what ran before, and pacts seldom
// name them.
func (j *judging) judgeCookie(p parameter) {
	if p.required && j.d.spend(len(j.http.headers["cookie"])) && !hasCookie(j.http.headers["cookie"], p.name) {
		j.add(Warning, codeRequestHeader, "request.headers.cookie", p.pointer,
			fmt.Sprintf("The request lacks the cookie %q, which the operation requires.", p.name))
	}
}

func hasCookie(header, name string) bool {
	for _, part := range strings.FieldsFunc(header, func(c rune) bool { return c == ';' || c == ',' }) {
		if cookie, _, _ := strings.Cut(strings.TrimSpace(part), "="); cookie == name {
			return true
		}
	}
	return false
}

// headerSent reads a header, whose lists are separated by commas and, most
// often, spaces; OpenAPI 2.0 may name another separator.
func (p parameter) headerSent(value string) sent {
	return sent{given: true, values: []string{value}, separator: p.separator(), spaced: true, pairs: true}
}

func (j *judging) judgeResponseHeaders(response place) error {
	described := j.d.in(response, "headers")
	names, declared := sortedKeys(described.object()), map[string]bool{}
	for _, name := range names {
		declared[strings.ToLower(name)] = true
		value, expected := j.http.response.headers[strings.ToLower(name)]
		if !expected || strings.EqualFold(name, "content-type") {
			continue
		}
		if err := j.judgeResponseHeader(name, value, j.d.in(described, name)); err != nil {
			return err
		}
	}
	for _, name := range sortedKeys(j.http.response.headers) {
		if name == "content-type" || declared[name] {
			continue
		}
		j.undescribedHeader(name, response, names)
	}
	return nil
}

func (j *judging) judgeResponseHeader(name, value string, header place) error {
	p := parameter{place: header, name: name, in: "header"}
	p.schema, p.content = j.d.parameterSchema(header)
	problems, err := j.d.judgeParameter(p, p.headerSent(value))
	for _, problem := range problems {
		part := strings.Join(append([]string{"response", "headers", name}, problem.path...), ".")
		j.addProblem(problem, codeResponseHeader, codeResponseHeaderUnjudged, part, fmt.Sprintf("The expected header %s %s.", nameIn(name, problem.path), problem.sentence))
	}
	return err
}

func (j *judging) undescribedHeader(name string, response place, described []string) {
	part := "response.headers." + name
	if slices.Contains(usualInResponses, name) {
		j.add(Warning, codeResponseHeaderUndefined, part, j.operation().pointer,
			fmt.Sprintf("The header %s is expected; it is a usual one, and the document does not describe it.", name))
		return
	}
	message := fmt.Sprintf("The header %s is expected, and the document does not describe it for status %d.", shortened(name), j.http.status)
	if len(described) > 0 {
		message = fmt.Sprintf("The header %s is expected, and the document describes only %s for status %d.", shortened(name), fewOf(described), j.http.status)
	}
	j.add(Error, codeResponseHeaderUnknown, part, response.pointer+"/headers", message)
}
