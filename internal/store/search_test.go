package store_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/badges"
	"github.com/accord-broker/accord/internal/contracts"
	pairs "github.com/accord-broker/accord/internal/integrations"
	"github.com/accord-broker/accord/internal/pacticipants"
	"github.com/accord-broker/accord/internal/store"
	"github.com/accord-broker/accord/internal/support/fault"
	"github.com/accord-broker/accord/internal/testing/testpostgres"
	"github.com/accord-broker/accord/internal/versions"
)

// oddNames are names with everything that means something to LIKE, or that has
// letters beyond ASCII.
var oddNames = []string{"plain", "50% off", "snake_case", `back\slash`, "Ärger & Söhne", "ÜBER", "店 Shop", "İstanbul", "quo'te\"d", "[a-z]*?"}

// searches say which of the names a text is a part of, in any case.
var searches = map[string][]string{
	"PLAIN": {"plain"}, "%": {"50% off"}, "_": {"snake_case"}, `\`: {`back\slash`}, "%_": {}, "Ä": {"Ärger & Söhne"}, "ärger": {"Ärger & Söhne"}, "SÖHNE": {"Ärger & Söhne"},
	"über": {"ÜBER"}, "Über": {"ÜBER"}, "ÜBER": {"ÜBER"}, "店": {"店 Shop"}, "店 SHOP": {"店 Shop"}, "'": {`quo'te"d`}, `"D`: {`quo'te"d`}, "[A-Z]*?": {"[a-z]*?"}, "nobody": {},
	"İstanbul": {"İstanbul"}, "a%b": {}, "plai_": {},
}

// addNamed makes an application of each name.
func addNamed(t *testing.T, db *store.DB, names ...string) map[string]pacticipants.Pacticipant {
	made := map[string]pacticipants.Pacticipant{}
	write(t, db, func(ctx context.Context, tx *store.Tx) {
		for _, name := range names {
			p, err := tx.AddPacticipant(ctx, pacticipants.Pacticipant{Name: name, DisplayName: name})
			require.NoError(t, err)
			made[name] = p
		}
	})
	return made
}

func TestSearches_takeEveryLetterInAnyCaseAndNothingForAPattern(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		ctx := context.Background()
		made := addNamed(t, db, append(oddNames, "hub")...)
		write(t, db, func(ctx context.Context, tx *store.Tx) {
			for _, name := range oddNames {
				_, err := tx.AddIntegration(ctx, made[name], made["hub"])
				require.NoError(t, err)
				v, _, err := versions.FindOrCreate(ctx, tx, made["hub"], "1")
				require.NoError(t, err)
				_, _, err = tx.AddToBranch(ctx, v, name, false)
				require.NoError(t, err)
			}
		})
		for text, want := range searches {
			found, total, err := db.Pacticipants(ctx, pacticipants.Query{Search: text, Limit: 50})
			require.NoError(t, err)
			require.Equal(t, len(want), total, "applications with %q", text)
			require.ElementsMatch(t, want, namesOf(found), "applications with %q", text)

			listed, total, err := db.Integrations(ctx, pairs.Query{Search: text, Limit: 50})
			require.NoError(t, err)
			require.Equal(t, len(want), total, "pairs with %q", text)
			var consumers []string
			for _, p := range listed {
				consumers = append(consumers, p.Consumer)
			}
			require.ElementsMatch(t, want, consumers, "pairs with %q", text)

			branches, total, err := db.Branches(ctx, made["hub"], text, 50, 0)
			require.NoError(t, err)
			require.Equal(t, len(want), total, "branches with %q", text)
			var on []string
			for _, b := range branches {
				on = append(on, b.Name)
			}
			require.ElementsMatch(t, want, on, "branches with %q", text)
		}
	})
}

func namesOf(all []pacticipants.Pacticipant) []string {
	names := []string{}
	for _, p := range all {
		names = append(names, p.Name)
	}
	return names
}

