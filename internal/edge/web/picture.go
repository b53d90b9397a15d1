package web

import (
	"encoding/base64"
	"fmt"
	"html"
	"html/template"
	"strings"

	"github.com/accord-broker/accord/internal/badges"
	"github.com/accord-broker/accord/internal/dashboard"
	"github.com/accord-broker/accord/internal/support/links"
)

// picture shows an application between its consumers and its providers.
type picture struct {
	// Name and Version are cut to their room, Full is the whole name.
	Name, Full, Version string
	// Left and Width are what is drawn of the whole width: a side without anybody is left
	// out.
	Left, Width int
	Height      int
	Middle      int
	Description string
	Boxes       []box
}

// box is a neighbour, with the line between it and the application.
type box struct {
	X, Y           int
	Text, Second   string
	Full, Address  string
	Kind, Icon     string
	Path           string
	Arrow          string
	KnotX, KnotY   float64
	TextX          int
	TextY, SecondY int
	IconX, IconY   float64
}

// What a picture of neighbours measures.
const (
	boxHeight    = 46
	boxStep      = 70
	boxTop       = 34
	boxesAtMost  = 12
	nameInABox   = 22
	leftBox      = 2
	rightBox     = 588
	pictureFloor = 130
	pictureWidth = 780
	// boxRoom and selfRoom are how much of a box its text may take.
	boxRoom, selfRoom = 166, 180
	sideWidth         = 288
)

// neighbour is an application beside the one in the middle.
type neighbour struct {
	name, second, address string
	mark                  word
	// said is the state in words.
	said string
}

// neighbours draws the applications around one; nil if there are none.
func (v boardView) neighbours(a *dashboard.Application) *picture {
	beside := func(pairs []*dashboard.PairSummary, other func(*dashboard.PairSummary) string) (all []neighbour) {
		for _, p := range worstFirst(pairs)[:min(len(pairs), boxesAtMost)] {
			all = append(
				all,
				neighbour{other(p), contents(p.Contract.Interactions, p.Contract.Messages), v.at.Pact(p.Provider.Name, p.Consumer.Name, p.Contract.VersionNumber), states[p.Worst], titles[p.Worst]},
			)
		}
		return all
	}
	return draw(
		a.Name,
		a.Newest.Number,
		beside(a.Consumers, func(p *dashboard.PairSummary) string { return p.Consumer.Name }),
		beside(a.Providers, func(p *dashboard.PairSummary) string { return p.Provider.Name }),
	)
}

// draw puts an application between its consumers and its providers; nil if there are
// none.
func draw(name, version string, consumers, providers []neighbour) *picture {
	rows := max(len(consumers), len(providers))
	if rows == 0 {
		return nil
	}
	drawn := &picture{Name: boldFace.fitted(name, selfRoom), Full: name, Version: codeFace.fitted(short(version), selfRoom), Width: pictureWidth, Height: max(pictureFloor, boxTop+rows*boxStep)}
	drawn.Middle = boxTop + (drawn.Height-boxTop)/2
	if len(consumers) == 0 {
		drawn.Left, drawn.Width = sideWidth, pictureWidth-sideWidth
	}
	if len(providers) == 0 {
		drawn.Width = pictureWidth - sideWidth
	}
	var said []string
	for i, n := range consumers {
		drawn.add(n, i, len(consumers), true)
		said = append(said, n.name+" needs it: "+n.said)
	}
	for i, n := range providers {
		drawn.add(n, i, len(providers), false)
		said = append(said, "it needs "+n.name+": "+n.said)
	}
	drawn.Description = strings.Join(said, "; ")
	return drawn
}

func (d *picture) add(n neighbour, i, of int, left bool) {
	offset := (d.Height - boxTop - of*boxStep) / 2
	y := boxTop + offset + i*boxStep + (boxStep-boxHeight)/2
	center := y + boxHeight/2
	b := box{X: rightBox, Y: y, Text: plainFace.fitted(n.name, boxRoom), Full: n.name, Second: n.second, Address: n.address, Kind: n.mark.Kind, Icon: n.mark.Icon}
	if left {
		b.X = leftBox
		b.Path = fmt.Sprintf("M192 %dC248 %d 230 %d 286 %d", center, center, d.Middle, d.Middle)
		b.Arrow = fmt.Sprintf("m281 %d 6 5-6 5", d.Middle-5)
		b.KnotX, b.KnotY = 239, float64(center+d.Middle)/2
	} else {
		b.Path = fmt.Sprintf("M488 %dC544 %d 526 %d 582 %d", d.Middle, d.Middle, center, center)
		b.Arrow = fmt.Sprintf("m577 %d 6 5-6 5", center-5)
		b.KnotX, b.KnotY = 535, float64(center+d.Middle)/2
	}
	b.TextX, b.TextY, b.SecondY = b.X+12, y+20, y+36
	b.IconX, b.IconY = b.KnotX-9, b.KnotY-9
	d.Boxes = append(d.Boxes, b)
}

// Needed reports whether there are consumers.
func (d *picture) Needed() bool { return d.Left == 0 }

// Needs reports whether there are providers.
func (d *picture) Needs() bool { return d.Left+d.Width == pictureWidth }

// SelfY, SelfText and SelfSecond are where the application itself stands.
func (d *picture) SelfY() int { return d.Middle - 30 }

// SelfText is the line of its name.
func (d *picture) SelfText() int { return d.Middle - 4 }

// SelfSecond is the line of its version.
func (d *picture) SelfSecond() int { return d.Middle + 15 }

func shortName(name string) string {
	runes := []rune(name)
	if len(runes) > nameInABox {
		return string(runes[:nameInABox-1]) + "…"
	}
	return name
}

// badgePicture is how the badge of the main branch looks now, drawn here whichever service
// draws it for others; "" if the branch has no version, or there is no environment.
func (v boardView) badgePicture(a *dashboard.Application) template.URL {
	if !a.OnMain || len(v.board.Environments) == 0 {
		return ""
	}
	last := v.board.Environments[len(v.board.Environments)-1]
	drawn := badges.ForAnswer(a.MainBranch, last.Name, v.board.MayGo(a, last.ID).Answer).SVG()
	return template.URL("data:image/svg+xml;base64," + base64.StdEncoding.EncodeToString([]byte(drawn))) //nolint:gosec // drawn by the broker, and shown as a picture
}

// badgeTexts are the texts that put the state of an application on another page.
func badgeTexts(base links.Base, a *dashboard.Application, environment string) []command {
	if a.MainBranch == "" || environment == "" {
		return nil
	}
	image := base.Path("/pacticipants/" + links.Escape(a.Name) + "/branches/" + links.Escape(a.MainBranch) + "/latest-version/can-i-deploy/to-environment/" + links.Escape(environment) + "/badge")
	alt := a.MainBranch + " to " + environment
	return []command{
		plainText("Markdown", "[!["+markdownText.Replace(alt)+"]("+image+")]("+base.Pacticipant(a.Name)+")"),
		plainText("HTML", `<img alt="`+html.EscapeString(alt)+`" src="`+html.EscapeString(image)+`">`),
	}
}

// markdownText writes what Markdown would take for its own in a text.
var markdownText = strings.NewReplacer(`\`, `\\`, "[", `\[`, "]", `\]`, "`", "\\`", "*", `\*`, "_", `\_`, "<", `\<`, "&", `\&`, "!", `\!`, "|", `\|`, "~", `\~`)
