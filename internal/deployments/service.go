package deployments

import (
	"context"
	"encoding/json"
	"maps"
	"slices"

	"github.com/accord-broker/accord/internal/access"
	"github.com/accord-broker/accord/internal/audit"
	"github.com/accord-broker/accord/internal/events"
	"github.com/accord-broker/accord/internal/pacticipants"
	"github.com/accord-broker/accord/internal/support/fault"
	"github.com/accord-broker/accord/internal/versions"
)

// Tx is what recording needs inside one transaction.
type Tx interface {
	access.LabelReader
	Reader
	events.Announcer
	// EnvironmentByID returns an environment, if it exists.
	EnvironmentByID(ctx context.Context, id int64) (Environment, bool, error)
	// AddEnvironment stores an environment under the uuid that it has; added is
	// false if its name is taken.
	AddEnvironment(ctx context.Context, e Environment) (env Environment, added bool, err error)
	UpdateEnvironment(ctx context.Context, e Environment) error
	// LockEnvironment is EnvironmentByUUID that keeps others from changing or
	// deleting it until the transaction ends.
	LockEnvironment(ctx context.Context, uuid string) (Environment, bool, error)
	// RemoveEnvironment deletes it with the records of what was there.
	RemoveEnvironment(ctx context.Context, e Environment) error
	// LockSlot returns what occupies a slot, if anything does, and keeps others
	// out of the slot, and from deleting versions of the application, until the
	// transaction ends.
	LockSlot(ctx context.Context, environmentID, pacticipantID int64, instance string) (Deployed, bool, error)
	// AddDeployed records that the version takes the slot from what was there.
	AddDeployed(ctx context.Context, uuid string, environmentID int64, v versions.Version, instance string, auto bool) (Deployed, error)
	// ConfirmDeployment writes down that the deployment was recorded once more.
	ConfirmDeployment(ctx context.Context, d Deployed) (Deployed, error)
	EndDeployment(ctx context.Context, d Deployed) error
	// LockRelease returns the record of a release, if there is one, and keeps
	// others from changing it, and from deleting versions of the application, until
	// the transaction ends.
	LockRelease(ctx context.Context, environmentID, pacticipantID, versionID int64) (Released, bool, error)
	// AddReleased records a release under uuid, or makes a known one supported
	// again; created is false then.
	AddReleased(ctx context.Context, uuid string, environmentID int64, v versions.Version) (r Released, created bool, err error)
	EndSupport(ctx context.Context, r Released) error
}

// Service records where versions are.
type Service struct {
	inTx func(ctx context.Context, fn func(ctx context.Context, tx Tx) error) error
	// newID makes the uuids of records.
	newID func() string
}

// NewService returns a service that works in transactions that inTx opens and
// names its records with newID.
func NewService(newID func() string, inTx func(ctx context.Context, fn func(ctx context.Context, tx Tx) error) error) *Service {
	return &Service{inTx: inTx, newID: newID}
}

// nameTaken is the fault of an environment whose name another one has.
func nameTaken(name string) error {
	return fault.InvalidField("name", "another environment is called '%s'", name)
}

// named returns the environment with a display name, derived from the name if it
// has none.
func (e Environment) named() Environment {
	if e.DisplayName == "" {
		e.DisplayName = pacticipants.DisplayName(e.Name)
	}
	return e
}

// checkNewTexts returns an Invalid fault if something invisible would be new in the
// texts of the environment.
func (e Environment) checkNewTexts(before Environment) error {
	if err := pacticipants.CheckNewText("displayName", e.DisplayName, before.DisplayName); err != nil {
		return err
	}
	for i, contact := range e.Contacts {
		known := slices.ContainsFunc(before.Contacts, func(c Contact) bool { return c.Name == contact.Name })
		if err := pacticipants.CheckNewText("contacts", contact.Name, ""); err != nil && !known {
			return err
		}
		if err := contact.checkNewDetails(i, before.Contacts); err != nil {
			return err
		}
	}
	return nil
}

// checkNewDetails is checkNewTexts for the details of the contact with that index.
// What one of those before had is not new.
func (c Contact) checkNewDetails(index int, before []Contact) error {
	for _, member := range slices.Sorted(maps.Keys(c.texts())) {
		text := c.texts()[member]
		problem := pacticipants.ValidateNewText(text)
		known := slices.ContainsFunc(before, func(other Contact) bool { return other.texts()[member] == text })
		if problem != "" && !known {
			return fault.InvalidField("contacts", "details.%s %s (at index %d)", member, problem, index)
		}
	}
	return nil
}

// texts are those of the details that are texts.
func (c Contact) texts() map[string]string {
	var members map[string]any
	_ = json.Unmarshal(c.Details, &members) // there may be none
	texts := map[string]string{}
	for member, value := range members {
		if text, isText := value.(string); isText {
			texts[member] = text
		}
	}
	return texts
}

