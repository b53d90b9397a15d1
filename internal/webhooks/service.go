package webhooks

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/accord-broker/accord/internal/access"
	"github.com/accord-broker/accord/internal/contracts"
	"github.com/accord-broker/accord/internal/events"
	"github.com/accord-broker/accord/internal/pacticipants"
	"github.com/accord-broker/accord/internal/support/fault"
	"github.com/accord-broker/accord/internal/support/secrets"
)

// Reader finds webhooks and what they did.
type Reader interface {
	access.ScopeReader
	pacticipants.Reader
	// Webhook returns the webhook with that uuid, if there is one.
	Webhook(ctx context.Context, uuid string) (Stored, bool, error)
	// Webhooks returns the webhooks that the query lets through, oldest first.
	Webhooks(ctx context.Context, query Query) ([]Stored, error)
	// LabelsOf returns the labels of each of the applications, by its id.
	LabelsOf(ctx context.Context, pacticipantIDs ...int64) (map[int64][]pacticipants.Label, error)
	// Delivery returns all that is needed to send a triggered webhook.
	Delivery(ctx context.Context, uuid string) (Delivery, bool, error)
	// StoredSecret returns the secret with that name, encrypted, if there is one.
	StoredSecret(ctx context.Context, name string) (StoredSecret, bool, error)
	// FindSecret returns the secret with that name; nil if there is none.
	FindSecret(ctx context.Context, name string) (*Secret, error)
	// ListSecrets returns at most so many secrets whose names come after the given
	// one, by name.
	ListSecrets(ctx context.Context, after string, limit int) ([]Secret, error)
	// LatestTemplateContext returns what a test run tells of: the latest pact between
	// the two, an id of 0 standing for any application, and the latest result of
	// its content. Without a pact nothing is found.
	LatestTemplateContext(ctx context.Context, consumerID, providerID int64) (TemplateContext, bool, error)
}

// DeliveryReader finds what webhooks did.
type DeliveryReader interface {
	access.LabelReader
	pacticipants.Reader
	// TriggeredByPact returns the deliveries for a publication, newest first.
	TriggeredByPact(ctx context.Context, publicationID int64) ([]Triggered, error)
	// TriggeredByResult returns the deliveries that carry a result, newest first;
	// found is false if there is no such result.
	TriggeredByResult(ctx context.Context, at ResultAddress) (triggered []Triggered, found bool, err error)
	// LatestTriggered returns the newest delivery of each webhook and event between
	// two applications, oldest first; those of deleted webhooks are left out.
	LatestTriggered(ctx context.Context, consumerID, providerID int64) ([]Triggered, error)
	// ListDeliveries returns the deliveries that the query lets through.
	ListDeliveries(ctx context.Context, query DeliveryQuery) ([]Triggered, error)
	// NewestDeliveries returns the newest delivery of each of the webhooks that has
	// one, by the uuid of the webhook.
	NewestDeliveries(ctx context.Context, webhookUUIDs []string) (map[string]Triggered, error)
	// Triggered returns one delivery and its attempts, oldest first, if it is there.
	Triggered(ctx context.Context, uuid string) (Triggered, []Execution, bool, error)
}

// DeliveryQuery narrows deliveries down; what is empty does not count.
type DeliveryQuery struct {
	Webhook string
	// Webhooks are several by one of which it is to be; nil for any.
	Webhooks []string
	Event    events.Type
	// Application is the consumer, the provider or the subject.
	Application string
	// Applications are several of which it is to be one; nil for any.
	Applications       []string
	Consumer, Provider string
	Statuses           []Status
	// Since and Until bound the time of the event, the former included.
	Since, Until time.Time
	// WithWebhook leaves out the deliveries of deleted webhooks.
	WithWebhook bool
	// OldestFirst turns the order round, which is the newest first. Beyond is the
	// ID after which to begin in that order; 0 is the beginning.
	OldestFirst bool
	Beyond      int64
	Limit       int
}

// ResultAddress is what the address of a verification result names.
type ResultAddress struct {
	Consumer, Provider, SHA string
	Number                  int64
}

