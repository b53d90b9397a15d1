package store_test

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/badges"
	"github.com/accord-broker/accord/internal/contracts"
	"github.com/accord-broker/accord/internal/dashboard"
	pairs "github.com/accord-broker/accord/internal/integrations"
	"github.com/accord-broker/accord/internal/pacticipants"
	"github.com/accord-broker/accord/internal/store"
	"github.com/accord-broker/accord/internal/testing/testrandom"
	"github.com/accord-broker/accord/internal/verdicts"
	"github.com/accord-broker/accord/internal/versions"
)

// tick is a clock that goes on by a second whenever it is read, so that no two things
// happen at the same moment.
func tick() func() time.Time {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	return func() time.Time {
		now = now.Add(time.Second)
		return now
	}
}

// Whatever has happened, each overview is what going through all of it finds.
func TestOverviews_areWhatGoingThroughEverythingFinds(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		for _, seed := range testrandom.Seeds(t, 1, 5) {
			t.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) {
				db.SetClock(tick())
				defer db.SetClock(time.Now)
				forget(t, db)
				w := tell(t, db, seed, 150)
				w.goOn(300)
				ctx := t.Context()
				for _, c := range []struct {
					of      string
					compare func(ctx context.Context)
				}{
					{"the dashboard", w.compareDashboard}, {"pairs", w.comparePairs}, {"the board", w.compareBoard}, {"histories", w.compareHistories}, {"regressions", w.compareRegressions},
					{"applications", w.compareApplications}, {"places", w.compareRecords}, {"badges", w.compareBadges}, {"belongings", w.compareBelongings}, {"metrics", w.compareMetrics}, {"live pacts", w.compareLive},
				} {
					t.Run(c.of, func(t *testing.T) {
						w.t = t
						c.compare(ctx)
					})
				}
			})
		}
	})
}

// goOn lets a few versions of each application say and verify things again and again.
func (w *listModel) goOn(steps int) {
	for range steps {
		v := pick(w.random, w.versions)
		if v.Number > "1.11" {
			continue
		}
		w.write(func(ctx context.Context, tx *store.Tx) {
			switch w.random.IntN(6) {
			case 0:
				w.publishAs(ctx, tx, v)
			case 1:
				w.putTag(ctx, tx, v)
			default:
				w.verifyBy(ctx, tx, v)
			}
		})
	}
}

// counting are the contracts that count: of each version and provider the last revision.
func (w *listModel) counting() []*modelPact {
	return slices.DeleteFunc(slices.Clone(w.pacts), func(p *modelPact) bool { return !p.latest })
}

// newestOf is the contract of the newest version that has one with the provider and is
// let through, nil if there is none.
func (w *listModel) newestOf(consumer, provider string, fits func(v *modelVersion) bool) (newest *modelPact) {
	for _, p := range w.counting() {
		if p.consumer.Pacticipant == consumer && p.provider == provider && fits(p.consumer) && (newest == nil || p.consumer.ID > newest.consumer.ID) {
			newest = p
		}
	}
	return newest
}

// lastResult is the last of the results that are let through, nil if there is none.
func (w *listModel) lastResult(fits func(r *modelResult) bool) (last *modelResult) {
	for _, r := range w.results {
		if fits(r) && (last == nil || r.id > last.id) {
			last = r
		}
	}
	return last
}

// counts reports whether no later result of the same version is for the same content.
func (w *listModel) counts(r *modelResult) bool {
	return w.lastResult(func(other *modelResult) bool { return other.contentID == r.contentID && other.by == r.by }) == r
}

func always(*modelVersion) bool { return true }

func tagged(tag string) func(v *modelVersion) bool {
	return func(v *modelVersion) bool { return slices.Contains(v.tags, tag) }
}

