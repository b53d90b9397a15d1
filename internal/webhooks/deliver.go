package webhooks

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"strings"
	"time"

	"github.com/accord-broker/accord/internal/audit"
	"github.com/accord-broker/accord/internal/events"
)

// Deliver makes one attempt to send a triggered webhook and keeps what came of
// it. Called again for an attempt that has been kept it does nothing, so a job
// may be repeated; between sending and keeping the broker may die, and then the
// receiver gets the same message, with the same webhook-id, once more. Where the
// receiver has enough to do already, it makes none and returns after what time to
// call again.
func (s *Service) Deliver(ctx context.Context, uuid string, attempt int) (again time.Duration, err error) {
	delivery, found, err := s.Read.Delivery(ctx, uuid)
	if err != nil {
		return 0, err
	}
	if !found || delivery.Triggered.Status.Finished() || delivery.Triggered.Attempts != attempt-1 {
		return 0, nil
	}
	if delivery.Stored.Webhook.Paused {
		paused, err := s.pause(ctx, delivery.Triggered)
		if err != nil || paused {
			return 0, err
		}
	}
	if delivery.Stored.ID == 0 {
		return 0, s.save(ctx, delivery, attempt, Failure, Execution{Logs: s.gone(), Reason: webhookGone})
	}
	message, err := s.message(ctx, delivery)
	if err != nil {
		return 0, err
	}
	message.Attempt = delivery.Triggered.inRound(attempt)
	outcome, again := s.followed(ctx, delivery, message)
	if again > 0 {
		return again, nil
	}
	return 0, s.conclude(ctx, delivery, attempt, outcome)
}

// followed is call as a part of a trace, if anybody wants to follow it.
func (s *Service) followed(ctx context.Context, delivery Delivery, message Message) (outcome Outcome, again time.Duration) {
	if s.Follow == nil {
		return s.call(ctx, message)
	}
	ctx, end := s.Follow(ctx, delivery.Fact.Traceparent, delivery.Triggered.UUID)
	outcome, again = s.call(ctx, message)
	switch {
	case again > 0:
		end("postponed")
	case outcome.Success:
		end("")
	default:
		end("failed")
	}
	return outcome, again
}

// call sends a message when it is the receiver's turn, unless its circuit is open.
func (s *Service) call(ctx context.Context, m Message) (outcome Outcome, again time.Duration) {
	admitted, start := s.Receivers.admit(ctx, m.Request.Receiver(), m.Webhook), s.Sender.Clock()
	switch {
	case admitted.postponed > 0:
		s.attempted(Attempt{NotMade: Postponed})
		return Outcome{}, admitted.postponed
	case admitted.end == nil:
		outcome = s.Sender.skip(m, admitted.open)
	default:
		outcome = s.Sender.Send(ctx, m)
		admitted.end(!outcome.Unanswered)
	}
	s.attempted(Attempt{NotMade: outcome.NotMade, Success: outcome.Success, Took: s.Sender.Clock().Sub(start)})
	return outcome, 0
}

func (s *Service) attempted(a Attempt) {
	if s.Attempted != nil {
		s.Attempted(a)
	}
}

// conclude keeps what came of an attempt, and logs it if it failed.
func (s *Service) conclude(ctx context.Context, delivery Delivery, attempt int, outcome Outcome) error {
	status := s.Sender.Schedule.StatusAfter(delivery.Triggered.inRound(attempt), outcome.Success)
	if err := s.save(ctx, delivery, attempt, status, Execution{Success: outcome.Success, Logs: outcome.Logs, Reason: outcome.Reason}); err != nil || outcome.Success {
		return err
	}
	s.logFailure(ctx, delivery, attempt, status, outcome)
	return nil
}

// logFailure writes a line into the broker's log: those who run the broker see
// more than those who look at the delivery.
func (s *Service) logFailure(ctx context.Context, d Delivery, attempt int, status Status, outcome Outcome) {
	level := slog.LevelInfo
	if status == Failure {
		level = slog.LevelWarn
	}
	s.Logger.Log(ctx, level, "webhook delivery failed", "delivery", d.Triggered.UUID, "webhook", d.Triggered.Webhook, "event", d.Triggered.Event,
		"host", d.Stored.Webhook.Request.host(), "attempt", attempt, "status", status, "reason", outcome.Detail, "request_id", d.TemplateContext.Context.Cause.RequestID)
}

