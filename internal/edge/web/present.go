package web

import (
	"bytes"
	"encoding/json"
	"net/http"
	"path"
	"strings"

	"github.com/accord-broker/accord/internal/edge"
)

// Present shows a person what the API has answered: a resource with its links to
// follow, or what went wrong and where to go.
func (w *Web) Present(r *http.Request, response edge.Response) []byte {
	if response.Header.Get("Content-Security-Policy") == edge.PagePolicy {
		return nil // a page that says itself what is wrong
	}
	name, page := "resource.html", any(nil)
	if response.Status >= http.StatusBadRequest {
		name, page = "error.html", w.errorPage(r, response)
	} else if namesItsForm(r.URL.Path, response.Header.Get("Content-Type")) {
		return nil
	} else {
		page = w.resourcePage(r, response)
	}
	body, err := w.render(name, page)
	if err != nil {
		return nil // the answer as it is says more than a page that cannot be made
	}
	return body
}

// namesItsForm reports whether an address asks for just the form that the answer
// has, as whoever adds .json to one does.
func namesItsForm(address, media string) bool {
	form, _, _ := strings.Cut(media, ";")
	switch path.Ext(address) {
	case ".json":
		return strings.Contains(form, "json")
	case ".csv":
		return form == edge.CSV
	case ".txt":
		return form == edge.PlainText
	}
	return false
}

// errorPage says what was looked for, what is near, and where to go.
type errorPage struct {
	frame
	Status  int
	Heading string
	Address string
	Details []string
	// Changed tells that the request would have changed something.
	Changed bool
	Near    []link
	Asked   string
	// Help says who can help; "" if nobody has to.
	Help string
}

var headings = map[int]string{
	http.StatusBadRequest: "This cannot be understood", http.StatusUnauthorized: "Sign in to see this", http.StatusForbidden: "You may not do this",
	http.StatusNotFound: "There is nothing here", http.StatusMethodNotAllowed: "This address cannot be opened", http.StatusNotAcceptable: "This cannot be shown",
	http.StatusConflict: "This contradicts what is there", http.StatusUnsupportedMediaType: "This cannot be read", http.StatusUnprocessableEntity: "This cannot be done",
	http.StatusServiceUnavailable: "The broker cannot answer right now", http.StatusInternalServerError: "The broker made a mistake", http.StatusGone: "This is no longer kept",
	http.StatusRequestEntityTooLarge: "This is too large",
}

func (w *Web) errorPage(r *http.Request, response edge.Response) errorPage {
	shown := errorPage{Status: response.Status, Heading: headings[response.Status], Address: r.URL.RequestURI(), Changed: r.Method == http.MethodPost}
	shown.Details = failureTexts(response.Body)
	if shown.Heading == "" {
		shown.Heading = http.StatusText(response.Status)
	}
	if response.Status == http.StatusNotFound && len(shown.Details) == 1 && len(shown.Details[0]) < 120 {
		shown.Heading, shown.Details = strings.TrimSuffix(shown.Details[0], "."), nil
	}
	if response.Status == http.StatusNotFound {
		missed := w.missed(r)
		if missed.said != "" && shown.Heading == headings[http.StatusNotFound] {
			shown.Heading = missed.said
		}
		shown.Asked, shown.Near = missed.asked, missed.near
	}
	switch {
	case response.Status != http.StatusForbidden:
	case w.crossOrigin.Check(r) != nil: // whichever role one has
		shown.Heading = "This came from another site"
	default:
		shown.Help = "Whoever administers this broker can give you a role that allows it."
	}
	shown.frame = w.frameOf(r, excerpt(shown.Heading), "")
	shown.Searched = shown.Asked
	return shown
}

// failureTexts reads what an answer of the API says of a failure.
func failureTexts(body []byte) []string {
	var said struct {
		Error  json.RawMessage `json:"error"`
		Errors json.RawMessage `json:"errors"`
		Detail string          `json:"detail"`
	}
	if json.Unmarshal(body, &said) != nil {
		return nil
	}
	var texts []string
	if said.Detail != "" {
		texts = append(texts, said.Detail)
	}
	return append(append(texts, textsIn(said.Error, "")...), textsIn(said.Errors, "")...)
}

// textsIn lists the texts in a JSON value, each after the name of its field.
func textsIn(value json.RawMessage, field string) []string {
	var text string
	var list []json.RawMessage
	switch {
	case len(value) == 0:
		return nil
	case json.Unmarshal(value, &text) == nil:
		if field != "" && field != "message" && field != "detail" {
			text = field + " " + text
		}
		return []string{text}
	case json.Unmarshal(value, &list) == nil:
		var texts []string
		for _, item := range list {
			texts = append(texts, textsIn(item, field)...)
		}
		return texts
	}
	var texts []string
	for _, m := range membersOf(value) {
		if m.Name != "type" && m.Name != "title" && m.Name != "reference" {
			texts = append(texts, textsIn(m.Value, m.Name)...)
		}
	}
	return texts
}

// member is a name and a value of a JSON object.
type member struct {
	Name  string
	Value json.RawMessage
}

// membersOf returns the members of a JSON object in their order.
func membersOf(object []byte) []member {
	decoder := json.NewDecoder(bytes.NewReader(object))
	if first, err := decoder.Token(); err != nil || first != json.Delim('{') {
		return nil
	}
	var members []member
	for decoder.More() {
		name, err := decoder.Token()
		if err != nil {
			return members
		}
		m := member{}
		m.Name, _ = name.(string)
		if err := decoder.Decode(&m.Value); err != nil {
			return members
		}
		members = append(members, m)
	}
	return members
}
