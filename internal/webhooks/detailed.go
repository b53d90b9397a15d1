package webhooks

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"accord/internal/events"
	"accord/internal/support/fault"
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
	return Detailed{Webhook: kept.Webhook.shown(), ID: kept.ID, SigningKeys: keys.masked()}, err
}

// ReadDetailed reads a webhook of our own API from JSON and checks it, as Read does
// with one of the compatible API: events are a list of names and may be any, and
// it may have an aim and a format.
func ReadDetailed(document []byte, rules Rules) (Draft, error) {
	rules.everyName = true
	return read(document, rules, func(r *reader, from object, w *Webhook) {
		w.Events = r.eventNames(from)
		w.EventFilter = r.eventFilter(from)
		w.Format = r.format(from, w.Request)
	})
}

func (r *reader) eventNames(from object) []events.Type {
	names := r.texts(from, "events", "events")
	if len(names) == 0 {
		r.wrong("events", "must name at least one event")
	}
	var listening []events.Type
	for _, name := range names {
		event := events.Type(name)
		if !event.Known() {
			r.wrong("events", fmt.Sprintf("%q is none of the events: %s", name, joined(events.All())))
		} else if !slices.Contains(listening, event) {
			listening = append(listening, event)
		}
	}
	return listening
}

// texts reads an optional list of texts that are not blank.
func (r *reader) texts(from object, name, field string) []string {
	if !from.has(name) {
		return nil
	}
	var texts []string
	if json.Unmarshal(from[name], &texts) != nil {
		r.wrong(field, "must be a list of texts")
		return nil
	}
	if len(texts) > maxPatterns || slices.ContainsFunc(texts, func(text string) bool { return len(text) > maxDescription }) {
		r.wrong(field, fmt.Sprintf("must not hold more than %d texts, nor one of more than %d bytes", maxPatterns, maxDescription))
	}
	if slices.ContainsFunc(texts, func(text string) bool { return strings.TrimSpace(text) == "" || strings.ContainsRune(text, 0) }) {
		r.wrong(field, "must not hold blank texts or NUL characters")
	}
	return texts
}

func (r *reader) eventFilter(from object) EventFilter {
	var given object
	if !from.has("aim") {
		return EventFilter{}
	}
	if json.Unmarshal(from["aim"], &given) != nil {
		r.wrong("aim", "must be an object")
		return EventFilter{}
	}
	list := func(name string) []string { return r.texts(given, name, "aim."+name) }
	return EventFilter{
		Applications: list("applications"), Consumers: list("consumers"), Providers: list("providers"),
		ApplicationLabels: list("application_labels"), ConsumerLabels: list("consumer_labels"), ProviderLabels: list("provider_labels"),
		Branches: list("branches"), Tags: list("tags"), ProviderBranches: list("provider_branches"), ProviderTags: list("provider_tags"),
		Environments: list("environments"),
	}
}

// format is that which was asked for, else the event itself for a request that
// can have a body and has none.
func (r *reader) format(from object, request Request) Format {
	format := Format(r.text(from, "format", "format"))
	switch {
	case format == "" && request.Body == nil && slices.Contains([]string{http.MethodPost, http.MethodPut, http.MethodPatch}, strings.ToUpper(request.Method)):
		return CloudEvents
	case format == "":
		return Template
	case format != Template && format != CloudEvents:
		r.wrong("format", fmt.Sprintf("must be one of: %s, %s", Template, CloudEvents))
	case format == CloudEvents && request.Body != nil:
		r.wrong("request.body", "must be left out, because the event itself is sent")
	}
	return format
}

// ShowDetailed returns a webhook, secrets starred, or a NotFound fault.
func (s *Service) ShowDetailed(ctx context.Context, uuid string) (Detailed, error) {
	kept, err := get(ctx, s.Read, uuid)
	if err != nil {
		return Detailed{}, err
	}
	return s.detailed(kept)
}

// ListFilter narrows webhooks down; what is empty does not count.
type ListFilter struct {
	Event events.Type
	// Consumer and Provider leave those that may tell of this application in that
	// role.
	Consumer, Provider string
	// After is the ID after which to begin.
	After int64
	Limit int
}

// ListDetailed returns the webhooks that the filter lets through, oldest first,
// secrets starred. It returns a NotFound fault for an unknown application.
func (s *Service) ListDetailed(ctx context.Context, filter ListFilter) ([]Detailed, error) {
	consumer, err := s.party(ctx, "consumer", filter.Consumer)
	if err != nil {
		return nil, err
	}
	provider, err := s.party(ctx, "provider", filter.Provider)
	if err != nil {
		return nil, err
	}
	kept, err := s.Read.Webhooks(ctx, Filter{})
	if err != nil {
		return nil, err
	}
	all, err := visible(ctx, s.Read, kept)
	var found []Detailed
	for i := 0; err == nil && i < len(all) && len(found) < filter.Limit; i++ {
		w := all[i].Webhook
		if all[i].ID <= filter.After || filter.Event != "" && !slices.Contains(w.Events, filter.Event) ||
			!mayTellOf(w.Consumer, w.EventFilter.Consumers, w.EventFilter.ConsumerLabels, consumer) || !mayTellOf(w.Provider, w.EventFilter.Providers, w.EventFilter.ProviderLabels, provider) {
			continue
		}
		var shown Detailed
		shown, err = s.detailed(all[i])
		found = append(found, shown)
	}
	return found, err
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
// returns the faults of ReadDetailed and of sealing.
func (s *Service) CreateDetailed(ctx context.Context, document []byte) (created Detailed, err error) {
	err = s.InTx(ctx, func(ctx context.Context, tx Tx) error {
		draft, err := s.readDetailed(ctx, tx, document)
		if err != nil {
			return err
		}
		if err := permit(ctx, tx, draft.Webhook); err != nil {
			return err
		}
		created, err = s.addDetailed(ctx, tx, NewUUID(), draft)
		return err
	})
	return created, err
}

func (s *Service) addDetailed(ctx context.Context, tx Tx, uuid string, draft Draft) (Detailed, error) {
	w := draft.Webhook
	w.UUID, w.CreatedAt, w.UpdatedAt, w.Description = uuid, tx.Now(), tx.Now(), w.Name()
	kept, err := encrypt(s.Keyring, w)
	if err != nil {
		return Detailed{}, err
	}
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
func (s *Service) PutDetailed(ctx context.Context, uuid string, document []byte) (w Detailed, created bool, err error) {
	err = s.InTx(ctx, func(ctx context.Context, tx Tx) error {
		draft, err := s.readDetailed(ctx, tx, document)
		if !ValidUUID(uuid) {
			return addField(err, fault.Field{Name: "id", Message: wrongUUID})
		}
		if err != nil {
			return err
		}
		if err := permit(ctx, tx, draft.Webhook); err != nil {
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

func (s *Service) readDetailed(ctx context.Context, tx Tx, document []byte) (Draft, error) {
	draft, err := ReadDetailed(document, s.rules(ctx, tx))
	draft.detailed = true
	return draft, err
}