func TestPacticipants_arePagedInTheOrderOfTheirNames(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		ctx := context.Background()
		made := addNamed(t, db, "b", "A", "c", "a2", "B2")
		write(t, db, func(ctx context.Context, tx *store.Tx) {
			for _, name := range []string{"A", "B2", "c"} {
				_, _, err := tx.AddLabel(ctx, made[name], "team")
				require.NoError(t, err)
			}
			_, _, err := tx.AddLabel(ctx, made["b"], "Team")
			require.NoError(t, err)
		})
		for _, c := range []struct {
			query pacticipants.Query
			want  string
			total int
		}{
			{pacticipants.Query{}, "A a2 b B2 c", 5},
			{pacticipants.Query{Limit: 2}, "A a2", 5},
			{pacticipants.Query{Limit: 2, Offset: 4}, "c", 5},
			{pacticipants.Query{Limit: 2, Offset: 6}, "", 5},
			{pacticipants.Query{Offset: 3}, "A a2 b B2 c", 5}, // all is all
			{pacticipants.Query{Search: "A"}, "A a2", 2},
			{pacticipants.Query{Search: "2", Limit: 1}, "a2", 2},
			{pacticipants.Query{Label: "team"}, "A B2 c", 3},
			{pacticipants.Query{Label: "Team"}, "b", 1},
			{pacticipants.Query{Label: "team", Search: "2", Limit: 9}, "B2", 1},
			{pacticipants.Query{Label: "te%m"}, "", 0},
		} {
			found, total, err := db.Pacticipants(ctx, c.query)
			require.NoError(t, err)
			require.Equal(t, c.want, strings.Join(namesOf(found), " "), "%+v", c.query)
			require.Equal(t, c.total, total, "%+v", c.query)
		}
		labels, total, err := db.Labels(ctx, 1, 1)
		require.NoError(t, err)
		require.Len(t, labels, 1)
		require.Equal(t, 2, total, "each label once")
	})
}

func TestPacticipantsWithRepository_areFoundByEitherText(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		write(t, db, func(ctx context.Context, tx *store.Tx) {
			for name, url := range map[string]string{"a": "https://git.example/Team/Shop_1.git", "b": "git@git.example:team/shop21", "c": "https://git.example/Tëam/店", "d": ""} {
				_, err := tx.AddPacticipant(ctx, pacticipants.Pacticipant{Name: name, RepositoryURL: url})
				require.NoError(t, err)
			}
		})
		for _, c := range []struct{ texts, want string }{
			{"team/shop", "a b"}, {"TEAM/SHOP_1", "a"}, {"shop_1|shop21", "a b"}, {"TËAM", "c"}, {"tëam/店", "c"}, {"%", ""}, {"elsewhere", ""},
		} {
			found, err := db.PacticipantsWithRepository(context.Background(), strings.Split(c.texts, "|")...)
			require.NoError(t, err)
			require.ElementsMatch(t, strings.Fields(c.want), namesOf(found), c.texts)
		}
	})
}

