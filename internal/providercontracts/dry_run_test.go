package providercontracts_test

import (
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

// shop is a provider of orders whose documents differ in the members that they promise,
// and consumers who each read some of them, in plain Go.
type shop struct {
	t      *testing.T
	b      *testbroker.Broker
	random *rand.Rand
	// promised are the members that each version promises, order the versions as they came,
	// branch the branch of each.
	offered map[string][]string
	order   []string
	branch  map[string]string
	main    string
	// deployed is which version is where, released which have been released.
	deployed map[string]string
	released map[string]bool
	// read are the members that each consumer reads, newest version only.
	read     map[string][]string
	versions int
}

var membersOfOrders = []string{"amount", "buyer", "currency", "date"}

// some is a choice of the members that is not empty.
func (s *shop) some() []string {
	for {
		chosen := slices.DeleteFunc(slices.Clone(membersOfOrders), func(string) bool { return s.random.IntN(3) == 0 })
		if len(chosen) > 0 {
			return chosen
		}
	}
}

// documentOf is a document with these members of an order, all of which are always there.
func documentOf(members []string) string {
	var written []string
	for _, m := range members {
		written = append(written, m+": {type: string}")
	}
	return "openapi: 3.0.3\ninfo: {title: Orders, version: '1'}\npaths:\n  /orders/{id}:\n    get:\n      responses:\n        '200':\n          description: ok\n" +
		"          content: {application/json: {schema: {type: object, required: [" + strings.Join(members, ", ") + "], properties: {" + strings.Join(written, ", ") + "}}}}\n"
}

func (s *shop) consume() {
	consumer := testrandom.OneOf(s.random, "App", "Till", "Web")
	s.versions++
	body := testbroker.Object{}
	s.read[consumer] = s.some()
	for _, member := range s.read[consumer] {
		body[member] = "x"
	}
	s.b.Pact(consumer, fmt.Sprint(s.versions)).Branch("main").Saying(testbroker.Object{"interactions": []any{testbroker.Object{
		"description": "an order", "request": testbroker.Object{"method": "GET", "path": "/orders/7"},
		"response": testbroker.Object{"status": 200, "headers": testbroker.Object{"Content-Type": "application/json"}, "body": body},
	}}}).With("Orders")
}

func (s *shop) publish(members []string) string {
	s.versions++
	version, branch := fmt.Sprint(s.versions), testrandom.OneOf(s.random, "topic", "topic", "main")
	s.b.Post("/provider-contracts/provider/Orders/publish", testbroker.Object{"pacticipantVersionNumber": version, "branch": branch, "contract": testbroker.Object{"content": asBase64(documentOf(members))}}).OK()
	s.offered[version], s.branch[version], s.order = members, branch, append(s.order, version)
	return version
}

func (s *shop) move() {
	if len(s.order) == 0 {
		return
	}
	version := testrandom.OneOf(s.random, s.order...)
	switch s.random.IntN(4) {
	case 0:
		s.b.Release("Orders", version, "production")
		s.released[version] = true
	case 1:
		s.main = testrandom.OneOf(s.random, "main", "topic", "elsewhere")
		s.b.Patch("/pacticipants/Orders", testbroker.Object{"mainBranch": s.main}).OK()
	default:
		place := testrandom.OneOf(s.random, "test", "production")
		s.b.Deploy("Orders", version, place)
		s.deployed[place] = version
	}
}

// base is what docs say a document is compared with: the newest of the main branch, else
// the newest of those in use, else the newest.
func (s *shop) base() string {
	for _, counts := range []func(version string) bool{
		func(version string) bool { return s.branch[version] == s.main },
		func(version string) bool {
			return s.released[version] || slices.Contains(slices.Collect(maps.Values(s.deployed)), version)
		},
		func(string) bool { return true },
	} {
		for _, version := range slices.Backward(s.order) {
			if counts(version) {
				return version
			}
		}
	}
	return ""
}

func within(read, offered []string) bool {
	return !slices.ContainsFunc(read, func(m string) bool { return !slices.Contains(offered, m) })
}

// consumersOf are the names of the applications in a list of an answer.
func consumersOf(list any) []string {
	names := []string{}
	for _, item := range list.([]any) {
		names = append(names, item.(map[string]any)["consumer"].(string))
	}
	slices.Sort(names)
	return names
}

// offer tries out a document, and holds what is said against a plain join and against
// what is said once it is published.
func (s *shop) offer() {
	offered := s.some()
	before := len(s.b.Get("/api/v1/providers/Orders/contracts?limit=100").OK().Find("items").([]any))
	checked := checkText(s.b, "Orders", documentOf(offered)).OK()
	require.Len(s.t, s.b.Get("/api/v1/providers/Orders/contracts?limit=100").OK().Find("items"), before, "nothing is stored")
	base := s.base()
	require.Equal(s.t, base, checked.Text("from", "version"), "versions %v on %v, main branch %q, deployed %v, released %v", s.order, s.branch, s.main, s.deployed, s.released)
	s.checkJoin(checked, s.offered[base], offered)

	version := s.publish(offered)
	told := s.b.Get("/api/v1/providers/Orders/contracts/" + base + "/changes/" + version).OK()
	for _, member := range []string{"items", "meaning", "counts", "consumers", "together_with", "unlisted_because", "not_compared_in_time", "from"} {
		require.Equal(s.t, told.Find(member), checked.Find(member), "%s of the change from %v to %v", member, s.offered[base], offered)
	}
}

// checkJoin holds what is said of a change against what the members say.
func (s *shop) checkJoin(told testbroker.Response, was, is []string) {
	why := fmt.Sprintf("from %v to %v, read by %v: %s", was, is, s.read, told.Body)
	broken, outcomes := []string{}, map[string][2]bool{}
	for consumer, read := range s.read {
		outcomes[consumer] = [2]bool{within(read, was), within(read, is)}
		if outcomes[consumer] == [2]bool{true, false} {
			broken = append(broken, consumer)
		}
	}
	slices.Sort(broken)
	meaning := "breaks_nobody_known"
	if len(broken) > 0 {
		meaning = "breaks_consumers"
	}
	require.Equal(s.t, meaning, told.Text("meaning"), why)
	found := map[string][2]bool{}
	for _, item := range told.Find("consumers").([]any) {
		of := item.(map[string]any)
		found[of["consumer"].(string)] = [2]bool{of["outcome_before"] != "incompatible", of["outcome"] != "incompatible"}
	}
	require.Equal(s.t, outcomes, found, why)
	removed := slices.DeleteFunc(slices.Clone(was), func(m string) bool { return slices.Contains(is, m) })
	for _, item := range told.Find("items").([]any) {
		change := item.(map[string]any)
		i := slices.IndexFunc(removed, func(m string) bool { return strings.Contains(change["text"].(string), m) })
		if i < 0 {
			require.Equal(s.t, "harmless", change["meaning"], why)
			continue
		}
		member := removed[i]
		removed = slices.Delete(removed, i, i+1)
		var uses, breaks []string
		for consumer, read := range s.read {
			if slices.Contains(read, member) {
				uses = append(uses, consumer)
				if slices.Contains(broken, consumer) {
					breaks = append(breaks, consumer)
				}
			}
		}
		require.ElementsMatch(s.t, uses, consumersOf(change["used_by"]), "%s is removed %s", member, why)
		require.ElementsMatch(s.t, breaks, consumersOf(change["breaks"]), "%s is removed %s", member, why)
		want := "used_by_nobody_known"
		switch {
		case len(breaks) > 0:
			want = "breaks_consumers"
		case len(uses) > 0:
			want = "breaks_nobody_known"
		}
		require.Equal(s.t, want, change["meaning"], "%s is removed %s", member, why)
	}
	require.Empty(s.t, removed, "each member that is gone is told: %s", why)
}

// Whatever has happened: what is told of a document before it is published is what a plain
// join of members tells, compared with the version that matters, and the same as what is
// told after it is published.
func TestOffer_tellsBeforehandWhatPublishingThenTells(t *testing.T) {
	testrandom.Each(t, func(t *testing.T, random *rand.Rand) {
		seed := random.Uint64()
		testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
			b.Environment("production")
			b.Environment("test")
			s := &shop{
				t: t, b: b, random: rand.New(rand.NewPCG(seed, 0)), offered: map[string][]string{}, branch: map[string]string{}, //nolint:gosec // nothing is to be kept secret
				deployed: map[string]string{}, released: map[string]bool{}, read: map[string][]string{}, main: "main",
			}
			s.consume()
			s.publish(s.some())
			s.b.Patch("/pacticipants/Orders", testbroker.Object{"mainBranch": s.main}).OK()
			for range 20 {
				switch s.random.IntN(4) {
				case 0:
					s.consume()
				case 1:
					s.move()
				default:
					s.offer()
				}
			}
		})
	}, 1)
}

// What is tried out changes nothing that anybody can see, even if it is tried out by many
// while others publish.
func TestOffer_leavesNothingBehind(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		publishText(b, "Orders", "1", documentOf(membersOfOrders)).OK()
		seen := func() []string {
			return []string{
				string(b.Get("/pacticipants/Orders/versions").OK().Body), string(b.Get("/api/v1/providers/Orders/contracts").OK().Body),
				string(b.Get("/api/v1/events?limit=100").OK().Body), string(b.Get("/pacticipants/Orders/branches").OK().Body),
			}
		}
		before := seen()
		require.Equal(t, map[int]int{http.StatusOK: 12}, testbroker.StatusesAtOnce(12, func(i int) testbroker.Response {
			return checkText(b, "Orders", documentOf(membersOfOrders[:1+i%4]))
		}))
		checkText(b, "Orders", "no document").OK(http.StatusUnprocessableEntity)
		checkText(b, "Nobody", documentOf(membersOfOrders)).OK(http.StatusNotFound)
		require.Equal(t, before, seen())
		b.Get("/pacticipants/Nobody").OK(http.StatusNotFound)
	})
}