func (w *listModel) compareDashboard(ctx context.Context) {
	matters := map[*modelPact]bool{}
	headed := map[*modelPact][]string{}
	for _, pair := range w.pairs {
		if newest := w.newestOf(pair.consumer, pair.provider, always); newest != nil {
			matters[newest] = true
		}
		for _, tag := range modelTags {
			if newest := w.newestOf(pair.consumer, pair.provider, tagged(tag)); newest != nil {
				matters[newest] = true
				headed[newest] = append(headed[newest], tag)
			}
		}
	}
	for _, p := range w.counting() {
		if slices.ContainsFunc(modelEnvs, func(env string) bool { return w.isAt(p.consumer, env) }) {
			matters[p] = true
		}
	}
	all := slices.Collect(maps.Keys(matters))
	resultOf := func(p *modelPact) *modelResult {
		return w.lastResult(func(r *modelResult) bool { return r.contentID == p.contentID })
	}
	changed := func(p *modelPact) time.Time {
		if r := resultOf(p); r != nil && r.at.After(p.at) {
			return r.at
		}
		return p.at
	}
	slices.SortFunc(all, func(a, b *modelPact) int {
		return cmp.Or(changed(b).Compare(changed(a)), cmp.Compare(b.consumer.ID, a.consumer.ID))
	})
	said := func(id int64, r *dashboard.Result) string {
		if r == nil {
			return fmt.Sprint(id)
		}
		return fmt.Sprint(id, " ", r.Success, " ", r.VersionID, " ", r.Number, " ", r.CreatedAt.UnixMicro())
	}
	for range 60 {
		which := dashboard.Query{Limit: 1 + w.random.IntN(20), Offset: w.random.IntN(12)}
		consumer, provider := pick(w.random, append([]string{""}, modelApps...)), pick(w.random, append([]string{""}, modelApps...))
		which.ConsumerID, which.ProviderID = w.apps[consumer].ID, w.apps[provider].ID
		want, got := []string{}, []string{}
		for _, p := range all {
			if (consumer == "" || p.consumer.Pacticipant == consumer) && (provider == "" || p.provider == provider) {
				var r *dashboard.Result
				if last := resultOf(p); last != nil {
					r = &dashboard.Result{Success: last.success, VersionID: last.by.ID, Number: last.by.Number, CreatedAt: last.at}
				}
				want = append(want, said(p.id, r))
			}
		}
		items, err := w.db.Items(ctx, which)
		require.NoError(w.t, err)
		for _, item := range items {
			got = append(got, said(item.ID, item.Result))
		}
		require.Equal(w.t, pageOf(want, which.Limit, which.Offset), got, "%+v of %s and %s", which, consumer, provider)
	}
	ids := []int64{}
	want := map[int64][]string{}
	for _, p := range w.counting() {
		ids = append(ids, p.id)
		if tags := headed[p]; len(tags) > 0 {
			slices.Sort(tags)
			want[p.id] = tags
		}
	}
	got, err := w.db.TagsHeadedBy(ctx, ids)
	require.NoError(w.t, err)
	require.Equal(w.t, want, got)
}

func (w *listModel) comparePairs(ctx context.Context) {
	type active struct {
		*modelPair
		newest int64
		at     time.Time
	}
	var byActivity []active
	var want, got []string
	for _, pair := range w.pairs {
		a := active{modelPair: pair}
		for _, p := range w.pacts {
			if p.consumer.Pacticipant == pair.consumer && p.provider == pair.provider {
				a.newest = max(a.newest, p.id)
				if p.at.After(a.at) {
					a.at = p.at
				}
			}
		}
		for _, r := range w.results {
			if r.consumer == pair.consumer && r.provider == pair.provider && r.at.After(a.at) {
				a.at = r.at
			}
		}
		byActivity = append(byActivity, a)
		want = append(want, fmt.Sprint(pair.consumer, " ", pair.provider, " ", a.newest > 0))
	}
	listed, err := w.db.Pairs(ctx)
	require.NoError(w.t, err)
	for _, p := range listed {
		got = append(got, fmt.Sprint(p.Consumer, " ", p.Provider, " ", p.HasPact))
	}
	require.Equal(w.t, want, got)

	slices.Reverse(byActivity) // those without anything left stand last, the youngest first
	slices.SortStableFunc(byActivity, func(a, b active) int { return b.at.Compare(a.at) })
	for range 40 {
		which := pairs.Query{Search: pick(w.random, []string{"", "", "a", "CO", "É", "nobody", "_"}), Limit: w.random.IntN(8), Offset: w.random.IntN(8)}
		if which.Limit == 0 {
			which.Offset = 0
		}
		want, got := []string{}, []string{}
		for _, a := range byActivity {
			if strings.Contains(strings.ToLower(a.consumer), strings.ToLower(which.Search)) || strings.Contains(strings.ToLower(a.provider), strings.ToLower(which.Search)) {
				want = append(want, fmt.Sprint(a.consumer, " ", a.provider, " ", a.at.Unix()))
			}
		}
		found, total, err := w.db.Integrations(ctx, which)
		require.NoError(w.t, err)
		require.Equal(w.t, len(want), total, "%+v", which)
		for _, i := range found {
			got = append(got, fmt.Sprint(i.Consumer, " ", i.Provider, " ", i.ActiveAt.Unix()))
		}
		if which.Limit > 0 {
			want = pageOf(want, which.Limit, which.Offset)
		}
		require.Equal(w.t, want, got, "%+v", which)
	}
}

