package webhooks

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/accord-broker/accord/internal/support/secrets"
)

// textsOf draws texts of these letters, which meet often.
func textsOf(letters string, longest int) *rapid.Generator[string] {
	return rapid.StringOfN(rapid.RuneFrom([]rune(letters)), 0, longest, -1)
}

// wordsOf are all words of these letters up to a length.
func wordsOf(letters string, longest int) []string {
	words, last := []string{""}, []string{""}
	for range longest {
		var longer []string
		for _, word := range last {
			for _, letter := range letters {
				longer = append(longer, word+string(letter))
			}
		}
		words, last = append(words, longer...), longer
	}
	return words
}

func TestMatchGlob_isTheRegularExpressionThatItStandsFor(t *testing.T) {
	agree := func(t require.TestingT, pattern string, values ...string) {
		meant := regexp.MustCompile(`(?s)\A` + strings.ReplaceAll(regexp.QuoteMeta(pattern), `\*`, ".*") + `\z`)
		for _, value := range values {
			require.Equal(t, meant.MatchString(value), matchGlob(pattern, value), "%q %q", pattern, value)
		}
	}
	for _, pattern := range wordsOf("ab*", 5) {
		agree(t, pattern, wordsOf("ab", 5)...)
	}
	rapid.Check(t, func(t *rapid.T) {
		pattern := textsOf("ab*/.ü\n[", 8).Draw(t, "pattern")
		agree(t, pattern, textsOf("ab/.ü\n[", 10).Draw(t, "value"), strings.ReplaceAll(pattern, "*", textsOf("ab.", 3).Draw(t, "text")))
	})
}

// Each list is a condition of its own: another entry lets through no less, another condition
// no more, and of several each must hold by itself.
func TestMatches_isTheConjunctionOfItsConditions(t *testing.T) {
	names := rapid.SampledFrom([]string{"Shop", "Stock", "main", "dev", "live", "a"})
	list := rapid.SliceOfN(names, 0, 3)
	party := rapid.Custom(func(t *rapid.T) Party {
		return Party{Name: names.Draw(t, "name"), Labels: list.Draw(t, "labels"), FormerNames: list.Draw(t, "former names")}
	})
	refs := rapid.Custom(func(t *rapid.T) VersionRefs {
		return VersionRefs{Branches: list.Draw(t, "branches"), Tags: list.Draw(t, "tags")}
	})
	patterns := rapid.SliceOfN(rapid.SampledFrom([]string{"Shop", "S*", "*o*", "main", "dev", "l*", "nothing", "*"}), 0, 2)
	rapid.Check(t, func(t *rapid.T) {
		subject := EventSubject{
			Consumer: party.Draw(t, "consumer"), Provider: party.Draw(t, "provider"), Version: refs.Draw(t, "version"), ProviderVersion: refs.Draw(t, "provider version"),
			EnvironmentNames: list.Draw(t, "environments"),
		}
		subject.Applications = []Party{subject.Consumer, subject.Provider}
		var filter EventFilter
		single := map[string]EventFilter{}
		empty := true
		for _, c := range Conditions() {
			list := patterns.Draw(t, c.Name)
			var alone EventFilter
			*c.List(&filter), *c.List(&alone) = list, list
			single[c.Name] = alone
			empty = empty && len(list) == 0
		}
		matches := filter.Matches(subject)
		all := true
		for _, c := range Conditions() {
			alone := single[c.Name]
			holds := alone.Matches(subject)
			all = all && holds
			if !holds {
				continue
			}
			more := alone
			entries := c.List(&more)
			if len(*entries) > 0 {
				*entries = append(slices.Clone(*entries), "something else")
				require.True(t, more.Matches(subject), "another entry of %s takes nothing away", c.Name)
			}
		}
		require.Equal(t, all, matches, "%+v of %+v", filter, subject)
		require.True(t, EventFilter{}.Matches(subject))
		require.Equal(t, empty, filter.empty())
	})
}

