package store

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/accord-broker/accord/internal/deployments"
	"github.com/accord-broker/accord/internal/store/db"
	"github.com/accord-broker/accord/internal/versions"
)

type environmentRow struct {
	ID          int64
	UUID        string
	Name        string
	DisplayName string
	Production  bool
	Contacts    *string
	CreatedAt   micros
	UpdatedAt   micros
}

const sqlEnvironmentColumns = "e.id, e.uuid, e.name, e.display_name, e.production, e.contacts, e.created_at, e.updated_at"

// contactJSON is how a contact is kept.
type contactJSON struct {
	Name    string          `json:"name"`
	Details json.RawMessage `json:"details,omitempty"`
}

func (r environmentRow) toEnvironment() (deployments.Environment, error) {
	e := deployments.Environment{
		ID: r.ID, UUID: r.UUID, Name: r.Name, DisplayName: r.DisplayName, Production: r.Production,
		CreatedAt: r.CreatedAt.Time(), UpdatedAt: r.UpdatedAt.Time(),
	}
	if r.Contacts == nil {
		return e, nil
	}
	var kept []contactJSON
	if err := json.Unmarshal([]byte(*r.Contacts), &kept); err != nil {
		return e, fmt.Errorf("read contacts of environment %s: %w", r.Name, err)
	}
	e.Contacts = make([]deployments.Contact, len(kept))
	for i, c := range kept {
		e.Contacts[i] = deployments.Contact{Name: c.Name, Details: c.Details}
	}
	return e, nil
}

// contactsText returns the contacts as kept; none at all is NULL, an empty
// list is a list.
func contactsText(contacts []deployments.Contact) (*string, error) {
	if contacts == nil {
		return nil, nil
	}
	kept := make([]contactJSON, len(contacts))
	for i, c := range contacts {
		kept[i] = contactJSON{Name: c.Name, Details: c.Details}
	}
	raw, err := json.Marshal(kept)
	text := string(raw)
	return &text, err
}

func (q *queries) Environments(ctx context.Context) ([]deployments.Environment, error) {
	return q.environments(ctx, "ORDER BY lower(e.display_name), e.id")
}

func (q *queries) environments(ctx context.Context, where string, args ...any) ([]deployments.Environment, error) {
	found, err := rows[environmentRow](ctx, q, "read environments", "SELECT "+sqlEnvironmentColumns+" FROM environments e "+where, args...)
	if err != nil {
		return nil, err
	}
	all := make([]deployments.Environment, len(found))
	for i, r := range found {
		if all[i], err = r.toEnvironment(); err != nil {
			return nil, err
		}
	}
	return all, nil
}

func (q *queries) environment(ctx context.Context, where string, args ...any) (deployments.Environment, bool, error) {
	return db.First(q.environments(ctx, where, args...))
}

func (q *queries) EnvironmentByName(ctx context.Context, name string) (deployments.Environment, bool, error) {
	return q.environment(ctx, "WHERE e.name = ?", name)
}

func (q *queries) HasEnvironmentNamed(ctx context.Context, name string) (bool, error) {
	_, found, err := q.environment(ctx, "WHERE "+q.named("e.name")+" LIMIT 1", name)
	return found, err
}

// EnvironmentByUUID returns an environment, if it exists.
func (q *queries) EnvironmentByUUID(ctx context.Context, uuid string) (deployments.Environment, bool, error) {
	return q.environment(ctx, "WHERE e.uuid = ?", uuid)
}

func (q *queries) EnvironmentByID(ctx context.Context, id int64) (deployments.Environment, bool, error) {
	return q.environment(ctx, "WHERE e.id = ?", id)
}

func (tx *Tx) AddEnvironment(ctx context.Context, e deployments.Environment) (env deployments.Environment, added bool, err error) {
	contacts, err := contactsText(e.Contacts)
	if err != nil {
		return e, false, fmt.Errorf("add environment: %w", err)
	}
	id, err := tx.insert(ctx, "add environment", `
		INSERT INTO environments (uuid, name, display_name, production, contacts, created_at, updated_at)
		VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (name) DO NOTHING RETURNING id`,
		e.UUID, e.Name, e.DisplayName, e.Production, contacts, tx.now, tx.now)
	e.ID, e.CreatedAt, e.UpdatedAt = id, tx.Now(), tx.Now()
	return e, id != 0, err
}

