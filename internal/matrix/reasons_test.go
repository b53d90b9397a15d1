package matrix

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/contracts"
	"github.com/accord-broker/accord/internal/providercontracts"
	"github.com/accord-broker/accord/internal/testing/testrandom"
	"github.com/accord-broker/accord/internal/versions"
)

func phraseOf(c Criteria, change ...func(p *Phrase)) Phrase {
	p := Phrase{Pacticipant: "Shop", Criteria: c}
	for _, fn := range change {
		fn(&p)
	}
	return p
}

func missingOne(p *Phrase) { p.State = Missing }

func oneOfMany(p *Phrase) { p.OneOfMany = true }

func numbered(p *Phrase) { p.Number = "7" }

// A sentence names a version as it was asked for, and which one that is.
func TestPhrase_namesWhatWasAskedFor(t *testing.T) {
	for _, tt := range []struct {
		phrase Phrase
		want   string
	}{
		{phraseOf(Criteria{Version: "1"}, numbered), "version 1 of Shop"},
		{phraseOf(Criteria{Version: "1", Branch: "main"}), "version 1 of Shop"},
		{phraseOf(Criteria{Tag: "prod", Latest: true}, numbered), "the latest version of Shop with tag prod (7)"},
		{phraseOf(Criteria{Tag: "prod"}, numbered, oneOfMany), "one of the versions of Shop with tag prod (7)"},
		{phraseOf(Criteria{Tag: "prod"}), "a version of Shop with tag prod"},
		{phraseOf(Criteria{Branch: "main", Latest: true}, numbered), "the latest version of Shop from branch main (7)"},
		{phraseOf(Criteria{MainBranch: true, Latest: true}, numbered), "the latest version of Shop from its main branch (7)"},
		{phraseOf(Criteria{Environment: "prod"}, numbered), "the version of Shop currently in prod (7)"},
		{phraseOf(Criteria{Environment: "prod"}, numbered, oneOfMany), "one of the versions of Shop currently in prod (7)"},
		{phraseOf(Criteria{Environment: "prod"}, missingOne), "the version of Shop currently in prod (no version is currently recorded as deployed or released there)"},
		{phraseOf(Criteria{Latest: true}, numbered), "the latest version of Shop (7)"},
		{phraseOf(Criteria{}), "any version of Shop"},
		{phraseOf(Criteria{Version: "1"}, missingOne), "version 1 of Shop (no such version exists)"},
		{phraseOf(Criteria{Version: "1"}, func(p *Phrase) { p.UnknownPacticipant = true }), "Shop (no such application exists)"},
	} {
		require.Equal(t, tt.want, tt.phrase.String())
	}
}

func TestPhrase_saysWhatThereIsNot(t *testing.T) {
	for want, c := range map[string]Criteria{
		"There is no version 1 of Shop.": {Version: "1"},
		"There is no version 1 of Shop with the branch, tag or environment that is asked for.": {Version: "1", Branch: "main"},
		"There is no version of Shop with tag prod.":                                           {Tag: "prod", Latest: true},
		"There is no version of Shop from branch main.":                                        {Branch: "main", Latest: true},
		"There is no version of Shop from its main branch.":                                    {MainBranch: true, Latest: true},
		"No version of Shop is currently recorded as deployed or released in prod.":            {Environment: "prod"},
		"There is no version of Shop.":                                                         {Latest: true},
	} {
		require.Equal(t, want, phraseOf(c).Missing())
		require.Equal(t, want, phraseOf(c).Absence())
		require.Equal(t, want+" Did you mean 2?", phraseOf(c, func(p *Phrase) { p.Hint = "Did you mean 2?" }).Absence())
	}
}