const webhookGone = "The webhook was deleted before it could be sent"

// gone is the log of a delivery whose webhook has been deleted meanwhile.
func (s *Service) gone() string {
	log := &logText{clock: s.Sender.Clock}
	log.error(webhookGone)
	return log.String()
}

// pause lets the delivery wait if its webhook is still paused.
func (s *Service) pause(ctx context.Context, t Triggered) (paused bool, err error) {
	err = s.InTx(ctx, func(ctx context.Context, tx Tx) error {
		paused, err = tx.PauseDelivery(ctx, t.UUID, t.Attempts)
		return err
	})
	return paused, err
}

func (s *Service) message(ctx context.Context, d Delivery) (Message, error) {
	m, err := s.prepare(ctx, d.Stored, d.TemplateContext, d.Fact)
	m.ID, m.Webhook, m.Cause = d.Triggered.UUID, d.Triggered.Webhook, d.TemplateContext.Context.Cause
	return m, err
}

// prepare makes the message of a webhook from details and an event, secrets
// included. If these cannot be read, the message says so and will not be sent.
func (s *Service) prepare(ctx context.Context, kept Stored, details TemplateContext, fact events.Fact) (Message, error) {
	m, err := s.withSecrets(ctx, kept, details, fact)
	if errors.As(err, new(obstacle)) {
		return Message{Request: kept.Webhook.Request, Obstacle: err}, nil
	}
	return m, err
}

func (s *Service) withSecrets(ctx context.Context, kept Stored, details TemplateContext, fact events.Fact) (Message, error) {
	webhook, err := withNewestKeys(ctx, s, func() (Webhook, error) { return kept.decrypt(s.Keyring) })
	if err != nil {
		return Message{}, err
	}
	keys, err := withNewestKeys(ctx, s, func() (SigningKeys, error) { return kept.signingKeys(s.Keyring) })
	if err != nil {
		return Message{}, err
	}
	filledIn, err := s.secretValues(ctx, webhook)
	if err != nil {
		return Message{}, err
	}
	parameters := details.Parameters()
	m := Message{
		Request: webhook.Request, Values: Values{Broker: parameters, Event: fact.Texts(), Secrets: filledIn}, Keys: keys,
		Cause: details.Context.Cause, Context: loggedContext(parameters),
	}
	if webhook.Format == CloudEvents {
		m.PayloadType = cloudEventsType
		m.Payload, err = json.Marshal(fact.CloudEvent(details.Context.Cause.BaseURL))
	}
	return m, err
}

// cloudEventsType is the media type of an event that is sent itself.
const cloudEventsType = "application/cloudevents+json; charset=utf-8"

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

// save records the attempt, and lets the next one be made if there is to be one.
func (s *Service) save(ctx context.Context, d Delivery, attempt int, status Status, execution Execution) error {
	return s.InTx(events.WithCause(ctx, d.TemplateContext.Context.Cause), func(ctx context.Context, tx Tx) error {
		execution.CreatedAt = tx.Now()
		recorded, err := tx.RecordExecution(ctx, d.Triggered.UUID, attempt, status, execution)
		if err != nil || !recorded {
			return err
		}
		switch status {
		case Retrying:
			wait, _ := s.Sender.Schedule.After(d.Triggered.inRound(attempt))
			return tx.EnqueueDelivery(ctx, d.Triggered.UUID, attempt+1, tx.Now().Add(wait))
		case Failure:
			return d.announceFailure(ctx, tx)
		}
		return nil
	})
}

// announceFailure tells that the delivery has failed for good. Of a delivery that
// itself told of a failure nothing is told, or it would go round in circles.
func (d Delivery) announceFailure(ctx context.Context, tx Tx) error {
	if d.Triggered.Event == events.WebhookDeliveryFailed {
		return nil
	}
	return tx.Announce(ctx, d.failed())
}

