package app

import (
	"github.com/accord-broker/accord/internal/contracts"
	"github.com/accord-broker/accord/internal/dashboard"
	"github.com/accord-broker/accord/internal/edge/web"
	"github.com/accord-broker/accord/internal/store"
	"github.com/accord-broker/accord/internal/support/release"
)

// pageServices are what the pages ask.
func (a *App) pageServices() web.Services {
	return web.Services{
		Boards:               a.boards(),
		Applications:         a.db,
		Versions:             a.db,
		Searching:            a.db,
		Ages:                 a.ages(),
		Deployments:          a.db,
		Matrix:               a.matrix(),
		Verdicts:             a.verdicts(),
		Pacts:                reading{a.db},
		ContentSizes:         a.db.ContentSizes,
		Endpoints:            contracts.NewEndpoints(a.db),
		ProviderContracts:    a.providerContracts(),
		Results:              a.db,
		Newest:               a.db,
		Audit:                a.trail,
		Webhooks:             a.webhooks,
		Deliveries:           a.db,
		ChangingApplications: a.pacticipants(),
		FormerNames:          a.db.FormerNames,
		ChangingVersions:     a.versions(),
		Exclusive:            a.db.Exclusive,
		Belongings:           a.db,
		Operations:           operations{a},
		SigningIn:            a.signingIn,
		Directory:            a.tokens.Directory,
		Tokens:               a.tokens,
		People:               a.people,
		Trust:                a.trust,
		BaseURLs:             a.settings.Server.BaseURLs,
		Release:              release.Version(),
		Now:                  a.db.Clock(),
	}
}

func (a *App) boards() *dashboard.Boards {
	return &dashboard.Boards{AwaitedFor: a.settings.Verdicts.PendingFor, View: inView(a, func(tx *store.Tx) dashboard.BoardReader { return tx })}
}
