package store

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/accord-broker/accord/internal/events"
	"github.com/accord-broker/accord/internal/store/db"
)

// Announce keeps a fact, and tells those of it who were set to be told. It fills
// in the id, and the time, the request and the actor where they are empty.
func (tx *Tx) Announce(ctx context.Context, fact events.Fact) error {
	return tx.AnnounceTo(ctx, fact, func(fact events.Fact) error {
		if tx.onAnnounce == nil {
			return nil
		}
		return tx.onAnnounce(ctx, tx, fact)
	})
}

// AnnounceTo keeps a fact as Announce does, but hands it to tell, filled in, in place of
// those who were set to be told. Facts are written when the transaction ends, all in two
// statements.
func (tx *Tx) AnnounceTo(ctx context.Context, fact events.Fact, tell func(events.Fact) error) error {
	fact = events.Complete(ctx, tx, fact)
	tx.facts = append(tx.facts, fact)
	return tell(fact)
}

// factBatch is how many facts are written in one statement.
const factBatch = 100

// writeFacts writes what was announced.
func (tx *Tx) writeFacts(ctx context.Context) error {
	for batch := range slices.Chunk(tx.facts, factBatch) {
		if err := tx.addFacts(ctx, batch); err != nil {
			return err
		}
	}
	return nil
}

// addFacts writes facts and the applications that they are about.
func (tx *Tx) addFacts(ctx context.Context, facts []events.Fact) error {
	texts := make([]string, len(facts))
	var of []string
	var args, about []any
	for i, fact := range facts {
		data, err := json.Marshal(fact.Data)
		if err != nil {
			return err
		}
		texts[i] = "(?, ?, ?, ?, ?, ?, ?, ?, " + tx.position(i) + ")"
		args = append(args, fact.ID, string(fact.Type), fact.Subject, string(data), fact.RequestID, fact.Traceparent, fact.Actor, microsOf(fact.Time))
		for _, name := range fact.Data.Applications() {
			of, about = append(of, "(?, ?)"), append(about, fact.ID, name)
		}
	}
	const sqlAdd = "INSERT INTO facts (uuid, type, subject, data, request_id, traceparent, actor, created_at, position) VALUES "
	const sqlAbout = "INSERT INTO fact_applications (fact_id, name) SELECT f.id, a.name FROM "
	named := "(VALUES " + strings.Join(of, ", ") + ")"
	if tx.dialect == db.Postgres && len(of) > 0 {
		_, err := tx.exec(ctx, "add facts", "WITH f AS ("+sqlAdd+strings.Join(texts, ", ")+" RETURNING id, uuid) "+sqlAbout+named+" a (uuid, name) JOIN f ON f.uuid = a.uuid", append(args, about...)...)
		return err
	}
	if _, err := tx.exec(ctx, "add facts", sqlAdd+strings.Join(texts, ", "), args...); err != nil || len(of) == 0 {
		return err
	}
	_, err := tx.exec(ctx, "add applications of facts", sqlAbout+"(SELECT column1 AS uuid, column2 AS name FROM "+named+") a JOIN facts f ON f.uuid = a.uuid", about...)
	return err
}

// factRow is a fact as it is stored.
type factRow struct {
	Position    int64
	UUID        string
	Type        string
	Subject     string
	Data        string
	RequestID   string
	Traceparent string
	Actor       string
	CreatedAt   micros
}

func (r factRow) toFact() (events.Fact, error) {
	var data events.Data
	if err := json.Unmarshal([]byte(r.Data), &data); err != nil {
		return events.Fact{}, fmt.Errorf("read data of fact %s: %w", r.UUID, err)
	}
	return events.Fact{
		ID: r.UUID, Type: events.Type(r.Type), Time: r.CreatedAt.Time(), Subject: r.Subject, Data: data,
		RequestID: r.RequestID, Traceparent: r.Traceparent, Actor: r.Actor,
	}, nil
}
