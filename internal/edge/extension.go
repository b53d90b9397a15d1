package edge

import (
	"net/http"
	"slices"
	"strings"
)

// mediaOfExtension are the endings of a path that stand for an Accept header.
var mediaOfExtension = map[string]string{".csv": CSV, ".dot": Graphviz, ".svg": SVG, ".json": HALJSON, ".txt": PlainText, ".yaml": YAML}

// extensions knows which addresses may end in an extension: those that offer
// its type without it. A name may end in one too, so where the last segment is
// a name, the extension is cut only if nothing has the whole name.
type extensions []Route

func extensionsOf(routes []Route) extensions {
	var readable extensions
	for _, route := range routes {
		if route.Method == http.MethodGet {
			readable = append(readable, route)
		}
	}
	return readable
}

// reading is one way to take a request.
type reading struct {
	request *http.Request
	// cut is what the request's address ends in and the reading leaves out.
	cut string
}

// readings returns the ways to take a request, in the order in which they are
// to be tried.
func (e extensions) readings(r *http.Request) []reading {
	whole := reading{request: r}
	path := r.URL.RawPath
	dot := strings.LastIndexByte(path, '.')
	if dot < 0 {
		return []reading{whole}
	}
	media, known := mediaOfExtension[path[dot:]]
	if !known || e.literal(path) {
		return []reading{whole}
	}
	offered, named := e.offered(path[:dot], media)
	if !offered || named && r.Method != http.MethodGet && r.Method != http.MethodHead {
		return []reading{whole}
	}
	changed := r.Clone(r.Context())
	changed.URL = withPath(r.URL, path[:dot])
	changed.Header.Set("Accept", media)
	short := reading{request: changed, cut: path[dot:]}
	if named {
		return []reading{whole, short}
	}
	return []reading{short}
}

// literal reports whether a route has exactly this path.
func (e extensions) literal(path string) bool {
	return slices.ContainsFunc(e, func(route Route) bool { return route.Path == path })
}

// offered reports whether a route at the path offers the type, and whether what
// the path ends in is a name for all such routes.
func (e extensions) offered(path, media string) (offered, named bool) {
	named = true
	for _, route := range e {
		offers := route.Offers
		if len(offers) == 0 {
			offers = []string{HALJSON}
		}
		if matchesPath(route.Path, path) && slices.Contains(offers, media) {
			offered = true
			named = named && strings.Contains(route.Path[strings.LastIndexByte(route.Path, '/'):], ":")
		}
	}
	return offered, named
}

// matchesPath reports whether a path is one that a route's pattern stands for.
func matchesPath(pattern, path string) bool {
	for more := true; more; {
		var want, got string
		var moreOfPath bool
		want, pattern, more = strings.Cut(pattern, "/")
		got, path, moreOfPath = strings.Cut(path, "/")
		if more != moreOfPath || want != got && !strings.HasPrefix(want, ":") {
			return false
		}
	}
	return true
}
