package web

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/accord-broker/accord/internal/contracts"
	"github.com/accord-broker/accord/internal/edge"
	"github.com/accord-broker/accord/internal/pactfile"
	"github.com/accord-broker/accord/internal/support/fault"
)

// What of many changes is shown, and how many interactions are opened because they changed.
const (
	changesListed = 100
	changeShown   = 1000
	openedAtMost  = 10
)

// contractChanges are those since another contract of the pair.
type contractChanges struct {
	Before  version
	Summary string
	// Refused says why the two were not compared.
	Refused string
	Count   int
	More    int
	List    []contractChange
}

// contractChange is one place in which the consumer asks for something else than
// before.
type contractChange struct {
	Mark        word
	Interaction string
	Address     string
	Path        string
	// Whole says what happened to the interaction as a whole.
	Whole         string
	Before, After string

	place int
	class pactfile.ChangeClass
}

var changeWords = map[pactfile.ChangeClass]word{
	pactfile.AsksMore: {Kind: "unsure", Icon: "more", Word: "Asks more"}, pactfile.AsksLess: {Icon: "less", Word: "Asks less"},
	pactfile.AsksOtherwise: {Kind: "unsure", Icon: "other", Word: "Asks otherwise"}, pactfile.AsksTheSame: {Icon: "none", Word: "Asks the same"},
}

// changesOf compares with the contract that is asked for, or with the last that said
// something else; nil if there is none.
func (w *Web) changesOf(ctx context.Context, v contractView, body []byte) (*contractChanges, error) {
	before := v.before
	if before == nil {
		return nil, nil
	}
	made := &contractChanges{Before: contractAt(v.at, before.Provider, before.Consumer, before.VersionNumber)}
	old, _, err := w.laidOut(ctx, before.ContentID)
	if err != nil {
		return nil, err
	}
	if old == nil || !pactfile.Comparable(old, body) {
		made.Refused = "They are too large to be compared here. Fetch both as JSON and compare them on your machine."
		return made, nil
	}
	made.read(pactfile.Changes(pactfile.Body(old), pactfile.Body(body)), changesReader{protobufIn(old), protobufIn(body)})
	return made, nil
}

// comparedWith is the contract of the version that is asked for with from, or else the last
// that said something else; nil if there is none.
func (w *Web) comparedWith(c *gin.Context, p contracts.Publication) (before *contracts.Publication, err error) {
	ctx := c.Request.Context()
	var found bool
	var other contracts.Publication
	number, _ := edge.QueryValue(c, "from")
	if number == "" {
		other, found, err = contracts.PreviousDistinct(ctx, w.services.Pacts, p)
	} else if other, found, err = w.services.Pacts.FindPact(ctx, contracts.PactQuery{Consumer: p.Consumer, Provider: p.Provider, Number: number}); err == nil && !found {
		err = fault.InvalidField("from", "must be a version of %s that has published a contract with %s; leave it out for the one before", p.Consumer, p.Provider)
	}
	if err != nil || !found {
		return nil, err
	}
	return &other, nil
}

// read takes changes up, those within a matching rule or a generator as one.
func (k *contractChanges) read(changes []pactfile.DemandChange, reader changesReader) {
	var all []contractChange
	for _, change := range changes {
		shown := reader.changeOf(change)
		if n := len(all); n > 0 && all[n-1].place == shown.place && all[n-1].Interaction == shown.Interaction && all[n-1].Path == shown.Path && shown.Path != "" {
			all[n-1].merge(shown)
			continue
		}
		all = append(all, shown)
	}
	counts := map[pactfile.ChangeClass]int{}
	for _, change := range all {
		counts[change.class]++
	}
	k.Count, k.List, k.More = len(all), all, max(0, len(all)-changesListed)
	var said []string
	for _, class := range []pactfile.ChangeClass{pactfile.AsksMore, pactfile.AsksOtherwise, pactfile.AsksLess} {
		if n := counts[class]; n > 0 {
			said = append(said, strings.ToLower(changeWords[class].Word)+" in "+counted(n, "place"))
		}
	}
	k.Summary = "It " + strings.Join(said, ", ") + "."
	if len(said) == 0 {
		k.Summary = "Nothing that a provider would notice."
	}
}

// merge takes up another change of the same rule.
func (k *contractChange) merge(other contractChange) {
	if other.class != k.class {
		k.class, k.Mark = pactfile.AsksOtherwise, changeWords[pactfile.AsksOtherwise]
	}
}

func (r changesReader) changeOf(change pactfile.DemandChange) contractChange {
	shown := contractChange{Mark: changeWords[change.Class], Interaction: change.Interaction, Path: change.Path, place: change.Place, class: change.Class}
	switch {
	case change.Path == "" && change.Kind == pactfile.Added:
		shown.Whole = "is new"
	case change.Path == "" && change.Kind == pactfile.Removed:
		shown.Whole = "is gone"
	default:
		shown.Before, shown.After = r.before.side(change.Was, change.Path, change.Before), r.now.side(change.Is, change.Path, change.After)
		shown.inWords(change)
	}
	return shown
}