// someIDs are some of them, and one that nothing has.
func someIDs(random *rand.Rand, all []int64) (some []int64) {
	for _, id := range all {
		if random.IntN(3) > 0 {
			some = append(some, id)
		}
	}
	return append(some, 1<<40)
}

func (w *listModel) contentIDs() []int64 { return slices.Sorted(maps.Keys(w.contents)) }

func (w *listModel) versionIDs() (ids []int64) {
	for _, v := range w.versions {
		ids = append(ids, v.ID)
	}
	return ids
}

func (w *listModel) compareBoard(ctx context.Context) {
	heads, err := w.db.MainHeads(ctx)
	require.NoError(w.t, err)
	for _, app := range modelApps {
		var head *modelVersion
		if main := w.main[app]; main != "" {
			head = w.heads[[2]string{app, main}]
		}
		got, known := heads[w.apps[app].ID]
		require.Equal(w.t, head != nil, known, app)
		of, found, err := w.db.MainBranchHead(ctx, w.apps[app].ID)
		require.NoError(w.t, err)
		require.Equal(w.t, known, found)
		if head != nil {
			require.Equal(w.t, head.ID, got.ID)
			require.Equal(w.t, got, of)
		}
	}
	for range 20 {
		contents, by := someIDs(w.random, w.contentIDs()), someIDs(w.random, w.versionIDs())
		want, got := []string{}, []string{}
		for _, p := range w.counting() {
			newest := w.newestOf(p.consumer.Pacticipant, p.provider, always) == p
			if newest || slices.Contains(by, p.consumer.ID) {
				branch := ""
				if n := len(p.consumer.branches); n > 0 {
					branch = p.consumer.branches[n-1]
				}
				want = append(want, fmt.Sprint(p.id, " ", p.contentID, " ", branch))
			}
		}
		found, err := w.db.ContractsOf(ctx, by)
		require.NoError(w.t, err)
		for _, c := range found {
			got = append(got, fmt.Sprint(c.ID, " ", c.ContentID, " ", c.Branch))
		}
		require.ElementsMatch(w.t, want, got)
		w.compareMarks(ctx, contents, by)
	}
}

func sayMark(m dashboard.Mark) string {
	return fmt.Sprint(m.ContentID, " ", m.ProviderVersion, " ", m.ProviderNumber, " ", m.Number, " ", m.Success, " ", m.At.Unix(), " ", m.Compared)
}

func markOf(r *modelResult) string {
	return sayMark(dashboard.Mark{ContentID: r.contentID, ProviderVersion: r.by.ID, ProviderNumber: r.by.Number, Number: r.id, Success: r.success, At: r.at})
}

func sayMarks(marks []dashboard.Mark) []string {
	said := []string{}
	for _, m := range marks {
		said = append(said, sayMark(m))
	}
	return said
}

