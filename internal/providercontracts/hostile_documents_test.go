package providercontracts_test

import (
	"encoding/base64"
	"encoding/binary"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/testing/testbroker"
	"github.com/accord-broker/accord/internal/testing/testrandom"
)

// answersWith is a document with one operation, whose answer has a schema written in YAML
// flow style.
func answersWith(schema string) string {
	return "openapi: 3.0.3\ninfo: {title: Orders, version: '1'}\npaths:\n  /orders/{id}:\n    get:\n      responses:\n        '200':\n          description: ok\n" +
		"          content: {application/json: {schema: " + schema + "}}\n"
}

// inUTF16 is a text as editors of Windows may save it.
func inUTF16(text string, order binary.AppendByteOrder) string {
	encoded := order.AppendUint16(nil, 0xfeff)
	for _, unit := range utf16.Encode([]rune(text)) {
		encoded = order.AppendUint16(encoded, unit)
	}
	return string(encoded)
}

// aliases is YAML in which each line is ten times the one before.
func aliases(lines int) string {
	var text strings.Builder
	text.WriteString("openapi: 3.0.3\npaths: {}\nx0: &x0 [lol]\n")
	name := func(i int) string { return "x" + strings.Repeat("i", i) }
	text.WriteString("x: &x [lol]\n")
	for i := 1; i < lines; i++ {
		text.WriteString(name(i) + ": &" + name(i) + " [" + strings.Repeat("*"+name(i-1)+", ", 9) + "*" + name(i-1) + "]\n")
	}
	return text.String()
}

// hostile are documents as nobody should send them: broken by accident, by a tool or on
// purpose. What is true is refused; what is false may be taken, with whatever is in it.
var hostile = map[string]struct {
	text    string
	refused bool
}{
	"a bomb of aliases":                {aliases(9), true},
	"an alias of nothing":              {"openapi: 3.0.3\npaths: *nowhere\n", true},
	"an alias of itself":               {"openapi: 3.0.3\npaths: &p\n  /x: *p\n", true},
	"a key twice":                      {"openapi: 3.0.3\npaths: {}\npaths: {}\n", false},
	"a key twice in JSON":              {`{"openapi":"3.0.3","info":{},"paths":{},"paths":{"/orders/{id}":{"get":{"responses":{}}}}}`, false},
	"keys that are merged":             {"openapi: 3.0.3\ninfo: {title: a, version: '1'}\nx-base: &base {get: {responses: {'200': {description: ok}}}}\npaths:\n  /orders/{id}:\n    <<: *base\n", false},
	"keys merged from many":            {"openapi: 3.0.3\nx-a: &a {get: {responses: {}}}\nx-b: &b {post: {responses: {}}}\npaths:\n  /orders/{id}:\n    <<: [*a, *b]\n", false},
	"keys merged from a word":          {"openapi: 3.0.3\npaths:\n  /orders/{id}:\n    <<: word\n", false},
	"a tag that makes objects":         {"openapi: 3.0.3\npaths: !!python/object/apply:os.system [id]\n", false},
	"a tag that lies":                  {"openapi: 3.0.3\npaths: !!int {a: b}\n", false},
	"bytes in a tag":                   {"openapi: 3.0.3\npaths: !!binary '****'\n", false},
	"a huge whole number":              {answersWith("{type: integer, maximum: " + strings.Repeat("9", 4000) + "}"), false},
	"a huge power":                     {answersWith("{type: number, maximum: 1e99999}"), false},
	"a huge depth of braces":           {answersWith(strings.Repeat("{allOf: [", 20_000) + strings.Repeat("]}", 20_000)), true},
	"a huge depth of lines":            {"openapi: 3.0.3\npaths:\n" + indented(2000), true},
	"infinity":                         {answersWith("{type: number, maximum: .inf, minimum: -.inf, multipleOf: .nan}"), false},
	"an octal and a date":              {"openapi: 3.0.3\ninfo: {title: 0o17, version: 2001-01-01}\npaths: {}\n", false},
	"keys that are no texts":           {"openapi: 3.0.3\npaths: {1: {}, true: {}, null: {}, 2.5: {}}\n", false},
	"a key that is a list":             {"openapi: 3.0.3\npaths: {[a, b]: {}}\n", true},
	"a zero byte":                      {"openapi: 3.0.3\npaths: {\x00: {}}\n", true},
	"a zero byte that is written out":  {`{"openapi":"3.0.3","info":{"title":"a\u0000b","version":"\u0000"},"paths":{"/\u0000":{"get":{"operationId":"\u0000","responses":{}}}}}`, false},
	"no UTF-8":                         {"openapi: 3.0.3\ninfo: {title: \"\xff\xfe\"}\npaths: {}\n", true},
	"half a character that is written": {`{"openapi":"3.0.3","info":{"title":"\ud800"},"paths":{"/\udc00":{"get":{"responses":{}}}}}`, false},
	"a mark of the byte order":         {"\ufeff" + described("/orders/{id}", "id: {type: integer}"), false},
	"two marks of the byte order":      {"\ufeff\ufeff" + described("/orders/{id}", "id: {type: integer}"), false},
	"UTF-16, small end first":          {inUTF16(described("/orders/{id}", "id: {type: integer}"), binary.LittleEndian), false},
	"UTF-16, big end first":            {inUTF16(described("/orders/{id}", "id: {type: integer}"), binary.BigEndian), false},
	"two documents":                    {"openapi: 3.0.3\npaths: {}\n---\nopenapi: 3.0.3\npaths: {}\n", false},
	"nothing but a comment":            {"# openapi: 3.0.3\n", true},
	"nothing but an end":               {"...\n", true},
	"a word":                           {"openapi", true},
	"a list":                           {"[openapi]", true},
	"tabs":                             {"openapi: 3.0.3\npaths:\n\t/orders/{id}: {}\n", true},
	"old Macintosh lines":              {strings.ReplaceAll(described("/orders/{id}", "id: {type: integer}"), "\n", "\r"), false},
	"Windows lines":                    {strings.ReplaceAll(described("/orders/{id}", "id: {type: integer}"), "\n", "\r\n"), false},
	"paths that are a list":            {"openapi: 3.0.3\npaths: [a]\n", false},
	"paths that are a word":            {"openapi: 3.0.3\npaths: word\n", false},
	"a version that is a list":         {"openapi: [3]\npaths: {}\n", true},
	"a version of the future":          {"openapi: 9.9.9\npaths: {}\n", true},
	"a version that is a number":       {"openapi: 3.0\npaths: {}\n", false},
	"a reference to a file":            {answersWith("{$ref: 'file:///etc/passwd'}"), false},
	"a reference to a server":          {answersWith("{$ref: 'http://127.0.0.1:1/x.yaml#/X'}"), false},
	"a reference to itself":            {answersWith("{$ref: '#/paths/~1orders~1{id}/get/responses/200/content/application~1json/schema'}"), false},
	"a reference that is a number":     {answersWith("{$ref: 7}"), false},
	"a pattern that never ends":        {answersWith("{type: object, properties: {id: {type: string, pattern: '^(a+)+$'}}}"), false},
	"a pattern that is none":           {answersWith("{type: object, properties: {id: {type: string, pattern: '('}}}"), false},
	"names that steer a terminal":      {answersWith(`{type: object, properties: {"\e[2J": {type: string}}}`), false},
	"a page within names":              {answersWith(`{type: object, properties: {"<script>alert(1)</script>": {type: string}}}`), false},
}

