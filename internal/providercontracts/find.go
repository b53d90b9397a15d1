package providercontracts

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/accord-broker/accord/internal/comparison"
	"github.com/accord-broker/accord/internal/contracts"
	"github.com/accord-broker/accord/internal/pacticipants"
	"github.com/accord-broker/accord/internal/support/fault"
	"github.com/accord-broker/accord/internal/versions"
)

// VersionQuery says which version of a provider is asked for: the newest with a
// contract that meets all of them.
type VersionQuery struct {
	Version, Branch, Tag, Environment string
	// Somewhere asks for one that is deployed or supported in any environment.
	Somewhere bool
}

// VersionReader finds versions that have published what they promise.
type VersionReader interface {
	pacticipants.Reader
	versions.Reader
	FindPact(ctx context.Context, which contracts.PactQuery) (contracts.Publication, bool, error)
	// VersionWithContracts returns the newest version of the provider with a contract
	// that meets the criteria.
	VersionWithContracts(ctx context.Context, providerID int64, which VersionQuery) (versions.Version, bool, error)
	// VersionsWithContracts returns the versions of the provider with a contract, the
	// newest first, those below the position only unless that is 0.
	VersionsWithContracts(ctx context.Context, providerID, below int64, limit int) ([]versions.Version, error)
	// NewestContracts returns what the newest version of each provider that has published
	// anything promises.
	NewestContracts(ctx context.Context) ([]Contract, error)
	// ComparedPacts returns the pacts that were compared with the version: of each
	// content the newest publication.
	ComparedPacts(ctx context.Context, versionID int64) ([]ComparedPact, error)
	// EvidenceContent returns the report that was published as evidence.
	EvidenceContent(ctx context.Context, contractID int64) ([]byte, error)
}

// ComparedPact is a pact and what it and the version come to.
type ComparedPact struct {
	Pact     contracts.Publication
	Compared Compared
}

// VersionContracts is all that a version of a provider has published.
type VersionContracts struct {
	Version   versions.Version
	Contracts []Contract
}

// Evidence sums up the evidence for all contracts of the version.
func (p VersionContracts) Evidence() Evidence { return evidenceOf(p.Contracts) }

// Named returns the contract with the name; with "" the only one, or the one
// without a name of its own. It returns a NotFound fault if there is none.
func (p VersionContracts) Named(name string) (Contract, error) {
	wanted := name
	if wanted == "" {
		wanted = DefaultName
	}
	if c := named(p.Contracts, wanted); c != nil {
		return *c, nil
	}
	if name == "" && len(p.Contracts) == 1 {
		return p.Contracts[0], nil
	}
	if name == "" {
		return Contract{}, fault.Missing("%s version %s has several contracts; say which by its name: %s.", p.Version.Pacticipant, p.Version.Number, p.names())
	}
	return Contract{}, fault.Missing("%s version %s has no contract named %s. Its contracts: %s.", p.Version.Pacticipant, p.Version.Number, name, p.names())
}

// namesTold is how many names of contracts are told.
const namesTold = 20

func (p VersionContracts) names() string {
	var names []string
	for _, c := range p.Contracts[:min(len(p.Contracts), namesTold)] {
		names = append(names, c.Name)
	}
	if more := len(p.Contracts) - len(names); more > 0 {
		names = append(names, fmt.Sprintf("and %d more", more))
	}
	return strings.Join(names, ", ")
}

// without returns all contracts but that one.
func (p VersionContracts) without(c *Contract) []Contract {
	return slices.DeleteFunc(slices.Clone(p.Contracts), func(other Contract) bool { return c != nil && other.ID == c.ID })
}

// Find returns what the newest version of the provider promises that meets the
// criteria, or a NotFound fault.
func (s *Service) Find(ctx context.Context, provider string, which VersionQuery) (published VersionContracts, err error) {
	err = s.Comparer.View(ctx, func(ctx context.Context, tx Reader) error {
		published, err = findOfVersion(ctx, tx, provider, which)
		return err
	})
	return published, err
}

func findOfVersion(ctx context.Context, tx Reader, provider string, which VersionQuery) (VersionContracts, error) {
	p, found, err := tx.FindPacticipant(ctx, provider)
	if err != nil {
		return VersionContracts{}, err
	}
	if !found {
		return VersionContracts{}, fault.NoPacticipant("provider", provider)
	}
	v, found, err := tx.VersionWithContracts(ctx, p.ID, which)
	if err != nil {
		return VersionContracts{}, err
	}
	if !found {
		return VersionContracts{}, fault.Missing("No such version of %s has published a contract.", p.Name)
	}
	published, err := tx.ContractsPublishedBy(ctx, v.ID)
	return VersionContracts{Version: v, Contracts: published}, err
}

