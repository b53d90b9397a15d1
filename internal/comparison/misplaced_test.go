package comparison_test

import (
	"testing"

	"github.com/stretchr/testify/require"
)

const animals = `"Cat":{"type":"object","required":["kind","meow"],"properties":{"kind":{"type":"string","enum":["cat"]},"meow":{"type":"integer"}}},
	"Dog":{"type":"object","required":["kind","bark"],"properties":{"kind":{"type":"string","enum":["dog"]},"bark":{"type":"integer"}}},
	"Pet":{"type":"object","required":["kind"],"discriminator":{"propertyName":"kind"},"properties":{"kind":{"type":"string"}}},
	"Lion":{"allOf":[{"$ref":"#/components/schemas/Pet"},{"type":"object","properties":{"roar":{"type":"integer"}}}]},
	"Wolf":{"allOf":[{"$ref":"#/components/schemas/Pet"},{"type":"object","properties":{"howl":{"type":"integer"}}}]}`

// What is said of a property that may not be there is true: nothing describes it, or
// its value does not fit what does, or that does not go together with the rest.
func TestFindings_sayTheTruthAboutProperties(t *testing.T) {
	const catOrDog = `{"$ref":"#/components/schemas/Cat"},{"$ref":"#/components/schemas/Dog"}`
	const together = ", which the document describes, but not together with what else is there."
	for name, tt := range map[string]struct{ schema, body, want, place string }{
		"of another alternative":                {`{"oneOf":[` + catOrDog + `]}`, `{"kind":"cat","bark":1}`, "The response's body has \"bark\", which alternative 1 of 2 of `oneOf`, the closest, does not describe; it has \"kind\" and \"meow\".", "/components/schemas/Cat"},
		"of another kind":                       {`{"oneOf":[` + catOrDog + `],"discriminator":{"propertyName":"kind"}}`, `{"kind":"cat","bark":1}`, `The response's body has "bark"` + together, "/oneOf/0"},
		"of no kind":                            {`{"oneOf":[` + catOrDog + `],"discriminator":{"propertyName":"kind"}}`, `{"kind":"dog","wings":1}`, `The response's body has "wings", which the document does not describe; it has "bark" and "kind".`, "/oneOf/1"},
		"of a kind that is not known":           {`{"oneOf":[` + catOrDog + `],"discriminator":{"propertyName":"kind"}}`, `{"kind":"cow"}`, `kind in the response's body is "cow", and must be one of "cat", "dog".`, "/discriminator"},
		"of another child":                      {`{"$ref":"#/components/schemas/Pet"}`, `{"kind":"Lion","howl":1}`, `The response's body has "howl"` + together, "/components/schemas/Pet"},
		"of no child":                           {`{"$ref":"#/components/schemas/Pet"}`, `{"kind":"Lion","wings":1}`, `The response's body has "wings", which the document does not describe; it has "howl", "kind" and "roar".`, "/components/schemas/Pet"},
		"of a child that is meant":              {`{"$ref":"#/components/schemas/Lion"}`, `{"kind":"Lion","wings":1}`, `The response's body has "wings", which the document does not describe; it has "kind" and "roar".`, "/components/schemas/Lion"},
		"of a child, and wrong":                 {`{"$ref":"#/components/schemas/Pet"}`, `{"kind":"Lion","roar":"x"}`, `roar in the response's body is a string, and must be an integer.`, "/components/schemas/Lion/allOf/1/properties/roar/type"},
		"of an alternative, and wrong":          {`{"anyOf":[{"properties":{"a":{"type":"integer"}}},{"properties":{"b":{"type":"string"}}}]}`, `{"a":"x","b":"y"}`, `a in the response's body is a string, and must be an integer.`, "/anyOf/0/properties/a/type"},
		"of a part in an alternative":           {`{"allOf":[{"properties":{"a":{}}},{"anyOf":[{"properties":{"b":{}}},{"properties":{"c":{"type":"integer"}}}]}]}`, `{"a":1,"c":"1"}`, `c in the response's body is a string, and must be an integer.`, "/allOf/1/anyOf/1/properties/c/type"},
		"of the other branch":                   {`{"properties":{"k":{}},"if":{"properties":{"k":{"const":1}}},"then":{"properties":{"v":{}}},"else":{"properties":{"w":{}}}}`, `{"k":1,"w":1}`, `The response's body has "w"` + together, "/schema"},
		"that only requests have":               {`{"properties":{"a":{"type":"string","writeOnly":true}}}`, `{"a":"x"}`, "a in the response's body is only in requests (`writeOnly`), so no answer has it.", "/properties/a/writeOnly"},
		"that is there already":                 {`{"type":"object","properties":{"name":{}}}`, `{"name":1,"nama":1}`, `The response's body has "nama", which the document does not describe; it has "name".`, "/schema"},
		"of one letter like any other":          {`{"type":"object","properties":{"a":{}}}`, `{"b":1}`, `The response's body has "b", which the document does not describe; it has "a".`, "/schema"},
		"that rules something out":              {`{"properties":{"k":{}},"dependentSchemas":{"k":false}}`, `{"k":1}`, "The response's body has \"k\", which the document rules out by `dependentSchemas`.", "/dependentSchemas/k"},
		"that is ruled out under a condition":   {`{"if":{"required":["k"]},"then":false,"properties":{"k":{}}}`, `{"k":1}`, "The response's body is what the document rules out by `then`.", "/then"},
		"of another type than all alternatives": {`{"anyOf":[{"type":"null"},{"type":"object"}]}`, `"x"`, "The response's body is a string, and must be null or an object.", "/schema/anyOf"},
		"of none of the values of alternatives": {`{"oneOf":[{"const":"a"},{"enum":["b","c"]}]}`, `"d"`, `The response's body is "d", and must be one of "a", "b", "c".`, "/schema/oneOf"},
		"of a reference to nothing":             {`{"allOf":[{"$ref":"#/components/schemas/None"}]}`, `{}`, `The response's body has a schema that refers to nothing in the document, so nobody can tell.`, "/allOf/0/.ref"},
	} {
		t.Run(name, func(t *testing.T) {
			report, err := compare(withSchema(tt.schema, animals), expecting(tt.body))
			require.NoError(t, err)
			require.Len(t, report.Findings, 1, "%+v", report.Findings)
			require.Equal(t, tt.want, report.Findings[0].Message)
			require.Regexp(t, tt.place+"$", report.Findings[0].SpecPointer)
		})
	}
}

