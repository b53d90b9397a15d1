package providercontracts_test

import (
	"encoding/base64"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/testing/testbroker"
	"github.com/accord-broker/accord/internal/testing/testrandom"
)

// texts are documents that a provider may publish, by what they mean for a pact that
// reads the id of an order: true is yes, false is no, nil is that they do not speak of it.
var texts = map[string]struct {
	text  string
	means any
}{
	"all":    {described("/orders/{id}", "id: {type: integer}, state: {type: string}"), true},
	"id":     {described("/orders/{id}", "id: {type: integer}"), true},
	"state":  {described("/orders/{id}", "state: {type: string}"), false},
	"stock":  {described("/stock/{id}", "id: {type: integer}"), false},
	"events": {"asyncapi: 3.0.0\nchannels: {}\n", nil},
}

func described(path, members string) string {
	return "openapi: 3.0.3\ninfo: {title: Orders, version: '1'}\npaths:\n  " + path + ":\n    get:\n      responses:\n        '200':\n          description: ok\n" +
		"          content: {application/json: {schema: {type: object, properties: {" + members + "}}}}\n"
}

func asBase64(text string) string { return base64.StdEncoding.EncodeToString([]byte(text)) }

// kept is a contract as it is to be: its document, and what was said of it.
type kept struct {
	document string
	success  any // true, false or nil
}

// provider is what one has published, in plain Go.
type provider struct {
	t      *testing.T
	b      *testbroker.Broker
	random *rand.Rand
	// versions are the contracts of each version by name, in the order in which they came.
	versions map[string]map[string]kept
	order    []string
	// deployed is where each version is now.
	deployed map[string]string
}

func (p *provider) one(of ...string) string { return of[p.random.IntN(len(of))] }

// publish publishes one or several contracts of a version, and checks what is said.
func (p *provider) publish() {
	version, offers := p.one("1", "2", "3", "4"), map[string]kept{}
	several := p.random.IntN(2) == 0
	for range 1 + p.random.IntN(3) {
		name := "default"
		if several {
			name = p.one("default", "orders", "other")
		}
		offer := kept{p.one(slices.Sorted(maps.Keys(texts))...), []any{true, false, nil}[p.random.IntN(3)]}
		if again, is := p.versions[version][name]; is && p.random.IntN(2) == 0 {
			offer.document = again.document
		}
		offers[name] = offer
	}
	known := p.versions[version]
	refused := false
	for name, offer := range offers {
		refused = refused || p.deployed[version] != "" && len(known) > 0 && known[name].document != offer.document
	}
	answer := p.send(version, several, offers)
	require.Equal(p.t, refused, answer.Status == http.StatusConflict, "%d for %v of version %s, which has %v and is in %q: %s", answer.Status, offers, version, known, p.deployed[version], answer.Body)
	if refused {
		return
	}
	answer.OK()
	if known == nil {
		known = map[string]kept{}
		p.versions[version], p.order = known, append(p.order, version)
	}
	for name, offer := range offers {
		if offer.success == nil && known[name].document == offer.document {
			offer.success = known[name].success // who says nothing takes nothing back
		}
		known[name] = offer
	}
}

func (p *provider) send(version string, several bool, offers map[string]kept) testbroker.Response {
	var contracts []any
	for _, name := range slices.Sorted(maps.Keys(offers)) {
		contract := testbroker.Object{"content": asBase64(texts[offers[name].document].text)}
		if several {
			contract["name"] = name
		}
		if success := offers[name].success; success != nil {
			contract["selfVerificationResults"] = testbroker.Object{"success": success, "verifier": "own", "content": asBase64("report of " + name)}
		}
		contracts = append(contracts, contract)
	}
	if several {
		return p.b.Post("/provider-contracts/provider/Orders/publish-contracts", testbroker.Object{"pacticipantVersionNumber": version, "branch": "main", "contracts": contracts})
	}
	return p.b.Post("/provider-contracts/provider/Orders/publish", testbroker.Object{"pacticipantVersionNumber": version, "branch": "main", "contract": contracts[0]})
}

// move deploys a version, which puts another one out of its place.
func (p *provider) move() {
	if len(p.order) == 0 {
		return
	}
	version := p.one(p.order...)
	p.b.Deploy("Orders", version, "production")
	clear(p.deployed)
	p.deployed[version] = "production"
}

// check reads everything back.
func (p *provider) check() {
	list := p.b.Get("/api/v1/providers/Orders/contracts?limit=100").OK()
	var newest []string
	for i, item := range list.Find("items").([]any) {
		version := item.(map[string]any)["version"].(string)
		newest = append(newest, version)
		said := map[string]any{}
		for j := range item.(map[string]any)["contracts"].([]any) {
			said[list.Text("items", i, "contracts", j, "name")] = list.Find("items", i, "contracts", j, "evidence")
		}
		want := map[string]any{}
		for name, k := range p.versions[version] {
			want[name] = map[any]string{true: "succeeded", false: "failed", nil: "missing"}[k.success]
		}
		require.Equal(p.t, want, said, "version %s", version)
	}
	slices.Reverse(newest)
	require.Equal(p.t, p.order, newest)
	for version, contracts := range p.versions {
		for name, k := range contracts {
			shown := p.b.Get("/contracts/provider/Orders/version/" + version + "?name=" + name).OK()
			content, err := base64.StdEncoding.DecodeString(shown.Text("content"))
			require.NoError(p.t, err)
			require.Equal(p.t, texts[k.document].text, string(content), "%s of version %s", name, version)
			document := p.b.Get("/api/v1/providers/Orders/document?version=" + version + "&name=" + name).OK()
			require.Equal(p.t, texts[k.document].text, string(document.Body))
		}
		p.checkVerdict(version, contracts)
	}
}

