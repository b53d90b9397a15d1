package web

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/accord-broker/accord/internal/contracts"
	"github.com/accord-broker/accord/internal/dashboard"
	"github.com/accord-broker/accord/internal/deployments"
	"github.com/accord-broker/accord/internal/edge"
	"github.com/accord-broker/accord/internal/pacticipants"
	"github.com/accord-broker/accord/internal/support/links"
)

// missed is what an address names and is not there.
type missed struct {
	// said names it in words, "" if the address does not tell.
	said string
	// asked is the name to search for.
	asked string
	near  []link
}

// nearShown is how many names an error page lists.
const nearShown = 5

// missed finds out what the address of a request looked for. What cannot be read now
// is left out: the page tells of a failure already.
func (w *Web) missed(r *http.Request) missed {
	board, err := w.services.Boards.Board(r.Context())
	if err != nil {
		return missed{}
	}
	s := seeker{w: w, ctx: r.Context(), at: links.Base(pathOf(edge.BaseOf(r.Context()))), board: board}
	// The path is read as it was escaped, so that a slash in a name parts nothing.
	segments := strings.Split(strings.Trim(r.URL.EscapedPath(), "/"), "/")
	for i, segment := range segments {
		if name, err := url.PathUnescape(segment); err == nil {
			segments[i] = name
		}
	}
	switch {
	case len(segments) >= 2 && (segments[0] == "pacticipants" || segments[0] == "applications"):
		return s.ofApplication(segments[1], segments[2:])
	case len(segments) >= 2 && segments[0] == "environments":
		return missed{said: noEnvironment(segments[1]), asked: segments[1], near: append(s.alike(segments[1]), link{"All environments", s.at.Path("/environments")})}
	case len(segments) >= 2 && segments[0] == "webhooks":
		return missed{said: "There is no webhook “" + segments[1] + "”", asked: segments[1], near: []link{{"All webhooks", s.at.Webhooks()}}}
	case len(segments) >= 5 && segments[0] == "pacts" && segments[1] == "provider" && segments[3] == "consumer":
		return s.ofPair(segments[4], segments[2], segments[5:], s.at.LatestPact)
	case len(segments) == 5 && segments[0] == "matrix":
		return s.ofPair(segments[4], segments[2], nil, s.at.MatrixOf)
	case len(segments) >= 3 && segments[0] == "contracts" && segments[1] == "provider":
		return s.ofProvider(segments[2])
	case len(segments) >= 2 && segments[0] == "teams":
		return s.ofTeam(segments[1])
	case segments[0] == "network":
		return s.ofNetwork(r.URL.Query())
	}
	last := segments[len(segments)-1]
	return missed{asked: last, near: s.alike(last)}
}

// seeker looks for what is near something that is not there.
type seeker struct {
	w     *Web
	ctx   context.Context //nolint:containedctx // it lives as long as the request
	at    links.Base
	board *dashboard.Board
}

// knows returns the application of that name, which it may have had before.
func (s seeker) knows(name string) (pacticipants.Pacticipant, bool) {
	p, found, err := s.w.services.Applications.FindPacticipant(s.ctx, name)
	return p, found && err == nil
}

func (s seeker) noApplication(name string) missed {
	return missed{said: noApplication(name), asked: name, near: s.alike(name)}
}

// ofApplication is what is missing at an address below that of an application.
func (s seeker) ofApplication(name string, rest []string) missed {
	p, known := s.knows(name)
	if !known {
		return s.noApplication(name)
	}
	found := missed{said: "There is nothing at this address of “" + p.Name + "”", asked: p.Name}
	switch {
	case len(rest) >= 2 && rest[0] == "versions":
		found = s.ofVersion(p, rest[1], rest[2:])
	case len(rest) >= 2 && rest[0] == "branches":
		if _, exists, err := s.w.services.Versions.FindBranch(s.ctx, p, rest[1]); err == nil && !exists {
			found = missed{said: "“" + p.Name + "” has no branch “" + rest[1] + "”", asked: rest[1], near: s.branches(p.Name, rest[1])}
		}
	case len(rest) == 2 && rest[0] == "labels":
		found.said = "“" + p.Name + "” has no label “" + rest[1] + "”"
	case len(rest) == 1 && rest[0] == "latest-version":
		found.said = "“" + p.Name + "” has no version yet"
	case len(rest) == 2 && rest[0] == "latest-version":
		found = missed{said: "No version of “" + p.Name + "” has the tag “" + rest[1] + "”", asked: rest[1], near: s.branches(p.Name, rest[1])}
	case len(rest) == 4 && rest[0] == "latest-version" && rest[1] == "can-i-deploy":
		found.said = "This address names no tag of “" + p.Name + "” to ask about"
		found.near = []link{{"Can I deploy " + p.Name + " to " + rest[3] + "?", s.at.Path("/can-i-deploy?" + url.Values{"pacticipant": {p.Name}, "environment": {rest[3]}}.Encode())}}
	}
	found.near = append(found.near, link{p.Name, s.at.Pacticipant(p.Name)})
	return found
}

