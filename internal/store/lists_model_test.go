package store_test

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/contracts"
	"github.com/accord-broker/accord/internal/deployments"
	"github.com/accord-broker/accord/internal/pacticipants"
	"github.com/accord-broker/accord/internal/selection"
	"github.com/accord-broker/accord/internal/store"
	"github.com/accord-broker/accord/internal/verification"
	"github.com/accord-broker/accord/internal/versions"
)

// listModel is random history that is written to a database and remembered in
// plain Go, in which lists are looked up the slow way: by going through everything.
type listModel struct {
	world
	random *rand.Rand
	// versions are in their order within each application, which is that of ids.
	versions []*modelVersion
	pacts    []*modelPact
	heads    map[[2]string]*modelVersion // by application and branch
	main     map[string]string
	results  []*modelResult
	deployed []*modelPlace
	released []*modelPlace
	apps     map[string]pacticipants.Pacticipant
	envs     map[string]deployments.Environment
	branches map[[2]string]versions.Branch
	// pairs are in the order in which they began, and contents are by their ids.
	pairs    []*modelPair
	contents map[int64]*modelContent
}

type modelPair struct {
	consumer, provider string
	at                 time.Time
}

type modelContent struct {
	consumer, provider, sha string
	at                      time.Time
}

type modelVersion struct {
	versions.Version
	tags     []string
	branches []string
	gone     bool
}

type modelPact struct {
	consumer *modelVersion
	provider string
	content  string
	revision int
	latest   bool
	id       int64
	// contentID is the id of the content.
	contentID int64
	at        time.Time
}

type modelResult struct {
	consumer, provider, content string
	by                          *modelVersion
	success                     bool
	id, contentID               int64
	at                          time.Time
}

type modelPlace struct {
	version       *modelVersion
	env, instance string
	current       bool
	uuid          string
}

var (
	modelApps     = []string{"api", "Beta", "CORE", "dé"}
	modelTags     = []string{"prod", "dev", "100%_x"}
	modelBranches = []string{"main", "feat/x", "Feat/X"}
	modelEnvs     = []string{"test", "production"}
)

func pick[T any](r *rand.Rand, all []T) T { return all[r.IntN(len(all))] }

// tell writes a history of so many steps.
func tell(t *testing.T, db *store.DB, seed uint64, steps int) *listModel {
	w := &listModel{world: world{t, db}, random: rand.New(rand.NewPCG(seed, 7)), heads: map[[2]string]*modelVersion{}, main: map[string]string{},
		apps: map[string]pacticipants.Pacticipant{}, envs: map[string]deployments.Environment{}, branches: map[[2]string]versions.Branch{}, contents: map[int64]*modelContent{}}
	w.write(func(ctx context.Context, tx *store.Tx) {
		for i, name := range modelApps {
			p := pacticipants.Pacticipant{Name: name, DisplayName: name}
			if i%2 == 0 {
				p.MainBranch = "main"
			}
			p, err := tx.AddPacticipant(ctx, p)
			require.NoError(t, err)
			w.apps[name], w.main[name] = p, p.MainBranch
		}
		for _, name := range modelEnvs {
			w.envs[name] = w.environment(ctx, tx, name)
		}
	})
	for range steps {
		w.write(func(ctx context.Context, tx *store.Tx) {
			v := w.mention(ctx, tx)
			switch w.random.IntN(15) {
			case 0, 1, 2, 3:
				w.publishAs(ctx, tx, v)
			case 11, 12:
				w.verifyBy(ctx, tx, v)
			case 4, 5:
				w.putTag(ctx, tx, v)
			case 6, 7:
				w.putBranch(ctx, tx, v)
			case 8, 13, 14:
				w.putPlace(ctx, tx, v)
			case 9:
				w.endPlace(ctx, tx)
			case 10:
				w.takeAway(ctx, tx, v)
			}
		})
	}
	return w
}