// Of a request that fits no alternative it is said which one was looked at.
func TestFindings_sayWhichAlternativeTheyAreBy(t *testing.T) {
	for name, tt := range map[string]struct{ schema, body, want string }{
		"the first of equals": {`{"anyOf":[{"required":["a"]},{"required":["b"]}]}`, `{}`, "The request's body lacks \"a\" (by alternative 1 of 2 of `anyOf`, the closest)."},
		"the closest":         {`{"oneOf":[{"required":["a","b"]},{"required":["a","c","d"]}]}`, `{"a":1,"c":1}`, "The request's body lacks \"b\" (by alternative 1 of 2 of `oneOf`, the closest)."},
		"the innermost":       {`{"anyOf":[{"type":"string"},{"anyOf":[{"type":"array"},{"type":"object","required":["z"]}]}]}`, `{}`, "The request's body lacks \"z\" (by alternative 2 of 2 of `anyOf`, the closest)."},
		"not of one alone":    {`{"anyOf":[{"required":["a"]}]}`, `{}`, `The request's body lacks "a".`},
		"not of being null":   {`{"anyOf":[{"required":["a"]}],"nullable":true}`, `{}`, `The request's body lacks "a".`},
		"not of a keyword":    {`{"oneOf":[{"additionalProperties":false,"properties":{"a":{}}},{"type":"string"}]}`, `{"b":1}`, "The request's body has \"b\", which alternative 1 of 2 of `oneOf`, the closest, does not describe; it has \"a\"."},
		"what is beside it":   {`{"properties":{"zone":{}},"additionalProperties":false,"anyOf":[{"properties":{"b":{}}}]}`, `{"q":1,"zone":1}`, "The request's body has \"q\", which the document does not describe; it has \"zone\"."},
		"what is forbidden":   {`{"properties":{"z":{}},"additionalProperties":false,"anyOf":[{"properties":{"b":{}}}]}`, `{"b":1,"z":1}`, "The request's body has \"b\", which `additionalProperties` rules out: only the properties beside it count there."},
	} {
		t.Run(name, func(t *testing.T) {
			report, err := compare(posting(tt.schema), sending(tt.body))
			require.NoError(t, err)
			require.Len(t, report.Findings, 1, "%+v", report.Findings)
			require.Equal(t, tt.want, report.Findings[0].Message)
		})
	}
}