// FindBase returns what a change of the provider is to be compared with: the newest
// version of its main branch that has published a contract, else the newest of those
// that are deployed or supported, else the newest of all. It has no contracts if no
// version has. It returns a NotFound fault if there is no such provider.
func (s *Service) FindBase(ctx context.Context, provider string) (published VersionContracts, err error) {
	err = s.Comparer.View(ctx, func(ctx context.Context, tx Reader) error {
		p, found, err := tx.FindPacticipant(ctx, provider)
		if err != nil {
			return err
		}
		if !found {
			return fault.NoPacticipant("provider", provider)
		}
		choices := []VersionQuery{{Somewhere: true}, {}}
		if p.MainBranch != "" {
			choices = slices.Insert(choices, 0, VersionQuery{Branch: p.MainBranch})
		}
		for _, which := range choices {
			if published, err = findOfVersion(ctx, tx, provider, which); !fault.Is(err, fault.NotFound) {
				return err
			}
		}
		published = VersionContracts{Version: versions.Version{Pacticipant: p.Name, PacticipantID: p.ID}}
		return nil
	})
	return published, err
}

// List returns what versions of the provider promise, the newest first, those
// below the position only unless that is 0.
func (s *Service) List(ctx context.Context, provider string, below int64, limit int) (list []VersionContracts, err error) {
	err = s.Comparer.View(ctx, func(ctx context.Context, tx Reader) error {
		p, found, err := tx.FindPacticipant(ctx, provider)
		if err != nil {
			return err
		}
		if !found {
			return fault.NoPacticipant("provider", provider)
		}
		of, err := tx.VersionsWithContracts(ctx, p.ID, below, limit)
		if err != nil {
			return err
		}
		list, err = ofVersions(ctx, tx, of)
		return err
	})
	return list, err
}

func ofVersions(ctx context.Context, tx Reader, of []versions.Version) ([]VersionContracts, error) {
	ids := make([]int64, len(of))
	for i, v := range of {
		ids[i] = v.ID
	}
	published, err := tx.ContractsPublishedBy(ctx, ids...)
	list := make([]VersionContracts, len(of))
	for i, v := range of {
		list[i].Version = v
		for _, c := range published {
			if c.VersionID == v.ID {
				list[i].Contracts = append(list[i].Contracts, c)
			}
		}
	}
	return list, err
}

// Content returns a document as it was published.
func (s *Service) Content(ctx context.Context, c Contract) (content []byte, err error) {
	err = s.Comparer.View(ctx, func(ctx context.Context, tx Reader) error {
		content, err = tx.DocumentContent(ctx, c.Document.ID)
		return err
	})
	return content, err
}

// EvidenceContent returns the report that was published as evidence, nil if there
// is none.
func (s *Service) EvidenceContent(ctx context.Context, c Contract) (content []byte, err error) {
	if c.Evidence.SHA == "" {
		return nil, nil
	}
	err = s.Comparer.View(ctx, func(ctx context.Context, tx Reader) error {
		content, err = tx.EvidenceContent(ctx, c.ID)
		return err
	})
	return content, err
}

// Consumers returns the pacts that were compared with the version, and what each
// comes to.
func (s *Service) Consumers(ctx context.Context, v versions.Version) (list []ComparedPact, err error) {
	err = s.Comparer.View(ctx, func(ctx context.Context, tx Reader) error {
		list, err = tx.ComparedPacts(ctx, v.ID)
		return err
	})
	return list, err
}

// Result is what a pact and a version of its provider come to, with everything
// that was found.
type Result struct {
	Published VersionContracts
	Pact      contracts.Publication
	// Compared is nil if there was no time to compare.
	Compared *Compared
	Report   Report
}

// Result returns what the pact and the version come to, and compares them if that
// has not been done. It returns a NotFound fault if there is no such pact, or the
// version has published no contract.
func (s *Service) Result(ctx context.Context, provider, version string, which contracts.PactQuery) (Result, error) {
	var r Result
	read := func(ctx context.Context, tx Reader) (err error) {
		r = Result{}
		if r.Published, err = findOfVersion(ctx, tx, provider, VersionQuery{Version: version}); err != nil {
			return err
		}
		var found bool
		if r.Pact, found, err = tx.FindPact(ctx, which); err != nil {
			return err
		}
		if !found {
			return contracts.NoPact(which)
		}
		compared, err := tx.ComparedBetween(ctx, []int64{r.Pact.ContentID}, []int64{r.Published.Version.ID})
		if err != nil || len(compared) == 0 {
			return err
		}
		r.Compared = &compared[0]
		r.Report, err = tx.ReportOf(ctx, compared[0].Comparison.ID)
		return err
	}
	if err := s.Comparer.View(ctx, read); err != nil || r.Compared != nil && r.Compared.Current() {
		return r, err
	}
	if err := s.Comparer.CompareNow(ctx, []Pair{{ContentID: r.Pact.ContentID, ProviderVersion: r.Published.Version.ID}}); err != nil {
		return r, err
	}
	err := s.Comparer.View(ctx, read)
	return r, err
}

// Operations returns what the documents of a version offer, by path and method.
func (s *Service) Operations(ctx context.Context, published VersionContracts) (operations []comparison.Operation, err error) {
	documents, err := s.read(ctx, published)
	for _, d := range documents {
		operations = append(operations, d.read.Operations()...)
	}
	return operations, err
}
