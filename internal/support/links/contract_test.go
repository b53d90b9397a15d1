package links_test

import (
	"net/url"
	"os"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/support/links"
)

const base = "https://broker.example.org/sub"

// addresses are all addresses that are made of names, with the names put in, and the
// methods that make them.
func addresses(t *testing.T, name func(at int) string) map[string]string {
	t.Helper()
	found, b := map[string]string{}, reflect.ValueOf(links.Base(base))
	for i := range b.NumMethod() {
		signature := b.Method(i).Type()
		if signature.IsVariadic() || signature.NumOut() != 1 || signature.Out(0).Kind() != reflect.String {
			continue
		}
		arguments := make([]reflect.Value, signature.NumIn())
		texts := true
		for at := range arguments {
			texts = texts && signature.In(at).Kind() == reflect.String
			arguments[at] = reflect.ValueOf(name(at))
		}
		switch method := b.Type().Method(i).Name; method {
		case "Path", "Problem", "Doc": // these take paths, and no names
		default:
			if texts {
				found[method] = b.Method(i).Call(arguments)[0].String()
			}
		}
	}
	require.Greater(t, len(found), 50)
	return found
}

// templates are the paths that the contract of the broker has.
func templates(t *testing.T) []*regexp.Regexp {
	t.Helper()
	contract, err := os.ReadFile("../../../openapi.yaml")
	require.NoError(t, err)
	var all []*regexp.Regexp
	for _, path := range regexp.MustCompile(`(?m)^  (/[^\s:]*):\s*$`).FindAllStringSubmatch(string(contract), -1) {
		pattern := regexp.MustCompile(`\\\{[^/]*?\\\}`).ReplaceAllString(regexp.QuoteMeta(path[1]), `[^/]+`)
		all = append(all, regexp.MustCompile("^"+pattern+"/?$"))
	}
	require.Greater(t, len(all), 100)
	return all
}

// pages are addresses that only people follow.
var pages = []string{"Compare /compare", "DocumentChanges /contracts/provider/x/changes"}

// withQuery are the addresses that people and tools follow, and no client.
var withQuery = map[string]bool{"MatrixOfConsumerVersion": true, "DocumentChanges": true, "ProviderDocument": true}

// What a client is told to follow leads somewhere: each address is one of the contract.
func TestBase_leadsOnlyToWhatTheContractHas(t *testing.T) {
	known := templates(t)
	var lost []string
	for method, address := range addresses(t, func(int) string { return "x" }) {
		path, _, _ := strings.Cut(strings.TrimPrefix(address, base), "?")
		if path == "" {
			path = "/"
		}
		found := false
		for _, template := range known {
			found = found || template.MatchString(path)
		}
		if !found {
			lost = append(lost, method+" "+path)
		}
	}
	require.ElementsMatch(t, pages, lost, "openapi.yaml does not have these")
}

// Every argument stands once in the address, so none is forgotten or put twice.
func TestBase_usesEachOfItsArguments(t *testing.T) {
	marks := []string{"one", "two", "three", "four", "five", "six"}
	b := reflect.TypeOf(links.Base(""))
	for method, address := range addresses(t, func(at int) string { return marks[at] }) {
		about, _ := b.MethodByName(method)
		for at := range about.Type.NumIn() - 1 { // the first is the base itself
			require.Equal(t, 1, strings.Count(address+"/", "/"+marks[at]+"/")+strings.Count(address+"&", "="+marks[at]+"&"), "%s: %s", method, address)
		}
	}
}

// Clients overwrite or drop queries, so what they fetch has none.
func TestBase_putsNoQueryIntoWhatClientsFetch(t *testing.T) {
	for method, address := range addresses(t, func(int) string { return "a?b" }) {
		require.True(t, strings.HasPrefix(address, base), "%s: %s", method, address)
		parsed, err := url.Parse(address)
		require.NoError(t, err)
		require.Equal(t, withQuery[method], parsed.RawQuery != "", "%s: %s", method, address)
	}
}

// Two names are never the same address, however they are written.
func TestEscape_keepsNamesApart(t *testing.T) {
	seen := map[string]string{}
	for _, name := range []string{"a b", "a+b", "a%20b", "a%2520b", "a/b", "a%2Fb", "a%2fb", "é", "e\u0301", "É", "a", "A", "", " ", "\x00", "%00", "\xff", "%FF"} {
		escaped := links.Escape(name)
		other, twice := seen[escaped]
		require.False(t, twice, "%q and %q", name, other)
		seen[escaped] = name
	}
}
