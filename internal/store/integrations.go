package store

import (
	"context"

	"github.com/accord-broker/accord/internal/contracts"
	"github.com/accord-broker/accord/internal/integrations"
	"github.com/accord-broker/accord/internal/pacticipants"
	"github.com/accord-broker/accord/internal/store/db"
)

type integrationRow struct {
	ID, ConsumerID, ProviderID int64
	Consumer, Provider         string
	CreatedAt                  micros
	ActiveAt                   micros
}

func (r integrationRow) toIntegration() contracts.Integration {
	return contracts.Integration{ID: r.ID, ConsumerID: r.ConsumerID, Consumer: r.Consumer, ProviderID: r.ProviderID, Provider: r.Provider, CreatedAt: r.CreatedAt.Time()}
}

// integrationTables are the pairs with their applications.
func integrationTables() *tables {
	t := &tables{}
	t.add("integrations i", "pacticipants c", "pacticipants p")
	t.and("c.id = i.consumer_id AND p.id = i.provider_id")
	return t
}

const (
	sqlIntegrationColumns = "i.id, i.consumer_id, c.name AS consumer, i.provider_id, p.name AS provider, i.created_at"
	// The last contract and the last result of a pair are one step into an index
	// away, so that no row need be written that all publishers share.
	sqlPublishedAt = "(SELECT pub.created_at FROM pact_publications pub WHERE pub.integration_id = i.id ORDER BY pub.id DESC LIMIT 1)"
	sqlVerifiedAt  = "(SELECT r.created_at FROM verifications r WHERE r.integration_id = i.id ORDER BY r.id DESC LIMIT 1)"
	sqlPublishedID = "(SELECT pub.id FROM pact_publications pub WHERE pub.integration_id = i.id ORDER BY pub.id DESC LIMIT 1)"
)

func (q *queries) Integrations(ctx context.Context, which integrations.Query) ([]integrations.Integration, int, error) {
	t := integrationTables()
	if which.Search != "" {
		consumer, provider := columnContaining("c.name", which.Search), columnContaining("p.name", which.Search)
		t.and("("+consumer.text+" OR "+provider.text+")", append(consumer.args, provider.args...)...)
	}
	sqlText := `SELECT id, consumer_id, consumer, provider_id, provider, created_at,
		CASE WHEN published > verified THEN published ELSE verified END AS active_at
		FROM (SELECT ` + sqlIntegrationColumns + ", coalesce(" + sqlPublishedAt + ", 0) AS published, coalesce(" + sqlVerifiedAt + ", 0) AS verified, coalesce(" + sqlPublishedID + ", 0) AS newest" + t.from() + `) pairs
		ORDER BY active_at DESC, newest DESC, id DESC`
	args := t.args
	if which.Limit > 0 {
		sqlText += " LIMIT ? OFFSET ?"
		args = append(args[:len(args):len(args)], which.Limit, which.Offset)
	}
	found, err := rows[integrationRow](ctx, q, "list integrations", sqlText, args...)
	if err != nil {
		return nil, 0, err
	}
	list := make([]integrations.Integration, len(found))
	for i, r := range found {
		list[i].Integration = r.toIntegration()
		if r.ActiveAt != 0 {
			list[i].ActiveAt = r.ActiveAt.Time()
		}
	}
	if which.Limit == 0 {
		return list, len(list), nil
	}
	total, _, err := row[int](ctx, q, "count integrations", "SELECT count(*)"+t.from(), t.args...)
	return list, total, err
}

func (tx *Tx) RemoveIntegration(ctx context.Context, i contracts.Integration) error {
	for _, id := range []int64{min(i.ConsumerID, i.ProviderID), max(i.ConsumerID, i.ProviderID)} {
		if err := tx.lockPacticipantExclusively(ctx, id); err != nil {
			return err
		}
	}
	if err := tx.RemoveWebhooksBetween(ctx, i.ConsumerID, i.ProviderID); err != nil {
		return err
	}
	n, err := tx.exec(ctx, "remove integration", "UPDATE all_integrations SET deleted_at = ? WHERE id = ? AND deleted_at IS NULL", tx.now, i.ID)
	if err == nil && n == 0 {
		err = db.ErrConflict
	}
	return err
}

func (q *queries) IsUsed(ctx context.Context, p pacticipants.Pacticipant) (bool, error) {
	used, _, err := row[bool](ctx, q, "look for uses of pacticipant", `
		SELECT EXISTS (SELECT 1 FROM integrations WHERE consumer_id = ? OR provider_id = ?) OR EXISTS (SELECT 1 FROM webhooks WHERE consumer_id = ? OR provider_id = ?)`,
		p.ID, p.ID, p.ID, p.ID)
	return used, err
}

func (tx *Tx) RemoveUnusedVersions(ctx context.Context, p pacticipants.Pacticipant) error {
	tx.sought = nil
	n, err := tx.exec(ctx, "remove unused versions", `DELETE FROM versions WHERE id IN (
		SELECT v.id FROM versions v WHERE v.pacticipant_id = ?
			AND NOT EXISTS (SELECT 1 FROM pact_publications pub JOIN integrations i ON i.id = pub.integration_id WHERE pub.consumer_version_id = v.id)
			AND NOT EXISTS (SELECT 1 FROM verifications r JOIN integrations i ON i.id = r.integration_id WHERE r.provider_version_id = v.id)
			AND v.contracts_key IS NULL)`, p.ID)
	if err != nil || n == 0 {
		return err
	}
	return tx.updateHeadsOf(ctx, p.ID)
}

func (tx *Tx) RemoveEverything(ctx context.Context) error {
	tx.found, tx.sought = nil, nil
	for _, statement := range []string{
		"UPDATE all_integrations SET deleted_at = ? WHERE deleted_at IS NULL",
		"UPDATE all_pacticipants SET deleted_at = ? WHERE deleted_at IS NULL",
	} {
		if _, err := tx.exec(ctx, "remove everything", statement, tx.now); err != nil {
			return err
		}
	}
	_, err := tx.exec(ctx, "remove webhooks", "DELETE FROM webhooks")
	return err
}