// Query narrows webhooks down. The zero Query lets all through.
type Query struct {
	// Exactly tells that the sides must be these, an id of 0 standing for a side
	// that names no application.
	Exactly                bool
	ConsumerID, ProviderID int64
}

// Tx is what webhooks need inside one transaction.
type Tx interface {
	Reader
	events.Announcer
	// Now is the time of the transaction.
	Now() time.Time
	// FormerNames returns the names that the application had before and is still
	// found by.
	FormerNames(ctx context.Context, p pacticipants.Pacticipant) ([]pacticipants.FormerName, error)
	AddWebhook(ctx context.Context, kept Stored) error
	// UpdateWebhook replaces everything but the uuid, the time of creation, the
	// signing keys and whether it is paused. An imported one that is enabled no longer
	// waits for that.
	UpdateWebhook(ctx context.Context, kept Stored) error
	// RemoveWebhook deletes the webhook; its deliveries stay.
	RemoveWebhook(ctx context.Context, uuid string) error
	// AnnounceTo keeps a fact as Announce does, but hands it, filled in, to tell instead of
	// to Announced: tell knows more of it, and triggers the webhooks.
	AnnounceTo(ctx context.Context, fact events.Fact, tell func(events.Fact) error) error
	// AnyWebhooks reports whether there are webhooks, and whether one is enabled.
	AnyWebhooks(ctx context.Context) (exist, enabled bool, err error)
	// WebhookSides returns the sides of the webhooks, enabled or not, that name these
	// applications, or none.
	WebhookSides(ctx context.Context, consumerID, providerID int64) ([]Sides, error)
	// Listening returns the enabled webhooks for the event whose sides name these
	// applications, or none, without their secrets; labels are not looked at.
	Listening(ctx context.Context, event events.Type, consumerID, providerID int64) ([]Stored, error)
	// Predecessors compares a publication with those before it.
	Predecessors(ctx context.Context, p contracts.Publication) ([]Predecessor, error)
	// VerificationCandidates returns the provider versions that ought to have a
	// result for the content, or cover it with a contract: the head of the main
	// branch, or of the tag with its name, what is deployed, and what is released.
	VerificationCandidates(ctx context.Context, p contracts.Publication) ([]Candidate, error)
	// DeployedNumbers returns the numbers of the versions of the application that
	// are deployed anywhere, each once.
	DeployedNumbers(ctx context.Context, pacticipantID int64) ([]string, error)
	// MainBranchResult returns the id of the latest result for the content
	// from the main branch of the provider, if there is one.
	MainBranchResult(ctx context.Context, p contracts.Publication) (int64, bool, error)
	// PublicationForResult returns the publication of the content that a result
	// concerns: that of the version with this number or id, or the latest.
	PublicationForResult(ctx context.Context, contentID int64, number string, versionID int64) (contracts.Publication, bool, error)
	// AddTriggered keeps a new delivery.
	AddTriggered(ctx context.Context, t NewTriggered) error
	// EnqueueDelivery lets the attempt be made at that time, after the commit.
	EnqueueDelivery(ctx context.Context, uuid string, attempt int, at time.Time) error
	// VersionRefs returns what the version is of branches and tags; nothing if there is
	// no such version.
	VersionRefs(ctx context.Context, pacticipant, number string) (VersionRefs, error)
	// LockWebhook is Webhook that keeps others from changing it until the end of
	// the transaction.
	LockWebhook(ctx context.Context, uuid string) (Stored, bool, error)
	// HideURL keeps the URL of a webhook in another form, with what is encrypted of
	// it; for who looks at the webhook nothing changes.
	HideURL(ctx context.Context, webhookID int64, url string, encrypted []byte) error
	// SetSigningKeys keeps the signing keys of a webhook, and which secrets it lacks.
	SetSigningKeys(ctx context.Context, kept Stored) error
	// SetPaused pauses a webhook or resumes it.
	SetPaused(ctx context.Context, webhookID int64, paused bool) error
	// PauseDelivery lets a delivery, of which so many attempts have been made, wait
	// if its webhook is paused; otherwise it reports false. The webhook cannot be
	// resumed until the transaction ends.
	PauseDelivery(ctx context.Context, uuid string, attempts int) (bool, error)
	// ReleaseDeliveries ends the waiting of the deliveries of a webhook and returns
	// them, the oldest first.
	ReleaseDeliveries(ctx context.Context, webhookID int64) ([]Triggered, error)
	// RestartDelivery lets a finished delivery, whose webhook still exists, begin
	// anew, and returns it; otherwise it reports false.
	RestartDelivery(ctx context.Context, uuid string) (Triggered, bool, error)
	// KeepNames keeps the names of applications and the teams as they are until the
	// transaction ends. It comes before LockSecret.
	KeepNames(ctx context.Context) error
	// LockSecret is StoredSecret that keeps others from adding or changing it until
	// the end of the transaction.
	LockSecret(ctx context.Context, name string) (StoredSecret, bool, error)
	// PutSecret adds or replaces the secret with that name, and returns it with its
	// times.
	PutSecret(ctx context.Context, secret Secret, encrypted []byte) (kept Secret, created bool, err error)
	// RemoveSecret deletes a secret and reports whether it was there.
	RemoveSecret(ctx context.Context, name string) (bool, error)
	// RecordExecution keeps an attempt and the delivery's new status. It reports
	// false, and keeps nothing, if that attempt has been recorded before.
	RecordExecution(ctx context.Context, uuid string, attempt int, status Status, execution Execution) (bool, error)
}