// UpdateEnvironment replaces everything but id, uuid and time of creation.
func (tx *Tx) UpdateEnvironment(ctx context.Context, e deployments.Environment) error {
	contacts, err := contactsText(e.Contacts)
	if err != nil {
		return fmt.Errorf("update environment: %w", err)
	}
	_, err = tx.exec(ctx, "update environment", "UPDATE environments SET name = ?, display_name = ?, production = ?, contacts = ?, updated_at = ? WHERE id = ?",
		e.Name, e.DisplayName, e.Production, contacts, tx.now, e.ID)
	return err
}

// RemoveEnvironment deletes the environment with the deployments and releases
// recorded there.
func (tx *Tx) RemoveEnvironment(ctx context.Context, e deployments.Environment) error {
	_, err := tx.exec(ctx, "remove environment", "DELETE FROM environments WHERE id = ?", e.ID)
	return err
}

func (tx *Tx) LockEnvironment(ctx context.Context, uuid string) (deployments.Environment, bool, error) {
	if err := tx.lock(ctx, "environment "+uuid); err != nil {
		return deployments.Environment{}, false, err
	}
	return tx.EnvironmentByUUID(ctx, uuid)
}

type deployedRow struct {
	ID            int64
	UUID          string
	EnvironmentID int64
	PacticipantID int64
	Pacticipant   string
	VersionID     int64
	Number        string
	Instance      string
	Current       bool
	UndeployedAt  *micros
	CreatedAt     micros
	UpdatedAt     micros
}

// deployedBy reads deployments by an index that has those which count, and only
// what the condition says of it.
func (q *queries) deployedBy(ctx context.Context, index, where string, args ...any) ([]deployments.Deployed, error) {
	return q.deployedFrom(ctx, " FROM deployed_versions d"+q.dialect.By(index)+sqlOfDeployed+where, args...)
}

const (
	sqlDeployedColumns = `d.id, d.uuid, d.environment_id, d.pacticipant_id, p.name AS pacticipant, d.version_id, v.number, d.instance,
		d.currently_deployed AS current, d.undeployed_at, d.created_at, d.updated_at`
	sqlOfDeployed = " JOIN pacticipants p ON p.id = d.pacticipant_id JOIN versions v ON v.id = d.version_id "
)

func (r deployedRow) toDeployed() deployments.Deployed {
	return deployments.Deployed{
		ID: r.ID, UUID: r.UUID, EnvironmentID: r.EnvironmentID, PacticipantID: r.PacticipantID, Pacticipant: r.Pacticipant,
		VersionID: r.VersionID, Number: r.Number, Instance: r.Instance, Current: r.Current,
		UndeployedAt: timeOf(r.UndeployedAt), CreatedAt: r.CreatedAt.Time(), UpdatedAt: r.UpdatedAt.Time(),
	}
}

func (q *queries) deployed(ctx context.Context, where string, args ...any) ([]deployments.Deployed, error) {
	return q.deployedFrom(ctx, " FROM deployed_versions d"+sqlOfDeployed+where, args...)
}

func (q *queries) deployedFrom(ctx context.Context, from string, args ...any) ([]deployments.Deployed, error) {
	found, err := rows[deployedRow](ctx, q, "read deployments", "SELECT "+sqlDeployedColumns+from, args...)
	all := make([]deployments.Deployed, len(found))
	for i, r := range found {
		all[i] = r.toDeployed()
	}
	return all, err
}

func (tx *Tx) LockSlot(ctx context.Context, environmentID, pacticipantID int64, instance string) (deployments.Deployed, bool, error) {
	if err := tx.lockPacticipant(ctx, pacticipantID); err != nil {
		return deployments.Deployed{}, false, err
	}
	return tx.occupant(ctx, environmentID, pacticipantID, instance)
}

func (q *queries) occupant(ctx context.Context, environmentID, pacticipantID int64, instance string) (deployments.Deployed, bool, error) {
	return db.First(q.deployed(ctx, "WHERE d.environment_id = ? AND d.pacticipant_id = ? AND d.instance = ? AND d.currently_deployed", environmentID, pacticipantID, instance))
}

