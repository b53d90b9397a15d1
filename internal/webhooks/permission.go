package webhooks

import (
	"context"

	"github.com/accord-broker/accord/internal/access"
	"github.com/accord-broker/accord/internal/support/fault"
)

// permit returns a Forbidden fault unless who asks may manage webhooks for the
// applications that this one names. One that names none tells of all, and one
// that is set on a label of those with the label.
func permit(ctx context.Context, find access.LabelFinder, w Webhook) error {
	if access.Of(ctx).AllowsLabels(access.ManageWebhooks, labelsOf(w)) {
		return nil
	}
	return access.Require(ctx, find, access.ManageWebhooks, namesOf(w)...)
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
func seen(ctx context.Context, find access.LabelFinder, kept Stored, err error) (Stored, error) {
	if err != nil {
		return kept, err
	}
	err = permit(ctx, find, kept.Webhook)
	if fault.Is(err, fault.Forbidden) {
		return Stored{}, unknownWebhook(kept.Webhook.UUID)
	}
	return kept, err
}

// visible are those of the webhooks that who asks may see.
func visible(ctx context.Context, find access.LabelFinder, all []Stored) ([]Stored, error) {
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
