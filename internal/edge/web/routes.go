package web

import (
	"net/http"

	"accord/internal/access"
	"accord/internal/edge"
)

// Routes is the table of the pages.
func (w *Web) Routes() []edge.Route {
	html, anything := []string{edge.HTMLText}, []string{edge.Anything}
	return []edge.Route{
		// Everything at a glance
		olderPage("/", w.showHome),
		page("/integrations", w.goHome),
		page("/dashboard", w.goHome),
		page("/pacticipants", w.goHome),
		page("/publish", w.showFirstSteps),

		// Documentation
		{Method: http.MethodGet, Path: "/doc/:rel", Operation: "showRelation", Offers: html, Action: access.Read, Handler: w.showRelation},
		{Method: http.MethodGet, Path: "/docs", Operation: "showDocs", Offers: html, Action: access.Read, Handler: w.showDocs},
		{Method: http.MethodGet, Path: "/docs/:file", Offers: anything, Action: access.Read, Handler: w.showDocsFile},

		// Resources of the API
		page("/browse", w.browse),
		page("/hal-browser/browser.html", w.goHALBrowser),

		// Files and the appearance
		{Method: http.MethodGet, Path: "/static/:digest/:file", Offers: anything, Action: access.Public, Handler: w.showStaticFile},
		{Method: http.MethodPost, Path: "/appearance", Offers: html, Accepts: []string{formMedia}, Action: access.Public, Handler: w.sameOrigin(w.setAppearance)},
	}
}
