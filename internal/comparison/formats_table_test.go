package comparison_test

import "testing"

// Formats that are judged; of all others any value will do.
var formatCases = []schemaCase{
	{name: "date", schema: `{"type":"string","format":"date"}`, fit: []string{`"2024-02-29"`, `"1999-12-31"`}, broken: []string{`"2023-02-29"`, `"2024-2-1"`, `"2024-13-01"`, `"2024-02-01T00:00:00Z"`, `"today"`}},
	{name: "time", schema: `{"type":"string","format":"time"}`, fit: []string{`"10:00:00Z"`, `"23:59:59.123+02:00"`}, broken: []string{`"25:00:00Z"`, `"10:61:00Z"`, `"noon"`}},
	{name: "date-time", schema: `{"type":"string","format":"date-time"}`, fit: []string{`"2024-02-29T10:00:00Z"`, `"2024-02-29T10:00:00.5+02:00"`, `"2024-02-29t10:00:00z"`}, broken: []string{`"2024-02-30T10:00:00Z"`, `"2024-02-29T10:00:00"`, `"2024-02-29"`, `"2024-02-29T25:00:00Z"`}},
	{name: "duration", schema: `{"type":"string","format":"duration"}`, fit: []string{`"P1D"`, `"PT1H30M"`, `"P2W"`, `"P1Y2M3DT4H5M6S"`}, broken: []string{`"1D"`, `"P"`, `"PT"`, `"P1H"`}},
	{name: "email", schema: `{"type":"string","format":"email"}`, fit: []string{`"a@b.test"`, `"a.b+c@shop.example.org"`}, broken: []string{`"a"`, `"a@"`, `"@b.test"`, `"a b@c.test"`, `"a@b@c.test"`}},
	{name: "hostname", schema: `{"type":"string","format":"hostname"}`, fit: []string{`"shop.test"`, `"localhost"`, `"a-b.c"`}, broken: []string{`"-a.test"`, `"a b"`, `"a_b!"`}},
	{name: "ipv4", schema: `{"type":"string","format":"ipv4"}`, fit: []string{`"192.0.2.1"`, `"0.0.0.0"`}, broken: []string{`"192.0.2"`, `"192.0.2.256"`, `"::1"`, `"192.0.2.1/24"`}},
	{name: "ipv6", schema: `{"type":"string","format":"ipv6"}`, fit: []string{`"::1"`, `"2001:db8::8a2e:370:7334"`}, broken: []string{`"192.0.2.1"`, `"2001:db8"`, `":::1"`, `"g::1"`}},
	{name: "uri", schema: `{"type":"string","format":"uri"}`, fit: []string{`"https://shop.test/a?b=c#d"`, `"urn:isbn:1"`, `"mailto:a@b.test"`}, broken: []string{`"/a/b"`, `"shop"`, `"https://shop.test/a b"`}},
	{name: "uri-reference", schema: `{"type":"string","format":"uri-reference"}`, fit: []string{`"/a/b"`, `"https://shop.test"`, `"a?b=c"`, `"#d"`}, broken: []string{`"a b"`, `"<a>"`}},
	{name: "uri-template", schema: `{"type":"string","format":"uri-template"}`, fit: []string{`"https://shop.test/{id}"`, `"/a{/b}{?c,d}"`, `"plain"`}, broken: []string{`"/a/{"`, `"/a/}"`, `"/{a b}"`}},
	{name: "url", schema: `{"type":"string","format":"url"}`, fit: []string{`"https://shop.test/a"`, `"ftp://shop.test"`}, broken: []string{`"shop.test"`, `"mailto:a@b.test"`, `"https://a b.test"`}},
	{name: "uuid", schema: `{"type":"string","format":"uuid"}`, fit: []string{`"123e4567-e89b-12d3-a456-426614174000"`, `"123E4567-E89B-12D3-A456-426614174000"`}, broken: []string{`"123e4567"`, `"123e4567e89b12d3a456426614174000"`, `"123e4567-e89b-12d3-a456-42661417400g"`}},
	{name: "regex", schema: `{"type":"string","format":"regex"}`, fit: []string{`"^a+$"`, `"(?=a)b"`}, broken: []string{`"(["`, `"*"`}},
	{name: "json-pointer", schema: `{"type":"string","format":"json-pointer"}`, fit: []string{`"/a/0/b~1c"`, `"/"`}, broken: []string{`"a/b"`, `"/a~2"`}},
	{name: "relative-json-pointer", schema: `{"type":"string","format":"relative-json-pointer"}`, fit: []string{`"0"`, `"1/a"`, `"2#"`}, broken: []string{`"/a"`, `"-1/a"`}},
	{name: "byte", schema: `{"type":"string","format":"byte"}`, fit: []string{`"YQ=="`, `"YWJj"`}, broken: []string{`"a"`, `"%%%%"`, `"Y=Q="`}},
	{name: "int32", schema: `{"type":"integer","format":"int32"}`, fit: []string{`2147483647`, `-2147483648`, `0`}, broken: []string{`2147483648`, `-2147483649`, `1.5`}},
	{name: "int32 of a number", schema: `{"type":"number","format":"int32"}`, fit: []string{`7`}, broken: []string{`7.5`}},
	{name: "int64", schema: `{"type":"integer","format":"int64"}`, fit: []string{`9223372036854775807`, `1`}, broken: []string{`1.5`}},
	{name: "float and double", schema: `{"type":"object","properties":{"f":{"type":"number","format":"float"},"d":{"type":"number","format":"double"}}}`, fit: []string{`{"f":1.5,"d":1e300}`, `{"f":1,"d":-0.1}`}, broken: []string{`{"f":"1.5"}`, `{"d":null}`}},
	{name: "password and binary", schema: `{"type":"object","properties":{"p":{"type":"string","format":"password"},"b":{"type":"string","format":"binary"}}}`, fit: []string{`{"p":"","b":"\u0000ÿ"}`}, broken: []string{`{"p":1}`}},
	{name: "iso-time", schema: `{"type":"string","format":"iso-time"}`, fit: []string{`"10:00:00"`, `"10:00:00Z"`, `"10:00:00+02:00"`}, broken: []string{`"24:00:00"`, `"10:00"`}},
	{name: "iso-date-time", schema: `{"type":"string","format":"iso-date-time"}`, fit: []string{`"2024-02-29T10:00:00"`, `"2024-02-29 10:00:00Z"`}, broken: []string{`"2024-02-29"`, `"2024-13-29T10:00:00"`}},
	{name: "an unknown format says nothing", schema: `{"type":"string","format":"isbn"}`, fit: []string{`"x"`}, broken: []string{`1`}},
	{name: "a format says nothing of other types", schema: `{"format":"date"}`, fit: []string{`1`, `true`, `{"a":1}`, `"2024-01-01"`}, broken: []string{`"x"`}},
	{name: "a format beside an enum", schema: `{"type":"string","format":"date","enum":["2024-01-01","x"]}`, fit: []string{`"2024-01-01"`}, broken: []string{`"x"`, `"2024-01-02"`}},
	{name: "a format in a schema of several parts", schema: `{"allOf":[{"type":"string","format":"uuid"},{"maxLength":36}]}`, fit: []string{`"123e4567-e89b-12d3-a456-426614174000"`}, broken: []string{`"x"`}},
}

func TestFormats(t *testing.T) {
	for _, version := range []string{"3.0.3", "3.1.0"} {
		t.Run(version, func(t *testing.T) {
			checkSchemas(t, version, "response.body.incompatible", expected, formatCases)
			checkSchemas(t, version, "request.body.incompatible", posted, formatCases)
		})
	}
}