func TestBeginnings_areOfExactlyTheseCharacters(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		ctx := context.Background()
		numbers := []string{"1.0", "1.0.1", "1_0", "1%0", "Ünï", "ünï", "\U0010FFFFx", "deadbeef", strings.Repeat("dead", 10), strings.Repeat("deaf", 10), strings.Repeat("dead", 16), "dead" + strings.Repeat("z", 36)}
		write(t, db, func(ctx context.Context, tx *store.Tx) {
			for _, number := range numbers {
				v := version(t, ctx, tx, "Shop", number)
				_, _, err := tx.AddToBranch(ctx, v, number, false)
				require.NoError(t, err)
			}
			require.NoError(t, tx.RemoveVersion(ctx, version(t, ctx, tx, "Gone", "1.0")))
			gone, _, err := tx.FindPacticipant(ctx, "Gone")
			require.NoError(t, err)
			version(t, ctx, tx, "Gone", "1.0")
			require.NoError(t, tx.RemovePacticipant(ctx, gone))
		})
		for text, want := range map[string][]string{
			"1.0": {"1.0.1", "1.0"}, "1_": {"1_0"}, "1%": {"1%0"}, "Ü": {"Ünï"}, "ün": {"ünï"}, "\U0010FFFF": {"\U0010FFFFx"}, "x": {}, "deadbeef": {"deadbeef"}, "1.0.1": {"1.0.1"}, "1.0.1.": {},
		} {
			found, err := db.VersionsBeginning(ctx, text, nil, 10)
			require.NoError(t, err)
			got := []string{}
			for _, v := range found {
				got = append(got, v.Number)
				require.Equal(t, "Shop", v.Pacticipant, "what was deleted is not found")
			}
			require.Equal(t, want, got, "versions with %q, the newest first", text)
			branches, err := db.BranchesBeginning(ctx, text, nil, 10)
			require.NoError(t, err)
			require.Len(t, branches, len(want), "branches with %q", text)
		}
		found, err := db.VersionsBeginning(ctx, "1", nil, 2)
		require.NoError(t, err)
		require.Len(t, found, 2, "no more than asked for")

		shop, _, err := db.FindPacticipant(ctx, "Shop")
		require.NoError(t, err)
		commits, err := db.CommitsBeginning(ctx, shop.ID, "dead", 10)
		require.NoError(t, err)
		require.ElementsMatch(t, []string{strings.Repeat("dead", 10), strings.Repeat("dead", 16)}, commits, "whole hashes only")
		commits, err = db.CommitsBeginning(ctx, shop.ID, "dea", 1)
		require.NoError(t, err)
		require.Len(t, commits, 1)
		newest, err := db.NewestNumbers(ctx, shop.ID, 2)
		require.NoError(t, err)
		require.Equal(t, []string{numbers[11], numbers[10]}, newest)
		names, err := db.BranchNames(ctx, shop.ID)
		require.NoError(t, err)
		require.Len(t, names, len(numbers))
	})
}

// foldedFormer opens databases in which former names are remembered, with case or
// without.
func eachNaming(t *testing.T, test func(t *testing.T, db *store.DB, folds bool)) {
	for _, folds := range []bool{false, true} {
		for name, url := range map[string]func(testing.TB) string{"sqlite": sqliteURL, "postgres": testpostgres.Database} {
			t.Run(fmt.Sprintf("%s, folding %v", name, folds), func(t *testing.T) {
				t.Parallel()
				test(t, open(t, store.Options{URL: url(t), Fast: true, FoldNames: folds, KeepFormerNames: time.Hour}), folds)
			})
		}
	}
}