func (d Delivery) failed() events.Fact {
	return events.Fact{Type: events.WebhookDeliveryFailed, Subject: d.Triggered.Subject,
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
	return s.test(ctx, kept)
}

// TestUnsaved does the same with a webhook that is not kept. It returns the
// faults of Draft.Check.
func (s *Service) TestUnsaved(ctx context.Context, draft Draft) (Outcome, error) {
	if err := permit(ctx, s.Read, draft.Webhook); err != nil {
		return Outcome{}, err
	}
	if err := s.check(ctx, s.Read, draft); err != nil {
		return Outcome{}, err
	}
	return s.test(ctx, Stored{Webhook: draft.Webhook})
}

func (s *Service) test(ctx context.Context, kept Stored) (Outcome, error) {
	details, err := s.testContext(ctx, kept.Webhook)
	if err != nil {
		return Outcome{}, err
	}
	m, err := s.prepare(ctx, kept, details, s.testFact(details))
	if err != nil {
		return Outcome{}, err
	}
	if err := s.noteTest(ctx, kept.Webhook); err != nil {
		return Outcome{}, err
	}
	m.ID = s.NewID()
	outcome := s.Sender.Send(ctx, m)
	if !outcome.Unanswered {
		s.Receivers.answered(m.Request.Receiver(), kept.Webhook.UUID)
	}
	return outcome, nil
}

// noteTest tells the audit of a test run before it is sent: it may carry secrets, and
// nothing else is kept of it.
func (s *Service) noteTest(ctx context.Context, w Webhook) error {
	return s.InTx(ctx, func(ctx context.Context, _ Tx) error {
		audit.About(ctx, w.Consumer.Name, w.Provider.Name)
		audit.Changed(ctx, "test run", nil, w.Request.Method+" to "+w.Request.Receiver())
		return nil
	})
}

// testFact is the event that a test run tells of.
func (s *Service) testFact(about TemplateContext) events.Fact {
	return events.Fact{
		ID: s.NewID(), Type: about.Event, Time: s.Sender.Clock(), Subject: about.Consumer.Name,
		Data: events.Data{
			Consumer: about.Consumer.Name, ConsumerVersion: about.ConsumerVersion.Number, ConsumerVersionBranch: about.ConsumerVersion.Branch,
			Provider: about.Provider.Name, ProviderVersion: about.ProviderVersion.Number, ContentSHA: about.SHA,
		},
	}
}

// testContext is that of the latest pact between the sides, or an invented one
// if there is none. Sides by label always get the invented one.
func (s *Service) testContext(ctx context.Context, w Webhook) (TemplateContext, error) {
	details, found, err := s.latestContext(ctx, w)
	if err != nil {
		return TemplateContext{}, err
	}
	if !found {
		details = placeholder()
	}
	if !w.listensToResults() {
		details.Result, details.ProviderVersion = nil, Build{}
	}
	details.Event = "test"
	details.Context.Cause = s.Cause(ctx)
	return details, nil
}

func (w Webhook) listensToResults() bool {
	for _, event := range w.Events {
		if event == events.VerificationPublished {
			return true
		}
	}
	return false
}

func (s *Service) latestContext(ctx context.Context, w Webhook) (TemplateContext, bool, error) {
	if w.Consumer.Label != "" || w.Provider.Label != "" {
		return TemplateContext{}, false, nil
	}
	ids := [2]int64{}
	for i, name := range []string{w.Consumer.Name, w.Provider.Name} {
		if name == "" {
			continue
		}
		known, found, err := s.Read.FindPacticipant(ctx, name)
		if err != nil || !found {
			return TemplateContext{}, false, err
		}
		ids[i] = known.ID
	}
	return s.Read.LatestTemplateContext(ctx, ids[0], ids[1])
}

// placeholder is what a test run tells of when there is no pact yet.
func placeholder() TemplateContext {
	return TemplateContext{
		Consumer: Party{Name: "Consumer", Labels: []string{"label"}}, Provider: Party{Name: "Provider", Labels: []string{"label"}},
		ConsumerVersion: Build{Number: "1.0.0", Tags: []string{"dev"}, Branch: "main"},
		ProviderVersion: Build{Number: "2.0.0", Tags: []string{"dev"}, Branch: "main"},
		SHA:             strings.Repeat("0", 40), Result: &TemplateResult{Number: 1, Success: true},
	}
}
