package store

import (
	"context"
	"slices"

	"github.com/accord-broker/accord/internal/archive"
	"github.com/accord-broker/accord/internal/store/db"
)

// versionOrder is what is known of the order of versions in the source while
// those of one application come, where it may have to be merged with the order of
// those that are here.
type versionOrder struct {
	application string
	numbers     []string
}

const (
	sqlVersionsOfRecords = "{x} JOIN pacticipants p ON p.name = x.application"
	sqlInsertVersions    = "(pacticipant_id, number, position, build_url, created_at, updated_at, in_passing) SELECT "
	sqlVersionOfRecord   = "p.id, x.number, x.position, x.build_url, x.created_at, x.updated_at, x.in_passing FROM " + sqlVersionsOfRecords + " WHERE "
	sqlNewVersion        = "NOT EXISTS (SELECT 1 FROM versions o WHERE o.pacticipant_id = p.id AND o.number = x.number)"
)

// writeVersions adds versions. Into a database that was empty they come with
// their ids, by which addresses of selected contracts name them, and with their
// places in the order; into another they come behind those that are there, and
// mergeOrder puts them in their places.
func (im *Import) writeVersions(ctx context.Context, tx *Tx, done *outcome) error {
	table, highest, err := im.versionTable(ctx, tx)
	if err != nil {
		return err
	}
	if done.changed, err = im.updateOfVersions().do(ctx, tx, table); err != nil {
		return err
	}
	if im.keepsIDs {
		done.added, err = tx.open.ExecTable(ctx, "add versions", "INSERT INTO versions (id, pacticipant_id, number, position, build_url, created_at, updated_at, in_passing) SELECT x.id, "+
			sqlVersionOfRecord+"x.id > 0 AND NOT EXISTS (SELECT 1 FROM versions o WHERE o.id = x.id) AND "+sqlNewVersion+" ORDER BY x.i", table)
		if err != nil {
			return err
		}
	}
	if err := tx.raiseNext(ctx, "versions", highest); err != nil {
		return err
	}
	if done.added == int64(table.Len()) {
		return nil
	}
	added, err := tx.open.ExecTable(ctx, "add versions", "INSERT INTO versions "+sqlInsertVersions+sqlVersionOfRecord+sqlNewVersion+" ORDER BY x.i", table)
	if err != nil {
		return err
	}
	if done.added += added; done.added == int64(table.Len()) {
		return nil
	}
	there, err := tx.open.NumbersOfTable(ctx, "look for versions", "SELECT x.i FROM "+sqlVersionsOfRecords+" JOIN versions v ON v.pacticipant_id = p.id AND v.number = x.number", table)
	for _, i := range absent(there, len(im.batch)) {
		v := im.batch[i].(*archive.Version)
		done.leave(archive.NoApplication, v.Application+" "+v.Number)
	}
	return err
}

// versionTable has the records of the batch. highest is above none of their ids and places.
func (im *Import) versionTable(ctx context.Context, tx *Tx) (table *db.Table, highest int64, err error) {
	table = db.NewTable("i bigint", "id bigint", "application text", "number text", "position bigint", "build_url text", "created_at bigint", "updated_at bigint", "in_passing boolean")
	behind, err := im.placesBehind(ctx, tx)
	if err != nil {
		return nil, 0, err
	}
	taken := map[int64]bool{}
	for i, r := range im.batch {
		v := r.(*archive.Version)
		position, id := v.Rank, v.SourceID
		if !isNumber(id) || taken[id] {
			id = 0
		}
		taken[id] = true
		if position >= numbersEnd || position <= -numbersEnd {
			position = highest + 1
		}
		if !im.keepsIDs {
			behind[v.Application]++
			position = behind[v.Application]
		}
		highest = max(highest, position, id)
		table.Add(int64(i), id, v.Application, v.Number, position, v.BuildURL, int64(v.CreatedAt), int64(v.UpdatedAt), v.InPassing)
	}
	return table, highest, nil
}

// updateOfVersions brings versions up to date: where another source tells of
// them, only what is not known here.
func (im *Import) updateOfVersions() update {
	const sqlVersionsWithRecords = `(SELECT v.id, x.position, x.build_url, x.updated_at FROM ` + sqlVersionsOfRecords + `
		JOIN versions v ON v.pacticipant_id = p.id AND v.number = x.number) s WHERE t.id = s.id AND `
	if im.keepsIDs {
		const later = "build_url = CASE WHEN t.updated_at < s.updated_at THEN s.build_url ELSE t.build_url END," +
			" updated_at = CASE WHEN t.updated_at < s.updated_at THEN s.updated_at ELSE t.updated_at END"
		if im.db.options.Rank != nil { // numbers order them, not the source
			return update{table: "versions", set: later, from: sqlVersionsWithRecords + "t.updated_at < s.updated_at"}
		}
		return update{table: "versions", set: "position = s.position, " + later, from: sqlVersionsWithRecords + "(t.position <> s.position OR t.updated_at < s.updated_at)"}
	}
	return update{table: "versions", set: "build_url = s.build_url", from: sqlVersionsWithRecords + "t.build_url IS NULL AND s.build_url IS NOT NULL"}
}

