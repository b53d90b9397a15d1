package webhooks

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/accord-broker/accord/internal/support/fault"
)

// Preview is what would become of a draft if it were kept.
type Preview struct {
	// Wrong is what keeps it from being kept.
	Wrong []fault.Field
	// Refused is the fault that hides from who asks that something is there, such as a
	// secret of other applications; nil if nothing is hidden.
	Refused error
	// Method, URL, Headers and Body are what would be sent of the latest pact that it
	// is about, or of an invented one; credentials are starred, and secrets stand by
	// their names.
	Method, URL string
	Headers     []Header
	Body        []byte
	// Invented tells that there is no such pact yet.
	Invented bool
}

// Preview tells what would become of a draft under the name of a kept webhook, or
// of a new one if that is "". Nothing is kept and nothing sent. It returns a
// NotFound fault for an unknown webhook, and Forbidden if who asks may not keep it.
func (s *Service) Preview(ctx context.Context, uuid string, draft Draft) (Preview, error) {
	if err := permit(ctx, s.Read, draft.Webhook); err != nil {
		return Preview{}, err
	}
	var shown Preview
	if err := shown.blame(s.check(ctx, s.Read, draft)); err != nil {
		return Preview{}, err
	}
	w := draft.Webhook
	if uuid != "" {
		kept, err := get(ctx, s.Read, uuid)
		if err != nil {
			return Preview{}, err
		}
		before, err := withNewestKeys(ctx, s, func() (Webhook, error) { return kept.decrypt(s.Keyring) })
		if err != nil {
			return Preview{}, err
		}
		replaced, err := draft.Replacing(before)
		if err := shown.blame(err); err != nil {
			return Preview{}, err
		} else if len(replaced.Request.URL) > 0 {
			w = replaced
		}
	}
	return shown, s.fillIn(ctx, w, &shown)
}

// blame adds the fields of an Invalid fault, and what it hides, and returns any other error.
func (p *Preview) blame(err error) error {
	var f *fault.Error
	if errors.As(err, &f) && f.Kind == fault.Invalid {
		p.Wrong = append(p.Wrong, f.Fields...)
		if f.Hides != fault.Internal {
			p.Refused = err
		}
		return nil
	}
	return err
}

// fillIn shows what the webhook would send of its first event.
func (s *Service) fillIn(ctx context.Context, w Webhook, shown *Preview) error {
	details, found, err := s.latestContext(ctx, w)
	if err != nil {
		return err
	}
	if shown.Invented = !found; shown.Invented {
		details = placeholder()
	}
	details.Context.Cause = s.Cause(ctx)
	if len(w.Events) > 0 {
		details.Event = w.Events[0]
	}
	fact := s.testFact(details)
	m := Message{Request: w.Request.Masked(), Values: Values{Broker: details.Parameters(), Event: fact.Texts()}}
	if w.Format == CloudEvents {
		m.PayloadType = cloudEventsType
		if m.Payload, err = json.MarshalIndent(fact.CloudEvent(details.Context.Cause.BaseURL), "", "  "); err != nil {
			return err
		}
	}
	e := m.expanded(m.Values.hiding())
	shown.Method, shown.URL, shown.Headers, shown.Body = e.Method, maskedURL(e.URL), e.Headers, e.Body
	return nil
}