// Whatever finds an application by its name finds it by a former one too, and does so
// in another case where that is the same.
func TestFormerNames_leadWhereverNamesDo(t *testing.T) {
	eachNaming(t, func(t *testing.T, db *store.DB, folds bool) {
		ctx := context.Background()
		w := world{t, db}
		w.publish("Shop", "1", "content", "Stock")
		w.verify("Shop", "1", "Stock", "7", true)
		write(t, db, func(ctx context.Context, tx *store.Tx) {
			for former, name := range map[string]string{"Shop": "Web", "Stock": "Storage"} {
				p, _, err := tx.FindPacticipant(ctx, former)
				require.NoError(t, err)
				require.NoError(t, tx.Rename(ctx, p, name))
			}
		})
		for _, c := range []struct {
			consumer, provider string
			found              bool
		}{
			{"Web", "Storage", true}, {"Shop", "Stock", true}, {"Web", "Stock", true}, {"Shop", "Storage", true}, {"SHOP", "stock", folds}, {"shop", "STORAGE", folds}, {"WEB", "Storage", folds}, {"Elsewhere", "Stock", false},
		} {
			name := c.consumer + " " + c.provider
			_, asConsumer, err := db.FindPacticipant(ctx, c.consumer)
			require.NoError(t, err)
			_, asProvider, err := db.FindPacticipant(ctx, c.provider)
			require.NoError(t, err)
			require.Equal(t, c.found, asConsumer && asProvider, name)

			pact, found, err := db.FindPact(ctx, contracts.PactQuery{Consumer: c.consumer, Provider: c.provider})
			require.NoError(t, err)
			require.Equal(t, c.found, found, "pact of %s", name)
			if found {
				require.Equal(t, "Web", pact.Consumer)
			}
			_, found, err = db.FindPact(ctx, contracts.PactQuery{Consumer: c.consumer, Provider: c.provider, Number: "1", Among: []string{"none"}})
			require.NoError(t, err)
			require.Equal(t, c.found, found, "pact of a version of %s", name)
			_, found, err = db.LatestResultFor(ctx, badges.Query{Consumer: c.consumer, Provider: c.provider})
			require.NoError(t, err)
			require.Equal(t, c.found, found, "badge of %s", name)
			numbers, err := db.ConsumerVersionsAmong(ctx, contracts.PactQuery{Consumer: c.consumer, Among: []string{"1"}})
			require.NoError(t, err)
			require.Equal(t, asConsumer, len(numbers) == 1, "versions of %s", c.consumer)
			named, err := db.PacticipantsNamed(ctx, c.consumer, c.provider)
			require.NoError(t, err)
			_, known := named[c.consumer]
			require.Equal(t, asConsumer, known, "%s among others", c.consumer)
		}
	})
}

func TestFormerNames_giveWayToWhoeverTakesThem(t *testing.T) {
	eachNaming(t, func(t *testing.T, db *store.DB, folds bool) {
		ctx := context.Background()
		made := addNamed(t, db, "Shop")
		rename := func(to string) {
			write(t, db, func(ctx context.Context, tx *store.Tx) {
				p, err := tx.LockPacticipant(ctx, made["Shop"])
				require.NoError(t, err)
				require.NoError(t, tx.Rename(ctx, p, to))
			})
		}
		rename("Web")
		rename("Shop") // and back
		p, found, err := db.FindPacticipant(ctx, "Web")
		require.NoError(t, err)
		require.True(t, found)
		require.Equal(t, "Shop", p.Name)
		former, err := db.FormerNames(ctx, p)
		require.NoError(t, err)
		require.Len(t, former, 1, "its present name is no former one")
		require.Equal(t, "Web", former[0].Name)
		require.Equal(t, time.Hour, former[0].Until.Sub(former[0].Since))

		other := addNamed(t, db, "Other")["Other"]
		write(t, db, func(ctx context.Context, tx *store.Tx) { require.NoError(t, tx.Rename(ctx, other, "Web")) })
		p, _, err = db.FindPacticipant(ctx, "Web")
		require.NoError(t, err)
		require.Equal(t, other.ID, p.ID, "who has a name comes before who had it")
		former, err = db.FormerNames(ctx, made["Shop"])
		require.NoError(t, err)
		require.Empty(t, former)
		rename("Store")
		rename("Shop")
		write(t, db, func(ctx context.Context, tx *store.Tx) {
			dropped, err := tx.DropFormerName(ctx, made["Shop"], "STORE")
			require.NoError(t, err)
			require.Equal(t, folds, dropped)
			dropped, err = tx.DropFormerName(ctx, made["Shop"], "never")
			require.NoError(t, err)
			require.False(t, dropped)
		})
	})
}

