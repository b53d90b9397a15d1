package pacticipants

import (
	"context"
	"fmt"
	"strings"

	"github.com/accord-broker/accord/internal/access"
	"github.com/accord-broker/accord/internal/support/fault"
)

// Partner is an application that shares an integration or a webhook with another.
type Partner struct {
	Name   string
	Labels []string
	// Paired is whether they share an integration. Of webhooks not everybody is told.
	Paired bool
}

// permitPartners locks the applications and returns a Forbidden fault, which begins
// with what is done, unless who asks may change all that share an integration or a
// webhook with one of them: contracts and webhooks are the partners' too. It names
// integrations, which all may read, and of webhooks only that there are some.
func permitPartners(ctx context.Context, tx Tx, doing string, all ...Pacticipant) error {
	if access.Of(ctx).AllowsAll(access.ManageApplications) {
		return nil
	}
	for _, p := range all {
		if err := tx.LockForRemoval(ctx, p); err != nil {
			return err
		}
		if err := permitPartnersOf(ctx, tx, doing, p); err != nil {
			return err
		}
	}
	return nil
}

// permitPartnersOf does so for one application, which it does not lock.
func permitPartnersOf(ctx context.Context, tx Tx, doing string, p Pacticipant) error {
	asks := access.Of(ctx)
	if asks.AllowsAll(access.ManageApplications) {
		return nil
	}
	partners, err := tx.PartnersOf(ctx, p)
	if err != nil {
		return err
	}
	var paired []string
	hooked := false
	for _, other := range partners {
		switch {
		case asks.AllowsLabelled(access.ManageApplications, other.Name, other.Labels):
		case other.Paired:
			paired = append(paired, other.Name)
		default:
			hooked = true
		}
	}
	if len(paired) > 0 || hooked {
		return inTheWay(doing, p, paired, hooked)
	}
	return nil
}

// inTheWay is the fault of what is shared with applications that who asks may not change.
func inTheWay(doing string, p Pacticipant, paired []string, hooked bool) error {
	const shown = 5
	var shares []string
	if len(paired) > 0 {
		names := strings.Join(paired[:min(len(paired), shown)], ", ")
		if more := len(paired) - shown; more > 0 {
			names += fmt.Sprintf(" and %d more", more)
		}
		shares = append(shares, "integrations with "+names)
	}
	if hooked {
		shares = append(shares, "webhooks that name other applications")
	}
	return fault.New(fault.Forbidden, "%s %s reaches beyond your scope: it has %s.", doing, p.Name, strings.Join(shares, " and ")).
		Coded("forbidden", "Ask somebody whose scope includes all of them, or who administers the broker.")
}
