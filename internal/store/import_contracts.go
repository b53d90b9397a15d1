package store

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/accord-broker/accord/internal/archive"
	"github.com/accord-broker/accord/internal/pactfile"
	"github.com/accord-broker/accord/internal/store/db"
)

// writeContents adds contents. One that is there has the same sha, so it stays.
func (im *Import) writeContents(ctx context.Context, tx *Tx, done *outcome) error {
	keys := db.NewTable("i bigint", "consumer text", "provider text", "sha text")
	for i, r := range im.batch {
		c := r.(*archive.Content)
		keys.Add(int64(i), c.Consumer, c.Provider, c.SHA)
	}
	there, err := tx.open.NumbersOfTable(ctx, "look for contents", "SELECT x.i FROM "+sqlContentOfRecord, keys)
	if err != nil {
		return err
	}
	fresh := db.NewTable("i bigint", "consumer text", "provider text", "sha text", "interactions bigint", "messages bigint", "created_at bigint", "size bigint", "body bytea", "checksum bytea")
	var at []int
	for _, i := range absent(there, len(im.batch)) {
		c := im.batch[i].(*archive.Content)
		text, err := c.Text()
		if err != nil {
			done.leave(archive.NoText, c.SHA)
			continue
		}
		body := pactfile.Imported(text)
		compressed, err := Compress(body)
		if err != nil {
			return err
		}
		counts := pactfile.CountDemands(body)
		fresh.Add(int64(i), c.Consumer, c.Provider, c.SHA, int64(counts.Interactions), int64(counts.Messages), int64(c.CreatedAt), int64(len(body)), compressed,
			contentChecksum(c.SHA, compressed))
		at = append(at, i)
	}
	if done.added, err = tx.open.ExecTable(ctx, "add contents", `
		INSERT INTO pact_versions (integration_id, sha, interactions_count, messages_count, created_at, size, body, checksum)
		SELECT n.id, x.sha, x.interactions, x.messages, x.created_at, x.size, x.body, x.checksum FROM {x} JOIN pacticipants c ON c.name = x.consumer
		JOIN pacticipants p ON p.name = x.provider JOIN integrations n ON n.consumer_id = c.id AND n.provider_id = p.id
		WHERE true ORDER BY x.i ON CONFLICT (integration_id, sha) DO NOTHING`, fresh); err != nil || done.added == int64(len(at)) {
		return err
	}
	return im.leaveAbsent(ctx, tx, done, "SELECT x.i FROM "+sqlContentOfRecord, fresh, at, archive.NoPair, func(r archive.Record) string { return r.(*archive.Content).SHA })
}

// leaveAbsent counts those of the records at the places that are not there.
func (im *Import) leaveAbsent(ctx context.Context, tx *Tx, done *outcome, present string, t *db.Table, places []int, reason archive.Reason, name func(archive.Record) string) error {
	there, err := tx.open.NumbersOfTable(ctx, "look for what is there", present, t)
	if err != nil {
		return err
	}
	found := make(map[int64]bool, len(there))
	for _, i := range there {
		found[i] = true
	}
	for _, i := range places {
		if !found[int64(i)] {
			done.leave(reason, name(im.batch[i]))
		}
	}
	return nil
}

const (
	// sqlPublished joins records of publications with what they name.
	sqlPublished = sqlContentOfRecord + " JOIN versions v ON v.pacticipant_id = c.id AND v.number = x.version"
)

// publishedPact is what a version of a consumer says to a provider, in one revision or more.
type publishedPact struct{ consumer, version, provider string }

func pactOf(p *archive.Publication) publishedPact {
	return publishedPact{p.Consumer, p.Version, p.Provider}
}

func (p publishedPact) String() string {
	return fmt.Sprintf("%s %s to %s", p.consumer, p.version, p.provider)
}