func TestReason_saysEachKindInItsWords(t *testing.T) {
	shop, stock := phraseOf(Criteria{Version: "1"}), Phrase{Pacticipant: "Stock", Criteria: Criteria{Environment: "prod"}, Number: "7"}
	short := phraseOf(Criteria{Version: "abc"}, func(p *Phrase) { p.Abbreviation, p.Number = "abc", "abcdef" })
	for kind, want := range map[Kind]string{
		IgnoredIsMissing:   "warning: WARN: What is to be ignored does not exist: version 1 of Shop.",
		ProviderIsExternal: "warning: WARN: Stock is external and verifies no contracts, so results that are missing from it do not count.",
		NoTarget:           "warning: WARN: No target environment is given, so the result is not reliable. Name the environment to deploy to, such as environment=production.",
		NoVersionNumber:    "warning: WARN: No version number is given. Ask by version number rather than by tag or branch, as what these stand for may change while you deploy.",
		ContractUnproven:   "warning: WARN: the version of Stock currently in prod (7) has published its contract without evidence that it keeps to it.",
		VersionIsMissing:   "error: There is no version 1 of Shop.",
		PairWithoutRow:     "error: There is no verified pact between version 1 of Shop and the version of Stock currently in prod (7).",
		VerificationFailed: "error: The verification of the pact between version 1 of Shop and the version of Stock currently in prod (7) failed.",
		ComparisonFailed:   "error: The contract of the version of Stock currently in prod (7) does not keep what version 1 of Shop needs, or the provider does not keep to it.",
		NeverVerified:      "error: There is no verified pact between version 1 of Shop and the version of Stock currently in prod (7).",
		AllVerified:        "success: All required verification results are there, and all are successful.",
		NothingRequired:    "success: Nothing that is needed is missing: there are no pacts to verify.",
		OnlyIgnored:        "success: Nothing else has to be verified: what is known is left out, as the question ignores Shop.",
	} {
		r := Reason{Kind: kind, Consumer: shop, Provider: stock}
		require.Equal(t, want, r.Type()+": "+r.Text())
	}
	require.Equal(t, "WARN: abc is taken for version abcdef of Shop, the only commit that begins like this.", Reason{Kind: VersionAbbreviated, Consumer: short}.Text())
	short.Overlooked = true
	require.Contains(t, Reason{Kind: VersionAbbreviated, Consumer: short}.Text(), "There is a version abc, too, but it has no contracts and no results")
	shop.Hint, stock.Hint = "Hint one.", "Hint two."
	require.True(t, strings.HasSuffix(Reason{Kind: NeverVerified, Consumer: shop, Provider: stock}.Text(), "(7). Hint one. Hint two."))
}

func TestOnce_leavesOutRepetitions(t *testing.T) {
	a, b := Reason{Kind: NeverVerified, Consumer: phraseOf(Criteria{Version: "1"})}, Reason{Kind: NeverVerified, Consumer: phraseOf(Criteria{Version: "2"})}
	require.Equal(t, []Reason{a, b}, once([]Reason{a, b, a, b, a}))
	require.Empty(t, once(nil))
}

func TestAnswer_hasAName(t *testing.T) {
	for _, a := range []Answer{Yes, No, Unknown} {
		require.Equal(t, a, AnswerNamed(a.String()))
	}
	for _, other := range []string{"", "YES", "true", "perhaps"} {
		require.Equal(t, Unknown, AnswerNamed(other), "what is not known is not a yes")
	}
}

// What weighs most: a version that does not exist, then not knowing, then a failure.
func TestConclude_weighsWhatIsThere(t *testing.T) {
	missing := []Entry{{}}
	for _, unknown := range []int{0, 1, 9} {
		for _, failed := range []int{0, 1, 9} {
			v := Verdict{Unknown: unknown, Failed: failed, Success: 5}
			require.Equal(t, No, conclude(v, missing))
			want := Yes
			if failed > 0 {
				want = No
			}
			if unknown > 0 {
				want = Unknown
			}
			require.Equal(t, want, conclude(v, nil), "%+v", v)
		}
	}
	require.Equal(t, Yes, conclude(Verdict{}, nil), "nothing stands in the way of nothing")
}

