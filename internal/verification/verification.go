// Package verification knows the results that providers record for contracts.
package verification

import "time"

// Result is the outcome of verifying a content with a version of the provider.
type Result struct {
	// ID orders all results of the broker: a later one has a higher id.
	ID int64
	// Number identifies the result among those for its content, in addresses. It
	// is the id, unless the result was imported.
	Number        int64
	IntegrationID int64
	ContentID     int64
	// ProviderVersion is the id of the version, ProviderNumber its number.
	ProviderVersion int64
	ProviderNumber  string
	Success         bool
	// WIP tells that the contract was verified as work in progress, so that a
	// success does not take it off that list.
	WIP bool
	// Pending tells that the contract was pending when verified; nil if unknown.
	Pending    *bool
	ExecutedAt time.Time
	CreatedAt  time.Time
	BuildURL   string
	// VerifiedBy and TestResults are JSON as sent, or nil. Selectors is a JSON
	// list of what had selected the content, or nil.
	VerifiedBy  []byte
	Selectors   []byte
	TestResults []byte
}