// writePublications adds publications. Of the revisions of one pact the highest
// counts.
func (im *Import) writePublications(ctx context.Context, tx *Tx, done *outcome) error {
	named := db.NewTable("i bigint", "consumer text", "version text", "provider text", "revision bigint", "sha text", "created_at bigint")
	for i, r := range im.batch {
		p := r.(*archive.Publication)
		named.Add(int64(i), p.Consumer, p.Version, p.Provider, p.Revision, p.SHA, int64(p.CreatedAt))
	}
	settled, err := im.writeOtherRevisions(ctx, tx, done, named)
	if err != nil {
		return err
	}
	possible, err := tx.open.NumbersOfTable(ctx, "look for what is published", "SELECT x.i FROM "+sqlPublished, named)
	if err != nil {
		return err
	}
	highest := map[publishedPact]int64{} // of those whose content and version are there
	for _, i := range possible {
		p := im.batch[i].(*archive.Publication)
		highest[pactOf(p)] = max(highest[pactOf(p)], p.Revision)
	}
	table := db.NewTable("i bigint", "consumer text", "version text", "provider text", "revision bigint", "sha text", "created_at bigint", "last boolean")
	for _, i := range absent(settled, len(im.batch)) {
		p := im.batch[i].(*archive.Publication)
		table.Add(int64(i), p.Consumer, p.Version, p.Provider, p.Revision, p.SHA, int64(p.CreatedAt), highest[pactOf(p)] == p.Revision)
	}
	if table.Len() == 0 {
		return nil
	}
	// Versions and pairs are found first: a pair may have many publications.
	_, err = tx.open.ExecTable(ctx, "update latest revisions", "UPDATE pact_publications AS t SET latest = "+sqlFalse+` FROM (
			WITH s AS MATERIALIZED (SELECT v.id AS version_id, n.id AS integration_id, x.revision FROM `+sqlPublished+` WHERE x.last)
			SELECT u.id FROM s JOIN pact_publications u ON u.consumer_version_id = s.version_id AND u.integration_id = s.integration_id
			WHERE u.latest AND u.revision < s.revision) before
		WHERE t.id = before.id`, table)
	if err != nil {
		return err
	}
	added, err := tx.open.ExecTable(ctx, "add publications", `
		INSERT INTO pact_publications (integration_id, consumer_version_id, pact_version_id, revision, latest, version_position, created_at)
		SELECT n.id, v.id, k.id, x.revision, x.last AND NOT EXISTS (SELECT 1 FROM pact_publications o WHERE o.consumer_version_id = v.id AND o.integration_id = n.id AND o.revision > x.revision),
			v.position, x.created_at FROM `+sqlPublished+` WHERE true ORDER BY x.i ON CONFLICT (consumer_version_id, integration_id, revision) DO NOTHING`, table)
	done.added += added
	if err != nil || added == int64(table.Len()) {
		return err
	}
	return im.publicationsLeft(ctx, tx, done, table, settled)
}

const (
	sqlPublicationsThere = sqlPublished + " JOIN pact_publications u ON u.consumer_version_id = v.id AND u.integration_id = n.id "
	sqlSamePublication   = "u.pact_version_id = k.id AND u.created_at = x.created_at"
)

