package comparison

import (
	"slices"
	"strconv"
	"strings"
)

// mediaType is one type that is wanted or offered.
type mediaType struct {
	name       string
	parameters string
	quality    float64
}

func readMediaType(text string) mediaType {
	text = strings.ToLower(strings.Map(dropSpace, text))
	name, rest, _ := strings.Cut(text, ";")
	result := mediaType{name: name, quality: 1}
	var kept []string
	for _, parameter := range strings.Split(rest, ";") {
		if quality, ok := strings.CutPrefix(parameter, "q="); ok {
			if value, err := strconv.ParseFloat(quality, 64); err == nil {
				result.quality = value
			}
			continue
		}
		if parameter != "" {
			kept = append(kept, parameter)
		}
	}
	result.parameters = strings.Join(kept, ";")
	return result
}

// readWanted reads a list such as Accept has, most wanted first.
func readWanted(text string) []mediaType {
	var wanted []mediaType
	for _, part := range strings.Split(text, ",") {
		if strings.TrimSpace(part) != "" {
			wanted = append(wanted, readMediaType(part))
		}
	}
	slices.SortStableFunc(wanted, func(a, b mediaType) int {
		switch {
		case a.quality > b.quality:
			return -1
		case a.quality < b.quality:
			return 1
		}
		return 0
	})
	return wanted
}

// matchTypes finds the offered type that fits what is wanted best, or "", as long as
// there is work left.
func (d *Document) matchTypes(wanted string, offered []string) string {
	if !d.spend((1 + strings.Count(wanted, ",")) * len(offered) * costOfDeclaration) {
		return ""
	}
	return matchTypes(wanted, offered)
}

// matchTypes finds the offered type that fits what is wanted best, or "".
func matchTypes(wanted string, offered []string) string {
	list := readWanted(wanted)
	if len(list) == 0 {
		return ""
	}
	offers := make([]mediaType, len(offered))
	for i, offer := range offered {
		offers[i] = readMediaType(offer)
	}
	rules := []func(want, offer mediaType) bool{
		func(want, offer mediaType) bool {
			return want.name == offer.name && want.parameters == offer.parameters
		},
		func(want, offer mediaType) bool { return want.name == offer.name },
		sameFamily,
		func(want, offer mediaType) bool { return typeOf(want.name)+"/*" == offer.name },
		func(_, offer mediaType) bool { return offer.name == "*/*" },
		func(want, offer mediaType) bool { return typeOf(offer.name)+"/*" == want.name },
		func(want, _ mediaType) bool { return want.name == "*/*" || want.name == "*" },
	}
	for _, rule := range rules {
		for _, want := range list {
			for i, offer := range offers {
				if rule(want, offer) {
					return offered[i]
				}
			}
		}
	}
	return ""
}

// sameFamily tells that both are of one syntax, as application/json and
// application/vnd.shop+json are.
func sameFamily(want, offer mediaType) bool {
	return typeOf(want.name) == typeOf(offer.name) && syntaxOf(want.name) == syntaxOf(offer.name) && syntaxOf(want.name) != "*"
}

func typeOf(name string) string {
	kind, _, _ := strings.Cut(name, "/")
	return kind
}

func syntaxOf(name string) string {
	_, subtype, _ := strings.Cut(name, "/")
	return subtype[strings.LastIndexByte(subtype, '+')+1:]
}

// The types of body that can be judged.
const (
	jsonType      = "application/json"
	formType      = "application/x-www-form-urlencoded"
	multipartType = "multipart/form-data"
)

func isJSON(contentType string) bool {
	name := readMediaType(contentType).name
	return syntaxOf(name) == "json"
}

// judgedKind is the kind of body that a content type means, or "" when bodies of
// this type cannot be judged.
func judgedKind(contentType string) string {
	if isJSON(contentType) {
		return jsonType
	}
	switch name := readMediaType(contentType).name; name {
	case formType, multipartType:
		return name
	}
	return ""
}

// bare is a content type without its parameters.
func bare(contentType string) string {
	name, _, _ := strings.Cut(contentType, ";")
	return strings.TrimSpace(name)
}

// sortedTypes are the offered types in an order that does not depend on chance:
// JSON first, as clients expect.
func sortedTypes(content map[string]any) []string {
	types := sortedKeys(content)
	slices.SortStableFunc(types, func(a, b string) int { return typeRank(a) - typeRank(b) })
	return types
}

func typeRank(name string) int {
	switch {
	case readMediaType(name).name == jsonType:
		return 0
	case isJSON(name):
		return 1
	}
	return 2
}