// A delivery is played through its rounds, each begun by hand: in every round it is tried
// once more than there are waiting times, with these in between, unless it is taken before.
func TestSchedule_isTheSameInEveryRound(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		schedule := Schedule(rapid.SliceOfN(rapid.Map(rapid.IntRange(0, 3600), func(s int) time.Duration { return time.Duration(s) * time.Second }), 0, 6).Draw(t, "schedule"))
		delivery := Triggered{Status: NotRun}
		for range rapid.IntRange(1, 4).Draw(t, "rounds") {
			takenAt := rapid.IntRange(1, len(schedule)+3).Draw(t, "taken at")
			var waited []time.Duration
			tries := 0
			for !delivery.Status.Finished() {
				require.Equal(t, len(schedule)+1-tries, delivery.AttemptsRemaining(schedule))
				tries++
				delivery.Attempts++
				attempt := delivery.inRound(delivery.Attempts)
				require.Equal(t, tries, attempt)
				delivery.Status = schedule.StatusAfter(attempt, tries == takenAt)
				wait, again := schedule.After(attempt)
				if delivery.Status == Retrying {
					require.True(t, again)
					waited = append(waited, wait)
				}
				require.LessOrEqual(t, tries, schedule.Attempts(), "it ends")
			}
			require.Equal(t, min(takenAt, len(schedule)+1), tries)
			require.Equal(t, takenAt <= len(schedule)+1, delivery.Status == Success)
			require.Equal(t, append([]time.Duration(nil), schedule[:tries-1]...), append([]time.Duration(nil), waited...))
			require.Zero(t, delivery.AttemptsRemaining(schedule))
			delivery.Status, delivery.RoundStart = Retrying, delivery.Attempts // as RestartDelivery does
		}
	})
}

// bitsOf are those of an address, in which an IPv4 address is one however it is written.
func bitsOf(address netip.Addr) (bits string) {
	for _, b := range address.Unmap().AsSlice() {
		bits += fmt.Sprintf("%08b", b)
	}
	return bits
}

func TestHostRule_containsTheAddressesThatBeginWithItsBits(t *testing.T) {
	v4 := rapid.Map(rapid.SliceOfN(rapid.SampledFrom([]byte{0, 10, 127, 128, 255}), 4, 4), func(b []byte) netip.Addr { return netip.AddrFrom4([4]byte(b)) })
	v6 := rapid.Map(rapid.SliceOfN(rapid.SampledFrom([]byte{0, 0x20, 0xfd, 0xff}), 16, 16), func(b []byte) netip.Addr { return netip.AddrFrom16([16]byte(b)) })
	rapid.Check(t, func(t *rapid.T) {
		network := rapid.OneOf(v4, v6).Draw(t, "network")
		length := rapid.IntRange(0, network.BitLen()).Draw(t, "length")
		address := rapid.OneOf(v4, v6, rapid.Just(network)).Draw(t, "address")
		rule, err := ParseHostRule(network.String() + "/" + strconv.Itoa(length))
		require.NoError(t, err)
		want := len(bitsOf(network)) == len(bitsOf(address)) && strings.HasPrefix(bitsOf(address), bitsOf(network)[:length])
		require.Equal(t, want, rule.Contains(address), "%s %s", rule, address)
		require.Equal(t, want, rule.Matches(address.String()))
		if address.Is4() {
			mapped := netip.AddrFrom16(address.As16())
			require.Equal(t, want, rule.Contains(mapped), "written as IPv6: %s %s", rule, mapped)
			require.Equal(t, want, rule.Matches("["+mapped.String()+"]"))
		}
		require.False(t, rule.Names(address.String()), "a range is no name")
	})
}

func TestHostRule_namesWhatItsLabelsSay(t *testing.T) {
	label := rapid.SampledFrom([]string{"a", "b", "Ci", "local", "xn--bcher-kva"})
	name := rapid.Map(rapid.SliceOfN(label, 1, 3), func(labels []string) string { return strings.Join(labels, ".") })
	rapid.Check(t, func(t *rapid.T) {
		host, ruled, wild := name.Draw(t, "host"), name.Draw(t, "rule"), rapid.Bool().Draw(t, "wildcard")
		if rapid.Bool().Draw(t, "below") {
			host = strings.Join(append(rapid.SliceOfN(label, 1, 2).Draw(t, "labels"), ruled), ".")
		}
		text := ruled
		if wild {
			text = "*." + ruled
		}
		rule, err := ParseHostRule(text)
		require.NoError(t, err)
		labels, of := strings.Split(strings.ToLower(host), "."), strings.Split(strings.ToLower(ruled), ".")
		want := slices.Equal(labels, of)
		if wild {
			want = slices.Equal(labels[1:], of)
		}
		for _, spelled := range []string{host, strings.ToUpper(host), host + "."} {
			require.Equal(t, want, rule.Names(spelled), "%s %s", text, spelled)
			require.Equal(t, want, rule.Matches(spelled), "%s %s", text, spelled)
		}
	})
}

