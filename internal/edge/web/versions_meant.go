package web

import (
	"context"
	"slices"

	"github.com/gin-gonic/gin"

	"github.com/accord-broker/accord/internal/matrix"
	"github.com/accord-broker/accord/internal/pacticipants"
	"github.com/accord-broker/accord/internal/verdicts"
	"github.com/accord-broker/accord/internal/versions"
)

// versionsLookedAt is how many of the newest versions, and of the branches, of an
// application are compared with what was asked for.
const versionsLookedAt = 200

// versionsMeant are, by the application, questions about the versions and branches that may
// have been meant by those that are not known: each asks the same otherwise.
func (w *Web) versionsMeant(c *gin.Context, question matrix.Question, reasons []verdicts.Finding) (map[string][]link, error) {
	near := map[string][]link{}
	for _, f := range reasons {
		asked := f.Phrase
		typed := asked.Criteria.Version + asked.Criteria.Branch
		if !f.OfNoVersion() || typed == "" || near[asked.Pacticipant] != nil || len(near) == nearShown {
			continue
		}
		like, err := w.versionsLike(c.Request.Context(), asked.Pacticipant, typed)
		if err != nil {
			return nil, err
		}
		for _, other := range like {
			near[asked.Pacticipant] = append(near[asked.Pacticipant], link{short(other.Version + other.Branch), askedInstead(c, question, asked, other)})
		}
	}
	return near, nil
}

// versionsLike are the branches and then the versions of an application that may have been
// meant by a text.
func (w *Web) versionsLike(ctx context.Context, application, typed string) (near []matrix.Criteria, err error) {
	p, found, err := w.services.Applications.FindPacticipant(ctx, application)
	if err != nil || !found {
		return nil, err
	}
	branches, _, err := w.services.Versions.Branches(ctx, p, "", versionsLookedAt, 0)
	if err != nil {
		return nil, err
	}
	newest, _, err := w.services.Versions.Versions(ctx, versions.Query{PacticipantID: p.ID, Limit: versionsLookedAt})
	if err != nil {
		return nil, err
	}
	var names, numbers []string
	of := map[string]string{}
	for _, b := range branches {
		names = append(names, b.Name)
	}
	for _, v := range newest {
		if _, known := of[short(v.Number)]; !known {
			numbers = append(numbers, short(v.Number))
			of[short(v.Number)] = v.Number
		}
	}
	for _, branch := range pacticipants.Near(typed, names) {
		near = append(near, matrix.Criteria{Branch: branch, Latest: true})
	}
	for _, number := range pacticipants.Near(short(typed), numbers) {
		near = append(near, matrix.Criteria{Version: of[number]})
	}
	return near[:min(len(near), nearShown)], nil
}

// askedInstead is where the same is asked with another version of an application.
func askedInstead(c *gin.Context, question matrix.Question, asked matrix.Phrase, other matrix.Criteria) string {
	if _, is := asksAPI(c); !is {
		return questionAt(here(c), asked.Pacticipant, other.Version+other.Branch, question.Target.Environment)
	}
	question.Selectors = slices.Clone(question.Selectors)
	for i, s := range question.Selectors {
		if s.Pacticipant == asked.Pacticipant && s.Criteria == asked.Criteria {
			question.Selectors[i].Criteria = other
		}
	}
	return here(c).Path("/can-i-deploy?" + written(apiQueryOf(question)))
}