func (w *listModel) compareMarks(ctx context.Context, contents, by []int64) {
	var zippedContents, zippedVersions []int64
	want, last := []string{}, []string{}
	for _, content := range contents {
		for _, version := range by {
			if w.random.IntN(2) == 0 {
				continue
			}
			zippedContents, zippedVersions = append(zippedContents, content), append(zippedVersions, version)
			if r := w.lastResult(func(r *modelResult) bool { return r.contentID == content && r.by.ID == version }); r != nil {
				want = append(want, markOf(r))
			}
		}
		if r := w.lastResult(func(r *modelResult) bool { return r.contentID == content }); r != nil {
			last = append(last, markOf(r))
		}
	}
	if n := len(zippedContents); n > 0 { // one pair that is asked for twice is one
		zippedContents, zippedVersions = append(zippedContents, zippedContents[0]), append(zippedVersions, zippedVersions[0])
	}
	marks, err := w.db.MarksBetween(ctx, zippedContents, zippedVersions)
	require.NoError(w.t, err)
	require.ElementsMatch(w.t, want, sayMarks(marks))
	marks, err = w.db.LastMarks(ctx, contents)
	require.NoError(w.t, err)
	require.ElementsMatch(w.t, last, sayMarks(marks))
}

// resultBy is a result in a history, the zero value for none.
func resultBy(r *modelResult) verdicts.VersionResult {
	if r == nil {
		return verdicts.VersionResult{}
	}
	return verdicts.VersionResult{ID: r.by.ID, Number: r.by.Number, Position: r.by.Position, At: r.at.UTC()}
}

// inUTC is the same in the same zone.
func inUTC(r verdicts.VersionResult) verdicts.VersionResult {
	if !r.At.IsZero() {
		r.At = r.At.UTC()
	}
	return r
}

func (w *listModel) compareHistories(ctx context.Context) {
	ids := append(w.contentIDs(), 1<<40)
	histories, err := w.db.ContentHistories(ctx, ids)
	require.NoError(w.t, err)
	require.Len(w.t, histories, len(w.contents))
	succeeded, err := w.db.Succeeded(ctx, ids)
	require.NoError(w.t, err)
	for id, content := range w.contents {
		of := func(r *modelResult) bool { return r.contentID == id }
		got := histories[id]
		require.Equal(w.t, content.at.UTC(), got.PublishedAt.UTC())
		require.Equal(w.t, resultBy(w.lastResult(func(r *modelResult) bool { return of(r) && r.success && w.counts(r) })), inUTC(got.Fulfilled), "fulfilled")
		require.Equal(w.t, resultBy(w.lastResult(of)), inUTC(got.Tried), "tried")
		require.Equal(w.t, w.lastResult(func(r *modelResult) bool { return of(r) && r.success }) != nil, succeeded[id])
		var first *modelPact
		publications := []int64{0}
		for _, p := range w.pacts {
			if p.contentID == id && (first == nil || p.consumer.ID <= first.consumer.ID) {
				if first == nil || p.consumer != first.consumer {
					publications = nil
				}
				first, publications = p, append(publications, p.id)
			}
		}
		require.Contains(w.t, publications, got.FirstPublication, "of the oldest version with it")
	}
	withContent, err := w.db.VersionsWithContent(ctx, append(w.versionIDs(), 1<<40))
	require.NoError(w.t, err)
	for _, v := range w.versions {
		has := slices.ContainsFunc(w.pacts, func(p *modelPact) bool { return p.consumer == v }) || w.lastResult(func(r *modelResult) bool { return r.by == v }) != nil
		require.Equal(w.t, has, withContent[v.ID], "%s %s", v.Pacticipant, v.Number)
	}
}

