package api

import (
	"cmp"
	"net/http"
	"slices"
	"sync"

	"github.com/gin-gonic/gin"

	"github.com/accord-broker/accord/internal/contracts"
	"github.com/accord-broker/accord/internal/edge"
	"github.com/accord-broker/accord/internal/edge/hal"
	"github.com/accord-broker/accord/internal/pacticipants"
	"github.com/accord-broker/accord/internal/selection"
	"github.com/accord-broker/accord/internal/support/links"
)

// pactsForVerification is the answer to what a provider has to verify.
type pactsForVerification struct {
	Embedded struct {
		Pacts []pactForVerification `json:"pacts"`
	} `json:"_embedded"`
	Links hal.Links `json:"_links"`
}

type pactForVerification struct {
	ShortDescription string                 `json:"shortDescription"`
	Properties       verificationProperties `json:"verificationProperties"`
	Links            hal.Links              `json:"_links"`
}

type verificationProperties struct {
	Pending *bool                `json:"pending,omitempty"`
	WIP     bool                 `json:"wip,omitempty"`
	Notices []verificationNotice `json:"notices"`
}

// verificationNotice is a sentence that a verifier prints before or after it
// has verified.
type verificationNotice struct {
	When string `json:"when"`
	Text string `json:"text"`
}

// selectionKey is where a checked query waits for the handler.
const selectionKey = "selection"

// checkSelection reads the body before anything else is looked at.
func (a *API) checkSelection(c *gin.Context) error {
	if edge.RequireMedia(c) != nil {
		return nil
	}
	body, err := edge.Body(c)
	if err != nil {
		return err
	}
	return a.readSelection(c, func(exists environmentFinder) (selection.Query, error) {
		return readSelection(body, exists)
	})
}

// checkOldSelection reads the query string of an old client.
func (a *API) checkOldSelection(c *gin.Context) error {
	return a.readSelection(c, func(exists environmentFinder) (selection.Query, error) {
		return readOldSelection(c.Request.URL.RawQuery, exists)
	})
}

// readSelection reads a query. Environments are looked up if it names one: few do.
func (a *API) readSelection(c *gin.Context, read func(environmentFinder) (selection.Query, error)) error {
	var failed error
	known := sync.OnceValue(func() (known selection.Environments) {
		known, failed = a.Selection.Environments(c.Request.Context())
		return known
	})
	q, err := read(func(name string) (bool, string) { return known().Find(name) })
	c.Set(selectionKey, q)
	if failed != nil {
		return failed
	}
	return err
}

func (a *API) selectPactsForVerification(c *gin.Context) error {
	if err := edge.RequireMedia(c); err != nil {
		if _, missing := pacticipants.Get(c.Request.Context(), a.Pacts, "provider", edge.Param(c, "provider")); missing != nil {
			return missing
		}
		return err
	}
	return a.writeSelection(c)
}

func (a *API) listPactsForVerification(c *gin.Context) error {
	const old = "The verifier asks this broker in a way that is going to be removed. A newer version of the Pact library brings pending pacts, work in progress and better selectors."
	return a.writeSelection(c, verificationNotice{beforeVerification, old})
}

// writeSelection answers the checked query; the notices come before all others.
func (a *API) writeSelection(c *gin.Context, first ...verificationNotice) error {
	provider := edge.Param(c, "provider")
	q, _ := c.MustGet(selectionKey).(selection.Query)
	selected, err := a.Selection.Select(c.Request.Context(), provider, q)
	if err != nil {
		return err
	}
	base := edge.Base(c)
	answer := pactsForVerification{Links: hal.Links{{Name: "self", Value: hal.To(base.PactsForVerification(provider), "Pacts to be verified")}}}
	answer.Embedded.Pacts = make([]pactForVerification, len(selected.Pacts))
	for i, pact := range selected.Pacts {
		answer.Embedded.Pacts[i] = representSelected(base, q, pact, first)
	}
	return edge.HAL(c, http.StatusOK, answer)
}

func representSelected(base links.Base, q selection.Query, pact selection.Pact, first []verificationNotice) pactForVerification {
	p := pact.Publication
	href := base.PactVersionWithMetadata(p.Provider, p.Consumer, p.SHA, metadataOf(q, pact).Encode())
	shown := pactForVerification{
		ShortDescription: pact.ShortDescription(),
		Links:            hal.Links{{Name: "self", Value: hal.Link{Href: href, Name: pactName(p)}}},
	}
	shown.Properties.WIP = pact.WIP
	if q.Pending {
		shown.Properties.Pending = &pact.Pending
	}
	shown.Properties.Notices = append(append([]verificationNotice{}, first...), verificationNotices(base, q, pact)...)
	return shown
}

// maxRemembered is how many findings an address remembers, so that clients and
// proxies take it however many versions have published the content.
const maxRemembered = 50

// metadataOf is what the address of the pact remembers of the selection.
func metadataOf(q selection.Query, pact selection.Pact) contracts.Metadata {
	if pact.WIP {
		return contracts.Metadata{WIP: true}
	}
	var m contracts.Metadata
	if q.Pending {
		m.Pending = &pact.Pending
	}
	for _, match := range newestMatches(pact) {
		m.Selectors = append(m.Selectors, contracts.SelectorMetadata{
			Branch: match.Reason.Branch, Tag: match.Reason.Tag, Environment: match.Reason.Environment,
			Latest:            match.Reason.Kind == selection.ByLatest || match.Reason.Kind == selection.ByBranch || match.Reason.Kind == selection.ByLatestTag,
			ConsumerVersionID: match.Pact.VersionID,
		})
	}
	return m
}

// newestMatches are the findings that an address remembers.
func newestMatches(pact selection.Pact) []selection.Match {
	if len(pact.Matches) <= maxRemembered {
		return pact.Matches
	}
	newest := slices.SortedStableFunc(slices.Values(pact.Matches), func(a, b selection.Match) int {
		return cmp.Compare(b.Pact.VersionPosition, a.Pact.VersionPosition)
	})
	return newest[:maxRemembered]
}