// Create makes an environment. It returns an Invalid fault if the name is taken.
func (s *Service) Create(ctx context.Context, e Environment) (created Environment, err error) {
	err = s.inTx(ctx, func(ctx context.Context, tx Tx) error {
		if err := access.Require(ctx, tx, access.Administer); err != nil {
			return err
		}
		if err := pacticipants.CheckNewName("name", e.Name); err != nil {
			return err
		}
		if err := e.checkNewTexts(Environment{}); err != nil {
			return err
		}
		e = e.named()
		e.UUID = s.newID()
		var added bool
		created, added, err = tx.AddEnvironment(ctx, e)
		if err != nil {
			return err
		}
		if !added {
			return nameTaken(e.Name)
		}
		created.note(ctx, Environment{})
		return tx.Announce(ctx, created.fact("created"))
	})
	return created, err
}

// Replace gives the environment with e's uuid everything else that e says. It
// returns a NotFound fault for an unknown one, and an Invalid one if another
// environment has the name.
func (s *Service) Replace(ctx context.Context, e Environment) (replaced Environment, err error) {
	err = s.inTx(ctx, func(ctx context.Context, tx Tx) error {
		if err := access.Require(ctx, tx, access.Administer); err != nil {
			return err
		}
		before, err := lockEnvironment(ctx, tx, e.UUID)
		if err != nil {
			return err
		}
		other, found, err := tx.EnvironmentByName(ctx, e.Name)
		if err != nil {
			return err
		}
		if found && other.ID != before.ID {
			return nameTaken(e.Name)
		}
		if err := pacticipants.CheckNewName("name", e.Name); err != nil && e.Name != before.Name {
			return err
		}
		if err := e.checkNewTexts(before); err != nil {
			return err
		}
		e = e.named()
		e.ID = before.ID
		if err := tx.UpdateEnvironment(ctx, e); err != nil {
			return err
		}
		if replaced, err = environment(ctx, tx, e.UUID); err != nil {
			return err
		}
		replaced.note(ctx, before)
		return announceChanges(ctx, tx, before, replaced)
	})
	return replaced, err
}

// Delete removes an environment with the records of what was there. It returns
// a NotFound fault for an unknown one.
func (s *Service) Delete(ctx context.Context, uuid string) error {
	return s.inTx(ctx, func(ctx context.Context, tx Tx) error {
		if err := access.Require(ctx, tx, access.Administer); err != nil {
			return err
		}
		e, err := lockEnvironment(ctx, tx, uuid)
		if err != nil {
			return err
		}
		if err := tx.RemoveEnvironment(ctx, e); err != nil {
			return err
		}
		Environment{}.note(ctx, e)
		return tx.Announce(ctx, e.fact("deleted"))
	})
}

// Deploy records that the version is now deployed to the environment, in the
// slot of the application instance. What was there before no longer is; if the
// version itself is there already, its record is returned, with the time at which that
// was said once more.
func (s *Service) Deploy(ctx context.Context, e Environment, v versions.Version, instance string) (d Deployed, err error) {
	err = s.inTx(ctx, func(ctx context.Context, tx Tx) error {
		if err := access.Require(ctx, tx, access.Record, v.Pacticipant); err != nil {
			return err
		}
		d, err = deploy(ctx, tx, s.newID(), e, v, instance, false)
		return err
	})
	return d, err
}

// DeployByTag records, within an open transaction, that the version is deployed
// to the environment that has the name of the tag, if there is one. It returns a
// Forbidden fault for who may tag the version and not record where it runs.
func DeployByTag(ctx context.Context, tx Tx, newID func() string, v versions.Version, tag string) error {
	e, found, err := tx.EnvironmentByName(ctx, tag)
	if err != nil || !found {
		return err
	}
	if err := access.Require(ctx, tx, access.Record, v.Pacticipant); err != nil {
		return err
	}
	_, err = deploy(ctx, tx, newID(), e, v, "", true)
	return err
}

func deploy(ctx context.Context, tx Tx, uuid string, e Environment, v versions.Version, instance string, auto bool) (Deployed, error) {
	now, found, err := tx.LockSlot(ctx, e.ID, v.PacticipantID, instance)
	if err != nil {
		return now, err
	}
	if found && now.VersionID == v.ID {
		return tx.ConfirmDeployment(ctx, now)
	}
	if err := pacticipants.CheckNewName("applicationInstance", instance); err != nil && !found {
		return now, err
	}
	if found {
		if err := tx.Announce(ctx, now.fact(events.DeploymentEnded, e)); err != nil {
			return now, err
		}
	}
	d, err := tx.AddDeployed(ctx, uuid, e.ID, v, instance, auto)
	if err != nil {
		return d, err
	}
	var before any
	if found {
		before = now.Number
	}
	audit.Changed(ctx, "deployed, "+v.Pacticipant, before, v.Number)
	return d, tx.Announce(ctx, d.fact(events.DeploymentRecorded, e))
}

