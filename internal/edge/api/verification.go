package api

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"

	"github.com/gin-gonic/gin"

	"github.com/accord-broker/accord/internal/contracts"
	"github.com/accord-broker/accord/internal/edge"
	"github.com/accord-broker/accord/internal/edge/hal"
	"github.com/accord-broker/accord/internal/edge/questions"
	"github.com/accord-broker/accord/internal/pactfile"
	"github.com/accord-broker/accord/internal/support/fault"
	"github.com/accord-broker/accord/internal/support/links"
	"github.com/accord-broker/accord/internal/verification"
	"github.com/accord-broker/accord/internal/versions"
)

// resultTypes are the forms in which a result is shown.
var resultTypes = []string{edge.HALJSON, edge.JSON, edge.Extended}

// readableResultTypes are those where people look, too.
var readableResultTypes = append(resultTypes[:len(resultTypes):len(resultTypes)], edge.PlainText)

// result is how a verification result is shown.
type result struct {
	ProviderName    string          `json:"providerName"`
	ProviderVersion string          `json:"providerApplicationVersion"`
	Success         bool            `json:"success"`
	VerifiedAt      string          `json:"verificationDate"`
	BuildURL        string          `json:"buildUrl,omitempty"`
	TestResults     json.RawMessage `json:"testResults,omitempty"`
	VerifiedBy      verifier        `json:"verifiedBy"`
	Embedded        *resultTags     `json:"_embedded,omitempty"`
	Links           hal.Links       `json:"_links"`
}

// verifier is the program that found out the result.
type verifier struct {
	Implementation      string `json:"implementation,omitempty"`
	Version             string `json:"version,omitempty"`
	ClientLanguage      string `json:"client_implementation,omitempty"`
	ClientTestFramework string `json:"client_test_framework,omitempty"`
	ClientVersion       string `json:"client_version,omitempty"`
}

// resultTags are the tags that the provider version has, in the extended form.
type resultTags struct {
	Tags []resultTag `json:"tags"`
}

type resultTag struct {
	Name   string    `json:"name"`
	Latest bool      `json:"latest"`
	Links  hal.Links `json:"_links"`
}

// content is the contract that an address names by its content, and how it was
// selected.
func content(c *gin.Context) (contracts.PactQuery, contracts.Metadata) {
	metadata := questions.Metadata(edge.Param(c, "metadata"))
	which := pair(c)
	which.SHA = edge.Param(c, "sha")
	which.Among, which.AmongID = metadata.ConsumerVersions()
	return which, metadata
}

// checkResult finds what is wrong with the body before anything else is looked
// at.
func (a *API) checkResult(c *gin.Context) error {
	if edge.RequireMedia(c) != nil {
		return nil
	}
	_, err := a.readResult(c)
	return err
}

func (a *API) readResult(c *gin.Context) (verification.Submission, error) {
	return edge.ReadOnce(c, func() (verification.Submission, error) {
		body, err := edge.Body(c)
		if err != nil {
			return verification.Submission{}, err
		}
		submission, err := readSubmittedResult(body, a.VersionFormats)
		if err != nil {
			return submission, err
		}
		return a.Verification.Prepare(submission)
	})
}

func (a *API) publishVerificationResult(c *gin.Context) error {
	which, metadata := content(c)
	if _, err := a.findPact(c, which); err != nil {
		return err
	}
	if err := edge.RequireMedia(c); err != nil {
		return err
	}
	submission, err := a.readResult(c)
	if err != nil {
		return err
	}
	recorded, err := a.Verification.Publish(c.Request.Context(), which, metadata, submission)
	if err != nil {
		return err
	}
	pact := recorded.Pact
	c.Header("Location", edge.Base(c).VerificationResult(pact.Provider, pact.Consumer, pact.SHA, strconv.FormatInt(recorded.Result.Number, 10)))
	return a.writeResult(c, http.StatusCreated, pact, recorded.Result)
}

