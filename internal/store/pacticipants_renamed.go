package store

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/accord-broker/accord/internal/audit"
	"github.com/accord-broker/accord/internal/pacticipants"
	"github.com/accord-broker/accord/internal/support/fault"
)

// sqlFormer finds the applications p by names f that they had until a moment.
const sqlFormer = "former_names f JOIN pacticipants p ON p.id = f.pacticipant_id WHERE f.given_up_at >= ? AND "

// sqlLastGivenUp puts the one of several former names last that leads to an
// application: several differ in case only where case has not always been the same.
const sqlLastGivenUp = "f.given_up_at, f.name DESC"

// formerSince is from when on a name must have been given up to be found still.
func (q *queries) formerSince() micros {
	now := time.Now
	if q.options.Now != nil {
		now = q.options.Now
	}
	return microsOf(now().Add(-q.options.KeepFormerNames))
}

// findFormerly returns the application that had the name before, if it is still
// found by it.
func (q *queries) findFormerly(ctx context.Context, name string) (pacticipants.Pacticipant, bool, error) {
	if q.options.KeepFormerNames == 0 {
		return pacticipants.Pacticipant{}, false, nil
	}
	r, found, err := row[pacticipantRow](ctx, q, "find pacticipant by former name",
		"SELECT "+sqlPacticipantColumns+" FROM "+sqlFormer+q.named("f.name")+" ORDER BY f.given_up_at DESC, f.name LIMIT 1", q.formerSince(), name)
	return r.toPacticipant(), found, err
}

// usePresentNames puts the present names in the place of those that applications had before,
// and reports whether there was one.
func (q *queries) usePresentNames(ctx context.Context, names ...*string) (renamed bool, err error) {
	if q.options.KeepFormerNames == 0 {
		return false, nil
	}
	asked := make([]string, len(names))
	for i, name := range names {
		asked[i] = *name
	}
	list, err := q.dialect.Texts(asked)
	if err != nil {
		return false, err
	}
	found, err := rows[struct{ Asked, Name string }](ctx, q, "find present names", "SELECT asked.value AS asked, p.name FROM former_names f JOIN pacticipants p ON p.id = f.pacticipant_id"+
		q.dialect.JoinTexts()+" WHERE f.given_up_at >= ? AND "+q.sameName("f.name", "asked.value")+
		" AND NOT EXISTS (SELECT 1 FROM pacticipants o WHERE "+q.sameName("o.name", "asked.value")+") ORDER BY "+sqlLastGivenUp, list, q.formerSince())
	for _, r := range found {
		for i, name := range names {
			if asked[i] == r.Asked {
				*name, renamed = r.Name, true
			}
		}
	}
	return renamed, err
}

// PresentNames are the names of applications by those of the given ones that they had
// before and are still found by.
func (q *queries) PresentNames(ctx context.Context, names []string) (map[string]string, error) {
	now, into := slices.Clone(names), make([]*string, len(names))
	for i := range now {
		into[i] = &now[i]
	}
	if _, err := q.usePresentNames(ctx, into...); err != nil {
		return nil, err
	}
	present := map[string]string{}
	for i, name := range names {
		if now[i] != name {
			present[name] = now[i]
		}
	}
	return present, nil
}

func (q *queries) FormerNames(ctx context.Context, p pacticipants.Pacticipant) ([]pacticipants.FormerName, error) {
	names := []pacticipants.FormerName{}
	if q.options.KeepFormerNames == 0 {
		return names, nil
	}
	found, err := rows[struct {
		Name      string
		GivenUpAt micros
	}](ctx, q, "list former names", "SELECT f.name, f.given_up_at FROM "+sqlFormer+"f.pacticipant_id = ? ORDER BY f.given_up_at DESC, f.name", q.formerSince(), p.ID)
	for _, r := range found {
		since := r.GivenUpAt.Time()
		names = append(names, pacticipants.FormerName{Name: r.Name, Since: since, Until: since.Add(q.options.KeepFormerNames)})
	}
	return names, err
}

func (tx *Tx) Rename(ctx context.Context, p pacticipants.Pacticipant, name string) error {
	tx.found, tx.sought = nil, nil
	if err := tx.lockPacticipantExclusively(ctx, p.ID); err != nil {
		return err
	}
	if err := tx.deleteFormerName(ctx, name); err != nil {
		return err
	}
	changed, err := tx.exec(ctx, "rename pacticipant", "UPDATE all_pacticipants SET name = ?, updated_at = ?, changed = ? WHERE id = ? AND deleted_at IS NULL", name, tx.now, true, p.ID)
	if err != nil {
		return err
	}
	if changed == 0 {
		return fault.NoPacticipant("pacticipant", p.Name)
	}
	if p.DisplayName == pacticipants.DisplayName(p.Name) {
		if _, err := tx.exec(ctx, "rename pacticipant for people", "UPDATE all_pacticipants SET display_name = ? WHERE id = ?", pacticipants.DisplayName(name), p.ID); err != nil {
			return err
		}
	}
	audit.Changed(ctx, audit.Renamed, p.Name, name)
	if err := tx.leadTo(ctx, p.Name, p.ID, name); err != nil {
		return err
	}
	return tx.renameInScopes(ctx, p.Name, name)
}

