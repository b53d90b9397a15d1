package links

// Webhooks lists the webhooks.
func (b Base) Webhooks() string { return b.Path("/webhooks") }

// Webhook is one webhook.
func (b Base) Webhook(uuid string) string { return b.of("webhooks", uuid) }

// ExecuteWebhook calls a webhook as a test.
func (b Base) ExecuteWebhook(uuid string) string { return b.of("webhooks", uuid, "execute") }

// ExecuteUnsavedWebhook calls a webhook that is not saved, as a test.
func (b Base) ExecuteUnsavedWebhook() string { return b.Path("/webhooks/execute") }

// WebhooksOfProvider lists the webhooks set on a provider.
func (b Base) WebhooksOfProvider(provider string) string {
	return b.of("webhooks", "provider", provider)
}

// WebhooksOfConsumer lists the webhooks set on a consumer.
func (b Base) WebhooksOfConsumer(consumer string) string {
	return b.of("webhooks", "consumer", consumer)
}

// WebhooksOf lists the webhooks set on a pair.
func (b Base) WebhooksOf(provider, consumer string) string {
	return b.of("webhooks", "provider", provider, "consumer", consumer)
}

// PactWebhooks lists the webhooks set on a pair, seen from its pacts.
func (b Base) PactWebhooks(provider, consumer string) string {
	return b.of("pacts", "provider", provider, "consumer", consumer, "webhooks")
}

// WebhookStatus sums up the latest calls for a pair.
func (b Base) WebhookStatus(provider, consumer string) string {
	return b.of("pacts", "provider", provider, "consumer", consumer, "webhooks", "status")
}

// TriggeredByPact lists the webhooks that a pact triggered.
func (b Base) TriggeredByPact(provider, consumer, version string) string {
	return b.of("pacts", "provider", provider, "consumer", consumer, "version", version, "triggered-webhooks")
}

// TriggeredByResult lists the webhooks that a result triggered.
func (b Base) TriggeredByResult(provider, consumer, sha, number string) string {
	return b.of("pacts", "provider", provider, "consumer", consumer, "pact-version", sha, "verification-results", number, "triggered-webhooks")
}

// TriggeredWebhookLogs are the logs of a triggered webhook.
func (b Base) TriggeredWebhookLogs(uuid string) string {
	return b.of("triggered-webhooks", uuid, "logs")
}
