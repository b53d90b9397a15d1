package api

import (
	"encoding/json"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/accord-broker/accord/internal/contracts"
	"github.com/accord-broker/accord/internal/edge"
	"github.com/accord-broker/accord/internal/pacticipants"
)

// providerStates are the states that consumers ask of a provider.
type providerStates struct {
	States []providerState `json:"providerStates"`
}

type providerState struct {
	Name      string          `json:"name"`
	Params    json.RawMessage `json:"params,omitempty"`
	Consumers []string        `json:"consumers"`
}

func (a *API) listProviderStates(c *gin.Context) error {
	return a.writeProviderStates(c, contracts.Query{MainBranch: true, HeadsOnly: true})
}

func (a *API) listProviderStatesOnBranch(c *gin.Context) error {
	return a.writeProviderStates(c, contracts.Query{Branch: edge.Param(c, "branch"), HeadsOnly: true})
}

func (a *API) listProviderStatesInEnvironment(c *gin.Context) error {
	return a.writeProviderStates(c, contracts.Query{Environment: edge.Param(c, "environment")})
}

func (a *API) writeProviderStates(c *gin.Context, which contracts.Query) error {
	var found []contracts.Publication
	if err := edge.View(c, func() error {
		provider, err := pacticipants.Get(c.Request.Context(), a.Pacts, "provider", edge.Param(c, "provider"))
		if err != nil {
			return err
		}
		which.ProviderID = provider.ID
		found, _, err = a.Pacts.Pacts(c.Request.Context(), which)
		return err
	}); err != nil {
		return err
	}
	states, err := contracts.ProviderStates(c.Request.Context(), a.Pacts, found)
	if err != nil {
		return err
	}
	shown := providerStates{States: make([]providerState, len(states))}
	for i, state := range states {
		shown.States[i] = providerState{Name: state.Name, Params: state.Params, Consumers: state.Consumers}
	}
	return edge.HAL(c, http.StatusOK, shown)
}
