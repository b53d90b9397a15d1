package pacticipants

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/support/fault"
	"github.com/accord-broker/accord/internal/testing/testrandom"
)

func TestMeant_isASlipOfThePenAway(t *testing.T) {
	for _, tt := range []struct{ asked, known, want string }{
		{"shop", "Shop", "Shop"}, {"shp", "shop", "shop"}, {"hsop", "shop", "shop"}, {"shopp", "shop", "shop"}, {"sho", "shopping-cart", "shopping-cart"},
		{"shopping-cart", "shop", "shop"}, {"ShopService", "shop", "shop"}, {"shop-api", "Shop", "Shop"},
		{"s", "shop", ""}, {"ab", "cd", ""}, {"abc", "xyz", ""}, {"abc", "axz", "axz"}, {"orders", "stock", ""}, {"payments-gateway", "payment-gatewy", "payment-gatewy"},
		{"a", "b", ""}, {"", "shop", ""}, {"a", "A", "A"},
	} {
		require.Equal(t, tt.want, Meant(tt.asked, []string{tt.known}), "%q among %q", tt.asked, tt.known)
	}
	require.Empty(t, Meant("shop", nil))
	require.Equal(t, "Shop", Meant("shop", []string{"shops", "stop", "Shop"}), "the nearest of several")
	require.Equal(t, "stop", Meant("shop", []string{"stop", "chop"}), "of those that are as near the first")
}

// The limit of what is compared is that of names, and of letters a shorter one.
func TestMeant_comparesNamesOnly(t *testing.T) {
	long := strings.Repeat("n", MaxNameLength)
	require.Equal(t, strings.ToUpper(long), Meant(long, []string{strings.ToUpper(long)}))
	require.Empty(t, Meant(long+"n", []string{strings.ToUpper(long + "n")}))
	word := strings.Repeat("a", longestCompared-1)
	require.Equal(t, word+"x", Meant(word+"b", []string{word + "x"}))
	require.Empty(t, Meant(word+"ab", []string{word + "xy"}), "one that is longer is not compared letter by letter")
}

func TestFew_namesFiveAndCountsTheOthers(t *testing.T) {
	for n, want := range map[int]string{0: "", 1: "a", 5: "a, b, c, d, e", 6: "a, b, c, d, e and 1 more", 9: "a, b, c, d, e and 4 more"} {
		require.Equal(t, want, Few(strings.Split("abcdefghi", "")[:n]))
	}
}

// Whatever is asked, a suggestion names only what there is, and changes nothing of it.
func TestSuggest_namesOnlyWhatThereIs(t *testing.T) {
	letters := []string{"a", "b", "Shop", "-", "api", " ", "ü", "::", "S", "1"}
	random := testrandom.New(t)
	word := func() string {
		var w strings.Builder
		for range 1 + random.IntN(4) {
			w.WriteString(letters[random.IntN(len(letters))])
		}
		return w.String()
	}
	for range 300 {
		known := make([]string, 1+random.IntN(8))
		for i := range known {
			known[i] = word()
		}
		before := strings.Join(known, "\n")
		asked := word()
		if meant := Meant(asked, known); meant != "" {
			require.Contains(t, known, meant)
			require.Contains(t, Suggest(asked, known), "'"+meant+"'")
		}
		for _, similar := range SimilarNames(asked, known) {
			require.Contains(t, known, similar)
			require.Equal(t, []string{asked}, SimilarNames(similar, []string{asked}), "it is the same both ways")
		}
		require.Equal(t, before, strings.Join(known, "\n"))
		require.Equal(t, DisplayName(asked), DisplayName(DisplayName(asked)), "a name for people is one already: %q", asked)
	}
}

// What is there already may be sent again, even if nobody would be let make it today;
// what is new must be seen.
func TestChanges_refusesWhatIsNewAndInvisible(t *testing.T) {
	odd, plain := "Sh\u200bop", "Shop"
	sent := func(value string) *string { return &value }
	before := Pacticipant{DisplayName: odd, RepositoryName: odd, RepositoryNamespace: odd, MainBranch: odd}
	for field, said := range map[string]Changes{
		"displayName": {DisplayName: sent(odd)}, "repositoryName": {RepositoryName: sent(odd)}, "repositoryNamespace": {RepositoryNamespace: sent(odd)}, "mainBranch": {MainBranch: sent(odd)},
	} {
		err := said.checkNew(Pacticipant{})
		require.True(t, fault.Is(err, fault.Invalid), field)
		require.ErrorContains(t, err, "U+200B", field)
		require.NoError(t, said.checkNew(before), field)
	}
	require.NoError(t, Changes{DisplayName: sent(plain), RepositoryName: sent(plain), RepositoryNamespace: sent(plain), MainBranch: sent(plain)}.checkNew(before))
	require.NoError(t, Changes{DisplayName: sent(""), MainBranch: sent("")}.checkNew(before), "what is taken away is nothing new")
	require.NoError(t, Changes{DisplayName: sent("Shop 👩‍💻")}.checkNew(Pacticipant{}), "what joins an emoji may stand in a text")
	require.Error(t, Changes{MainBranch: sent("main👩‍💻")}.checkNew(Pacticipant{}), "and not in a name by which something is found")
}

func TestClash_saysWhereBothHaveSomethingElse(t *testing.T) {
	require.Equal(t, "contracts (1, 2)", Clash{Kind: "contracts", Count: 2, First: []string{"1", "2"}}.Words())
	require.Equal(t, "contracts (1, 2, …)", Clash{Kind: "contracts", Count: 3, First: []string{"1", "2"}}.Words())
	err := clashing(Pacticipant{Name: "shop"}, Merging{Into: Pacticipant{Name: "Shop"}, Clashes: []Clash{{Kind: "contracts", Count: 1, First: []string{"1"}}, {Kind: "tags", Count: 1, First: []string{"dev"}}}})
	require.True(t, fault.Is(err, fault.Conflict))
	require.EqualError(t, err, "shop and Shop have something else in the same place: contracts (1); tags (dev).")
}

// A repository is one however its address is written, and none of these makes another.
func TestParseRepository_doesNotDependOnTheForm(t *testing.T) {
	for _, path := range []string{"shop/web", "Shop/Web", "a/b/c/d", "web", "web.api", "my%20shop/web"} {
		var all []Repository
		for _, form := range []string{"https://git.example.org/%s", "https://git.example.org/%s.git", "ssh://git@git.example.org:22/%s.git", "git@git.example.org:%s.git", "https://git.example.org/%s/-/issues/7", "HTTPS://Git.Example.org/%s/"} {
			found, is := ParseRepository(fmt.Sprintf(form, path))
			require.True(t, is, form)
			all = append(all, found)
		}
		for _, found := range all {
			require.Equal(t, all[0], found, path)
		}
	}
}
