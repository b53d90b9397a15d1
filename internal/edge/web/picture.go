package web

import (
	"fmt"
	"html"
	"strings"

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
	boxRoom, selfRoom = 166, 142
	sideWidth         = 300
)

// neighbours draws the applications around one; nil if there are none.
func (v boardView) neighbours(a *dashboard.Application) *picture {
	rows := max(min(len(a.Consumers), boxesAtMost), min(len(a.Providers), boxesAtMost))
	if rows == 0 {
		return nil
	}
	drawn := &picture{Name: boldFace.fitted(a.Name, selfRoom), Full: a.Name, Version: codeFace.fitted(short(a.Newest.Number), selfRoom), Width: pictureWidth, Height: max(pictureFloor, boxTop+rows*boxStep)}
	drawn.Middle = boxTop + (drawn.Height-boxTop)/2
	if len(a.Consumers) == 0 {
		drawn.Left, drawn.Width = sideWidth, pictureWidth-sideWidth
	}
	if len(a.Providers) == 0 {
		drawn.Width = pictureWidth - sideWidth
	}
	var said []string
	for i, p := range worstFirst(a.Consumers)[:min(len(a.Consumers), boxesAtMost)] {
		drawn.add(v, p, p.Consumer.Name, i, min(len(a.Consumers), boxesAtMost), true)
		said = append(said, p.Consumer.Name+" needs it: "+titles[p.Worst])
	}
	for i, p := range worstFirst(a.Providers)[:min(len(a.Providers), boxesAtMost)] {
		drawn.add(v, p, p.Provider.Name, i, min(len(a.Providers), boxesAtMost), false)
		said = append(said, "it needs "+p.Provider.Name+": "+titles[p.Worst])
	}
	drawn.Description = strings.Join(said, "; ")
	return drawn
}

func (d *picture) add(v boardView, p *dashboard.PairSummary, name string, i, of int, left bool) {
	offset := (d.Height - boxTop - of*boxStep) / 2
	y := boxTop + offset + i*boxStep + (boxStep-boxHeight)/2
	center := y + boxHeight/2
	mark := states[p.Worst]
	b := box{X: rightBox, Y: y, Text: plainFace.fitted(name, boxRoom), Full: name, Second: contents(p.Contract.Interactions, p.Contract.Messages), Address: v.at.Pact(p.Provider.Name, p.Consumer.Name, p.Contract.VersionNumber), Kind: mark.Kind, Icon: mark.Icon}
	if left {
		b.X = leftBox
		b.Path = fmt.Sprintf("M192 %dC260 %d 240 %d 306 %d", center, center, d.Middle, d.Middle)
		b.Arrow = fmt.Sprintf("m301 %d 6 5-6 5", d.Middle-5)
		b.KnotX, b.KnotY = 249, float64(center+d.Middle)/2
	} else {
		b.Path = fmt.Sprintf("M468 %dC540 %d 510 %d 582 %d", d.Middle, d.Middle, center, center)
		b.Arrow = fmt.Sprintf("m577 %d 6 5-6 5", center-5)
		b.KnotX, b.KnotY = 526, float64(center+d.Middle)/2
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

// badges are the texts that put the state of an application on another page.
func badges(base links.Base, a *dashboard.Application, environment string) []command {
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
