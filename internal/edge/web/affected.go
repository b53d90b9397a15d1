package web

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/accord-broker/accord/internal/dashboard"
	"github.com/accord-broker/accord/internal/edge"
)

// What is offered of many providers, and how many consumers a sentence names.
const (
	providersInSelect = 60
	consumersNamed    = 3
)

// providers are the applications that others need; the one that most need is
// selected.
func (v boardView) providers() []option {
	var found []option
	most, consumers := -1, 0
	for _, a := range v.board.Applications {
		if len(a.Consumers) == 0 {
			continue
		}
		if len(a.Consumers) > consumers {
			most, consumers = len(found), len(a.Consumers)
		}
		found = append(found, option{Value: a.Name, Text: a.Name + ", needed by " + strconv.Itoa(len(a.Consumers))})
	}
	if most >= 0 {
		found[most].Selected = true
	}
	return found
}

// goAffected leads to what others need from a provider, or to a search for it.
func (w *Web) goAffected(c *gin.Context) error {
	asked, _ := edge.QueryValue(c, "provider")
	asked = strings.TrimSpace(asked)
	p, found, err := w.services.Applications.FindPacticipant(c.Request.Context(), asked)
	if err != nil {
		return err
	}
	if !found {
		return seeOther(c, here(c).Path("/search?q="+url.QueryEscape(asked)))
	}
	return seeOther(c, here(c).Pacticipant(p.Name)+"#cp")
}

// relying says how many rely on an application.
func relying(a *dashboard.Application) string {
	switch len(a.Consumers) {
	case 0:
		return "No consumer relies on it"
	case 1:
		return "1 consumer relies on it"
	}
	return counted(len(a.Consumers), "consumer") + " rely on it"
}

// affected says who would break if an application changed what others need from it.
func affected(a *dashboard.Application) string {
	if len(a.Consumers) == 0 {
		return ""
	}
	names := make([]string, 0, len(a.Consumers))
	for _, p := range a.Consumers {
		names = append(names, p.Consumer.Name)
	}
	slices.SortFunc(names, byText)
	if more := len(names) - consumersNamed; more > 1 {
		names = append(names[:consumersNamed], fmt.Sprintf("%d more", more))
	}
	return listed(names) + " would break if " + a.Name + " no longer did what they need. What that is stands in each contract; the marks say where both run."
}

// listed are names in a sentence.
func listed(names []string) string {
	if len(names) == 1 {
		return names[0]
	}
	last := len(names) - 1
	return strings.Join(names[:last], ", ") + " and " + names[last]
}
