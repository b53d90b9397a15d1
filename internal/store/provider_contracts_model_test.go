package store_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/deployments"
	"github.com/accord-broker/accord/internal/pacticipants"
	"github.com/accord-broker/accord/internal/providercontracts"
	"github.com/accord-broker/accord/internal/store"
	"github.com/accord-broker/accord/internal/testing/testrandom"
	"github.com/accord-broker/accord/internal/versions"
)

// withContracts is a version of a provider, with what it promises by name.
type withContracts struct {
	versions.Version
	contracts      map[string]string
	branches, tags []string
	places         map[string]string // what is deployed or released there, by environment
}

// providerContracts are what providers have published, in plain Go.
type providerContracts struct {
	t        *testing.T
	db       *store.DB
	random   *rand.Rand
	apps     map[string]pacticipants.Pacticipant
	envs     map[string]deployments.Environment
	versions []*withContracts // the oldest first
	heads    map[string]*withContracts
}

func (w *providerContracts) write(fn func(ctx context.Context, tx *store.Tx)) { write(w.t, w.db, fn) }

// step changes something about a version, an old one or a new one.
func (w *providerContracts) step() {
	app, number := pick(w.random, []string{"Stock", "Bank"}), fmt.Sprint(w.random.IntN(9))
	var v *withContracts
	for _, known := range w.versions {
		if known.Pacticipant == app && known.Number == number {
			v = known
		}
	}
	w.write(func(ctx context.Context, tx *store.Tx) {
		if v == nil {
			made, _, err := versions.FindOrCreate(ctx, tx, w.apps[app], number)
			require.NoError(w.t, err)
			v = &withContracts{Version: made, contracts: map[string]string{}, places: map[string]string{}}
			w.versions = append(w.versions, v)
		}
		switch w.random.IntN(6) {
		case 0, 1, 2:
			w.publishContract(ctx, tx, v)
		case 3:
			w.join(ctx, tx, v, pick(w.random, []string{"main", "feat"}))
		case 4:
			tag := pick(w.random, []string{"prod", "Dev"})
			_, _, err := tx.AddTag(ctx, v.Version, tag)
			require.NoError(w.t, err)
			if !slices.Contains(v.tags, tag) {
				v.tags = append(v.tags, tag)
			}
		case 5:
			w.use(ctx, tx, v, pick(w.random, []string{"live", "beta"}))
		}
	})
}

// publishContract publishes a document of the version under a name, in the place of what it has
// promised there before.
func (w *providerContracts) publishContract(ctx context.Context, tx *store.Tx, v *withContracts) {
	name, text := pick(w.random, []string{"default", "orders"}), fmt.Sprint("document ", w.random.IntN(4))
	packed, err := store.Compress([]byte(text))
	require.NoError(w.t, err)
	document := providercontracts.Document{ProviderID: v.PacticipantID, SHA: text, Specification: "oas", Size: len(text)}
	document.ID, err = tx.AddDocument(ctx, document, packed)
	require.NoError(w.t, err)
	again, err := tx.AddDocument(ctx, document, packed)
	require.NoError(w.t, err)
	require.Equal(w.t, document.ID, again, "a document is stored once")
	success := w.random.IntN(2) == 0
	report, err := store.Compress([]byte("evidence of " + text))
	require.NoError(w.t, err)
	require.NoError(w.t, tx.PutContract(ctx, providercontracts.Contract{
		ProviderID: v.PacticipantID, VersionID: v.ID, Name: name, Document: document, ContentType: "application/yaml",
		Evidence: providercontracts.Evidence{Success: &success, SHA: "evidence"},
	}, report))
	v.contracts[name] = text
	require.NoError(w.t, tx.UpdateContractsKey(ctx, v.Version, fmt.Sprint(v.contracts)))
}