func TestRemovePacticipant_hidesAllOfIt(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		ctx := context.Background()
		w := world{t, db}
		w.publish("Shop", "1", "content", "Stock")
		w.publish("Stock", "1", "other", "Shop")
		w.publish("Mail", "1", "more", "Stock")
		w.verify("Shop", "1", "Stock", "7", true)
		w.branch("Stock", "7", "main")
		w.tag("Stock", "7", "prod")
		w.deploy("Stock", "7", "test", "")
		stock, _, err := db.FindPacticipant(ctx, "Stock")
		require.NoError(t, err)
		what, err := db.BelongingsOf(ctx, stock)
		require.NoError(t, err)
		require.Equal(t, pacticipants.Belongings{Versions: 2, Branches: 1, AsConsumer: 1, AsProvider: 2, Contents: 3, Results: 1, Places: 1}, what)
		write(t, db, func(ctx context.Context, tx *store.Tx) {
			require.NoError(t, tx.RemovePacticipant(ctx, stock))
			_, found, err := tx.FindPacticipant(ctx, "Stock")
			require.NoError(t, err)
			require.False(t, found, "also for the transaction that does it")
		})
		err = db.InTx(ctx, func(ctx context.Context, tx *store.Tx) error { return tx.RemovePacticipant(ctx, stock) })
		require.Error(t, err, "twice")
		if !db.IsPostgres() {
			require.Equal(t, fault.NotFound, fault.KindOf(err))
		}
		pacts, total, err := db.Pacts(ctx, contracts.Query{})
		require.NoError(t, err)
		require.Zero(t, total, "%v", pacts)
		listed, _, err := db.Integrations(ctx, pairs.Query{})
		require.NoError(t, err)
		require.Empty(t, listed)
		current, err := db.CurrentDeployments(ctx)
		require.NoError(t, err)
		require.Empty(t, current)
		names, err := db.PacticipantNames(ctx)
		require.NoError(t, err)
		require.Equal(t, []string{"Shop", "Mail"}, names)

		w.publish("Shop", "1", "content", "Stock") // its name is free
		again, _, err := db.FindPacticipant(ctx, "Stock")
		require.NoError(t, err)
		require.NotEqual(t, stock.ID, again.ID)
		what, err = db.BelongingsOf(ctx, again)
		require.NoError(t, err)
		require.Equal(t, pacticipants.Belongings{AsProvider: 1, Contents: 1}, what, "nothing of the old one comes back")
		for more := true; more; {
			more, err = db.Purge(ctx)
			require.NoError(t, err)
		}
		pacts, total, err = db.Pacts(ctx, contracts.Query{})
		require.NoError(t, err)
		require.Equal(t, 1, total, "%v", pacts)
		require.NoError(t, db.Check(ctx))
	})
}

func TestAddPacticipant_ofOneNameAtOnceMakesOne(t *testing.T) {
	eachNaming(t, func(t *testing.T, db *store.DB, folds bool) {
		const writers = 8
		names := []string{"Shop", "SHOP", "shop"}
		done := make(chan error, writers)
		for i := range writers {
			go func() {
				done <- db.InTx(context.Background(), func(ctx context.Context, tx *store.Tx) error {
					_, err := pacticipants.FindOrCreate(ctx, tx, names[i%len(names)])
					return err
				})
			}()
		}
		for range writers {
			require.NoError(t, <-done)
		}
		all, err := db.PacticipantNames(context.Background())
		require.NoError(t, err)
		want := len(names)
		if folds {
			want = 1
		}
		require.Len(t, all, want)
	})
}

func TestExternal_isKeptUntilItIsTakenBack(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		ctx := context.Background()
		made := addNamed(t, db, "a", "b", "c")
		since := time.Date(2026, 1, 2, 3, 4, 5, 678901000, time.UTC)
		write(t, db, func(ctx context.Context, tx *store.Tx) {
			require.NoError(t, tx.SetExternal(ctx, made["a"], &pacticipants.External{Since: since, Reason: "a partner's\u2028"}))
			require.NoError(t, tx.SetExternal(ctx, made["b"], &pacticipants.External{Since: since}))
		})
		external, err := db.ExternalOf(ctx, made["a"].ID, made["b"].ID, made["c"].ID, 99)
		require.NoError(t, err)
		require.Equal(t, map[int64]pacticipants.External{made["a"].ID: {Since: since, Reason: "a partner's\u2028"}, made["b"].ID: {Since: since}}, external)
		external, err = db.ExternalOf(ctx)
		require.NoError(t, err)
		require.Empty(t, external, "of none, none")
		write(t, db, func(ctx context.Context, tx *store.Tx) { require.NoError(t, tx.SetExternal(ctx, made["a"], nil)) })
		external, err = db.ExternalOf(ctx, made["a"].ID)
		require.NoError(t, err)
		require.Empty(t, external)
	})
}

