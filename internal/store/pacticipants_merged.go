package store

import (
	"context"
	"fmt"
	"slices"

	"github.com/accord-broker/accord/internal/audit"
	"github.com/accord-broker/accord/internal/pacticipants"
	"github.com/accord-broker/accord/internal/store/db"
)

// twin is something that both applications have: the id of the duplicate's, and of
// the other's.
type twin struct{ Old, New int64 }

// merging is one application that becomes a part of another.
type merging struct {
	*Tx
	from, into int64
	// pairs are those that become one with another pair, contents those that both of
	// such pairs have.
	versions, branches, documents, pairs, contents []twin
	// came are the versions of the duplicate; placed by their ids are all versions of
	// both, if they are ordered as they were made.
	came       map[int64]bool
	placedByID bool
}

// LockForMerge locks in the order of the ids, for which the partners must be known
// before they are locked. One that has come meanwhile has the transaction begin again:
// once the duplicate is locked, none comes any more.
func (tx *Tx) LockForMerge(ctx context.Context, duplicate, into pacticipants.Pacticipant) error {
	tx.found, tx.sought = nil, nil
	of, err := tx.partnersOf(ctx, duplicate)
	if err != nil {
		return err
	}
	for _, id := range slices.Compact(slices.Sorted(slices.Values(append(of, duplicate.ID, into.ID)))) {
		if err := tx.lockPacticipantExclusively(ctx, id); err != nil {
			return err
		}
	}
	now, err := tx.partnersOf(ctx, duplicate)
	if err == nil && slices.ContainsFunc(now, func(id int64) bool { return !slices.Contains(of, id) }) {
		err = db.ErrConflict
	}
	return err
}

// partnersOf are the applications that share contracts with this one.
func (tx *Tx) partnersOf(ctx context.Context, p pacticipants.Pacticipant) ([]int64, error) {
	return rows[int64](ctx, &tx.queries, "find partners", `
		SELECT consumer_id AS id FROM integrations WHERE provider_id = ? UNION SELECT provider_id FROM integrations WHERE consumer_id = ?`, p.ID, p.ID)
}

func (tx *Tx) SharesContracts(ctx context.Context, duplicate, into pacticipants.Pacticipant) (bool, error) {
	of, err := tx.partnersOf(ctx, duplicate)
	return slices.Contains(of, into.ID), err
}

