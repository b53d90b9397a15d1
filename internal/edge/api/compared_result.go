package api

import (
	"encoding/base64"
	"net/http"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/accord-broker/accord/internal/comparison"
	"github.com/accord-broker/accord/internal/contracts"
	"github.com/accord-broker/accord/internal/edge"
	"github.com/accord-broker/accord/internal/edge/hal"
	"github.com/accord-broker/accord/internal/providercontracts"
	"github.com/accord-broker/accord/internal/support/fault"
)

// comparedResult is all that is known of a pact and a version of its provider by
// comparison.
type comparedResult struct {
	Summary  resultSummary     `json:"summary"`
	Compared crossResult       `json:"crossContractVerificationResults"`
	Evidence *selfVerification `json:"providerContractVerificationResults,omitempty"`
	Links    hal.Links         `json:"_links"`
}

// resultSummary has no success while nobody can tell.
type resultSummary struct {
	Success *bool `json:"success"`
}

type crossResult struct {
	Success         *bool        `json:"success"`
	Results         crossResults `json:"results"`
	VerifiedAt      string       `json:"verificationDate,omitempty"`
	Verifier        string       `json:"verifier"`
	VerifierVersion string       `json:"verifierVersion"`
}

type crossResults struct {
	Errors        []crossItem `json:"errors"`
	Warnings      []crossItem `json:"warnings"`
	FailureReason string      `json:"failureReason,omitempty"`
	// NotCompared are the interactions of which no contract speaks.
	NotCompared []notCompared `json:"notCompared,omitempty"`
}

type notCompared struct {
	Description string `json:"interactionDescription"`
	Reason      string `json:"reason"`
}

// crossItem is a finding, in the form in which tools know it.
type crossItem struct {
	Code    string      `json:"code"`
	Type    string      `json:"type"`
	Message string      `json:"message"`
	Remedy  string      `json:"remedy,omitempty"`
	Source  string      `json:"source"`
	Mock    mockDetails `json:"mockDetails"`
	Spec    specDetails `json:"specDetails"`
}

type mockDetails struct {
	Description string `json:"interactionDescription"`
	State       string `json:"interactionState"`
	Location    string `json:"location"`
	File        string `json:"mockFile"`
}

type specDetails struct {
	Location   string  `json:"location"`
	Line       int     `json:"line,omitempty"`
	PathMethod *string `json:"pathMethod"`
	PathName   *string `json:"pathName"`
	File       string  `json:"specFile"`
}

func (a *API) showComparedResult(c *gin.Context) error {
	which := pair(c)
	which.SHA = edge.Param(c, "sha")
	result, err := a.ProviderContracts.Result(c.Request.Context(), edge.Param(c, "provider"), edge.Param(c, "number"), which)
	if err != nil {
		return err
	}
	shown, err := a.representCompared(c, result)
	if err != nil {
		return err
	}
	return edge.HAL(c, http.StatusOK, shown)
}

func (a *API) representCompared(c *gin.Context, r providercontracts.Result) (comparedResult, error) {
	base, v := edge.Base(c), r.Published.Version
	shown := comparedResult{
		Compared: crossResultOf(r),
		Links: hal.Links{
			{Name: "self", Value: hal.To(base.ComparedResult(v.Pacticipant, v.Number, r.Pact.Consumer, r.Pact.SHA), "What "+pactName(r.Pact)+" and version "+v.Number+" come to")},
			{Name: "pb:pact-version", Value: hal.Named(base.PactVersion(r.Pact.Provider, r.Pact.Consumer, r.Pact.SHA), "Pact", pactName(r.Pact))},
			{Name: "pf:provider-contract", Value: hal.To(base.ProviderContract(v.Pacticipant, v.Number), "The provider's contract")},
		},
	}
	if r.Compared != nil && r.Compared.Outcome.Decides() {
		succeeds := r.Compared.Outcome.Succeeds()
		shown.Summary.Success = &succeeds
	}
	var err error
	for _, contract := range r.Published.Contracts {
		if shown.Evidence == nil || contract.Evidence.Failed() {
			if shown.Evidence, err = a.representEvidence(c.Request.Context(), contract); err != nil {
				return shown, err
			}
		}
	}
	return shown, nil
}

