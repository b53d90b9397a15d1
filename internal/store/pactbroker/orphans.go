package pactbroker

import (
	"context"

	"github.com/accord-broker/accord/internal/archive"
)

// Conditions of rows x, and of those that they name.
const (
	sqlLostVersion = "NOT EXISTS (SELECT 1 FROM versions v JOIN pacticipants p ON p.id = v.pacticipant_id WHERE v.id = x.version_id AND p.name IS NOT NULL)"
	sqlLostOwner   = "NOT EXISTS (SELECT 1 FROM pacticipants p WHERE p.id = x.pacticipant_id AND p.name IS NOT NULL)"
	sqlLostPair    = "(NOT EXISTS (SELECT 1 FROM pacticipants p WHERE p.id = x.consumer_id AND p.name IS NOT NULL) OR NOT EXISTS (SELECT 1 FROM pacticipants p WHERE p.id = x.provider_id AND p.name IS NOT NULL))"
	sqlLostContent = `NOT EXISTS (SELECT 1 FROM pact_versions k JOIN pacticipants c ON c.id = k.consumer_id JOIN pacticipants p ON p.id = k.provider_id
		WHERE k.id = x.pact_version_id AND c.name IS NOT NULL AND p.name IS NOT NULL)`
	sqlLostWebhook     = "NOT EXISTS (SELECT 1 FROM webhooks w WHERE w.id = x.webhook_id)"
	sqlLostDelivery    = "NOT EXISTS (SELECT 1 FROM triggered_webhooks t WHERE t.id = x.triggered_webhook_id)"
	sqlLostEnvironment = "NOT EXISTS (SELECT 1 FROM environments e WHERE e.id = x.environment_id)"
)

// orphan finds rows x that no record is made of, as what they name is not there:
// databases that do not watch over that have some.
type orphan struct {
	reason archive.Reason
	rows   string
}

var orphans = map[archive.Kind][]orphan{
	archive.KindLabel:   {{archive.NoOwnerOrName, "labels x WHERE x.name IS NULL OR " + sqlLostOwner}},
	archive.KindVersion: {{archive.NoOwnerOrName, "versions x WHERE " + sqlLostOwner}},
	archive.KindBranch:  {{archive.NoOwnerOrName, "branches x WHERE x.name IS NULL OR " + sqlLostOwner}},
	archive.KindMembership: {{archive.NothingNamed, `branch_versions x WHERE NOT EXISTS (SELECT 1 FROM versions v WHERE v.id = x.version_id) OR NOT EXISTS
		(SELECT 1 FROM branches b JOIN pacticipants p ON p.id = b.pacticipant_id WHERE b.id = x.branch_id AND b.name IS NOT NULL AND p.name IS NOT NULL)`}},
	archive.KindTag:         {{archive.NoOwnerOrName, "tags x WHERE x.name IS NULL OR " + sqlLostVersion}},
	archive.KindIntegration: {{archive.NothingNamed, "integrations x WHERE " + sqlLostPair}},
	archive.KindContent:     {{archive.NothingNamed, "pact_versions x WHERE " + sqlLostPair}},
	archive.KindPublication: {{archive.NothingNamed, `pact_publications x WHERE NOT EXISTS (SELECT 1 FROM pact_versions k WHERE k.id = x.pact_version_id)
		OR NOT EXISTS (SELECT 1 FROM pacticipants p WHERE p.id = x.provider_id AND p.name IS NOT NULL)
		OR NOT EXISTS (SELECT 1 FROM versions v JOIN pacticipants p ON p.id = v.pacticipant_id WHERE v.id = x.consumer_version_id AND p.name IS NOT NULL)`}},
	archive.KindResult: {{archive.NothingNamed, "verifications x WHERE " + sqlLostContent}},
	archive.KindFirstSuccess: {{archive.NothingNamed, "pact_version_provider_tag_successful_verifications x WHERE " + sqlLostContent +
		" AND NOT EXISTS (SELECT 1 FROM verifications r WHERE r.id = x.verification_id)"}},
	archive.KindDeployment: {
		{archive.NothingNamed, "deployed_versions x WHERE " + sqlLostVersion + " OR " + sqlLostEnvironment},
		{archive.NoDeployment, "currently_deployed_version_ids x WHERE NOT EXISTS (SELECT 1 FROM deployed_versions d WHERE d.id = x.deployed_version_id)"},
	},
	archive.KindRelease: {{archive.NothingNamed, "released_versions x WHERE " + sqlLostVersion + " OR " + sqlLostEnvironment}},
	archive.KindWebhook: {{archive.NoWebhookOfEvent, "webhook_events x WHERE " + sqlLostWebhook}},
	archive.KindAttempt: {{archive.NoDelivery, "webhook_executions x WHERE " + sqlLostDelivery}},
}

// headerOrphan finds those in the table of old releases, which need not be there.
var headerOrphan = orphan{archive.NoWebhookOfHeader, "webhook_headers x WHERE " + sqlLostWebhook}

// countOrphans counts those of the kind that is read now.
func (s *Source) countOrphans(ctx context.Context) error {
	for _, o := range orphans[s.reading] {
		if err := s.countOrphan(ctx, o); err != nil {
			return err
		}
	}
	return nil
}

func (s *Source) countOrphan(ctx context.Context, o orphan) error {
	return s.db.Each(ctx, "SELECT count(*) FROM "+o.rows, func(values []any) error {
		if n := number(values[0]); n > 0 {
			s.skipped.Add(s.reading, o.reason, "", n)
		}
		return nil
	})
}