// MergeClashes finds what keeps two applications from being merged: versions of the
// same number that say something else to the same provider, or promise something
// else, and places where both are deployed.
func (tx *Tx) MergeClashes(ctx context.Context, duplicate, into pacticipants.Pacticipant) (clashes []pacticipants.Clash, err error) {
	const sqlReplaced = "CASE WHEN %s = ? THEN ? ELSE %s END"
	end := func(column string) string { return fmt.Sprintf(sqlReplaced, column, column) }
	for _, c := range []struct {
		kind pacticipants.ClashKind
		text string
		args []any
	}{
		{pacticipants.ConsumerContracts, `
			SELECT DISTINCT d.number AS name FROM versions d JOIN versions t ON t.number = d.number AND t.pacticipant_id = ?
			JOIN pact_publications p ON p.consumer_version_id = d.id AND p.latest JOIN pact_versions k ON k.id = p.pact_version_id JOIN integrations i ON i.id = p.integration_id
			JOIN pact_publications q ON q.consumer_version_id = t.id AND q.latest JOIN pact_versions l ON l.id = q.pact_version_id JOIN integrations j ON j.id = q.integration_id
			WHERE d.pacticipant_id = ? AND k.sha <> l.sha AND ` + end("i.provider_id") + " = " + end("j.provider_id") + " ORDER BY 1",
			[]any{into.ID, duplicate.ID, duplicate.ID, into.ID, duplicate.ID, into.ID}},
		{pacticipants.ContractsOfConsumers, `
			SELECT DISTINCT c.name || ' ' || v.number AS name FROM integrations i JOIN integrations j ON j.consumer_id = i.consumer_id AND j.provider_id = ?
			JOIN pact_publications p ON p.integration_id = i.id AND p.latest JOIN pact_versions k ON k.id = p.pact_version_id
			JOIN pact_publications q ON q.integration_id = j.id AND q.latest AND q.consumer_version_id = p.consumer_version_id JOIN pact_versions l ON l.id = q.pact_version_id
			JOIN versions v ON v.id = p.consumer_version_id JOIN pacticipants c ON c.id = v.pacticipant_id
			WHERE i.provider_id = ? AND k.sha <> l.sha ORDER BY 1`,
			[]any{into.ID, duplicate.ID}},
		{pacticipants.ProviderContracts, `
			SELECT DISTINCT d.number AS name FROM versions d JOIN versions t ON t.number = d.number AND t.pacticipant_id = ?
			JOIN provider_contracts p ON p.version_id = d.id JOIN provider_documents k ON k.id = p.document_id
			JOIN provider_contracts q ON q.version_id = t.id AND q.name = p.name JOIN provider_documents l ON l.id = q.document_id
			WHERE d.pacticipant_id = ? AND k.sha <> l.sha ORDER BY 1`,
			[]any{into.ID, duplicate.ID}},
		{pacticipants.Deployments, `
			SELECT DISTINCT e.name FROM deployed_versions d JOIN deployed_versions t ON t.environment_id = d.environment_id AND t.instance = d.instance AND t.pacticipant_id = ? AND t.currently_deployed
			JOIN versions v ON v.id = d.version_id JOIN versions w ON w.id = t.version_id JOIN environments e ON e.id = d.environment_id
			WHERE d.pacticipant_id = ? AND d.currently_deployed AND v.number <> w.number ORDER BY 1`,
			[]any{into.ID, duplicate.ID}},
	} {
		found, err := rows[string](ctx, &tx.queries, "find what clashes", c.text, c.args...)
		if err != nil {
			return nil, err
		}
		if len(found) > 0 {
			const shown = 5
			clashes = append(clashes, pacticipants.Clash{Kind: c.kind, Count: len(found), First: found[:min(len(found), shown)]})
		}
	}
	return clashes, nil
}

func (tx *Tx) Merge(ctx context.Context, duplicate, into pacticipants.Pacticipant) error {
	tx.webhooks = nil // what is known of them changes
	m := &merging{Tx: tx, from: duplicate.ID, into: into.ID, came: map[int64]bool{}}
	for _, step := range []func(context.Context) error{
		m.findTwins, m.findPairs, m.mergeBranches, m.mergeDocuments, m.mergePublications, m.mergeResults, m.mergePairs, m.mergeVersions, m.mergePlaces, m.mergeRest, m.order, m.recompute,
	} {
		if err := step(ctx); err != nil {
			return fmt.Errorf("merge applications: %w", err)
		}
	}
	tx.found, tx.sought = nil, nil
	audit.Changed(ctx, audit.Merged, duplicate.Name, into.Name)
	return tx.leadTo(ctx, duplicate.Name, m.into, into.Name)
}

// findTwins finds what both have under the same name.
func (m *merging) findTwins(ctx context.Context) error {
	for _, of := range []struct {
		twins               *[]twin
		what, table, column string
	}{
		{&m.versions, "versions", "versions", "number"}, {&m.branches, "branches", "branches", "name"}, {&m.documents, "documents", "provider_documents", "sha"},
	} {
		var err error
		if *of.twins, err = rows[twin](ctx, &m.queries, "find "+of.what+" of both", "SELECT d.id AS old, t.id AS new FROM "+of.table+" d JOIN "+of.table+" t ON t."+of.column+" = d."+of.column+
			" WHERE d.pacticipant_id = ? AND t.pacticipant_id = ? ORDER BY d.id", m.from, m.into); err != nil {
			return err
		}
	}
	came, err := rows[int64](ctx, &m.queries, "list versions of the duplicate", "SELECT id FROM versions WHERE pacticipant_id = ? ORDER BY id", m.from)
	if err != nil {
		return err
	}
	for _, id := range came {
		m.came[id] = true
	}
	moved, _, err := row[int64](ctx, &m.queries, "look for other orders", "SELECT count(*) FROM versions WHERE pacticipant_id IN (?, ?) AND position <> id", m.from, m.into)
	m.placedByID = m.options.Rank == nil && moved == 0
	return err
}