// inWords says a change of matching rules or generators as the page says them elsewhere.
func (k *contractChange) inWords(change pactfile.DemandChange) {
	path := strings.Split(change.Path, "/")[1:]
	at := slices.IndexFunc(path, func(step string) bool { return step == "matchingRules" || step == "generators" })
	if at < 0 || at > 2 || change.Was == nil && change.Is == nil {
		return
	}
	length := len(path)
	for l := at + 2; l <= min(len(path), at+3); l++ {
		if isRuleOrNone(change.Was, path[:l]) && isRuleOrNone(change.Is, path[:l]) {
			length = l
			break
		}
	}
	k.Path = ruleWhere(path[:length], at)
	k.Before, k.After = rulesText(change.Was, path[:length], at), rulesText(change.Is, path[:length], at)
}

// pointedAt reads a step of a JSON Pointer (RFC 6901).
var pointedAt = strings.NewReplacer("~1", "/", "~0", "~")

// ruleWhere says which rule or generator a path leads to.
func ruleWhere(path []string, at int) string {
	steps := make([]string, len(path))
	for i, step := range path {
		steps[i] = pointedAt.Replace(step)
	}
	kind := "rule"
	if steps[at] == "generators" {
		kind = "generator"
	}
	if at == len(steps)-1 {
		kind += "s"
	} else {
		kind += " for "
	}
	return strings.TrimSpace(strings.Join(steps[:at], " ") + " " + kind + strings.Join(steps[at+1:], " "))
}

// isRuleOrNone reports whether a path leads to one rule, or to nothing.
func isRuleOrNone(interaction []byte, path []string) bool {
	value := valueAt(interaction, path)
	if string(value) == "{}" {
		return strings.HasPrefix(path[len(path)-1], "$")
	}
	return value == nil || isRule(value) || fields(value)["min"] != nil || fields(value)["max"] != nil || fields(value)["regex"] != nil
}

// valueAt is what steps as a JSON Pointer has them lead to, nil if that is nothing.
func valueAt(value json.RawMessage, path []string) json.RawMessage {
	for _, step := range path {
		step = pointedAt.Replace(step)
		var list []json.RawMessage
		if n, err := strconv.Atoi(step); err == nil && json.Unmarshal(value, &list) == nil {
			if n < 0 || n >= len(list) {
				return nil
			}
			value = list[n]
			continue
		}
		value = fields(value)[step]
	}
	return value
}

// rulesText are the rules at a path in words, one in each line; those that stand together are
// named.
func rulesText(interaction []byte, path []string, at int) string {
	value := valueAt(interaction, path)
	if value == nil {
		return "no rule"
	}
	generated := path[at] == "generators"
	if said := ruleText(value); !generated && isRuleOrNone(interaction, path) && said != "" {
		return said
	}
	if said := generatorText(value); generated && said != "" {
		return said
	}
	r := &rules{}
	for n := len(path) - 1; n > at; n-- {
		value = json.RawMessage(fmt.Sprintf(`{%s:%s}`, jsonText(pointedAt.Replace(path[n])), value))
	}
	r.read(value, generated)
	var lines []string
	for _, line := range slices.Concat(rulesListed(r.body), rulesListed(r.generators), r.unshown()) {
		lines = append(lines, line.Name+": "+line.Rule+line.Generated)
	}
	return brief([]byte(strings.Join(lines, "\n")))
}

// show cuts the list, and has each of its changes lead to its interaction.
func (k *contractChanges) show(address func(place int) string) {
	k.List = k.List[:min(len(k.List), changesListed)]
	for i, change := range k.List {
		if change.place >= 0 {
			k.List[i].Address = address(change.place)
		}
	}
}

// mark notes which interactions are new or changed.
func (k *contractChanges) mark(all []*indexed) (changed int) {
	for _, change := range k.List {
		if change.place < 0 || change.place >= len(all) || change.class == pactfile.AsksTheSame || all[change.place].change.Word != "" {
			continue
		}
		changed++
		all[change.place].change = word{Kind: "unsure", Icon: "other", Word: "Changed"}
		if change.Whole != "" {
			all[change.place].change = word{Kind: "unsure", Icon: "more", Word: "New"}
		}
	}
	return changed
}

// brief is the beginning of a JSON value as people read it.
func brief(value []byte) string {
	if len(value) == 0 {
		return "not asked for"
	}
	text, _ := indented(value)
	return begun(text)
}

// begun is a text, or as much of the beginning of a long one as is shown of a change.
func begun(text string) string {
	if runes := []rune(text); len(runes) > changeShown {
		return string(runes[:changeShown]) + "…"
	}
	return text
}
