package web

import (
	"strings"
	"unicode"
)

// typeface is the letters in which a text of a picture is written: how wide each is, in
// parts of the size. Pictures are drawn where no font is at hand, and shown with
// whichever the reader has; the widths are those of a wide one.
type typeface struct {
	size  float64
	width func(rune) float64
}

// The typefaces of pictures.
var (
	plainFace = typeface{13, letterWidth}
	smallFace = typeface{12, letterWidth}
	tinyFace  = typeface{11, letterWidth}
	boldFace  = typeface{14, func(r rune) float64 { return letterWidth(r) * 1.15 }}
	codeFace  = typeface{12, func(r rune) float64 { return max(letterWidth(r), 0.61) }}
)

// letterWidth is about how wide a letter is at most.
func letterWidth(r rune) float64 {
	switch {
	case unicode.Is(unicode.Mn, r):
		return 0
	case strings.ContainsRune("ijl.,:;'|! ", r):
		return 0.34
	case strings.ContainsRune("frtI-()[]/", r):
		return 0.42
	case strings.ContainsRune("mMwW@%…", r):
		return 1
	case r < unicode.MaxASCII && unicode.IsUpper(r):
		return 0.79
	case r < unicode.MaxASCII:
		return 0.64
	case r >= 0x1f000: // emoji
		return 1.4
	case r >= 0x1100: // the scripts of East Asia, and all that is as wide
		return 1.05
	case unicode.IsLower(r):
		return 0.8
	}
	return 1
}

// fitted is a text cut to a room, in pixels, with an ellipsis where something was
// left out.
func (f typeface) fitted(text string, room float64) string {
	used, end := 0.0, 0
	for i, r := range text {
		if used+f.width('…')*f.size <= room {
			end = i
		}
		if used += f.width(r) * f.size; used > room {
			return text[:end] + "…"
		}
	}
	return text
}