// Undeploy records that a deployment has ended; one that has ended already
// stays as it is. It returns a NotFound fault for an unknown one.
func (s *Service) Undeploy(ctx context.Context, uuid string) (d Deployed, err error) {
	err = s.inTx(ctx, func(ctx context.Context, tx Tx) error {
		if d, err = deployed(ctx, tx, uuid); err != nil {
			return err
		}
		if err := access.Require(ctx, tx, access.Record, d.Pacticipant); err != nil {
			return err
		}
		if _, _, err := tx.LockSlot(ctx, d.EnvironmentID, d.PacticipantID, d.Instance); err != nil {
			return err
		}
		if d, err = deployed(ctx, tx, uuid); err != nil || !d.Current {
			return err
		}
		if err := tx.EndDeployment(ctx, d); err != nil {
			return err
		}
		audit.Changed(ctx, "deployed, "+d.Pacticipant, d.Number, nil)
		if err := announceIn(ctx, tx, d.EnvironmentID, func(e Environment) events.Fact { return d.fact(events.DeploymentEnded, e) }); err != nil {
			return err
		}
		d, err = deployed(ctx, tx, uuid)
		return err
	})
	return d, err
}

// Release records that the version is released to the environment; created is
// false if it was before, and it is supported again then.
func (s *Service) Release(ctx context.Context, e Environment, v versions.Version) (r Released, created bool, err error) {
	err = s.inTx(ctx, func(ctx context.Context, tx Tx) error {
		if err := access.Require(ctx, tx, access.Record, v.Pacticipant); err != nil {
			return err
		}
		before, found, err := tx.LockRelease(ctx, e.ID, v.PacticipantID, v.ID)
		if err != nil {
			return err
		}
		if r, created, err = tx.AddReleased(ctx, s.newID(), e.ID, v); err != nil || found && before.Supported {
			return err
		}
		audit.Changed(ctx, "released, "+v.Pacticipant, nil, v.Number)
		return tx.Announce(ctx, r.fact(events.ReleaseRecorded, e))
	})
	return r, created, err
}

// EndSupport records that a release is no longer supported; one that is not
// stays as it is. It returns a NotFound fault for an unknown one.
func (s *Service) EndSupport(ctx context.Context, uuid string) (r Released, err error) {
	err = s.inTx(ctx, func(ctx context.Context, tx Tx) error {
		if r, err = released(ctx, tx, uuid); err != nil {
			return err
		}
		if err := access.Require(ctx, tx, access.Record, r.Pacticipant); err != nil {
			return err
		}
		if _, _, err := tx.LockRelease(ctx, r.EnvironmentID, r.PacticipantID, r.VersionID); err != nil {
			return err
		}
		if r, err = released(ctx, tx, uuid); err != nil || !r.Supported {
			return err
		}
		if err := tx.EndSupport(ctx, r); err != nil {
			return err
		}
		audit.Changed(ctx, "released, "+r.Pacticipant, r.Number, nil)
		if err := announceIn(ctx, tx, r.EnvironmentID, func(e Environment) events.Fact { return r.fact(events.ReleaseSupportEnded, e) }); err != nil {
			return err
		}
		r, err = released(ctx, tx, uuid)
		return err
	})
	return r, err
}

func environment(ctx context.Context, tx Reader, uuid string) (Environment, error) {
	e, found, err := tx.EnvironmentByUUID(ctx, uuid)
	return mustExist(uuid, e, found, err)
}

// lockEnvironment returns the environment, which nobody else changes meanwhile.
func lockEnvironment(ctx context.Context, tx Tx, uuid string) (Environment, error) {
	e, found, err := tx.LockEnvironment(ctx, uuid)
	return mustExist(uuid, e, found, err)
}

func mustExist(uuid string, e Environment, found bool, err error) (Environment, error) {
	if err == nil && !found {
		err = fault.Missing("no environment %s", uuid)
	}
	return e, err
}

func deployed(ctx context.Context, tx Reader, uuid string) (Deployed, error) {
	d, found, err := tx.DeployedByUUID(ctx, uuid)
	if err == nil && !found {
		err = fault.Missing("no deployed version %s", uuid)
	}
	return d, err
}

func released(ctx context.Context, tx Reader, uuid string) (Released, error) {
	r, found, err := tx.ReleasedByUUID(ctx, uuid)
	if err == nil && !found {
		err = fault.Missing("no released version %s", uuid)
	}
	return r, err
}

// note notes in the audit what is changed of an environment, which is the zero
// value where there was or is none.
func (e Environment) note(ctx context.Context, before Environment) {
	text := func(e Environment, text string) any {
		if e.UUID == "" {
			return nil
		}
		return text
	}
	names := func(e Environment) (names []string) {
		for _, c := range e.Contacts {
			names = append(names, c.Name)
		}
		return names
	}
	audit.Changed(ctx, "environment", text(before, before.Name), text(e, e.Name))
	audit.Changed(ctx, "display name", text(before, before.DisplayName), text(e, e.DisplayName))
	audit.Changed(ctx, "production", before.Production, e.Production)
	audit.Changed(ctx, "contacts", names(before), names(e))
}