// writeOtherRevisions looks after the pacts of which the source and this broker tell
// another history, and returns the places of their publications. If what comes wins, all
// that it tells of the pact follows what is here, in its order, so that its last revision
// is the last one; else none of it comes.
func (im *Import) writeOtherRevisions(ctx context.Context, tx *Tx, done *outcome, table *db.Table) (settled []int64, err error) {
	other, err := tx.open.NumbersOfTable(ctx, "look for other publications", "SELECT DISTINCT x.i FROM "+sqlPublicationsThere+`AND u.revision = x.revision AND u.pact_version_id <> k.id
		WHERE NOT EXISTS (SELECT 1 FROM pact_publications o WHERE o.consumer_version_id = v.id AND o.integration_id = n.id AND o.pact_version_id = k.id AND o.created_at = x.created_at)`, table)
	if err != nil {
		return nil, err
	}
	if len(other)+len(im.otherwise) == 0 {
		return nil, nil
	}
	otherwise := map[publishedPact]bool{}
	maps.Copy(otherwise, im.otherwise)
	for _, i := range other {
		pact := pactOf(im.batch[i].(*archive.Publication))
		otherwise[pact] = im.otherwise[pact]
	}
	for i, r := range im.batch {
		if _, is := otherwise[pactOf(r.(*archive.Publication))]; is {
			settled = append(settled, int64(i))
		}
	}
	same, err := tx.open.NumbersOfTable(ctx, "look for publications", "SELECT DISTINCT x.i FROM "+sqlPublicationsThere+"AND "+sqlSamePublication, table)
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(settled, func(a, b int64) int {
		return cmp.Compare(im.batch[a].(*archive.Publication).Revision, im.batch[b].(*archive.Publication).Revision)
	})
	for _, i := range settled {
		p := im.batch[i].(*archive.Publication)
		pact := pactOf(p)
		switch {
		case slices.Contains(same, i) && !otherwise[pact]:
		case !im.options.Take:
			done.leave(archive.SaysOtherwise, pact.String())
		default:
			if err := tx.addRevision(ctx, p, done); err != nil {
				return nil, err
			}
			otherwise[pact] = true
		}
	}
	done.otherwise = otherwise
	return settled, nil
}

// publicationsLeft looks after publications that could not be added as they are.
func (im *Import) publicationsLeft(ctx context.Context, tx *Tx, done *outcome, table *db.Table, settled []int64) error {
	same, err := tx.open.NumbersOfTable(ctx, "look for publications", "SELECT DISTINCT x.i FROM "+sqlPublicationsThere+"AND "+sqlSamePublication, table)
	if err != nil {
		return err
	}
	clashing, err := tx.open.NumbersOfTable(ctx, "look for other publications", "SELECT x.i FROM "+sqlPublicationsThere+"AND u.revision = x.revision AND u.pact_version_id <> k.id", table)
	if err != nil {
		return err
	}
	known, err := tx.open.NumbersOfTable(ctx, "look for the same publications", "SELECT x.i FROM "+sqlPublicationsThere+"AND u.revision = x.revision AND u.pact_version_id = k.id", table)
	if err != nil {
		return err
	}
	for _, i := range absent(slices.Concat(settled, same, known), len(im.batch)) {
		p := im.batch[i].(*archive.Publication)
		switch {
		case !slices.Contains(clashing, int64(i)):
			done.leave(archive.NoVersionOrContent, pactOf(p).String())
		case im.options.Take:
			if err := tx.addRevision(ctx, p, done); err != nil {
				return err
			}
		default:
			done.leave(archive.SaysOtherwise, pactOf(p).String())
		}
	}
	return nil
}

// addRevision lets a publication that clashes with another one follow it.
func (tx *Tx) addRevision(ctx context.Context, p *archive.Publication, done *outcome) error {
	table := db.NewTable("consumer text", "version text", "provider text", "sha text", "created_at bigint")
	table.Add(p.Consumer, p.Version, p.Provider, p.SHA, int64(p.CreatedAt))
	const sqlOthers = "(SELECT max(o.revision) FROM pact_publications o WHERE o.consumer_version_id = v.id AND o.integration_id = n.id)"
	if _, err := tx.open.ExecTable(ctx, "update latest revision", "UPDATE pact_publications AS t SET latest = "+sqlFalse+` FROM (SELECT v.id AS version_id, n.id AS integration_id FROM `+sqlPublished+`) s
		WHERE t.consumer_version_id = s.version_id AND t.integration_id = s.integration_id AND t.latest`, table); err != nil {
		return err
	}
	added, err := tx.open.ExecTable(ctx, "add revision", `
		INSERT INTO pact_publications (integration_id, consumer_version_id, pact_version_id, revision, latest, version_position, created_at)
		SELECT n.id, v.id, k.id, `+sqlOthers+" + 1, (1 = 1), v.position, x.created_at FROM "+sqlPublished, table)
	if added == 0 {
		done.leave(archive.NoVersionOrContent, pactOf(p).String())
	}
	done.added += added
	return err
}

// sqlVerified joins records of results with what they name.
const sqlVerified = sqlContentOfRecord + " JOIN versions v ON v.pacticipant_id = p.id AND v.number = x.provider_version"