// mention returns a version, an old one as often as a new one.
func (w *listModel) mention(ctx context.Context, tx *store.Tx) *modelVersion {
	app := pick(w.random, modelApps)
	number := fmt.Sprint("1.", w.random.IntN(12))
	for _, v := range w.versions {
		if !v.gone && v.Pacticipant == app && v.Number == number {
			known, found, err := tx.FindVersion(ctx, w.apps[app], number) // whose place may have changed
			require.NoError(w.t, err)
			require.True(w.t, found)
			v.Version = known
			return v
		}
	}
	v, created, err := versions.FindOrCreate(ctx, tx, w.apps[app], number)
	require.NoError(w.t, err)
	require.True(w.t, created)
	added := &modelVersion{Version: v}
	w.versions = append(w.versions, added)
	return added
}

func (w *listModel) publishAs(ctx context.Context, tx *store.Tx, v *modelVersion) {
	provider, content := pick(w.random, modelApps), fmt.Sprint("content ", w.random.IntN(3))
	stored, err := tx.StoreContract(ctx, v.Version, w.apps[provider], contracts.PactVersion{SHA: content}, store.Compressed(content))
	require.NoError(w.t, err)
	revision := 1
	for _, p := range w.pacts {
		if p.consumer == v && p.provider == provider && p.latest {
			p.latest, revision = false, p.revision+1
		}
	}
	require.Equal(w.t, revision, stored.Publication.Revision)
	of := stored.Publication
	w.pacts = append(w.pacts, &modelPact{consumer: v, provider: provider, content: content, revision: revision, latest: true, id: of.ID, contentID: of.ContentID, at: of.CreatedAt})
	if !slices.ContainsFunc(w.pairs, func(p *modelPair) bool { return p.consumer == v.Pacticipant && p.provider == provider }) {
		w.pairs = append(w.pairs, &modelPair{v.Pacticipant, provider, of.CreatedAt})
	}
	if w.contents[of.ContentID] == nil {
		w.contents[of.ContentID] = &modelContent{v.Pacticipant, provider, content, of.CreatedAt}
	}
}

// verifyBy records a result for a pact with the application of the version, if it has
// one.
func (w *listModel) verifyBy(ctx context.Context, tx *store.Tx, v *modelVersion) {
	with := slices.DeleteFunc(slices.Clone(w.pacts), func(p *modelPact) bool { return !p.latest || p.provider != v.Pacticipant })
	if len(with) == 0 {
		return
	}
	p := pick(w.random, with)
	found, is, err := tx.Publication(ctx, p.consumer.ID, v.PacticipantID)
	require.NoError(w.t, err)
	require.True(w.t, is)
	r := &modelResult{consumer: p.consumer.Pacticipant, provider: p.provider, content: p.content, by: v, success: w.random.IntN(3) > 0}
	added, err := tx.AddResult(ctx, verification.Result{IntegrationID: found.IntegrationID, ContentID: found.ContentID, ProviderVersion: v.ID, Success: r.success}, nil)
	require.NoError(w.t, err)
	r.id, r.contentID, r.at = added.ID, found.ContentID, added.CreatedAt
	w.results = append(w.results, r)
}

func (w *listModel) putTag(ctx context.Context, tx *store.Tx, v *modelVersion) {
	name := pick(w.random, modelTags)
	_, created, err := tx.AddTag(ctx, v.Version, name)
	require.NoError(w.t, err)
	require.Equal(w.t, !slices.Contains(v.tags, name), created)
	if created {
		v.tags = append(v.tags, name)
	}
}

func (w *listModel) putBranch(ctx context.Context, tx *store.Tx, v *modelVersion) {
	name := pick(w.random, modelBranches)
	b, created, err := tx.AddToBranch(ctx, v.Version, name, false)
	require.NoError(w.t, err)
	require.Equal(w.t, !slices.Contains(v.branches, name), created)
	if created {
		v.branches = append(v.branches, name)
		w.heads[[2]string{v.Pacticipant, name}] = v
		w.branches[[2]string{v.Pacticipant, name}] = versions.Branch{ID: b.BranchID, PacticipantID: v.PacticipantID, Name: name}
	}
}

