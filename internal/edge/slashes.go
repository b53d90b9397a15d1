package edge

import (
	"cmp"
	"net/http"
	"slices"
	"strings"
)

// slashes knows the addresses in which a branch or a tag is named. The native
// command line up to 0.8.8 writes the slash of such a name as it is, so that
// feat/login looks like two segments of the path.
type slashes []Route

// slashed are the parameters of a path whose slashes clients leave as they are.
var slashed = []string{":branch", ":tag"}

// readings returns the ways to take a request whose address has no route, with
// several segments as one name. What only reads takes the first that exists,
// beginning with the shortest name; what writes, only an address that can mean
// but one thing.
func (s slashes) readings(r *http.Request) []reading {
	path := r.URL.RawPath
	if slices.ContainsFunc(s, func(route Route) bool { return matchesPath(route.Path, path) }) {
		return nil
	}
	var joined []string
	for _, route := range s {
		if route.Method != r.Method && (route.Method != http.MethodGet || r.Method != http.MethodHead) {
			continue
		}
		if whole, ok := joinName(route.Path, path); ok && !slices.Contains(joined, whole) {
			joined = append(joined, whole)
		}
	}
	if reads := r.Method == http.MethodGet || r.Method == http.MethodHead; !reads && len(joined) > 1 {
		return nil
	}
	slices.SortStableFunc(joined, func(a, b string) int { return cmp.Compare(strings.Count(b, "/"), strings.Count(a, "/")) })
	readings := make([]reading, len(joined))
	for i, whole := range joined {
		changed := r.Clone(r.Context())
		changed.URL = withPath(r.URL, whole)
		readings[i] = reading{request: changed}
	}
	return readings
}

// joinName returns the path with so many segments joined to one name that it fits
// the pattern, which must have one place for such a name.
func joinName(pattern, path string) (string, bool) {
	want, got := strings.Split(pattern, "/"), strings.Split(path, "/")
	at := slices.IndexFunc(want, func(segment string) bool { return slices.Contains(slashed, segment) })
	last := at + len(got) - len(want)
	if at < 0 || last <= at || slices.Contains(got[at:last+1], "") {
		return "", false
	}
	name := strings.Join(got[at:last+1], "%2F")
	whole := strings.Join(slices.Concat(got[:at], []string{name}, got[last+1:]), "/")
	return whole, matchesPath(pattern, whole)
}
