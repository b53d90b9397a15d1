package web

import (
	"context"

	"github.com/gin-gonic/gin"

	"accord/internal/deployments"
	"accord/internal/edge"
	"accord/internal/pacticipants"
	"accord/internal/versions"
)

// home lists the applications: where a person begins.
type home struct {
	frame
	Base           string
	Search         string
	Rows           []application
	Total          int
	Previous, Next string
}

// application is a row of the list.
type application struct {
	Name       string
	Address    string
	Latest     string
	MainBranch string
	Deployed   []place
}

// place is where a version is deployed now.
type place struct{ Environment, Instance, Version string }

func (w *Web) showHome(c *gin.Context) error {
	page, err := edge.PageOf(c)
	if err != nil {
		return err
	}
	page = page.Always()
	search, err := edge.Search(c)
	if err != nil {
		return err
	}
	found, total, err := w.lists.Applications.Pacticipants(c.Request.Context(), pacticipants.Listing{Search: search, Limit: page.Limit(), Offset: page.Offset()})
	if err != nil {
		return err
	}
	base := edge.Base(c)
	shown := home{frame: w.frame(c, "Applications"), Base: base.Index(), Search: search, Total: total, Next: page.Next(c, total), Previous: page.Previous(c)}
	if shown.Rows, err = w.applications(c.Request.Context(), found); err != nil {
		return err
	}
	for i, row := range shown.Rows {
		shown.Rows[i].Address = base.Pacticipant(row.Name)
	}
	return w.show(c, "home.html", shown)
}

// applications reads the latest version of each application and where it is.
func (w *Web) applications(ctx context.Context, found []pacticipants.Pacticipant) ([]application, error) {
	ids := make([]int64, len(found))
	for i, p := range found {
		ids[i] = p.ID
	}
	latest, err := w.lists.Versions.LatestVersions(ctx, ids...)
	if err != nil {
		return nil, err
	}
	places, err := w.places(ctx, ids)
	if err != nil {
		return nil, err
	}
	rows := make([]application, len(found))
	for i, p := range found {
		rows[i] = application{Name: p.Name, Latest: latest[p.ID].Number, MainBranch: p.MainBranch, Deployed: places[p.ID]}
	}
	return rows, nil
}

// places finds where the applications are deployed now, by their ids.
func (w *Web) places(ctx context.Context, ids []int64) (map[int64][]place, error) {
	environments, err := w.lists.Deployments.Environments(ctx)
	if err != nil {
		return nil, err
	}
	names := map[int64]string{}
	for _, e := range environments {
		names[e.ID] = e.DisplayName
	}
	current, err := w.lists.Deployments.Deployed(ctx, deployments.DeployedFilter{PacticipantIDs: ids, Current: true})
	found := map[int64][]place{}
	for _, d := range current {
		found[d.PacticipantID] = append(found[d.PacticipantID], place{names[d.EnvironmentID], d.Instance, d.Number})
	}
	return found, err
}

// Lists are what the pages read.
type Lists struct {
	Applications pacticipants.Lister
	Versions     versions.Lister
	Deployments  deployments.Finder
}