func (s seeker) ofVersion(p pacticipants.Pacticipant, number string, rest []string) missed {
	_, exists, err := s.w.services.Versions.FindVersion(s.ctx, p, number)
	switch {
	case err != nil || !exists:
		return missed{
			said:  "There is no version “" + number + "” of “" + p.Name + "”",
			asked: number,
			near:  s.versions(p.Name, number, func(number string) string { return s.at.Version(p.Name, number) }),
		}
	case len(rest) == 2 && rest[0] == "tags":
		return missed{said: "Version “" + short(number) + "” of “" + p.Name + "” has no tag “" + rest[1] + "”", asked: rest[1]}
	}
	return missed{said: "There is nothing at this address of version “" + short(number) + "” of “" + p.Name + "”", asked: number}
}

// ofPair is what is missing at an address below that of a consumer and a provider. The
// others of the two that may have been meant are named with the address that they have.
func (s seeker) ofPair(consumer, provider string, rest []string, address func(provider, consumer string) string) missed {
	found := missed{said: "There is no such contract of “" + consumer + "” with “" + provider + "”", asked: consumer}
	consumers, consumerKnown := s.meant(consumer)
	providers, providerKnown := s.meant(provider)
	switch {
	case !consumerKnown:
		found.said, found.asked = noApplication(consumer), consumer
	case !providerKnown:
		found.said, found.asked = noApplication(provider), provider
	}
	if !consumerKnown || !providerKnown {
		for _, c := range consumers {
			for _, p := range providers {
				if s.board.Pair(c, p) != nil && len(found.near) < nearShown {
					found.near = append(found.near, link{c + " with " + p, address(p, c)})
				}
			}
		}
	} else if len(rest) >= 2 && rest[0] == "version" {
		found.near = s.versions(consumer, rest[1], func(number string) string { return s.at.Pact(provider, consumer, number) })
	} else if s.board.Pair(consumers[0], providers[0]) != nil {
		found.near = s.contracts(&found, consumers[0], providers[0], rest)
	}
	for _, name := range slices.Compact(slices.Concat(consumers, providers)) {
		if len(found.near) < 2*nearShown {
			found.near = append(found.near, applicationAt(s.at, name))
		}
	}
	return found
}

// contracts says which contract of a pair an address asks for that is not there, by a tag, a
// branch or neither, and returns those that are.
func (s seeker) contracts(found *missed, consumer, provider string, rest []string) (near []link) {
	none := "No contract of “" + consumer + "” with “" + provider + "” "
	switch {
	case len(rest) >= 2 && rest[0] == "latest" && rest[1] != "verification-results":
		found.said = none + "has the tag “" + rest[1] + "”, as which the end of the address was taken"
		if len(rest) > 2 {
			found.said = none + "has the tag “" + rest[1] + "”"
		}
		which := contracts.PactQuery{Consumer: consumer, Provider: provider, Branch: rest[1]}
		if _, is, err := s.w.services.Pacts.FindPact(s.ctx, which); err == nil && is {
			near = append(near, link{"The latest contract of the branch " + rest[1], s.at.LatestPactOnBranch(provider, consumer, rest[1])})
		}
	case len(rest) >= 2 && rest[0] == "branch":
		found.said = none + "was published from a branch “" + rest[1] + "”"
	case len(rest) >= 1 && rest[0] == "latest-untagged":
		found.said = none + "has no tag"
	}
	return append(near, link{"The latest contract of " + consumer + " with " + provider, s.at.LatestPact(provider, consumer)})
}

// meant are the applications that a name stands for: the one that it is, or had before, or
// those with names like it.
func (s seeker) meant(name string) (names []string, known bool) {
	if p, known := s.knows(name); known {
		return []string{p.Name}, true
	}
	return namesLike(s.board, name), false
}