// compareRegressions asks of every result whether something broke with it: the last success
// before it that counts, of an older version, and the first failure after that.
func (w *listModel) compareRegressions(ctx context.Context) {
	ids := []int64{1 << 40}
	want := map[int64]verdicts.Regression{}
	for _, r := range w.results {
		ids = append(ids, r.id)
		last := w.lastResult(func(s *modelResult) bool {
			return s.contentID == r.contentID && s.success && w.counts(s) && s.id < r.id && s.by.ID < r.by.ID
		})
		if last == nil {
			continue
		}
		var first *modelResult
		for _, f := range w.results {
			if f.contentID == r.contentID && f.id > last.id && !f.success && (first == nil || f.id < first.id) {
				first = f
			}
		}
		if first != nil {
			want[r.id] = verdicts.Regression{Last: resultBy(last), First: resultBy(first)}
		}
	}
	got, err := w.db.Regressions(ctx, ids)
	require.NoError(w.t, err)
	for id, r := range got {
		got[id] = verdicts.Regression{Last: inUTC(r.Last), First: inUTC(r.First)}
	}
	require.Equal(w.t, want, got)
}

func (w *listModel) compareApplications(ctx context.Context) {
	ids := []int64{1 << 40}
	for _, app := range modelApps {
		ids = append(ids, w.apps[app].ID)
	}
	got, err := w.db.ApplicationSummaries(ctx, ids)
	require.NoError(w.t, err)
	require.Len(w.t, got, len(modelApps))
	for _, app := range modelApps {
		summary := got[w.apps[app].ID]
		var newest *modelVersion
		for _, v := range w.versions {
			if v.Pacticipant == app && (newest == nil || v.ID > newest.ID) {
				newest = v
			}
		}
		head := newest
		if of := w.heads[[2]string{app, w.main[app]}]; w.main[app] != "" && of != nil {
			head = of
		}
		for _, c := range []struct {
			want *modelVersion
			got  verdicts.VersionResult
		}{{newest, summary.Newest}, {head, summary.Head}} {
			id := int64(0)
			if c.want != nil {
				id = c.want.ID
			}
			require.Equal(w.t, id, c.got.ID, app)
		}
		var first time.Time
		count := 0
		for _, pair := range w.pairs {
			if pair.provider == app {
				if count == 0 {
					first = pair.at
				}
				count++
			}
		}
		require.Equal(w.t, count, summary.Contracts)
		require.True(w.t, first.Equal(summary.FirstContract), app)
		require.Equal(w.t, resultBy(w.lastResult(func(r *modelResult) bool { return r.provider == app })), inUTC(summary.LastResult))
	}
}

func (w *listModel) compareRecords(ctx context.Context) {
	ids := append(w.versionIDs(), 1<<40)
	for _, env := range append([]string{"nowhere"}, modelEnvs...) {
		want, got := map[int64][]string{}, map[int64][]string{}
		for _, places := range [][]*modelPlace{w.deployed, w.released} {
			for _, p := range places {
				if p.current && p.env == env {
					want[p.version.ID] = append(want[p.version.ID], fmt.Sprint(p.uuid, " ", p.version.Pacticipant, " ", p.version.Number, " ", p.instance))
				}
			}
		}
		found, err := w.db.DeploymentRecordsOf(ctx, env, ids)
		require.NoError(w.t, err)
		for id, records := range found {
			require.True(w.t, slices.IsSortedFunc(records, func(a, b verdicts.DeploymentRecord) int { return a.Since.Compare(b.Since) }), "the oldest first")
			for _, r := range records {
				require.Equal(w.t, env, r.Environment)
				got[id] = append(got[id], fmt.Sprint(r.UUID, " ", r.Application, " ", r.Version, " ", r.Instance))
			}
		}
		for _, of := range []map[int64][]string{want, got} {
			for _, list := range of {
				slices.Sort(list)
			}
		}
		require.Equal(w.t, want, got, env)
	}
	for _, v := range w.versions {
		want := []string{}
		for _, env := range []string{"production", "test"} {
			if w.isAt(v, env) {
				want = append(want, env)
			}
		}
		got, err := w.db.PlacesOf(ctx, v.ID)
		require.NoError(w.t, err)
		require.Equal(w.t, want, append([]string{}, got...), "%s %s", v.Pacticipant, v.Number)
	}
}