// NewTriggered is a delivery to be made.
type NewTriggered struct {
	UUID      string
	WebhookID int64
	Event     events.Type
	// Publication is the pact that it belongs to, ResultID the result; both are
	// zero if the event is about neither.
	Publication contracts.Publication
	ResultID    int64
	Context     Context
	Fact        events.Fact
}

// Delivery is a triggered webhook with all that is needed to send it.
type Delivery struct {
	Triggered Triggered
	// Stored is the webhook; its ID is 0 once it has been deleted.
	Stored          Stored
	TemplateContext TemplateContext
	// Fact is the event itself.
	Fact events.Fact
}

// Service keeps webhooks, triggers them and sends them.
type Service struct {
	// Sender sends them, and Keyring encrypts what must not be read in the database.
	Sender  Sender
	Keyring secrets.Keyring
	// NewID makes the names of deliveries.
	NewID func() string
	// Read finds what is kept outside of transactions, which InTx opens.
	Read Reader
	InTx func(ctx context.Context, fn func(ctx context.Context, tx Tx) error) error
	// Receivers keeps one of them from holding up the others.
	Receivers *Receivers
	// Attempted is told what became of each attempt; nil if nobody counts them.
	Attempted func(Attempt)
	// Follow makes an attempt a part of the trace with the W3C trace context, until the
	// function is called that it returns, with what went wrong; nil if nobody wants to.
	Follow func(ctx context.Context, traceParent, uuid string) (traced context.Context, end func(wrong string))
	// Logger takes a line for each failed attempt.
	Logger *slog.Logger
	// Cause tells what caused what is done in ctx, and at which address the broker
	// is reached: test runs are no transactions, which know it.
	Cause func(ctx context.Context) events.Cause
	// AllowUnknown lets webhooks be saved whose templates name parameters that
	// nobody knows.
	AllowUnknown bool
	// ExpandDeployed makes one delivery for each deployed version of the provider
	// when the body of a webhook asks for that version.
	ExpandDeployed bool
}

// Remaining is how often a delivery may still be tried.
func (s *Service) Remaining(t Triggered) int { return t.AttemptsRemaining(s.Sender.Schedule) }

// ShowsResponses reports whether responses may be shown to people.
func (s *Service) ShowsResponses() bool { return s.Sender.Policy.ShowsResponses() }

// SideNames are the part of the address under which webhooks are listed or created;
// empty names mean that the address says nothing of that side.
type SideNames struct {
	Consumer string
	Provider string
}

// List returns the webhooks of these sides: all, or those set on exactly the
// applications that it names. Secrets are starred.
func (s *Service) List(ctx context.Context, sides SideNames) ([]Webhook, error) {
	query, err := sides.query(ctx, s.Read)
	if err != nil {
		return nil, err
	}
	all, err := s.Read.Webhooks(ctx, query)
	if err != nil {
		return nil, err
	}
	kept, err := visible(ctx, s.Read, all)
	if err != nil {
		return nil, err
	}
	webhooks := make([]Webhook, len(kept))
	for i, k := range kept {
		webhooks[i] = k.shown(s.Keyring)
	}
	return webhooks, nil
}

