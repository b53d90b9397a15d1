package v1

import (
	"encoding/json"
	"net/http"
	"strconv"

	"github.com/gin-gonic/gin"

	"github.com/accord-broker/accord/internal/contracts"
	"github.com/accord-broker/accord/internal/edge"
	"github.com/accord-broker/accord/internal/pactfile"
	"github.com/accord-broker/accord/internal/support/fault"
	"github.com/accord-broker/accord/internal/support/links"
)

type changesShown struct {
	From           *contractOfVersion           `json:"from"`
	To             *contractOfVersion           `json:"to"`
	AsksNothingNew bool                         `json:"asks_nothing_new"`
	Counts         map[pactfile.ChangeClass]int `json:"counts"`
	itemsShown[changeShown]
}

type contractOfVersion struct {
	Version string `json:"version"`
	SHA     string `json:"sha"`
	URL     string `json:"url"`
}

type changeShown struct {
	Interaction string               `json:"interaction"`
	State       string               `json:"provider_state"`
	Path        string               `json:"path"`
	Kind        pactfile.ChangeKind  `json:"kind"`
	Class       pactfile.ChangeClass `json:"class"`
	Before      json.RawMessage      `json:"before,omitempty"`
	After       json.RawMessage      `json:"after,omitempty"`
}

// listContractChanges compares the contract of a consumer version with that of
// another one or, if none is named, with the last different one before it.
func (a *API) listContractChanges(c *gin.Context) error {
	part, err := sliceOf(c)
	if err != nil {
		return err
	}
	to := pairOf(c)
	to.Number, _ = edge.QueryValue(c, "to")
	var after contracts.Publication
	var before *contracts.Publication
	if err := edge.View(c, func() (err error) {
		if after, err = contracts.Find(c.Request.Context(), a.Pacts, to); err == nil {
			before, err = a.pactBefore(c, after)
		}
		return err
	}); err != nil {
		return err
	}
	changes, err := a.changesOf(c, before, after)
	if err != nil {
		return err
	}
	return answerChanges(c, part, before, after, changes)
}

// pairOf returns the consumer and the provider of the address.
func pairOf(c *gin.Context) contracts.PactQuery {
	return contracts.PactQuery{Consumer: edge.Param(c, "consumer"), Provider: edge.Param(c, "provider")}
}

// pactBefore is the pact that the query names to compare with, or the last
// different one; nil if there is none.
func (a *API) pactBefore(c *gin.Context, after contracts.Publication) (*contracts.Publication, error) {
	from := pairOf(c)
	var named bool
	if from.Number, named = edge.QueryValue(c, "from"); named {
		p, err := contracts.Find(c.Request.Context(), a.Pacts, from)
		return &p, err
	}
	p, found, err := contracts.PreviousDistinct(c.Request.Context(), a.Pacts, after)
	if err != nil || !found {
		return nil, err
	}
	return &p, nil
}

// changesOf returns an Unprocessable fault if comparing takes too long.
func (a *API) changesOf(c *gin.Context, before *contracts.Publication, after contracts.Publication) ([]pactfile.DemandChange, error) {
	ctx := c.Request.Context()
	is, err := a.Pacts.ContentBody(ctx, after.ContentID)
	if err != nil {
		return nil, err
	}
	was := pactfile.Body("{}")
	if before != nil {
		if was, err = a.Pacts.ContentBody(ctx, before.ContentID); err != nil {
			return nil, err
		}
	}
	if !pactfile.Comparable(was, is) {
		return nil, fault.New(fault.Unprocessable, "The two contracts have more values than can be compared, which is %d together, or are nested too deep.", pactfile.MostCompared).
			Coded("comparison_too_slow", "Fetch both and compare them on your machine, or split the contract.")
	}
	changes, inTime := edge.Within(ctx, a.DiffTimeout, func() []pactfile.DemandChange { return pactfile.Changes(was, is) })
	if !inTime {
		return nil, fault.New(fault.Unprocessable, "The two contracts could not be compared within %s.", a.DiffTimeout).
			Coded("comparison_too_slow", "Compare versions that are nearer to each other, or raise PACT_BROKER_PACT_CONTENT_DIFF_TIMEOUT.")
	}
	return changes, nil
}

// answerChanges shows a part of the changes. The cursor is how many came before.
func answerChanges(c *gin.Context, part slice, before *contracts.Publication, after contracts.Publication, changes []pactfile.DemandChange) error {
	counts := map[pactfile.ChangeClass]int{pactfile.AsksMore: 0, pactfile.AsksLess: 0, pactfile.AsksOtherwise: 0, pactfile.AsksTheSame: 0}
	for _, change := range changes {
		counts[change.Class]++
	}
	first := 0
	if part.After != "" {
		var err error
		if first, err = strconv.Atoi(part.After); err != nil || first < 0 || first > len(changes) {
			return fault.InvalidField("cursor", "is none that this list has given; leave it out to begin at the start")
		}
	}
	last := min(first+part.Limit, len(changes))
	items := []changeShown{}
	for _, change := range changes[first:last] {
		items = append(items, changeShown{Interaction: change.Interaction, State: change.State, Path: change.Path,
			Kind: change.Kind, Class: change.Class, Before: pactfile.Value(change.Before), After: pactfile.Value(change.After)})
	}
	next := ""
	if last < len(changes) {
		next = strconv.Itoa(last)
	}
	base := edge.Base(c)
	shown := changesShown{To: representContractOf(base, after), Counts: counts, itemsShown: shownItems(c, items, next),
		AsksNothingNew: counts[pactfile.AsksMore]+counts[pactfile.AsksOtherwise] == 0}
	if before != nil {
		shown.From = representContractOf(base, *before)
	}
	return edge.HAL(c, http.StatusOK, shown)
}

func representContractOf(base links.Base, p contracts.Publication) *contractOfVersion {
	return &contractOfVersion{Version: p.VersionNumber, SHA: p.SHA, URL: base.Pact(p.Provider, p.Consumer, p.VersionNumber)}
}

// showContractContent shows the content with a sha, which never changes.
func (a *API) showContractContent(c *gin.Context) error {
	which := pairOf(c)
	which.SHA = edge.Param(c, "sha")
	p, err := contracts.Find(c.Request.Context(), a.Pacts, which)
	if err != nil {
		return err
	}
	body, err := a.Pacts.ContentBody(c.Request.Context(), p.ContentID)
	if err != nil {
		return err
	}
	edge.Immutable(c, p.SHA)
	return edge.Bytes(c, http.StatusOK, edge.JSON, body)
}