// However keys come and go, the two youngest that were not taken away are live, and a
// message is signed with these in the way that Standard Webhooks describe.
func TestSigningKeys_areTheYoungestAndSignWithHMAC(t *testing.T) {
	at := time.Unix(1_700_000_000, 5)
	rapid.Check(t, func(t *rapid.T) {
		var keys SigningKeys
		var live []string // the newest first
		of := map[string][]byte{}
		for n := range rapid.IntRange(0, 8).Draw(t, "changes") {
			id := fmt.Sprint("key ", n)
			if len(live) > 0 && rapid.Bool().Draw(t, "remove") {
				gone := rapid.SampledFrom(live).Draw(t, "which")
				var found bool
				keys, found = keys.Without(gone)
				require.True(t, found)
				live = slices.DeleteFunc(live, func(other string) bool { return other == gone })
				_, found = keys.Without(gone)
				require.False(t, found, "it is gone")
				continue
			}
			raw := rapid.SliceOfN(rapid.Byte(), minSecretBytes, maxSecretBytes).Draw(t, "key")
			secret := "whsec_" + base64.StdEncoding.EncodeToString(raw)
			require.Empty(t, checkSecret(secret))
			of[id] = raw
			keys = keys.Rotated(SigningKey{ID: id, Secret: secret})
			live = append([]string{id}, live...)
			live = live[:min(len(live), 2)]
		}
		body := []byte(rapid.String().Draw(t, "body"))
		headers, err := keys.sign("msg_1", at, body)
		require.NoError(t, err)
		var want []string
		for _, id := range live {
			mac := hmac.New(sha256.New, of[id])
			mac.Write([]byte("msg_1.1700000000." + string(body)))
			want = append(want, "v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil)))
		}
		sent := map[string]string{}
		for _, header := range headers {
			sent[header.Name] = header.Value
		}
		require.Equal(t, "msg_1", sent["webhook-id"])
		require.Equal(t, "1700000000", sent["webhook-timestamp"])
		require.Equal(t, strings.Join(want, " "), sent["webhook-signature"])
		for _, key := range keys.masked() {
			require.Empty(t, key.Secret)
			require.Contains(t, live, key.ID)
		}
	})
}

func TestCheckSecret_takesRandomBytesOfAGoodLength(t *testing.T) {
	for length := range 80 {
		encoded := base64.StdEncoding.EncodeToString([]byte(strings.Repeat("k", length)))
		require.Equal(t, length >= 24 && length <= 64, checkSecret("whsec_"+encoded) == "", "%d bytes", length)
		require.NotEmpty(t, checkSecret(encoded), "without the word before it")
	}
	for _, wrong := range []string{"", "whsec_", "whsec_" + strings.Repeat("?", 40), "WHSEC_" + strings.Repeat("a", 40), "whsec_" + strings.Repeat("-_", 20), " whsec_" + strings.Repeat("a", 40), "whsec_whsec_" + strings.Repeat("a", 40)} {
		require.NotEmpty(t, checkSecret(wrong), "%q", wrong)
	}
	require.Empty(t, checkSecret(newSecret()), "one of ours is a good one")
}

// addresses draws addresses that hold credentials and tokens in all places, or none.
var addresses = rapid.Custom(func(t *rapid.T) string {
	user := rapid.SampledFrom([]string{"", "", "joe:open@", "ghp_x1@", "joe:@", "a:b:c@", "${secret.U}:${secret.P}@"}).Draw(t, "user")
	segments := rapid.SliceOfN(rapid.SampledFrom([]string{"", "build", "x9Yb3TqLm0ZkR4vWc8NdPf2S", "9e107d9d372bb6826bd81d3542a419d6", "${secret.KEY}", "a@b", "0f8fad5b-d9cb-469f-a165-70867728950e"}), 0, 4).Draw(t, "segments")
	pairs := rapid.SliceOfN(rapid.SampledFrom([]string{"token=one", "token=two", "token=${secret.T}", "v=1", "t=x9dK3mPq7RtV2bNcZ8wL5sHj", "t=Zz9dK3mPq7RtV2bNcZ8wL5sH", "sig=", "token", "", "api_key=a=b", "x=a%26b"}), 0, 5).Draw(t, "pairs")
	address := rapid.SampledFrom([]string{"https://", "HTTP://"}).Draw(t, "scheme") + user + "ci.example.org/" + strings.Join(segments, "/")
	if len(pairs) > 0 {
		address += "?" + strings.Join(pairs, "&")
	}
	return address + rapid.SampledFrom([]string{"", "#top"}).Draw(t, "fragment")
})

// What is cut apart is put together again, what is starred once has no more to star, and
// what people were shown brings back what was there when they send it.
func TestPartsOfURL_loseNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		address := rapid.OneOf(addresses, rapid.String()).Draw(t, "address")
		var whole string
		for _, part := range partsOfURL(address) {
			whole += part.text
		}
		require.Equal(t, address, whole)
		for _, kinds := range [][]secretKind{{credential}, {token}, {credential, token}} {
			masked, hidden := partsOfURL(address).masked(kinds...)
			again, _ := partsOfURL(masked).masked(kinds...)
			require.Equal(t, masked, again, "of %s", address)
			require.Equal(t, hidden, masked != address)
		}
	})
}

