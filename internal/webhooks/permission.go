package webhooks

import (
	"context"
	"slices"

	"github.com/accord-broker/accord/internal/access"
	"github.com/accord-broker/accord/internal/support/fault"
)

// permit returns a Forbidden fault unless who asks may manage webhooks for the
// applications that this one names. One that names none tells of all, and one
// that is set on a label of those with the label.
func permit(ctx context.Context, find access.LabelReader, w Webhook) error {
	if access.Of(ctx).AllowsLabels(access.ManageWebhooks, labelsOf(w)) {
		return nil
	}
	return access.Require(ctx, find, access.ManageWebhooks, namesOf(w)...)
}

// permit returns a Forbidden fault unless who asks may manage webhooks for the
// applications that the address names, be it that the body names others.
func (s SideNames) permit(ctx context.Context, find access.LabelReader) error {
	if s == (SideNames{}) {
		return nil
	}
	return permit(ctx, find, Webhook{Consumer: Side{Name: s.Consumer}, Provider: Side{Name: s.Provider}})
}

func namesOf(w Webhook) (names []string) {
	for _, side := range []Side{w.Consumer, w.Provider} {
		if side.Name != "" {
			names = append(names, side.Name)
		}
	}
	return names
}

// labelsOf are the labels of a webhook that is set on labels alone.
func labelsOf(w Webhook) (labels []string) {
	for _, side := range []Side{w.Consumer, w.Provider} {
		if side.Name != "" {
			return nil
		}
		if side.Label != "" {
			labels = append(labels, side.Label)
		}
	}
	return labels
}

// seen returns the webhook if who asks may see it, and else the fault of one
// that is unknown, so that nobody learns what there is.
func seen(ctx context.Context, find access.LabelReader, kept Stored, err error) (Stored, error) {
	if err != nil {
		return kept, err
	}
	err = permit(ctx, find, kept.Webhook)
	if fault.Is(err, fault.Forbidden) {
		return Stored{}, unknownWebhook(kept.Webhook.UUID).Hiding(err)
	}
	return kept, err
}

// sight returns what reports whether who asks may see webhooks with these sides. It
// looks once at each.
func sight(ctx context.Context, find access.LabelReader) func(s Sides) (bool, error) {
	known := map[Sides]bool{}
	return func(s Sides) (bool, error) {
		if seen, is := known[s]; is {
			return seen, nil
		}
		err := permit(ctx, find, Webhook{Consumer: s.Consumer, Provider: s.Provider})
		if err != nil && !fault.Is(err, fault.Forbidden) {
			return false, err
		}
		known[s] = err == nil
		return known[s], nil
	}
}

// visible are those of the webhooks that who asks may see.
func visible(ctx context.Context, find access.LabelReader, all []Stored) ([]Stored, error) {
	var some []Stored
	for _, kept := range all {
		switch err := permit(ctx, find, kept.Webhook); {
		case err == nil:
			some = append(some, kept)
		case !fault.Is(err, fault.Forbidden):
			return nil, err
		}
	}
	return some, nil
}

// ListDeliveries returns the deliveries that the query lets through, of the webhooks
// that who asks may manage. Those of deleted webhooks are for those who may manage all.
func (s *Service) ListDeliveries(ctx context.Context, find DeliveryReader, query DeliveryQuery) ([]Triggered, error) {
	query, err := s.onlyManaged(ctx, query)
	if err != nil {
		return nil, err
	}
	return find.ListDeliveries(ctx, query)
}

// ShowDelivery returns a delivery and its attempts, oldest first. It returns a NotFound
// fault for one that is unknown, and for one of a webhook that who asks may not manage.
func (s *Service) ShowDelivery(ctx context.Context, find DeliveryReader, uuid string) (Triggered, []Execution, error) {
	t, attempts, found, err := find.Triggered(ctx, uuid)
	if err == nil && !found {
		err = unknownDelivery(uuid)
	}
	if err != nil {
		return Triggered{}, nil, err
	}
	seen, err := s.SeenDeliveries(ctx, []Triggered{t})
	if err == nil && len(seen) == 0 {
		err = hiddenDelivery(uuid)
	}
	if err != nil {
		return Triggered{}, nil, err
	}
	return t, attempts, nil
}

func unknownDelivery(uuid string) *fault.Error {
	return fault.Missing("There is no delivery %s.", uuid)
}

// hiddenDelivery is the fault of a delivery of a webhook that who asks may not manage.
func hiddenDelivery(uuid string) error {
	return unknownDelivery(uuid).Hiding(fault.New(fault.Forbidden, "the webhook may not be seen"))
}

// onlyManaged narrows a query down to deliveries of webhooks that who asks may manage.
func (s *Service) onlyManaged(ctx context.Context, query DeliveryQuery) (DeliveryQuery, error) {
	if err := access.RequireRole(ctx, access.ManageWebhooks); err != nil || access.Of(ctx).AllowsAll(access.ManageWebhooks) {
		return query, err
	}
	all, err := s.Read.Webhooks(ctx, Query{})
	if err != nil {
		return query, err
	}
	some, err := visible(ctx, s.Read, all)
	query.Webhooks = make([]string, len(some))
	for i, kept := range some {
		query.Webhooks[i] = kept.Webhook.UUID
	}
	return query, err
}

// SeenDeliveries are those of webhooks that who asks may manage.
func (s *Service) SeenDeliveries(ctx context.Context, all []Triggered) ([]Triggered, error) {
	if access.Of(ctx).AllowsAll(access.ManageWebhooks) {
		return all, nil
	}
	if !access.Of(ctx).Allows(access.ManageWebhooks) {
		return nil, nil
	}
	seen := map[string]bool{"": false}
	for _, t := range all {
		if _, asked := seen[t.Webhook]; asked {
			continue
		}
		_, err := get(ctx, s.Read, t.Webhook)
		if err != nil && !fault.Is(err, fault.NotFound) {
			return nil, err
		}
		seen[t.Webhook] = err == nil
	}
	return slices.DeleteFunc(slices.Clone(all), func(t Triggered) bool { return !seen[t.Webhook] }), nil
}

// permitDelivery returns a NotFound fault for a delivery of a webhook that who asks may
// not manage.
func permitDelivery(ctx context.Context, tx Tx, uuid string) error {
	if err := access.RequireRole(ctx, access.ManageWebhooks); err != nil || access.Of(ctx).AllowsAll(access.ManageWebhooks) {
		return err
	}
	delivery, found, err := tx.Delivery(ctx, uuid)
	if err != nil {
		return err
	}
	if !found {
		return unknownDelivery(uuid)
	}
	if delivery.Stored.ID == 0 {
		return hiddenDelivery(uuid)
	}
	if err := permit(ctx, tx, delivery.Stored.Webhook); fault.Is(err, fault.Forbidden) {
		return hiddenDelivery(uuid)
	} else if err != nil {
		return err
	}
	return nil
}
