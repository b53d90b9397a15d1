package pactfile

import (
	"strings"
	"testing"

	"github.com/accord-broker/accord/internal/support/fault"

	"github.com/stretchr/testify/require"
)

func TestReadBodyKeepsWhatWasSent(t *testing.T) {
	for name, test := range map[string]struct{ body, want string }{
		"white space goes":            {" {\n\t\"a\" : [ 1 , 2 ]\r\n} ", `{"a":[1,2]}`},
		"numbers keep their text":     {`{"price": 1.0, "big": 12345678901234567890, "e": 1E+400, "minus": -0}`, `{"price":1.0,"big":12345678901234567890,"e":1E+400,"minus":-0}`},
		"order of members stays":      {`{"b":1,"a":2}`, `{"b":1,"a":2}`},
		"strings keep their spelling": {`{"a":"ü \u00fc \/ </b> 🦦"}`, `{"a":"ü \u00fc \/ </b> 🦦"}`},
		"nothing is a content":        {`{}`, `{}`},
		"fifty deep":                  {`{"a":` + strings.Repeat("[", 49) + strings.Repeat("]", 49) + `}`, `{"a":` + strings.Repeat("[", 49) + strings.Repeat("]", 49) + `}`},
		"many beside each other":      {`{"a":[` + strings.Repeat("[],{},", 60) + `1]}`, `{"a":[` + strings.Repeat("[],{},", 60) + `1]}`},
		"brackets in strings":         {`{"a":"` + strings.Repeat("[", 60) + `\"["}`, `{"a":"` + strings.Repeat("[", 60) + `\"["}`},
	} {
		t.Run(name, func(t *testing.T) {
			content, err := ReadBody([]byte(test.body))
			require.NoError(t, err)
			require.Equal(t, test.want, string(content))
		})
	}
}

func TestReadBodyLeavesTheBodyAlone(t *testing.T) {
	body := []byte(`{ "a" : 1 }`)
	_, err := ReadBody(body)
	require.NoError(t, err)
	require.Equal(t, `{ "a" : 1 }`, string(body))
}

func TestReadBodyRefuses(t *testing.T) {
	for name, test := range map[string]struct{ body, text string }{
		"nothing":           {"", "empty"},
		"white space":       {" \n", "empty"},
		"no JSON":           {"{not json", "line 1, column 2"},
		"a later line":      {"{\n \"a\": x}", "line 2, column 7"},
		"half an object":    {`{"a":1`, "not valid JSON"},
		"two values":        {`{} {}`, "not valid JSON"},
		"an open string":    {`{"a":"b`, "not valid JSON"},
		"a string":          {`"text"`, "JSON string"},
		"a number":          {`12`, "JSON number"},
		"null":              {`null`, "JSON null"},
		"a boolean":         {`true`, "JSON boolean"},
		"an array":          {`[1]`, "JSON array"},
		"a name twice":      {`{"x":{"a":1,"a":2}}`, "/x/a twice"},
		"a respelled name":  {`{"a":1,"\u0061":2}`, "twice"},
		"Latin-1":           {"{\"a\":\"\xfc\"}", "offset 6"},
		"half a surrogate":  {`{"a":"\ud800"}`, "not valid JSON"},
		"a control char":    {"{\"a\":\"\x01\"}", "not valid JSON"},
		"fifty-one deep":    {`{"a":` + strings.Repeat("[", 50) + strings.Repeat("]", 50) + `}`, "50 levels"},
		"endlessly deep":    {strings.Repeat("[", 100_000), "50 levels"},
		"a leading zero":    {`{"a":01}`, "not valid JSON"},
		"a byte order mark": {"\xef\xbb\xbf{}", "not valid JSON"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := ReadBody([]byte(test.body))
			require.True(t, fault.Is(err, fault.Malformed), "got %v", err)
			require.ErrorContains(t, err, test.text)
		})
	}
}

func TestReadJSONTakesArraysToo(t *testing.T) {
	content, err := ReadJSON([]byte(`[1, 2]`))
	require.NoError(t, err)
	require.Equal(t, `[1,2]`, string(content))
}

func TestScanning(t *testing.T) {
	text := []byte(`{"a":"x\\","b\"":[1,{"c":"]}"},[]],"d":null,"e":{}}`)
	names, values := []string{}, []string{}
	for name, value := range members(text) {
		names, values = append(names, unquote(name)), append(values, string(value))
	}
	require.Equal(t, []string{"a", `b"`, "d", "e"}, names)
	require.Equal(t, []string{`"x\\"`, `[1,{"c":"]}"},[]]`, `null`, `{}`}, values)

	elements := []string{}
	for item := range Items(Member(text, `b"`)) {
		elements = append(elements, string(item))
	}
	require.Equal(t, []string{`1`, `{"c":"]}"}`, `[]`}, elements)
	require.Nil(t, Member(text, "c"))
	require.Nil(t, memberAt(text, "a", "b"))
}

func TestWithMembers_setsThemInTheirPlaceOrAtTheEnd(t *testing.T) {
	for object, want := range map[string]string{
		`{}`:                      `{"a":1,"b":[2]}`,
		`{"x":0}`:                 `{"x":0,"a":1,"b":[2]}`,
		`{"b":"old","x":{"a":7}}`: `{"b":[2],"x":{"a":7},"a":1}`,
		`{"a":{},"b":null}`:       `{"a":1,"b":[2]}`,
	} {
		got := WithMembers(Body(object), NamedMember{Name: "a", Value: []byte("1")}, NamedMember{Name: "b", Value: []byte("[2]")})
		require.Equal(t, want, string(got))
		require.JSONEq(t, string(WithMember(WithMember(Body(object), "a", []byte("1")), "b", []byte("[2]"))), string(got))
	}
}