// findPairs finds the pairs that become one with another pair. Those that none is
// like stay, with other ends.
func (m *merging) findPairs(ctx context.Context) error {
	all, err := rows[struct{ ID, ConsumerID, ProviderID int64 }](ctx, &m.queries, "list pairs of both", `
		SELECT id, consumer_id, provider_id FROM integrations WHERE consumer_id IN (?, ?) OR provider_id IN (?, ?) ORDER BY id`, m.from, m.into, m.from, m.into)
	if err != nil {
		return err
	}
	becomes := func(id int64) int64 {
		if id == m.from {
			return m.into
		}
		return id
	}
	stay := map[[2]int64]int64{}
	for _, changed := range []bool{false, true} { // those that are as they will be stay
		for _, p := range all {
			ends := [2]int64{becomes(p.ConsumerID), becomes(p.ProviderID)}
			if (ends != [2]int64{p.ConsumerID, p.ProviderID}) != changed {
				continue
			}
			if other, known := stay[ends]; known {
				m.pairs = append(m.pairs, twin{p.ID, other})
			} else {
				stay[ends] = p.ID
			}
		}
	}
	return m.findContents(ctx)
}

// findContents finds the contents that several of the pairs have which become one: the
// first of each stays.
func (m *merging) findContents(ctx context.Context) error {
	type content struct {
		ID  int64
		SHA string
	}
	staying := map[int64]map[string]int64{}
	for _, pair := range m.pairs {
		of := []int64{pair.New, pair.Old}
		if staying[pair.New] != nil {
			of = of[1:]
		} else {
			staying[pair.New] = map[string]int64{}
		}
		for _, id := range of {
			found, err := rows[content](ctx, &m.queries, "find contents of both", "SELECT id, sha FROM pact_versions WHERE integration_id = ? ORDER BY id", id)
			if err != nil {
				return err
			}
			for _, c := range found {
				if other, known := staying[pair.New][c.SHA]; known {
					m.contents = append(m.contents, twin{c.ID, other})
				} else {
					staying[pair.New][c.SHA] = c.ID
				}
			}
		}
	}
	return nil
}

// each runs statements over what both have.
func (m *merging) each(ctx context.Context, what string, of []twin, texts ...string) error {
	table := db.NewTable("old bigint", "new bigint")
	for _, t := range of {
		table.Add(t.Old, t.New)
	}
	for _, text := range texts {
		if _, err := m.open.ExecTable(ctx, what, text, table); err != nil {
			return err
		}
	}
	return nil
}

// hand runs statements that hand what the duplicate has to the other application.
func (m *merging) hand(ctx context.Context, what string, texts ...string) error {
	for _, text := range texts {
		if _, err := m.exec(ctx, what, text, m.into, m.from); err != nil {
			return err
		}
	}
	return nil
}

// newOf are the new ids by the old ones.
func newOf(twins []twin) func(id int64) int64 {
	known := make(map[int64]int64, len(twins))
	for _, t := range twins {
		known[t.Old] = t.New
	}
	return func(id int64) int64 {
		if other, is := known[id]; is {
			return other
		}
		return id
	}
}

