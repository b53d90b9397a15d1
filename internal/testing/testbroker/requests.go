package testbroker

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/testing/openapitest"
)

// Change is something special about one request.
type Change func(*http.Request)

// Header sets a header of the request; an empty value removes it.
func Header(name, value string) Change {
	return func(r *http.Request) {
		r.Header.Set(name, value)
		if value == "" {
			r.Header.Del(name)
		}
	}
}

// Accept asks for an answer of the media type.
func Accept(mediaType string) Change { return Header("Accept", mediaType) }

// ContentType says what the body is.
func ContentType(mediaType string) Change { return Header("Content-Type", mediaType) }

// As sends a user name and a password.
func As(username, password string) Change {
	return func(r *http.Request) { r.SetBasicAuth(username, password) }
}

// Always is the same broker, for whom every request is changed in these ways.
func (b *Broker) Always(changes ...Change) *Broker {
	other := *b
	other.always = slices.Concat(b.always, changes)
	return &other
}

// Get asks for an address: a path, or a link from an answer.
func (b *Broker) Get(address string, changes ...Change) Response {
	b.t.Helper()
	return b.Do(http.MethodGet, address, nil, changes...)
}

// Post sends a body; see Do.
func (b *Broker) Post(address string, body any, changes ...Change) Response {
	b.t.Helper()
	return b.Do(http.MethodPost, address, body, changes...)
}

// Put sends a body; see Do.
func (b *Broker) Put(address string, body any, changes ...Change) Response {
	b.t.Helper()
	return b.Do(http.MethodPut, address, body, changes...)
}

// Patch sends a body as application/merge-patch+json; see Do.
func (b *Broker) Patch(address string, body any, changes ...Change) Response {
	b.t.Helper()
	changes = append([]Change{ContentType("application/merge-patch+json")}, changes...)
	return b.Do(http.MethodPatch, address, body, changes...)
}

// Delete removes what is at the address.
func (b *Broker) Delete(address string, changes ...Change) Response {
	b.t.Helper()
	return b.Do(http.MethodDelete, address, nil, changes...)
}

// Do makes a request. A body that is a string or bytes is sent as it is, any
// other as JSON; the type is application/json unless changed, also without a
// body. An answer that is not what openapi.yaml says fails the test. Do may be
// called from several goroutines.
func (b *Broker) Do(method, address string, body any, changes ...Change) Response {
	b.t.Helper()
	if strings.HasPrefix(address, "/") {
		address = string(Base) + address
	}
	r := httptest.NewRequest(method, address, reader(body))
	r.Header.Set("Accept", "application/hal+json, application/json, */*;q=0.1")
	if method != http.MethodGet && method != http.MethodDelete {
		r.Header.Set("Content-Type", "application/json")
	}
	for _, change := range slices.Concat(b.always, changes) {
		change(r)
	}
	asked := b.asDocumented(r)
	recorder := httptest.NewRecorder()
	b.app.Handler().ServeHTTP(recorder, r)
	response := Response{
		t: b.t, asked: method + " " + address,
		Status: recorder.Code, Header: recorder.Header(), Body: recorder.Body.Bytes(),
	}
	openapitest.Validate(b.t, asked, response.Status, response.Header, response.Body)
	return response
}

// asDocumented is the request with its path below that of the base address,
// which openapi.yaml does not know.
func (b *Broker) asDocumented(r *http.Request) *http.Request {
	asked := r.Clone(r.Context())
	for _, base := range b.settings.Server.BaseURLs {
		parsed, err := url.Parse(base)
		if err != nil {
			continue // the broker would not have started
		}
		asked.URL.Path = strings.TrimPrefix(asked.URL.Path, parsed.Path)
		asked.URL.RawPath = strings.TrimPrefix(asked.URL.RawPath, parsed.Path)
	}
	return asked
}

func reader(body any) io.Reader {
	switch body := body.(type) {
	case nil:
		return http.NoBody
	case string:
		return strings.NewReader(body)
	case []byte:
		return bytes.NewReader(body)
	default:
		text, err := json.Marshal(body)
		if err != nil {
			panic(err) // a test sends something that is no JSON
		}
		return bytes.NewReader(text)
	}
}

