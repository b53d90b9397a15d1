package badges

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/contracts"
	"github.com/accord-broker/accord/internal/matrix"
	"github.com/accord-broker/accord/internal/support/fault"
)

func TestInitials_ofNamesOfSeveralWords(t *testing.T) {
	for name, want := range map[string]string{
		"": "", "web": "web", "Web": "Web", "web shop": "ws", "web-shop_api": "wsa", "WebShop": "WS", "webShop": "wS",
		"ÄrgerÖl": "ÄÖ", "- -": "- -", "日本 語": "日語",
	} {
		require.Equal(t, want, initials(name), name)
	}
}

func TestTitle_namesBothUnlessToldOtherwise(t *testing.T) {
	which := Query{Consumer: "Web Shop", Provider: "Led Ger"}
	require.Equal(t, "web shop/led ger pact", Style{}.title(which))
	require.Equal(t, "web shop pact", Style{Label: "Consumer"}.title(which))
	require.Equal(t, "led ger pact", Style{Label: "provider"}.title(which))
	require.Equal(t, "ws/lg pact", Style{Label: "other", Initials: true}.title(which))
	which.Tag = "prod"
	require.Equal(t, "web shop/led ger pact", Style{}.title(which), "the consumer's tag is told only beside the provider's")
	which.ProviderTag = "live"
	require.Equal(t, "web shop (prod)/led ger (live) pact", Style{}.title(which))
}

func TestState_isThatOfTheNewestPact(t *testing.T) {
	pact := contracts.Publication{SHA: "new"}
	for name, test := range map[string]struct {
		result Result
		text   string
		color  Color
	}{
		"verified":                    {Result{Success: true, SHA: "new"}, "verified", Green},
		"verified before it changed":  {Result{Success: true, SHA: "old"}, "changed", Orange},
		"failed":                      {Result{SHA: "new"}, "failed", Red},
		"failed before it changed":    {Result{SHA: "old"}, "failed", Red},
		"failed while it was pending": {Result{SHA: "new", Pending: true}, "failed (pending)", Red},
	} {
		text, color := state(pact, test.result)
		require.Equal(t, test.text, text, name)
		require.Equal(t, test.color, color, name)
	}
}

func TestCanIDeploy_isGreenForYesAlone(t *testing.T) {
	for answer, color := range map[matrix.Answer]Color{matrix.Yes: Green, matrix.No: Red, matrix.Unknown: Red} {
		badge, err := canIDeploy(matrix.Verdict{Deployable: answer}, nil, "", "main to live")
		require.NoError(t, err)
		require.Equal(t, Badge{Left: "can-i-deploy", Right: "main to live", Color: color, Judged: true}, badge)
	}
	badge, err := canIDeploy(matrix.Verdict{}, fault.Missing("no version"), "shop", "main to live")
	require.NoError(t, err)
	require.Equal(t, notFound("version"), badge)
	broken := errors.New("broken")
	_, err = canIDeploy(matrix.Verdict{Deployable: matrix.Yes}, broken, "", "")
	require.ErrorIs(t, err, broken, "a failure is no green badge")
}

func TestSubject_hasAQuestionMarkForWhatIsNotThere(t *testing.T) {
	which := Query{Consumer: "Web", Provider: "Ledger"}
	require.Equal(t, "consumer: Web, version: ?, revision: ?, provider: Ledger, version: ?, result: ?", subject(which, nil, nil))
	require.Equal(t, "consumer: Web, version: 1, revision: 2, provider: Ledger, version: 7, result: 3",
		subject(which, &contracts.Publication{VersionNumber: "1", Revision: 2}, &Result{ProviderVersion: "7", Number: 3}))
}

func TestSVG_escapesWhatPeopleHaveNamed(t *testing.T) {
	picture := Badge{Left: `<b>&"`, Right: "--><script>", Color: Red, Subject: "a -- b --> <c>"}.SVG()
	require.NotContains(t, picture, "<script>")
	require.NotContains(t, picture, "<b>")
	comment, rest, found := strings.Cut(picture, "-->")
	require.True(t, found)
	require.NotContains(t, strings.TrimPrefix(comment, "<!--"), "--", "a comment ends at two dashes")
	require.NotContains(t, rest, "-->")
	require.Contains(t, picture, shades[Red])
	require.True(t, strings.HasPrefix(Badge{Left: "a", Right: "b"}.SVG(), "<svg "), "without a subject there is no comment")
	require.Equal(t, "<!-- x -->\n<svg/>", Badge{Subject: "x"}.Within("<svg/>"))
}

func TestWidth_growsWithTheText(t *testing.T) {
	require.Zero(t, width(""))
	require.Less(t, width("iiii"), width("aaaa"))
	require.Less(t, width("aaaa"), width("mmmm"))
	require.Equal(t, width("日本"), width("aa"))
}

// A badge is XML, which one wrong character breaks: then there is no picture at all.
func TestSVG_isXMLWhateverStandsInIt(t *testing.T) {
	for _, text := range []string{
		"---", "a----b", "-", "a-", "--", "&amp;", "]]>", "<!--", "\"'", "\x00\x01\x1f", "a\tb\nc", "\xff\xfe", "\ufffe\uffff", "日本 🦦", strings.Repeat("-", 99), "${x}", "%d%s",
	} {
		for _, b := range []Badge{{Left: text, Right: "b", Color: Green, Subject: "s"}, {Left: "a", Right: text}, {Left: "a", Right: "b", Subject: text}, {Subject: "consumer: " + text + "-"}} {
			decoder := xml.NewDecoder(strings.NewReader(b.SVG()))
			for {
				_, err := decoder.Token()
				if errors.Is(err, io.EOF) {
					break
				}
				require.NoError(t, err, "%q", b)
			}
		}
	}
}

// Pictures and texts are as wide as what stands in them, so that nothing is cut off.
func TestSVG_hasRoomForBothTexts(t *testing.T) {
	picture := func(left, right string) (total, first, second int) {
		_, err := fmt.Sscanf(Badge{Left: left, Right: right}.SVG(), `<svg xmlns="http://www.w3.org/2000/svg" width="%d"`, &total)
		require.NoError(t, err)
		return total, width(left) + 2*padding, width(right) + 2*padding
	}
	for _, texts := range [][2]string{{"", ""}, {"can-i-deploy", "main to production"}, {strings.Repeat("m", 100), "i"}} {
		total, first, second := picture(texts[0], texts[1])
		require.Equal(t, total, first+second)
	}
}

func TestBadges_ofWhatIsNotThereAreGrey(t *testing.T) {
	require.Equal(t, Badge{Left: "branch", Right: "not found", Color: Grey}, notFound("branch"))
	require.Equal(t, Badge{Left: "error", Right: "reference: r-17", Color: Grey}, Broken("r-17"))
	require.False(t, Broken("x").Judged, "it says nothing of the application")
	require.Len(t, shades, 4)
	for _, color := range []Color{Green, Orange, Red, Grey} {
		require.Regexp(t, "^#[0-9a-f]{6}$", shades[color], color)
	}
}
