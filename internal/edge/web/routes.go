package web

import (
	"net/http"

	"github.com/accord-broker/accord/internal/access"
	"github.com/accord-broker/accord/internal/edge"
)

const branchOf = "/pacticipants/:pacticipant/branches/:branch"

// Routes is the table of the pages.
func (w *Web) Routes() []edge.Route {
	html, anything := []string{edge.HTMLText}, []string{edge.Anything}
	return []edge.Route{
		// Everything at a glance
		inOneView(olderPage("/", w.showHome)),
		page("/integrations", w.goHome),
		page("/dashboard", w.goHome),
		olderPage("/dashboard/provider/:provider/consumer/:consumer", w.goMatrixOfPair),
		page("/pacticipants", w.goHome),
		page("/relationships", w.goNetwork),
		page("/affected", w.goAffected),
		page("/groups/:pacticipant", w.showNetworkOf),
		page("/publish", w.showFirstSteps),

		// One application, one environment
		olderPage("/pacticipants/:pacticipant", w.showApplication),
		olderPage("/pacticipants/:pacticipant/network", w.showNetworkOf),
		changing(inOneView(page("/pacticipants/:pacticipant/edit", w.showEditApplication))),
		w.form("/pacticipants/:pacticipant/edit", access.ManageApplications, w.editApplication),
		changing(inOneView(page("/pacticipants/:pacticipant/rename", w.showRename))),
		w.form("/pacticipants/:pacticipant/rename", access.ManageApplications, w.rename),
		w.form("/pacticipants/:pacticipant/rename/forget", access.ManageApplications, w.deleteFormerName),
		changing(page("/pacticipants/:pacticipant/merge", w.showMerge)),
		w.form("/pacticipants/:pacticipant/merge", access.ManageApplications, w.merge),
		changing(page("/pacticipants/:pacticipant/delete", w.confirmApplicationDeletion)),
		w.form("/pacticipants/:pacticipant/delete", access.ManageApplications, w.deleteApplication),
		inOneView(page("/pacticipants/:pacticipant/versions/:number", w.showVersion)),
		changing(inOneView(page("/pacticipants/:pacticipant/versions/:number/delete", w.confirmVersionDeletion))),
		w.form("/pacticipants/:pacticipant/versions/:number/delete", access.ManageApplications, w.deleteVersion),
		{Method: http.MethodGet, Path: branchOf + "/close", OneView: true, Offers: html, Action: access.MakeVersions, ForPeople: true, Handler: w.confirmClosing},
		w.form(branchOf+"/close", access.MakeVersions, w.closeBranch),
		w.form(branchOf+"/reopen", access.MakeVersions, w.reopenBranch),
		inOneView(page("/environments", w.showEnvironments)),
		inOneView(page("/environments/:environment", w.showEnvironment)),

		// One contract
		pageOfContract("/version/:number", w.showContract),
		pageOfContract("/latest", w.showContract),
		pageOfContract("/latest-untagged", w.showUntaggedContract),
		pageOfContract("/latest/:tag", w.showContract),
		pageOfContract("/branch/:branch/latest", w.showContract),
		pageOfContract("/pact-version/:sha", w.showContract),
		inOneView(page("/pacts/provider/:provider/consumer/:consumer/versions", w.showContractVersions)),
		pageOfContract("/pact-version/:sha/metadata/:metadata", w.showSelectedContract),

		// What a version of a provider promises
		inOneView(olderPage("/contracts/provider/:provider/version/:number", w.showProviderContract)),
		olderPage("/contracts/provider/:provider/version/:number/consumer/:consumer/pact-version/:sha/verification-results", w.showCompared),
		page("/contracts/provider/:provider/changes", w.showDocumentChanges),
		large(w.form("/contracts/provider/:provider/changes", access.Read, w.offerDocument)),
		page("/compare", w.showCompare),
		large(w.form("/compare", access.Read, w.compare)),

		// What works with what
		page("/can-i-deploy", w.showVerdict),
		page("/pacticipants/:pacticipant/branches/:branch/latest-version/can-i-deploy/to-environment/:environment", w.showBranchVerdict),
		olderPage("/pacticipants/:pacticipant/latest-version/:tag/can-i-deploy/to/:to", w.showTagVerdict),
		olderPage("/matrix", w.showMatrix),
		olderPage("/matrix/provider/:provider/consumer/:consumer", w.showMatrixOfPair),
		inOneView(page("/network", w.showNetwork)),
		inOneView(page("/network/download", w.downloadNetwork)),

		// What happened, and where things are
		telling(page("/activity", w.showActivity)),
		page("/search", w.showSearch),
		administering(page("/audit", w.showAudit)),
		administering(page("/health", w.showHealth)),
		administering(page("/jobs", w.showJobs)),
		administering(page("/settings", w.showSettings)),

		// Who may do what
		administering(inOneView(page("/tokens", w.showTokens))),
		w.form("/tokens", access.Administer, w.createToken),
		administering(inOneView(page("/tokens/:token", w.showToken))),
		w.form("/tokens/:token/rotate", access.Administer, w.rotateToken),
		w.form("/tokens/:token/revoke", access.Administer, w.revokeToken),
		administering(inOneView(page("/people", w.showPeople))),
		w.form("/people", access.Administer, w.createPerson),
		administering(inOneView(page("/people/:person", w.showPerson))),
		w.form("/people/:person", access.Administer, w.changePerson),
		w.form("/people/:person/disable", access.Administer, w.disablePerson),
		w.form("/people/:person/enable", access.Administer, w.enablePerson),
		w.form("/people/:person/password", access.Administer, w.resetPassword),
		inOneView(page("/teams", w.showTeams)),
		w.form("/teams", access.Administer, w.createTeam),
		inOneView(page("/teams/:team", w.showTeam)),
		w.form("/teams/:team", access.Administer, w.changeTeam),
		w.form("/teams/:team/delete", access.Administer, w.deleteTeam),
		page("/roles", w.showRoles),
		w.form("/roles", access.Administer, w.createRole),
		administering(page("/roles/:role", w.showRole)),
		w.form("/roles/:role", access.Administer, w.changeRole),
		w.form("/roles/:role/delete", access.Administer, w.deleteRole),
		administering(inOneView(page("/trust-rules", w.showTrustRules))),
		w.form("/trust-rules", access.Administer, w.createTrustRule),
		w.form("/trust-rules/try", access.Administer, w.tryTrustRules),
		administering(inOneView(page("/trust-rules/:rule", w.showTrustRule))),
		w.form("/trust-rules/:rule", access.Administer, w.changeTrustRule),
		w.form("/trust-rules/:rule/delete", access.Administer, w.deleteTrustRule),

		// Webhooks
		managing(inOneView(page("/webhooks", w.showWebhooks))),
		managing(inOneView(page("/webhooks/new", w.showNewWebhook))),
		w.form("/webhooks/new", access.ManageWebhooks, w.createWebhook),
		managing(inOneView(page("/webhooks/:uuid", w.showWebhook))),
		managing(inOneView(page("/webhooks/:uuid/edit", w.showEditWebhook))),
		w.form("/webhooks/:uuid/edit", access.ManageWebhooks, w.editWebhook),
		managing(inOneView(page("/webhooks/:uuid/delete", w.confirmWebhookDeletion))),
		w.form("/webhooks/:uuid/delete", access.ManageWebhooks, w.deleteWebhook),
		managing(inOneView(page("/webhooks/:uuid/replay", w.confirmReplay))),
		w.form("/webhooks/:uuid/replay", access.ManageWebhooks, w.replayDeliveries),
		w.form("/webhooks/:uuid/signing-keys", access.ManageWebhooks, w.addSigningKey),
		w.form("/webhooks/:uuid/signing-keys/:key/remove", access.ManageWebhooks, w.removeSigningKey),
		w.form("/webhooks/:uuid/pause", access.ManageWebhooks, w.pauseWebhook),
		w.form("/webhooks/:uuid/resume", access.ManageWebhooks, w.resumeWebhook),
		w.form("/webhooks/:uuid/switch-on", access.ManageWebhooks, w.switchOnWebhook),
		w.form("/webhooks/:uuid/test", access.ManageWebhooks, w.testWebhook),
		managing(inOneView(page("/webhooks/:uuid/deliveries/:delivery", w.showDelivery))),
		w.form("/webhooks/:uuid/deliveries/:delivery/again", access.ManageWebhooks, w.sendAgain),
		managing(inOneView(page("/secrets", w.showSecrets))),
		w.form("/secrets", access.ManageWebhooks, w.putSecret),
		managing(inOneView(page("/secrets/:secret", w.showWebhookSecret))),
		w.form("/secrets/:secret", access.ManageWebhooks, w.putSecret),
		managing(inOneView(page("/secrets/:secret/delete", w.confirmSecretDeletion))),
		w.form("/secrets/:secret/delete", access.ManageWebhooks, w.deleteSecret),

		// Documentation
		{Method: http.MethodGet, Path: "/doc/:rel", Operation: "showRelation", Offers: html, Action: access.Read, Handler: w.showRelation},
		{Method: http.MethodGet, Path: "/problem/:problem", Operation: "showProblem", Offers: html, Action: access.Read, Handler: w.showProblem},
		{Method: http.MethodGet, Path: "/problems/:problem", Operation: "showKindOfProblem", Offers: html, Action: access.Read, Handler: w.showProblem},
		{Method: http.MethodGet, Path: "/deprecations", Operation: "showDeprecations", Offers: html, Action: access.Read, Handler: w.showDeprecations},
		{Method: http.MethodGet, Path: "/docs", Operation: "showDocs", Offers: html, Action: access.Read, Handler: w.showDocs},
		{Method: http.MethodGet, Path: "/docs/:operation", Offers: html, Action: access.Read, Handler: w.showOperation},

		// Resources of the API
		page("/browse", w.browse),
		page("/hal-browser", w.goHALBrowser),
		page("/hal-browser/browser.html", w.goHALBrowser),

		// Who you are
		public(page(edge.SignInPath, w.showSignIn)),
		w.form(edge.SignInPath, access.Public, w.signIn),
		public(page(edge.SignInPath+"/start", w.beginAtProvider)),
		public(page(callbackPath, w.finishAtProvider)),
		w.form("/sign-out", access.Public, w.signOut),
		page(edge.PasswordPath, w.useBasicAuth),
		public(inOneView(page("/account", w.showAccount))),
		w.form("/account/password", access.Public, w.changePassword),

		// Files and the appearance
		{Method: http.MethodGet, Path: "/static/:digest/:file", Offers: anything, Action: access.Public, Handler: w.showStaticFile},
		w.form("/appearance", access.Public, w.setAppearance),
	}
}

// form is the route to which a form is sent.
func (w *Web) form(path string, action access.Action, handler edge.HandlerFunc) edge.Route {
	return edge.Route{Method: http.MethodPost, Path: path, Offers: []string{edge.HTMLText}, Accepts: []string{formMedia}, Action: action, Handler: w.sameOrigin(handler)}
}

// large takes a form with a contract in it.
func large(route edge.Route) edge.Route {
	route.LargeBody = true
	return route
}

// inOneView lets all that a page reads be of one unchanging state.
func inOneView(route edge.Route) edge.Route {
	route.OneView = true
	return route
}

// public opens a page to everybody.
func public(route edge.Route) edge.Route {
	route.Action = access.Public
	return route
}

// telling keeps a page for those who read events.
func telling(route edge.Route) edge.Route {
	route.Action = access.ReadEvents
	return route
}

// administering keeps a page for those who administer.
func administering(route edge.Route) edge.Route {
	route.Action = access.Administer
	return route
}

// changing keeps a page for those who change applications.
func changing(route edge.Route) edge.Route {
	route.Action = access.ManageApplications
	return route
}

// managing keeps a page for those who manage webhooks.
func managing(route edge.Route) edge.Route {
	route.Action = access.ManageWebhooks
	return route
}
