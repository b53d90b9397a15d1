package v1

import (
	"context"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/accord-broker/accord/internal/edge"
	"github.com/accord-broker/accord/internal/pacticipants"
	"github.com/accord-broker/accord/internal/support/fault"
	"github.com/accord-broker/accord/internal/versions"
)

// branchShown is a branch with its state.
type branchShown struct {
	Name      string               `json:"name"`
	State     versions.BranchState `json:"state"`
	Main      bool                 `json:"main"`
	Head      *string              `json:"head"`
	CreatedAt string               `json:"created_at"`
	UpdatedAt string               `json:"updated_at"`
	ClosedAt  *string              `json:"closed_at"`
}

func (a *API) listBranches(c *gin.Context) error {
	part, err := sliceOf(c)
	if err != nil {
		return err
	}
	ctx := c.Request.Context()
	p, err := pacticipants.Get(ctx, a.Applications, "pacticipant", edge.Param(c, "pacticipant"))
	if err != nil {
		return err
	}
	state, _ := edge.QueryValue(c, "state")
	found, err := a.Versions.BranchesByName(ctx, versions.BranchQuery{
		Pacticipant: p, State: versions.BranchState(state), StaleBefore: a.Ages.StaleBefore(), After: part.After, Limit: part.Limit + 1,
	})
	if err != nil {
		return err
	}
	heads, err := a.headsOf(ctx, found...)
	if err != nil {
		return err
	}
	return answerPart(c, part, found, func(b versions.Branch) string { return b.Name }, func(b versions.Branch) branchShown { return a.representBranch(p, b, heads) })
}

func (a *API) showBranch(c *gin.Context) error {
	ctx := c.Request.Context()
	p, err := pacticipants.Get(ctx, a.Applications, "pacticipant", edge.Param(c, "pacticipant"))
	if err != nil {
		return err
	}
	b, found, err := a.Versions.FindBranch(ctx, p, edge.Param(c, "branch"))
	if err != nil {
		return err
	}
	if !found {
		return fault.Missing("no branch %s of %s", edge.Param(c, "branch"), p.Name)
	}
	return a.answerBranch(c, p, b)
}

func (a *API) closeBranch(c *gin.Context) error {
	p, b, err := a.ChangingVersions.CloseBranch(c.Request.Context(), edge.Param(c, "pacticipant"), edge.Param(c, "branch"))
	if err != nil {
		return err
	}
	return a.answerBranch(c, p, b)
}

func (a *API) reopenBranch(c *gin.Context) error {
	p, b, err := a.ChangingVersions.ReopenBranch(c.Request.Context(), edge.Param(c, "pacticipant"), edge.Param(c, "branch"))
	if err != nil {
		return err
	}
	return a.answerBranch(c, p, b)
}

func (a *API) answerBranch(c *gin.Context, p pacticipants.Pacticipant, b versions.Branch) error {
	heads, err := a.headsOf(c.Request.Context(), b)
	if err != nil {
		return err
	}
	return edge.HAL(c, http.StatusOK, a.representBranch(p, b, heads))
}

// headsOf are the numbers of the versions at the heads of branches, by their ids.
func (a *API) headsOf(ctx context.Context, branches ...versions.Branch) (map[int64]string, error) {
	ids := make([]int64, len(branches))
	for i, b := range branches {
		ids[i] = b.HeadVersionID
	}
	found, err := a.Versions.VersionsWithIDs(ctx, ids...)
	numbers := make(map[int64]string, len(found))
	for _, v := range found {
		numbers[v.ID] = v.Number
	}
	return numbers, err
}

func (a *API) representBranch(p pacticipants.Pacticipant, b versions.Branch, heads map[int64]string) branchShown {
	shown := branchShown{
		Name: b.Name, State: a.Ages.StateOf(p, b), Main: b.Name == p.MainBranch,
		CreatedAt: instant(b.CreatedAt), UpdatedAt: instant(b.UpdatedAt), ClosedAt: instantOrNull(b.ClosedAt),
	}
	if number, known := heads[b.HeadVersionID]; known {
		shown.Head = &number
	}
	return shown
}
