package v1

import (
	"net/http"

	"github.com/accord-broker/accord/internal/access"
	"github.com/accord-broker/accord/internal/edge"
)

// Routes is the table of the API, each route completed by what all share.
func (a *API) Routes() []edge.Route {
	const (
		get    = http.MethodGet
		post   = http.MethodPost
		put    = http.MethodPut
		remove = http.MethodDelete
	)
	routes := []edge.Route{
		// Verdicts
		{Method: get, Path: v1 + "/verdicts", Operation: "showVerdict", Action: access.Read, Handler: a.showVerdict},
		{Method: post, Path: v1 + "/verdicts", Operation: "askVerdict", OutsideTransaction: true, Action: access.Read, BodyRequired: true, Handler: a.askVerdict},

		// Events
		{Method: get, Path: v1 + "/events", Operation: "listEvents", Action: access.ReadEvents, Offers: []string{edge.JSON, edge.EventStream}, Handler: a.listEvents},

		// The broker itself
		{Method: get, Path: v1 + "/about", Operation: "showAbout", Action: access.Read, Handler: a.showAbout},

		// Requests
		{Method: get, Path: v1 + "/requests/:request", Operation: "showRequest", Action: access.ReadEvents, Handler: a.showRequest},

		// Changes of contracts
		{Method: get, Path: v1 + "/contracts/provider/:provider/consumer/:consumer/changes", Operation: "listContractChanges", Action: access.Read, TakesApart: true, Handler: a.listContractChanges},

		{Method: get, Path: v1 + "/contracts/provider/:provider/consumer/:consumer/contents/:sha", Operation: "showContractContent", Action: access.Read, Handler: a.showContractContent},

		// Contracts of providers
		{Method: get, Path: v1 + "/providers/:provider/contracts", Operation: "listProviderContracts", Action: access.Read, Handler: a.listProviderContracts},
		{Method: get, Path: v1 + "/providers/:provider/document", Operation: "showProviderDocument", Action: access.Read, Offers: []string{edge.YAML, edge.JSON, edge.Anything}, Handler: a.showProviderDocument},
		{Method: get, Path: v1 + "/providers/:provider/contracts/:number/changes/:otherNumber", Operation: "listDocumentChanges", Action: access.Read, Handler: a.listDocumentChanges},
		{Method: post, Path: v1 + "/providers/:provider/contracts/check", Operation: "checkDocument", OutsideTransaction: true, Action: access.Read, LargeBody: true, BodyRequired: true, Handler: a.checkDocument},

		// Names of applications
		{Method: post, Path: v1 + "/applications/:pacticipant/rename", Operation: "renameApplication", Action: access.ManageApplications, BodyRequired: true, Handler: a.renameApplication},
		{Method: post, Path: v1 + "/applications/:pacticipant/merge", Operation: "mergeApplication", Action: access.ManageApplications, BodyRequired: true, Handler: a.mergeApplication},
		{Method: get, Path: v1 + "/applications/:pacticipant/former-names", Operation: "listFormerNames", Action: access.Read, Handler: a.listFormerNames},
		{Method: remove, Path: v1 + "/applications/:pacticipant/former-names/:name", Operation: "deleteFormerName", Action: access.ManageApplications, Handler: a.deleteFormerName},

		// Branches
		{Method: get, Path: v1 + "/applications/:pacticipant/branches", Operation: "v1ListBranches", OneView: true, Action: access.Read, Handler: a.listBranches},
		{Method: get, Path: v1 + "/applications/:pacticipant/branches/:branch", Operation: "v1ShowBranch", OneView: true, Action: access.Read, Handler: a.showBranch},
		{Method: post, Path: v1 + "/applications/:pacticipant/branches/:branch/close", Operation: "closeBranch", Action: access.MakeVersions, Handler: a.closeBranch},
		{Method: post, Path: v1 + "/applications/:pacticipant/branches/:branch/reopen", Operation: "reopenBranch", Action: access.MakeVersions, Handler: a.reopenBranch},

		// Version control systems
		{Method: post, Path: v1 + "/vcs/github", Operation: "hearGitHub", Action: access.Public, BodyRequired: true, Handler: a.hearGitHub},
		{Method: post, Path: v1 + "/vcs/gitlab", Operation: "hearGitLab", Action: access.Public, BodyRequired: true, Handler: a.hearGitLab},

		// External applications
		{Method: get, Path: v1 + "/applications/:pacticipant/external", Operation: "showExternal", Action: access.Read, Handler: a.showExternal},
		{Method: put, Path: v1 + "/applications/:pacticipant/external", Operation: "markExternal", Action: access.ManageApplications, BodyRequired: true, Handler: a.markExternal},
		{Method: remove, Path: v1 + "/applications/:pacticipant/external", Operation: "unmarkExternal", Action: access.ManageApplications, Handler: a.unmarkExternal},

		// Webhooks
		{Method: get, Path: v1 + "/webhooks", Operation: "v1ListWebhooks", Action: access.ManageWebhooks, Handler: a.listWebhooks},
		{Method: post, Path: v1 + "/webhooks", Operation: "v1CreateWebhook", Action: access.ManageWebhooks, BodyRequired: true, Handler: a.createWebhook},
		{Method: get, Path: v1 + "/webhooks/:uuid", Operation: "v1ShowWebhook", Action: access.ManageWebhooks, Handler: a.showWebhook},
		{Method: put, Path: v1 + "/webhooks/:uuid", Operation: "v1PutWebhook", Action: access.ManageWebhooks, BodyRequired: true, Handler: a.putWebhook},
		{Method: remove, Path: v1 + "/webhooks/:uuid", Operation: "v1DeleteWebhook", Action: access.ManageWebhooks, Handler: a.deleteWebhook},
		{Method: post, Path: v1 + "/webhooks/:uuid/pause", Operation: "pauseWebhook", Action: access.ManageWebhooks, Handler: a.pauseWebhook},
		{Method: post, Path: v1 + "/webhooks/:uuid/resume", Operation: "resumeWebhook", Action: access.ManageWebhooks, Handler: a.resumeWebhook},
		{Method: post, Path: v1 + "/webhooks/:uuid/signing-keys", Operation: "addSigningKey", Action: access.ManageWebhooks, Handler: a.addSigningKey},
		{Method: remove, Path: v1 + "/webhooks/:uuid/signing-keys/:key", Operation: "removeSigningKey", Action: access.ManageWebhooks, Handler: a.removeSigningKey},

		// Deliveries of webhooks
		{Method: get, Path: v1 + "/webhook-deliveries", Operation: "listDeliveries", Action: access.ManageWebhooks, Handler: a.listDeliveries},
		{Method: post, Path: v1 + "/webhook-deliveries/replay", Operation: "replayDeliveries", Action: access.ManageWebhooks, BodyRequired: true, Handler: a.replayDeliveries},
		{Method: get, Path: v1 + "/webhook-deliveries/:uuid", Operation: "showDelivery", OneView: true, Action: access.ManageWebhooks, Handler: a.showDelivery},
		{Method: post, Path: v1 + "/webhook-deliveries/:uuid/redeliver", Operation: "redeliver", Action: access.ManageWebhooks, Handler: a.redeliver},

		// Secrets
		{Method: get, Path: v1 + "/secrets", Operation: "listSecrets", Action: access.ManageWebhooks, Handler: a.listSecrets},
		{Method: put, Path: v1 + "/secrets/:secret", Operation: "putSecret", Action: access.ManageWebhooks, BodyRequired: true, Handler: a.putSecret},
		{Method: remove, Path: v1 + "/secrets/:secret", Operation: "deleteSecret", Action: access.ManageWebhooks, Handler: a.deleteSecret},

		// Tokens
		{Method: get, Path: v1 + "/tokens", Operation: "listTokens", Action: access.Administer, Handler: a.listTokens},
		{Method: post, Path: v1 + "/tokens", Operation: "createToken", Action: access.Administer, BodyRequired: true, Handler: a.createToken},
		{Method: post, Path: v1 + "/tokens/:token/rotate", Operation: "rotateToken", Action: access.Administer, BodyRequired: true, Handler: a.rotateToken},
		{Method: remove, Path: v1 + "/tokens/:token", Operation: "revokeToken", Action: access.Administer, Handler: a.revokeToken},

		// Exchange of tokens
		{Method: post, Path: v1 + "/token-exchange", Operation: "exchangeToken", OutsideTransaction: true, Action: access.Public, Accepts: []string{edge.Form}, Handler: a.exchangeToken},
		{Method: get, Path: v1 + "/trust-rules", Operation: "listTrustRules", Action: access.Administer, Handler: a.listTrustRules},
		{Method: post, Path: v1 + "/trust-rules", Operation: "createTrustRule", Action: access.Administer, BodyRequired: true, Handler: a.createTrustRule},
		{Method: post, Path: v1 + "/trust-rules/try", Operation: "tryTrustRules", OutsideTransaction: true, Action: access.Administer, BodyRequired: true, Handler: a.tryTrustRules},
		{Method: put, Path: v1 + "/trust-rules/:rule", Operation: "putTrustRule", Action: access.Administer, BodyRequired: true, Handler: a.putTrustRule},
		{Method: remove, Path: v1 + "/trust-rules/:rule", Operation: "deleteTrustRule", Action: access.Administer, Handler: a.deleteTrustRule},

		// Audit
		{Method: get, Path: v1 + "/audit", Operation: "listAudit", Action: access.Administer, Offers: []string{edge.JSON, edge.JSONLines}, Handler: a.listAudit},

		// Teams and roles
		{Method: get, Path: v1 + "/teams", Operation: "listTeams", Action: access.Read, Handler: a.listTeams},
		{Method: get, Path: v1 + "/teams/:team", Operation: "showTeam", Action: access.Read, Handler: a.showTeam},
		{Method: put, Path: v1 + "/teams/:team", Operation: "putTeam", Action: access.Administer, BodyRequired: true, Handler: a.putTeam},
		{Method: remove, Path: v1 + "/teams/:team", Operation: "deleteTeam", Action: access.Administer, Handler: a.deleteTeam},
		{Method: get, Path: v1 + "/roles", Operation: "listRoles", Action: access.Read, Handler: a.listRoles},
		{Method: put, Path: v1 + "/roles/:role", Operation: "putRole", Action: access.Administer, BodyRequired: true, Handler: a.putRole},
		{Method: remove, Path: v1 + "/roles/:role", Operation: "deleteRole", Action: access.Administer, Handler: a.deleteRole},

		// People
		{Method: get, Path: v1 + "/me", Operation: "showMe", Action: access.Read, Handler: a.showMe},
		{Method: get, Path: v1 + "/users", Operation: "listUsers", Action: access.Administer, Handler: a.listUsers},
		{Method: post, Path: v1 + "/users", Operation: "createUser", Action: access.Administer, BodyRequired: true, Check: a.hashPassword, Handler: a.createUser},
		{Method: put, Path: v1 + "/users/:user", Operation: "updateUser", Action: access.Administer, BodyRequired: true, Handler: a.updateUser},
		{Method: post, Path: v1 + "/users/:user/disable", Operation: "disableUser", Action: access.Administer, Handler: a.disableUser},
		{Method: post, Path: v1 + "/users/:user/enable", Operation: "enableUser", Action: access.Administer, Handler: a.enableUser},
		{Method: post, Path: v1 + "/users/:user/password", Operation: "setUserPassword", Action: access.Administer, BodyRequired: true, Check: a.hashPassword, Handler: a.setUserPassword},
	}
	for i := range routes {
		routes[i] = own(routes[i])
	}
	return routes
}