// writeResults adds results, in whose order later ones count. One whose number
// another has taken gets a new one.
func (im *Import) writeResults(ctx context.Context, tx *Tx, done *outcome) error {
	keys, highest := im.keysOfResults()
	there, incomplete, taken, err := tx.numbersOfResults(ctx, keys)
	if err != nil {
		return err
	}
	if err := im.completeResults(ctx, tx, incomplete, nil, done); err != nil {
		return err
	}
	fresh := absent(there, len(im.batch))
	im.noteTaken(fresh, taken)
	if len(fresh) == 0 {
		return nil
	}
	if fresh, err = im.withoutRenumbered(ctx, tx, keys, fresh, taken, done); err != nil {
		return err
	}
	if err := tx.raiseNext(ctx, "verifications", highest); err != nil {
		return err
	}
	table, err := im.resultTable(fresh, taken)
	if err != nil {
		return err
	}
	if err := tx.addResults(ctx, table, done); err != nil {
		return err
	}
	if err := im.addTagsOfResults(ctx, tx, fresh, taken); err != nil || done.added == int64(len(fresh)) {
		return err
	}
	return im.leaveAbsent(ctx, tx, done, "SELECT DISTINCT x.i FROM "+sqlVerified+sqlSameResult, table, fresh, archive.NoContentOrProviderVersion, func(r archive.Record) string {
		v := r.(*archive.Result)
		return fmt.Sprintf("%s no. %d", v.SHA, v.Number)
	})
}

// keysOfResults has what the results of the batch are known by, and the highest of their
// numbers.
func (im *Import) keysOfResults() (keys *db.Table, highest int64) {
	keys = db.NewTable("i bigint", "consumer text", "provider text", "sha text", "number bigint", "provider_version text", "success boolean", "executed_at bigint", "created_at bigint")
	for i, r := range im.batch {
		v := r.(*archive.Result)
		keys.Add(int64(i), v.Consumer, v.Provider, v.SHA, v.Number, v.ProviderVersion, v.Success, int64(v.ExecutedAt), int64(v.CreatedAt))
		if isNumber(v.Number) {
			highest = max(highest, v.Number)
		}
	}
	return keys, highest
}

// knownResults counts the results of the batch that are here, and those that writeResults
// would complete.
func (im *Import) knownResults(ctx context.Context, tx *Tx) (all found, err error) {
	keys, _ := im.keysOfResults()
	there, incomplete, taken, err := tx.numbersOfResults(ctx, keys)
	if err != nil {
		return all, err
	}
	lacking, err := im.lackingResults(ctx, tx, incomplete, sqlResultOfRecord(false))
	if err != nil {
		return all, err
	}
	fresh := absent(there, len(im.batch))
	im.noteTaken(fresh, taken)
	unknown, renumbered, err := tx.renumberedResults(ctx, keys, fresh, taken)
	if err != nil {
		return all, err
	}
	lackingToo, err := im.lackingResults(ctx, tx, renumbered, sqlResultOfRecord(true))
	return found{known: int64(len(im.batch) - len(unknown)), changed: int64(len(lacking) + len(lackingToo))}, err
}

// noteTaken notes those of the records at the places whose number an earlier one has taken,
// or that have none that brokers give.
func (im *Import) noteTaken(places []int, taken map[int]bool) {
	type key struct {
		consumer, provider, sha string
		number                  int64
	}
	first := map[key]bool{}
	for _, i := range places {
		v := im.batch[i].(*archive.Result)
		k := key{v.Consumer, v.Provider, v.SHA, v.Number}
		if first[k] || !isNumber(v.Number) {
			taken[i] = true
		}
		first[k] = true
	}
}

// numbersEnd is above all numbers of things that leave room for others behind them.
const numbersEnd = 1 << 53

// isNumber reports whether a number of something is one that a broker gives.
func isNumber(n int64) bool { return n > 0 && n < numbersEnd }