// checkVerdict asks for what the contracts of a version mean for the pact, where that is
// the same whichever of them is asked.
func (p *provider) checkVerdict(version string, contracts map[string]kept) {
	means, failed := map[any]bool{}, false
	for _, k := range contracts {
		means[texts[k.document].means] = true
		failed = failed || k.success == false
	}
	if len(means) > 1 || failed && means[nil] {
		return
	}
	want := any(nil)
	for only := range means {
		want = only
	}
	if failed {
		want = false
	}
	asked := p.b.Get("/matrix?q[][pacticipant]=Web&q[][version]=1&q[][pacticipant]=Orders&q[][version]=" + version + "&latestby=cvpv").OK()
	require.Equal(p.t, want, asked.Find("summary", "deployable"), "version %s with %v: %s", version, contracts, asked.Text("summary", "reason"))
}

// Whatever is published in whatever order, again, with other evidence or another document,
// alone or with others: the broker has what was published last, keeps the word of what is
// deployed, and decides by it.
func TestPublish_keepsWhatWasPromisedLast(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		b.Environment("production")
		b.Pact("Web", "1").Branch("main").Saying(testbroker.Object{"interactions": []any{testbroker.Object{
			"description": "an order", "request": testbroker.Object{"method": "GET", "path": "/orders/7"},
			"response": testbroker.Object{"status": 200, "headers": testbroker.Object{"Content-Type": "application/json"}, "body": testbroker.Object{"id": 7}},
		}}}).With("Orders")
		p := &provider{t: t, b: b, random: testrandom.New(t), versions: map[string]map[string]kept{}, deployed: map[string]string{}}
		for step := range 40 {
			if p.random.IntN(5) == 0 {
				p.move()
			} else {
				p.publish()
			}
			if step%10 == 9 {
				p.check()
			}
		}
	})
}

// Each document with each evidence decides as the table in docs/comparing.md says.
func TestPublish_decidesByTheDocumentAndTheEvidence(t *testing.T) {
	b := testbroker.New(t)
	b.Pact("Web", "1").Saying(testbroker.Object{"interactions": []any{testbroker.Object{
		"description": "an order", "request": testbroker.Object{"method": "GET", "path": "/orders/7"}, "response": testbroker.Object{"status": 200, "body": testbroker.Object{"id": 7}},
	}}}).With("Orders")
	p := &provider{t: t, b: b}
	for name := range texts {
		for i, success := range []any{true, false, nil} {
			version := fmt.Sprint(name, i)
			contracts := map[string]kept{"default": {name, success}}
			p.send(version, false, contracts).OK()
			if success == false {
				require.Equal(t, false, b.Get("/matrix?q[][pacticipant]=Web&q[][version]=1&q[][pacticipant]=Orders&q[][version]="+version+"&latestby=cvpv").OK().Find("summary", "deployable"), version)
			}
			p.checkVerdict(version, contracts)
		}
	}
}

// Those who publish different contracts of one version at the same moment all find them
// there; of those who publish one contract, one is last, and all that is said is about
// that one.
func TestPublish_atTheSameMomentLosesNothing(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		b.Environment("production")
		publish := func(i int, name string) testbroker.Response {
			text := described(fmt.Sprintf("/things%d/{id}", i), "id: {type: integer}")
			return b.Post("/provider-contracts/provider/Orders/publish-contracts", testbroker.Object{"pacticipantVersionNumber": "1", "branch": "main", "contracts": []any{
				testbroker.Object{"name": name, "content": asBase64(text), "selfVerificationResults": testbroker.Object{"success": i%2 == 0}},
			}})
		}
		const many = 6
		for _, r := range testbroker.AtOnce(many, func(i int) testbroker.Response { return publish(i, fmt.Sprint("contract ", i)) }) {
			r.OK()
		}
		require.Len(t, b.Get("/api/v1/providers/Orders/contracts").OK().Find("items", 0, "contracts"), many)
		for _, r := range testbroker.AtOnce(many, func(i int) testbroker.Response { return publish(100+i, "one") }) {
			r.OK()
		}
		list := b.Get("/api/v1/providers/Orders/contracts").OK()
		require.Len(t, list.Find("items", 0, "contracts"), many+1)
		last := string(b.Get("/api/v1/providers/Orders/document?version=1&name=one").OK().Body)
		which := 0
		_, err := fmt.Sscanf(last[strings.Index(last, "/things"):], "/things%d", &which)
		require.NoError(t, err)
		require.Contains(t, []int{100, 101, 102, 103, 104, 105}, which)
		for j := range many + 1 {
			if list.Text("items", 0, "contracts", j, "name") == "one" {
				require.Equal(t, map[bool]string{true: "succeeded", false: "failed"}[which%2 == 0], list.Text("items", 0, "contracts", j, "evidence"), "the evidence is that of the same document")
			}
		}
	})
}
