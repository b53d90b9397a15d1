package store

import (
	"context"
	"slices"

	"github.com/accord-broker/accord/internal/access"
	"github.com/accord-broker/accord/internal/contracts"
	"github.com/accord-broker/accord/internal/events"
	"github.com/accord-broker/accord/internal/webhooks"
)

func (q *queries) Delivery(ctx context.Context, uuid string) (webhooks.Delivery, bool, error) {
	type deliveryRow struct {
		Triggered      triggeredRow `gorm:"embedded"`
		PublicationID  *int64
		VerificationID *int64
	}
	r, found, err := row[deliveryRow](ctx, q, "read delivery",
		"SELECT "+sqlTriggeredColumns+", t.publication_id, t.verification_id"+sqlFromTriggered+"AND t.uuid = ?", uuid)
	if err != nil || !found {
		return webhooks.Delivery{}, false, err
	}
	var d webhooks.Delivery
	if d.Triggered, err = r.Triggered.toTriggered(); err != nil {
		return d, false, err
	}
	if d.Triggered.Webhook != "" {
		if d.Stored, _, err = q.Webhook(ctx, d.Triggered.Webhook); err != nil {
			return d, false, err
		}
	}
	known, fact, err := toContext(r.Triggered.Context)
	if err != nil {
		return d, false, err
	}
	fact.Type, fact.Subject = d.Triggered.Event, d.Triggered.Subject
	d.Fact = fact
	if r.PublicationID == nil {
		d.TemplateContext = webhooks.TemplateContextOf(fact, known)
		err = q.nameTeams(ctx, &d.TemplateContext)
		return d, err == nil, err
	}
	p, found, err := row[publicationRow](ctx, q, "read publication of delivery", "SELECT "+sqlPublicationColumns+sqlFromPublications+"WHERE pub.id = ?", *r.PublicationID)
	if err != nil || !found {
		return d, false, err
	}
	d.TemplateContext, err = q.templateContext(ctx, p.toPublication(), known, r.VerificationID)
	d.TemplateContext.Event = events.Type(r.Triggered.Event)
	return d, err == nil, err
}

func (q *queries) LatestTemplateContext(ctx context.Context, consumerID, providerID int64) (webhooks.TemplateContext, bool, error) {
	r, found, err := row[publicationRow](ctx, q, "find latest pact", "SELECT "+sqlPublicationColumns+sqlFromPublications+`
		WHERE pub.latest AND (? = 0 OR i.consumer_id = ?) AND (? = 0 OR i.provider_id = ?) ORDER BY pub.id DESC LIMIT 1`,
		consumerID, consumerID, providerID, providerID)
	if err != nil || !found {
		return webhooks.TemplateContext{}, false, err
	}
	id, verified, err := row[int64](ctx, q, "find latest result", "SELECT id FROM verifications WHERE pact_version_id = ? ORDER BY id DESC LIMIT 1", r.ContentID)
	if err != nil {
		return webhooks.TemplateContext{}, false, err
	}
	var attached *int64
	if verified {
		attached = &id
	}
	s, err := q.templateContext(ctx, r.toPublication(), webhooks.Context{}, attached)
	return s, err == nil, err
}

// templateContext reads what template parameters are made of.
func (q *queries) templateContext(ctx context.Context, p contracts.Publication, known webhooks.Context, attached *int64) (webhooks.TemplateContext, error) {
	labels, err := q.LabelsOf(ctx, p.ConsumerID, p.ProviderID)
	if err != nil {
		return webhooks.TemplateContext{}, err
	}
	s := webhooks.TemplateContext{
		Context: known, SHA: p.SHA,
		Consumer: webhooks.NewParty(p.Consumer, labels[p.ConsumerID]), Provider: webhooks.NewParty(p.Provider, labels[p.ProviderID]),
	}
	if s.ConsumerVersion, err = q.build(ctx, p.VersionID, p.VersionNumber); err != nil {
		return s, err
	}
	result, found, err := q.templateResult(ctx, p.ContentID, attached)
	if err != nil {
		return s, err
	}
	if found {
		s.Result = &webhooks.TemplateResult{Number: result.Number, Success: result.Success}
	}
	switch {
	case known.ProviderVersion != "":
		s.ProviderVersion, err = q.buildByNumber(ctx, p.ProviderID, known.ProviderVersion)
	case attached != nil && found:
		s.ProviderVersion, err = q.build(ctx, result.VersionID, result.VersionNumber)
	}
	if err != nil {
		return s, err
	}
	return s, q.nameTeams(ctx, &s)
}

// nameTeams tells whose the two applications are, the first team by name where
// there are several.
func (q *queries) nameTeams(ctx context.Context, s *webhooks.TemplateContext) error {
	teams, err := q.Teams(ctx)
	if err != nil || len(teams) == 0 {
		return err
	}
	for _, side := range []struct {
		of   webhooks.Party
		name *string
	}{{s.Consumer, &s.ConsumerTeam}, {s.Provider, &s.ProviderTeam}} {
		labels := side.of.Labels
		if labels == nil && side.of.Name != "" {
			if labels, err = q.LabelsOfNamed(ctx, side.of.Name); err != nil {
				return err
			}
		}
		if i := slices.IndexFunc(teams, func(t access.Team) bool { return t.Owns(side.of.Name, labels) }); i >= 0 {
			*side.name = teams[i].Name
		}
	}
	return nil
}

type templateResultRow struct {
	Number        int64
	Success       bool
	VersionID     int64
	VersionNumber string
}

// templateResult reads the attached result, or the latest of the content.
func (q *queries) templateResult(ctx context.Context, contentID int64, attached *int64) (templateResultRow, bool, error) {
	const sqlReadResult = `SELECT ` + sqlResultNumber + ` AS number, r.success, v.id AS version_id, v.number AS version_number
		FROM verifications r JOIN versions v ON v.id = r.provider_version_id WHERE `
	if attached != nil {
		return row[templateResultRow](ctx, q, "read result", sqlReadResult+"r.id = ?", *attached)
	}
	return row[templateResultRow](ctx, q, "read latest result", sqlReadResult+"r.pact_version_id = ? ORDER BY r.id DESC LIMIT 1", contentID)
}

func (q *queries) buildByNumber(ctx context.Context, pacticipantID int64, number string) (webhooks.Build, error) {
	id, _, err := row[int64](ctx, q, "find version", "SELECT id FROM versions WHERE pacticipant_id = ? AND number = ?", pacticipantID, number)
	if err != nil {
		return webhooks.Build{}, err
	}
	return q.build(ctx, id, number)
}

// build reads the tags of a version and the last branch it was put on.
func (q *queries) build(ctx context.Context, versionID int64, number string) (webhooks.Build, error) {
	b := webhooks.Build{Number: number}
	var err error
	if b.Tags, err = rows[string](ctx, q, "read tags of version", "SELECT name FROM tags WHERE version_id = ? ORDER BY id", versionID); err != nil {
		return b, err
	}
	b.Branch, _, err = row[string](ctx, q, "read branch of version", `
		SELECT b.name FROM branch_versions bv JOIN branches b ON b.id = bv.branch_id WHERE bv.version_id = ? ORDER BY bv.id DESC LIMIT 1`, versionID)
	return b, err
}
