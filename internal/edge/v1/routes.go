package v1

import (
	"net/http"

	"accord/internal/edge"
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
		{Method: get, Path: v1 + "/verdicts", Operation: "showVerdict", Handler: a.showVerdict},
		{Method: post, Path: v1 + "/verdicts", Operation: "askVerdict", Access: edge.Read, BodyRequired: true, Handler: a.askVerdict},

		// Events
		{Method: get, Path: v1 + "/events", Operation: "listEvents", Offers: []string{edge.JSON, edge.EventStream}, Access: edge.ReadEvents, Handler: a.listEvents},

		// Changes of contracts
		{Method: get, Path: v1 + "/contracts/provider/:provider/consumer/:consumer/changes", Operation: "listContractChanges", Handler: a.listContractChanges},

		// External applications
		{Method: get, Path: v1 + "/applications/:pacticipant/external", Operation: "showExternal", Handler: a.showExternal},
		{Method: put, Path: v1 + "/applications/:pacticipant/external", Operation: "markExternal", BodyRequired: true, Handler: a.markExternal},
		{Method: remove, Path: v1 + "/applications/:pacticipant/external", Operation: "unmarkExternal", Handler: a.unmarkExternal},

		// Webhooks
		{Method: get, Path: v1 + "/webhooks", Operation: "v1ListWebhooks", Access: edge.ReadWebhooks, Handler: a.listWebhooks},
		{Method: post, Path: v1 + "/webhooks", Operation: "v1CreateWebhook", BodyRequired: true, Handler: a.createWebhook},
		{Method: get, Path: v1 + "/webhooks/:uuid", Operation: "v1ShowWebhook", Access: edge.ReadWebhooks, Handler: a.showWebhook},
		{Method: put, Path: v1 + "/webhooks/:uuid", Operation: "v1PutWebhook", BodyRequired: true, Handler: a.putWebhook},
		{Method: remove, Path: v1 + "/webhooks/:uuid", Operation: "v1DeleteWebhook", Handler: a.deleteWebhook},
		{Method: post, Path: v1 + "/webhooks/:uuid/pause", Operation: "pauseWebhook", Handler: a.pauseWebhook},
		{Method: post, Path: v1 + "/webhooks/:uuid/resume", Operation: "resumeWebhook", Handler: a.resumeWebhook},
		{Method: post, Path: v1 + "/webhooks/:uuid/signing-keys", Operation: "addSigningKey", Handler: a.addSigningKey},
		{Method: remove, Path: v1 + "/webhooks/:uuid/signing-keys/:key", Operation: "removeSigningKey", Handler: a.removeSigningKey},

		// Deliveries of webhooks
		{Method: get, Path: v1 + "/webhook-deliveries", Operation: "listDeliveries", Access: edge.ReadWebhooks, Handler: a.listDeliveries},
		{Method: post, Path: v1 + "/webhook-deliveries/replay", Operation: "replayDeliveries", BodyRequired: true, Handler: a.replayDeliveries},
		{Method: get, Path: v1 + "/webhook-deliveries/:uuid", Operation: "showDelivery", Access: edge.ReadWebhooks, Handler: a.showDelivery},
		{Method: post, Path: v1 + "/webhook-deliveries/:uuid/redeliver", Operation: "redeliver", Handler: a.redeliver},

		// Secrets
		{Method: get, Path: v1 + "/secrets", Operation: "listSecrets", Access: edge.ReadWebhooks, Handler: a.listSecrets},
		{Method: put, Path: v1 + "/secrets/:secret", Operation: "putSecret", BodyRequired: true, Handler: a.putSecret},
		{Method: remove, Path: v1 + "/secrets/:secret", Operation: "deleteSecret", Handler: a.deleteSecret},
	}
	for i := range routes {
		routes[i] = own(routes[i])
	}
	return routes
}
