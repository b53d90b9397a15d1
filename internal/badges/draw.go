package badges

import (
	"fmt"
	"html"
	"strings"
	"unicode/utf8"
)

// shades are the colours as they are drawn, dark enough for white letters.
var shades = map[Color]string{Green: "#2c7d32", Orange: "#b45309", Red: "#b3261e", Grey: "#6b7280"}

// Measures of a drawn badge, in pixels.
const (
	height  = 20
	padding = 8
	middle  = 14
)

// SVG draws the badge.
func (b Badge) SVG() string {
	b.Left, b.Right = drawable(b.Left), drawable(b.Right)
	left, right := width(b.Left)+2*padding, width(b.Right)+2*padding
	title := html.EscapeString(b.Left + ": " + b.Right)
	return b.comment() + fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" role="img" aria-label="%s"><title>%s</title>`+
		`<clipPath id="r"><rect width="%d" height="%d" rx="3"/></clipPath>`+
		`<g clip-path="url(#r)"><rect width="%d" height="%d" fill="#374151"/><rect x="%d" width="%d" height="%d" fill="%s"/></g>`+
		`<g fill="#fff" text-anchor="middle" font-family="Verdana,DejaVu Sans,Geneva,sans-serif" font-size="11">`+
		`<text x="%d" y="%d">%s</text><text x="%d" y="%d">%s</text></g></svg>`+"\n",
		left+right, height, title, title, left+right, height, left, height, left, right, height, shades[b.Color],
		left/2, middle, html.EscapeString(b.Left), left+right/2, middle, html.EscapeString(b.Right))
}

// Within puts the badge's subject before a picture that a service has drawn.
func (b Badge) Within(picture string) string { return b.comment() + picture }

// comment is the subject as a comment, which must not hold two dashes.
func (b Badge) comment() string {
	if b.Subject == "" {
		return ""
	}
	subject := html.EscapeString(drawable(b.Subject))
	for strings.Contains(subject, "--") {
		subject = strings.ReplaceAll(subject, "--", "- -")
	}
	return "<!-- " + subject + " -->\n"
}

// drawable is a text without what XML cannot hold.
func drawable(text string) string {
	return strings.Map(func(r rune) rune {
		if r == utf8.RuneError || r < ' ' && r != '\t' && r != '\n' && r != '\r' || r == '\uFFFE' || r == '\uFFFF' {
			return -1
		}
		return r
	}, text)
}

// width is about how wide a text is in 11 pixels of a wide face.
func width(text string) int {
	tenths := 0
	for _, r := range text {
		switch {
		case strings.ContainsRune("fijlrtI.,:;'|!()[]/ -", r):
			tenths += 44
		case strings.ContainsRune("mwMW@%", r):
			tenths += 105
		default:
			tenths += 72
		}
	}
	return tenths / 10
}
