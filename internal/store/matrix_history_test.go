package store_test

import (
	"context"
	"fmt"
	"slices"
	"sort"

	"github.com/accord-broker/accord/internal/store"
)

// The model that a property test keeps beside the store, and the projections that
// follow from it and from what the tables hold. Everything is found out
// naively, by looking at all there is.

// model says what happened as far as the tables do not tell it.
type model struct {
	rank func(a, b string) int
	// order holds the numbers of each application's versions, the lowest first.
	order map[string][]string
	// branches holds the heads, "" where there is none, by application and branch.
	branches map[[2]string]string
	// members holds which version is on which branch: application, branch, number.
	members map[[3]string]bool
	// slots holds the number by environment, application and instance.
	slots map[[3]string]string
	// supported holds environment, application and number of supported releases.
	supported map[[3]string]bool
	// tagged holds the tags that a version had when it got a counted success.
	tagged map[int64][]string
}

func newModel(rank func(a, b string) int) *model {
	return &model{
		rank: rank, order: map[string][]string{}, branches: map[[2]string]string{}, members: map[[3]string]bool{},
		slots: map[[3]string]string{}, supported: map[[3]string]bool{}, tagged: map[int64][]string{},
	}
}

func (b *model) addVersion(app, number string) {
	at := len(b.order[app])
	for b.rank != nil && at > 0 && b.rank(b.order[app][at-1], number) > 0 {
		at--
	}
	b.order[app] = slices.Insert(b.order[app], at, number)
}

func (b *model) addToBranch(app, number, branch string) {
	if key := [3]string{app, branch, number}; !b.members[key] {
		b.members[key] = true
		b.branches[[2]string{app, branch}] = number
	}
}

func (b *model) leaveBranch(app, number, branch string) {
	delete(b.members, [3]string{app, branch, number})
	if b.branches[[2]string{app, branch}] != number {
		return
	}
	b.branches[[2]string{app, branch}] = ""
	for _, other := range b.order[app] {
		if b.members[[3]string{app, branch, other}] {
			b.branches[[2]string{app, branch}] = other
		}
	}
}

func (b *model) removeBranch(app, branch string) {
	delete(b.branches, [2]string{app, branch})
	for key := range b.members {
		if key[0] == app && key[1] == branch {
			delete(b.members, key)
		}
	}
}

func (b *model) removeVersion(app, number string) {
	for key := range b.branches {
		if key[0] == app {
			b.leaveBranch(app, number, key[1])
		}
	}
	b.order[app] = slices.DeleteFunc(b.order[app], func(n string) bool { return n == number })
	for slot, n := range b.slots {
		if slot[1] == app && n == number {
			delete(b.slots, slot)
		}
	}
	for release := range b.supported {
		if release[1] == app && release[2] == number {
			delete(b.supported, release)
		}
	}
}

func (b *model) removePacticipant(app string) {
	for _, number := range slices.Clone(b.order[app]) {
		b.removeVersion(app, number)
	}
	for key := range b.branches {
		if key[0] == app {
			delete(b.branches, key)
		}
	}
}

func (b *model) removeEnvironment(name string) {
	for slot := range b.slots {
		if slot[0] == name {
			delete(b.slots, slot)
		}
	}
	for release := range b.supported {
		if release[0] == name {
			delete(b.supported, release)
		}
	}
}

// tables are what history consists of: no projection is read into them.
type tables struct {
	versions     []versionLine
	memberships  []membershipLine
	tags         []tagLine
	publications []publicationLine
	results      []resultLine
}

type (
	versionLine struct {
		ID          int64
		App, Number string
		Position    int64
	}
	membershipLine struct{ BranchID, VersionID int64 }
	tagLine        struct {
		VersionID, CreatedAt int64
		Name                 string
	}
	publicationLine struct{ ID, IntegrationID, VersionID, Revision int64 }
	resultLine      struct {
		ID, ContentID, VersionID, ExecutedAt, CreatedAt int64
		Success                                         bool
		WIP                                             bool `gorm:"column:wip"`
	}
)

// visible leaves out what awaits being purged.
const visible = " JOIN integrations i ON i.id = x.integration_id JOIN pacticipants c ON c.id = i.consumer_id JOIN pacticipants p ON p.id = i.provider_id"

