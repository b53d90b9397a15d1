package verification

import "time"

// Submission is a request to record a result.
type Submission struct {
	Success         bool
	ProviderVersion string
	BuildURL        string
	// ExecutedAt is the zero time if the request does not say it.
	ExecutedAt time.Time
	// VerifiedBy and TestResults are JSON as sent, or nil.
	VerifiedBy  []byte
	TestResults []byte

	// compressed are the test results as they are stored, once Prepare has made them.
	compressed []byte
}
