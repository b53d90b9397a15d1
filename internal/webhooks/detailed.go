package webhooks

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/accord-broker/accord/internal/events"
	"github.com/accord-broker/accord/internal/pacticipants"
	"github.com/accord-broker/accord/internal/support/fault"
)

// Detailed is a webhook with what only our own API tells of it.
type Detailed struct {
	Webhook
	// ID is the store's own name for it, and rises with time.
	ID int64
	// SigningKeys are the live keys without their secrets, the newest first.
	SigningKeys SigningKeys
}

func (s *Service) detailed(kept Stored) (Detailed, error) {
	keys, err := kept.signingKeys(s.Keyring)
	return Detailed{Webhook: kept.shown(s.Keyring), ID: kept.ID, SigningKeys: keys.masked()}, err
}

// DefaultFormat is what is sent when no format was asked for: the event itself by
// a request that can have a body and has none.
func DefaultFormat(request Request) Format {
	if request.Body == nil && slices.Contains([]string{http.MethodPost, http.MethodPut, http.MethodPatch}, strings.ToUpper(request.Method)) {
		return CloudEvents
	}
	return Template
}

// ShowDetailed returns a webhook, secrets starred, or a NotFound fault.
func (s *Service) ShowDetailed(ctx context.Context, uuid string) (Detailed, error) {
	kept, err := get(ctx, s.Read, uuid)
	if err != nil {
		return Detailed{}, err
	}
	return withNewestKeys(ctx, s, func() (Detailed, error) { return s.detailed(kept) })
}

// DetailedQuery narrows webhooks down; what is empty does not count.
type DetailedQuery struct {
	Event events.Type
	// Consumer and Provider leave those that may tell of this application in that
	// role.
	Consumer, Provider string
	// Of leaves those that are set on one of these applications, nil all.
	Of func(side Side) bool
	// After is the ID after which to begin.
	After int64
	Limit int
}

// SideOf reports of a side whether it names one of the applications, or one of the
// labels.
func SideOf(applications, labels []string) func(Side) bool {
	return func(side Side) bool {
		return side.Name != "" && slices.Contains(applications, side.Name) || side.Label != "" && slices.Contains(labels, side.Label)
	}
}

// ListDetailed returns the webhooks that the query lets through, oldest first,
// secrets starred. It returns a NotFound fault for an unknown application.
func (s *Service) ListDetailed(ctx context.Context, query DetailedQuery) ([]Detailed, error) {
	consumer, err := s.party(ctx, "consumer", query.Consumer)
	if err != nil {
		return nil, err
	}
	provider, err := s.party(ctx, "provider", query.Provider)
	if err != nil {
		return nil, err
	}
	kept, err := s.Read.Webhooks(ctx, Query{})
	if err != nil {
		return nil, err
	}
	all, err := visible(ctx, s.Read, kept)
	var found []Detailed
	for i := 0; err == nil && i < len(all) && len(found) < query.Limit; i++ {
		w := all[i].Webhook
		if all[i].ID <= query.After || query.Event != "" && !slices.Contains(w.Events, query.Event) || !w.MayTellOf(consumer, provider) || query.Of != nil && !query.Of(w.Consumer) && !query.Of(w.Provider) {
			continue
		}
		var shown Detailed
		shown, err = withNewestKeys(ctx, s, func() (Detailed, error) { return s.detailed(all[i]) })
		found = append(found, shown)
	}
	return found, err
}

// MayTellOf reports whether the webhook may tell of a contract between the two, as
// far as they are concerned.
func (w Webhook) MayTellOf(consumer, provider Party) bool {
	return mayTellOf(w.Consumer, w.EventFilter.Consumers, w.EventFilter.ConsumerLabels, consumer) && mayTellOf(w.Provider, w.EventFilter.Providers, w.EventFilter.ProviderLabels, provider)
}

func mayTellOf(side Side, names, labels []string, party Party) bool {
	return party.Name == "" || side.Matches(party.Name, party.Labels) && matchesAny(names, party.Name) && matchesAny(labels, party.Labels...)
}

func (s *Service) party(ctx context.Context, role, name string) (Party, error) {
	if name == "" {
		return Party{}, nil
	}
	known, found, err := s.Read.FindPacticipant(ctx, name)
	if err == nil && !found {
		return Party{}, fault.Missing("There is no %s with the name %s.", role, name)
	}
	if err != nil {
		return Party{}, err
	}
	labels, err := s.Read.LabelsOf(ctx, known.ID)
	return NewParty(known.Name, labels[known.ID]), err
}

// CreateDetailed keeps a new webhook of our own API. It gets a signing key, whose
// secret is returned for the only time, if there is a key to encrypt it with. It
// returns the faults of Draft.Check and of encryption.
func (s *Service) CreateDetailed(ctx context.Context, draft Draft) (created Detailed, err error) {
	err = s.InTx(ctx, func(ctx context.Context, tx Tx) error {
		if err := permit(ctx, tx, draft.Webhook); err != nil {
			return err
		}
		if err := s.check(ctx, tx, draft); err != nil {
			return err
		}
		created, err = s.addDetailed(ctx, tx, NewUUID(), draft)
		return err
	})
	return created, err
}

func (s *Service) addDetailed(ctx context.Context, tx Tx, uuid string, draft Draft) (Detailed, error) {
	w := draft.Webhook
	if err := pacticipants.CheckNewText("description", w.Description, ""); err != nil {
		return Detailed{}, err
	}
	w.UUID, w.CreatedAt, w.UpdatedAt, w.Description = uuid, tx.Now(), tx.Now(), w.Name()
	kept, err := encrypt(s.Keyring, w)
	if err != nil {
		return Detailed{}, err
	}
	w.note(ctx, Webhook{})
	var keys SigningKeys
	if s.Keyring.Usable() {
		keys = SigningKeys{{ID: s.NewID(), Secret: newSecret(), CreatedAt: tx.Now()}}
	}
	if kept.SigningKeys, err = encryptKeys(s.Keyring, uuid, keys); err != nil {
		return Detailed{}, err
	}
	return Detailed{Webhook: w.shown(), SigningKeys: keys}, tx.AddWebhook(ctx, kept)
}

// PutDetailed keeps a webhook of our own API under a name that the client chose, in
// the place of the one that had the name before, which leaves its signing keys. It
// returns the faults of CreateDetailed, and Invalid for a name that cannot be one.
func (s *Service) PutDetailed(ctx context.Context, uuid string, draft Draft) (w Detailed, created bool, err error) {
	err = s.InTx(ctx, func(ctx context.Context, tx Tx) error {
		if err := permit(ctx, tx, draft.Webhook); err != nil {
			return err
		}
		err := s.check(ctx, tx, draft)
		if !ValidUUID(uuid) {
			return addField(err, fault.Field{Name: "id", Message: wrongUUID})
		}
		if err != nil {
			return err
		}
		old, found, err := lockSeen(ctx, tx, uuid)
		if err != nil {
			return err
		}
		if created = !found; created {
			w, err = s.addDetailed(ctx, tx, uuid, draft)
			return err
		}
		if old.Webhook, err = s.replace(ctx, tx, old, draft); err != nil {
			return err
		}
		w, err = s.detailed(old)
		return err
	})
	return w, created, err
}