const (
	// sqlSameResult joins the results r that say what records x say.
	sqlSameResult = " JOIN verifications r ON r.pact_version_id = k.id AND r.provider_version_id = v.id AND r.success = x.success AND " + sqlSameTime
	// sqlSameTime is the condition for which a result r may have come when a record x did:
	// over HTTP there is one time of a result, of its execution, in whole seconds or none.
	sqlSameTime = "(r.created_at = x.created_at OR " + sqlFromHTTP + ` AND r.created_at IN (0, x.created_at / 1000000 * 1000000, x.executed_at / 1000000 * 1000000)
		OR x.created_at = x.executed_at AND x.created_at % 1000000 = 0 AND x.created_at IN (0, r.created_at / 1000000 * 1000000, r.executed_at / 1000000 * 1000000))`
	// sqlFromHTTP is the condition for which a result r may have come over HTTP.
	sqlFromHTTP = "r.created_at = r.executed_at AND r.created_at % 1000000 = 0"
	// sqlNumberedResult joins the results r that have the numbers of records x.
	sqlNumberedResult = " JOIN verifications r ON r.pact_version_id = k.id AND " + sqlResultNumber + " = x.number"
)

// withoutRenumbered leaves out those of the records that an earlier import has
// given another number.
func (im *Import) withoutRenumbered(ctx context.Context, tx *Tx, keys *db.Table, places []int, taken map[int]bool, done *outcome) ([]int, error) {
	fresh, incomplete, err := tx.renumberedResults(ctx, keys, places, taken)
	if err != nil {
		return nil, err
	}
	return fresh, im.completeResults(ctx, tx, incomplete, taken, done)
}

// renumberedResults are the places without those of results that an earlier import has
// given another number, and those among the latter of which less may be there.
func (tx *Tx) renumberedResults(ctx context.Context, keys *db.Table, places []int, taken map[int]bool) (fresh, incomplete []int, err error) {
	if len(taken) == 0 {
		return places, nil, nil
	}
	found, err := tx.open.NumbersOfTable(ctx, "look for renumbered results", "SELECT DISTINCT x.i * 2 + CASE WHEN "+sqlFromHTTP+" THEN 1 ELSE 0 END FROM "+sqlVerified+sqlSameResult, keys)
	if err != nil {
		return nil, nil, err
	}
	for _, n := range found {
		i := int(n / 2)
		if !taken[i] || !slices.Contains(places, i) {
			continue
		}
		if n%2 == 1 {
			incomplete = append(incomplete, i)
		}
		places = slices.DeleteFunc(places, func(place int) bool { return place == i })
	}
	return places, incomplete, nil
}

// numbersOfResults finds the places of records that are there under their number, of
// those among them of which less may be there, and of those whose number another result
// of the same content has taken.
func (tx *Tx) numbersOfResults(ctx context.Context, keys *db.Table) (there []int64, incomplete []int, taken map[int]bool, err error) {
	const (
		other = iota
		same
		sameFromHTTP
		answers
	)
	found, err := tx.open.NumbersOfTable(ctx, "look for results", fmt.Sprintf(`
		SELECT x.i * %d + CASE WHEN r.success = x.success AND v.number = x.provider_version AND %s THEN CASE WHEN %s THEN %d ELSE %d END ELSE %d END
		FROM `, answers, sqlSameTime, sqlFromHTTP, sameFromHTTP, same, other)+sqlContentOfRecord+sqlNumberedResult+" JOIN versions v ON v.id = r.provider_version_id", keys)
	taken = map[int]bool{}
	for _, n := range found {
		switch i := n / answers; n % answers {
		case other:
			taken[int(i)] = true
		case sameFromHTTP:
			incomplete = append(incomplete, int(i))
			fallthrough
		default:
			there = append(there, i)
		}
	}
	return there, incomplete, taken, err
}