func (w Webhook) shown() Webhook {
	w.Request = w.Request.Masked()
	return w
}

// query looks the names up; it returns a NotFound fault for one that is unknown.
func (s SideNames) query(ctx context.Context, find pacticipants.Reader) (Query, error) {
	query := Query{Exactly: s != SideNames{}}
	for _, side := range []struct {
		role, name string
		id         *int64
	}{{"provider", s.Provider, &query.ProviderID}, {"consumer", s.Consumer, &query.ConsumerID}} {
		if side.name == "" {
			continue
		}
		known, err := pacticipants.Get(ctx, find, side.role, side.name)
		if err != nil {
			return Query{}, err
		}
		*side.id = known.ID
	}
	return query, nil
}

// Show returns a webhook, secrets starred, or a NotFound fault.
func (s *Service) Show(ctx context.Context, uuid string) (Webhook, error) {
	kept, err := get(ctx, s.Read, uuid)
	return kept.shown(s.Keyring), err
}

func get(ctx context.Context, read Reader, uuid string) (Stored, error) {
	kept, found, err := read.Webhook(ctx, uuid)
	if err == nil && !found {
		err = unknownWebhook(uuid)
	}
	return seen(ctx, read, kept, err)
}

// getLocked is get for a change: nobody else changes the webhook until the end of the
// transaction.
func getLocked(ctx context.Context, tx Tx, uuid string) (Stored, error) {
	kept, found, err := tx.LockWebhook(ctx, uuid)
	if err == nil && !found {
		err = unknownWebhook(uuid)
	}
	return seen(ctx, tx, kept, err)
}

// lockSeen locks the webhook, if there is one. Who may not see all webhooks is told
// the same of a name that is taken by a hidden one as of a free name that somebody could
// think of: they may take random ones alone.
func lockSeen(ctx context.Context, tx Tx, uuid string) (Stored, bool, error) {
	kept, found, err := tx.LockWebhook(ctx, uuid)
	switch {
	case err != nil:
		return kept, false, err
	case found:
		err = permit(ctx, tx, kept.Webhook)
	case !access.Of(ctx).AllowsAll(access.ManageWebhooks) && !isRandom(uuid):
		err = fault.New(fault.Forbidden, "%s is no random name", uuid)
	}
	if fault.Is(err, fault.Forbidden) {
		return Stored{}, false, fault.Missing("There is no webhook %s that you may change.", uuid).Shown().Hiding(err).
			Coded("not_found", "Choose a new random UUID for a new webhook: whoever may change some applications alone sets none under other names.")
	}
	return kept, found, err
}

func unknownWebhook(uuid string) *fault.Error {
	return fault.Missing("There is no webhook %s.", uuid)
}

// Create keeps a new webhook, for the sides of the address where the draft names
// none. Who asks must be allowed to manage webhooks of those that either names. It
// returns the faults of Draft.Check and of encryption, and NotFound for an unknown name
// among the sides of the address.
func (s *Service) Create(ctx context.Context, sides SideNames, draft Draft) (created Webhook, err error) {
	err = s.InTx(ctx, func(ctx context.Context, tx Tx) error {
		if _, err := sides.query(ctx, tx); err != nil {
			return err
		}
		draft := draft.ForSides(Side{Name: sides.Consumer}, Side{Name: sides.Provider})
		if err := permit(ctx, tx, draft.Webhook); err != nil {
			return err
		}
		if err := sides.permit(ctx, tx); err != nil {
			return err
		}
		if err := s.check(ctx, tx, draft); err != nil {
			return err
		}
		created = draft.Webhook
		created.UUID = NewUUID()
		return s.add(ctx, tx, &created)
	})
	return created.shown(), err
}

