package web

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/url"
	"path"
	"strings"

	"github.com/accord-broker/accord/internal/edge"
	"github.com/accord-broker/accord/internal/pacticipants"
)

// Present shows a person what the API has answered: a resource with its links to
// follow, or what went wrong and where to go.
func (w *Web) Present(r *http.Request, answer edge.Answered) []byte {
	if answer.Header.Get("Content-Security-Policy") == edge.PagePolicy {
		return nil // a page that says itself what is wrong
	}
	name, page := "resource.html", any(nil)
	if answer.Status >= http.StatusBadRequest {
		name, page = "error.html", w.errorPage(r, answer)
	} else if namesItsForm(r.URL.Path, answer.Header.Get("Content-Type")) {
		return nil
	} else {
		page = w.resourcePage(r, answer)
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
}

var headings = map[int]string{
	http.StatusBadRequest: "This cannot be understood", http.StatusUnauthorized: "Sign in to see this", http.StatusForbidden: "You may not do this",
	http.StatusNotFound: "There is nothing here", http.StatusMethodNotAllowed: "This address cannot be opened", http.StatusNotAcceptable: "This cannot be shown",
	http.StatusConflict: "This contradicts what is there", http.StatusUnsupportedMediaType: "This cannot be read", http.StatusUnprocessableEntity: "This cannot be done",
	http.StatusServiceUnavailable: "The broker cannot answer right now", http.StatusInternalServerError: "The broker made a mistake", http.StatusGone: "This is no longer kept",
	http.StatusRequestEntityTooLarge: "This is too large",
}

func (w *Web) errorPage(r *http.Request, answer edge.Answered) errorPage {
	shown := errorPage{Status: answer.Status, Heading: headings[answer.Status], Address: r.URL.RequestURI(), Changed: r.Method == http.MethodPost}
	shown.Details = failureTexts(answer.Body)
	if shown.Heading == "" {
		shown.Heading = http.StatusText(answer.Status)
	}
	if answer.Status == http.StatusNotFound && len(shown.Details) == 1 && len(shown.Details[0]) < 120 {
		shown.Heading, shown.Details = strings.TrimSuffix(shown.Details[0], "."), nil
	}
	if answer.Status == http.StatusNotFound {
		shown.Asked = askedName(r.URL.Path)
		if said := nothingSuch(r.URL.EscapedPath()); said != "" && shown.Heading == headings[http.StatusNotFound] {
			shown.Heading = said
		}
		shown.Near = w.near(r, shown.Asked)
	}
	shown.frame = w.frameOf(r, shown.Heading, "")
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

// nothingSuch says in words what was looked for at the address of an application,
// a version, an environment or a contract, "" for any other. The path is escaped, so
// that a slash in a name parts nothing.
func nothingSuch(path string) string {
	segments := strings.Split(strings.Trim(path, "/"), "/")
	for i, segment := range segments {
		if name, err := url.PathUnescape(segment); err == nil {
			segments[i] = name
		}
	}
	switch {
	case len(segments) == 4 && segments[0] == "pacticipants" && segments[2] == "versions":
		return "There is no version “" + segments[3] + "” of “" + segments[1] + "”"
	case len(segments) >= 2 && segments[0] == "pacticipants":
		return "There is no application named “" + segments[1] + "”"
	case len(segments) >= 2 && segments[0] == "environments":
		return "There is no environment “" + segments[1] + "”"
	case len(segments) >= 5 && segments[0] == "pacts" && segments[1] == "provider" && segments[3] == "consumer":
		return "There is no such contract of “" + segments[4] + "” with “" + segments[2] + "”"
	}
	return ""
}

// askedName is the part of a path that is most likely a name: the one behind the
// first segment.
func askedName(path string) string {
	segments := strings.Split(strings.Trim(path, "/"), "/")
	for i, segment := range segments {
		switch segment {
		case "pacticipants", "consumer", "environments", "applications":
			if i+1 < len(segments) {
				return segments[i+1]
			}
		}
	}
	return segments[len(segments)-1]
}

// nearShown is how many names an error page lists.
const nearShown = 5

// near are the applications and environments whose names are like the one asked
// for.
func (w *Web) near(r *http.Request, asked string) []link {
	board, err := w.services.Boards.Board(r.Context())
	if err != nil || asked == "" {
		return nil
	}
	at := pathOf(edge.BaseOf(r.Context()))
	var found []link
	for _, a := range board.Applications {
		if len(found) < nearShown && alike(asked, a.Name) {
			found = append(found, link{a.Name, at + "/pacticipants/" + url.PathEscape(a.Name)})
		}
	}
	for _, e := range board.Environments {
		if len(found) < nearShown && alike(asked, e.Name) {
			found = append(found, link{e.Name, at + "/environments/" + e.UUID})
		}
	}
	return found
}

// alike reports whether one name may be meant by the other: they are written
// alike, or begin alike for half of their length.
func alike(asked, name string) bool {
	if len(pacticipants.SimilarNames(asked, []string{name})) > 0 {
		return true
	}
	a, b := []rune(strings.ToLower(asked)), []rune(strings.ToLower(name))
	same := 0
	for same < min(len(a), len(b)) && a[same] == b[same] {
		same++
	}
	return same >= 2 && same*2 >= min(len(a), len(b)) && same*3 >= max(len(a), len(b))
}
