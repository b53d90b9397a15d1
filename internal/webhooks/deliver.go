package webhooks

import (
	"context"
	"strings"

	"accord/internal/events"
)

// Deliver makes one attempt to send a triggered webhook and keeps what came of
// it. Called again for an attempt that has been kept it does nothing, so a job
// may be repeated; between sending and keeping the broker may die, and then the
// receiver gets the same message, with the same webhook-id, once more.
func (s *Service) Deliver(ctx context.Context, uuid string, attempt int) error {
	delivery, found, err := s.Read.Delivery(ctx, uuid)
	if err != nil {
		return err
	}
	if !found || delivery.Triggered.Status.Finished() || delivery.Triggered.Attempts != attempt-1 {
		return nil
	}
	if delivery.Kept.ID == 0 {
		return s.keep(ctx, delivery, attempt, Failure, Execution{Logs: s.gone()})
	}
	message, err := s.message(delivery, attempt)
	if err != nil {
		return err
	}
	outcome := s.Sender.Send(ctx, message)
	status := s.Sender.Schedule.StatusAfter(attempt, outcome.Success)
	return s.keep(ctx, delivery, attempt, status, Execution{Success: outcome.Success, Logs: outcome.Logs})
}

// gone is the log of a delivery whose webhook has been deleted meanwhile.
func (s *Service) gone() string {
	log := &logText{clock: s.Sender.Clock}
	log.error("The webhook was deleted before it could be sent")
	return log.String()
}

func (s *Service) message(d Delivery, attempt int) (Message, error) {
	webhook, err := d.Kept.unseal(s.Ring)
	if err != nil {
		return Message{}, err
	}
	keys, err := d.Kept.signingKeys(s.Ring)
	if err != nil {
		return Message{}, err
	}
	parameters := d.Situation.Parameters()
	return Message{
		ID: d.Triggered.UUID, Request: webhook.Request, Values: Values{Broker: parameters}, Keys: keys,
		Cause: d.Situation.Context.Cause, Context: loggedContext(parameters), Attempt: attempt,
	}, nil
}

// loggedContext is what the log tells of the event: the parameters with a value.
func loggedContext(parameters map[string]string) map[string]any {
	logged := map[string]any{}
	for name, value := range parameters {
		if value != "" {
			logged[name] = value
		}
	}
	return logged
}

// keep records the attempt, and lets the next one be made if there is to be one.
func (s *Service) keep(ctx context.Context, d Delivery, attempt int, status Status, execution Execution) error {
	return s.InTx(ctx, func(ctx context.Context, tx Tx) error {
		execution.CreatedAt = tx.Now()
		recorded, err := tx.RecordExecution(ctx, d.Triggered.UUID, attempt, status, execution)
		if err != nil || !recorded {
			return err
		}
		switch status {
		case Retrying:
			wait, _ := s.Sender.Schedule.After(attempt)
			return tx.EnqueueDelivery(ctx, d.Triggered.UUID, attempt+1, tx.Now().Add(wait))
		case Failure:
			return tx.Announce(ctx, d.failed())
		}
		return nil
	})
}

func (d Delivery) failed() events.Fact {
	return events.Fact{Type: events.WebhookDeliveryFailed, Subject: d.Triggered.Consumer,
		RequestID: d.Situation.Context.Cause.RequestID, Traceparent: d.Situation.Context.Cause.Traceparent,
		Data: events.Data{Consumer: d.Triggered.Consumer, Provider: d.Triggered.Provider, WebhookID: d.Triggered.Webhook, DeliveryID: d.Triggered.UUID}}
}

// Test sends a kept webhook once, at once, with the latest pact and result that
// it could be about. Nothing is kept. It returns a NotFound fault for an unknown
// webhook; that the call failed is part of the outcome.
func (s *Service) Test(ctx context.Context, uuid string) (Outcome, error) {
	kept, err := get(ctx, s.Read, uuid)
	if err != nil {
		return Outcome{}, err
	}
	webhook, err := kept.unseal(s.Ring)
	if err != nil {
		return Outcome{}, err
	}
	keys, err := kept.signingKeys(s.Ring)
	if err != nil {
		return Outcome{}, err
	}
	return s.test(ctx, webhook, keys)
}

// TestUnsaved does the same with a webhook that is not kept. It returns the
// faults of Read.
func (s *Service) TestUnsaved(ctx context.Context, document []byte) (Outcome, error) {
	draft, err := s.readDraft(ctx, s.Read, document)
	if err != nil {
		return Outcome{}, err
	}
	return s.test(ctx, draft.Webhook, nil)
}

func (s *Service) test(ctx context.Context, w Webhook, keys SigningKeys) (Outcome, error) {
	situation, err := s.testSituation(ctx, w)
	if err != nil {
		return Outcome{}, err
	}
	parameters := situation.Parameters()
	return s.Sender.Send(ctx, Message{
		ID: s.NewID(), Request: w.Request, Values: Values{Broker: parameters}, Keys: keys,
		Cause: situation.Context.Cause, Context: loggedContext(parameters),
	}), nil
}

// testSituation is that of the latest pact between the sides, or an invented one
// if there is none. Sides by label always get the invented one.
func (s *Service) testSituation(ctx context.Context, w Webhook) (Situation, error) {
	situation, found, err := s.latestSituation(ctx, w)
	if err != nil {
		return Situation{}, err
	}
	if !found {
		situation = placeholder()
	}
	if !w.listensToResults() {
		situation.Result, situation.ProviderVersion = nil, Build{}
	}
	situation.Event = "test"
	situation.Context.Cause = events.CauseOf(ctx)
	return situation, nil
}

func (w Webhook) listensToResults() bool {
	for _, event := range w.Events {
		if event == events.VerificationPublished {
			return true
		}
	}
	return false
}

func (s *Service) latestSituation(ctx context.Context, w Webhook) (Situation, bool, error) {
	if w.Consumer.Label != "" || w.Provider.Label != "" {
		return Situation{}, false, nil
	}
	ids := [2]int64{}
	for i, name := range []string{w.Consumer.Name, w.Provider.Name} {
		if name == "" {
			continue
		}
		known, found, err := s.Read.FindPacticipant(ctx, name)
		if err != nil || !found {
			return Situation{}, false, err
		}
		ids[i] = known.ID
	}
	return s.Read.LatestSituation(ctx, ids[0], ids[1])
}

// placeholder is what a test run tells of when there is no pact yet.
func placeholder() Situation {
	return Situation{
		Consumer: Party{Name: "Consumer", Labels: []string{"label"}}, Provider: Party{Name: "Provider", Labels: []string{"label"}},
		ConsumerVersion: Build{Number: "1.0.0", Tags: []string{"dev"}, Branch: "main"},
		ProviderVersion: Build{Number: "2.0.0", Tags: []string{"dev"}, Branch: "main"},
		SHA:             strings.Repeat("0", 40), Result: &ResultFacts{Number: 1, Success: true},
	}
}