func (w *listModel) putPlace(ctx context.Context, tx *store.Tx, v *modelVersion) {
	env := pick(w.random, modelEnvs)
	if w.random.IntN(3) == 0 {
		r, created, err := tx.AddReleased(ctx, uuid.NewString(), w.envs[env].ID, v.Version)
		require.NoError(w.t, err)
		at := slices.IndexFunc(w.released, func(p *modelPlace) bool { return p.version == v && p.env == env })
		require.Equal(w.t, at < 0, created)
		if at < 0 {
			at, w.released = len(w.released), append(w.released, &modelPlace{version: v, env: env, uuid: r.UUID})
		}
		w.released[at].current = true
		return
	}
	instance := pick(w.random, []string{"", "", "blue", "Blue"})
	for _, p := range w.deployed {
		if p.env == env && p.instance == instance && p.version.Pacticipant == v.Pacticipant {
			p.current = false
		}
	}
	d, err := tx.AddDeployed(ctx, uuid.NewString(), w.envs[env].ID, v.Version, instance, false)
	require.NoError(w.t, err)
	w.deployed = append(w.deployed, &modelPlace{version: v, env: env, instance: instance, current: true, uuid: d.UUID})
}

func (w *listModel) endPlace(ctx context.Context, tx *store.Tx) {
	if len(w.deployed) > 0 {
		p := pick(w.random, w.deployed)
		d, found, err := tx.DeployedByUUID(ctx, p.uuid)
		require.NoError(w.t, err)
		require.True(w.t, found)
		require.NoError(w.t, tx.EndDeployment(ctx, d))
		p.current = false
	}
	if len(w.released) > 0 {
		p := pick(w.random, w.released)
		r, found, err := tx.ReleasedByUUID(ctx, p.uuid)
		require.NoError(w.t, err)
		require.True(w.t, found)
		require.NoError(w.t, tx.EndSupport(ctx, r))
		p.current = false
	}
}

// takeAway removes a version, a tag or a place on a branch.
func (w *listModel) takeAway(ctx context.Context, tx *store.Tx, v *modelVersion) {
	switch {
	case w.random.IntN(2) == 0 && len(v.tags) > 0:
		name := v.tags[0]
		removed, err := tx.RemoveTag(ctx, v.Version, name)
		require.NoError(w.t, err)
		require.True(w.t, removed)
		v.tags = v.tags[1:]
	case w.random.IntN(2) == 0 && len(v.branches) > 0:
		name := v.branches[0]
		removed, err := tx.RemoveFromBranch(ctx, w.branches[[2]string{v.Pacticipant, name}], v.Version)
		require.NoError(w.t, err)
		require.True(w.t, removed)
		v.branches = v.branches[1:]
		w.leave(v, name)
	default:
		require.NoError(w.t, tx.RemoveVersion(ctx, v.Version))
		v.gone = true
		for _, name := range v.branches {
			w.leave(v, name)
		}
		w.pacts = slices.DeleteFunc(w.pacts, func(p *modelPact) bool { return p.consumer == v })
		isAt := func(p *modelPlace) bool { return p.version == v }
		w.results = slices.DeleteFunc(w.results, func(r *modelResult) bool { return r.by == v })
		w.deployed, w.released = slices.DeleteFunc(w.deployed, isAt), slices.DeleteFunc(w.released, isAt)
		w.versions = slices.DeleteFunc(w.versions, func(other *modelVersion) bool { return other == v })
	}
}

// leave gives the branch another head if it loses its own: the newest on it.
func (w *listModel) leave(v *modelVersion, branch string) {
	key := [2]string{v.Pacticipant, branch}
	if w.heads[key] != v {
		return
	}
	delete(w.heads, key)
	for _, other := range w.versions {
		if other != v && other.Pacticipant == v.Pacticipant && slices.Contains(other.branches, branch) {
			w.heads[key] = other
		}
	}
}

