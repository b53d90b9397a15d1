package web

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/yuin/goldmark"
	"golang.org/x/net/html"

	"github.com/accord-broker/accord/internal/dashboard"
	"github.com/accord-broker/accord/internal/pacticipants"
	"github.com/accord-broker/accord/internal/testing/testrandom"
)

// pictureIn is the one picture of a text in HTML, with the address to which it leads.
func pictureIn(t *testing.T, text string) (alt, source, leads string) {
	t.Helper()
	root, err := html.Parse(strings.NewReader(text))
	require.NoError(t, err)
	pictures := 0
	attribute := func(n *html.Node, name string) string {
		for _, a := range n.Attr {
			if a.Key == name {
				return a.Val
			}
		}
		return ""
	}
	for n := range root.Descendants() {
		switch n.Data {
		case "img":
			pictures++
			alt, source = attribute(n, "alt"), attribute(n, "src")
		case "a":
			leads = attribute(n, "href")
		}
	}
	require.Equal(t, 1, pictures, text)
	return alt, source, leads
}

// The badge that somebody copies into a page of their own is a picture of the branch that
// they see, whatever branches and applications are called.
func TestBadges_areOnePictureInEveryForm(t *testing.T) {
	parts := []string{"feat", "/", "]", "[", "(", ")", "_", "__", "*", "`", "<b>", "&amp;", "\"", "'", "\\", "!", "ü", " ", "|", "~", "#1", "](http://evil.example)", "1.0"}
	testrandom.Each(t, func(t *testing.T, random *rand.Rand) {
		for range 500 {
			name := func() string {
				made := []string{"x", "x _a_ ", "*b* ", "`c`"}[random.IntN(4)]
				for range random.IntN(5) {
					made += parts[random.IntN(len(parts))]
				}
				return made + "y"
			}
			a := &dashboard.Application{Pacticipant: pacticipants.Pacticipant{Name: name(), MainBranch: name()}}
			texts := badgeTexts("https://broker.example.org/sub", a, "production")
			require.Len(t, texts, 2)
			wantedAlt := a.MainBranch + " to production"
			check := func(alt, source string) {
				require.Equal(t, wantedAlt, alt)
				at, err := url.Parse(source)
				require.NoError(t, err)
				require.Equal(t, "broker.example.org", at.Host)
				require.Equal(t, fmt.Sprintf("/sub/pacticipants/%s/branches/%s/latest-version/can-i-deploy/to-environment/production/badge", a.Name, a.MainBranch), at.Path)
			}
			var rendered bytes.Buffer
			markdown := texts[0].Lines[0].Text
			require.NoError(t, goldmark.Convert([]byte(markdown), &rendered))
			alt, source, leads := pictureIn(t, rendered.String())
			check(alt, source)
			page, err := url.Parse(leads)
			require.NoError(t, err, markdown)
			require.Equal(t, "/sub/pacticipants/"+a.Name, page.Path, markdown)
			alt, source, _ = pictureIn(t, texts[1].Lines[0].Text)
			check(alt, source)
		}
	})
	require.Empty(t, badgeTexts("https://b", &dashboard.Application{}, "production"), "a badge is one of a branch")
	require.Empty(t, badgeTexts("https://b", &dashboard.Application{Pacticipant: pacticipants.Pacticipant{Name: "a", MainBranch: "main"}}, ""), "and of an environment")
}
