package oaschanges

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/oasdiff/oasdiff/checker"
)

// Side is the half of an exchange that a change is about, "" for both.
type Side string

// The sides.
const (
	Request  Side = "request"
	Response Side = "response"
)

// Part is the part of an operation that a change is about.
type Part string

// The parts.
const (
	// Unplaced is a change of which the rule does not tell the part.
	Unplaced  Part = ""
	Operation Part = "operation"
	Security  Part = "security"
	Parameter Part = "parameter"
	MediaType Part = "media type"
	Status    Part = "status"
	Header    Part = "header"
	Body      Part = "body"
)

// Place says what of an operation has changed, as far as the rule tells.
type Place struct {
	Side Side
	Part Part
	// Status is that of the answer, such as 200, 2XX or default, "" if it is about no
	// certain one.
	Status string
	// Name is that of a parameter, which stands In path, query, header or cookie, or of a
	// header of an answer.
	In, Name string
	// Property leads to the part of a body; "items" stands for the elements of a list. It
	// is empty for the whole.
	Property []string
	// Demanded tells that something must be sent now that may have been left out,
	// Membership that it is about whether the property is there at all.
	Demanded, Membership bool
}

// position reads the place out of the id of a rule and what it fills into its sentence.
func position(change checker.Change) Place {
	id := change.GetId()
	var args []string
	if of, is := change.(checker.ApiChange); is {
		for _, arg := range of.Args {
			args = append(args, fmt.Sprint(arg))
		}
	}
	p := Place{Side: sideOf(id), Demanded: demanded.MatchString(id)}
	if p.Side == Response {
		p.Status = lastStatus(args)
	}
	has := func(words ...string) bool {
		return slices.ContainsFunc(words, func(word string) bool { return strings.Contains(id, word) })
	}
	switch {
	case has("security"):
		p.Side, p.Part = Request, Security
	case p.Side == "":
		p.Part = Operation
	case has("parameter"):
		p.Part, p.In, p.Name = Parameter, "path", first(args)
		if at := slices.IndexFunc(args, func(arg string) bool { return slices.Contains(parameterPlaces, arg) }); at >= 0 && at+1 < len(args) {
			p.In, p.Name = args[at], args[at+1]
		}
	case has("request-header"):
		p.Part, p.In, p.Name = Parameter, "header", first(args)
	case has("response-header"):
		p.Part, p.Name = Header, first(args)
	case has("-status-"):
		p.Part = Status
	case has("media-type") && !has("content-media-type", "property"):
		p.Part = MediaType
	case has("property"):
		p.Part, p.Property, p.Membership = Body, propertyOf(id, args), membership.MatchString(id)
	case has("body"):
		p.Part = Body
	}
	return p
}

var parameterPlaces = []string{"path", "query", "header", "cookie"}

func sideOf(id string) Side {
	switch {
	case strings.Contains(id, "response"):
		return Response
	case strings.Contains(id, "request"), strings.Contains(id, "parameter"):
		return Request
	}
	return ""
}

var status = regexp.MustCompile(`^([1-5]([0-9][0-9]|XX)|default)$`)

func lastStatus(args []string) string {
	for _, arg := range slices.Backward(args) {
		if status.MatchString(arg) {
			return arg
		}
	}
	return ""
}

func first(args []string) string {
	if len(args) == 0 {
		return ""
	}
	return args[0]
}

// membership marks the rules that say whether a property is there.
var membership = regexp.MustCompile(`^new-.*-request-property|[^n]-property-(removed|added|became-required|became-optional)`)

// demanded marks the rules that ask for what may have been left out.
var demanded = regexp.MustCompile(`^new-required-request|^request-.*(became|added)-required`)

// valueFirst marks the rules that name a value before the property.
var valueFirst = regexp.MustCompile(`enum-value|(all|any|one)-of-|dependent-schema|pattern-property|prefix-items`)

// composition is a step into an alternative, which is none in a body.
var composition = regexp.MustCompile(`(all|any|one)Of\[[^\]]*\]`)

func propertyOf(id string, args []string) []string {
	if valueFirst.MatchString(id) && len(args) > 1 {
		args = args[1:]
	}
	var steps []string
	for step := range strings.SplitSeq(composition.ReplaceAllString(first(args), ""), "/") {
		if step != "" {
			steps = append(steps, step)
		}
	}
	return steps
}
