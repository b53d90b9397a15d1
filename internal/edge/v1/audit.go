package v1

import (
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/accord-broker/accord/internal/audit"
	"github.com/accord-broker/accord/internal/edge"
	"github.com/accord-broker/accord/internal/support/fault"
)

func (a *API) listAudit(c *gin.Context) error {
	q, err := auditQuery(c)
	if err != nil {
		return err
	}
	if q.Applications, err = a.applicationsAsked(c); err != nil {
		return err
	}
	if edge.Accepted(c) == edge.JSONLines {
		return a.exportAudit(c, q)
	}
	limit := q.Limit
	q.Limit++
	found, err := a.Audit.Read(c.Request.Context(), q)
	if err != nil {
		return err
	}
	next := ""
	if len(found) > limit {
		found = found[:limit]
		next = strconv.FormatInt(q.Cursor(found[limit-1]), 10)
	}
	shown := make([]map[string]any, len(found))
	for i, e := range found {
		shown[i] = e.Shown()
	}
	return answerItems(c, shown, next)
}

// auditQuery reads which entries the request asks for.
func auditQuery(c *gin.Context) (audit.Query, error) {
	part, err := sliceOf(c)
	if err != nil {
		return audit.Query{}, err
	}
	q := audit.Query{Limit: part.Limit}
	if part.After != "" {
		if q.After, err = strconv.ParseInt(part.After, 10, 64); err != nil || q.After < 1 {
			return q, fault.InvalidField("cursor", "is none that this list has given; leave it out to begin at the start")
		}
	}
	texts := map[string]*string{
		"actor": &q.Actor, "action": &q.Action, "client": &q.Client, "application": &q.Application, "request_id": &q.RequestID, "outcome": (*string)(&q.Outcome),
	}
	for _, pair := range edge.Query(c) {
		switch pair.Key {
		case "order":
			if pair.Value == "oldest" {
				q.Order = audit.OldestFirst
			}
		case "since":
			q.Since, err = time.Parse(time.RFC3339, pair.Value)
		case "until":
			q.Until, err = time.Parse(time.RFC3339, pair.Value)
		default:
			if text, is := texts[pair.Key]; is {
				*text = pair.Value
			}
		}
		if err != nil {
			return q, fault.InvalidField(pair.Key, "must be a time such as 2026-03-01T12:00:00Z").Because(err)
		}
	}
	return q, nil
}

// exportAudit sends all entries that fit, one a line, however many they are.
func (a *API) exportAudit(c *gin.Context, q audit.Query) error {
	if err := a.Audit.Complete(c.Request.Context()); err != nil {
		return err
	}
	control := http.NewResponseController(c.Writer)
	c.Header("Content-Type", edge.JSONLines+";charset=utf-8")
	c.Status(http.StatusOK)
	err := audit.Each(c.Request.Context(), a.Audit.Writer, q, func(entries []audit.Entry) error {
		if err := control.SetWriteDeadline(time.Now().Add(writeTimeout)); err != nil && !errors.Is(err, http.ErrNotSupported) {
			return err
		}
		for _, e := range entries {
			line, err := edge.Encode(e.Shown())
			if err != nil {
				return err
			}
			if _, err := c.Writer.Write(append(line, '\n')); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil && c.Writer.Written() {
		edge.Report(c, err)
		panic(http.ErrAbortHandler) // a list that ends early must not look whole
	}
	return err
}