// is reports whether a version is deployed or supported in an environment now.
func (w *listModel) isAt(v *modelVersion, env string) bool {
	at := func(p *modelPlace) bool { return p.version == v && p.env == env && p.current }
	return slices.ContainsFunc(w.deployed, at) || slices.ContainsFunc(w.released, at)
}

func (w *listModel) appNamed(id int64) string {
	for name, p := range w.apps {
		if p.ID == id {
			return name
		}
	}
	return ""
}

// pactsOf goes through all pacts for those of a listing, in its order.
func (w *listModel) pactsOf(l contracts.Query) []string {
	fits := func(p *modelPact) bool {
		v, branch := p.consumer, l.Branch
		if l.MainBranch {
			branch = w.main[v.Pacticipant]
		}
		switch {
		case !p.latest,
			l.ConsumerID != 0 && v.PacticipantID != l.ConsumerID,
			l.ProviderID != 0 && w.apps[p.provider].ID != l.ProviderID,
			l.Number != "" && v.Number != l.Number,
			l.Tag != "" && !slices.Contains(v.tags, l.Tag),
			l.Environment != "" && !w.isAt(v, l.Environment),
			(l.Branch != "" || l.MainBranch) && !slices.Contains(v.branches, branch),
			(l.Branch != "" || l.MainBranch) && l.HeadsOnly && w.heads[[2]string{v.Pacticipant, branch}] != v:
			return false
		}
		return true
	}
	var found []*modelPact
	for _, p := range w.pacts {
		if !fits(p) {
			continue
		}
		at := slices.IndexFunc(found, func(o *modelPact) bool {
			return o.consumer.Pacticipant == p.consumer.Pacticipant && o.provider == p.provider
		})
		if l.LatestOnly && at >= 0 {
			if found[at].consumer.ID < p.consumer.ID {
				found[at] = p
			}
			continue
		}
		found = append(found, p)
	}
	turn := 1
	if l.NewestFirst {
		turn = -1
	}
	slices.SortStableFunc(found, func(a, b *modelPact) int {
		return cmp.Or(cmp.Compare(strings.ToLower(a.consumer.Pacticipant), strings.ToLower(b.consumer.Pacticipant)), cmp.Compare(strings.ToLower(a.provider), strings.ToLower(b.provider)),
			turn*cmp.Compare(a.consumer.ID, b.consumer.ID))
	})
	said := []string{}
	for _, p := range found {
		said = append(said, fmt.Sprintf("%s %s %s %s.%d", p.consumer.Pacticipant, p.consumer.Number, p.provider, p.content, p.revision))
	}
	return said
}

func sayPacts(found []contracts.Publication) []string {
	said := []string{}
	for _, p := range found {
		said = append(said, fmt.Sprintf("%s %s %s %s.%d", p.Consumer, p.VersionNumber, p.Provider, p.SHA, p.Revision))
	}
	return said
}

// pageOf cuts a page out of a list.
func pageOf[T any](all []T, limit, offset int) []T {
	if limit == 0 {
		return all
	}
	return all[min(offset, len(all)):min(offset+limit, len(all))]
}

func TestLists_areWhatGoingThroughEverythingFinds(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		w := tell(t, db, 11, 260)
		require.Greater(t, len(w.pacts), 40)
		ctx := context.Background()
		for i := range 400 {
			w.comparePacts(ctx, i)
		}
		for range 100 {
			w.compareVersions(ctx)
			w.comparePlaces(ctx)
		}
		w.compareFound(ctx)
		w.compareSelected(ctx)
		w.compareBranches(ctx)
	})
}

