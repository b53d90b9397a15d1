package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/accord-broker/accord/internal/access"
)

type teamRow struct {
	Name, Contact, Role                      string
	Applications, Labels, GroupNames, People string
	CreatedAt, UpdatedAt                     micros
}

// Teams returns all teams by name.
func (q *queries) Teams(ctx context.Context) ([]access.Team, error) {
	found, err := rows[teamRow](ctx, q, "list teams", "SELECT name, contact, role, applications, labels, group_names, people, created_at, updated_at FROM teams ORDER BY name")
	teams := make([]access.Team, len(found))
	for i, r := range found {
		t := access.Team{Name: r.Name, Contact: r.Contact, Role: access.Role(r.Role), CreatedAt: r.CreatedAt.Time(), UpdatedAt: r.UpdatedAt.Time()}
		if broken := errors.Join(json.Unmarshal([]byte(r.Applications), &t.Applications), json.Unmarshal([]byte(r.Labels), &t.Labels),
			json.Unmarshal([]byte(r.GroupNames), &t.Groups), json.Unmarshal([]byte(r.People), &t.People)); broken != nil {
			return nil, fmt.Errorf("read team %s: %w", r.Name, broken)
		}
		teams[i] = t
	}
	return teams, err
}

// NamesWithLabel returns the applications with a label, by name. What somebody may do
// goes by labels as they are written, also where they are found in any case.
func (q *queries) NamesWithLabel(ctx context.Context, label string) ([]string, error) {
	return rows[string](ctx, q, "list labelled", "SELECT p.name FROM labels l JOIN pacticipants p ON p.id = l.pacticipant_id WHERE l.name = ? ORDER BY p.name", label)
}

// PutTeam adds or replaces the team of a name.
func (tx *Tx) PutTeam(ctx context.Context, t access.Team) error {
	_, err := tx.exec(ctx, "put team", `
		INSERT INTO teams (name, contact, role, applications, labels, group_names, people, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (name) DO UPDATE SET contact = excluded.contact, role = excluded.role, applications = excluded.applications, labels = excluded.labels,
			group_names = excluded.group_names, people = excluded.people, updated_at = excluded.updated_at`,
		t.Name, t.Contact, string(t.Role), jsonList(t.Applications), jsonList(t.Labels), jsonList(t.Groups), jsonList(t.People), microsOf(t.CreatedAt), microsOf(t.UpdatedAt))
	return err
}

// DeleteTeam removes the team of a name.
func (tx *Tx) DeleteTeam(ctx context.Context, name string) error {
	_, err := tx.exec(ctx, "delete team", "DELETE FROM teams WHERE name = ?", name)
	return err
}

// OwnRoles returns all roles of the broker's own by name.
func (q *queries) OwnRoles(ctx context.Context) ([]access.OwnRole, error) {
	type roleRow struct {
		Name, Description, Actions string
		CreatedAt, UpdatedAt       micros
	}
	found, err := rows[roleRow](ctx, q, "list roles", "SELECT name, description, actions, created_at, updated_at FROM own_roles ORDER BY name")
	roles := make([]access.OwnRole, len(found))
	for i, r := range found {
		roles[i] = access.OwnRole{Name: access.Role(r.Name), Description: r.Description, CreatedAt: r.CreatedAt.Time(), UpdatedAt: r.UpdatedAt.Time()}
		if broken := json.Unmarshal([]byte(r.Actions), &roles[i].Actions); broken != nil {
			return nil, fmt.Errorf("read role %s: %w", r.Name, broken)
		}
	}
	return roles, err
}

// PutRole adds or replaces the role of a name.
func (tx *Tx) PutRole(ctx context.Context, r access.OwnRole) error {
	actions, err := json.Marshal(r.Actions)
	if err != nil {
		return err
	}
	_, err = tx.exec(ctx, "put role", `
		INSERT INTO own_roles (name, description, actions, created_at, updated_at) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (name) DO UPDATE SET description = excluded.description, actions = excluded.actions, updated_at = excluded.updated_at`,
		string(r.Name), r.Description, string(actions), microsOf(r.CreatedAt), microsOf(r.UpdatedAt))
	return err
}

// DeleteRole removes the role of a name.
func (tx *Tx) DeleteRole(ctx context.Context, name access.Role) error {
	_, err := tx.exec(ctx, "delete role", "DELETE FROM own_roles WHERE name = ?", string(name))
	return err
}

// sqlLiveTokens are the tokens that are accepted at a time, which is asked twice.
const sqlLiveTokens = "SELECT count(*) FROM access_tokens WHERE (revoked_at IS NULL OR revoked_at > ?) AND (expires_at IS NULL OR expires_at > ?)"

// HoldersOfRole counts the tokens that are accepted, the people, the teams and the
// trust rules with a role.
func (tx *Tx) HoldersOfRole(ctx context.Context, name access.Role) (int, error) {
	now := microsOf(tx.Now())
	held, _, err := row[int](ctx, &tx.queries, "count holders", "SELECT ("+sqlLiveTokens+" AND role = ?) + (SELECT count(*) FROM people WHERE role = ?) + (SELECT count(*) FROM teams WHERE role = ?) + (SELECT count(*) FROM trust_rules WHERE role = ?)",
		now, now, string(name), string(name), string(name), string(name))
	return held, err
}

// HoldersOfTeam counts the tokens that are accepted, the people and the trust rules
// with a role for the applications of a team, and the secrets for its webhooks.
func (tx *Tx) HoldersOfTeam(ctx context.Context, name string) (int, error) {
	now := microsOf(tx.Now())
	quoted := quotedName(name)
	held, _, err := row[int](ctx, &tx.queries, "count holders", "SELECT ("+sqlLiveTokens+" AND replace(teams, ?, '') <> teams) + (SELECT count(*) FROM people WHERE replace(teams, ?, '') <> teams) + (SELECT count(*) FROM trust_rules WHERE replace(teams, ?, '') <> teams) + (SELECT count(*) FROM secrets WHERE replace(teams, ?, '') <> teams)",
		now, now, quoted, quoted, quoted, quoted)
	return held, err
}