func TestUpdatePacticipant_keepsNameAndBirth(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		ctx := context.Background()
		shop := addNamed(t, db, "Shop")["Shop"]
		changed := shop
		changed.Name, changed.DisplayName, changed.RepositoryURL, changed.MainBranch = "Other", "The <Shop>", "https://git.example/ä", "feat/x"
		changed.CreatedAt, changed.UpdatedAt = time.Time{}, shop.UpdatedAt.Add(time.Hour)
		write(t, db, func(ctx context.Context, tx *store.Tx) {
			_, _, err := tx.FindPacticipant(ctx, "Shop")
			require.NoError(t, err)
			require.NoError(t, tx.UpdatePacticipant(ctx, changed))
			seen, _, err := tx.FindPacticipant(ctx, "Shop")
			require.NoError(t, err)
			require.Equal(t, "The <Shop>", seen.DisplayName, "what the transaction remembers is not the old one")
		})
		found, _, err := db.FindPacticipant(ctx, "Shop")
		require.NoError(t, err)
		changed.Name, changed.CreatedAt = "Shop", shop.CreatedAt
		require.Equal(t, changed, found)
		changed.RepositoryURL, changed.MainBranch = "", ""
		write(t, db, func(ctx context.Context, tx *store.Tx) { require.NoError(t, tx.UpdatePacticipant(ctx, changed)) })
		found, _, err = db.FindPacticipant(ctx, "Shop")
		require.NoError(t, err)
		require.Empty(t, found.RepositoryURL+found.MainBranch)
	})
}

// Two former names that differ in case only stem from before case stopped to matter.
// Whoever looks one up, alone or among others, finds the application that gave it up last.
func TestFormerNames_inTwoCasesLeadToWhoGaveUpLast(t *testing.T) {
	for name, url := range map[string]func(testing.TB) string{"sqlite": sqliteURL, "postgres": testpostgres.Database} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx := context.Background()
			now := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
			options := store.Options{URL: url(t), Fast: true, KeepFormerNames: time.Hour, Now: func() time.Time { now = now.Add(time.Second); return now }}
			exact, err := store.Open(ctx, options)
			require.NoError(t, err)
			made := addNamed(t, exact, "Shop", "shop", "SHOP")
			for _, former := range []string{"Shop", "SHOP", "shop"} { // neither the first nor the last made gives it up last
				write(t, exact, func(ctx context.Context, tx *store.Tx) {
					require.NoError(t, tx.Rename(ctx, made[former], "New of "+former))
				})
			}
			require.NoError(t, exact.Close())

			options.FoldNames = true
			db := open(t, options)
			for _, asked := range []string{"Shop", "shop", "SHOP", "sHoP"} {
				alone, found, err := db.FindPacticipant(ctx, asked)
				require.NoError(t, err)
				require.True(t, found)
				require.Equal(t, "New of shop", alone.Name, asked)
				among, err := db.PacticipantsNamed(ctx, asked, "Nobody")
				require.NoError(t, err)
				require.Equal(t, alone, among[asked], asked)
				w := world{t, db}
				w.publish("New of shop", "1 of "+asked, "content", "Stock")
				_, found, err = db.FindPact(ctx, contracts.PactQuery{Consumer: asked, Provider: "Stock"})
				require.NoError(t, err)
				require.True(t, found, "the pact of %s", asked)
			}
		})
	}
}
