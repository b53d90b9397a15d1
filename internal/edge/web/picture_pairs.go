package web

import (
	"fmt"
	"slices"
	"strings"

	"github.com/accord-broker/accord/internal/verdicts"
)

// pairsPicture shows pairs of versions: consumers at the left, providers at the right, and
// a line for each pair.
type pairsPicture struct {
	Width, Height int
	Description   string
	Boxes         []versionBox
	Wires         []pairWire
}

// versionBox is a version of an application; Asked tells that the question names it.
type versionBox struct {
	X, Y, TextX, TextY, SecondY int
	Text, Second, Full, Address string
	Asked                       bool
}

// pairWire is the line of a pair, with its state as a knot.
type pairWire struct {
	Kind, Icon, Title, Address string
	Path, Arrow                string
	KnotX, KnotY, IconX, IconY float64
}

// What a picture of pairs measures: the room between the sides, and where on their line the
// knots of one row and of the next stand, so that those of crossing lines do not meet.
const (
	versionBoxWidth = 190
	pairsRoom       = 120
	firstKnot       = .36
	secondKnot      = 1 - firstKnot
)

// pairsPicture draws the pairs of a question about several versions, those in the way first,
// and says how many it leaves out; nil if there is none.
func (v verdictView) pairsPicture() (drawn *pairsPicture, more int) {
	var consumers, providers []verdicts.Party
	var shown []verdicts.Finding
	for _, f := range v.pairs() {
		if f.Provider.Name == "" {
			continue
		}
		with, needed := including(consumers, f.Consumer), including(providers, f.Provider)
		if len(with) > verdictBoxes || len(needed) > verdictBoxes {
			more++
			continue
		}
		consumers, providers, shown = with, needed, append(shown, f)
	}
	if len(shown) == 0 {
		return nil, more
	}
	drawn = &pairsPicture{Width: 2*versionBoxWidth + pairsRoom + 2*leftBox, Height: boxTop + boxStep*max(len(consumers), len(providers))}
	for i, p := range consumers {
		drawn.Boxes = append(drawn.Boxes, v.versionBox(p, leftBox, drawn.row(i, len(consumers))))
	}
	for i, p := range providers {
		drawn.Boxes = append(drawn.Boxes, v.versionBox(p, leftBox+versionBoxWidth+pairsRoom, drawn.row(i, len(providers))))
	}
	var said []string
	for _, f := range shown {
		from, to := indexOfVersion(consumers, f.Consumer), indexOfVersion(providers, f.Provider)
		wire := v.wire(f, from, drawn.row(from, len(consumers)), drawn.row(to, len(providers)))
		drawn.Wires, said = append(drawn.Wires, wire), append(said, wire.Title)
	}
	drawn.Description = strings.Join(said, "; ")
	return drawn, more
}

// including are versions with one more, unless it is among them.
func including(all []verdicts.Party, one verdicts.Party) []verdicts.Party {
	if indexOfVersion(all, one) >= 0 {
		return all
	}
	return append(slices.Clone(all), one)
}

func indexOfVersion(all []verdicts.Party, one verdicts.Party) int {
	return slices.IndexFunc(all, func(p verdicts.Party) bool { return p.Name == one.Name && p.Version == one.Version })
}

// row is where the middle of a box stands, of so many on its side.
func (d *pairsPicture) row(i, of int) int {
	return boxTop + (d.Height-boxTop-of*boxStep)/2 + i*boxStep + boxStep/2
}

func (v verdictView) versionBox(p verdicts.Party, x, middle int) versionBox {
	b := versionBox{
		X:       x,
		Y:       middle - boxHeight/2,
		TextX:   x + 12,
		TextY:   middle - 3,
		SecondY: middle + 13,
		Text:    plainFace.fitted(p.Name, boxRoom),
		Second:  codeFace.fitted(short(p.Version), boxRoom),
		Asked:   p.Asked,
		Address: v.at.Pacticipant(p.Name),
	}
	if p.Asked {
		b.Text = boldFace.fitted(p.Name, boxRoom)
	}
	b.Full = strings.TrimSpace(p.Name + " " + p.Version)
	if p.VersionID != 0 {
		b.Address = v.at.Version(p.Name, p.Version)
	}
	return b
}

// wire is the line from a consumer to a provider, whose middles stand so high.
func (v verdictView) wire(f verdicts.Finding, row, from, to int) pairWire {
	shown := v.pair(f)
	w := pairWire{
		Kind:  shown.Knot.Kind,
		Icon:  shown.Knot.Icon,
		Title: strings.TrimSpace(f.Consumer.Name+" "+short(f.Consumer.Version)) + " with " + strings.TrimSpace(f.Provider.Name+" "+short(f.Provider.Version)) + ": " + shown.Title,
	}
	if f.Contract != nil {
		w.Address = resultAt(v.at, *f.Contract, resultNumber(f.Result))
	}
	left, right := leftBox+versionBoxWidth, leftBox+versionBoxWidth+pairsRoom-6
	w.Path, w.Arrow = fmt.Sprintf("M%d %dL%d %d", left, from, right, to), fmt.Sprintf("m%d %d 6 5-6 5", right-1, to-5)
	at := firstKnot
	if row%2 == 1 {
		at = secondKnot
	}
	w.KnotX, w.KnotY = float64(left)+at*float64(right-left), float64(from)+at*float64(to-from)
	w.IconX, w.IconY = w.KnotX-9, w.KnotY-9
	return w
}
