package edge

import (
	"bytes"
	"net/http"
	"slices"
	"strings"
)

// Response is what the API has answered to a person who opened its address in a
// browser: a resource, or a failure.
type Response struct {
	Status int
	Header http.Header
	Body   []byte
}

// Presenter shows a person, as a page, what the API has answered. It returns nil
// to let them see the answer as it is.
type Presenter func(r *http.Request, response Response) []byte

// xhtml is what every browser asks for, and no client of the API.
const xhtml = "application/xhtml+xml"

// isPerson reports whether somebody looks at the answer in a browser: every one
// asks for XHTML when an address is opened.
func isPerson(r *http.Request) bool {
	return strings.Contains(accept(r), xhtml) && isBrowser(r)
}

// takesOnlyHTML reports whether a browser asks for HTML and would take nothing else: where
// the API has none, it gets the page that a person sees. Programs get the 406 of the Pact
// Broker.
func takesOnlyHTML(r *http.Request) bool {
	if !strings.HasPrefix(r.UserAgent(), "Mozilla/") {
		return false
	}
	wanted := preferences(accept(r))
	other := func(p preference) bool { return p.media != HTMLText && p.media != xhtml || p.quality <= 0 }
	return (r.Method == http.MethodGet || r.Method == http.MethodHead) && len(wanted) > 0 && !slices.ContainsFunc(wanted, other)
}

// presented is the first form of an answer that is shown to people as a page.
func presented(offers []string) (string, bool) {
	for _, offer := range offers {
		if isRaw(http.Header{"Content-Type": {offer}}) {
			return offer, true
		}
	}
	return "", false
}

// asResource is the part of a query by which a person asks for the resource at an
// address that has a page as well.
const asResource = "as=resource"

// takeAsResource takes that part out of the query and reports whether it was there.
func takeAsResource(r *http.Request) bool {
	parts := strings.Split(r.URL.RawQuery, "&")
	rest := slices.DeleteFunc(slices.Clone(parts), func(part string) bool { return part == asResource })
	r.URL.RawQuery = strings.Join(rest, "&")
	return len(rest) < len(parts)
}

// heldResponse keeps an answer back that a person should not see raw: JSON, tables and
// other texts, and every failure. Pictures, pages and files to keep pass.
type heldResponse struct {
	http.ResponseWriter
	holds  bool
	begun  bool
	status int
	body   bytes.Buffer
}

func (w *heldResponse) WriteHeader(status int) {
	if w.begun {
		return
	}
	w.begun, w.status = true, status
	w.holds = status >= http.StatusBadRequest || status == http.StatusOK && isRaw(w.Header())
	if !w.holds {
		w.ResponseWriter.WriteHeader(status)
	}
}

// isRaw reports whether an answer is for programs and not a file to keep.
func isRaw(h http.Header) bool {
	media, _, _ := strings.Cut(h.Get("Content-Type"), ";")
	return h.Get("Content-Disposition") == "" && (strings.Contains(media, "json") || media == CSV || media == PlainText)
}

func (w *heldResponse) Write(p []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	if w.holds {
		return w.body.Write(p)
	}
	return w.ResponseWriter.Write(p)
}

// Flush sends what was written so far.
func (w *heldResponse) Flush() {
	if flusher, ok := w.ResponseWriter.(http.Flusher); ok && !w.holds {
		flusher.Flush()
	}
}

// Unwrap gives http.ResponseController the writer below.
func (w *heldResponse) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// finish sends what was kept back, as a page if the presenter makes one of it.
func (w *heldResponse) finish(r *http.Request, present Presenter) {
	if !w.holds {
		return
	}
	h := w.Header()
	body := w.body.Bytes()
	if page := present(r, Response{Status: w.status, Header: h.Clone(), Body: body}); page != nil {
		body = page
		h.Set("Content-Type", HTMLText+";charset=utf-8")
		h.Set("Content-Security-Policy", PagePolicy)
	}
	h.Del("Content-Length")
	w.ResponseWriter.WriteHeader(w.status)
	if r.Method != http.MethodHead {
		_, _ = w.ResponseWriter.Write(body) // a browser that has gone does not miss it
	}
}