// Response is what the broker answered.
type Response struct {
	t      testing.TB
	asked  string
	Status int
	Header http.Header
	Body   []byte
}

// OK fails the test unless the status is one of the given ones, or 2xx if none
// is given, and returns the response.
func (r Response) OK(statuses ...int) Response {
	r.t.Helper()
	if len(statuses) == 0 {
		require.True(r.t, r.Status >= 200 && r.Status < 300, "%s answered %d\n%s", r.asked, r.Status, r.Body)
	} else {
		require.Contains(r.t, statuses, r.Status, "%s answered %d\n%s", r.asked, r.Status, r.Body)
	}
	return r
}

// JSON is the body as JSON.
func (r Response) JSON() any {
	r.t.Helper()
	var value any
	require.NoError(r.t, json.Unmarshal(r.Body, &value), "%s answered %d\n%s", r.asked, r.Status, r.Body)
	return value
}

// Find is the part of the JSON body that the keys and indexes lead to, such as
// Find("_embedded", "pacts", 0, "name"), or nil if there is none.
func (r Response) Find(steps ...any) any {
	r.t.Helper()
	value := r.JSON()
	for _, step := range steps {
		switch at := value.(type) {
		case map[string]any:
			key, _ := step.(string)
			value = at[key]
		case []any:
			index, isIndex := step.(int)
			if !isIndex || index >= len(at) {
				return nil
			}
			value = at[index]
		default:
			return nil
		}
	}
	return value
}

// Text is Find for a text; it fails the test if there is none.
func (r Response) Text(steps ...any) string {
	r.t.Helper()
	text, isText := r.Find(steps...).(string)
	require.True(r.t, isText, "%s has no text at %v\n%s", r.asked, steps, r.Body)
	return text
}

// Link is the address of a link relation; it fails the test if there is none.
func (r Response) Link(relation string) string {
	r.t.Helper()
	return r.Text("_links", relation, "href")
}

// browserTypes are the media types that browsers ask for when an address is opened.
const browserTypes = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"

// Visit opens an address as a browser does. Pages are no part of openapi.yaml.
func (b *Broker) Visit(address string, changes ...Change) Response {
	b.t.Helper()
	return b.page(httptest.NewRequest(http.MethodGet, b.absolute(address), nil), changes)
}

// Submit sends a form as a page of the broker does.
func (b *Broker) Submit(address string, form url.Values, changes ...Change) Response {
	b.t.Helper()
	r := httptest.NewRequest(http.MethodPost, b.absolute(address), strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if parsed, err := url.Parse(b.absolute(address)); err == nil {
		r.Header.Set("Origin", parsed.Scheme+"://"+parsed.Host)
	}
	return b.page(r, changes)
}

func (b *Broker) absolute(address string) string {
	if strings.HasPrefix(address, "/") {
		return string(Base) + address
	}
	return address
}

func (b *Broker) page(r *http.Request, changes []Change) Response {
	r.Header.Set("Accept", browserTypes)
	for _, change := range slices.Concat(b.always, changes) {
		change(r)
	}
	recorder := httptest.NewRecorder()
	b.app.Handler().ServeHTTP(recorder, r)
	return Response{t: b.t, asked: r.Method + " " + r.URL.String(), Status: recorder.Code, Header: recorder.Header(), Body: recorder.Body.Bytes()}
}

// SignIn signs somebody in on the page, and returns what makes a request one of
// their browser.
func (b *Broker) SignIn(name, password string) Change {
	b.t.Helper()
	answer := b.Submit("/sign-in", url.Values{"name": {name}, "password": {password}}).OK(http.StatusSeeOther)
	return FromBrowser(answer.Cookie())
}

// Cookie is the cookie that the answer sets, as the browser sends it.
func (r Response) Cookie() string {
	r.t.Helper()
	cookies := (&http.Response{Header: r.Header}).Cookies()
	require.NotEmpty(r.t, cookies, "%s sets no cookie", r.asked)
	last := cookies[len(cookies)-1]
	return last.Name + "=" + last.Value
}

// FromBrowser makes a request one that a page of the broker sends, with a cookie.
func FromBrowser(cookie string) Change {
	return func(r *http.Request) {
		r.Header.Set("Cookie", cookie)
		r.Header.Set("Origin", string(Base))
	}
}
