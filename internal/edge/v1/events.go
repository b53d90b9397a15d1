package v1

import (
	"context"
	"encoding/base64"
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/accord-broker/accord/internal/edge"
	"github.com/accord-broker/accord/internal/events"
	"github.com/accord-broker/accord/internal/support/fault"
)

func (a *API) listEvents(c *gin.Context) error {
	q, err := eventsQuery(c)
	if err != nil {
		return err
	}
	if owned, err := a.applicationsAsked(c); err != nil {
		return err
	} else if owned != nil {
		q.Applications = owned
	}
	if edge.Accepted(c) == edge.EventStream {
		return a.streamEvents(c, q)
	}
	page, err := a.readEvents(c, q)
	if err != nil {
		return err
	}
	items := make([]map[string]any, len(page.Facts))
	for i, fact := range page.Facts {
		items[i] = fact.CloudEvent(string(edge.Base(c)))
	}
	return answerItems(c, items, strconv.FormatInt(page.Position, 10))
}

// readEvents answers at once, or waits until there is something if the request
// wants that.
func (a *API) readEvents(c *gin.Context, q events.Query) (events.Page, error) {
	seconds, _ := edge.QueryValue(c, "wait")
	wait, _ := strconv.Atoi(seconds) // the contract has been held against it
	if wait == 0 {
		return a.Events.Read(c.Request.Context(), q)
	}
	leave, err := a.Events.Join()
	if err != nil {
		return events.Page{}, err
	}
	defer leave()
	page, err := a.Events.Await(c.Request.Context(), q, time.Duration(wait)*time.Second)
	if err == nil {
		err = edge.StillAdmitted(c)
	}
	return page, err
}

// eventsQuery reads which facts the request asks for. What an event source has
// seen last wins over the cursor in its address, which it always repeats.
func eventsQuery(c *gin.Context) (events.Query, error) {
	part, err := sliceOf(c)
	if err != nil {
		return events.Query{}, err
	}
	if last := c.GetHeader("Last-Event-ID"); last != "" {
		after, err := base64.RawURLEncoding.DecodeString(last)
		if err != nil {
			return events.Query{}, fault.InvalidField("Last-Event-ID", "is none that the events have given").Because(err)
		}
		part.After = string(after)
	}
	q := events.Query{Limit: part.Limit}
	if part.After != "" {
		if q.After, err = strconv.ParseInt(part.After, 10, 64); err != nil || q.After < 0 {
			return q, fault.InvalidField("cursor", "is none that this list has given; leave it out to begin at the start")
		}
	}
	for _, pair := range edge.Query(c) {
		switch pair.Key {
		case "type":
			q.Types = append(q.Types, events.Type(pair.Value))
		case "application":
			q.Applications = append(q.Applications, pair.Value)
		case "since":
			q.Since, err = time.Parse(time.RFC3339, pair.Value)
		case "until":
			q.Until, err = time.Parse(time.RFC3339, pair.Value)
		}
		if err != nil {
			return q, fault.InvalidField(pair.Key, "must be a time such as 2026-03-01T12:00:00Z").Because(err)
		}
	}
	return q, nil
}

const (
	// beat is how often a stream without events shows that it is alive.
	beat = 15 * time.Second
	// writeTimeout is how long a client may leave what was sent to it untaken.
	writeTimeout = 30 * time.Second
	// streamed is how many events a stream reads at a time.
	streamed = 200
)

// eventStream sends events to one client for as long as it listens.
type eventStream struct {
	c       *gin.Context
	control *http.ResponseController
}

// streamEvents sends what there is and whatever follows, until the client goes,
// does not take what is sent to it, or may not read events any more, or the broker
// stops; or until nothing can follow that fits.
func (a *API) streamEvents(c *gin.Context, q events.Query) error {
	leave, err := a.Events.Join()
	if err != nil {
		return err
	}
	defer leave()
	ctx := c.Request.Context()
	q.Limit = streamed
	page, err := a.Events.Read(ctx, q)
	if err != nil {
		return err
	}
	s := eventStream{c, http.NewResponseController(c.Writer)}
	if err = s.begin(); err != nil || c.Request.Method == http.MethodHead {
		return err
	}
	for {
		if err := s.send(page); err != nil {
			return nil //nolint:nilerr // the client is gone
		}
		over := !q.Until.IsZero() && time.Now().After(q.Until) && len(page.Facts) < q.Limit
		if over || a.closing() {
			return nil
		}
		q.After = page.Position
		if page, err = a.Events.Await(ctx, q, beat); err == nil {
			err = edge.StillAdmitted(c)
		}
		if err != nil {
			if !errors.Is(err, context.Canceled) && !fault.Is(err, fault.Unauthorized) && !fault.Is(err, fault.Forbidden) {
				edge.Report(c, err)
			}
			return nil // the status is sent; the client comes back with the last id
		}
	}
}

// closing tells that the broker is about to stop.
func (a *API) closing() bool {
	select {
	case <-a.Events.Closed():
		return true
	default:
		return false
	}
}

// begin sends the head of the answer. The time limits of ordinary answers give
// way to one for each piece.
func (s eventStream) begin() error {
	if err := s.control.SetReadDeadline(time.Time{}); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return err
	}
	header := s.c.Writer.Header()
	header.Set("Content-Type", edge.EventStream+";charset=utf-8")
	header.Set("Cache-Control", "no-store")
	header.Set("X-Accel-Buffering", "no") // for proxies that would hold it back
	s.c.Status(http.StatusOK)
	return nil
}

// send writes the events of the page, and the id from which the client reads on
// if the connection breaks.
func (s eventStream) send(page events.Page) error {
	if err := s.control.SetWriteDeadline(time.Now().Add(writeTimeout)); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return err
	}
	for _, fact := range page.Facts {
		text, err := edge.Encode(fact.CloudEvent(string(edge.Base(s.c))))
		if err != nil {
			return err
		}
		if err := s.write("event: " + string(fact.Type) + "\ndata: " + string(text) + "\nid: " + streamID(fact.Position) + "\n\n"); err != nil {
			return err
		}
	}
	if err := s.write(": listening\nid: " + streamID(page.Position) + "\n\n"); err != nil {
		return err
	}
	return s.control.Flush()
}

func (s eventStream) write(text string) error {
	_, err := s.c.Writer.WriteString(text)
	return err
}

// streamID is a position in the form of a cursor.
func streamID(position int64) string {
	return base64.RawURLEncoding.EncodeToString([]byte(strconv.FormatInt(position, 10)))
}