// AddDeployed records under uuid that the version now occupies the slot, and
// that what was there before no longer does; lock the slot first. Auto marks a record that the
// broker made by itself.
func (tx *Tx) AddDeployed(ctx context.Context, uuid string, environmentID int64, v versions.Version, instance string, auto bool) (deployments.Deployed, error) {
	if _, err := tx.exec(ctx, "end deployment", `
		UPDATE deployed_versions SET currently_deployed = ?, undeployed_at = ?, updated_at = ?
		WHERE environment_id = ? AND pacticipant_id = ? AND instance = ? AND currently_deployed`,
		false, tx.now, tx.now, environmentID, v.PacticipantID, instance); err != nil {
		return deployments.Deployed{}, err
	}
	if _, err := tx.insert(ctx, "add deployment", `
		INSERT INTO deployed_versions (uuid, environment_id, pacticipant_id, version_id, instance, currently_deployed, auto_created, created_at, updated_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id`,
		uuid, environmentID, v.PacticipantID, v.ID, instance, true, auto, tx.now, tx.now); err != nil {
		return deployments.Deployed{}, err
	}
	d, _, err := tx.occupant(ctx, environmentID, v.PacticipantID, instance)
	return d, err
}

func (tx *Tx) ConfirmDeployment(ctx context.Context, d deployments.Deployed) (deployments.Deployed, error) {
	_, err := tx.exec(ctx, "confirm deployment", "UPDATE deployed_versions SET updated_at = ? WHERE id = ?", tx.now, d.ID)
	d.UpdatedAt = tx.now.Time()
	return d, err
}

// EndDeployment records that the version no longer occupies its slot.
func (tx *Tx) EndDeployment(ctx context.Context, d deployments.Deployed) error {
	_, err := tx.exec(ctx, "end deployment",
		"UPDATE deployed_versions SET currently_deployed = ?, undeployed_at = ?, updated_at = ? WHERE id = ? AND currently_deployed", false, tx.now, tx.now, d.ID)
	return err
}

// descending is the end of an order that begins with the highest, if it does.
func descending(highestFirst bool) string {
	if highestFirst {
		return " DESC"
	}
	return ""
}

func (q *queries) Deployed(ctx context.Context, f deployments.DeployedQuery) ([]deployments.Deployed, error) {
	var c condition
	c.and("1 = 1")
	if f.EnvironmentID != 0 {
		c.and("d.environment_id = ?", f.EnvironmentID)
	}
	if f.PacticipantIDs != nil {
		c.and(q.dialect.Among("d.pacticipant_id"), q.dialect.List(f.PacticipantIDs))
	}
	if f.VersionIDs != nil {
		c.and(q.dialect.Among("d.version_id"), q.dialect.List(f.VersionIDs))
	}
	if f.Instance != nil {
		c.and("d.instance = ?", *f.Instance)
	}
	if f.Current {
		c.and("d.currently_deployed")
	}
	return q.deployed(ctx, "WHERE "+c.text+" ORDER BY d.id"+descending(!f.OldestFirst), c.args...)
}

// CurrentDeployments returns what is deployed now, of the applications if some are named, in any order: one would make
// the database go through all that ever was.
func (q *queries) CurrentDeployments(ctx context.Context, pacticipantIDs ...int64) ([]deployments.Deployed, error) {
	if len(pacticipantIDs) > 0 {
		return q.deployedBy(ctx, "deployed_versions_current", "WHERE d.currently_deployed AND "+q.dialect.Among("d.pacticipant_id"), q.dialect.List(pacticipantIDs))
	}
	return q.deployedBy(ctx, "deployed_versions_current", "WHERE d.currently_deployed")
}

func (q *queries) DeploymentHistory(ctx context.Context, environmentID int64, limit, offset int) ([]deployments.Deployed, int, error) {
	total, _, err := row[int](ctx, q, "count deployments", "SELECT count(*) FROM deployed_versions WHERE environment_id = ?", environmentID)
	if err != nil {
		return nil, 0, err
	}
	found, err := q.deployedBy(ctx, "deployed_versions_newest", "WHERE d.environment_id = ? ORDER BY d.id DESC LIMIT ? OFFSET ?", environmentID, limit, offset)
	return found, total, err
}

// DeployedByUUID returns a deployment, if it exists.
func (q *queries) DeployedByUUID(ctx context.Context, uuid string) (deployments.Deployed, bool, error) {
	return db.First(q.deployed(ctx, "WHERE d.uuid = ?", uuid))
}
