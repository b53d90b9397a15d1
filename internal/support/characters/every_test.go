package characters

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/testing/testrandom"
)

// neverSeen are ranges of characters that nobody sees or that turn the direction of
// writing, by the names that Unicode has for them.
var neverSeen = map[string][2]rune{
	"soft hyphen": {0xad, 0xad}, "grapheme joiner": {0x34f, 0x34f}, "letter mark of Arabic": {0x61c, 0x61c}, "fillers of Hangul": {0x115f, 0x1160}, "vowels of Khmer that are not written": {0x17b4, 0x17b5}, "separators of Mongolian": {0x180b, 0x180f},
	"blanks without a width and marks of direction": {0x200b, 0x200f}, "separators and embeddings": {0x2028, 0x202e}, "word joiner and operators": {0x2060, 0x2064}, "isolates and shaping": {0x2066, 0x206f}, "Braille without a dot": {0x2800, 0x2800}, "filler of Hangul": {0x3164, 0x3164},
	"variations": {0xfe00, 0xfe0f}, "mark of the byte order": {0xfeff, 0xfeff}, "filler of half a width": {0xffa0, 0xffa0}, "annotations": {0xfff9, 0xfffb}, "beams of music": {0x1d173, 0x1d17a}, "tags": {0xe0001, 0xe007f}, "more variations": {0xe0100, 0xe01ef},
}

// Every character that nobody sees is found in a name, an address and a text, wherever it
// stands, and the message says which one it is.
func TestChecks_findEveryInvisibleCharacter(t *testing.T) {
	for name, of := range neverSeen {
		for r := of[0]; r <= of[1]; r++ {
			if unicode.Is(unicode.Cn, r) && r < 0xe0000 {
				continue // nothing is there yet
			}
			want := fmt.Sprintf("cannot contain the invisible character U+%04X", r)
			for _, text := range []string{string(r), "a" + string(r), string(r) + "b", "日本" + string(r) + "app"} {
				require.Equal(t, want, CheckName(text), "%s: %q", name, text)
				require.Equal(t, want, CheckAddress(text), "%s: %q", name, text)
				require.Equal(t, want, CheckText(text), "%s: %q", name, text)
			}
		}
	}
}

// Blanks that look like a space are found in names alone.
func TestChecks_findEveryBlankInNamesAlone(t *testing.T) {
	for _, r := range []rune{0xa0, 0x1680, 0x2000, 0x2001, 0x2002, 0x2003, 0x2004, 0x2005, 0x2006, 0x2007, 0x2008, 0x2009, 0x200a, 0x202f, 0x205f} {
		text := "a" + string(r) + "b"
		require.Equal(t, fmt.Sprintf("cannot contain the blank U+%04X, which looks like a space", r), CheckName(text))
		require.Empty(t, CheckAddress(text))
		require.Empty(t, CheckText(text), "%q", text)
	}
}

// No letter, mark, digit, sign or symbol that is seen is refused, alone or among others.
func TestChecks_takeAllThatIsSeen(t *testing.T) {
	hidden := func(r rune) bool {
		for _, of := range neverSeen {
			if r >= of[0] && r <= of[1] {
				return true
			}
		}
		return false
	}
	for r := rune(0x20); r < 0x30000; r++ {
		if !unicode.IsGraphic(r) || hidden(r) || r != ' ' && unicode.Is(unicode.Zs, r) {
			continue
		}
		require.Empty(t, CheckName("a"+string(r)+"b"), "U+%04X %q", r, r)
		require.Empty(t, CheckText(string(r)), "U+%04X %q", r, r)
	}
}

// A text that is put together of whole emoji and words is taken, and what is left when a
// part of an emoji is taken away is refused, if it still has a joiner that joins nothing.
func TestCheckText_takesWholeEmojiAndNoHalves(t *testing.T) {
	whole := []string{"👩\u200d🚀", "❤\ufe0f\u200d🔥", "👨\u200d👩\u200d👧\u200d👦", "🏳\ufe0f\u200d🌈", "👍🏽", "☎\ufe0f", "🧑🏽\u200d💻"}
	testrandom.Each(t, func(t *testing.T, random *rand.Rand) {
		for range 500 {
			var parts []string
			for range 1 + random.IntN(6) {
				parts = append(parts, append([]string{"pays", "Käse", "日本", "1"}, whole...)[random.IntN(4+len(whole))])
			}
			text := strings.Join(parts, []string{"", " "}[random.IntN(2)])
			require.Empty(t, CheckText(text), "%q", text)
			if strings.ContainsRune(text, joiner) {
				require.NotEmpty(t, CheckName(text), "names have none of it: %q", text)
			}
			for _, broken := range []string{text + whole[0] + string(joiner) + "a", text + string(joiner), string(joiner) + text, "a" + string(emojiForm) + text, string(joiner) + string(joiner) + text} {
				require.NotEmpty(t, CheckText(broken), "%q", broken)
			}
		}
	})
}
