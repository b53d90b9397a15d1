package comparison

import (
	"encoding/json"
	"fmt"
	"math/big"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
)

// sentenceOf says what is wrong, to follow the name of a place.
func sentenceOf(broken jsonschema.ErrorKind) string {
	switch k := broken.(type) {
	case *kind.Type:
		return fmt.Sprintf("is %s, and must be %s", article(k.Got), alternatives(k.Want))
	case *kind.Required:
		return fmt.Sprintf("lacks %s", quotedList(k.Missing))
	case *kind.DependentRequired:
		return fmt.Sprintf("lacks %s, which must be there with %q", quotedList(k.Missing), k.Prop)
	case *kind.Enum:
		if len(k.Want) == 1 {
			return fmt.Sprintf("is %s, and must be %s", shown(k.Got), shown(k.Want[0]))
		}
		return fmt.Sprintf("is %s, and must be one of %s", shown(k.Got), shownList(k.Want))
	case *kind.Const:
		return fmt.Sprintf("is %s, and must be %s", shown(k.Got), shown(k.Want))
	case *kind.Format:
		if k.Want == brokenFormat {
			return "has a schema that refers to nothing in the document, so nobody can tell"
		}
		return fmt.Sprintf("is %s, which is not of the format %q", shown(k.Got), strings.TrimPrefix(k.Want, "accord-"))
	case *kind.Pattern:
		return fmt.Sprintf("is %s, which does not match %s", shown(k.Got), shortened(k.Want))
	case *kind.FalseSchema:
		return "must not be there"
	case *kind.Not:
		return "is what the document rules out by `not`"
	case *kind.OneOf:
		return fmt.Sprintf("fits the alternatives %d and %d of `oneOf`, and may fit only one", k.Subschemas[0]+1, k.Subschemas[1]+1)
	case *kind.AnyOf:
		return "fits none of the alternatives"
	case *kind.Contains, *kind.MinContains:
		return "holds too few of the items that must be in it"
	case *kind.MaxContains:
		return "holds too many items of one kind"
	case *kind.UniqueItems:
		return fmt.Sprintf("holds the same item at %d and %d, and its items must differ", k.Duplicates[0], k.Duplicates[1])
	case *kind.PropertyNames:
		return fmt.Sprintf("has a property of the name %q, which its names must not have", shortened(k.Property))
	}
	return boundSentence(broken)
}

func boundSentence(broken jsonschema.ErrorKind) string {
	switch k := broken.(type) {
	case *kind.MinLength:
		return fmt.Sprintf("has %s, and must have %d or more", counted(k.Got, "character", "characters"), k.Want)
	case *kind.MaxLength:
		return fmt.Sprintf("has %s, and must have %d at most", counted(k.Got, "character", "characters"), k.Want)
	case *kind.MinItems:
		return fmt.Sprintf("has %s, and must have %d or more", counted(k.Got, "item", "items"), k.Want)
	case *kind.MaxItems:
		return fmt.Sprintf("has %s, and must have %d at most", counted(k.Got, "item", "items"), k.Want)
	case *kind.MinProperties:
		return fmt.Sprintf("has %s, and must have %d or more", counted(k.Got, "property", "properties"), k.Want)
	case *kind.MaxProperties:
		return fmt.Sprintf("has %s, and must have %d at most", counted(k.Got, "property", "properties"), k.Want)
	case *kind.Minimum:
		return fmt.Sprintf("is %s, and must be %s or more", exact(k.Got), exact(k.Want))
	case *kind.Maximum:
		return fmt.Sprintf("is %s, and must be %s at most", exact(k.Got), exact(k.Want))
	case *kind.ExclusiveMinimum:
		return fmt.Sprintf("is %s, and must be more than %s", exact(k.Got), exact(k.Want))
	case *kind.ExclusiveMaximum:
		return fmt.Sprintf("is %s, and must be less than %s", exact(k.Got), exact(k.Want))
	case *kind.MultipleOf:
		return fmt.Sprintf("is %s, and must be a multiple of %s", exact(k.Got), exact(k.Want))
	}
	return "breaks the schema"
}

func counted(count int, one, many string) string {
	if count == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", count, many)
}

// exact writes a number without an exponent, as people do, unless it is tiny.
func exact(number *big.Rat) string {
	const decimals = 20
	if number == nil {
		return "no number"
	}
	if number.IsInt() {
		return shortened(number.Num().String())
	}
	text := strings.TrimRight(number.FloatString(decimals), "0")
	if strings.HasSuffix(text, ".") { // too near to a whole number for that many decimals
		text = new(big.Float).SetRat(number).Text('g', decimals)
	}
	return shortened(text)
}

func article(kind string) string {
	switch kind {
	case "null":
		return kind
	case "array", "object", "integer":
		return "an " + kind
	}
	return "a " + kind
}

func alternatives(kinds []string) string {
	var named []string
	for _, kind := range kinds {
		named = append(named, article(kind))
	}
	return strings.Join(named, " or ")
}

// shown writes a value in a sentence, cut short if need be.
func shown(value any) string {
	encoded, err := json.Marshal(value)
	if err != nil {
		return "unreadable"
	}
	return shortened(string(encoded))
}

func shownList(values []any) string {
	const most = 8
	var list []string
	for _, value := range values[:min(len(values), most)] {
		list = append(list, shown(value))
	}
	if more := len(values) - most; more > 0 {
		return fmt.Sprintf("%s and %d more", strings.Join(list, ", "), more)
	}
	return strings.Join(list, ", ")
}

func shortened(text string) string {
	const most = 80
	runes := []rune(text)
	if len(runes) <= most {
		return text
	}
	return string(runes[:most-1]) + "…"
}
