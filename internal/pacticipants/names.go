package pacticipants

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// DisplayName makes a name for people of an application's or environment's
// name: its words apart and each with a capital first letter.
// "my-API" becomes "My API", "fooBar" becomes "Foo Bar".
func DisplayName(name string) string {
	words := strings.FieldsFunc(splitCamelCase(name, ' '), func(r rune) bool {
		return unicode.IsSpace(r) || r == '-' || r == '_' || r == '.'
	})
	if len(words) == 0 {
		return strings.TrimSpace(name)
	}
	for n, word := range words {
		first, size := utf8.DecodeRuneInString(word)
		words[n] = string(unicode.ToUpper(first)) + word[size:]
	}
	return strings.Join(words, " ")
}

// SimilarNames returns those of the existing names that a new name probably
// means, being written in another way: "FooService" for "foo". It returns none
// if the new name itself exists.
func SimilarNames(name string, existing []string) []string {
	if slices.Contains(existing, name) {
		return nil
	}
	var similar []string
	key := similarityKey(name)
	for _, other := range existing {
		if similarityKey(other) == key {
			similar = append(similar, other)
		}
	}
	return similar
}

// similarityKey is the same for names that are taken for the same application:
// neither the separators of words, nor their case, a plural s, or the words
// api, provider and service make a difference.
func similarityKey(name string) string {
	name = splitCamelCase(strings.ReplaceAll(name, "::", "/"), '_')
	words := strings.Split(strings.Map(separatorsToUnderscore, strings.ToLower(name)), "_")
	for len(words) > 0 && words[len(words)-1] == "" {
		words = words[:len(words)-1]
	}
	key := make([]byte, 0, len(name))
	for _, word := range words {
		word = strings.TrimSuffix(word, "s")
		if word == "api" || word == "provider" || word == "service" {
			continue
		}
		key = append(append(key, word...), '_')
	}
	return string(key)
}

func separatorsToUnderscore(r rune) rune {
	if r == '-' || unicode.IsSpace(r) {
		return '_'
	}
	return r
}

// splitCamelCase puts a separator between the words of names like fooBar and
// HTTPServer. Only ASCII letters count, as in the Pact Broker.
func splitCamelCase(name string, separator byte) string {
	split := make([]byte, 0, len(name)+8)
	for i := range len(name) {
		if i > 0 && isUpper(name[i]) && beginsWord(name, i) {
			split = append(split, separator)
		}
		split = append(split, name[i])
	}
	return string(split)
}

func beginsWord(name string, i int) bool {
	before := name[i-1]
	if isLower(before) || (before >= '0' && before <= '9') {
		return true
	}
	return isUpper(before) && i+1 < len(name) && isLower(name[i+1])
}

func isUpper(c byte) bool { return c >= 'A' && c <= 'Z' }

func isLower(c byte) bool { return c >= 'a' && c <= 'z' }
