package contracts

import "github.com/accord-broker/accord/internal/pactfile"

// Submission is a request to publish the contracts of one consumer version.
// Empty texts stand for absent ones.
type Submission struct {
	Pacticipant string
	Version     string
	Branch      string
	Tags        []string
	// BuildURL is nil if the request leaves it as it is.
	BuildURL  *string
	Contracts []SubmittedContract
}

// SubmittedContract is one of the contracts of a Submission.
type SubmittedContract struct {
	Provider string
	Body     pactfile.Body
	// RawSHA is the identity of the contract to the byte as it was sent; see
	// RawIdentity.
	RawSHA string
	// Merge tells that the contract is to be merged with one that is there;
	// otherwise it takes its place.
	Merge bool
	// content is what is to be stored, once it is prepared.
	content *preparedContent
}

func valueOf(text *string) string {
	if text == nil {
		return ""
	}
	return *text
}
