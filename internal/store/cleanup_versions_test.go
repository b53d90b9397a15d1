package store_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/cleaning"
	"github.com/accord-broker/accord/internal/pacticipants"
	"github.com/accord-broker/accord/internal/store"
	"github.com/accord-broker/accord/internal/testing/testrandom"
	"github.com/accord-broker/accord/internal/versions"
)

// requireInOrder fails if a projection differs from history.
func requireInOrder(t testing.TB, db *store.DB) {
	t.Helper()
	compared, err := db.CheckProjections(context.Background(), false, func(store.Part, int64, int64) {})
	require.NoError(t, err)
	for _, c := range compared {
		require.Zero(t, c.Wrong, "%s of %v", c.Part, c.First)
	}
}

// rules are those that keep what the selectors select, at a moment.
func rules(t testing.TB, selectors, sentences string, now time.Time) cleaning.Rules {
	t.Helper()
	r := cleaning.Rules{Now: now, LivingFor: 24 * time.Hour}
	var err error
	if selectors != "" {
		r.Keep, err = cleaning.ParseSelectors(selectors)
		require.NoError(t, err)
	}
	r.Sentences, err = cleaning.ParseSentences(sentences)
	require.NoError(t, err)
	return r
}

// pastHistory adds a hundred days of a consumer and a provider, with branches, tags,
// results and deployments, and sets the clock to their end.
func pastHistory(t testing.TB, db *store.DB, clock *time.Time, random *rand.Rand, days int) {
	t.Helper()
	w := world{t, db}
	apps := []string{"Foo", "Bar", "Baz"}
	for _, name := range []string{"test", "production"} {
		w.addEnvironment(name)
	}
	w.write(func(ctx context.Context, tx *store.Tx) {
		for _, name := range apps {
			p, err := pacticipants.FindOrCreate(ctx, tx, name)
			require.NoError(t, err)
			p.MainBranch = "main"
			require.NoError(t, tx.UpdatePacticipant(ctx, p))
		}
	})
	for day := range days {
		*clock = clock.Add(24 * time.Hour)
		consumer, provider := apps[random.IntN(2)], apps[1+random.IntN(2)]
		if consumer == provider {
			consumer = "Foo"
		}
		number := strconv.Itoa(day)
		w.publish(consumer, number, "content "+strconv.Itoa(day/(1+random.IntN(4))), provider)
		if random.IntN(4) == 0 {
			w.publish(consumer, number, "republished "+number, provider)
		}
		for range random.IntN(5) {
			w.verify(consumer, number, provider, "p"+strconv.Itoa(max(0, day-random.IntN(3))), random.IntN(3) > 0)
		}
		w.write(func(ctx context.Context, tx *store.Tx) {
			for _, v := range []versions.Version{version(t, ctx, tx, consumer, number), version(t, ctx, tx, provider, "p"+number)} {
				branch := []string{"main", "main", "feat/" + strconv.Itoa(day/5)}[random.IntN(3)]
				_, _, err := tx.AddToBranch(ctx, v, branch, false)
				require.NoError(t, err)
				if random.IntN(3) == 0 {
					_, _, err := tx.AddTag(ctx, v, []string{"dev", "prod"}[random.IntN(2)])
					require.NoError(t, err)
				}
				switch e := w.environment(ctx, tx, []string{"test", "production"}[random.IntN(2)]); random.IntN(6) {
				case 0:
					_, err := tx.AddDeployed(ctx, uuid.NewString(), e.ID, v, "", false)
					require.NoError(t, err)
				case 1:
					if day > days/2 {
						_, _, err := tx.AddReleased(ctx, uuid.NewString(), e.ID, v)
						require.NoError(t, err)
					}
				}
			}
			if random.IntN(3) == 0 {
				p, _, err := tx.FindPacticipant(ctx, consumer)
				require.NoError(t, err)
				if b, found, err := tx.FindBranch(ctx, p, "feat/"+strconv.Itoa(day/5)); found {
					require.NoError(t, err)
					b.ClosedAt = tx.Now()
					require.NoError(t, tx.SetBranchClosed(ctx, b))
				}
			}
		})
	}
}

// staying are the versions that no clean-up may touch.
func staying(t testing.TB, db *store.DB, now time.Time) (all []versions.Version) {
	t.Helper()
	require.NoError(t, db.View(context.Background(), func(ctx context.Context, tx *store.Tx) error {
		found, err := store.Rows[int64](ctx, tx, `
			SELECT version_id FROM deployed_versions WHERE currently_deployed
			UNION SELECT version_id FROM released_versions WHERE currently_supported
			UNION SELECT head_version_id FROM branches WHERE name = 'main' OR closed_at IS NULL AND updated_at >= ? ORDER BY 1`, now.Add(-24*time.Hour).UnixMicro())
		require.NoError(t, err)
		for _, id := range found {
			v, known, err := tx.VersionByID(ctx, id)
			require.NoError(t, err)
			require.True(t, known)
			all = append(all, v)
		}
		return nil
	}))
	return all
}

