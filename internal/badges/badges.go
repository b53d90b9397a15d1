// Package badges makes the status pictures that teams put on their pages: of a
// pact, and of whether a version may be deployed or merged.
package badges

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/accord-broker/accord/internal/contracts"
	"github.com/accord-broker/accord/internal/deployments"
	"github.com/accord-broker/accord/internal/matrix"
	"github.com/accord-broker/accord/internal/pacticipants"
	"github.com/accord-broker/accord/internal/versions"
)

// Badge is a picture of two short texts, the right one on a colour.
type Badge struct {
	Left, Right string
	Color       Color
	// Subject says what exactly the badge shows, for those who look at its source.
	Subject string
	// Judged tells that there was something to judge.
	Judged bool
}

// Color is the name of a colour, as badge services know it.
type Color string

// The colours.
const (
	Green  Color = "brightgreen"
	Orange Color = "orange"
	Red    Color = "red"
	Grey   Color = "lightgrey"
)

// Query names the pact that a badge shows: the newest of a pair, or the newest
// with a tag or without any; with ProviderTag only results of provider versions
// with that tag count.
type Query struct {
	Consumer, Provider string
	Tag, ProviderTag   string
	Untagged           bool
}

// Style says how a badge names its pact.
type Style struct {
	// Label is "consumer" or "provider" to name that one only.
	Label string
	// Initials shortens names of several words.
	Initials bool
}

// Result is the result that a badge shows.
type Result struct {
	Number          int64
	Success         bool
	Pending         bool
	SHA             string
	ProviderVersion string
	// ConsumerPosition is that of the consumer version in the order of versions.
	ConsumerPosition int64
}

// Reader reads what badges show.
type Reader interface {
	pacticipants.Reader
	// FindPact returns the newest publication that fits, if there is one.
	FindPact(ctx context.Context, which contracts.PactQuery) (contracts.Publication, bool, error)
	// LatestResultFor returns the last result for the pact of the newest consumer
	// version that has any.
	LatestResultFor(ctx context.Context, which Query) (Result, bool, error)
	// LatestComparedFor returns the same of comparisons with what versions of the
	// provider promise.
	LatestComparedFor(ctx context.Context, which Query) (Result, bool, error)
	// FindBranch returns the branch of the application, if there is one.
	FindBranch(ctx context.Context, pacticipant pacticipants.Pacticipant, name string) (versions.Branch, bool, error)
	// EnvironmentByName returns an environment, if it exists.
	EnvironmentByName(ctx context.Context, name string) (deployments.Environment, bool, error)
	// VersionsMatching returns the versions that meet the criteria.
	VersionsMatching(ctx context.Context, pacticipantIDs []int64, c matrix.Criteria, limit int) ([]versions.Version, error)
}

// Service makes badges. What a badge asks for may be unknown: that is a grey
// badge, never a fault.
type Service struct {
	Reader Reader
	Matrix *matrix.Service
}

// Pact makes the badge of a pact.
func (s *Service) Pact(ctx context.Context, which Query, style Style) (Badge, error) {
	pact, found, err := s.Reader.FindPact(ctx, contracts.PactQuery{Consumer: which.Consumer, Provider: which.Provider, Tag: which.Tag, Untagged: which.Untagged})
	if err != nil {
		return Badge{}, err
	}
	if !found {
		return Badge{Left: "pact not found", Right: "unknown", Color: Grey, Subject: subject(which, nil, nil)}, nil
	}
	result, verified, err := s.latest(ctx, which)
	if err != nil {
		return Badge{}, err
	}
	badge := Badge{Left: style.title(which), Right: "unknown", Color: Grey, Subject: subject(which, &pact, nil), Judged: verified}
	if verified {
		badge.Subject = subject(which, &pact, &result)
		badge.Right, badge.Color = state(pact, result)
	}
	return badge, nil
}

// latest is the result that counts of the newest consumer version that has any: a
// failure, if both a verification and a comparison have come to something.
func (s *Service) latest(ctx context.Context, which Query) (Result, bool, error) {
	result, verified, err := s.Reader.LatestResultFor(ctx, which)
	if err != nil {
		return result, false, err
	}
	compared, known, err := s.Reader.LatestComparedFor(ctx, which)
	older := verified && compared.ConsumerPosition < result.ConsumerPosition
	failed := verified && compared.ConsumerPosition == result.ConsumerPosition && !result.Success
	if err != nil || !known || older || failed {
		return result, verified, err
	}
	return compared, true, nil
}

// state says what the last result means for the newest pact.
func state(pact contracts.Publication, result Result) (string, Color) {
	switch {
	case !result.Success && result.Pending:
		return "failed (pending)", Red
	case !result.Success:
		return "failed", Red
	case result.SHA != pact.SHA:
		return "changed", Orange
	}
	return "verified", Green
}

func (s Style) title(which Query) string {
	tag := ""
	if which.ProviderTag != "" {
		tag = which.Tag
	}
	consumer, provider := s.name(which.Consumer, tag), s.name(which.Provider, which.ProviderTag)
	switch strings.ToLower(s.Label) {
	case "consumer":
		return consumer + " pact"
	case "provider":
		return provider + " pact"
	}
	return consumer + "/" + provider + " pact"
}

func (s Style) name(name, tag string) string {
	if s.Initials {
		name = initials(name)
	}
	name = strings.ToLower(name)
	if tag != "" {
		name += " (" + tag + ")"
	}
	return name
}

// camel finds the words of a name written LikeThis.
var camel = regexp.MustCompile(`\p{Lu}?[^\p{Lu}]+|\p{Lu}+`)

// initials shortens a name of several words, at blanks, dashes and underscores
// or else at capitals, to their first letters.
func initials(name string) string {
	words := strings.FieldsFunc(name, func(r rune) bool { return r == ' ' || r == '-' || r == '_' })
	if len(words) == 1 {
		words = camel.FindAllString(words[0], -1)
	}
	if len(words) < 2 {
		return name
	}
	short := ""
	for _, word := range words {
		first, _ := utf8.DecodeRuneInString(word)
		short += string(first)
	}
	return short
}

func subject(which Query, pact *contracts.Publication, result *Result) string {
	version, revision, providerVersion, number := "?", "?", "?", "?"
	if pact != nil {
		version, revision = pact.VersionNumber, fmt.Sprint(pact.Revision)
	}
	if result != nil {
		providerVersion, number = result.ProviderVersion, fmt.Sprint(result.Number)
	}
	return fmt.Sprintf("consumer: %s, version: %s, revision: %s, provider: %s, version: %s, result: %s", which.Consumer, version, revision, which.Provider, providerVersion, number)
}