func TestUnmasked_bringsBackWhatWasStarred(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		address := addresses.Draw(t, "address")
		for _, kinds := range [][]secretKind{{credential}, {token}, {credential, token}} {
			masked, hidden := partsOfURL(address).masked(kinds...)
			back, kept := partsOfURL(masked).unmasked(partsOfURL(address))
			require.Equal(t, address, back, "which was shown as %s", masked)
			require.Equal(t, hidden, kept)
		}
	})
}

// Whatever stands in a webhook, it is stored without its secrets and is the same when it is
// opened; under another name or another key nothing of it can be read.
func TestEncrypt_isUndoneByDecrypt(t *testing.T) {
	key := func(letter string) secrets.Keyring {
		keyring, err := secrets.Parse(base64.StdEncoding.EncodeToString([]byte(strings.Repeat(letter, 32))))
		require.NoError(t, err)
		return keyring
	}
	mine, other := key("k"), key("o")
	value := rapid.OneOf(rapid.SampledFrom([]string{"", "hush-hush", "${secret.KEY}", "**", "Bearer s3cret-value"}), rapid.String())
	rapid.Check(t, func(t *rapid.T) {
		w := Webhook{UUID: "my-own-webhook-0001", Request: Request{Method: "POST", URL: addresses.Draw(t, "address"), Username: "joe", Password: value.Draw(t, "password")}}
		for _, name := range []string{"authorization", "x-plain", "x-token"} {
			if rapid.Bool().Draw(t, name) {
				w.Request.Headers = append(w.Request.Headers, Header{name, value.Draw(t, "value")})
			}
		}
		stored, err := encrypt(mine, w)
		require.NoError(t, err)
		opened, err := stored.decrypt(mine)
		require.NoError(t, err)
		require.Equal(t, w.Request.URL, opened.Request.URL)
		require.Equal(t, w.Request.Password, opened.Request.Password)
		require.Equal(t, w.Request.Headers, append([]Header(nil), opened.Request.Headers...))
		require.Equal(t, w.Request.Masked(), stored.shown(mine).Request.Masked(), "people see the same before and after")
		require.True(t, stored.Opens(mine))
		require.Equal(t, stored.Encrypted == nil, stored.Opens(other))
		require.Equal(t, stored.Encrypted != nil, len(stored.Hidden()) > 0, "what is hidden is told: %v", stored.Hidden())
		if stored.Encrypted == nil {
			require.Equal(t, w.Request.URL, stored.Webhook.Request.URL)
			return
		}
		stored.Webhook.UUID = "my-own-webhook-0002"
		_, err = stored.decrypt(mine)
		require.Error(t, err, "secrets cannot be moved to another webhook")
	})
}

// Values of every kind stand for themselves in an address: none begins another segment,
// another parameter or a fragment.
func TestExpand_leavesTheShapeOfAnAddress(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		value := rapid.OneOf(rapid.String(), textsOf("/?#&=%+. @:;\\\"üa", 12)).Draw(t, "value")
		values := Values{Broker: map[string]string{"consumerName": value}, Event: map[string]string{}, Secrets: map[string]string{"KEY": value}}
		e := Request{Method: "POST", URL: "https://ci.example.org/a/${pactbroker.consumerName}/b/${secret.KEY}?x=${pactbroker.consumerName}&y=${secret.KEY}#top"}.Expand(values)
		address, err := url.Parse(e.URL)
		require.NoError(t, err)
		require.Equal(t, "ci.example.org", address.Host)
		segments := strings.Split(address.EscapedPath(), "/")
		require.Len(t, segments, 5)
		for _, i := range []int{2, 4} {
			segment, err := url.PathUnescape(segments[i])
			require.NoError(t, err)
			require.Equal(t, value, segment)
		}
		require.Equal(t, url.Values{"x": {value}, "y": {value}}, address.Query())
	})
}
