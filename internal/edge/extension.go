package edge

import (
	"net/http"
	"slices"
	"strings"
)

// mediaOfExtension are the endings of a path that stand for an Accept header.
var mediaOfExtension = map[string]string{".csv": CSV, ".svg": SVG, ".json": HALJSON, ".yaml": YAML}

// extensions knows which addresses may end in an extension. A name may end in
// one too, so it is taken for an extension only where the address without it
// offers that type, and where the last segment is no name. A name is cut only
// if all that the address offers is that one type and no JSON.
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

// apply returns the request with the extension turned into an Accept header, if
// it is one.
func (e extensions) apply(r *http.Request, wanted bool) *http.Request {
	path := r.URL.RawPath
	dot := strings.LastIndexByte(path, '.')
	if !wanted || dot < 0 {
		return r
	}
	media, ok := mediaOfExtension[path[dot:]]
	if !ok || e.literal(path) || !e.offered(path[:dot], media) {
		return r
	}
	changed := r.Clone(r.Context())
	changed.URL = withPath(r.URL, path[:dot])
	changed.Header.Set("Accept", media)
	exchangeOf(r.Context()).path = path[:dot]
	return changed
}

// literal tells whether a route has exactly this path.
func (e extensions) literal(path string) bool {
	return slices.ContainsFunc(e, func(route Route) bool { return route.Path == path })
}

// offered tells whether a route at the path offers the type in the way that
// extensions describes.
func (e extensions) offered(path, media string) bool {
	return slices.ContainsFunc(e, func(route Route) bool {
		if !matchesPath(route.Path, path) {
			return false
		}
		offers := route.Offers
		if len(offers) == 0 {
			offers = []string{HALJSON}
		}
		endsInName := strings.Contains(route.Path[strings.LastIndexByte(route.Path, '/'):], ":")
		if endsInName {
			return media != HALJSON && len(offers) == 1 && offers[0] == media
		}
		return slices.Contains(offers, media)
	})
}

// matchesPath tells whether a path is one that a route's pattern stands for.
func matchesPath(pattern, path string) bool {
	want, got := strings.Split(pattern, "/"), strings.Split(path, "/")
	if len(want) != len(got) {
		return false
	}
	for i := range want {
		if !strings.HasPrefix(want[i], ":") && want[i] != got[i] {
			return false
		}
	}
	return true
}