func (w *listModel) compareBadges(ctx context.Context) {
	for range 200 {
		which := badges.Query{
			Consumer: pick(w.random, modelApps), Provider: pick(w.random, modelApps),
			Tag: pick(w.random, append([]string{"", ""}, modelTags...)), ProviderTag: pick(w.random, append([]string{"", "", ""}, modelTags...)),
		}
		which.Untagged = which.Tag == "" && w.random.IntN(3) == 0
		var consumer *modelVersion
		var want *modelResult
		for _, p := range w.counting() {
			v := p.consumer
			if v.Pacticipant != which.Consumer || p.provider != which.Provider || which.Tag != "" && !slices.Contains(v.tags, which.Tag) || which.Untagged && len(v.tags) > 0 {
				continue
			}
			last := w.lastResult(func(r *modelResult) bool {
				return r.contentID == p.contentID && w.counts(r) && (which.ProviderTag == "" || slices.Contains(r.by.tags, which.ProviderTag))
			})
			if last != nil && (consumer == nil || v.ID > consumer.ID) {
				consumer, want = v, last
			}
		}
		got, found, err := w.db.LatestResultFor(ctx, which)
		require.NoError(w.t, err)
		require.Equal(w.t, want != nil, found, "%+v", which)
		if found {
			require.Equal(w.t, badges.Result{Number: want.id, Success: want.success, SHA: want.content, ProviderVersion: want.by.Number, ConsumerPosition: got.ConsumerPosition}, got, "%+v", which)
		}
	}
}

func (w *listModel) compareBelongings(ctx context.Context) {
	for _, v := range w.versions {
		var want versions.Belongings
		alone := map[int64]bool{}
		for _, p := range w.pacts {
			if p.consumer != v {
				continue
			}
			if p.latest {
				want.Contracts++
			}
			if !slices.ContainsFunc(w.pacts, func(other *modelPact) bool { return other.contentID == p.contentID && other.consumer != v }) {
				alone[p.contentID] = true
			}
		}
		want.Unshared = len(alone)
		for _, r := range w.results {
			if alone[r.contentID] {
				want.UnsharedResults++
			}
			if r.by == v {
				want.Results++
			}
		}
		for _, places := range [][]*modelPlace{w.deployed, w.released} {
			for _, p := range places {
				if p.version == v {
					want.Records++
					if p.current {
						want.Places++
					}
				}
			}
		}
		want.Branches, want.Tags = len(v.branches), len(v.tags)
		got, err := w.db.VersionBelongings(ctx, v.Version)
		require.NoError(w.t, err)
		require.Equal(w.t, want, got, "%s %s", v.Pacticipant, v.Number)
	}
	for _, app := range modelApps {
		var want pacticipants.Belongings
		for _, v := range w.versions {
			if v.Pacticipant == app {
				want.Versions++
			}
		}
		for key := range w.branches {
			if key[0] == app {
				want.Branches++
			}
		}
		for _, pair := range w.pairs {
			if pair.consumer == app {
				want.AsConsumer++
			}
			if pair.provider == app {
				want.AsProvider++
			}
		}
		for _, c := range w.contents {
			if c.consumer == app || c.provider == app {
				want.Contents++
			}
		}
		for _, r := range w.results {
			if r.consumer == app || r.provider == app {
				want.Results++
			}
		}
		for _, p := range slices.Concat(w.deployed, w.released) {
			if p.current && p.version.Pacticipant == app {
				want.Places++
			}
		}
		got, err := w.db.BelongingsOf(ctx, w.apps[app])
		require.NoError(w.t, err)
		require.Equal(w.t, want, got, app)
	}
}

