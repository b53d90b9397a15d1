package comparison

import (
	"fmt"
	"slices"
	"strings"
)

// server is where the operations of a document are served under a path of its own.
type server struct {
	address string
	// path has no slash at its end.
	path string
}

// maxServers is how many servers are looked at.
const maxServers = 10

// servers are those of the document and of its paths and operations whose address
// has a path, in OpenAPI 3. Variables stand for their defaults.
func (d *Document) servers() []server {
	if d.format != openAPI3 || d.serversRead {
		return d.serving
	}
	d.serversRead = true
	add := func(of place) {
		for _, listed := range d.in(of, "servers").list() {
			s := readServer(object(listed))
			if s.path != "" && len(d.serving) < maxServers && !slices.Contains(d.serving, s) {
				d.serving = append(d.serving, s)
			}
		}
	}
	add(place{d.root, ""})
	for _, method := range sortedKeys(d.routes) {
		for _, route := range slices.Concat(d.routes[method].all()...) {
			add(route.item)
			add(route.operation)
		}
	}
	return d.serving
}

func readServer(described map[string]any) server {
	address, _ := described["url"].(string)
	variables, path := object(described["variables"]), address
	for _, name := range sortedKeys(variables) {
		if value, given := object(variables[name])["default"]; given {
			path = strings.ReplaceAll(path, "{"+name+"}", fmt.Sprint(value))
		}
	}
	path, _, _ = strings.Cut(path, "?")
	path, _, _ = strings.Cut(path, "#")
	if _, after, absolute := strings.Cut(path, "//"); absolute {
		_, path, _ = strings.Cut(after, "/")
	}
	if path = strings.Trim(path, "/"); path != "" {
		path = "/" + path
	}
	return server{address, path}
}
