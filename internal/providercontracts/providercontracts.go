// Package providercontracts knows what providers promise: the documents that
// their versions publish, the evidence that they keep to them, and what comes of
// comparing the pacts of consumers with them.
package providercontracts

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"time"
)

// DefaultName is the name of a contract that was published without one.
const DefaultName = "default"

// Document is what a provider has published, stored once however many versions
// publish it.
type Document struct {
	ID         int64
	ProviderID int64
	SHA        string
	// Specification is "oas" or "asyncapi", Version that of the specification.
	Specification, Version string
	// Size is how many bytes it has.
	Size      int
	CreatedAt time.Time
}

// Contract is a document that a version of a provider has published under a name.
type Contract struct {
	ID            int64
	ProviderID    int64
	Provider      string
	VersionID     int64
	VersionNumber string
	Name          string
	Document      Document
	ContentType   string
	// Evidence says whether the provider keeps to the document.
	Evidence  Evidence
	CreatedAt time.Time
	UpdatedAt time.Time
}

// Evidence is what came of testing a provider against its own document.
type Evidence struct {
	// Success is nil if nobody has said: that is neither success nor failure.
	Success *bool
	// Content is the report of the verifier, as it was sent, and SHA its name.
	// Where contracts are listed only the name is read.
	Content                   []byte
	SHA                       string
	ContentType, Format       string
	Verifier, VerifierVersion string
}

// Missing reports whether nobody has said whether the provider keeps to its
// document.
func (e Evidence) Missing() bool { return e.Success == nil }

// Failed reports whether the provider does not keep to its document.
func (e Evidence) Failed() bool { return e.Success != nil && !*e.Success }

// word names the state of the evidence.
func (e Evidence) word() string {
	switch {
	case e.Missing():
		return "missing"
	case e.Failed():
		return "failed"
	}
	return "succeeded"
}

// KeyOf names what a version has published: it changes with every contract and
// with every change of evidence. It is "" if there is nothing.
func KeyOf(contracts []Contract) string {
	if len(contracts) == 0 {
		return ""
	}
	lines := make([]string, len(contracts))
	for i, c := range contracts {
		lines[i] = c.Name + "\x00" + c.Document.SHA + "\x00" + c.Evidence.word()
	}
	return digest(lines)
}

// DocumentsKeyOf names the documents that a version has published, whatever they
// are called: what is compared with them depends on nothing else.
func DocumentsKeyOf(contracts []Contract) string {
	shas := make([]string, len(contracts))
	for i, c := range contracts {
		shas[i] = c.Document.SHA
	}
	slices.Sort(shas)
	if shas = slices.Compact(shas); len(shas) == 1 {
		return shas[0]
	}
	return digest(shas)
}

func digest(lines []string) string {
	slices.Sort(lines)
	return SHAOf([]byte(strings.Join(lines, "\n")))
}

// SHAOf names a document by its bytes.
func SHAOf(content []byte) string {
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])
}

// evidenceOf sums up the evidence for all contracts of a version: a failure is
// one of the whole, and nobody has said that it succeeds unless all do.
func evidenceOf(contracts []Contract) Evidence {
	succeeds := true
	for _, c := range contracts {
		if c.Evidence.Failed() {
			return c.Evidence
		}
		succeeds = succeeds && !c.Evidence.Missing()
	}
	if !succeeds {
		return Evidence{}
	}
	return Evidence{Success: &succeeds}
}
