package generated_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/testing/openapitest"
	"github.com/accord-broker/accord/internal/testing/testbroker"
)

const (
	// mostRead bounds how many addresses are read to find out what there is.
	mostRead = 400
	// mostKnown bounds how many things are known by one template.
	mostKnown = 12
)

// known are the parameters with which something is there, by the template of the
// address in openapi.yaml.
type known map[string][]map[string]string

// ownLists are the lists of the own API, which has no links, with the template of
// what is in them and the property of its parameter.
var ownLists = []struct{ list, template, parameter, property string }{
	{"/api/v1/webhooks", "/api/v1/webhooks/{uuid}", "uuid", "id"},
	{"/api/v1/webhook-deliveries", "/api/v1/webhook-deliveries/{uuid}", "uuid", "id"},
	{"/api/v1/secrets", "/api/v1/secrets/{secret}", "secret", "name"},
	{"/api/v1/tokens", "/api/v1/tokens/{token}", "token", "id"},
	{"/api/v1/trust-rules", "/api/v1/trust-rules/{rule}", "rule", "id"},
	{"/api/v1/teams", "/api/v1/teams/{team}", "team", "name"},
	{"/api/v1/roles", "/api/v1/roles/{role}", "role", "name"},
	{"/api/v1/users", "/api/v1/users/{user}", "user", "id"},
	{"/api/v1/events", "/api/v1/requests/{request}", "request", "requestid"},
	{"/labels", "/pacticipants/label/{label}", "label", "name"},
}

// A list whose items have another property by now would be tried with nothing.
func TestDiscover_knowsSomeOfEachList(t *testing.T) {
	b := testbroker.New(t, testbroker.With(settings))
	fill(b)
	all := discover(t, b)
	for _, o := range ownLists {
		var there []any
		for _, item := range itemsOf(b.Get(o.list)) {
			there = append(there, item[o.property])
		}
		require.NotEmpty(t, all[o.template], o.template)
		require.Contains(t, there, all[o.template][0][o.parameter], o.template)
	}
}

// discover follows the links of the broker from its index, and reads the lists of
// the own API.
func discover(t *testing.T, b *testbroker.Broker) known {
	all, seen, read := known{}, map[string]bool{}, 0
	for queue := []string{"/"}; len(queue) > 0 && read < mostRead; queue = queue[1:] {
		answer := b.Get(queue[0])
		read++
		if answer.Status != http.StatusOK || !strings.Contains(answer.Header.Get("Content-Type"), "json") {
			continue
		}
		for _, link := range linksIn(answer.JSON()) {
			address, err := url.Parse(link)
			if err != nil || strings.Contains(link, "{") || seen[address.EscapedPath()] {
				continue
			}
			seen[address.EscapedPath()] = true
			if all.add(address.EscapedPath()) {
				queue = append(queue, address.EscapedPath())
			}
		}
	}
	for _, o := range ownLists {
		for _, item := range itemsOf(b.Get(o.list)) {
			if value, _ := item[o.property].(string); value != "" {
				all.put(o.template, map[string]string{o.parameter: value})
			}
		}
	}
	all.spread()
	return all
}

// add knows what is at the path, and reports whether it has not enough of its kind.
func (k known) add(path string) bool {
	template, parameters, found := openapitest.Match(path)
	return found && k.put(template, parameters)
}

func (k known) put(template string, parameters map[string]string) bool {
	if len(k[template]) >= mostKnown {
		return false
	}
	k[template] = append(k[template], parameters)
	return true
}

// spread knows of templates to which no link leads what is known of those that need
// the same parameters or more.
func (k known) spread() {
	for _, o := range openapitest.Operations() {
		needed := parametersOf(o.Path)
		if len(k[o.Path]) > 0 || len(needed) == 0 {
			continue
		}
		if best := k.nearest(o.Path, needed); best != "" {
			k[o.Path] = nil
			for _, have := range k[best] {
				parameters := map[string]string{}
				for _, name := range needed {
					parameters[name] = have[name]
				}
				k[o.Path] = append(k[o.Path], parameters)
			}
		}
	}
}

// nearest is the known template with the needed parameters that begins most like
// the path: parameters of other things may have the same name.
func (k known) nearest(path string, needed []string) string {
	best, most := "", 0
	for template, have := range k {
		if len(have) == 0 || !hasAll(have[0], needed) {
			continue
		}
		if same := common(template, path); same > most || same == most && template < best {
			best, most = template, same
		}
	}
	return best
}

func hasAll(parameters map[string]string, needed []string) bool {
	for _, name := range needed {
		if _, has := parameters[name]; !has {
			return false
		}
	}
	return true
}

// common is how many segments two templates have in common at their beginning.
func common(a, b string) int {
	one, other := strings.Split(a, "/"), strings.Split(b, "/")
	n := 0
	for n < len(one) && n < len(other) && one[n] == other[n] {
		n++
	}
	return n
}

func parametersOf(template string) (names []string) {
	for segment := range strings.SplitSeq(template, "/") {
		if strings.HasPrefix(segment, "{") {
			names = append(names, strings.Trim(segment, "{}"))
		}
	}
	return names
}

// linksIn are all addresses in the body that it calls so.
func linksIn(value any) (found []string) {
	switch value := value.(type) {
	case map[string]any:
		for name, member := range value {
			if address, isText := member.(string); isText && (name == "href" || name == "url") {
				found = append(found, address)
			}
			found = append(found, linksIn(member)...)
		}
	case []any:
		for _, element := range value {
			found = append(found, linksIn(element)...)
		}
	}
	return found
}

func itemsOf(answer testbroker.Response) (items []map[string]any) {
	for _, list := range []any{answer.Find("items"), answer.Find("_embedded", "labels")} {
		elements, _ := list.([]any)
		for _, element := range elements {
			if item, is := element.(map[string]any); is {
				items = append(items, item)
			}
		}
	}
	return items
}

func (k known) write(t *testing.T, file string) {
	text, err := json.MarshalIndent(k, "", " ")
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(file, text, 0o600))
}
