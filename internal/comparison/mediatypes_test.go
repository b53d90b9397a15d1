package comparison

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestMatchTypes_findsWhatFitsBest(t *testing.T) {
	json, hal, xml, text := "application/json", "application/hal+json", "application/xml", "text/plain"
	for _, tt := range []struct {
		wanted  string
		offered []string
		want    string
	}{
		{json, []string{xml, json}, json},
		{json, []string{hal, json}, json},
		{json, []string{xml, hal}, hal},
		{hal, []string{json}, json},
		{hal, []string{"application/problem+json"}, "application/problem+json"},
		{json, []string{xml}, ""},
		{json, nil, ""},
		{"", []string{json}, ""},
		{" , ,", []string{json}, ""},
		{"Application/JSON", []string{json}, json},
		{" application / json ", []string{json}, json},
		{"application/json;v=2", []string{"application/json;v=1", "application/json;v=2"}, "application/json;v=2"},
		{"application/json; v=2", []string{"application/json;v=1", "application/json;v=2"}, "application/json;v=2"},
		{"application/json;v=3", []string{"application/json;v=1", "application/json;v=2"}, "application/json;v=1"},
		{"application/json;q=0.5", []string{json}, json},
		{"text/plain;q=0.5,application/json", []string{text, json}, json},
		{"text/plain;q=0.5,application/json;q=0.4", []string{text, json}, text},
		{"text/plain,application/json", []string{json, text}, text},
		{"text/json", []string{json}, ""},
		{"application/*", []string{text, json}, json},
		{"text/*", []string{json}, ""},
		{"*/*", []string{xml, json}, xml},
		{json, []string{"application/*"}, "application/*"},
		{text, []string{"application/*"}, ""},
		{text, []string{"application/*", "*/*"}, "*/*"},
		{json, []string{"*/*", hal}, hal},
		{"*/*,application/xml", []string{json, xml}, xml},
	} {
		require.Equal(t, tt.want, matchTypes(tt.wanted, tt.offered), "%q of %q", tt.wanted, tt.offered)
	}
}

func TestJudgedKind_isOfJSONAndForms(t *testing.T) {
	for contentType, want := range map[string]string{
		"application/json": jsonType, "application/json; charset=utf-8": jsonType, "APPLICATION/JSON": jsonType, "application/vnd.a.b+json": jsonType, "text/json": jsonType,
		"application/x-www-form-urlencoded": formType, "multipart/form-data; boundary=x": multipartType,
		"application/xml": "", "text/plain": "", "application/jsonp": "", "application/json-seq": "", "multipart/mixed": "", "": "", "json": "",
	} {
		require.Equal(t, want, judgedKind(contentType), contentType)
	}
}

func TestNumeric_readsWhatScriptsCallANumber(t *testing.T) {
	for text, want := range map[string]string{
		"1": "1", "-1": "-1", "+1": "1", "1.5": "1.5", ".5": "0.5", "-.5": "-0.5", "1.": "1", "007": "7", "0": "0", "00": "0", "0.0": "0.0",
		"1e3": "1e3", "1E-3": "1E-3", "0x1F": "31", "0b101": "5", "0o17": "15", " 1 ": "1",
		"": "", " ": "", "a": "", "1a": "", "1,5": "", "--1": "", "1e": "", "0x": "", "-0x1": "", "1_000": "", "1e999999999": "", "٣": "",
	} {
		number, ok := numeric(text)
		require.Equal(t, want != "", ok, text)
		if ok {
			require.Equal(t, want, string(number), text)
		}
	}
}

func TestReadSegment_tellsLiteralsFromParameters(t *testing.T) {
	literal := func(text string) part { return part{literal: text} }
	parameter := func(name string) part { return part{parameter: name} }
	for text, want := range map[string][]part{
		"":          nil,
		"a":         {literal("a")},
		"{a}":       {parameter("a")},
		"{a}-{b}":   {parameter("a"), literal("-"), parameter("b")},
		"x{a}y":     {literal("x"), parameter("a"), literal("y")},
		"{a}{b}":    {parameter("a"), parameter("b")},
		"{.a}":      {literal("."), parameter("a")},
		"x{;a}":     {literal("x;"), parameter("a")},
		"{a*}":      {{parameter: "a", spans: true}},
		"{}":        {literal("{}")},
		"{a":        {literal("{a")},
		"a}":        {literal("a}")},
		"}a{":       {literal("}a{")},
		"{a-b.c_d}": {parameter("a-b.c_d")},
	} {
		require.Equal(t, want, readSegment(text).parts, text)
	}
}

func TestDotted_writesPointersAsPaths(t *testing.T) {
	for pointer, want := range map[string]string{
		"":                                   "[root]",
		"/paths":                             "[root].paths",
		"/paths/~1a~1{b}/get":                "[root].paths./a/{b}.get",
		"/paths/~1a/get/parameters/0/schema": "[root].paths./a.get.parameters[0].schema",
		"/a~0b":                              "[root].a~b",
	} {
		require.Equal(t, want, dotted(pointer))
	}
}

func FuzzMatchTypes(f *testing.F) {
	f.Add("application/json;q=0.1, */*", "application/*", "text/plain")
	f.Add(";;,/+", "+/", "*")
	f.Fuzz(func(t *testing.T, wanted, first, second string) {
		offered := []string{first, second}
		if found := matchTypes(wanted, offered); found != "" {
			require.Contains(t, offered, found)
		}
		judgedKind(wanted)
	})
}

func FuzzPaths(f *testing.F) {
	f.Add("/a/{b}-{c}", "/a/1-2")
	f.Add("/{a*}/b{.c}", "/x/y/b.z")
	f.Fuzz(func(t *testing.T, template, path string) {
		d := &Document{root: map[string]any{"paths": map[string]any{template: map[string]any{"get": map[string]any{}}}}, format: openAPI3, version: "3.0.3"}
		d.readRoutes()
		found, twin := d.find("GET", path)
		require.Nil(t, twin, "there is only one")
		if found == nil {
			return
		}
		for name, value := range found.values {
			require.NotEmpty(t, value, "the parameter %q takes one character or more", name)
			require.LessOrEqual(t, len(value), maxParameterLength)
		}
	})
}