// add keeps a new webhook and fills in what the store adds.
func (s *Service) add(ctx context.Context, tx Tx, w *Webhook) error {
	if err := pacticipants.CheckNewText("description", w.Description, ""); err != nil {
		return err
	}
	w.CreatedAt, w.UpdatedAt = tx.Now(), tx.Now()
	w.Description = w.Name()
	kept, err := encrypt(s.Keyring, *w)
	if err != nil {
		return err
	}
	w.note(ctx, Webhook{})
	return tx.AddWebhook(ctx, kept)
}

const wrongUUID = "must consist of 16 to 255 letters, digits, hyphens or underscores"

// Put keeps the webhook under a name that the client chose, in the place of the
// one that had the name before. It returns the faults of Create, and Invalid for
// a name that cannot be one.
func (s *Service) Put(ctx context.Context, uuid string, draft Draft) (w Webhook, created bool, err error) {
	err = s.InTx(ctx, func(ctx context.Context, tx Tx) error {
		if err := permit(ctx, tx, draft.Webhook); err != nil {
			return err
		}
		err := s.check(ctx, tx, draft)
		if !ValidUUID(uuid) {
			return addField(err, fault.Field{Name: "uuid", Message: wrongUUID})
		}
		if err != nil {
			return err
		}
		old, found, err := lockSeen(ctx, tx, uuid)
		if err != nil {
			return err
		}
		created = !found
		if created {
			w = draft.Webhook
			w.UUID = uuid
			return s.add(ctx, tx, &w)
		}
		w, err = s.replace(ctx, tx, old, draft)
		return err
	})
	return w.shown(), created, err
}

func (s *Service) replace(ctx context.Context, tx Tx, old Stored, draft Draft) (Webhook, error) {
	before, err := old.decrypt(s.Keyring)
	if err != nil {
		return Webhook{}, err
	}
	w, err := draft.Replacing(before)
	if err != nil {
		return Webhook{}, err
	}
	if err := pacticipants.CheckNewText("description", w.Description, before.Description); err != nil {
		return Webhook{}, err
	}
	w.UpdatedAt = tx.Now()
	w.Description = w.Name()
	kept, err := encrypt(s.Keyring, w)
	if err != nil {
		return Webhook{}, err
	}
	kept.ID, kept.Missing = old.ID, w.Request.lacking(old.Missing)
	if draft.PasswordRemoved {
		kept.Missing = without(kept.Missing, "password")
	}
	w.note(ctx, before)
	return w, tx.UpdateWebhook(ctx, kept)
}

// addField puts a field in front of those of an Invalid fault.
func addField(err error, field fault.Field) error {
	var known *fault.Error
	switch {
	case errors.As(err, &known) && known.Kind == fault.Invalid:
		all := fault.InvalidFields(append([]fault.Field{field}, known.Fields...)...)
		all.Hides = known.Hides
		return all
	case err != nil:
		return err
	}
	return fault.InvalidFields(field)
}

// Delete removes a webhook; what it did stays on record. It returns a NotFound
// fault for an unknown one.
func (s *Service) Delete(ctx context.Context, uuid string) error {
	return s.InTx(ctx, func(ctx context.Context, tx Tx) error {
		kept, err := getLocked(ctx, tx, uuid)
		if err != nil {
			return err
		}
		Webhook{}.note(ctx, kept.Webhook)
		return tx.RemoveWebhook(ctx, uuid)
	})
}

// check holds a draft against the rules of this broker. A secret that who asks may not
// see is none to them: the fault hides that.
func (s *Service) check(ctx context.Context, find Reader, draft Draft) error {
	var hidden error
	err := draft.Check(Rules{
		Policy: s.Sender.Policy, AllowUnknown: s.AllowUnknown,
		Exists: func(name string) (bool, error) {
			_, found, err := find.FindPacticipant(ctx, name)
			return found, err
		},
		Secret: func(name string) (StoredSecret, bool, error) {
			secret, found, err := secretFor(ctx, find, draft.Webhook, name)
			if err == nil && !found && !s.AllowUnknown && hidden == nil {
				hidden, err = hides(ctx, find, name)
			}
			return secret, found, err
		},
	})
	var known *fault.Error
	if hidden != nil && errors.As(err, &known) {
		return known.Hiding(hidden)
	}
	return err
}