// Of a verification and a comparison of one content and version a failure counts,
// whichever of the two it comes from; a comparison that decides nothing changes nothing.
func TestWeighed_letsFailuresCount(t *testing.T) {
	all := []providercontracts.Outcome{providercontracts.Compatible, providercontracts.Unproven, providercontracts.Incompatible, providercontracts.SelfVerificationFailed, providercontracts.NotCovered, providercontracts.NotComparable}
	random := testrandom.New(t)
	for range 300 {
		var results []Result
		var compared []providercontracts.Compared
		fails, known := map[[2]int64]bool{}, map[[2]int64]bool{}
		for content := range int64(3) {
			for version := range int64(3) {
				key := [2]int64{content, version}
				if random.IntN(2) == 0 {
					success := random.IntN(2) == 0
					results = append(results, Result{ContentID: content, ProviderVersion: version, Success: success})
					fails[key], known[key] = fails[key] || !success, true
				}
				if random.IntN(2) == 0 {
					outcome := all[random.IntN(len(all))]
					compared = append(compared, providercontracts.Compared{Pair: providercontracts.Pair{ContentID: content, ProviderVersion: version}, Outcome: outcome})
					fails[key], known[key] = fails[key] || outcome.Fails(), known[key] || outcome.Decides()
				}
			}
		}
		before := len(results)
		every := weighed(slices.Clone(results), compared, Everything)
		got := weighed(results, compared, LatestByConsumer)
		seen := map[[2]int64]bool{}
		for _, r := range got {
			key := [2]int64{r.ContentID, r.ProviderVersion}
			require.False(t, seen[key], "one of each")
			seen[key] = true
			require.Equal(t, !fails[key], r.Success)
			require.False(t, r.Unproven && !r.Compared)
		}
		for key, decided := range known {
			require.Equal(t, decided, seen[key], "nothing that is known is lost: %v", key)
		}
		require.GreaterOrEqual(t, len(every), before)
		require.GreaterOrEqual(t, len(every), len(got), "asked for everything, none takes the place of another")
	}
}

func TestRow_knowsItsOutcome(t *testing.T) {
	require.Equal(t, Unverified, Row{}.Outcome())
	require.Equal(t, Successful, Row{Result: &Result{Success: true}}.Outcome())
	require.Equal(t, Failed, Row{Result: &Result{}}.Outcome())
	compared := Row{Pact: contracts.Publication{}, Provider: versions.Version{}, Result: &Result{Compared: true}}
	require.True(t, Verdict{Ignored: []Row{{}, compared}}.HasCompared())
	require.True(t, Verdict{Rows: []Row{compared}}.HasCompared())
	require.False(t, Verdict{Rows: []Row{{}, {Result: &Result{}}}}.HasCompared())
}

func TestNewest_saysWhichVersionsThereAre(t *testing.T) {
	require.Equal(t, "It has no versions yet.", newest(nil))
	require.Equal(t, "Its only version is 1.", newest([]string{"1"}))
	require.Equal(t, "Its newest versions are 2, 1.", newest([]string{"2", "1"}))
	require.Equal(t, "Several commits begin like this: a1, a2.", severalCommits([]string{"a1", "a2"}))
}

// A commit is as short as git writes it, and nothing else is taken for one.
func TestAbbreviation_isTheBeginningOfACommit(t *testing.T) {
	for text, want := range map[string][2]bool{
		"abc1234": {true, false}, "0123456789abcdef0123456789abcdef0123456": {true, false}, "abcd": {false, true}, "abc123": {false, true},
		"0123456789abcdef0123456789abcdef01234567": {false, false}, "abc": {false, false}, "ABC1234": {true, false}, "ABCD": {false, true}, "aBc1234": {false, false}, "1.0.0": {false, false}, "abcdefg": {false, false}, "": {false, false},
	} {
		require.Equal(t, want, [2]bool{abbreviation.MatchString(text), shortAbbreviation.MatchString(text)}, text)
	}
}
