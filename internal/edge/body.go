package edge

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/gin-gonic/gin"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/accord-broker/accord/internal/support/fault"
)

// maxNesting is how deep a JSON body may go.
const maxNesting = 50

// errLetGo is for a handler that asks for a body of which ReadOnce has made a value.
var errLetGo = errors.New("edge: the body was read by ReadOnce, which has let go of it")

// Body reads the whole body of the request once and keeps it. It returns a
// TooLarge fault beyond the limit of the options.
func Body(c *gin.Context) ([]byte, error) {
	x := requestStateOf(c.Request.Context())
	if x.parsed != nil {
		return nil, errLetGo
	}
	if x.read {
		return x.body, nil
	}
	body, err := readBody(c, x)
	if err != nil {
		return nil, err
	}
	x.body, x.read = body, true
	if c.GetHeader(keyHeader) != "" {
		x.bodyDigest = sha256.Sum256(body)
	}
	return body, nil
}

// receive makes sure that the body is here, whoever reads it or has read it.
func receive(c *gin.Context) error {
	if requestStateOf(c.Request.Context()).read {
		return nil
	}
	_, err := Body(c)
	return err
}

// ReadOnce returns what read makes of the request, which it does once, and lets
// go of the body: what was read from it must be a copy.
func ReadOnce[T any](c *gin.Context, read func() (T, error)) (T, error) {
	x := requestStateOf(c.Request.Context())
	if known, done := x.parsed.(T); done {
		return known, nil
	}
	value, err := read()
	if err == nil {
		x.parsed, x.body = value, nil
	}
	return value, err
}

// RequireMedia answers 415 unless the Content-Type of the request is one that
// the route takes. Only the bare type counts, and a missing one is none.
func RequireMedia(c *gin.Context) error {
	x := requestStateOf(c.Request.Context())
	media := requestMedia(c.Request)
	if slices.Contains(x.route.Accepts, media) {
		return nil
	}
	if slices.Contains(x.route.Accepts, AnyJSON) && strings.Contains(media, "json") {
		return nil
	}
	return wrongBodyType(media, x.accepted, x.route.Accepts)
}

// Object returns the members of a JSON body. An empty body has none. It answers 415 as RequireMedia does and returns a
// Malformed fault if the body is an array.
func Object(c *gin.Context) (map[string]json.RawMessage, error) {
	members := map[string]json.RawMessage{}
	if err := Decode(c, &members); err != nil {
		return nil, err
	}
	return members, nil
}

// Decode reads a JSON body into dst, which an empty body leaves as it is. It
// answers 415 as RequireMedia does, returns a Malformed fault if the body is not
// of the shape of dst, and an Invalid one naming a field of the wrong type.
func Decode(c *gin.Context, dst any) error {
	if err := RequireMedia(c); err != nil {
		return err
	}
	body, err := Body(c)
	if err != nil || len(bytes.TrimSpace(body)) == 0 {
		return err
	}
	err = json.Unmarshal(body, dst)
	var wrong *json.UnmarshalTypeError
	switch {
	case errors.As(err, &wrong) && wrong.Field != "":
		return fault.InvalidField(wrong.Field, "must not be %s", article(wrong.Value)).Because(err)
	case err != nil:
		return fault.New(fault.Malformed, "The request body must be a JSON object.").Because(err)
	}
	return nil
}

// article puts the right article before a kind of JSON value.
func article(value string) string {
	kind, _, _ := strings.Cut(value, " ")
	if strings.HasPrefix(kind, "a") || strings.HasPrefix(kind, "o") {
		return "an " + kind
	}
	return "a " + kind
}

// requestMedia is the bare type of the request body, in lower case.
func requestMedia(r *http.Request) string {
	media, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";")
	return strings.ToLower(strings.TrimSpace(media))
}

// checkJSON returns a Malformed fault if a body that claims to be JSON is not
// UTF-8, not a JSON object or array, or nested too deeply.
func checkJSON(c *gin.Context, x *requestState) error {
	takesBody := len(x.route.Accepts) > 0 && c.Request.Method != http.MethodGet && c.Request.Method != http.MethodHead
	if !takesBody || !strings.Contains(requestMedia(c.Request), "json") {
		return nil
	}
	body, err := Body(c)
	if err != nil {
		return err
	}
	if len(bytes.TrimSpace(body)) == 0 {
		if x.route.BodyRequired {
			return fault.New(fault.Malformed, "The request body is empty; a JSON object is expected.")
		}
		return nil
	}
	return jsonFault(body)
}

// jsonFault says what keeps a body from being a JSON object or array.
func jsonFault(body []byte) error {
	if coding := packing(body); coding != "" {
		return fault.New(fault.Malformed, "The request body is packed with %s, and no header says so: send it with Content-Encoding: %s.", coding, coding)
	}
	if !utf8.Valid(body) {
		return fault.New(fault.Malformed, "The request body is not UTF-8: the byte at position %d starts no character.", invalidAt(body))
	}
	if nesting(body) > maxNesting {
		return fault.New(fault.Malformed, "The request body is nested more than %d levels deep.", maxNesting)
	}
	if mistake := mistakeIn(body); mistake != "" {
		return fault.New(fault.Malformed, "The request body is not JSON: %s.", mistake)
	}
	if first := bytes.TrimSpace(body)[0]; first != '{' && first != '[' {
		return fault.New(fault.Malformed, "The request body must be a JSON object.")
	}
	return nil
}

// packing is the coding of the web that a body begins like, "" for others. No JSON
// begins so.
func packing(body []byte) string {
	switch {
	case bytes.HasPrefix(body, []byte("\x1f\x8b")):
		return "gzip"
	case bytes.HasPrefix(body, []byte("\x28\xb5\x2f\xfd")):
		return "zstd"
	}
	return ""
}

// invalidAt is the position of the first byte that is not UTF-8.
func invalidAt(body []byte) int {
	at := 0
	for at < len(body) {
		r, size := utf8.DecodeRune(body[at:])
		if r == utf8.RuneError && size == 1 {
			break
		}
		at += size
	}
	return at
}

// mistakeIn says where a text stops being JSON, or "" if it is. A name that
// occurs twice in one object is a mistake, since nobody can tell which of the two
// was meant.
func mistakeIn(body []byte) string {
	decoder := jsontext.NewDecoder(bytes.NewBuffer(body)) // which it reads in place
	err := decoder.SkipValue()
	if err == nil {
		_, err = decoder.ReadToken()
	}
	var syntax *jsontext.SyntacticError
	switch {
	case errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF):
		return ""
	case errors.Is(err, jsontext.ErrDuplicateName) && errors.As(err, &syntax):
		return fmt.Sprintf("it names %s twice", syntax.JSONPointer)
	case errors.As(err, &syntax):
		return fmt.Sprintf("%v at position %d", syntax.Err, syntax.ByteOffset)
	case err == nil:
		return fmt.Sprintf("something follows its end, at position %d", decoder.InputOffset())
	}
	return fmt.Sprint(err)
}

// nesting is how deep the brackets of a JSON text go.
func nesting(body []byte) int {
	deepest, depth, inString := 0, 0, false
	for i := 0; i < len(body); i++ {
		switch c := body[i]; {
		case inString && c == '\\':
			i++
		case c == '"':
			inString = !inString
		case inString:
		case c == '{' || c == '[':
			depth++
			deepest = max(deepest, depth)
		case c == '}' || c == ']':
			depth--
		}
	}
	return deepest
}