// completeResults adds to results that came over HTTP what is not told there, from the
// records at the places. Those that are taken have another number.
func (im *Import) completeResults(ctx context.Context, tx *Tx, places []int, taken map[int]bool, done *outcome) error {
	of := sqlResultOfRecord(taken != nil)
	lacking, err := im.lackingResults(ctx, tx, places, of)
	if err != nil || len(lacking) == 0 {
		return err
	}
	table, err := im.resultTable(lacking, nil)
	if err != nil {
		return err
	}
	if _, err := tx.open.ExecTable(ctx, "delete guessed tags", "DELETE FROM verified_tags WHERE verification_id IN (SELECT r.id FROM "+of+")", table); err != nil {
		return err
	}
	changed, err := tx.open.ExecTable(ctx, "complete results", `UPDATE verifications AS t SET executed_at = s.executed_at, created_at = s.created_at, wip = s.wip,
			pending = coalesce(s.pending, t.pending), selectors = coalesce(s.selectors, t.selectors), build_url = coalesce(s.build_url, t.build_url),
			verified_by = coalesce(s.verified_by, t.verified_by), test_results = coalesce(s.test_results, t.test_results)
		FROM (SELECT r.id, x.executed_at, x.created_at, x.wip, x.pending, x.selectors, x.build_url, x.verified_by, x.test_results FROM `+of+") s WHERE t.id = s.id", table)
	done.changed += changed
	if err != nil {
		return err
	}
	return im.addTagsOfResults(ctx, tx, lacking, taken)
}

// sqlResultOfRecord joins records with the results that they are, by their number unless
// they got another one.
func sqlResultOfRecord(renumbered bool) string {
	if renumbered {
		return sqlVerified + sqlSameResult
	}
	return sqlContentOfRecord + sqlNumberedResult
}

// lackingResults are those of the places whose records tell more than is there.
func (im *Import) lackingResults(ctx context.Context, tx *Tx, places []int, of string) ([]int, error) {
	if len(places) == 0 || im.options.OverHTTP {
		return nil, nil
	}
	columns := []string{"i bigint", "consumer text", "provider text", "sha text", "number bigint", "provider_version text", "success boolean", "executed_at bigint", "created_at bigint"}
	told := db.NewTable(append(columns, "wip boolean", "pending boolean", "selectors text", "tags bigint")...)
	tagged := db.NewTable(append(columns, "tag text")...)
	for _, i := range places {
		v := im.batch[i].(*archive.Result)
		key := []any{int64(i), v.Consumer, v.Provider, v.SHA, v.Number, v.ProviderVersion, v.Success, int64(v.ExecutedAt), int64(v.CreatedAt)}
		tags := countedTags(v)
		told.Add(append(key, v.WIP, v.Pending, v.Selectors, int64(len(tags)))...)
		for _, tag := range tags {
			tagged.Add(append(key, tag)...)
		}
	}
	found, err := tx.open.NumbersOfTable(ctx, "look for results that lack something", "SELECT DISTINCT x.i FROM "+of+` WHERE r.created_at <> x.created_at OR r.executed_at <> x.executed_at OR r.wip <> x.wip
		OR x.pending IS NOT NULL AND (r.pending IS NULL OR r.pending <> x.pending) OR x.selectors IS NOT NULL AND coalesce(r.selectors, '') <> x.selectors
		OR x.tags <> (SELECT count(*) FROM verified_tags t WHERE t.verification_id = r.id)`, told)
	if err != nil {
		return nil, err
	}
	others, err := tx.open.NumbersOfTable(ctx, "look for results with other tags", "SELECT DISTINCT x.i FROM "+of+
		" WHERE NOT EXISTS (SELECT 1 FROM verified_tags t WHERE t.verification_id = r.id AND t.tag = x.tag)", tagged)
	var lacking []int
	for _, i := range places {
		if slices.Contains(found, int64(i)) || slices.Contains(others, int64(i)) {
			lacking = append(lacking, i)
		}
	}
	return lacking, err
}

// countedTags are the tags under which a result counts as a success.
func countedTags(v *archive.Result) []string {
	if !v.Success || v.WIP {
		return nil
	}
	tags := slices.Clone(v.Tags)
	slices.Sort(tags)
	return slices.Compact(tags)
}