func (w *listModel) compareMetrics(ctx context.Context) {
	want := dashboard.Metrics{
		Pacticipants: len(modelApps), Environments: len(modelEnvs), Publications: len(w.pacts), Contents: len(w.contents), Results: len(w.results), Versions: len(w.versions),
		Deployed: len(w.deployed), DeployedByUser: len(w.deployed), Released: len(w.released), Revisions: map[int]int{}, ResultsPerContent: map[int]int{},
	}
	distinct, tagNames, tagsByOwner := map[string]bool{}, map[string]bool{}, map[string]bool{}
	revisions, perContent := map[string]int{}, map[int64]int{}
	for _, app := range modelApps {
		if w.main[app] != "" {
			want.WithMainBranch++
		}
	}
	for _, pair := range w.pairs {
		if w.newestOf(pair.consumer, pair.provider, always) != nil {
			want.Integrations++
		}
	}
	for i, p := range w.pacts {
		revisions[fmt.Sprint(p.consumer.ID, " ", p.provider)]++
		if i == 0 {
			want.FirstPublished = p.at
		}
		want.LastPublished = p.at
	}
	for i, r := range w.results {
		perContent[r.contentID]++
		distinct[fmt.Sprint(r.contentID, " ", r.by.ID, " ", r.success)] = true
		if r.success {
			want.Successes++
		}
		if i == 0 {
			want.FirstVerified = r.at
		}
		want.LastVerified = r.at
	}
	for _, v := range w.versions {
		if len(v.branches) > 0 {
			want.OnBranch++
			want.OnBranchByUser++
		}
		want.Tags += len(v.tags)
		for _, tag := range v.tags {
			tagNames[tag], tagsByOwner[v.Pacticipant+" "+tag] = true, true
		}
	}
	for _, p := range w.deployed {
		if p.current {
			want.CurrentlyDeployed++
		}
	}
	for _, p := range w.released {
		if p.current {
			want.CurrentlySupported++
		}
	}
	for _, n := range revisions {
		want.Revisions[n]++
	}
	for _, n := range perContent {
		want.ResultsPerContent[n]++
	}
	want.DistinctResults, want.TagNames, want.TagsByOwner = len(distinct), len(tagNames), len(tagsByOwner)
	got, err := w.db.Metrics(ctx)
	require.NoError(w.t, err)
	for _, at := range []*time.Time{&got.FirstPublished, &got.LastPublished, &got.FirstVerified, &got.LastVerified, &want.FirstPublished, &want.LastPublished, &want.FirstVerified, &want.LastVerified} {
		*at = at.UTC()
	}
	require.Equal(w.t, want, got)
}

// compareLive looks for the pacts that a new promise of a provider is compared with.
func (w *listModel) compareLive(ctx context.Context) {
	long, never := time.Unix(0, 0), time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC)
	for _, provider := range modelApps {
		for _, since := range []time.Time{long, never} {
			want, got := []string{}, []string{}
			for _, p := range w.counting() {
				if p.provider != provider {
					continue
				}
				v := p.consumer
				var places []string
				for _, env := range []string{"production", "test"} {
					if w.isAt(v, env) {
						places = append(places, env)
					}
				}
				main := w.main[v.Pacticipant] != "" && w.heads[[2]string{v.Pacticipant, w.main[v.Pacticipant]}] == v
				heads := since.Equal(long) && slices.ContainsFunc(modelBranches, func(branch string) bool { return w.heads[[2]string{v.Pacticipant, branch}] == v })
				if len(places) > 0 || main || heads || w.newestOf(v.Pacticipant, provider, always) == p {
					want = append(want, fmt.Sprint(p.id, places, main))
				}
			}
			found, err := w.db.LivePacts(ctx, w.apps[provider].ID, since)
			require.NoError(w.t, err)
			for _, live := range found {
				got = append(got, fmt.Sprint(live.Publication.ID, live.Places, live.MainBranch))
			}
			require.ElementsMatch(w.t, want, got, "for %s since %s", provider, since)
		}
	}
	var published []contracts.Publication
	for _, content := range w.contentIDs() {
		newest, found, err := w.db.NewestPublication(ctx, content)
		require.NoError(w.t, err)
		var want *modelPact
		for _, p := range w.pacts {
			if p.contentID == content && (want == nil || p.consumer.ID > want.consumer.ID || p.consumer == want.consumer && p.id > want.id) {
				want = p
			}
		}
		require.Equal(w.t, want != nil, found)
		if found {
			require.Equal(w.t, want.id, newest.ID)
			published = append(published, newest)
		}
	}
	ids := []int64{1 << 40}
	for _, p := range published {
		ids = append(ids, p.ID)
	}
	again, err := w.db.PublicationsWithIDs(ctx, ids...)
	require.NoError(w.t, err)
	require.ElementsMatch(w.t, published, again)
}
