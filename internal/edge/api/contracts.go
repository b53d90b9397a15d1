package api

import (
	"bytes"
	"context"
	"errors"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/accord-broker/accord/internal/contracts"
	"github.com/accord-broker/accord/internal/edge"
	"github.com/accord-broker/accord/internal/edge/hal"
	"github.com/accord-broker/accord/internal/pactfile"
	"github.com/accord-broker/accord/internal/support/links"
)

// published is the answer to publishing contracts.
type published struct {
	// Logs repeats the notices for clients that know only logs.
	Logs     []logLine `json:"logs"`
	Notices  []notice  `json:"notices"`
	Embedded struct {
		Pacticipant embeddedName    `json:"pacticipant"`
		Version     embeddedVersion `json:"version"`
	} `json:"_embedded"`
	Links hal.Links `json:"_links"`
}

type logLine struct {
	Level              string `json:"level"`
	Message            string `json:"message"`
	DeprecationWarning string `json:"deprecationWarning"`
}

// embeddedName is an application within another thing.
type embeddedName struct {
	Name  string    `json:"name"`
	Links hal.Links `json:"_links"`
}

// embeddedVersion is a version within another thing.
type embeddedVersion struct {
	Number string    `json:"number"`
	Links  hal.Links `json:"_links"`
}

func embedName(base links.Base, name string) embeddedName {
	return embeddedName{Name: name, Links: hal.Links{{Name: "self", Value: hal.Link{Href: base.Pacticipant(name)}}}}
}

func embedVersion(base links.Base, pacticipant, number string) embeddedVersion {
	return embeddedVersion{Number: number, Links: hal.Links{{Name: "self", Value: hal.Named(base.Version(pacticipant, number), "Version", number)}}}
}

// checkSubmission finds what is wrong with the body before anything else is
// looked at.
func (a *API) checkSubmission(c *gin.Context) error {
	if edge.RequireMedia(c) != nil {
		return nil
	}
	submission, err := a.readSubmission(c)
	if err != nil {
		return err
	}
	return a.reserveForMerging(c, submission.Pacticipant, submission.Version, submission.Contracts...)
}

func (a *API) readSubmission(c *gin.Context) (contracts.Submission, error) {
	return edge.ReadOnce(c, func() (contracts.Submission, error) {
		body, err := edge.Body(c)
		if err != nil {
			return contracts.Submission{}, err
		}
		if len(bytes.TrimSpace(body)) == 0 {
			body = []byte("{}") // so that the answer names what is missing
		}
		submission, err := readSubmission(body, a.ContractLimits)
		if err == nil {
			submission.Contracts = a.Contracts.Prepare(submission.Contracts...)
		}
		return submission, err
	})
}

func (a *API) publishContracts(c *gin.Context) error {
	if err := edge.RequireMedia(c); err != nil {
		return err
	}
	submission, err := a.readSubmission(c)
	if err != nil {
		return err
	}
	answer, err := a.Contracts.Publish(c.Request.Context(), submission)
	var conflict *contracts.ConflictError
	if errors.As(err, &conflict) {
		return edge.Answer{Status: http.StatusConflict, Media: edge.JSON, Body: representConflict(edge.Base(c), conflict)}
	}
	if err != nil {
		return err
	}
	return edge.HAL(c, http.StatusOK, representPublished(edge.Base(c), submission, answer))
}

func representPublished(base links.Base, s contracts.Submission, answer contracts.Answer) published {
	consumer, number := answer.Version.Pacticipant, answer.Version.Number
	p := published{Notices: publishNotices(base, s, answer)}
	for _, n := range p.Notices {
		p.Logs = append(p.Logs, logLine{Level: n.Type, Message: n.Text, DeprecationWarning: "Replaced by notices"})
	}
	p.Embedded.Pacticipant = embedName(base, consumer)
	p.Embedded.Version = embedVersion(base, consumer, number)
	tags, pacts := []hal.Link{}, []hal.Link{}
	for _, tag := range s.Tags {
		tags = append(tags, hal.Named(base.Tag(consumer, number, tag), "Tag", tag))
	}
	for _, contract := range answer.Contracts {
		pacts = append(pacts, pactLink(base, contract.Publication))
	}
	p.Links = hal.Links{
		{Name: "pb:pacticipant", Value: hal.Named(base.Pacticipant(consumer), "Application", consumer)},
		{Name: "pb:pacticipant-version", Value: hal.Named(base.Version(consumer, number), "Version", number)},
		{Name: "pb:pacticipant-version-tags", Value: tags},
		{Name: "pb:contracts", Value: pacts},
	}
	return p
}

