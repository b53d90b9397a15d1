package queue

// deliveryJob makes one attempt of a delivery.
type deliveryJob struct {
	UUID    string `json:"uuid"`
	Attempt int    `json:"attempt"`
}

// Kind names the job in the queue.
func (deliveryJob) Kind() string { return string(Delivery) }

// purgeJob deletes what was hidden, batch by batch.
type purgeJob struct{}

// Kind names the job in the queue.
func (purgeJob) Kind() string { return "purge" }

// pollJob looks for verdicts that have changed.
type pollJob struct{}

// Kind names the job in the queue.
func (pollJob) Kind() string { return "poll_verdicts" }

// compareJob compares a version of a provider, or a publication of a pact, with
// what matters on the other side.
type compareJob struct {
	ProviderVersion int64 `json:"provider_version,omitempty"`
	Publication     int64 `json:"publication,omitempty"`
}

// Kind names the job in the queue.
func (compareJob) Kind() string { return "compare_contracts" }

// cleanJob deletes what is old.
type cleanJob struct{}

// Kind names the job in the queue.
func (cleanJob) Kind() string { return "clean" }

// backupJob copies the database.
type backupJob struct{}

// Kind names the job in the queue.
func (backupJob) Kind() string { return "backup" }
