package webhooks

import (
	"bytes"
	"context"
	"slices"
	"strconv"

	"github.com/accord-broker/accord/internal/access"
	"github.com/accord-broker/accord/internal/contracts"
	"github.com/accord-broker/accord/internal/events"
	"github.com/accord-broker/accord/internal/verification"
)

// trigger is an event between two applications, before it is known who listens.
type trigger struct {
	publication contracts.Publication
	consumer    Party
	provider    Party
}

func triggerOf(ctx context.Context, tx Tx, p contracts.Publication) (trigger, error) {
	if exist, _, err := tx.AnyWebhooks(ctx); err != nil || !exist {
		return trigger{publication: p, consumer: Party{Name: p.Consumer}, provider: Party{Name: p.Provider}}, err
	}
	labels, err := tx.LabelsOf(ctx, p.ConsumerID, p.ProviderID)
	return trigger{
		publication: p, consumer: NewParty(p.Consumer, labels[p.ConsumerID]), provider: NewParty(p.Provider, labels[p.ProviderID]),
	}, err
}

// Published announces the publication of a pact in the open transaction: it
// detects the events, writes their facts, and triggers who listens.
func (s *Service) Published(ctx context.Context, tx Tx, p contracts.Published, branch, buildURL string) (contracts.Announced, error) {
	about, err := triggerOf(ctx, tx, p.Publication)
	if err != nil {
		return contracts.Announced{}, err
	}
	var earlier []Predecessor
	if p.Outcome == contracts.Created {
		if earlier, err = tx.Predecessors(ctx, p.Publication); err != nil {
			return contracts.Announced{}, err
		}
	}
	candidates, err := tx.VerificationCandidates(ctx, p.Publication)
	if err != nil {
		return contracts.Announced{}, err
	}
	required := RequiredVerifications(candidates)
	known := Context{ConsumerVersionBranch: branch, BuildURL: buildURL, Cause: events.CauseOf(ctx)}
	var announced contracts.Announced
	detected := Detect(Publication{Republished: p.Outcome != contracts.Created, SameAsBefore: p.Outcome == contracts.Unchanged, Earlier: earlier}, len(required))
	for _, d := range detected {
		announced.Events = append(announced.Events, contracts.AnnouncedEvent{Name: string(d.Event), Reason: d.Reason})
		if err := tx.AnnounceTo(ctx, about.fact(d.Event, known), func(fact events.Fact) error {
			told, err := s.published(ctx, tx, about, fact, known, required)
			announced.Webhooks = append(announced.Webhooks, told...)
			return err
		}); err != nil {
			return announced, err
		}
	}
	announced.Configured, err = s.configured(ctx, tx, about)
	return announced, err
}

// published triggers the webhooks for one event of a publication: for required
// verifications one delivery for each version, for the others one that carries
// the latest result from the provider's main branch, if there is one.
func (s *Service) published(ctx context.Context, tx Tx, about trigger, fact events.Fact, known Context, required []RequiredVerification) ([]string, error) {
	if fact.Type == events.ContractRequiringVerification {
		contexts := make([]Context, len(required))
		for i, version := range required {
			contexts[i] = known
			contexts[i].ProviderVersion, contexts[i].ProviderVersionBranch = version.Version, version.Branch
			contexts[i].ProviderVersionDescriptions = version.Descriptions
		}
		return s.trigger(ctx, tx, about, fact, 0, contexts...)
	}
	if _, enabled, err := tx.AnyWebhooks(ctx); err != nil || !enabled {
		return nil, err
	}
	result, _, err := tx.MainBranchResult(ctx, about.publication)
	if err != nil {
		return nil, err
	}
	return s.trigger(ctx, tx, about, fact, result, known)
}

