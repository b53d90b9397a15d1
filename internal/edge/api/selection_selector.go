package api

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/accord-broker/accord/internal/pacticipants"
	"github.com/accord-broker/accord/internal/selection"
)

// The fields of a selector that say where a version comes from, and those that
// say where it is.
var (
	selectorOrigins = []string{"branch", "fallbackBranch", "fallbackTag", "latest", "mainBranch", "matchingBranch", "tag"}
	selectorPlaces  = []string{"deployed", "deployedOrReleased", "environment", "released"}
)

// environmentFinder reports whether there is an environment with the name and, if
// not, which one may have been meant, "" for none.
type environmentFinder func(name string) (exists bool, meant string)

// selectorReader reads one selector and keeps what is wrong. A field of the
// wrong type is left out of the rules that it takes part in.
type selectorReader struct {
	exists         environmentFinder
	providerBranch string

	members  map[string]json.RawMessage
	wrong    []string
	messages []string
}

func (s *selectorReader) fault(format string, args ...any) {
	s.messages = append(s.messages, fmt.Sprintf(format, args...))
}

func (s *selectorReader) read(value []byte) selection.Selector {
	if json.Unmarshal(value, &s.members) != nil || s.members == nil {
		s.fault("must be an object")
		return selection.Selector{}
	}
	both := s.flag("deployedOrReleased")
	selector := selection.Selector{
		MainBranch: s.flag("mainBranch"), MatchingBranch: s.flag("matchingBranch"),
		Deployed: s.flag("deployed") || both, Released: s.flag("released") || both,
		EveryBranch: string(s.members["branch"]) == "true",
		Latest:      s.latest(),
		Tag:         s.text("tag"), FallbackTag: s.text("fallbackTag"), FallbackBranch: s.text("fallbackBranch"),
		Environment: s.text("environment"), Consumer: s.text("consumer"),
	}
	if !selector.EveryBranch {
		selector.Branch = s.text("branch")
	}
	s.check(selector)
	return selector
}

// flag is a field that can only be true.
func (s *selectorReader) flag(name string) bool {
	value, given := s.members[name]
	if given && string(value) != "true" {
		s.wrong = append(s.wrong, name)
		s.fault("%s must be one of: true", name)
	}
	return given
}

func (s *selectorReader) latest() bool {
	value, given := s.members["latest"]
	if given && string(value) != "true" && string(value) != "false" {
		s.wrong = append(s.wrong, "latest")
		s.fault("latest must be one of: true, false")
	}
	return string(value) == "true"
}

func (s *selectorReader) text(name string) string {
	value, given := s.members[name]
	if !given {
		return ""
	}
	text, isText := textOf(value)
	problem := validateComparable(text)
	switch {
	case !isText:
		problem = "must be a string"
	case text == "":
		problem = "must be filled"
	case pacticipants.LooksBlank(text):
		problem = "cannot be blank"
	}
	if problem != "" {
		s.wrong = append(s.wrong, name)
		s.fault("%s %s", name, problem)
	}
	return text
}

// has reports whether the field was given.
func (s *selectorReader) has(name string) bool {
	_, given := s.members[name]
	return given
}

// fine reports whether none of the fields is of the wrong type.
func (s *selectorReader) fine(names ...string) bool {
	return !slices.ContainsFunc(names, func(name string) bool { return slices.Contains(s.wrong, name) })
}

// given are those of the fields that the selector has.
func (s *selectorReader) given(names []string) []string {
	var found []string
	for _, name := range names {
		if s.has(name) {
			found = append(found, name)
		}
	}
	return found
}

// check applies the rules about fields together.
func (s *selectorReader) check(selector selection.Selector) {
	notLatest := s.has("latest") && !selector.Latest
	s.checkPurpose(selector)
	s.checkMainAndMatching(notLatest)
	if s.has("tag") && s.has("branch") && s.fine("tag", "branch") {
		s.fault("cannot specify both a tag and a branch")
	}
	s.checkPlaces()
	if s.has("fallbackTag") && s.fine("fallbackTag", "latest", "tag") && (!selector.Latest || !s.has("tag")) {
		s.fault("cannot specify a fallbackTag without a tag and latest=true")
	}
	if s.has("fallbackBranch") && s.fine("fallbackBranch", "branch") && !s.has("branch") {
		s.fault("cannot specify a fallbackBranch without a branch")
	}
	if s.has("branch") && notLatest && s.fine("branch", "latest") {
		s.fault("cannot specify a branch with latest=false")
	}
	if s.has("environment") && s.fine("environment") {
		s.checkEnvironment(selector.Environment)
	}
}

func (s *selectorReader) checkEnvironment(name string) {
	switch exists, meant := s.exists(name); {
	case exists:
	case meant != "":
		s.fault("environment with name '%s' does not exist. Did you mean '%s'?", name, meant)
	default:
		s.fault("environment with name '%s' does not exist", name)
	}
}

func (s *selectorReader) checkPurpose(selector selection.Selector) {
	all := slices.Concat(selectorOrigins, selectorPlaces)
	purposes := s.given([]string{"mainBranch", "tag", "branch", "environment", "matchingBranch", "deployed", "released", "deployedOrReleased"})
	if len(purposes) == 0 && !selector.Latest && s.fine(all...) {
		s.fault("must specify a value for environment or tag or branch, or specify mainBranch=true, matchingBranch=true, latest=true, deployed=true, released=true or deployedOrReleased=true")
	}
}

func (s *selectorReader) checkMainAndMatching(notLatest bool) {
	all := slices.Concat(selectorOrigins, selectorPlaces)
	others := func(besides ...string) bool {
		return slices.ContainsFunc(s.given(all), func(name string) bool { return !slices.Contains(besides, name) })
	}
	if s.has("mainBranch") && s.fine(all...) {
		if others("mainBranch", "latest") {
			s.fault("cannot specify mainBranch=true with any other criteria apart from consumer")
		}
		if notLatest {
			s.fault("cannot specify mainBranch=true with latest=false")
		}
	}
	if s.has("matchingBranch") && s.fine(all...) {
		if others("matchingBranch") {
			s.fault("cannot specify matchingBranch=true with any other criteria apart from consumer")
		}
		if strings.TrimSpace(s.providerBranch) == "" {
			s.fault("the providerVersionBranch must be specified when the selector matchingBranch=true is used")
		}
	}
}

// checkPlaces sees to it that where a version comes from and where it is are
// not mixed, and that one place is enough.
func (s *selectorReader) checkPlaces() {
	from, at := s.given(selectorOrigins), s.given(selectorPlaces)
	if len(from) > 0 && len(at) > 0 && s.fine(slices.Concat(from, at)...) {
		s.fault("cannot specify the field(s) %s with the field(s) %s", strings.Join(from, "/"), strings.Join(at, "/"))
	}
	states := s.given([]string{"deployed", "released", "deployedOrReleased"})
	if len(states) > 1 && s.fine(states...) {
		s.fault("cannot specify both %s=true", strings.Join(states, "=true and "))
	}
}