func crossResultOf(r providercontracts.Result) crossResult {
	shown := crossResult{Verifier: "accord", VerifierVersion: strconv.Itoa(comparison.EngineVersion), Results: crossResults{Errors: []crossItem{}, Warnings: []crossItem{}}}
	if r.Compared == nil {
		shown.Results.FailureReason = "Not compared yet; ask again in a moment."
		return shown
	}
	of := r.Compared.Comparison
	shown.VerifiedAt, shown.VerifierVersion = hal.Time(of.At), strconv.Itoa(of.Engine)
	for _, f := range r.Report.Findings {
		switch f.Kind {
		case comparison.Error:
			shown.Results.Errors = append(shown.Results.Errors, crossItemOf(r, f))
		case comparison.Warning:
			shown.Results.Warnings = append(shown.Results.Warnings, crossItemOf(r, f))
		}
	}
	for _, j := range r.Report.Uncovered() {
		shown.Results.NotCompared = append(shown.Results.NotCompared, notCompared{j.Description, j.Judged.Uncovered})
	}
	switch success := !of.Failed; {
	case of.Refused != "":
		shown.Results.FailureReason = of.Refused
	case of.Failed:
		shown.Results.FailureReason = "The pact needs what the contract does not promise: " + countOf(of.Errors, "error") + "."
		shown.Success = &success
	case of.Uncovered == 0:
		shown.Success = &success
	}
	return shown
}

func crossItemOf(r providercontracts.Result, f providercontracts.Finding) crossItem {
	state := f.State
	if state == "" {
		state = "[none]"
	}
	item := crossItem{
		Code: f.Code, Type: string(f.Kind), Message: f.Message, Remedy: f.Remedy, Source: "spec-mock-validation",
		Mock: mockDetails{Description: f.Description, State: state, Location: f.PactPath, File: "pact"},
		Spec: specDetails{Location: f.SpecPath, Line: f.Line, File: "oas"},
	}
	for _, j := range r.Report.Judged {
		if j.Index == f.Interaction && j.Path != "" {
			method := strings.ToLower(j.Method)
			item.Spec.PathMethod, item.Spec.PathName = &method, &j.Path
		}
	}
	for _, contract := range r.Published.Contracts {
		if contract.Document.SHA == f.SHA {
			item.Spec.File = contract.Document.Specification
		}
	}
	return item
}

// The five parts in which the bi-directional addresses show what is known.
const (
	partContract       = "provider-contract"
	partEvidence       = "provider-contract-verification-results"
	partConsumer       = "consumer-contract"
	partConsumerResult = "consumer-contract-verification-results"
	partCompared       = "cross-contract-verification-results"
)

// showBidirectional shows one part of what is known of a version of a provider.
func (a *API) showBidirectional(c *gin.Context) error {
	published, err := a.providerContractOf(c)
	if err != nil {
		return err
	}
	switch part := edge.Param(c, "part"); part {
	case partContract, partEvidence:
		return a.showProviderContractPart(c, published, part)
	case partConsumer, partConsumerResult, partCompared:
		consumers, err := a.ProviderContracts.Consumers(c.Request.Context(), published.Version)
		if err != nil {
			return err
		}
		return edge.HAL(c, http.StatusOK, representConsumers(c, published, part, consumers))
	}
	return noSuchPart()
}

func noSuchPart() error {
	return fault.Missing("The parts are %s, %s, %s, %s and %s.", partContract, partEvidence, partConsumer, partConsumerResult, partCompared)
}

func (a *API) showProviderContractPart(c *gin.Context, published providercontracts.VersionContracts, part string) error {
	contract, err := published.Named(contractName(c))
	if err != nil {
		return err
	}
	shown, err := a.representProviderContract(c, published, contract)
	if err != nil {
		return err
	}
	if part == partEvidence {
		shown.Content, shown.ContentType = "", ""
		if shown.SelfVerification != nil {
			shown.Content, shown.ContentType = shown.SelfVerification.Content, shown.SelfVerification.ContentType
		}
	}
	return edge.HAL(c, http.StatusOK, shown)
}