// newestTagged are the newest versions with the tags in use.
func newestTagged(t testing.TB, db *store.DB, now time.Time) (all []int64) {
	t.Helper()
	require.NoError(t, db.View(context.Background(), func(ctx context.Context, tx *store.Tx) (err error) {
		all, err = store.Rows[int64](ctx, tx, "SELECT h.version_id FROM tag_heads h JOIN versions v ON v.id = h.version_id WHERE v.created_at >= ? ORDER BY 1", now.Add(-24*time.Hour).UnixMicro())
		return err
	}))
	return all
}

// verdictsAbout are the answers about the versions: to each environment, to the newest
// versions, and, of the consumer, to whoever verified it last.
func verdictsAbout(t testing.TB, db *store.DB, about []versions.Version) map[string]string {
	t.Helper()
	all, w := map[string]string{}, world{t, db}
	for _, v := range about {
		asked := "q[][pacticipant]=" + v.Pacticipant + "&q[][version]=" + v.Number + "&latestby=cvp"
		for _, target := range []string{"&environment=test", "&environment=production", "&latest=true", ""} {
			if target != "" || v.Pacticipant == "Foo" {
				all[asked+target] = w.decide(asked + target).Deployable.String()
			}
		}
	}
	return all
}

// TestClean_changesNoVerdictAndTellsBefore plays random histories and cleans them by
// several rules. Its seed is printed; a history that told something is played again.
func TestClean_changesNoVerdictAndTellsBefore(t *testing.T) {
	tests := []struct {
		name, keep, sentences string
		days, limit           int
		fresh                 int
		kept                  []uint64 // seeds of histories that once told something
	}{
		{"newest", `[{"latest":true}]`, "", 40, 0, 1, nil},
		{"by age", `[{"max_age":20},{"tag":"prod","latest":true}]`, "", 40, 0, 1, nil},
		{"usual", cleaning.DefaultSelectors, "", 105, 0, 1, nil},
		{"some", `[{"latest":true}]`, "", 30, 7, 1, nil},
		{"sentences", "", "keep the newest 5 versions on the main branch; delete versions older than 3 days", 40, 0, 1, nil},
		{"closed branches", "", "delete versions on a closed branch not on an active branch; keep versions numbered p*; delete versions on a stale branch", 60, 0, 1, nil},
		{"all", "", "delete versions not numbered x", 30, 0, 1, nil},
		{"all, with what a gone tag needed", "", "delete versions not numbered x", 30, 0, 0, []uint64{6491794119277419964, 9382260594252205471}},
	}
	for _, tt := range tests {
		for _, seed := range testrandom.Seeds(t, tt.fresh, tt.kept...) {
			t.Run(fmt.Sprintf("%s, seed %d", tt.name, seed), func(t *testing.T) {
				eachWith(t, store.Options{}, func(t *testing.T, db *store.DB) {
					clock := time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)
					db.SetClock(func() time.Time { return clock })
					pastHistory(t, db, &clock, rand.New(rand.NewPCG(seed, 1)), tt.days)
					options := store.CleanOptions{Rules: rules(t, tt.keep, tt.sentences, clock), Before: clock.Add(-time.Hour), Limit: tt.limit}
					about := staying(t, db, clock)
					before, tagged := verdictsAbout(t, db, about), newestTagged(t, db, clock)

					options.DryRun = true
					foretold, dry := cleaned(t, db, options)
					options.DryRun = false
					gone, wet := cleaned(t, db, options)

					require.Equal(t, foretold, gone)
					require.Equal(t, dry, wet, "the dry run tells everything that the run does")
					require.Positive(t, gone["versions"])
					if tt.name == "all" {
						require.Positive(t, gone["branches"])
					}
					if tt.limit > 0 {
						require.EqualValues(t, tt.limit, gone["versions"])
					}
					if tt.limit == 0 {
						// What only the newest with a tag needed goes in the next run.
						for left := newestTagged(t, db, clock); !slices.Equal(tagged, left); left = newestTagged(t, db, clock) {
							tagged = left
							cleaned(t, db, options)
						}
						options.DryRun = true
						rest, _ := cleaned(t, db, options)
						require.Zero(t, rest["versions"], "nothing is left")
					}
					require.Equal(t, about, staying(t, db, clock))
					require.Equal(t, before, verdictsAbout(t, db, about))
					requireInOrder(t, db)
				})
			})
		}
	}
}