func (tx *Tx) deleteFormerName(ctx context.Context, name string) error {
	_, err := tx.exec(ctx, "delete former name", "DELETE FROM former_names WHERE "+tx.named("name"), name)
	return err
}

// leadTo lets a name that is given up lead to an application, which is called
// otherwise, and lets what happened under it be found under the other name, too.
func (tx *Tx) leadTo(ctx context.Context, former string, id int64, name string) error {
	tx.notFormer = nil
	if err := tx.deleteFormerName(ctx, former); err != nil {
		return err
	}
	if _, err := tx.exec(ctx, "keep former name", "INSERT INTO former_names (name, pacticipant_id, given_up_at) VALUES (?, ?, ?)", former, id, tx.now); err != nil {
		return err
	}
	for _, about := range [][2]string{{"fact_applications", "fact_id"}, {"audit_applications", "entry_id"}} {
		sqlText := "INSERT INTO " + about[0] + " (name, " + about[1] + ") SELECT CAST(? AS TEXT), " + about[1] + " FROM " + about[0] + " WHERE name = ? ON CONFLICT DO NOTHING"
		if _, err := tx.exec(ctx, "find what happened under another name", sqlText, name, former); err != nil {
			return err
		}
	}
	return nil
}

func (tx *Tx) DropFormerName(ctx context.Context, p pacticipants.Pacticipant, name string) (bool, error) {
	tx.found = nil
	dropped, err := tx.exec(ctx, "drop former name", "DELETE FROM former_names WHERE pacticipant_id = ? AND "+tx.named("name"), p.ID, name)
	return dropped > 0, err
}

// scoped are the tables in which applications are named of which somebody may change
// something, or that are somebody's.
var scoped = []struct{ table, key string }{{"access_tokens", "uuid"}, {"people", "uuid"}, {"trust_rules", "uuid"}, {"teams", "name"}, {"secrets", "name"}}

// renameInScopes calls an application otherwise wherever it is named in a scope. Nobody
// makes another scope meanwhile, and what is changed of those that are there is awaited.
func (tx *Tx) renameInScopes(ctx context.Context, former, name string) error {
	if err := tx.LockNames(ctx); err != nil {
		return err
	}
	text, err := json.Marshal(former)
	if err != nil {
		return err
	}
	const sqlNaming = ` WHERE applications LIKE ? ESCAPE '\' ORDER BY `
	pattern := "%" + escapeLike(string(text)) + "%"
	for _, s := range scoped {
		if err := tx.lockBy(ctx, "lock scopes", "SELECT "+s.key+" FROM "+s.table+sqlNaming+s.key+" FOR NO KEY UPDATE", pattern); err != nil {
			return err
		}
		found, err := rows[struct{ Key, Applications string }](ctx, &tx.queries, "find scopes", "SELECT "+s.key+" AS key, applications FROM "+s.table+sqlNaming+s.key, pattern)
		if err != nil {
			return err
		}
		for _, r := range found {
			var names []string
			if err := json.Unmarshal([]byte(r.Applications), &names); err != nil {
				return err
			}
			if err := tx.setScope(ctx, s.table, s.key, r.Key, renamedIn(names, former, name)); err != nil {
				return err
			}
			if s.table == "access_tokens" {
				if err := tx.updateSearched(ctx, r.Key); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// updateSearched keeps all that a token is found by after its scope has changed.
func (tx *Tx) updateSearched(ctx context.Context, id string) error {
	t, _, err := tx.FindToken(ctx, id)
	if err != nil {
		return err
	}
	_, err = tx.exec(ctx, "update what a token is found by", "UPDATE access_tokens SET searched = ? WHERE uuid = ?", searchedTexts(t), id)
	return err
}

func (tx *Tx) setScope(ctx context.Context, table, column, key string, names []string) error {
	written, err := json.Marshal(names)
	if err != nil {
		return err
	}
	_, err = tx.exec(ctx, "rename in scope", "UPDATE "+table+" SET applications = ? WHERE "+column+" = ?", string(written), key)
	return err
}

// renamedIn is the list of names with one of them replaced, each once.
func renamedIn(names []string, former, name string) []string {
	renamed := make([]string, 0, len(names))
	for _, n := range names {
		if n == former {
			n = name
		}
		if !slices.Contains(renamed, n) {
			renamed = append(renamed, n)
		}
	}
	return renamed
}
