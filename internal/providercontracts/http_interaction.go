package providercontracts

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/accord-broker/accord/internal/comparison"
	"github.com/accord-broker/accord/internal/oaschanges"
)

// httpInteraction is what an interaction of a pact sends and reads, as far as changes of
// documents are about it.
type httpInteraction struct{ comparison.HTTPInteraction }

// httpInteractionsIn reads the interactions of a pact, by their places: none of a pact that
// cannot be read.
func httpInteractionsIn(pact []byte) map[int]httpInteraction {
	found := map[int]httpInteraction{}
	read, err := comparison.ReadPact(pact)
	if err != nil {
		return found
	}
	for i, e := range read.HTTPInteractions() {
		found[i] = httpInteraction{e}
	}
	return found
}

// uses reports whether the interaction has to do with the place of a change in the
// operation that it calls.
func (e httpInteraction) uses(place oaschanges.Place) bool {
	if place.Side == oaschanges.Response && !e.gets(place.Status) {
		return false
	}
	switch place.Part {
	case oaschanges.Parameter:
		return place.Demanded || place.In == "path" || place.In == "cookie" || e.sends(place)
	case oaschanges.Header:
		return slices.Contains(e.ResponseHeaders, strings.ToLower(place.Name))
	case oaschanges.Body:
		if place.Side == oaschanges.Response {
			return isText(e.Response) || holds(e.Response, place.Property)
		}
		return place.Demanded || isText(e.Request) || holds(e.Request, place.Property)
	}
	return true
}

// sends reports whether the parameter is among what is sent in the query or the headers.
func (e httpInteraction) sends(place oaschanges.Place) bool {
	if place.In == "header" {
		return slices.Contains(e.RequestHeaders, strings.ToLower(place.Name))
	}
	return slices.Contains(e.Query, place.Name)
}

// isText reports whether a body is text, whose parts are not known here.
func isText(body any) bool {
	text, is := body.(string)
	return is && text != ""
}

// gets reports whether the status may be that of the answer that is expected.
func (e httpInteraction) gets(status string) bool {
	return status == "" || status == "default" || status == strconv.Itoa(e.Status) || strings.HasSuffix(status, "XX") && strings.HasPrefix(strconv.Itoa(e.Status), status[:1])
}

// holds reports whether there is something at the place within the value.
// "additionalProperties" leads to every member, and lists are gone through.
func holds(value any, steps []string) bool {
	if len(steps) == 0 {
		return value != nil
	}
	switch value := value.(type) {
	case []any:
		rest := steps
		if steps[0] == "items" {
			rest = steps[1:]
		}
		return slices.ContainsFunc(value, func(element any) bool { return holds(element, rest) })
	case map[string]any:
		if member, has := value[steps[0]]; has {
			return len(steps) == 1 || holds(member, steps[1:])
		}
		if steps[0] == "additionalProperties" {
			for _, member := range value {
				if holds(member, steps[1:]) {
					return true
				}
			}
		}
	}
	return false
}

// spot is what a finding is about, in the same words.
type spot struct {
	side     oaschanges.Side
	what     string // the second word of its code, such as body
	name     string // of a parameter or header
	property []string
}

func spotOf(f Finding) spot {
	side, rest, _ := strings.Cut(f.Code, ".")
	what, _, _ := strings.Cut(rest, ".")
	s := spot{side: oaschanges.Side(side), what: what}
	place := strings.TrimPrefix(f.PactPath, fmt.Sprintf("[root].interactions[%d].%s.", f.Interaction, side))
	_, within, _ := strings.Cut(place, ".")
	switch what {
	case "header", "query":
		s.name = strings.ToLower(within)
	case "body":
		for step := range strings.SplitSeq(within, ".") {
			if strings.Trim(step, "0123456789") != "" {
				s.property = append(s.property, step)
			}
		}
	}
	return s
}

// How well a change explains a finding: the more, the better. Places within a body
// count further, the deeper they are.
const (
	notAtAll        = 0
	sameInteraction = 1
	sameSide        = 5
	sameBody        = 20
	within          = 50
	exactly         = 100
)

// explains says how well a change at the place, with which the interaction has to do,
// explains what does not fit at the spot.
func (e httpInteraction) explains(place oaschanges.Place, at spot) int {
	switch {
	case place.Part == oaschanges.Body && at.what == "body" && place.Side == at.side:
		return e.explainsBody(place, at)
	case at.isAbout(place):
		return exactly
	case place.Part == oaschanges.Operation:
		return sameInteraction
	case place.Side != "" && place.Side != at.side:
		return notAtAll
	case place.Part == oaschanges.MediaType && at.what == "body", place.Part == oaschanges.Status,
		place.Part == oaschanges.Body && len(place.Property) == 0 && at.what == "content-type":
		return sameBody
	case place.Part == oaschanges.Unplaced:
		return sameSide
	}
	return notAtAll
}

// isAbout reports whether the spot is that of the change, bodies aside.
func (at spot) isAbout(place oaschanges.Place) bool {
	name := strings.ToLower(place.Name)
	switch place.Part {
	case oaschanges.Operation:
		return at.what == "path-or-method"
	case oaschanges.Security:
		return at.what == "authorization"
	case oaschanges.Parameter:
		if place.In == "path" {
			return at.what == "path-or-method"
		}
		return at.side == oaschanges.Request && at.what == place.In && (at.name == name || strings.HasPrefix(at.name, name+"."))
	case oaschanges.Header:
		return at.side == oaschanges.Response && at.what == "header" && at.name == name
	case oaschanges.MediaType:
		return at.what == "accept" || at.what == "content-type" && at.side == place.Side
	case oaschanges.Status:
		return at.what == "status"
	case oaschanges.Body, oaschanges.Unplaced:
	}
	return false
}

// explainsBody says how well a change of a part of the body explains it: one at the
// place or above it does, and one of whether a member is there, of the object; one
// further within less.
func (e httpInteraction) explainsBody(place oaschanges.Place, at spot) int {
	property := slices.DeleteFunc(slices.Clone(place.Property), func(step string) bool { return step == "items" || step == "additionalProperties" })
	common := 0
	for common < min(len(property), len(at.property)) && property[common] == at.property[common] {
		common++
	}
	switch {
	case common == len(property):
		return exactly + len(property)
	case common < len(at.property), place.Demanded && holds(e.Request, place.Property):
		return notAtAll
	case place.Membership && len(property) == common+1:
		return exactly + len(property)
	}
	return within
}