func (w *providerContracts) join(ctx context.Context, tx *store.Tx, v *withContracts, branch string) {
	_, created, err := tx.AddToBranch(ctx, v.Version, branch, false)
	require.NoError(w.t, err)
	if created {
		v.branches = append(v.branches, branch)
		w.heads[v.Pacticipant+" "+branch] = v
	}
}

// use deploys the version, in the place of another one, or releases it.
func (w *providerContracts) use(ctx context.Context, tx *store.Tx, v *withContracts, env string) {
	if w.random.IntN(3) == 0 {
		_, _, err := tx.AddReleased(ctx, uuid.NewString(), w.envs[env].ID, v.Version)
		require.NoError(w.t, err)
		v.places["released "+env] = env
		return
	}
	_, err := tx.AddDeployed(ctx, uuid.NewString(), w.envs[env].ID, v.Version, "", false)
	require.NoError(w.t, err)
	for _, other := range w.versions {
		if other.Pacticipant == v.Pacticipant {
			delete(other.places, "deployed "+env)
		}
	}
	v.places["deployed "+env] = env
}

// newest is the newest version with a contract that is let through, nil if there is none.
func (w *providerContracts) newest(app string, fits func(v *withContracts) bool) (newest *withContracts) {
	for _, v := range w.versions {
		if v.Pacticipant == app && len(v.contracts) > 0 && fits(v) && (newest == nil || v.ID > newest.ID) {
			newest = v
		}
	}
	return newest
}

func sayContract(provider, number, name, sha string) string {
	return strings.Join([]string{provider, number, name, sha}, " ")
}

// Whatever was published, by whichever versions, wherever these are: what is found of it is
// what going through all of it finds.
func TestProviderContracts_areFoundByWhatGoesThroughAllOfThem(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		for _, seed := range testrandom.Seeds(t, 1, 3) {
			t.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) {
				forget(t, db)
				db.SetClock(tick())
				defer db.SetClock(time.Now)
				w := &providerContracts{
					t: t, db: db, random: rand.New(rand.NewPCG(seed, 9)), apps: map[string]pacticipants.Pacticipant{}, envs: map[string]deployments.Environment{},
					heads: map[string]*withContracts{},
				}
				w.write(func(ctx context.Context, tx *store.Tx) {
					for _, name := range []string{"Bank", "Stock"} {
						p, err := tx.AddPacticipant(ctx, pacticipants.Pacticipant{Name: name, DisplayName: name, MainBranch: "main"})
						require.NoError(t, err)
						w.apps[name] = p
					}
					for _, name := range []string{"beta", "live"} {
						w.envs[name] = world{t, db}.environment(ctx, tx, name)
					}
				})
				for range 6 {
					for range 12 {
						w.step()
					}
					w.compareContracts(t.Context())
					w.compareFound(t.Context())
					w.compareLive(t.Context())
				}
			})
		}
	})
}

func (w *providerContracts) compareContracts(ctx context.Context) {
	var want, newest []string
	ids := []int64{1 << 40}
	for _, v := range w.versions {
		ids = append(ids, v.ID)
		for name, document := range v.contracts {
			said := sayContract(v.Pacticipant, v.Number, name, document)
			want = append(want, said)
			if w.newest(v.Pacticipant, func(*withContracts) bool { return true }) == v {
				newest = append(newest, said)
			}
		}
	}
	found, err := w.db.ContractsPublishedBy(ctx, ids...)
	require.NoError(w.t, err)
	var got []string
	for _, c := range found {
		got = append(got, sayContract(c.Provider, c.VersionNumber, c.Name, c.Document.SHA))
		text, err := w.db.DocumentContent(ctx, c.Document.ID)
		require.NoError(w.t, err)
		require.Equal(w.t, c.Document.SHA, string(text))
		evidence, err := w.db.EvidenceContent(ctx, c.ID)
		require.NoError(w.t, err)
		require.Equal(w.t, "evidence of "+c.Document.SHA, string(evidence), "the evidence is that of the document")
	}
	require.ElementsMatch(w.t, want, got)
	found, err = w.db.NewestContracts(ctx)
	require.NoError(w.t, err)
	got = nil
	for _, c := range found {
		got = append(got, sayContract(c.Provider, c.VersionNumber, c.Name, c.Document.SHA))
	}
	slices.Sort(newest)
	require.Equal(w.t, newest, got, "by the names of provider and contract")
}

