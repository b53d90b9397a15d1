package edge_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/testing/testbroker"
	"github.com/accord-broker/accord/internal/testing/testrandom"
)

// keptRequest is a request that was done under a key, and what it was told.
type keptRequest struct{ address, body, answer string }

// keyed is a broker as somebody knows it who writes down what was done under which key.
type keyed struct {
	b     *testbroker.Broker
	there map[string]bool // applications, by name
	kept  map[string]keptRequest
	// met counts what has come of requests.
	met map[string]int
}

// post makes an application, with a key or without, and checks what comes of it.
func (k *keyed) post(t *testing.T, address, key, name, display string) {
	t.Helper()
	body := fmt.Sprintf(`{"name":%q,"displayName":%q}`, name, display)
	changes := []testbroker.Change{}
	if key != "" {
		changes = append(changes, testbroker.Header("Idempotency-Key", key))
	}
	answer := k.b.Post(address, body, changes...)
	told := fmt.Sprintf("%s %s under %s: %d %s", address, body, key, answer.Status, answer.Body)
	bare := strings.Trim(key, `"`)
	before, known := k.kept[bare]
	known = known && key != ""
	replayed := answer.Header.Get("Idempotency-Replayed") == "true"
	switch {
	case strings.TrimSpace(name) == "":
		require.Equal(t, http.StatusBadRequest, answer.Status, "what is wrong is so whatever the key: %s", told)
		require.False(t, replayed, told)
		k.met["invalid"]++
		return
	case known && (before.address != address || before.body != body):
		require.Equal(t, http.StatusUnprocessableEntity, answer.Status, told)
		require.False(t, replayed, told)
		k.met["refused"]++
		return
	case known:
		require.Equal(t, http.StatusCreated, answer.Status, told)
		require.True(t, replayed, told)
		require.Equal(t, before.answer, string(answer.Body)+answer.Header.Get("Location"), told)
		k.met["replayed"]++
		return
	}
	require.Equal(t, http.StatusCreated, answer.Status, "also of one that is there, as in the Pact Broker: %s", told)
	require.False(t, replayed, told)
	k.met[map[bool]string{true: "found", false: "made"}[k.there[name]]]++
	k.there[name] = true
	if key != "" {
		k.kept[bare] = keptRequest{address, body, string(answer.Body) + answer.Header.Get("Location")}
	}
}

// Whatever is sent under whichever keys, again and in any order, each key stands for the
// first request that was done under it and is told the same ever after, also when what it
// has made is gone; a failure leaves a key free; and nothing is made that was not to be.
func TestIdempotencyKey_standsForTheFirstThatWasDone(t *testing.T) {
	testrandom.Each(t, func(t *testing.T, random *rand.Rand) {
		b := testbroker.New(t)
		k := &keyed{b: b, there: map[string]bool{}, kept: map[string]keptRequest{}, met: map[string]int{}}
		names := []string{"Web", "Api", "Store 1", "Müller & Söhne", "basket", "Till", "payments", " "}
		for range 300 {
			name := testrandom.OneOf(random, names...)
			if random.IntN(5) == 0 && k.there[name] {
				b.Delete("/pacticipants/" + url.PathEscape(name)).OK(http.StatusNoContent)
				delete(k.there, name)
				continue
			}
			key := testrandom.OneOf(random, "", "a", `"a"`, "b", "c d", "k%1", "e", "f", "g", "h")
			k.post(t, testrandom.OneOf(random, "/pacticipants", "/pacticipants", "/pacticipants?x=1"), key, name, testrandom.OneOf(random, "one", "two"))
		}
		var found []string
		for _, one := range b.Get("/pacticipants").OK(http.StatusOK).Find("_embedded", "pacticipants").([]any) {
			found = append(found, one.(testbroker.Object)["name"].(string))
		}
		require.ElementsMatch(t, slices.Collect(maps.Keys(k.there)), found)
		require.Len(t, k.met, 5, "all was met: %v", k.met)
	}, 1)
}