func (im *Import) resultTable(places []int, taken map[int]bool) (*db.Table, error) {
	type key struct{ consumer, provider, sha, version string }
	last := map[key]int{}
	for _, i := range places {
		v := im.batch[i].(*archive.Result)
		last[key{v.Consumer, v.Provider, v.SHA, v.ProviderVersion}] = i
	}
	t := db.NewTable("i bigint", "consumer text", "provider text", "sha text", "number bigint", "provider_version text", "success boolean", "wip boolean", "pending boolean",
		"last boolean", "executed_at bigint", "created_at bigint", "build_url text", "verified_by text", "selectors text", "test_results bytea")
	for _, i := range places {
		v := im.batch[i].(*archive.Result)
		number := &v.Number
		if taken[i] {
			number = nil
		}
		var tests []byte
		if v.TestResults != nil {
			var err error
			if tests, err = Compress([]byte(*v.TestResults)); err != nil {
				return nil, err
			}
		}
		t.Add(int64(i), v.Consumer, v.Provider, v.SHA, number, v.ProviderVersion, v.Success, v.WIP, v.Pending,
			last[key{v.Consumer, v.Provider, v.SHA, v.ProviderVersion}] == i, int64(v.ExecutedAt), int64(v.CreatedAt), v.BuildURL, v.VerifiedBy, v.Selectors, tests)
	}
	return t, nil
}

func (tx *Tx) addResults(ctx context.Context, table *db.Table, done *outcome) error {
	// Contents and versions are found first: a content may have many results.
	_, err := tx.open.ExecTable(ctx, "update latest results", "UPDATE verifications AS t SET latest = "+sqlFalse+` FROM (
			WITH s AS MATERIALIZED (SELECT k.id AS content_id, v.id AS version_id FROM `+sqlVerified+` WHERE x.last)
			SELECT r.id FROM s JOIN verifications r ON r.pact_version_id = s.content_id AND r.provider_version_id = s.version_id WHERE r.latest) before
		WHERE t.id = before.id`, table)
	if err != nil {
		return err
	}
	done.added, err = tx.open.ExecTable(ctx, "add results", `
		INSERT INTO verifications (integration_id, pact_version_id, provider_version_id, number, success, wip, pending, latest, executed_at, created_at, build_url, verified_by, selectors, test_results)
		SELECT n.id, k.id, v.id, x.number, x.success, x.wip, x.pending, x.last, x.executed_at, x.created_at, x.build_url, x.verified_by, x.selectors, x.test_results
		FROM `+sqlVerified+" WHERE true ORDER BY x.i", table)
	return err
}

// addTagsOfResults keeps the tags that the provider versions had.
func (im *Import) addTagsOfResults(ctx context.Context, tx *Tx, places []int, taken map[int]bool) error {
	columns := []string{"consumer text", "provider text", "sha text", "provider_version text", "number bigint", "success boolean", "executed_at bigint", "created_at bigint", "tag text"}
	numbered, renumbered := db.NewTable(columns...), db.NewTable(columns...)
	for _, i := range places {
		v := im.batch[i].(*archive.Result)
		t := numbered
		if taken[i] {
			t = renumbered
		}
		for _, tag := range countedTags(v) {
			t.Add(v.Consumer, v.Provider, v.SHA, v.ProviderVersion, v.Number, v.Success, int64(v.ExecutedAt), int64(v.CreatedAt), tag)
		}
	}
	const sqlAddTags = "INSERT INTO verified_tags (verification_id, pact_version_id, tag, recorded_at) SELECT r.id, k.id, x.tag, x.created_at FROM "
	const sqlUnlessThere = " WHERE true ON CONFLICT (verification_id, tag) DO NOTHING"
	byNumber := sqlAddTags + sqlContentOfRecord + sqlNumberedResult + sqlUnlessThere
	if _, err := tx.open.ExecTable(ctx, "add tags of results", byNumber, numbered); err != nil {
		return err
	}
	_, err := tx.open.ExecTable(ctx, "add tags of results", sqlAddTags+sqlVerified+sqlSameResult+sqlUnlessThere, renumbered)
	return err
}