func (w *listModel) comparePacts(ctx context.Context, i int) {
	flip := func() bool { return w.random.IntN(2) == 0 }
	l := contracts.Query{NewestFirst: flip(), LatestOnly: flip()}
	if flip() {
		l.ConsumerID = w.apps[pick(w.random, modelApps)].ID
	}
	if flip() {
		l.ProviderID = w.apps[pick(w.random, modelApps)].ID
	}
	switch w.random.IntN(4) {
	case 0:
		l.Branch = pick(w.random, modelBranches)
	case 1:
		l.MainBranch = true
	}
	l.HeadsOnly = flip()
	if w.random.IntN(3) == 0 {
		l.Tag = pick(w.random, append(modelTags, "no such tag", "PROD"))
	}
	if w.random.IntN(3) == 0 {
		l.Environment = pick(w.random, append(modelEnvs, "no such place"))
	}
	if !l.LatestOnly && w.random.IntN(4) == 0 { // with both, nobody asks
		l.Number = "1.3"
	}
	want := w.pactsOf(l)
	if i%3 == 0 {
		l.Limit, l.Offset = 1+w.random.IntN(4), w.random.IntN(5)
	}
	found, total, err := w.db.Pacts(ctx, l)
	require.NoError(w.t, err)
	require.Equal(w.t, len(want), total, "%+v", l)
	require.Equal(w.t, pageOf(want, l.Limit, l.Offset), sayPacts(found), "%+v", l)
}

func (w *listModel) compareVersions(ctx context.Context) {
	app := pick(w.random, modelApps)
	l := versions.Query{PacticipantID: w.apps[app].ID, Limit: w.random.IntN(4), Offset: w.random.IntN(3)}
	branch, env := "", ""
	if w.random.IntN(2) == 0 {
		branch = pick(w.random, modelBranches)
		if l.BranchID = w.branches[[2]string{app, branch}].ID; l.BranchID == 0 {
			branch = ""
		}
	}
	if w.random.IntN(2) == 0 {
		l.Tag = pick(w.random, modelTags)
	}
	if w.random.IntN(2) == 0 {
		env = pick(w.random, modelEnvs)
		l.EnvironmentID = w.envs[env].ID
	}
	want := []string{}
	for _, v := range w.versions {
		wasAt := func(p *modelPlace) bool { return p.version == v && p.env == env }
		if v.Pacticipant == app && (branch == "" || slices.Contains(v.branches, branch)) && (l.Tag == "" || slices.Contains(v.tags, l.Tag)) &&
			(env == "" || slices.ContainsFunc(w.deployed, wasAt) || slices.ContainsFunc(w.released, wasAt)) {
			want = append([]string{v.Number}, want...)
		}
	}
	found, total, err := w.db.Versions(ctx, l)
	require.NoError(w.t, err)
	require.Equal(w.t, len(want), total, "%+v", l)
	numbers := []string{}
	for _, v := range found {
		numbers = append(numbers, v.Number)
	}
	require.Equal(w.t, pageOf(want, l.Limit, l.Offset), numbers, "%+v", l)
}

func (w *listModel) comparePlaces(ctx context.Context) {
	flip := func() bool { return w.random.IntN(2) == 0 }
	var f deployments.DeployedQuery
	r := deployments.ReleasedQuery{OldestFirst: flip(), Supported: flip()}
	f.OldestFirst, f.Current = r.OldestFirst, r.Supported
	env, instance := "", pick(w.random, []string{"", "blue", "Blue", "none"})
	if flip() {
		env = pick(w.random, modelEnvs)
		f.EnvironmentID, r.EnvironmentID = w.envs[env].ID, w.envs[env].ID
	}
	if flip() {
		f.PacticipantIDs = []int64{w.apps["api"].ID, w.apps["CORE"].ID}
		r.PacticipantIDs = f.PacticipantIDs
	}
	if w.random.IntN(4) == 0 {
		f.VersionIDs = []int64{} // none, which is not any
		r.VersionIDs = f.VersionIDs
	}
	if flip() {
		f.Instance, r.Number = &instance, "1.3"
	}
	list := func(all []*modelPlace, more func(*modelPlace) bool) []string {
		want := []string{}
		for _, p := range all {
			if more(p) && (env == "" || p.env == env) && (f.PacticipantIDs == nil || slices.Contains(f.PacticipantIDs, p.version.PacticipantID)) && (!f.Current || p.current) && f.VersionIDs == nil {
				want = append(want, p.uuid)
			}
		}
		if !f.OldestFirst {
			slices.Reverse(want)
		}
		return want
	}
	deployed, err := w.db.Deployed(ctx, f)
	require.NoError(w.t, err)
	got := []string{}
	for _, d := range deployed {
		got = append(got, d.UUID)
		require.Equal(w.t, d.Current, d.UndeployedAt == nil)
	}
	require.Equal(w.t, list(w.deployed, func(p *modelPlace) bool { return f.Instance == nil || p.instance == instance }), got, "%+v", f)
	released, err := w.db.Released(ctx, r)
	require.NoError(w.t, err)
	got = []string{}
	for _, d := range released {
		got = append(got, d.UUID)
		require.Equal(w.t, d.Supported, d.SupportEndedAt == nil)
	}
	require.Equal(w.t, list(w.released, func(p *modelPlace) bool { return r.Number == "" || p.version.Number == r.Number }), got, "%+v", r)
}

