package web

import (
	"encoding/json"
	"fmt"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/gin-gonic/gin"

	"github.com/accord-broker/accord/internal/audit"
	"github.com/accord-broker/accord/internal/edge"
	"github.com/accord-broker/accord/internal/support/fault"
)

// auditPage shows who did what, the newest first.
type auditPage struct {
	frame
	Kinds    []statusLink
	Filters  []auditFilter
	From, To string
	Outcome  string
	// Team has no options where there are no teams.
	Team       choice
	Rows       []auditRow
	Older      string
	JSONLines  string
	Verify     command
	IsFiltered bool
}

// auditFilter is a text by which the list is narrowed down.
type auditFilter struct{ Name, Label, Value string }

// auditRow is an entry in words.
type auditRow struct {
	ID, Target string
	// What says it in a sentence, Notes what else was changed.
	What               sentence
	Times              string
	Refused            bool
	Notes              []string
	Who, Through, From string
	// Whole is Through with each identifier in full.
	Whole   string
	Request string
	At      moment
}

// auditShown is how many entries are on a page.
const auditShown = 50

func (w *Web) showAudit(c *gin.Context) error {
	shown := auditPage{frame: w.frame(c, "Audit", "/audit"), Verify: prompted("Check that nothing was changed", "broker audit verify")}
	team, err := w.askedTeam(c)
	if err != nil {
		return err
	}
	q, err := shown.read(c, team)
	if err != nil {
		return err
	}
	found, err := w.services.Audit.Read(c.Request.Context(), q)
	if err != nil {
		return err
	}
	m := moments{w.services.Now()}
	environments, err := w.services.Deployments.Environments(c.Request.Context())
	if err != nil {
		return err
	}
	for _, e := range found[:min(len(found), auditShown)] {
		shown.Rows = append(shown.Rows, auditWords{environments}.row(m, e))
	}
	if len(found) > auditShown {
		query := shown.query(shown.Outcome, team)
		query.Set("before", strconv.FormatInt(found[auditShown-1].ID, 10))
		shown.Older = shown.Path + "/audit?" + query.Encode()
	}
	return w.show(c, "audit.html", shown)
}

// read takes the filters from the query.
func (p *auditPage) read(c *gin.Context, team askedTeam) (audit.Query, error) {
	q := audit.Query{Limit: auditShown + 1, Applications: team.Applications}
	p.Team = team.Choice
	for _, f := range []struct {
		name, label string
		into        *string
	}{{"actor", "Who", &q.Actor}, {"application", "Application", &q.Application}, {"client", "Address", &q.Client}} {
		text, _ := edge.QueryValue(c, f.name)
		*f.into = strings.TrimSpace(text)
		p.Filters = append(p.Filters, auditFilter{f.name, f.label, *f.into})
	}
	p.Outcome, _ = edge.QueryValue(c, "outcome")
	q.Outcome = audit.Outcome(p.Outcome)
	p.From, _ = edge.QueryValue(c, "from")
	p.To, _ = edge.QueryValue(c, "to")
	var err error
	if q.Since, err = dayOf("from", p.From); err != nil {
		return q, err
	}
	if q.Until, err = dayOf("to", p.To); err != nil {
		return q, err
	}
	if !q.Until.IsZero() {
		q.Until = q.Until.AddDate(0, 0, 1)
	}
	if text, _ := edge.QueryValue(c, "before"); text != "" {
		if q.After, err = strconv.ParseInt(text, 10, 64); err != nil || q.After < 1 {
			return q, fault.InvalidField("before", "must be a whole number greater than or equal to 1")
		}
	}
	for _, kind := range []struct{ outcome, text string }{{"", "All"}, {"done", "Changes"}, {"unauthorized", "Not signed in"}, {"forbidden", "Not allowed"}, {"throttled", "Too many"}} {
		p.Kinds = append(p.Kinds, statusLink{word: word{Word: kind.text}, Address: p.Path + "/audit?" + p.query(kind.outcome, team).Encode(), Current: kind.outcome == p.Outcome})
	}
	p.JSONLines, p.IsFiltered = p.Path+"/api/v1/audit", len(p.query(p.Outcome, team)) > 0
	return q, nil
}

func (p *auditPage) query(outcome string, team askedTeam) url.Values {
	query := url.Values{}
	set := func(name, value string) {
		if value != "" {
			query.Set(name, value)
		}
	}
	for _, f := range p.Filters {
		set(f.Name, f.Value)
	}
	set("outcome", outcome)
	set("team", team.name())
	set("from", p.From)
	set("to", p.To)
	return query
}

// dayOf reads a day as browsers write it; "" is none.
func dayOf(field, text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	day, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return day, fault.InvalidField(field, "must be a day such as 2026-03-01").Because(err)
	}
	return day, nil
}

var outcomeWords = map[audit.Outcome]string{audit.Unauthorized: "not signed in", audit.Forbidden: "not allowed", audit.Throttled: "too many tries"}

func (w auditWords) row(m moments, e audit.Entry) auditRow {
	whole := strings.ReplaceAll(e.Through, "_", " ")
	through := identifierWithin.ReplaceAllString(whole, "$1…")
	row := auditRow{
		ID: strconv.FormatInt(e.ID, 10), Target: e.Target, Refused: e.Outcome != audit.Done,
		Who: orWord(e.Actor, "nobody known"), Through: through, Whole: whole, From: e.Client, Request: e.RequestID, At: m.ago(e.At),
	}
	if e.Count > 1 {
		row.Times = fmt.Sprintf("%d times", e.Count)
	}
	said, used := w.said(e)
	row.What, row.Notes = said, notes(e, used)
	return row
}

// changeInWords tells a change; what was not there before, or is gone, as such.
func changeInWords(change audit.Change) string {
	before, after := valueInWords(change.Before), valueInWords(change.After)
	switch {
	case before == nothing && after != nothing:
		return change.What + ": " + after
	case after == nothing && before != nothing:
		return change.What + ": no longer " + before
	}
	return fmt.Sprintf("%s: %s became %s", change.What, before, after)
}

// nothing is a value that is not there.
const nothing = "nothing"

// valueInWords tells a value that was JSON: a list as its parts, a number with all its
// digits.
func valueInWords(value any) string {
	switch value := value.(type) {
	case nil:
		return nothing
	case string:
		return orWord(value, nothing)
	case float64:
		return strconv.FormatFloat(value, 'f', -1, 64)
	case []any:
		said := make([]string, len(value))
		for i, part := range value {
			said[i] = valueInWords(part)
		}
		return orWord(strings.Join(said, ", "), nothing)
	case map[string]any:
		written, err := json.Marshal(value)
		if err == nil {
			return string(written)
		}
	}
	return fmt.Sprint(value)
}

// identifierWithin finds identifiers of tokens, of which the beginning tells one from
// another.
var identifierWithin = regexp.MustCompile(`\b([0-9a-f]{8})-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b`)

// inWords tells the name of an operation as words: createToken is "Create token". A
// request that is no operation is known by its method, which stays as it is.
func inWords(operation string) string {
	if operation == strings.ToUpper(operation) {
		return operation
	}
	var words strings.Builder
	for i, r := range strings.TrimPrefix(operation, "v1") {
		if i == 0 {
			r = unicode.ToUpper(r)
		} else if unicode.IsUpper(r) && !strings.Contains(operation, " ") {
			words.WriteByte(' ')
			r = unicode.ToLower(r)
		}
		words.WriteRune(r)
	}
	return words.String()
}