// mergeBranches puts the versions of branches of the same name on one branch. All
// versions of both join their branches anew, in the order in which they did: the last
// that joined a merged branch is its head. A branch that is open on either side stays open.
func (m *merging) mergeBranches(ctx context.Context) error {
	members, err := rows[struct {
		BranchID, VersionID  int64
		AutoCreated          bool
		CreatedAt, UpdatedAt int64
	}](ctx, &m.queries, "read versions on branches", `
		SELECT j.branch_id, j.version_id, j.auto_created, j.created_at, j.updated_at FROM branch_versions j JOIN branches b ON b.id = j.branch_id
		WHERE b.pacticipant_id IN (?, ?) ORDER BY j.created_at, j.id`, m.from, m.into)
	if err != nil {
		return err
	}
	table := db.NewTable("i bigint", "branch bigint", "version bigint", "auto_created boolean", "created_at bigint", "updated_at bigint")
	versionOf, branchOf := newOf(m.versions), newOf(m.branches)
	for i, j := range members {
		table.Add(int64(i), branchOf(j.BranchID), versionOf(j.VersionID), j.AutoCreated, j.CreatedAt, j.UpdatedAt)
	}
	if _, err := m.exec(ctx, "take versions off branches", "DELETE FROM branch_versions WHERE branch_id IN (SELECT id FROM branches WHERE pacticipant_id IN (?, ?))", m.from, m.into); err != nil {
		return err
	}
	if _, err := m.open.ExecTable(ctx, "put versions on branches", `
		INSERT INTO branch_versions (branch_id, version_id, version_position, auto_created, created_at, updated_at)
		SELECT x.branch, v.id, v.position, x.auto_created, x.created_at, x.updated_at FROM {x} JOIN versions v ON v.id = x.version WHERE true ORDER BY x.i ON CONFLICT (branch_id, version_id) DO NOTHING`, table); err != nil {
		return err
	}
	if err := m.each(ctx, "merge branches", m.branches, `
		UPDATE branches AS t SET head_version_id = (SELECT l.version_id FROM branch_versions l WHERE l.branch_id = t.id ORDER BY l.id DESC LIMIT 1),
			created_at = CASE WHEN s.created_at < t.created_at THEN s.created_at ELSE t.created_at END, updated_at = CASE WHEN s.updated_at > t.updated_at THEN s.updated_at ELSE t.updated_at END,
			closed_at = CASE WHEN s.closed_at IS NOT NULL AND t.closed_at > s.closed_at THEN t.closed_at WHEN t.closed_at IS NOT NULL THEN s.closed_at END
		FROM (SELECT x.new AS id, d.created_at, d.updated_at, d.closed_at FROM {x} JOIN branches d ON d.id = x.old) s WHERE t.id = s.id`,
		"DELETE FROM branches AS t WHERE t.id IN (SELECT x.old FROM {x})"); err != nil {
		return err
	}
	if err := m.each(ctx, "update heads of branches", m.versions,
		"UPDATE branches AS t SET head_version_id = x.new FROM {x} WHERE t.head_version_id = x.old",
		"UPDATE branches AS t SET imported_head_id = x.new FROM {x} WHERE t.imported_head_id = x.old"); err != nil {
		return err
	}
	return m.hand(ctx, "hand over branches", "UPDATE branches SET pacticipant_id = ? WHERE pacticipant_id = ?")
}

// mergeDocuments hands over what the duplicate promises.
func (m *merging) mergeDocuments(ctx context.Context) error {
	if err := m.each(ctx, "merge documents", m.documents,
		"UPDATE provider_contracts AS t SET document_id = x.new FROM {x} WHERE t.document_id = x.old",
		"DELETE FROM provider_documents AS t WHERE t.id IN (SELECT x.old FROM {x})"); err != nil {
		return err
	}
	if err := m.each(ctx, "merge promises", m.versions, `
		DELETE FROM provider_contracts AS t WHERE EXISTS (SELECT 1 FROM {x} JOIN provider_contracts o ON o.version_id = x.new AND o.name = t.name WHERE t.version_id = x.old)`,
		"UPDATE provider_contracts AS t SET version_id = x.new FROM {x} WHERE t.version_id = x.old",
		"UPDATE versions AS t SET contracts_key = s.contracts_key FROM (SELECT x.new AS id, d.contracts_key FROM {x} JOIN versions d ON d.id = x.old) s WHERE t.id = s.id AND t.contracts_key IS NULL"); err != nil {
		return err
	}
	return m.hand(ctx, "hand over promises", "UPDATE provider_documents SET pacticipant_id = ? WHERE pacticipant_id = ?", "UPDATE provider_contracts SET pacticipant_id = ? WHERE pacticipant_id = ?")
}