// Each transaction costs about as much as deleting some versions does.
func TestClean_deletesManyVersionsAtATimeHoweverTheirApplicationsAreMixed(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		const applications, builds = 4, 50
		write(t, db, func(ctx context.Context, tx *store.Tx) {
			for build := range builds {
				for i := range applications {
					version(t, ctx, tx, "app "+strconv.Itoa(i), strconv.Itoa(build))
				}
			}
		})
		steps, left := 0, int64(-1)
		done, err := db.Clean(context.Background(), store.CleanOptions{
			Rules: rules(t, "", "delete versions not numbered x", time.Now()),
			Progress: func(step cleaning.Step, _, _ int64) {
				switch step {
				case cleaning.Step{Kind: cleaning.Versions}:
					steps++
				case cleaning.Step{Kind: cleaning.Versions, Application: "app 1"}:
					require.NoError(t, db.View(context.Background(), func(ctx context.Context, tx *store.Tx) error {
						found, err := store.Rows[int64](ctx, tx, "SELECT count(*) FROM versions v JOIN pacticipants p ON p.id = v.pacticipant_id WHERE p.name = 'app 0'")
						left = found[0]
						return err
					}))
				}
			},
		})
		require.NoError(t, err)
		require.Len(t, done.Applications, applications)
		for _, a := range done.Applications {
			require.EqualValues(t, builds-1, a.Gone)
			require.Equal(t, []string{"0", strconv.Itoa(builds - 2)}, []string{a.First, a.Last}, "the oldest of it first")
		}
		require.LessOrEqual(t, steps, applications*4)
		require.EqualValues(t, 1, left, "one application is done with before the next is looked at")
	})
}

func TestClean_endsWhenItsTimeIsOver(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		clock := time.Now()
		pastHistory(t, db, &clock, testrandom.New(t), 10)
		options := store.CleanOptions{Rules: rules(t, "", "delete versions not numbered x", time.Now()), Until: time.Now().Add(-time.Second), Progress: func(cleaning.Step, int64, int64) {}}
		found, err := db.Clean(context.Background(), options)
		require.NoError(t, err)
		require.False(t, found.Finished)
		require.Zero(t, found.Kinds[len(found.Kinds)-1].Rows)
	})
}

// manyBuilds adds an application with so many versions.
func manyBuilds(t *testing.T, db *store.DB, builds int) {
	t.Helper()
	write(t, db, func(ctx context.Context, tx *store.Tx) {
		app := version(t, ctx, tx, "Foo", "first").PacticipantID
		require.NoError(t, tx.Exec(ctx, `INSERT INTO versions (pacticipant_id, number, position, created_at, updated_at)
			WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?) SELECT CAST(? AS BIGINT), CAST(i AS TEXT), 1000 + i, 1, 1 FROM n`, builds, app))
	})
}

// However little time there is, and however long looking at a large history takes: each
// run deletes something, so that there is an end.
func TestClean_deletesWhatItHasFoundBeforeItsTimeIsOver(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		const builds, time0 = 1800, 400 * time.Millisecond
		manyBuilds(t, db, builds)
		options := store.CleanOptions{Rules: rules(t, "", "delete versions not numbered x", time.Now())}
		looked := 0
		options.Progress = func(step cleaning.Step, done, all int64) {
			if step.Application != "Foo" {
				return
			}
			if looked++; looked == 3 {
				require.Equal(t, [2]int64{1000, builds + 1}, [2]int64{done, all}, "it tells how far it is within an application")
				<-time.After(3 * time0)
			}
		}
		options.Until = time.Now().Add(5 * time0)
		some, err := db.Clean(context.Background(), options)
		require.NoError(t, err)
		require.False(t, some.Finished)
		require.Positive(t, some.Applications[0].Gone)
		require.Less(t, some.Applications[0].Gone, int64(builds))
		options.Until = time.Time{}
		rest, err := db.Clean(context.Background(), options)
		require.NoError(t, err)
		require.True(t, rest.Finished)
		require.EqualValues(t, builds, some.Applications[0].Gone+rest.Applications[0].Gone)
		require.EqualValues(t, 1, rest.Applications[0].Kept)
	})
}

func TestClean_keepsToOneProcessAndWaitsForImports(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		clock := time.Now()
		pastHistory(t, db, &clock, testrandom.New(t), 5)
		options := store.CleanOptions{Rules: rules(t, "", "delete versions not numbered x", time.Now()), Progress: func(cleaning.Step, int64, int64) {}}
		// The progress of one clean-up is the place to try another one.
		tried := false
		options.Progress = func(cleaning.Step, int64, int64) {
			if tried {
				return
			}
			tried = true
			_, err := db.Clean(context.Background(), store.CleanOptions{Progress: func(cleaning.Step, int64, int64) {}})
			require.ErrorIs(t, err, cleaning.ErrBeingCleaned)
		}
		_, err := db.Clean(context.Background(), options)
		require.NoError(t, err)
		require.True(t, tried)

		write(t, db, func(ctx context.Context, tx *store.Tx) {
			require.NoError(t, tx.Exec(ctx, "INSERT INTO imports (source, keeps_ids, progress, started_at) VALUES ('x', ?, '{}', 1)", true))
		})
		_, err = db.Clean(context.Background(), options)
		require.ErrorIs(t, err, cleaning.ErrBeingImported)
	})
}