// placesBehind are the last places in the order of the applications in the batch.
func (im *Import) placesBehind(ctx context.Context, tx *Tx) (map[string]int64, error) {
	behind := map[string]int64{}
	if im.keepsIDs {
		return behind, nil
	}
	for _, r := range im.batch {
		name := r.(*archive.Version).Application
		if _, known := behind[name]; known {
			continue
		}
		last, _, err := row[int64](ctx, &tx.queries, "find last place", `
			SELECT coalesce(max(v.position), 0) FROM versions v JOIN pacticipants p ON p.id = v.pacticipant_id WHERE p.name = ?`, name)
		if err != nil {
			return nil, err
		}
		behind[name] = last
	}
	return behind, nil
}

// raiseNext lets the next row of a table get an id above the number.
func (tx *Tx) raiseNext(ctx context.Context, table string, above int64) error {
	if tx.dialect == db.Postgres {
		_, err := tx.exec(ctx, "raise next id", "SELECT setval(pg_get_serial_sequence('"+table+"', 'id'), greatest(?::bigint, nextval(pg_get_serial_sequence('"+table+"', 'id'))), true)", above)
		return err
	}
	changed, err := tx.exec(ctx, "raise next id", "UPDATE sqlite_sequence SET seq = max(seq, ?) WHERE name = ?", above, table)
	if err == nil && changed == 0 {
		_, err = tx.exec(ctx, "set next id", "INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)", table, above)
	}
	return err
}

// noteOrder remembers the order of versions in the source, and merges it with the
// order here when those of an application have all come.
func (im *Import) noteOrder(ctx context.Context, r archive.Record) error {
	if im.keepsIDs {
		return nil
	}
	v, is := r.(*archive.Version)
	if is && v.Application == im.order.application {
		im.order.numbers = append(im.order.numbers, v.Number)
		return nil
	}
	if len(im.order.numbers) > 0 {
		if err := im.flush(ctx); err != nil {
			return err
		}
		if err := im.mergeOrder(ctx); err != nil {
			return err
		}
	}
	im.order = versionOrder{}
	if is {
		im.order = versionOrder{application: v.Application, numbers: []string{v.Number}}
	}
	return nil
}

// placed is a version as far as its place is concerned.
type placed struct {
	ID, Position int64
	Number       string
	CreatedAt    micros
}

// mergeOrder merges the order of the versions that came with the order of those
// that only were here, by the times at which they were made, such that each keeps
// its own order.
func (im *Import) mergeOrder(ctx context.Context) error {
	came := make(map[string]int, len(im.order.numbers))
	for i, number := range im.order.numbers {
		came[number] = i
	}
	return im.db.InTx(ctx, func(ctx context.Context, tx *Tx) error {
		p, found, err := row[int64](ctx, &tx.queries, "find application", "SELECT id FROM pacticipants WHERE name = ?", im.order.application)
		if err != nil || !found {
			return err
		}
		if err := tx.lockPacticipant(ctx, p); err != nil {
			return err
		}
		all, err := rows[placed](ctx, &tx.queries, "read order", "SELECT id, number, position, created_at FROM versions WHERE pacticipant_id = ? ORDER BY position, id", p)
		if err != nil {
			return err
		}
		var theirs, ours []placed
		for _, v := range all {
			if _, is := came[v.Number]; is {
				theirs = append(theirs, v)
			} else {
				ours = append(ours, v)
			}
		}
		if len(ours) == 0 {
			return nil // they came in their order, one behind the other
		}
		slices.SortStableFunc(theirs, func(a, b placed) int { return came[a.Number] - came[b.Number] })
		return tx.placeVersions(ctx, mergedByTime(ours, theirs))
	})
}

// mergedByTime merges two lists, the earlier first, such that each keeps its order.
func mergedByTime(a, b []placed) []placed {
	merged := make([]placed, 0, len(a)+len(b))
	for len(a) > 0 && len(b) > 0 {
		if a[0].CreatedAt <= b[0].CreatedAt {
			merged, a = append(merged, a[0]), a[1:]
		} else {
			merged, b = append(merged, b[0]), b[1:]
		}
	}
	return append(append(merged, a...), b...)
}

// placeVersions gives the versions of an application the places of their order,
// where they are in others. Places are ids, as far as they go, so that versions
// that are made later come behind.
func (tx *Tx) placeVersions(ctx context.Context, order []placed) error {
	table := db.NewTable("id bigint", "position bigint")
	for i, v := range order {
		if position := int64(i + 1); position != v.Position {
			table.Add(v.ID, position)
		}
	}
	for _, text := range []string{
		"UPDATE versions AS t SET position = x.position FROM {x} WHERE t.id = x.id",
		"UPDATE branch_versions AS t SET version_position = x.position FROM {x} WHERE t.version_id = x.id",
		"UPDATE tags AS t SET version_position = x.position FROM {x} WHERE t.version_id = x.id",
		"UPDATE pact_publications AS t SET version_position = x.position FROM {x} WHERE t.consumer_version_id = x.id",
	} {
		if _, err := tx.open.ExecTable(ctx, "place versions", text, table); err != nil {
			return err
		}
	}
	return tx.raiseNext(ctx, "versions", int64(len(order)))
}