// compareFound looks for the newest pact of every kind, whatever its revision.
func (w *listModel) compareFound(ctx context.Context) {
	for _, consumer := range modelApps {
		for _, provider := range []string{"api", "CORE"} {
			for _, which := range []contracts.PactQuery{
				{}, {Number: "1.3"}, {Tag: "prod"}, {Tag: "100%_x"}, {Tag: "100Xyx"}, {Branch: "main"}, {Branch: "Feat/X"}, {Untagged: true}, {SHA: "content 1"}, {SHA: "content 1", Number: "1.5"},
				{SHA: "content 2", Tag: "dev"}, {SHA: "none"}, {Among: []string{"1.3", "1.4"}}, {Among: []string{"none"}}, {SHA: "content 0", Among: []string{"1.3", "1.7"}},
			} {
				which.Consumer, which.Provider = consumer, provider
				var best *modelPact
				preferred := func(p *modelPact) bool { return slices.Contains(which.Among, p.consumer.Number) }
				for _, p := range w.pacts {
					v := p.consumer
					if v.Pacticipant != consumer || p.provider != provider || which.SHA == "" && !p.latest || which.SHA != "" && p.content != which.SHA || which.Number != "" && v.Number != which.Number ||
						which.Tag != "" && !slices.Contains(v.tags, which.Tag) || which.Branch != "" && !slices.Contains(v.branches, which.Branch) || which.Untagged && len(v.tags) > 0 {
						continue
					}
					better := best == nil || preferred(p) && !preferred(best) ||
						preferred(p) == preferred(best) && (v.ID > best.consumer.ID || v.ID == best.consumer.ID && p.revision > best.revision)
					if better {
						best = p
					}
				}
				found, is, err := w.db.FindPact(ctx, which)
				require.NoError(w.t, err)
				require.Equal(w.t, best != nil, is, "%+v", which)
				if is {
					require.Equal(w.t, []any{best.consumer.Number, best.content, best.revision}, []any{found.VersionNumber, found.SHA, found.Revision}, "%+v", which)
				}
			}
		}
	}
}