// mergePublications lets the publications of a version to one provider follow one
// another in the order of their times, of which the last counts.
func (m *merging) mergePublications(ctx context.Context) error {
	pairs, versions := []int64{}, []int64{}
	for _, t := range m.pairs {
		pairs = append(pairs, t.Old, t.New)
	}
	for _, t := range m.versions {
		versions = append(versions, t.Old, t.New)
	}
	found, err := rows[publication](ctx, &m.queries, "read publications of both",
		"SELECT id, integration_id, consumer_version_id, pact_version_id, revision, latest FROM pact_publications WHERE "+m.dialect.Among("integration_id")+" OR "+m.dialect.Among("consumer_version_id")+" ORDER BY created_at, id",
		m.dialect.List(pairs), m.dialect.List(versions))
	if err != nil {
		return err
	}
	table, repeated := m.published(found)
	if err := m.each(ctx, "delete repeated publications", repeated,
		"UPDATE triggered_webhooks AS t SET publication_id = x.new FROM {x} WHERE t.publication_id = x.old",
		"DELETE FROM pact_publications AS t WHERE t.id IN (SELECT x.old FROM {x})"); err != nil {
		return err
	}
	for _, text := range []string{
		"UPDATE pact_publications AS t SET revision = -t.id, latest = " + sqlFalse + " FROM {x} WHERE t.id = x.id",
		"UPDATE pact_publications AS t SET consumer_version_id = x.version, integration_id = x.pair, pact_version_id = x.content, revision = x.revision, latest = x.latest FROM {x} WHERE t.id = x.id",
	} {
		if _, err := m.open.ExecTable(ctx, "merge publications", text, table); err != nil {
			return err
		}
	}
	return nil
}

type publication struct {
	ID, IntegrationID, ConsumerVersionID, PactVersionID, Revision int64
	Latest                                                        bool
}

// published are the publications as they will be, and those that only repeat what
// the one before them says. Where both applications have published in the name of one
// version they follow one another; else they stay as they are.
func (m *merging) published(found []publication) (table *db.Table, repeated []twin) {
	type place struct{ version, pair int64 }
	pairOf, versionOf, contentOf := newOf(m.pairs), newOf(m.versions), newOf(m.contents)
	all, mixed, order := map[place][]publication{}, map[place]bool{}, []place{}
	for _, p := range found {
		was := place{p.ConsumerVersionID, p.IntegrationID}
		p.ConsumerVersionID, p.IntegrationID, p.PactVersionID = versionOf(p.ConsumerVersionID), pairOf(p.IntegrationID), contentOf(p.PactVersionID)
		at := place{p.ConsumerVersionID, p.IntegrationID}
		if all[at] == nil {
			order = append(order, at)
		}
		mixed[at] = mixed[at] || was != at
		if last := len(all[at]) - 1; last >= 0 && mixed[at] && all[at][last].PactVersionID == p.PactVersionID {
			repeated = append(repeated, twin{p.ID, all[at][last].ID})
			continue
		}
		all[at] = append(all[at], p)
	}
	table = db.NewTable("id bigint", "version bigint", "pair bigint", "content bigint", "revision bigint", "latest boolean")
	for _, at := range order {
		for i, p := range all[at] {
			if mixed[at] {
				p.Revision, p.Latest = int64(i+1), i == len(all[at])-1
			}
			table.Add(p.ID, p.ConsumerVersionID, p.IntegrationID, p.PactVersionID, p.Revision, p.Latest)
		}
	}
	return table, repeated
}

