package api

import (
	"fmt"
	"slices"
	"strings"

	"github.com/accord-broker/accord/internal/contracts"
	"github.com/accord-broker/accord/internal/pactfile"
	"github.com/accord-broker/accord/internal/support/fault"
	"github.com/accord-broker/accord/internal/support/links"
)

// publishConflict tells why nothing was published.
type publishConflict struct {
	Notices []notice            `json:"notices"`
	Errors  map[string][]string `json:"errors"`
}

func representConflict(base links.Base, conflict *contracts.ConflictError) publishConflict {
	answer := publishConflict{Errors: map[string][]string{}}
	fail := func(text string) {
		answer.Notices = append(answer.Notices, notice{"error", text})
		answer.Errors["contracts"] = append(answer.Errors["contracts"], text)
	}
	for _, change := range conflict.Changed {
		fail(change.Text())
		for _, line := range changeLines(base, change) { // command lines print a notice on one line
			answer.Notices = append(answer.Notices, notice{"info", line})
		}
	}
	for _, text := range conflict.Similar {
		fail(text)
	}
	return answer
}

// singleConflict is why the contract of an address was not published, for clients
// that print the text of a failure.
func singleConflict(base links.Base, conflict *contracts.ConflictError) error {
	var lines []string
	for _, change := range conflict.Changed {
		lines = append(append(lines, change.Text()), changeLines(base, change)...)
	}
	return fault.New(fault.Conflict, "%s", strings.Join(lines, "\n"))
}

// changeLines show in a line each which interactions differ, and where to read
// the rest: what was sent is not kept, so its difference has an address only once
// it is published.
func changeLines(base links.Base, c contracts.Change) []string {
	var lines []string
	if c.Before != nil && pactfile.Comparable(c.Before, c.After) {
		lines = append(lines, "What would change:")
		changes := pactfile.Changes(c.Before, c.After)
		if len(changes) == 0 {
			lines = append(lines, "  only what no verification depends on, such as the order of messages or the metadata")
		}
		lines = append(lines, interactionLines(changes)...)
	}
	if c.Twice {
		return lines
	}
	return append(lines,
		"What is published: "+base.Pact(c.Provider, c.Consumer, c.Version),
		"Under a new number, the whole difference is at "+base.DiffPreviousDistinct(c.Provider, c.Consumer, "NEW_NUMBER"))
}

// The most that a pipeline's log shows of a difference.
const (
	interactionsShown = 20
	pathsShown        = 3
	lettersShown      = 60
)

// interactionLines say of each interaction whether it is new, gone or, and where,
// changed.
func interactionLines(changes []pactfile.DemandChange) []string {
	var lines []string
	for len(changes) > 0 {
		about := changes[0]
		n := slices.IndexFunc(changes, func(c pactfile.DemandChange) bool {
			return c.Interaction != about.Interaction || c.State != about.State
		})
		if n < 0 {
			n = len(changes)
		}
		lines = append(lines, interactionLine(changes[:n]))
		changes = changes[n:]
	}
	if more := len(lines) - interactionsShown; more > 0 {
		lines = append(lines[:interactionsShown], fmt.Sprintf("  and %d more", more))
	}
	return lines
}

// interactionLine tells of the changes of one interaction.
func interactionLine(changes []pactfile.DemandChange) string {
	about := changes[0]
	name := shortened(about.Interaction)
	if about.State != "" {
		name += " (" + shortened(about.State) + ")"
	}
	if about.Path == "" {
		return "  " + map[pactfile.ChangeKind]string{pactfile.Added: "+ ", pactfile.Removed: "- "}[about.Kind] + name
	}
	var paths []string
	for _, c := range changes[:min(len(changes), pathsShown)] {
		paths = append(paths, shortened(c.Path))
	}
	where := strings.Join(paths, ", ")
	if more := len(changes) - pathsShown; more > 0 {
		where += fmt.Sprintf(" and %d more", more)
	}
	return "  ~ " + strings.TrimSpace(name+" "+where)
}

// shortened keeps a text on one line.
func shortened(text string) string {
	letters := []rune(strings.Join(strings.Fields(text), " "))
	if len(letters) <= lettersShown {
		return string(letters)
	}
	return string(letters[:lettersShown-1]) + "…"
}