func readTables(ctx context.Context, tx *store.Tx) (h tables, err error) {
	if h.versions, err = store.Rows[versionLine](ctx, tx, "SELECT v.id, p.name AS app, v.number, v.position FROM versions v JOIN pacticipants p ON p.id = v.pacticipant_id ORDER BY v.position"); err != nil {
		return h, err
	}
	if h.memberships, err = store.Rows[membershipLine](ctx, tx, "SELECT branch_id, version_id FROM branch_versions"); err != nil {
		return h, err
	}
	if h.tags, err = store.Rows[tagLine](ctx, tx, "SELECT version_id, name, created_at FROM tags"); err != nil {
		return h, err
	}
	if h.publications, err = store.Rows[publicationLine](ctx, tx, "SELECT x.id, x.integration_id, x.consumer_version_id AS version_id, x.revision FROM pact_publications x"+visible); err != nil {
		return h, err
	}
	h.results, err = store.Rows[resultLine](ctx, tx, "SELECT x.id, x.pact_version_id AS content_id, x.provider_version_id AS version_id, x.executed_at, x.created_at, x.success, x.wip FROM verifications x"+visible)
	return h, err
}

// expected lists the projections as they follow from history, in the words of storedProjections.
func expected(b *model, h tables) []string {
	lines := append(b.lines(), h.tagHeads()...)
	lines = append(lines, h.latest()...)
	lines = append(lines, h.successes()...)
	for _, r := range h.results {
		for _, tag := range b.tagged[r.ID] {
			lines = append(lines, fmt.Sprintf("result %d verified with tag %s", r.ID, tag))
		}
	}
	sort.Strings(lines)
	return lines
}

func (b *model) lines() (lines []string) {
	for branch, head := range b.branches {
		lines = append(lines, fmt.Sprintf("head of %s %s: %s", branch[0], branch[1], head))
	}
	for slot, number := range b.slots {
		lines = append(lines, fmt.Sprintf("in %s: %s %s '%s'", slot[0], slot[1], number, slot[2]))
	}
	for release := range b.supported {
		lines = append(lines, fmt.Sprintf("supported in %s: %s %s", release[0], release[1], release[2]))
	}
	for app, numbers := range b.order {
		for i, number := range numbers {
			lines = append(lines, fmt.Sprintf("version %d of %s: %s", i+1, app, number))
		}
	}
	return lines
}

func (h tables) tagHeads() (lines []string) {
	type head struct {
		number string
		first  int64
	}
	heads := map[[2]string]head{}
	for _, v := range h.versions { // in the order of their positions
		for _, t := range h.tags {
			if t.VersionID != v.ID {
				continue
			}
			known, seen := heads[[2]string{v.App, t.Name}]
			if !seen || t.CreatedAt < known.first {
				known.first = t.CreatedAt
			}
			heads[[2]string{v.App, t.Name}] = head{v.Number, known.first}
		}
	}
	for tag, h := range heads {
		lines = append(lines, fmt.Sprintf("head of tag %s %s: %s, first used at %d", tag[0], tag[1], h.number, h.first))
	}
	return lines
}

func (h tables) latest() (lines []string) {
	publications := map[[2]int64]publicationLine{}
	for _, p := range h.publications {
		key := [2]int64{p.VersionID, p.IntegrationID}
		if p.Revision > publications[key].Revision {
			publications[key] = p
		}
	}
	for _, p := range publications {
		lines = append(lines, fmt.Sprintf("latest publication %d", p.ID))
	}
	results := map[[2]int64]int64{}
	for _, r := range h.results {
		key := [2]int64{r.ContentID, r.VersionID}
		results[key] = max(results[key], r.ID)
	}
	for _, id := range results {
		lines = append(lines, fmt.Sprintf("latest result %d", id))
	}
	return lines
}

func (h tables) successes() (lines []string) {
	first, counted := map[string]int64{}, map[string]int64{}
	note := func(r resultLine, key string) {
		if at, seen := first[key]; !seen || r.CreatedAt < at {
			first[key] = r.CreatedAt
		}
	}
	for _, r := range h.results {
		if !r.Success {
			continue
		}
		for _, m := range h.memberships {
			if m.VersionID != r.VersionID {
				continue
			}
			key := fmt.Sprintf("content %d succeeded on branch %d", r.ContentID, m.BranchID)
			note(r, key)
			at := counted[key]
			if !r.WIP {
				at = max(at, r.ExecutedAt)
			}
			counted[key] = at
		}
		for _, t := range h.tags {
			if t.VersionID == r.VersionID {
				note(r, fmt.Sprintf("content %d succeeded under tag %s", r.ContentID, t.Name))
			}
		}
	}
	for key, at := range first {
		line := fmt.Sprintf("%s: first at %d", key, at)
		if at, onBranch := counted[key]; onBranch {
			line += fmt.Sprintf(", last counted at %d", at)
		}
		lines = append(lines, line)
	}
	return lines
}

