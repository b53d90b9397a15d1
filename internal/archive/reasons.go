package archive

import "strings"

// Reason is why a record stayed away, came otherwise than the source has it, or would. It
// is a code; one with a value has it after a colon. moving.Explain puts it into words.
type Reason string

// The reasons.
const (
	// What a record names, and neither broker has.
	NoApplication              Reason = "no-application"
	NoVersion                  Reason = "no-version"
	NoProviderVersion          Reason = "no-provider-version"
	NoPair                     Reason = "no-pair"
	NoPact                     Reason = "no-pact"
	NoContent                  Reason = "no-content"
	NoDelivery                 Reason = "no-delivery"
	NoDeployment               Reason = "no-deployment"
	NoOwner                    Reason = "no-owner"
	NoOwnerOrName              Reason = "no-owner-or-name"
	NothingNamed               Reason = "nothing-named"
	NoBranchOrVersion          Reason = "no-branch-or-version"
	NoVersionOrContent         Reason = "no-version-or-content"
	NoContentOrProviderVersion Reason = "no-content-or-provider-version"
	NoVersionOrDocument        Reason = "no-version-or-document"
	NoVersionOrEnvironment     Reason = "no-version-or-environment"
	NoWebhookOfEvent           Reason = "no-webhook-of-event"
	NoWebhookOfHeader          Reason = "no-webhook-of-header"

	// What a record lacks, or has and cannot have.
	NoName                      Reason = "no-name"
	NoNumber                    Reason = "no-number"
	NoText                      Reason = "no-text"
	ContentWithoutText          Reason = "content-without-text"
	ContentOfAnotherPair        Reason = "content-of-another-pair"
	VersionOfAnotherApplication Reason = "version-of-another-application"
	BranchOfAnotherApplication  Reason = "branch-of-another-application"
	HeadNotOnBranch             Reason = "head-not-on-branch"
	OddContacts                 Reason = "odd-contacts"
	ForeignTable                Reason = "foreign-table"
	Twice                       Reason = "twice"
	OddHeaders                  Reason = "odd-headers"
	OddMethod                   Reason = "odd-method"
	OddURL                      Reason = "odd-url"

	// What the source does not tell, or keeps.
	UntoldValue    Reason = "untold-value"
	Unanswered     Reason = "unanswered"
	TooLarge       Reason = "too-large"
	HiddenOverHTTP Reason = "hidden-over-http"
	DeliveryStays  Reason = "delivery-stays"
	AttemptStays   Reason = "attempt-stays"

	// Why a record comes without its text.
	UnreadableText Reason = "unreadable-text"
	TooLongForLine Reason = "too-long-for-line"

	// What comes with another time or uuid.
	UnreadableTime Reason = "unreadable-time"
	NoTime         Reason = "no-time"
	NoTimeOfPair   Reason = "no-time-of-pair"
	OtherUUID      Reason = "other-uuid"

	// What both brokers have, and not the same.
	SaysOtherwise      Reason = "says-otherwise"
	SaysTwoThings      Reason = "says-two-things"
	PromisesOtherwise  Reason = "promises-otherwise"
	PromisesTwoThings  Reason = "promises-two-things"
	ProductionInOne    Reason = "production-in-one"
	NameTaken          Reason = "name-taken"
	DeployedOtherwise  Reason = "deployed-otherwise"
	TwoDeployed        Reason = "two-deployed"
	WebhookChanged     Reason = "webhook-changed"
	WebhookOther       Reason = "webhook-other"
	WebhookDisabled    Reason = "webhook-disabled"
	WebhookDeleted     Reason = "webhook-deleted"
	WebhookDeletedHere Reason = "webhook-deleted-here"
)

// The codes of reasons with a value.
const (
	// RefusedName has why the broker refuses the name.
	RefusedName Reason = "refused-name"
	// TooLargeOverHTTP has how many MB are read over HTTP at most.
	TooLargeOverHTTP Reason = "too-large-over-http"
)

// With is the reason with a value.
func (r Reason) With(value string) Reason { return r + Reason(separator+value) }

// Split is the code of the reason and its value, empty if it has none.
func (r Reason) Split() (code Reason, value string) {
	text, value, _ := strings.Cut(string(r), separator)
	return Reason(text), value
}

const separator = ": "
