package webhooks

import (
	"context"

	"github.com/accord-broker/accord/internal/audit"
	"github.com/accord-broker/accord/internal/support/fault"
)

// Pause lets the deliveries of a webhook wait until it is resumed; what is being
// sent at the moment is finished. It returns a NotFound fault for an unknown
// webhook.
func (s *Service) Pause(ctx context.Context, uuid string) (Detailed, error) {
	return s.change(ctx, uuid, func(ctx context.Context, tx Tx, kept *Stored) error {
		audit.Changed(ctx, "paused", kept.Webhook.Paused, true)
		kept.Webhook.Paused = true
		return tx.SetPaused(ctx, kept.ID, true)
	})
}

// Resume ends the pause of a webhook, and lets what has been waiting be sent. It
// returns a NotFound fault for an unknown webhook.
func (s *Service) Resume(ctx context.Context, uuid string) (Detailed, error) {
	return s.change(ctx, uuid, func(ctx context.Context, tx Tx, kept *Stored) error {
		audit.Changed(ctx, "paused", kept.Webhook.Paused, false)
		kept.Webhook.Paused = false
		if err := tx.SetPaused(ctx, kept.ID, false); err != nil {
			return err
		}
		released, err := tx.ReleaseDeliveries(ctx, kept.ID)
		for i := 0; err == nil && i < len(released); i++ {
			err = tx.EnqueueDelivery(ctx, released[i].UUID, released[i].Attempts+1, tx.Now())
		}
		return err
	})
}

// change changes a kept webhook, which nobody else changes meanwhile.
func (s *Service) change(ctx context.Context, uuid string, how func(ctx context.Context, tx Tx, kept *Stored) error) (changed Detailed, err error) {
	err = s.InTx(ctx, func(ctx context.Context, tx Tx) error {
		kept, err := getLocked(ctx, tx, uuid)
		if err != nil {
			return err
		}
		if err := how(ctx, tx, &kept); err != nil {
			return err
		}
		changed, err = s.detailed(kept)
		return err
	})
	return changed, err
}

// Redeliver sends a finished delivery once more, with the same webhook-id, and
// with the retries that a new one has. It returns a NotFound fault for an unknown
// delivery, and Conflict for one that is not finished or has lost its webhook.
func (s *Service) Redeliver(ctx context.Context, uuid string) (t Triggered, err error) {
	err = s.InTx(ctx, func(ctx context.Context, tx Tx) error {
		if err := permitDelivery(ctx, tx, uuid); err != nil {
			return err
		}
		var again bool
		if t, again, err = s.restart(ctx, tx, uuid); err != nil || again {
			return err
		}
		return whyNot(ctx, tx, uuid)
	})
	return t, err
}

// whyNot tells why a delivery cannot be sent again.
func whyNot(ctx context.Context, tx Tx, uuid string) error {
	delivery, found, err := tx.Delivery(ctx, uuid)
	switch {
	case err != nil:
		return err
	case !found:
		return unknownDelivery(uuid)
	case delivery.Stored.ID == 0:
		return fault.New(fault.Conflict, "The webhook of this delivery has been deleted, so it cannot be sent again.")
	}
	return fault.New(fault.Conflict, "This delivery is still on its way; attempts made: %d.", delivery.Triggered.Attempts).
		Coded("conflict", "Wait until it has ended; its address shows each attempt.")
}

func (s *Service) restart(ctx context.Context, tx Tx, uuid string) (Triggered, bool, error) {
	t, again, err := tx.RestartDelivery(ctx, uuid)
	if err != nil || !again {
		return t, false, err
	}
	return t, true, tx.EnqueueDelivery(ctx, t.UUID, t.Attempts+1, tx.Now())
}

const (
	// MaxReplayed is how many deliveries one call of Replay sends again.
	MaxReplayed = 10_000
	// replayedAtOnce is how many of them one transaction restarts.
	replayedAtOnce = 100
)

// Replay sends every finished delivery again that the query lets through, of the
// webhooks that who asks may manage, the oldest first, and returns how many. More tells that there are others beyond
// MaxReplayed.
func (s *Service) Replay(ctx context.Context, find DeliveryReader, query DeliveryQuery) (count int, more bool, err error) {
	if query, err = s.onlyManaged(ctx, query); err != nil {
		return 0, false, err
	}
	query.OldestFirst, query.WithWebhook, query.Beyond = true, true, 0
	for count < MaxReplayed {
		query.Limit = replayedAtOnce
		found, err := find.ListDeliveries(ctx, query)
		if err != nil || len(found) == 0 {
			return count, false, err
		}
		query.Beyond = found[len(found)-1].ID
		restarted, err := s.restartAll(ctx, found)
		if count += restarted; err != nil {
			return count, false, err
		}
	}
	query.Limit = 1
	rest, err := find.ListDeliveries(ctx, query)
	return count, len(rest) > 0, err
}

func (s *Service) restartAll(ctx context.Context, deliveries []Triggered) (restarted int, err error) {
	err = s.InTx(ctx, func(ctx context.Context, tx Tx) error {
		restarted = 0
		for _, t := range deliveries {
			_, again, err := s.restart(ctx, tx, t.UUID)
			if err != nil {
				return err
			}
			if again {
				restarted++
			}
		}
		return nil
	})
	return restarted, err
}
