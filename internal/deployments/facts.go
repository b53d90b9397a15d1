package deployments

import (
	"bytes"
	"context"
	"slices"

	"github.com/accord-broker/accord/internal/events"
)

func (e Environment) fact(action string) events.Fact {
	return events.Fact{Type: events.EnvironmentChanged, Subject: e.Name, Data: events.Data{Environment: e.Name, EnvironmentID: e.UUID, Action: action}}
}

func (d Deployed) fact(what events.Type, e Environment) events.Fact {
	return events.Fact{Type: what, Subject: d.Pacticipant, Data: events.Data{
		Pacticipant: d.Pacticipant, Version: d.Number, Environment: e.Name, EnvironmentID: e.UUID, ApplicationInstance: d.Instance, RecordID: d.UUID,
	}}
}

func (r Released) fact(what events.Type, e Environment) events.Fact {
	return events.Fact{Type: what, Subject: r.Pacticipant, Data: events.Data{
		Pacticipant: r.Pacticipant, Version: r.Number, Environment: e.Name, EnvironmentID: e.UUID, RecordID: r.UUID,
	}}
}

// announceIn announces a fact that happened in an environment.
func announceIn(ctx context.Context, tx Tx, environmentID int64, fact func(Environment) events.Fact) error {
	e, found, err := tx.EnvironmentByID(ctx, environmentID)
	if err != nil || !found {
		return err
	}
	return tx.Announce(ctx, fact(e))
}

// announceChanges announces what differs between two states of an environment,
// if anything does.
func announceChanges(ctx context.Context, tx Tx, before, e Environment) error {
	var changed []string
	if !slices.EqualFunc(before.Contacts, e.Contacts, func(a, b Contact) bool { return a.Name == b.Name && bytes.Equal(a.Details, b.Details) }) {
		changed = append(changed, "contacts")
	}
	if before.DisplayName != e.DisplayName {
		changed = append(changed, "display_name")
	}
	if before.Name != e.Name {
		changed = append(changed, "name")
	}
	if before.Production != e.Production {
		changed = append(changed, "production")
	}
	if len(changed) == 0 {
		return nil
	}
	fact := e.fact("updated")
	fact.Data.Properties = changed
	return tx.Announce(ctx, fact)
}
