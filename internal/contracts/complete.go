package contracts

import (
	"context"
	"slices"

	"github.com/accord-broker/accord/internal/events"
	"github.com/accord-broker/accord/internal/versions"
)

// announceComplete announces a version all of whose contracts were verified
// before it published them. One that said nothing new has been announced before,
// and a content that nobody knew has not been verified.
func announceComplete(ctx context.Context, tx Tx, v versions.Version, published ...Published) error {
	saidNews := slices.ContainsFunc(published, func(p Published) bool { return p.Outcome != Unchanged })
	if !saidNews || slices.ContainsFunc(published, func(p Published) bool { return p.newContent }) {
		return nil
	}
	complete, err := tx.ContractsVerified(ctx, v.ID)
	if err != nil || !complete {
		return err
	}
	return tx.Announce(ctx, AllVerified(v))
}

// AllVerified is the fact that each contract of the consumer version has been
// fulfilled by a version of its provider.
func AllVerified(v versions.Version) events.Fact {
	return events.Fact{Type: events.AllContractsVerified, Subject: v.Pacticipant, Data: events.Data{Consumer: v.Pacticipant, ConsumerVersion: v.Number}}
}
