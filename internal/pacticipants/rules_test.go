package pacticipants

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/support/fault"
)

func TestValidate_saysWhatIsWrong(t *testing.T) {
	long := strings.Repeat("ä", MaxNameLength)
	for name, tt := range map[string]struct {
		validate func(string) string
		good     []string
		bad      map[string]string
	}{
		"names": {ValidateName, []string{long, "...", ".a", "a/b", " a"}, map[string]string{
			"": "cannot be blank", " \t": "cannot be blank", long + "x": "cannot be longer", ".": "dot", "..": "dot", "a\nb": "multiple lines", "a\rb": "multiple lines", "a\x00b": "control characters", "a\u0085b": "control characters"}},
		"lines":         {ValidateLine, []string{"", " ", long + long}, map[string]string{"a\n": "multiple lines", "\x1b[31m": "control characters", "\xff": "UTF-8"}},
		"short lines":   {ValidateShortLine, []string{"", long}, map[string]string{long + "x": "cannot be longer", "a\nb": "multiple lines"}},
		"main branches": {ValidateMainBranch, []string{"main", "release/1"}, map[string]string{"": "cannot be blank", "a b": "cannot contain spaces", "..": "dot"}},
		"display names": {ValidateDisplayName, []string{"", "The Shop"}, map[string]string{" ": "cannot be blank", "a\nb": "multiple lines"}},
		"addresses": {ValidateAddress, []string{"", "https://ci.test/1", "git@github.com:a/b.git", "ci/7", strings.Repeat("a", MaxAddressLength)}, map[string]string{
			"javascript:alert(1)": "not a script", " JavaScript:x": "not a script", "vbscript:x": "not a script", "data:text/html,x": "not a script", strings.Repeat("a", MaxAddressLength+1): "cannot be longer", "a\nb": ""}},
	} {
		t.Run(name, func(t *testing.T) {
			for _, text := range tt.good {
				require.Empty(t, tt.validate(text), "%q", text)
			}
			for text, why := range tt.bad {
				require.NotEmpty(t, tt.validate(text), "%q", text)
				require.Contains(t, tt.validate(text), why, "%q", text)
			}
		})
	}
}

func TestCheckNewName_refusesWhatNobodySees(t *testing.T) {
	for _, name := range []string{"Shop\u200b", "\u202eShop", "Sh\u00adop"} {
		require.True(t, fault.Is(CheckNewName("name", name), fault.Invalid), "%q", name)
		require.Error(t, CheckNewText("displayName", name, "Shop"), "%q", name)
		require.NoError(t, CheckNewText("displayName", name, name), "what was there may be sent again")
	}
	require.NoError(t, CheckNewName("name", "Shop 日本"))
}

func TestLooksBlank(t *testing.T) {
	for text, blank := range map[string]bool{"": true, " \t\n": true, "\u00a0\u2003": true, "\u200b": true, "a": false, " a": false, ".": false} {
		require.Equal(t, blank, LooksBlank(text), "%q", text)
	}
}

// What is not said stays; what is empty goes; an empty display name is made of the name.
func TestChanges_areAppliedAsTheyAreSaid(t *testing.T) {
	text := func(s string) *string { return &s }
	before := Pacticipant{Name: "my-shop", DisplayName: "Mine", RepositoryURL: "u", RepositoryName: "n", RepositoryNamespace: "s", MainBranch: "main"}
	require.Equal(t, before, Changes{}.appliedTo(before))
	changed := Changes{DisplayName: text(""), RepositoryURL: text(""), MainBranch: text("trunk")}.appliedTo(before)
	require.Equal(t, Pacticipant{Name: "my-shop", DisplayName: "My Shop", RepositoryName: "n", RepositoryNamespace: "s", MainBranch: "trunk"}, changed)
	require.Equal(t, "My Shop", Changes{}.appliedTo(Pacticipant{Name: "my-shop"}).DisplayName)
}

func FuzzNames(f *testing.F) {
	for _, name := range []string{"fooBar", "HTTPServer", "a-b_c", "Foo::Bar", "ärger", "\xff", ""} {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, name string) {
		DisplayName(name)
		require.Empty(t, SimilarNames(name, []string{name}), "a name is no misspelling of itself")
		if similar := SimilarNames(name, []string{strings.ToUpper(name)}); len(similar) > 0 {
			require.NotEqual(t, name, similar[0])
		}
		if ValidateName(name) == "" {
			require.False(t, strings.ContainsAny(name, "\r\n\x00"))
		}
	})
}

// Texts that people read may have lines, and what belongs to an emoji, but nothing
// that databases refuse or terminals obey.
func TestCheckNewText_refusesControlCharactersAndWhatNobodySees(t *testing.T) {
	for text, problem := range map[string]string{
		"": "", "plain": "", "two\nlines\r\n\tand a tab": "", "Größe 店": "", "👩\u200d💻": "", "a\x00b": "control", "\x1b[31mred": "control", "a\x7f": "control", "a\u009b": "control",
		"a\u200bb": "U+200B", "\u202egnp.exe": "U+202E",
	} {
		err := CheckNewText("reason", text, "")
		require.Equal(t, problem == "", err == nil, "%q: %v", text, err)
		if problem != "" {
			require.ErrorContains(t, err, problem, "%q", text)
			require.NoError(t, CheckNewText("reason", text, text), "what was there before may be sent again")
		}
	}
}
