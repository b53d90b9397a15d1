package api

import (
	"context"
	"encoding/base64"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/accord-broker/accord/internal/edge"
	"github.com/accord-broker/accord/internal/edge/hal"
	"github.com/accord-broker/accord/internal/providercontracts"
	"github.com/accord-broker/accord/internal/support/fault"
	"github.com/accord-broker/accord/internal/support/links"
)

// checkProviderContract finds what is wrong with the body before anything else is
// looked at.
func (a *API) checkProviderContract(read func(*gin.Context) (providercontracts.Submission, error)) func(*gin.Context) error {
	return func(c *gin.Context) error {
		if edge.RequireMedia(c) != nil {
			return nil
		}
		_, err := read(c)
		return err
	}
}

func (a *API) readProviderContract(c *gin.Context) (providercontracts.Submission, error) {
	return a.readContract(c, oneProviderContract, func(body []byte) (providercontracts.Submission, error) {
		return readContract(edge.Param(c, "provider"), body)
	})
}

func (a *API) readProviderContracts(c *gin.Context) (providercontracts.Submission, error) {
	return a.readContract(c, severalProviderContracts, func(body []byte) (providercontracts.Submission, error) {
		return readContracts(edge.Param(c, "provider"), body)
	})
}

func (a *API) readOldProviderContract(c *gin.Context) (providercontracts.Submission, error) {
	return a.readContract(c, oldProviderContract, func(body []byte) (providercontracts.Submission, error) {
		return readOldContract(edge.Param(c, "provider"), edge.Param(c, "number"), body)
	})
}

func (a *API) readContract(c *gin.Context, form providerContractForm, read func(body []byte) (providercontracts.Submission, error)) (providercontracts.Submission, error) {
	return edge.ReadOnce(c, func() (providercontracts.Submission, error) {
		body, err := edge.Body(c)
		if err != nil {
			return providercontracts.Submission{}, err
		}
		submission, err := read(body)
		if err == nil && a.VersionFormats != nil && !a.VersionFormats.Read(submission.Version).Readable() {
			err = fault.InvalidField("pacticipantVersionNumber", "is %q, which cannot be ordered as a version number", submission.Version)
		}
		if err != nil {
			return submission, err
		}
		if err := edge.ReserveFirst(c.Request.Context(), submission.Weight()); err != nil {
			return submission, err
		}
		if err := submission.ReadDocuments(form.field); err != nil {
			return submission, err
		}
		return a.ProviderContracts.Prepare(submission)
	})
}

// providerContractPublished is the answer to publishing one contract.
type providerContractPublished struct {
	Notices  []notice `json:"notices"`
	Embedded struct {
		Version embeddedVersion `json:"version"`
	} `json:"_embedded"`
	Links hal.Links `json:"_links"`
}

func (a *API) publishProviderContract(c *gin.Context) error {
	submission, answer, err := a.publishSubmission(c, a.readProviderContract)
	if err != nil {
		return err
	}
	base := edge.Base(c)
	shown := providerContractPublished{Notices: providerContractNotices(base, answer), Links: providerContractLinks(base, submission, answer)}
	shown.Embedded.Version = embedVersion(base, answer.Version.Pacticipant, answer.Version.Number)
	return edge.HAL(c, http.StatusOK, shown)
}

// providerContractsPublished is the answer to publishing several contracts.
type providerContractsPublished struct {
	Notices   []notice  `json:"notices"`
	Contracts []string  `json:"contracts"`
	Links     hal.Links `json:"_links"`
}

func (a *API) publishProviderContracts(c *gin.Context) error {
	submission, answer, err := a.publishSubmission(c, a.readProviderContracts)
	if err != nil {
		return err
	}
	base := edge.Base(c)
	shown := providerContractsPublished{Notices: providerContractNotices(base, answer), Contracts: []string{}, Links: providerContractLinks(base, submission, answer)}
	for _, p := range answer.Contracts {
		shown.Contracts = append(shown.Contracts, p.Contract.Name)
	}
	return edge.HAL(c, http.StatusOK, shown)
}

func (a *API) putProviderContract(c *gin.Context) error {
	submission, answer, err := a.publishSubmission(c, a.readOldProviderContract)
	if err != nil {
		return err
	}
	base := edge.Base(c)
	shown := providerContractPublished{Notices: providerContractNotices(base, answer), Links: providerContractLinks(base, submission, answer)}
	shown.Embedded.Version = embedVersion(base, answer.Version.Pacticipant, answer.Version.Number)
	return edge.HAL(c, http.StatusCreated, shown)
}

func (a *API) publishSubmission(c *gin.Context, read func(*gin.Context) (providercontracts.Submission, error)) (providercontracts.Submission, providercontracts.Answer, error) {
	if err := edge.RequireMedia(c); err != nil {
		return providercontracts.Submission{}, providercontracts.Answer{}, err
	}
	submission, err := read(c)
	if err != nil {
		return submission, providercontracts.Answer{}, err
	}
	answer, err := a.ProviderContracts.Publish(c.Request.Context(), submission)
	if fault.Is(err, fault.Conflict) {
		err = edge.Answer{Status: http.StatusConflict, Media: edge.JSON, Body: publishConflict{
			Notices: []notice{{"error", err.Error()}}, Errors: map[string][]string{"contract": {err.Error()}},
		}}
	}
	return submission, answer, err
}