func (w *providerContracts) compareFound(ctx context.Context) {
	for _, app := range []string{"Bank", "Stock"} {
		p := w.apps[app]
		has, err := w.db.HavingContracts(ctx, p.ID)
		require.NoError(w.t, err)
		require.Equal(w.t, w.newest(app, func(*withContracts) bool { return true }) != nil, slices.Equal(has, []int64{p.ID}))

		var want, got []string
		for below := int64(0); ; { // page by page
			page, err := w.db.VersionsWithContracts(ctx, p.ID, below, 2)
			require.NoError(w.t, err)
			if len(page) == 0 {
				break
			}
			require.LessOrEqual(w.t, len(page), 2)
			for _, v := range page {
				got, below = append(got, v.Number), v.Position
			}
		}
		byID := slices.Clone(w.versions)
		slices.SortFunc(byID, func(a, b *withContracts) int { return int(b.ID - a.ID) })
		for _, v := range byID {
			if v.Pacticipant == app && len(v.contracts) > 0 {
				want = append(want, v.Number)
			}
		}
		require.Equal(w.t, want, got)

		for range 40 {
			which := providercontracts.VersionQuery{
				Version: pick(w.random, []string{"", "", "", "1", "4", "none"}), Branch: pick(w.random, []string{"", "", "main", "feat", "none"}), Tag: pick(w.random, []string{"", "", "prod", "Dev", "none"}),
				Environment: pick(w.random, []string{"", "", "live", "beta", "nowhere"}), Somewhere: w.random.IntN(3) == 0,
			}
			best := w.newest(app, func(v *withContracts) bool {
				var places []string
				for _, env := range v.places {
					places = append(places, env)
				}
				return (which.Version == "" || v.Number == which.Version) && (which.Branch == "" || slices.Contains(v.branches, which.Branch)) && (which.Tag == "" || slices.Contains(v.tags, which.Tag)) &&
					(which.Environment == "" || slices.Contains(places, which.Environment)) && (!which.Somewhere || len(places) > 0)
			})
			found, is, err := w.db.VersionWithContracts(ctx, p.ID, which)
			require.NoError(w.t, err)
			require.Equal(w.t, best != nil, is, "%+v", which)
			if is {
				require.Equal(w.t, best.Number, found.Number, "%+v", which)
			}
		}
	}
}

// compareLive looks for the versions whose promises somebody relies on: those that are
// somewhere, heads of branches that are young, that of the main branch, and the newest.
func (w *providerContracts) compareLive(ctx context.Context) {
	long, never := time.Unix(0, 0), time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC)
	for _, since := range []time.Time{long, never} {
		all := []int64{}
		for app, p := range w.apps {
			want := []int64{}
			for _, v := range w.versions {
				if v.Pacticipant != app || len(v.contracts) == 0 {
					continue
				}
				if len(v.places) > 0 || w.heads[app+" main"] == v || since.Equal(long) && w.heads[app+" feat"] == v || w.newest(app, func(*withContracts) bool { return true }) == v {
					want = append(want, v.ID)
				}
			}
			got, err := w.db.LiveContracts(ctx, p.ID, since)
			require.NoError(w.t, err)
			require.ElementsMatch(w.t, want, got, "%s since %s", app, since)
			all = append(all, want...)
		}
		got, err := w.db.AllLiveContracts(ctx, since)
		require.NoError(w.t, err)
		require.ElementsMatch(w.t, all, got, "since %s", since)
	}
}