// mergeResults gives the results of contents and versions of both to one. One whose
// number is taken gets a new one.
func (m *merging) mergeResults(ctx context.Context) error {
	taken := []int64{}
	for _, c := range m.contents {
		found, err := rows[int64](ctx, &m.queries, "find numbers of both", `
			SELECT v.id FROM verifications v JOIN verifications w ON w.pact_version_id = ? AND coalesce(w.number, w.id) = coalesce(v.number, v.id) WHERE v.pact_version_id = ? ORDER BY v.id`, c.New, c.Old)
		if err != nil {
			return err
		}
		taken = append(taken, found...)
	}
	if len(taken) > 0 {
		last, _, err := row[int64](ctx, &m.queries, "find last number", "SELECT max(CASE WHEN coalesce(number, 0) > id THEN number ELSE id END) FROM verifications")
		if err != nil {
			return err
		}
		table := db.NewTable("id bigint", "number bigint")
		for i, id := range taken {
			table.Add(id, last+int64(i)+1)
		}
		if _, err := m.open.ExecTable(ctx, "renumber results", "UPDATE verifications AS t SET number = x.number FROM {x} WHERE t.id = x.id", table); err != nil {
			return err
		}
		if err := m.raiseNext(ctx, "verifications", last+int64(len(taken))); err != nil {
			return err
		}
	}
	const sqlUnmarkLatest = "UPDATE verifications AS t SET latest = " + sqlFalse + " FROM {x} WHERE t.latest AND t."
	if err := m.each(ctx, "merge results of contents", m.contents, sqlUnmarkLatest+"pact_version_id IN (x.old, x.new)",
		"UPDATE verifications AS t SET pact_version_id = x.new FROM {x} WHERE t.pact_version_id = x.old",
		"UPDATE verified_tags AS t SET pact_version_id = x.new FROM {x} WHERE t.pact_version_id = x.old AND t.verification_id IS NOT NULL",
		`INSERT INTO verified_tags (verification_id, pact_version_id, tag, recorded_at) SELECT NULL, x.new, t.tag, t.recorded_at FROM {x} JOIN verified_tags t ON t.pact_version_id = x.old AND t.verification_id IS NULL
			WHERE true ON CONFLICT (pact_version_id, tag) WHERE verification_id IS NULL DO NOTHING`); err != nil {
		return err
	}
	return m.each(ctx, "merge results of versions", m.versions, sqlUnmarkLatest+"provider_version_id IN (x.old, x.new)",
		"UPDATE verifications AS t SET provider_version_id = x.new FROM {x} WHERE t.provider_version_id = x.old")
}

// mergePairs makes one of pairs that are the same now, and gives the others their ends.
func (m *merging) mergePairs(ctx context.Context) error {
	if err := m.each(ctx, "delete contents of both", m.contents, `
		UPDATE pact_versions AS t SET created_at = s.created_at FROM (SELECT x.new AS id, d.created_at FROM {x} JOIN pact_versions d ON d.id = x.old) s WHERE t.id = s.id AND s.created_at < t.created_at`,
		"DELETE FROM pact_versions AS t WHERE t.id IN (SELECT x.old FROM {x})"); err != nil {
		return err
	}
	var texts []string
	for _, table := range []string{"pact_versions", "verifications", "triggered_webhooks", "compared"} {
		texts = append(texts, "UPDATE "+table+" AS t SET integration_id = x.new FROM {x} WHERE t.integration_id = x.old")
	}
	if err := m.each(ctx, "merge pairs", m.pairs, append(texts, `
		UPDATE all_integrations AS t SET created_at = s.created_at FROM (SELECT x.new AS id, d.created_at FROM {x} JOIN all_integrations d ON d.id = x.old) s WHERE t.id = s.id AND s.created_at < t.created_at`,
		"DELETE FROM all_integrations AS t WHERE t.id IN (SELECT x.old FROM {x})")...); err != nil {
		return err
	}
	return m.hand(ctx, "hand over pairs", "UPDATE all_integrations SET consumer_id = ? WHERE consumer_id = ? AND deleted_at IS NULL", "UPDATE all_integrations SET provider_id = ? WHERE provider_id = ? AND deleted_at IS NULL")
}