// compareSelected looks for what a provider would verify.
func (w *listModel) compareSelected(ctx context.Context) {
	for _, provider := range modelApps {
		pactOf := func(v *modelVersion) *modelPact {
			for _, p := range w.pacts {
				if p.latest && p.consumer == v && p.provider == provider {
					return p
				}
			}
			return nil
		}
		isConsumer := func(app string) bool {
			all, _, err := w.db.Pacts(ctx, contracts.Query{ConsumerID: w.apps[app].ID, ProviderID: w.apps[provider].ID})
			require.NoError(w.t, err)
			_, known, err := w.db.FindIntegration(ctx, w.apps[app].ID, w.apps[provider].ID)
			require.NoError(w.t, err)
			require.True(w.t, known || len(all) == 0)
			return known
		}
		// said names a version, with its content if it has published one.
		said := func(name string, v *modelVersion) string {
			content := ""
			if p := pactOf(v); p != nil {
				content = p.content
			}
			return fmt.Sprintf("%s %s %s %s", name, v.Pacticipant, map[bool]string{true: v.Number}[content != ""], content)
		}
		want := map[string][]string{}
		for key, v := range w.heads {
			if !isConsumer(key[0]) {
				continue
			}
			want["heads"] = append(want["heads"], said(key[1], v))
			if pactOf(v) != nil {
				want["all heads"] = append(want["all heads"], said(key[1], v))
			}
			if w.main[key[0]] == key[1] {
				want["main"] = append(want["main"], said(key[1], v))
			}
		}
		for _, app := range modelApps {
			if !isConsumer(app) {
				continue
			}
			for _, tag := range []string{"prod", "100%_x"} {
				var newest *modelVersion
				for _, v := range w.versions {
					if v.Pacticipant == app && slices.Contains(v.tags, tag) {
						newest = v
						if pactOf(v) != nil {
							want["tagged"] = append(want["tagged"], said(tag, v))
						}
					}
				}
				if newest != nil {
					want["tag heads"] = append(want["tag heads"], said(tag, newest))
				}
			}
		}
		for kind, places := range map[string][]*modelPlace{"deployed": w.deployed, "released": w.released} {
			for _, p := range places {
				if p.current && pactOf(p.version) != nil {
					want[kind] = append(want[kind], said(p.env, p.version))
				}
			}
		}
		tags := []string{"prod", "100%_x", "none", "%"}
		id := w.apps[provider].ID
		for kind, read := range map[string]func() ([]selection.Found, error){
			"heads":     func() ([]selection.Found, error) { return w.db.BranchHeads(ctx, id, modelBranches) },
			"all heads": func() ([]selection.Found, error) { return w.db.AllBranchHeads(ctx, id) },
			"main":      func() ([]selection.Found, error) { return w.db.MainBranchHeads(ctx, id) },
			"tag heads": func() ([]selection.Found, error) { return w.db.TagHeads(ctx, id, tags) },
			"tagged":    func() ([]selection.Found, error) { return w.db.TaggedPacts(ctx, id, tags) },
			"deployed":  func() ([]selection.Found, error) { return w.db.DeployedPacts(ctx, id) },
			"released":  func() ([]selection.Found, error) { return w.db.ReleasedPacts(ctx, id) },
		} {
			found, err := read()
			require.NoError(w.t, err)
			got := []string{}
			for _, f := range found {
				got = append(got, fmt.Sprintf("%s %s %s %s", f.Name, w.appNamed(f.ConsumerID), f.Pact.VersionNumber, f.Pact.SHA))
			}
			require.ElementsMatch(w.t, want[kind], got, "%s for %s", kind, provider)
		}
	}
}

func (w *listModel) compareBranches(ctx context.Context) {
	for _, app := range modelApps {
		names := []string{}
		for key := range w.branches {
			if key[0] == app {
				names = append(names, key[1])
			}
		}
		found, total, err := w.db.Branches(ctx, w.apps[app], "FEAT", 0, 0)
		require.NoError(w.t, err)
		feats := slices.DeleteFunc(slices.Clone(names), func(n string) bool { return n == "main" })
		require.Equal(w.t, len(feats), total)
		require.Len(w.t, found, total)
		var after string
		paged := []string{}
		for range len(names) + 1 {
			page, err := w.db.BranchesByName(ctx, versions.BranchQuery{Pacticipant: w.apps[app], After: after, Limit: 1})
			require.NoError(w.t, err)
			for _, b := range page {
				paged, after = append(paged, b.Name), b.Name
				head := w.heads[[2]string{app, b.Name}]
				require.Equal(w.t, head == nil, b.HeadVersionID == 0, "%s %s", app, b.Name)
				if head != nil {
					require.Equal(w.t, head.ID, b.HeadVersionID, "%s %s", app, b.Name)
				}
			}
		}
		require.ElementsMatch(w.t, names, paged, "page by page each comes once")
	}
}
