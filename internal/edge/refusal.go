package edge

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/accord-broker/accord/internal/support/fault"
)

// refusal is what the edge answers without asking a handler: what is wrong with
// the request, and what to do about it.
type refusal struct {
	// code names the refusal, and so the status.
	code           string
	detail, remedy string
	// media is the type of the body where the client does not take problem
	// details. The Pact Broker sends none with a body that is empty; without one,
	// the body goes without a type, so that clients which look at it find the same.
	media string
}

// Error says what is wrong and what to do about it.
func (f refusal) Error() string { return f.detail + " " + f.remedy }

// status is that of the answer.
func (f refusal) status() int { return codeOf(f.code).Status }

// problem is the refusal in the form of RFC 9457.
func (f refusal) problem(r *http.Request) problem {
	code := codeOf(f.code)
	p := problem{Title: code.Title, Type: problemType(r, code), Status: code.Status, Detail: f.Error()}
	if isOwnAPI(r) {
		p.Detail, code.Action = f.detail, f.remedy
		p.own(r, code)
	}
	return p
}

func writeRefusal(w http.ResponseWriter, r *http.Request, f refusal) {
	requestStateOf(r.Context()).code = f.code
	if f.code == unknownScheme.code {
		tellAuditor(r, fault.Unauthorized)
	}
	switch {
	case wantsProblem(r):
		writeProblem(w, r, f.problem(r))
	case f.media == PlainText:
		sent(w, r, write(w, f.status(), PlainText, []byte(f.Error()+"\n")))
	case f.media == "":
		sent(w, r, writeUntyped(w, f.status(), map[string]string{"error": f.Error()}))
	default:
		sent(w, r, writeJSON(w, f.status(), f.media, map[string]string{"error": f.Error()}))
	}
}

// writeUntyped sends JSON without saying so.
func writeUntyped(w http.ResponseWriter, status int, v any) error {
	body, err := Encode(v)
	if err != nil {
		return err
	}
	w.Header()["Content-Type"] = nil // or the server would guess one
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	if _, err := w.Write(body); err != nil {
		return clientGone{err}
	}
	return nil
}

func wrongMethod(r *http.Request, allowed string) refusal {
	return refusal{code: "method_not_allowed",
		detail: "This address does not take " + requestStateOf(r.Context()).method + ".", remedy: "It takes " + allowed + "."}
}

func notAcceptable(offers []string) refusal {
	return refusal{code: "not_acceptable",
		detail: "This address does not answer in a form that the Accept header names, or not in its character set.",
		remedy: "It answers with " + strings.Join(offers, " or ") + ", in UTF-8."}
}

// wrongBodyType tells which types of bodies the route takes.
func wrongBodyType(media, accepted string, takes []string) refusal {
	f := refusal{code: "unsupported_media_type", media: HALJSON, detail: "The request has no Content-Type header."}
	if media != "" {
		f.detail = "This address does not take a body of the type " + media + "."
	}
	if strings.Contains(accepted, "json") {
		f.media = accepted
	}
	f.remedy = "Send the header Content-Type: " + strings.ReplaceAll(strings.Join(takes, " or "), AnyJSON, JSON) + ", also where the body is empty."
	return f
}

var (
	unknownMethod = refusal{code: "not_implemented", detail: "HTTP knows no such method.", remedy: "Use GET, POST, PUT, PATCH or DELETE."}
	unknownScheme = refusal{code: "unknown_credentials", media: PlainText,
		detail: "The Authorization header has a scheme that this broker does not take.", remedy: "Send a user name and a password, as Basic."}
	unknownSchemeOfTokens = refusal{code: unknownScheme.code, media: PlainText,
		detail: unknownScheme.detail, remedy: "Send a token as Bearer, or as the password of Basic with any user name."}
)