// mergeVersions makes one of versions of the same number, and hands over the others.
func (m *merging) mergeVersions(ctx context.Context) error {
	// Of two releases to one environment the first stays, as it would have been the only
	// one, and is supported if one of them is.
	const released = "released_versions AS t"
	const other = `released_versions o ON o.environment_id = t.environment_id AND (t.version_id = x.old AND o.version_id = x.new OR t.version_id = x.new AND o.version_id = x.old)`
	if err := m.each(ctx, "merge versions", m.versions, `
		INSERT INTO tags (version_id, pacticipant_id, name, version_position, created_at, updated_at)
			SELECT v.id, v.pacticipant_id, t.name, v.position, t.created_at, t.updated_at FROM {x} JOIN tags t ON t.version_id = x.old JOIN versions v ON v.id = x.new
			WHERE true ORDER BY t.id ON CONFLICT (version_id, name) DO UPDATE SET created_at = excluded.created_at WHERE excluded.created_at < tags.created_at`,
		"UPDATE deployed_versions AS t SET version_id = x.new FROM {x} WHERE t.version_id = x.old",
		"UPDATE "+released+" SET currently_supported = (1 = 1), support_ended_at = NULL WHERE EXISTS (SELECT 1 FROM {x} JOIN "+other+" WHERE o.currently_supported)",
		"DELETE FROM "+released+" WHERE EXISTS (SELECT 1 FROM {x} JOIN "+other+" WHERE o.id < t.id)",
		"UPDATE "+released+" SET version_id = x.new FROM {x} WHERE t.version_id = x.old",
		`UPDATE versions AS t SET build_url = coalesce(t.build_url, s.build_url), created_at = CASE WHEN s.created_at < t.created_at THEN s.created_at ELSE t.created_at END
			FROM (SELECT x.new AS id, d.build_url, d.created_at FROM {x} JOIN versions d ON d.id = x.old) s WHERE t.id = s.id`,
		"DELETE FROM versions AS t WHERE t.id IN (SELECT x.old FROM {x})"); err != nil {
		return err
	}
	if m.placedByID { // a version is as old as the first of the two
		if err := m.each(ctx, "place versions", m.versions, "UPDATE versions AS t SET position = x.old FROM {x} WHERE t.id = x.new AND x.old < t.position"); err != nil {
			return err
		}
	}
	return m.hand(ctx, "hand over versions", "UPDATE versions SET pacticipant_id = ? WHERE pacticipant_id = ?", "UPDATE tags SET pacticipant_id = ? WHERE pacticipant_id = ?")
}

// mergePlaces hands over deployments and releases. Where both are deployed in one
// place the later stays there.
func (m *merging) mergePlaces(ctx context.Context) error {
	if _, err := m.exec(ctx, "end deployments", "UPDATE deployed_versions SET currently_deployed = "+sqlFalse+`, undeployed_at = ?, updated_at = ?
		WHERE currently_deployed AND pacticipant_id IN (?, ?) AND EXISTS (SELECT 1 FROM deployed_versions o WHERE o.environment_id = deployed_versions.environment_id
			AND o.instance = deployed_versions.instance AND o.currently_deployed AND o.pacticipant_id IN (?, ?) AND o.id > deployed_versions.id)`,
		m.now, m.now, m.from, m.into, m.from, m.into); err != nil {
		return err
	}
	return m.hand(ctx, "hand over deployments", "UPDATE deployed_versions SET pacticipant_id = ? WHERE pacticipant_id = ?", "UPDATE released_versions SET pacticipant_id = ? WHERE pacticipant_id = ?")
}

