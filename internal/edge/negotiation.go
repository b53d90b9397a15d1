package edge

import (
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
				p.quality, _ = strconv.ParseFloat(value, 64) // an unreadable weight is none
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

// negotiate picks the offer that suits an Accept header best: the client's
// order and weights decide, then the order of the offers. No header accepts
// everything.
func negotiate(offers []string, header string) (string, bool) {
	wanted := preferences(header)
	if len(wanted) == 0 || slices.Contains(offers, Anything) {
		return offers[0], true
	}
	refused := func(offer string) bool { return isRefused(offer, wanted) }
	for _, p := range wanted {
		for _, offer := range offers {
			if p.quality > 0 && satisfies(offer, p.media, offers) && !refused(offer) {
				return offer, true
			}
		}
	}
	return "", false
}

// isRefused reports whether what an Accept header says most precisely of an offer is
// that it is not wanted.
func isRefused(offer string, wanted []preference) bool {
	kind, _, _ := strings.Cut(offer, "/")
	for _, media := range []string{offer, kind + "/*", Anything} {
		if i := slices.IndexFunc(wanted, func(p preference) bool { return p.media == media }); i >= 0 {
			return wanted[i].quality <= 0
		}
	}
	return false
}

// satisfies reports whether an offer is what a part of an Accept header asks for.
// HAL is JSON, so it satisfies application/json where that is not offered itself.
func satisfies(offer, media string, offers []string) bool {
	if media == Anything || media == offer {
		return true
	}
	if kind, ok := strings.CutSuffix(media, "/*"); ok {
		return strings.HasPrefix(offer, kind+"/")
	}
	return media == JSON && offer == HALJSON && !slices.Contains(offers, JSON)
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