func (a *API) publishVerificationResultWithMetadata(c *gin.Context) error {
	return a.publishVerificationResult(c)
}

func (a *API) showVerificationResult(c *gin.Context) error {
	which, _ := content(c)
	return a.showResult(c, which, func(contentID int64) (verification.Result, bool, error) {
		number, err := resultNumber(c)
		if err != nil {
			return verification.Result{}, false, err
		}
		return a.Results.ResultByNumber(c.Request.Context(), contentID, number)
	})
}

func (a *API) showVerificationResultWithMetadata(c *gin.Context) error {
	return a.showVerificationResult(c)
}

// resultNumber is the number in the address. What is no number names nothing.
func resultNumber(c *gin.Context) (int64, error) {
	text := edge.Param(c, "result")
	if text == "all" {
		return 0, fault.Missing("There is no list of all results. The matrix shows them: %s", edge.Base(c).MatrixOf(edge.Param(c, "provider"), edge.Param(c, "consumer"))).Shown()
	}
	number, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return 0, fault.Missing("%q is not the number of a result", text)
	}
	return number, nil
}

func (a *API) showLatestResultOfContent(c *gin.Context) error {
	which, _ := content(c)
	return a.showLatestResult(c, which)
}

func (a *API) showLatestResultOfVersion(c *gin.Context) error {
	return a.showLatestResult(c, ofVersion(c))
}

func (a *API) showLatestResultOfLatestPact(c *gin.Context) error {
	return a.showLatestResult(c, pair(c))
}

func (a *API) showLatestResultOfLatestPactWithTag(c *gin.Context) error {
	which := pair(c)
	which.Tag = edge.Param(c, "tag")
	return a.showLatestResult(c, which)
}

func (a *API) showLatestResult(c *gin.Context, which contracts.PactQuery) error {
	return a.showResult(c, which, func(contentID int64) (verification.Result, bool, error) {
		return a.Results.LatestResult(c.Request.Context(), contentID)
	})
}

func (a *API) showResult(c *gin.Context, which contracts.PactQuery, find func(contentID int64) (verification.Result, bool, error)) error {
	pact, err := a.findPact(c, which)
	if err != nil {
		return err
	}
	found, exists, err := find(pact.ContentID)
	if err != nil {
		return err
	}
	if !exists {
		return fault.Missing("the pact has no such result")
	}
	return a.writeResult(c, http.StatusOK, pact, found)
}

func (a *API) deleteVerificationResult(c *gin.Context) error {
	number, err := resultNumber(c)
	if err != nil {
		return err
	}
	which, _ := content(c)
	if err := a.Verification.Delete(c.Request.Context(), which, number); err != nil {
		return err
	}
	return edge.NoContent(c)
}

func (a *API) deleteVerificationResultWithMetadata(c *gin.Context) error {
	return a.deleteVerificationResult(c)
}

func (a *API) deleteLatestResultOfContent(c *gin.Context) error {
	which, _ := content(c)
	return a.deleteLatestResult(c, which)
}

func (a *API) deleteLatestResultOfVersion(c *gin.Context) error {
	return a.deleteLatestResult(c, ofVersion(c))
}

func (a *API) deleteLatestResult(c *gin.Context, which contracts.PactQuery) error {
	if err := a.Verification.DeleteLatest(c.Request.Context(), which); err != nil {
		return err
	}
	return edge.NoContent(c)
}

// writeResult shows a result in the negotiated form.
func (a *API) writeResult(c *gin.Context, status int, pact contracts.Publication, r verification.Result) error {
	if edge.Accepted(c) == edge.PlainText {
		return edge.Text(c, status, edge.PlainText, resultText(pact, r))
	}
	base := edge.Base(c)
	shown := representResult(base, pact, r)
	if edge.Accepted(c) == edge.Extended {
		tags, err := a.Results.TagsOf(c.Request.Context(), r.ProviderVersion)
		if err != nil {
			return err
		}
		shown.Embedded = representResultTags(base, pact.Provider, r.ProviderNumber, tags)
	}
	return edge.HAL(c, status, shown)
}