// mergeRest hands over what is known of the application itself, and deletes the
// duplicate.
func (m *merging) mergeRest(ctx context.Context) error {
	if err := m.hand(ctx, "hand over labels and webhooks",
		"INSERT INTO labels (pacticipant_id, name, created_at, updated_at) SELECT CAST(? AS BIGINT), name, created_at, updated_at FROM labels WHERE pacticipant_id = ? ON CONFLICT DO NOTHING",
		"UPDATE webhooks SET consumer_id = ? WHERE consumer_id = ?", "UPDATE webhooks SET provider_id = ? WHERE provider_id = ?",
		"UPDATE former_names SET pacticipant_id = ? WHERE pacticipant_id = ?"); err != nil {
		return err
	}
	if _, err := m.exec(ctx, "fill in what is not known", `
		UPDATE all_pacticipants AS t SET repository_url = coalesce(t.repository_url, d.repository_url), repository_name = coalesce(t.repository_name, d.repository_name),
			repository_namespace = coalesce(t.repository_namespace, d.repository_namespace), main_branch = coalesce(t.main_branch, d.main_branch), updated_at = ?, changed = ?
		FROM all_pacticipants d WHERE t.id = ? AND d.id = ?`, m.now, true, m.into, m.from); err != nil {
		return err
	}
	_, err := m.exec(ctx, "delete duplicate", "DELETE FROM all_pacticipants WHERE id = ?", m.from)
	return err
}

// order puts the versions in the order in which they were made, or in that of their
// numbers.
func (m *merging) order(ctx context.Context) error {
	if !m.placedByID {
		all, err := rows[placed](ctx, &m.queries, "read order", "SELECT id, number, position, created_at FROM versions WHERE pacticipant_id = ? ORDER BY position, id", m.into)
		if err != nil {
			return err
		}
		if err := m.placeVersions(ctx, m.ordered(all)); err != nil {
			return err
		}
	}
	for _, copied := range [][2]string{{"branch_versions", "version_id"}, {"tags", "version_id"}, {"pact_publications", "consumer_version_id"}} {
		if _, err := m.exec(ctx, "update positions", "UPDATE "+copied[0]+" AS t SET version_position = v.position FROM versions v WHERE v.pacticipant_id = ? AND v.id = t."+copied[1]+
			" AND t.version_position <> v.position", m.into); err != nil {
			return err
		}
	}
	return nil
}

func (m *merging) ordered(all []placed) []placed {
	if rank := m.options.Rank; rank != nil {
		return ranked(all, rank)
	}
	var theirs, ours []placed
	for _, v := range all {
		if m.came[v.ID] {
			theirs = append(theirs, v)
		} else {
			ours = append(ours, v)
		}
	}
	return mergedByTime(ours, theirs)
}

// recompute makes the projections what they ought to be now.
func (m *merging) recompute(ctx context.Context) error {
	if err := m.updateHeadsOf(ctx, m.into); err != nil {
		return err
	}
	const contents = "IN (SELECT k.id FROM pact_versions k JOIN integrations i ON i.id = k.integration_id WHERE i.provider_id = ? OR i.consumer_id = ?)"
	for _, text := range []string{
		"UPDATE verifications SET latest = (1 = 1) WHERE NOT latest AND id IN (SELECT max(r.id) FROM verifications r WHERE r.pact_version_id " + contents + " GROUP BY r.pact_version_id, r.provider_version_id)",
		"DELETE FROM branch_successes WHERE pact_version_id " + contents,
		sqlBranchSuccesses + "r.pact_version_id " + contents + sqlMergeBranchSuccesses,
		"DELETE FROM tag_successes WHERE pact_version_id " + contents,
		sqlTagSuccesses + "r.pact_version_id " + contents + sqlMergeTagSuccesses,
	} {
		if _, err := m.exec(ctx, "recompute what follows", text, m.into, m.into); err != nil {
			return err
		}
	}
	return nil
}