func providerContractLinks(base links.Base, s providercontracts.Submission, answer providercontracts.Answer) hal.Links {
	provider, number := answer.Version.Pacticipant, answer.Version.Number
	tags := []hal.Link{}
	for _, tag := range s.Tags {
		tags = append(tags, hal.Named(base.Tag(provider, number, tag), "Tag", tag))
	}
	all := hal.Links{
		{Name: "self", Value: hal.To(base.ProviderContract(provider, number), "What version "+number+" of "+provider+" promises")},
		{Name: "pf:ui", Value: hal.To(base.ProviderContract(provider, number), "The same, for people")},
		{Name: "pb:pacticipant-version", Value: hal.Named(base.Version(provider, number), "Version", number)},
		{Name: "pb:pacticipant-version-tags", Value: tags},
	}
	if s.Branch != "" {
		all = all.With("pb:branch-version", hal.Named(base.BranchVersion(provider, s.Branch, number), "Branch version", s.Branch))
	} else {
		all = all.With("pb:branch-version", struct{}{})
	}
	return all
}

// providerContract is how a contract of a provider is shown.
type providerContract struct {
	VerificationStatus string            `json:"verificationStatus"`
	Actions            []any             `json:"_actions"`
	Name               string            `json:"name,omitempty"`
	Content            string            `json:"content,omitempty"`
	ContentType        string            `json:"contentType,omitempty"`
	Specification      string            `json:"specification,omitempty"`
	Success            *bool             `json:"success,omitempty"`
	SelfVerification   *selfVerification `json:"selfVerificationResults,omitempty"`
	Embedded           any               `json:"_embedded"`
	Links              hal.Links         `json:"_links"`
}

// selfVerification is how the evidence for a contract is shown.
type selfVerification struct {
	Success         *bool  `json:"success,omitempty"`
	Content         string `json:"content,omitempty"`
	ContentType     string `json:"contentType,omitempty"`
	Format          string `json:"format,omitempty"`
	Verifier        string `json:"verifier,omitempty"`
	VerifierVersion string `json:"verifierVersion,omitempty"`
}

// evidenceStatus names the state of evidence as clients know it.
func evidenceStatus(e providercontracts.Evidence) string {
	switch {
	case e.Missing():
		return "unverified"
	case e.Failed():
		return "failed"
	}
	return "success"
}

func (a *API) showProviderContract(c *gin.Context) error {
	published, err := a.providerContractOf(c)
	if err != nil {
		return err
	}
	contract, err := published.Named(contractName(c))
	if err != nil {
		return err
	}
	shown, err := a.representProviderContract(c, published, contract)
	if err != nil {
		return err
	}
	return edge.HAL(c, http.StatusOK, shown)
}

// contractName is the name by which the query asks for one of several contracts.
func contractName(c *gin.Context) string {
	name, _ := edge.QueryValue(c, "name")
	return name
}

func (a *API) providerContractOf(c *gin.Context) (providercontracts.VersionContracts, error) {
	number := edge.Param(c, "number")
	if number == "" {
		return providercontracts.VersionContracts{}, fault.Missing("a version has a number")
	}
	return a.ProviderContracts.Find(c.Request.Context(), edge.Param(c, "provider"), providercontracts.VersionQuery{Version: number})
}

// representProviderContract shows a contract of a version with its document and evidence.
func (a *API) representProviderContract(c *gin.Context, published providercontracts.VersionContracts, contract providercontracts.Contract) (providerContract, error) {
	ctx, base := c.Request.Context(), edge.Base(c)
	content, err := a.ProviderContracts.Content(ctx, contract)
	if err != nil {
		return providerContract{}, err
	}
	evidence, err := a.representEvidence(ctx, contract)
	if err != nil {
		return providerContract{}, err
	}
	names := []string{}
	for _, other := range published.Contracts {
		names = append(names, other.Name)
	}
	provider, number := published.Version.Pacticipant, published.Version.Number
	return providerContract{
		VerificationStatus: evidenceStatus(contract.Evidence), Actions: []any{}, Name: contract.Name,
		Content: base64.StdEncoding.EncodeToString(content), ContentType: contract.ContentType, Specification: contract.Document.Specification,
		Success: contract.Evidence.Success, SelfVerification: evidence, Embedded: map[string]any{"contracts": names},
		Links: hal.Links{
			{Name: "self", Value: hal.To(base.ProviderContract(provider, number), "What version "+number+" of "+provider+" promises")},
			{Name: "pb:pacticipant-version", Value: hal.Named(base.Version(provider, number), "Version", number)},
		},
	}, nil
}

func (a *API) representEvidence(ctx context.Context, contract providercontracts.Contract) (*selfVerification, error) {
	e := contract.Evidence
	if e.Missing() && e.SHA == "" && e.Verifier == "" && e.VerifierVersion == "" && e.Format == "" {
		return nil, nil
	}
	content, err := a.ProviderContracts.EvidenceContent(ctx, contract)
	return &selfVerification{
		Success: e.Success, Content: base64.StdEncoding.EncodeToString(content), ContentType: e.ContentType, Format: e.Format,
		Verifier: e.Verifier, VerifierVersion: e.VerifierVersion,
	}, err
}
