package edge

import (
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// accept joins the Accept lines of a request; some clients send several.
func accept(r *http.Request) string { return strings.Join(r.Header.Values("Accept"), ", ") }

// preference is one part of an Accept header.
type preference struct {
	media   string
	quality float64
}

// preferences reads an Accept header, the best first. Equal ones keep the
// client's order; parts that cannot be read are left out.
func preferences(header string) []preference {
	var all []preference
	for part := range strings.SplitSeq(header, ",") {
		fields := strings.Split(part, ";")
		p := preference{media: strings.ToLower(strings.TrimSpace(fields[0])), quality: 1}
		if p.media == "*" {
			p.media = Anything
		}
		for _, field := range fields[1:] {
			if value, ok := strings.CutPrefix(strings.ToLower(strings.TrimSpace(field)), "q="); ok {
				p.quality = weightOf(value)
			}
		}
		if p.media != "" {
			all = append(all, p)
		}
	}
	slices.SortStableFunc(all, func(a, b preference) int {
		switch {
		case a.quality > b.quality:
			return -1
		case a.quality < b.quality:
			return 1
		}
		return 0
	})
	return all
}

// weightOf reads a weight. One that cannot be read is none, and none is more than 1.
func weightOf(text string) float64 {
	weight, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsNaN(weight) {
		return 0
	}
	return min(max(weight, 0), 1)
}

// negotiate picks the offer that suits an Accept header best: the weight of what says
// most precisely that an offer is wanted, then the client's order, then the order of
// the offers. No header accepts everything.
func negotiate(offers []string, header string) (string, bool) {
	wanted := preferences(header)
	if len(wanted) == 0 || slices.Contains(offers, Anything) {
		return offers[0], true
	}
	best, quality, place := "", 0.0, 0
	for _, offer := range offers {
		at := speaksOf(offer, wanted, offers)
		if at < 0 || wanted[at].quality <= 0 {
			continue
		}
		if q := wanted[at].quality; q > quality || q == quality && at < place {
			best, quality, place = offer, q, at
		}
	}
	return best, best != ""
}

// speaksOf is the place of the part of an Accept header that says most precisely
// whether an offer is wanted, -1 if none does.
func speaksOf(offer string, wanted []preference, offers []string) int {
	kind, _, _ := strings.Cut(offer, "/")
	isJSON := offer == HALJSON && !slices.Contains(offers, JSON)
	for _, media := range []string{offer, JSON, kind + "/*", Anything} {
		at := slices.IndexFunc(wanted, func(p preference) bool { return p.media == media })
		if alias := media == JSON && offer != JSON; alias && (!isJSON || at >= 0 && wanted[at].quality <= 0) {
			continue // who does not want JSON may want HAL
		}
		if at >= 0 {
			return at
		}
	}
	return -1
}

// charsetAcceptable reports whether the client takes UTF-8, the only one there is.
func charsetAcceptable(r *http.Request) bool {
	wanted := preferences(strings.Join(r.Header.Values("Accept-Charset"), ","))
	return len(wanted) == 0 || slices.ContainsFunc(wanted, func(p preference) bool {
		return p.quality > 0 && (p.media == "utf-8" || p.media == Anything)
	})
}

// wantsProblem reports whether failures are to be in the form of RFC 9457: where
// the client says that it knows the form, and always on the broker's own API.
func wantsProblem(r *http.Request) bool {
	return strings.Contains(accept(r), Problem) || isOwnAPI(r)
}

// isOwnAPI reports whether the request is for the broker's own, versioned API.
func isOwnAPI(r *http.Request) bool {
	return strings.HasPrefix(requestStateOf(r.Context()).path, "/api/")
}

// isBrowser reports whether a person is likely to look at the answer: what is
// accepted names HTML and none of the types that programs ask for. A wildcard
// names nothing, so programs that end their list with one get the resource.
func isBrowser(r *http.Request) bool {
	header := accept(r)
	if slices.ContainsFunc([]string{HALJSON, Problem, JSON, CSV, YAML, PlainText}, func(media string) bool {
		return strings.Contains(header, media)
	}) {
		return false
	}
	return slices.ContainsFunc(preferences(header), func(p preference) bool {
		return p.quality > 0 && (p.media == HTMLText || p.media == xhtml || p.media == "text/*")
	})
}