// checkPact finds what is wrong with the address and the body of a pact.
func (a *API) checkPact(c *gin.Context) error {
	if edge.RequireMedia(c) != nil {
		return nil
	}
	_, err := a.readPact(c)
	return err
}

// checkMerge is checkPact for a pact that is to be merged with what is stored.
func (a *API) checkMerge(c *gin.Context) error {
	if edge.RequireMedia(c) != nil {
		return nil
	}
	contract, err := a.readPact(c)
	if err != nil {
		return err
	}
	contract.Merge = true
	return a.reserveForMerging(c, edge.Param(c, "consumer"), edge.Param(c, "number"), contract)
}

func (a *API) readPact(c *gin.Context) (contracts.SubmittedContract, error) {
	return edge.ReadOnce(c, func() (contracts.SubmittedContract, error) {
		raw, err := edge.Body(c)
		if err != nil {
			return contracts.SubmittedContract{}, err
		}
		body, err := pactfile.ReadBody(raw)
		if err != nil {
			return contracts.SubmittedContract{}, err
		}
		if err := a.ContractLimits.Check(body); err != nil {
			return contracts.SubmittedContract{}, err
		}
		provider := edge.Param(c, "provider")
		at := contracts.Address{Consumer: edge.Param(c, "consumer"), Provider: provider, Version: edge.Param(c, "number")}
		contract := contracts.SubmittedContract{Provider: provider, Body: body}
		if err := contracts.CheckPact(at, body, a.VersionFormats); err != nil {
			return contract, err
		}
		return a.Contracts.Prepare(contract)[0], nil
	})
}

func (a *API) publishPact(c *gin.Context) error { return a.storePact(c, a.Contracts.Put) }

func (a *API) mergePact(c *gin.Context) error { return a.storePact(c, a.Contracts.Merge) }

// reserveForMerging waits until there is memory for the stored contracts to which
// those that are to be merged are added: in the transaction, which with an Idempotency-Key
// or If-Match is open around the handler, others would wait, too.
func (a *API) reserveForMerging(c *gin.Context, consumer, number string, offers ...contracts.SubmittedContract) error {
	ctx := c.Request.Context()
	var stored []int64
	for _, offer := range offers {
		if !offer.Merge {
			continue
		}
		p, found, err := a.Pacts.FindPact(ctx, contracts.PactQuery{Consumer: consumer, Provider: offer.Provider, Number: number})
		if err != nil {
			return err
		}
		if found {
			stored = append(stored, p.ContentID)
		}
	}
	if len(stored) == 0 {
		return nil
	}
	sizes, err := a.Pacts.ContentSizes(ctx, stored...)
	if err != nil {
		return err
	}
	all := int64(0)
	for _, size := range sizes {
		all += size
	}
	return edge.ReserveFirst(ctx, all)
}

// storePact publishes the pact of the request in the given way and shows it.
func (a *API) storePact(c *gin.Context, store func(ctx context.Context, consumer, number string, contract contracts.SubmittedContract) (contracts.Published, error)) error {
	if err := edge.RequireMedia(c); err != nil {
		return err
	}
	contract, err := a.readPact(c)
	if err != nil {
		return err
	}
	stored, err := store(c.Request.Context(), edge.Param(c, "consumer"), edge.Param(c, "number"), contract)
	var similar *contracts.SimilarError
	if errors.As(err, &similar) {
		return edge.Answer{Status: http.StatusConflict, Media: edge.PlainText, Body: similar.Error()}
	}
	var conflict *contracts.ConflictError
	if errors.As(err, &conflict) {
		return singleConflict(edge.Base(c), conflict)
	}
	if err != nil {
		return err
	}
	status := http.StatusOK
	if stored.Outcome == contracts.Created {
		status = http.StatusCreated
	}
	p, err := a.withTags(c, stored.Publication)
	if err != nil {
		return err
	}
	return a.writePact(c, status, p, contracts.Metadata{})
}
