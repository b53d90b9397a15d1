package web

import (
	"context"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/accord-broker/accord/internal/edge"
	"github.com/accord-broker/accord/internal/edge/questions"
	"github.com/accord-broker/accord/internal/matrix"
	"github.com/accord-broker/accord/internal/pacticipants"
)

// askedWith are the parts of a query that the page reads itself; any other makes
// it a question in the manner of the API.
var askedWith = []string{"pacticipant", "version", "environment"}

// asksAPI is the question of an address that is one in the manner of the API.
func asksAPI(c *gin.Context) (query string, is bool) {
	is = slices.ContainsFunc(questionPart(c), func(p edge.Pair) bool { return !slices.Contains(askedWith, p.Key) })
	return written(questionPart(c)), is
}

// question reads the question, in which a branch may stand for its head. It is not known
// if there is no application with the name that was typed.
func (w *Web) question(c *gin.Context) (question matrix.Question, known bool, err error) {
	if query, is := asksAPI(c); is {
		question, err = questions.Verdict(query)
		return question, true, err
	}
	application, _ := edge.QueryValue(c, "pacticipant")
	number, _ := edge.QueryValue(c, "version")
	target, _ := edge.QueryValue(c, "environment")
	p, known, err := w.applicationAsked(c.Request.Context(), application)
	if err != nil || !known {
		return question, false, err
	}
	criteria, err := w.criteria(c.Request.Context(), p, number)
	question = matrix.Question{
		Selectors: []matrix.Selector{{Pacticipant: p.Name, Criteria: criteria}},
		Target:    matrix.Target{Environment: target, MainBranch: target == "", Latest: target == ""}, LatestBy: matrix.LatestByBothVersions,
	}
	return question, true, err
}

// applicationAsked finds the application that somebody has typed the name of: a space
// too many is not meant unless the name has it.
func (w *Web) applicationAsked(ctx context.Context, name string) (pacticipants.Pacticipant, bool, error) {
	p, found, err := w.services.Applications.FindPacticipant(ctx, name)
	if err != nil || found || name == strings.TrimSpace(name) {
		return p, found, err
	}
	return w.services.Applications.FindPacticipant(ctx, strings.TrimSpace(name))
}

// criteria are those of a version or, if there is none of that number, of the head
// of the branch with that name. Nothing stands for the latest version, and a space too
// many for nothing unless the number or the name has it.
func (w *Web) criteria(ctx context.Context, p pacticipants.Pacticipant, typed string) (matrix.Criteria, error) {
	trimmed := strings.TrimSpace(typed)
	if trimmed == "" {
		return matrix.Criteria{Latest: true}, nil
	}
	for _, asked := range slices.Compact([]string{typed, trimmed}) {
		_, isVersion, err := w.services.Versions.FindVersion(ctx, p, asked)
		if err != nil || isVersion {
			return matrix.Criteria{Version: asked}, err
		}
		_, isBranch, err := w.services.Versions.FindBranch(ctx, p, asked)
		if err != nil || isBranch {
			return matrix.Criteria{Branch: asked, Latest: true}, err
		}
	}
	return matrix.Criteria{Version: trimmed}, nil
}