// ofProvider is the provider that an address of what it promises names and is not there.
func (s seeker) ofProvider(name string) missed {
	p, known := s.knows(name)
	if !known {
		return s.noApplication(name)
	}
	return missed{said: "“" + p.Name + "” has published no such contract", asked: p.Name, near: []link{applicationAt(s.at, p.Name)}}
}

// ofTeam is the team that an address names and is not there.
func (s seeker) ofTeam(name string) missed {
	found := missed{said: "There is no team named “" + name + "”", asked: name}
	teams, err := s.w.services.Directory.Read.Teams(s.ctx)
	if err != nil {
		return found
	}
	names := make([]string, len(teams))
	for i, t := range teams {
		names[i] = t.Name
	}
	for _, near := range like(name, names) {
		found.near = append(found.near, link{near, s.at.Path("/teams/" + links.Escape(near))})
	}
	return found
}

// ofNetwork is the application that a question about the network names and is not
// there.
func (s seeker) ofNetwork(asked url.Values) missed {
	for _, field := range []string{"around", "from", "to"} {
		if name := asked.Get(field); name != "" && applicationAsked(s.board, name) == nil {
			return s.noApplication(name)
		}
	}
	return missed{}
}

// versions are those of an application whose numbers begin with a text, as pages show
// commits.
func (s seeker) versions(application, number string, address func(number string) string) (near []link) {
	found, err := s.w.services.Searching.VersionsBeginning(s.ctx, number, []string{application}, nearShown)
	if err != nil {
		return nil
	}
	for _, v := range found {
		near = append(near, link{application + " " + short(v.Number), address(v.Number)})
	}
	return near
}

// branches are those of an application whose names begin with a text.
func (s seeker) branches(application, name string) (near []link) {
	found, err := s.w.services.Searching.BranchesBeginning(s.ctx, name, []string{application}, nearShown)
	if err != nil {
		return nil
	}
	for _, b := range found {
		near = append(near, link{"Branch " + b.Name + " of " + application, s.at.Pacticipant(application) + "?branch=" + url.QueryEscape(b.Name)})
	}
	return near
}

// alike are the applications and environments whose names are like the one asked for.
func (s seeker) alike(asked string) (near []link) {
	near = applicationsLike(s.at, s.board, asked)
	for _, e := range environmentsLike(s.board.Environments, asked) {
		if len(near) < nearShown {
			near = append(near, link{e.Name, s.at.Environment(e.UUID)})
		}
	}
	return near
}

// environmentsLike are the environments whose names are like the one asked for, the
// nearest first.
func environmentsLike(environments []deployments.Environment, asked string) (near []deployments.Environment) {
	names := make([]string, len(environments))
	for i, e := range environments {
		names[i] = e.Name
	}
	for _, name := range like(asked, names) {
		near = append(near, environments[slices.Index(names, name)])
	}
	return near
}

// noApplication and noEnvironment say that nothing has the name.
func noApplication(name string) string { return "There is no application named “" + name + "”" }
func noEnvironment(name string) string { return "There is no environment named “" + name + "”" }

// applicationsLike are the applications whose names are like the one asked for, the
// nearest first.
func applicationsLike(at links.Base, board *dashboard.Board, asked string) (near []link) {
	for _, name := range namesLike(board, asked) {
		near = append(near, applicationAt(at, name))
	}
	return near
}

func namesLike(board *dashboard.Board, asked string) []string {
	names := make([]string, len(board.Applications))
	for i, a := range board.Applications {
		names[i] = a.Name
	}
	found := like(asked, names)
	return found[:min(len(found), nearShown)]
}

// applicationAsked is the application that somebody has typed the name of: a space too
// many is not meant unless the name has it; nil for none.
func applicationAsked(board *dashboard.Board, name string) *dashboard.Application {
	if a := board.ApplicationNamed(name); a != nil {
		return a
	}
	return board.ApplicationNamed(strings.TrimSpace(name))
}

// like are the names that may be meant by the one asked for, the nearest first: they are a
// slip of the pen away, or begin alike for half of their length.
func like(asked string, names []string) []string {
	if strings.TrimSpace(asked) == "" {
		return nil
	}
	near := pacticipants.Near(asked, names)
	return append(near, filter(names, func(name string) bool { return beginAlike(asked, name) && !slices.Contains(near, name) })...)
}

func beginAlike(asked, name string) bool {
	a, b := []rune(strings.ToLower(asked)), []rune(strings.ToLower(name))
	same := 0
	for same < min(len(a), len(b)) && a[same] == b[same] {
		same++
	}
	return same >= 2 && same*2 >= min(len(a), len(b)) && same*3 >= max(len(a), len(b))
}