func representResult(base links.Base, pact contracts.Publication, r verification.Result) result {
	number := strconv.FormatInt(r.Number, 10)
	name := fmt.Sprintf("Verification result %s for %s", number, pactName(pact))
	of := contracts.Metadata{ConsumerVersion: pact.VersionNumber}.Encode()
	return result{
		ProviderName: pact.Provider, ProviderVersion: r.ProviderNumber, Success: r.Success, VerifiedAt: hal.Time(r.ExecutedAt),
		BuildURL: r.BuildURL, TestResults: pactfile.Value(r.TestResults), VerifiedBy: representVerifier(r.VerifiedBy),
		Links: hal.Links{
			{Name: "self", Value: hal.Named(base.VerificationResult(pact.Provider, pact.Consumer, pact.SHA, number), "Verification result", name)},
			{Name: "pb:pact-version", Value: hal.Named(base.PactVersionWithMetadata(pact.Provider, pact.Consumer, pact.SHA, of), "Pact", pactName(pact))},
			{Name: "pb:triggered-webhooks", Value: hal.To(base.TriggeredByResult(pact.Provider, pact.Consumer, pact.SHA, number), "Webhooks triggered by this result")},
		},
	}
}

// representVerifier shows who verified; what was sent was checked then.
func representVerifier(sent []byte) verifier {
	var by struct {
		Implementation, Version string
		ClientLanguage          struct{ Name, Version, TestFramework string }
	}
	if json.Unmarshal(sent, &by) != nil {
		return verifier{}
	}
	return verifier{
		Implementation: by.Implementation, Version: by.Version,
		ClientLanguage: by.ClientLanguage.Name, ClientTestFramework: by.ClientLanguage.TestFramework, ClientVersion: by.ClientLanguage.Version,
	}
}

func representResultTags(base links.Base, provider, number string, tags []versions.Tag) *resultTags {
	shown := resultTags{Tags: []resultTag{}}
	for _, t := range tags {
		shown.Tags = append(shown.Tags, resultTag{Name: t.Name, Latest: t.Latest, Links: hal.Links{{Name: "self", Value: hal.Named(base.Tag(provider, number, t.Name), "Tag", t.Name)}}})
	}
	return &shown
}

// verificationSummary sums up the newest results of a consumer version.
type verificationSummary struct {
	Success   bool `json:"success"`
	Providers struct {
		Successful []string `json:"successful"`
		Failed     []string `json:"failed"`
		Unknown    []string `json:"unknown"`
	} `json:"providerSummary"`
	Embedded struct {
		Results []result `json:"verificationResults"`
	} `json:"_embedded"`
	Links hal.Links `json:"_links"`
}

func (a *API) showVerificationSummary(c *gin.Context) error {
	consumer, number := edge.Param(c, "consumer"), edge.Param(c, "number")
	summary, err := verification.Summarize(c.Request.Context(), a.Results, consumer, number)
	if err != nil {
		return err
	}
	return edge.HAL(c, http.StatusOK, representSummary(edge.Base(c), consumer, number, summary))
}

func representSummary(base links.Base, consumer, number string, summary verification.Summary) verificationSummary {
	s := verificationSummary{Success: summary.Success}
	s.Providers.Successful = append([]string{}, summary.Successful...)
	s.Providers.Failed = append([]string{}, summary.Failed...)
	s.Providers.Unknown = append([]string{}, summary.Unknown...)
	s.Embedded.Results = []result{}
	for _, l := range summary.Results {
		s.Embedded.Results = append(s.Embedded.Results, representResult(base, l.Pact, *l.Result))
	}
	s.Links = hal.Links{{Name: "self", Value: hal.To(base.ResultsOfConsumerVersion(consumer, number), "Latest verification results of "+consumer+" version "+number)}}
	return s
}
