package moving

import (
	"strings"

	"github.com/accord-broker/accord/internal/archive"
)

// valuePlace is where the value of a reason stands in its sentence.
const valuePlace = "{value}"

// leftDisabled is what becomes of webhooks that would not do what they did.
const leftDisabled = ", and --enable-webhooks leaves it disabled: mend it here, and enable it"

// explanations are what people read of each reason.
var explanations = map[archive.Reason]string{
	archive.NoApplication:              "its application is not there",
	archive.NoVersion:                  "its version is not there",
	archive.NoProviderVersion:          "its provider version is not there",
	archive.NoPair:                     "its pair is not there",
	archive.NoPact:                     "the pact that it was about is not there",
	archive.NoContent:                  "its content is not there",
	archive.NoDelivery:                 "its delivery is not there",
	archive.NoDeployment:               "what is said to be deployed now is not there",
	archive.NoOwner:                    "what it belongs to is not there",
	archive.NoOwnerOrName:              "what it belongs to is not there, or it has no name",
	archive.NothingNamed:               "what it names is not there",
	archive.NoBranchOrVersion:          "its branch or version is not there",
	archive.NoVersionOrContent:         "its version or content is not there",
	archive.NoContentOrProviderVersion: "its content or provider version is not there",
	archive.NoVersionOrDocument:        "its version or document is not there",
	archive.NoVersionOrEnvironment:     "its version or environment is not there",
	archive.NoWebhookOfEvent:           "an event names a webhook that is not there",
	archive.NoWebhookOfHeader:          "a header names a webhook that is not there",

	archive.NoName:                      "it has no name",
	archive.NoNumber:                    "it has no number",
	archive.NoText:                      "it has no text",
	archive.ContentWithoutText:          "its content has no text",
	archive.ContentOfAnotherPair:        "its content belongs to another pair",
	archive.VersionOfAnotherApplication: "its version belongs to another application",
	archive.BranchOfAnotherApplication:  "its version and its branch belong to different applications",
	archive.HeadNotOnBranch:             "its head is no version on it: the newest version on it takes its place",
	archive.OddContacts:                 "its contacts are no list of names and details: it comes without them",
	archive.ForeignTable:                "it is none of the Pact Broker's",
	archive.Twice:                       "it stands in the source more than once",
	archive.OddHeaders:                  "its headers are no JSON object of names and values: it comes without those that cannot be read" + leftDisabled,
	archive.OddMethod:                   "its method is none of HTTP" + leftDisabled,
	archive.OddURL:                      "it has no URL that a request can be sent to" + leftDisabled,

	archive.UntoldValue:    "its value does not travel: enter it again",
	archive.Unanswered:     "the broker did not answer for it",
	archive.TooLarge:       "its answer is larger than any that a broker gives",
	archive.HiddenOverHTTP: "the broker counts it in /metrics and shows it to nobody over HTTP",
	archive.DeliveryStays:  "older ones, and those of webhooks or pacts that are gone, stay with the Pact Broker",
	archive.AttemptStays:   "its delivery stays with the Pact Broker",

	archive.UnreadableText: "its text cannot be read any more",
	archive.TooLongForLine: "its text is too long for a line of an archive",

	archive.UnreadableTime: "its own cannot be read: another of the same row, or that of the row before, takes its place",
	archive.NoTime:         "its own is missing: that of the row before takes its place",
	archive.NoTimeOfPair:   "no pact of the two is there that would tell when they began: the time of the younger application takes its place",
	archive.OtherUUID:      "its uuid stands for something else here",

	archive.SaysOtherwise:      "the version says something else to this provider here",
	archive.SaysTwoThings:      "the version says one thing to the provider in one broker and another in the other",
	archive.PromisesOtherwise:  "the version promises something else under this name here",
	archive.PromisesTwoThings:  "the version promises one thing in one broker and another in the other",
	archive.ProductionInOne:    "it is for production in one broker and not in the other",
	archive.NameTaken:          "another environment has its new name here, so it keeps the one that it has",
	archive.DeployedOtherwise:  "another version is deployed there here; it counts as history",
	archive.TwoDeployed:        "one version is deployed there in one broker and another in the other",
	archive.WebhookChanged:     "it was changed in the source, and changed or enabled here since it came, so it stays as it is here",
	archive.WebhookOther:       "another one has its uuid here, so that stays as it is",
	archive.WebhookDisabled:    "it was disabled in the source, so --enable-webhooks leaves it disabled",
	archive.WebhookDeleted:     "it was deleted in the source, so --enable-webhooks leaves it disabled",
	archive.WebhookDeletedHere: "it was deleted here after it had come, so it stays away: --on-conflict take brings it again",

	archive.RefusedName: "its name " + valuePlace,
	archive.TooLargeOverHTTP: "its answer, with its test results, has more than " + valuePlace + " MB, which is not read over HTTP: " +
		"import from the database of the broker (--from postgres://…), which has no such bound",
}

// Explain says in words why a record stayed away or came otherwise, for people.
func Explain(r archive.Reason) string {
	code, value := r.Split()
	return strings.ReplaceAll(explanations[code], valuePlace, value)
}
