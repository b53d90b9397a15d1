package characters

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestCheckName_namesTheInvisibleCharacter(t *testing.T) {
	for name, problem := range map[string]string{
		"": "", "Käse & Brot": "", "日本": "", "❤": "", "a b\t": "",
		"a\u202eb": "cannot contain the invisible character U+202E", "a\u200bb": "cannot contain the invisible character U+200B",
		"❤\ufe0f": "cannot contain the invisible character U+FE0F", "a\u2800": "cannot contain the invisible character U+2800",
		"a\U000e0100b": "cannot contain the invisible character U+E0100",
		"a\u00a0b":     "cannot contain the blank U+00A0, which looks like a space", "a\u2003": "cannot contain the blank U+2003, which looks like a space", "a\u3000b": "",
	} {
		require.Equal(t, problem, CheckName(name), "%q", name)
	}
}

func TestCheckText_takesWhatBelongsToAnEmoji(t *testing.T) {
	for text, fine := range map[string]bool{
		"❤\ufe0f": true, "👩\u200d🚀": true, "❤\ufe0f\u200d🔥": true, "👍🏽": true,
		"a\ufe0f": false, "👩\u200d": false, "\u200d🚀": false, "👩\u200b🚀": false, "a\u202eb": false,
	} {
		require.Equal(t, fine, CheckText(text) == "", "%q", text)
	}
}

func TestCheckAddress_findsWhatIsInvisibleOnly(t *testing.T) {
	require.Empty(t, CheckAddress("https://example.org/a\u00a0b"))
	require.Equal(t, "cannot contain the invisible character U+200B", CheckAddress("a\u200bb"))
	require.Equal(t, "cannot contain the invisible character U+FE0F", CheckAddress("❤\ufe0f"))
}

func TestSameName_isWhatPeopleTakeForOne(t *testing.T) {
	for _, pair := range [][2]string{{"Money", "money"}, {"Core Money", "core-money"}, {"a_b", "a b"}, {"Käse", "KÄSE"}, {"日本", "日本"}, {"", ""}} {
		require.True(t, SameName(pair[0], pair[1]), "%q", pair)
		require.True(t, SameName(pair[1], pair[0]), "%q", pair)
	}
	for _, pair := range [][2]string{{"Money", "Moneys"}, {"a b", "ab"}, {"a.b", "a b"}, {"Web", "Web API"}, {"", "-"}} {
		require.False(t, SameName(pair[0], pair[1]), "%q", pair)
	}
}
