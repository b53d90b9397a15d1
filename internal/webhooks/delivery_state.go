package webhooks

import (
	"slices"
	"time"

	"github.com/accord-broker/accord/internal/events"
)

// Status says how far the delivery of a triggered webhook has come.
type Status string

// The life of a delivery: not run, perhaps retrying, then success or failure.
const (
	NotRun   Status = "not_run"
	Retrying Status = "retrying"
	Success  Status = "success"
	Failure  Status = "failure"
)

// Finished tells that nothing more will be sent.
func (s Status) Finished() bool { return s == Success || s == Failure }

// Triggered is a webhook that an event has triggered: one delivery, with all its
// attempts.
type Triggered struct {
	// ID is the store's own name for it, and rises with time.
	ID   int64
	UUID string
	// Webhook is the uuid of the webhook; empty once that has been deleted.
	Webhook     string
	WebhookName string
	Event       events.Type
	// Subject is the application or the environment that the event is about.
	// Consumer and Provider are empty if it is not about a contract.
	Subject  string
	Consumer string
	Provider string
	Status   Status
	Attempts int
	// RoundStart is how many attempts had been made when the delivery was last
	// sent again by hand: from then on the schedule begins anew.
	RoundStart int
	// Paused tells that the delivery waits because its webhook is paused.
	Paused bool
	// Receiver is the host and port to which the webhook goes now; empty once it has
	// been deleted.
	Receiver string
	// Reason is why the latest attempt failed; empty if it did not.
	Reason      string
	RequestID   string
	TriggeredAt time.Time
	UpdatedAt   time.Time
}

// AttemptsRemaining is how often the delivery may still be tried.
func (t Triggered) AttemptsRemaining(schedule Schedule) int {
	if t.Status.Finished() {
		return 0
	}
	return max(schedule.Attempts()-t.inRound(t.Attempts), 0)
}

// inRound is the number of an attempt, counted from when the delivery was last
// sent again by hand.
func (t Triggered) inRound(attempt int) int { return attempt - t.RoundStart }

// Execution is one attempt of a delivery.
type Execution struct {
	Success bool
	Logs    string
	// Reason is why it failed, in one sentence.
	Reason    string
	CreatedAt time.Time
}

// Schedule holds the waiting times between the attempts.
type Schedule []time.Duration

// DefaultSchedule gives up after seven attempts in about 38 minutes.
func DefaultSchedule() Schedule {
	return Schedule{10 * time.Second, time.Minute, 2 * time.Minute, 5 * time.Minute, 10 * time.Minute, 20 * time.Minute}
}

// Attempts is how often a delivery is tried before it has failed for good.
func (s Schedule) Attempts() int { return len(s) + 1 }

// After returns how long to wait after so many attempts have failed, and whether
// there is to be another one at all.
func (s Schedule) After(attempts int) (wait time.Duration, again bool) {
	if attempts < 1 || attempts > len(s) {
		return 0, false
	}
	return s[attempts-1], true
}

// StatusAfter is the status of a delivery after its latest attempt.
func (s Schedule) StatusAfter(attempts int, success bool) Status {
	if success {
		return Success
	}
	if _, again := s.After(attempts); again {
		return Retrying
	}
	return Failure
}

// SuccessCodes are the response codes that count as success.
type SuccessCodes []int

// DefaultSuccessCodes are 200 to 206.
func DefaultSuccessCodes() SuccessCodes { return SuccessCodes{200, 201, 202, 203, 204, 205, 206} }

// Include reports whether a response with this code is a success.
func (c SuccessCodes) Include(code int) bool { return slices.Contains(c, code) }

// Summary counts deliveries by status.
type Summary struct {
	Successful, Failed, Retrying, NotRun int
}

// Summarise counts the deliveries by status.
func Summarise(deliveries []Triggered) Summary {
	var s Summary
	for _, d := range deliveries {
		switch d.Status {
		case Success:
			s.Successful++
		case Failure:
			s.Failed++
		case Retrying:
			s.Retrying++
		case NotRun:
			s.NotRun++
		}
	}
	return s
}