// Verified announces a result in the open transaction. The metadata of the
// address to which it was sent tells for which consumer versions the content was
// selected: for each of them the webhooks are triggered.
func (s *Service) Verified(ctx context.Context, tx Tx, r verification.Recorded) error {
	selected, err := selections(ctx, tx, r.Result.ContentID, r.Metadata)
	if err != nil {
		return err
	}
	kept := map[events.Type]events.Fact{}
	for _, selection := range selected {
		about, err := triggerOf(ctx, tx, selection.publication)
		if err != nil {
			return err
		}
		known := Context{
			ConsumerVersion: selection.publication.VersionNumber, ConsumerVersionTags: selection.tags,
			BuildURL: r.Result.BuildURL, Cause: events.CauseOf(ctx),
		}
		for _, event := range ResultEvents(r.Result.Success) {
			tell := func(fact events.Fact) error {
				kept[event] = fact
				_, err := s.trigger(ctx, tx, about, fact, r.Result.ID, known)
				return err
			}
			fact := about.resultFact(event, known, r)
			if again, is := kept[event]; is { // told of, but not kept a second time
				again.ID, again.Data = s.NewID(), fact.Data
				err = tell(again)
			} else {
				err = tx.AnnounceTo(ctx, fact, tell)
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// Compared announces, in the open transaction, what a pact and a version of its
// provider have come to by comparison, as if it were a verification.
func (s *Service) Compared(ctx context.Context, tx Tx, p contracts.Publication, providerVersion string, success bool) error {
	about, err := triggerOf(ctx, tx, p)
	if err != nil {
		return err
	}
	known := Context{ConsumerVersion: p.VersionNumber, ProviderVersion: providerVersion, Compared: &success, Cause: events.CauseOf(ctx)}
	for _, event := range ResultEvents(success) {
		fact := about.fact(event, known)
		fact.Subject = about.provider.Name
		fact.Data.ProviderVersion, fact.Data.Success = providerVersion, &success
		if err := tx.AnnounceTo(ctx, fact, func(fact events.Fact) error {
			_, err := s.trigger(ctx, tx, about, fact, 0, known)
			return err
		}); err != nil {
			return err
		}
	}
	return nil
}

// selection is a consumer version's pact that a result is for, and the tags by
// which it was found.
type selection struct {
	publication contracts.Publication
	tags        []string
}

// selections returns the pacts that the metadata names, each once; without any,
// the latest with the content.
func selections(ctx context.Context, tx Tx, contentID int64, m contracts.Metadata) ([]selection, error) {
	named := m.Selectors
	if len(named) == 0 {
		named = []contracts.SelectorMetadata{{ConsumerVersion: m.ConsumerVersion, ConsumerVersionID: m.ConsumerVersionID}}
	}
	var found []selection
	for _, selector := range named {
		p, known, err := tx.PublicationForResult(ctx, contentID, selector.ConsumerVersion, selector.ConsumerVersionID)
		if err != nil {
			return nil, err
		}
		if !known {
			continue
		}
		at := slices.IndexFunc(found, func(f selection) bool { return f.publication.VersionID == p.VersionID })
		if at < 0 {
			at = len(found)
			found = append(found, selection{publication: p})
		}
		if selector.Tag != "" && !slices.Contains(found[at].tags, selector.Tag) {
			found[at].tags = append(found[at].tags, selector.Tag)
		}
	}
	if len(m.Selectors) == 0 && len(found) == 1 {
		found[0].tags = m.Tags
	}
	return found, nil
}

// trigger keeps a delivery for each webhook that listens and each context, and
// lets it be sent after the commit. It tells in words what it did, of webhooks that who
// asks may see.
func (s *Service) trigger(ctx context.Context, tx Tx, about trigger, fact events.Fact, result int64, contexts ...Context) ([]string, error) {
	listening, err := tx.Listening(ctx, fact.Type, about.publication.ConsumerID, about.publication.ProviderID)
	if err != nil {
		return nil, err
	}
	var told []string
	sees := sight(ctx, tx)
	for _, kept := range listening {
		if !kept.Webhook.Listens(fact.Type, about.consumer, about.provider) {
			continue
		}
		seen, err := sees(Sides{kept.Webhook.Consumer, kept.Webhook.Provider})
		if err != nil {
			return told, err
		}
		expanded, err := s.expand(ctx, tx, about, kept.Webhook, contexts)
		if err != nil {
			return told, err
		}
		for i, known := range expanded {
			t := NewTriggered{Publication: about.publication, ResultID: result, Context: known, Fact: factFor(fact, known, i)}
			triggered, err := s.enqueue(ctx, tx, kept, t)
			if err != nil {
				return told, err
			}
			if triggered && seen {
				told = append(told, kept.Webhook.Name()+" for "+string(fact.Type))
			}
		}
	}
	return told, nil
}

// factFor is the event of the delivery no. i, counted from 0, that is made of it:
// receivers tell events by their ids.
func factFor(fact events.Fact, known Context, i int) events.Fact {
	if known.ProviderVersion != "" {
		fact.Data.ProviderVersion, fact.Data.ProviderVersionBranch = known.ProviderVersion, known.ProviderVersionBranch
	}
	if i > 0 {
		fact.ID += "-" + strconv.Itoa(i+1)
	}
	return fact
}

// enqueue keeps a delivery, if the filter of the webhook lets its event through, and lets it be
// sent after the commit.
func (s *Service) enqueue(ctx context.Context, tx Tx, kept Stored, t NewTriggered) (bool, error) {
	if filter := kept.Webhook.EventFilter; !filter.empty() {
		target, err := subjectOf(ctx, tx, t.Fact, filter)
		if err != nil || !filter.Matches(target) {
			return false, err
		}
	}
	t.UUID, t.WebhookID, t.Event = s.NewID(), kept.ID, t.Fact.Type
	if err := tx.AddTriggered(ctx, t); err != nil {
		return false, err
	}
	return true, tx.EnqueueDelivery(ctx, t.UUID, 1, tx.Now())
}

// Announced triggers the webhooks for a fact that has been announced in the open
// transaction. Published and Verified, which know more, keep theirs and trigger
// webhooks themselves.
func (s *Service) Announced(ctx context.Context, tx Tx, fact events.Fact) error {
	if _, enabled, err := tx.AnyWebhooks(ctx); err != nil || !enabled {
		return err
	}
	consumer, consumerID, err := partyNamed(ctx, tx, fact.Data.Consumer)
	if err != nil {
		return err
	}
	provider, providerID, err := partyNamed(ctx, tx, fact.Data.Provider)
	if err != nil {
		return err
	}
	listening, err := tx.Listening(ctx, fact.Type, consumerID, providerID)
	for i := 0; err == nil && i < len(listening); i++ {
		if listening[i].Webhook.Listens(fact.Type, consumer, provider) {
			_, err = s.enqueue(ctx, tx, listening[i], NewTriggered{Context: Context{Cause: causeOf(ctx, fact)}, Fact: fact})
		}
	}
	return err
}

// causeOf is what caused a fact, which may be found out later and elsewhere.
func causeOf(ctx context.Context, fact events.Fact) events.Cause {
	return events.Cause{RequestID: fact.RequestID, Traceparent: fact.Traceparent, Actor: fact.Actor, BaseURL: events.CauseOf(ctx).BaseURL}
}

// expand makes a context for each deployed version of the provider of each of the
// contexts, if the body of the webhook asks for such a version and the operator
// has switched that on.
func (s *Service) expand(ctx context.Context, tx Tx, about trigger, w Webhook, contexts []Context) ([]Context, error) {
	if !s.ExpandDeployed || !bytes.Contains(w.Request.Body, []byte("${pactbroker."+deployedParameter+"}")) {
		return contexts, nil
	}
	numbers, err := tx.DeployedNumbers(ctx, about.publication.ProviderID)
	var expanded []Context
	for _, known := range contexts {
		for _, number := range numbers {
			known.DeployedProviderVersion = number
			expanded = append(expanded, known)
		}
	}
	return expanded, err
}

// configured reports whether any webhook, enabled or not, concerns the pair, or may
// do so unseen by who asks.
func (s *Service) configured(ctx context.Context, tx Tx, about trigger) (bool, error) {
	if !access.Of(ctx).AllowsAll(access.ManageWebhooks) {
		return true, nil
	}
	if exist, _, err := tx.AnyWebhooks(ctx); err != nil || !exist {
		return false, err
	}
	sides, err := tx.WebhookSides(ctx, about.publication.ConsumerID, about.publication.ProviderID)
	return slices.ContainsFunc(sides, func(s Sides) bool {
		return s.Consumer.Matches(about.consumer.Name, about.consumer.Labels) && s.Provider.Matches(about.provider.Name, about.provider.Labels)
	}), err
}

func (o trigger) fact(event events.Type, known Context) events.Fact {
	return events.Fact{Type: event, Subject: o.consumer.Name, Data: events.Data{
		Consumer: o.consumer.Name, ConsumerVersion: o.publication.VersionNumber, ConsumerVersionBranch: known.ConsumerVersionBranch,
		Provider: o.provider.Name, ContentSHA: o.publication.SHA,
	}}
}

func (o trigger) resultFact(event events.Type, known Context, r verification.Recorded) events.Fact {
	fact := o.fact(event, known)
	fact.Subject = o.provider.Name
	fact.Data.ConsumerVersionTags = known.ConsumerVersionTags
	fact.Data.ProviderVersion = r.Version.Number
	fact.Data.ResultNumber, fact.Data.Success = r.Result.Number, &r.Result.Success
	return fact
}