// storedProjections lists the projections that the store keeps.
func storedProjections(ctx context.Context, tx *store.Tx) ([]string, error) {
	var lines []string
	for _, text := range []string{
		`SELECT 'head of ' || p.name || ' ' || b.name || ': ' || coalesce(v.number, '')
			FROM branches b JOIN pacticipants p ON p.id = b.pacticipant_id LEFT JOIN versions v ON v.id = b.head_version_id`,
		`SELECT 'head of tag ' || p.name || ' ' || h.name || ': ' || v.number || ', first used at ' || h.first_used_at
			FROM tag_heads h JOIN pacticipants p ON p.id = h.pacticipant_id JOIN versions v ON v.id = h.version_id`,
		"SELECT 'latest publication ' || x.id FROM pact_publications x" + visible + " WHERE x.latest",
		"SELECT 'latest result ' || x.id FROM verifications x" + visible + " WHERE x.latest",
		`SELECT 'content ' || s.pact_version_id || ' succeeded on branch ' || s.branch_id || ': first at ' || s.first_success_at || ', last counted at ' || coalesce(s.last_counted_at, 0)
			FROM branch_successes s JOIN pact_versions x ON x.id = s.pact_version_id` + visible,
		`SELECT 'content ' || s.pact_version_id || ' succeeded under tag ' || s.tag || ': first at ' || s.first_success_at
			FROM tag_successes s JOIN pact_versions x ON x.id = s.pact_version_id` + visible,
		"SELECT 'result ' || x.id || ' verified with tag ' || vt.tag FROM verified_tags vt JOIN verifications x ON x.id = vt.verification_id" + visible,
		`SELECT 'in ' || e.name || ': ' || p.name || ' ' || v.number || ' ''' || d.instance || '''' FROM deployed_versions d
			JOIN environments e ON e.id = d.environment_id JOIN pacticipants p ON p.id = d.pacticipant_id JOIN versions v ON v.id = d.version_id WHERE d.currently_deployed`,
		`SELECT 'supported in ' || e.name || ': ' || p.name || ' ' || v.number FROM released_versions r
			JOIN environments e ON e.id = r.environment_id JOIN pacticipants p ON p.id = r.pacticipant_id JOIN versions v ON v.id = r.version_id WHERE r.currently_supported`,
		"SELECT 'version ' || rank() OVER (PARTITION BY p.id ORDER BY v.position) || ' of ' || p.name || ': ' || v.number FROM versions v JOIN pacticipants p ON p.id = v.pacticipant_id",
		// What must never be: each is a line that is expected nowhere.
		"SELECT 'stale position on branch of version ' || x.version_id FROM branch_versions x JOIN versions v ON v.id = x.version_id WHERE x.version_position <> v.position",
		"SELECT 'stale position of tag of version ' || x.version_id FROM tags x JOIN versions v ON v.id = x.version_id WHERE x.version_position <> v.position OR x.pacticipant_id <> v.pacticipant_id",
		"SELECT 'stale position of publication ' || x.id FROM pact_publications x JOIN versions v ON v.id = x.consumer_version_id WHERE x.version_position <> v.position",
		"SELECT 'deployment without an end ' || id FROM deployed_versions WHERE (undeployed_at IS NULL) <> currently_deployed",
		"SELECT 'release without an end ' || id FROM released_versions WHERE (support_ended_at IS NULL) <> currently_supported",
		"SELECT 'revision of publication ' || x.id FROM pact_publications x WHERE revision > (SELECT count(*) FROM pact_publications y WHERE y.consumer_version_id = x.consumer_version_id AND y.integration_id = x.integration_id)",
	} {
		found, err := store.Rows[string](ctx, tx, text)
		if err != nil {
			return nil, err
		}
		lines = append(lines, found...)
	}
	sort.Strings(lines)
	return lines, nil
}