// consumerPart is a pact that was compared with a version, within a list.
type consumerPart struct {
	VerificationStatus string    `json:"verificationStatus"`
	Consumer           string    `json:"consumer"`
	ConsumerVersion    string    `json:"consumerVersion"`
	Links              hal.Links `json:"_links"`
}

func representConsumers(c *gin.Context, published providercontracts.VersionContracts, part string, consumers []providercontracts.ComparedPact) providerContract {
	base, v := edge.Base(c), published.Version
	list, all := []consumerPart{}, "unverified"
	for _, k := range consumers {
		status := outcomeStatus(k.Compared.Outcome)
		if part != partCompared {
			status = "success"
		}
		if all == "unverified" && status == "success" || status == "failed" {
			all = status
		}
		list = append(list, consumerPart{VerificationStatus: status, Consumer: k.Pact.Consumer, ConsumerVersion: k.Pact.VersionNumber, Links: hal.Links{
			{Name: "self", Value: hal.To(base.ComparedResult(v.Pacticipant, v.Number, k.Pact.Consumer, k.Pact.SHA), "What came of the comparison")},
			{Name: "pb:pact-version", Value: hal.Named(base.PactVersion(k.Pact.Provider, k.Pact.Consumer, k.Pact.SHA), "Pact", pactName(k.Pact))},
		}})
	}
	return providerContract{
		VerificationStatus: all, Actions: []any{}, Embedded: map[string]any{"consumers": list},
		Links: hal.Links{{Name: "pf:provider-contract", Value: hal.To(base.ProviderContract(v.Pacticipant, v.Number), "The provider's contract")}},
	}
}

// outcomeStatus names an outcome as clients know it.
func outcomeStatus(o providercontracts.Outcome) string {
	switch {
	case o.Succeeds():
		return "success"
	case o.Fails():
		return "failed"
	}
	return "unverified"
}

// showBidirectionalOfPair shows one part of what is known of a version of a
// provider and one of a consumer.
func (a *API) showBidirectionalOfPair(c *gin.Context) error {
	which := contracts.PactQuery{Provider: edge.Param(c, "provider"), Consumer: edge.Param(c, "consumer"), Number: edge.Param(c, "consumerNumber")}
	result, err := a.ProviderContracts.Result(c.Request.Context(), which.Provider, edge.Param(c, "number"), which)
	if err != nil {
		return err
	}
	switch part := edge.Param(c, "part"); part {
	case partContract, partEvidence:
		return a.showProviderContractPart(c, result.Published, part)
	case partConsumer, partConsumerResult:
		return a.showConsumerPart(c, result.Pact)
	case partCompared:
		return a.showComparedPart(c, result)
	}
	return noSuchPart()
}

// showConsumerPart shows a pact. That it was published says that the consumer's
// tests have passed.
func (a *API) showConsumerPart(c *gin.Context, p contracts.Publication) error {
	body, err := a.Pacts.ContentBody(c.Request.Context(), p.ContentID)
	if err != nil {
		return err
	}
	passed := true
	return edge.HAL(c, http.StatusOK, providerContract{
		VerificationStatus: "success", Success: &passed, Actions: []any{}, Content: base64.StdEncoding.EncodeToString(body), ContentType: edge.JSON,
		Specification: "pact", Embedded: struct{}{},
		Links: hal.Links{{Name: "pb:pact-version", Value: hal.Named(edge.Base(c).PactVersion(p.Provider, p.Consumer, p.SHA), "Pact", pactName(p))}},
	})
}

func (a *API) showComparedPart(c *gin.Context, r providercontracts.Result) error {
	combined, err := a.representCompared(c, r)
	if err != nil {
		return err
	}
	shown := providerContract{VerificationStatus: "unverified", Success: combined.Summary.Success, Actions: []any{}, Links: combined.Links, Embedded: map[string]any{
		"crossContractVerificationResults": combined.Compared,
	}}
	if r.Compared != nil {
		shown.VerificationStatus = outcomeStatus(r.Compared.Outcome)
	}
	return edge.HAL(c, http.StatusOK, shown)
}