func indented(lines int) string {
	var text strings.Builder
	for i := range lines {
		text.WriteString(strings.Repeat(" ", i+2) + "a:\n")
	}
	return text.String()
}

// hostileBroker is one in which a consumer needs something of the provider.
func hostileBroker(t *testing.T) *testbroker.Broker {
	t.Helper()
	b := testbroker.New(t)
	b.Environment("production")
	b.Pact("Web", "1").Branch("main").Saying(testbroker.Object{"interactions": []any{testbroker.Object{
		"description": "an order", "request": testbroker.Object{"method": "GET", "path": "/orders/7"}, "response": testbroker.Object{"status": 200, "body": testbroker.Object{"id": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!"}},
	}}}).With("Orders")
	b.Deploy("Web", "1", "production")
	return b
}

func publishText(b *testbroker.Broker, provider, version, text string) testbroker.Response {
	return b.Post("/provider-contracts/provider/"+provider+"/publish", testbroker.Object{"pacticipantVersionNumber": version, "branch": "main", "contract": testbroker.Object{"content": asBase64(text)}})
}

func checkText(b *testbroker.Broker, provider, text string) testbroker.Response {
	return b.Post("/api/v1/providers/"+provider+"/contracts/check", testbroker.Object{"content": asBase64(text)})
}

// everythingOf asks for all that shows a version of a provider, each of which must work.
func everythingOf(t *testing.T, b *testbroker.Broker, version, text string) {
	t.Helper()
	shown := b.Get("/contracts/provider/Orders/version/" + version).OK()
	content, err := base64.StdEncoding.DecodeString(shown.Text("content"))
	require.NoError(t, err)
	require.Equal(t, text, string(content), "it is given back byte by byte")
	b.Get("/api/v1/providers/Orders/contracts").OK()
	b.Get("/api/v1/providers/Orders/contracts/sound/changes/" + version).OK()
	b.Get("/api/v1/providers/Orders/contracts/" + version + "/changes/sound").OK()
	b.Get("/matrix?q[][pacticipant]=Web&q[][version]=1&q[][pacticipant]=Orders&q[][version]=" + version + "&latestby=cvpv").OK()
	for _, page := range []string{"/provider-contracts/Orders", "/provider-contracts/Orders/versions/" + version} {
		require.Less(t, b.Visit(page).Status, 500, page)
	}
}

// Whatever is published as a document is either refused with a reason, and then nothing of
// it is stored, or kept as it is, and then all that shows it works.
func TestPublish_neverFailsWhateverTheDocumentIs(t *testing.T) {
	b := hostileBroker(t)
	publishText(b, "Orders", "sound", described("/orders/{id}", "id: {type: integer}")).OK()
	for name, test := range hostile {
		t.Run(name, func(t *testing.T) {
			b := b.For(t)
			version := strings.ReplaceAll(name, " ", "-")
			began := time.Now()
			checked := checkText(b, "Orders", test.text)
			answer := publishText(b, "Orders", version, test.text)
			require.Less(t, time.Since(began), 10*time.Second, "it holds nobody up")
			require.Equal(t, test.refused, answer.Status == http.StatusBadRequest, "%d: %s", answer.Status, answer.Body)
			require.Equal(t, test.refused, checked.Status == http.StatusUnprocessableEntity, "what is tried out is told the same: %d: %s", checked.Status, checked.Body)
			if test.refused {
				require.Contains(t, string(answer.Body), "contract.content", "it says which member is wrong")
				b.Get("/pacticipants/Orders/versions/" + version).OK(http.StatusNotFound)
				return
			}
			answer.OK()
			everythingOf(t, b, version, test.text)
		})
	}
}

// A document of which a few bytes were changed, left out or repeated is refused or kept as
// any other is.
func TestPublish_neverFailsForDocumentsThatWereDamaged(t *testing.T) {
	b := hostileBroker(t)
	sound := described("/orders/{id}", "id: {type: integer, minimum: 1}, state: {type: string, enum: [open, paid]}")
	publishText(b, "Orders", "sound", sound).OK()
	testrandom.Each(t, func(t *testing.T, random *rand.Rand) {
		b := b.For(t)
		for range 60 {
			text := damagedText(random, sound)
			version := "v" + asHex(random)
			checked, answer := checkText(b, "Orders", text), publishText(b, "Orders", version, text)
			require.Contains(t, []int{http.StatusOK, http.StatusBadRequest}, answer.Status, "%q: %s", text, answer.Body)
			require.Equal(t, answer.Status == http.StatusOK, checked.Status == http.StatusOK, "%q: %s", text, checked.Body)
			if answer.Status == http.StatusOK {
				everythingOf(t, b, version, text)
			}
		}
	}, 1)
}

func asHex(random *rand.Rand) string {
	const digits = "0123456789abcdef"
	text := make([]byte, 12)
	for i := range text {
		text[i] = digits[random.IntN(len(digits))]
	}
	return string(text)
}

// damagedText is a text with some changes of the kind that copying, merging and careless
// templates make.
func damagedText(random *rand.Rand, text string) string {
	for range 1 + random.IntN(3) {
		from := random.IntN(len(text))
		to := min(len(text), from+1+random.IntN(12))
		switch random.IntN(5) {
		case 0:
			text = text[:from] + text[to:]
		case 1:
			text = text[:to] + text[from:]
		case 2:
			text = text[:from] + testrandom.OneOf(random, "{", "}", "[", "]", ":", "\n", "*x", "&x ", "!!int ", "<<: ", "null", "\x00", "\xff", "-", "'", "\"", "1e999", "$ref: '#'") + text[from:]
		case 3:
			text = text[:from] + string(rune(random.IntN(0x10ffff))) + text[to:]
		case 4:
			lines := strings.SplitAfter(text, "\n")
			random.Shuffle(len(lines), func(i, j int) {
				if random.IntN(6) == 0 {
					lines[i], lines[j] = lines[j], lines[i]
				}
			})
			text = strings.Join(lines, "")
		}
		if text == "" {
			return "x"
		}
	}
	return text
}
