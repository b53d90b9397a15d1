package store_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/archive"
	"github.com/accord-broker/accord/internal/events"
	"github.com/accord-broker/accord/internal/store"
	"github.com/accord-broker/accord/internal/support/secrets"
	"github.com/accord-broker/accord/internal/testing/testrandom"
	"github.com/accord-broker/accord/internal/webhooks"
)

// drawnArchive is what another broker of the same applications may hold: names, uuids and
// times are drawn from so few that two of them meet.
func drawnArchive(random *rand.Rand) (records []archive.Record) {
	add := func(r archive.Record) {
		records = append(records, r)
		if random.IntN(10) == 0 {
			records = append(records, r)
		}
	}
	some := func() bool { return random.IntN(3) > 0 }
	at := func() archive.Times {
		made := archive.Time(1000 * (1 + random.IntN(3)))
		return archive.Times{CreatedAt: made, UpdatedAt: made + archive.Time(random.IntN(3))}
	}
	apps := []string{"Shop", "Stock"}
	for _, app := range apps {
		add(&archive.Application{Name: app, DisplayName: testrandom.OneOf(random, app, "other"), MainBranch: testrandom.OneOf(random, nil, text("main")), Times: at()})
	}
	for _, app := range apps {
		for _, name := range []string{"a", "b"} {
			if some() {
				add(&archive.Label{Application: app, Name: name, Times: at()})
			}
		}
	}
	var places []string
	for _, name := range []string{"test", "live"} {
		uuid := name + testrandom.OneOf(random, "-1", "-2")
		places = append(places, uuid)
		add(&archive.Environment{UUID: uuid, Name: name, DisplayName: name, Production: some(), Contacts: testrandom.OneOf(random, nil, text("no list")), Times: at()})
	}
	numbers := map[string][]string{}
	for _, app := range apps {
		for i, number := range []string{"1", "2", "3"} {
			if i == 0 || some() {
				numbers[app] = append(numbers[app], number)
				add(&archive.Version{Application: app, Number: number, Rank: int64(len(records)), SourceID: int64(len(records)), BuildURL: testrandom.OneOf(random, nil, text("https://ci.example")), Times: at()})
			}
		}
	}
	version := func(app string) string { return testrandom.OneOf(random, numbers[app]...) }
	for _, app := range apps {
		add(&archive.Branch{Application: app, Name: "main", Times: at()})
	}
	for _, app := range apps {
		add(&archive.Membership{Application: app, Branch: "main", Version: version(app), Times: at()})
	}
	for _, app := range apps {
		add(&archive.Tag{Application: app, Version: version(app), Name: testrandom.OneOf(random, "x", "y"), Times: at()})
	}
	add(&archive.Integration{Consumer: "Shop", Provider: "Stock", CreatedAt: 1000})
	for _, sha := range []string{"one", "two"} {
		add(&archive.Content{Consumer: "Shop", Provider: "Stock", SHA: sha, Body: text(fmt.Sprintf(`{"x":%q}`, sha)), CreatedAt: 1000})
	}
	for _, number := range numbers["Shop"] {
		add(&archive.Publication{Consumer: "Shop", Version: number, Provider: "Stock", Revision: 1, SHA: testrandom.OneOf(random, "one", "two"), CreatedAt: at().CreatedAt})
	}
	for number := range int64(3) {
		add(&archive.Result{Consumer: "Shop", Provider: "Stock", SHA: testrandom.OneOf(random, "one", "two"), Number: number + 1, ProviderVersion: version("Stock"), Success: some(), ExecutedAt: at().CreatedAt, CreatedAt: at().CreatedAt})
	}
	for i := range 5 {
		app := testrandom.OneOf(random, apps...)
		d := &archive.Deployment{UUID: fmt.Sprintf("d%d", i+random.IntN(2)*5), Application: app, Version: version(app), Environment: testrandom.OneOf(random, places...), Current: some(), Times: at()}
		if !d.Current {
			d.UndeployedAt = &d.UpdatedAt
		}
		add(d)
	}
	for i := range 2 {
		app := testrandom.OneOf(random, apps...)
		add(&archive.Release{UUID: fmt.Sprintf("r%d", i), Application: app, Version: version(app), Environment: testrandom.OneOf(random, places...), Supported: some(), Times: at()})
	}
	for i := range 2 {
		uuid := fmt.Sprintf("w%d", i+random.IntN(2)*2)
		add(&archive.Webhook{UUID: uuid, Description: testrandom.OneOf(random, "a", "b"), Enabled: some(), Events: []string{"contract_published"},
			Format: "template", EventFilter: "{}", Method: "POST", URL: "https://ci.example", Times: at()})
	}
	for i := range 3 {
		uuid := fmt.Sprintf("s%d", i+random.IntN(2)*3)
		add(&archive.Delivery{UUID: uuid, Event: "contract_published", Succeeded: some(), Context: "{}", Times: at()})
	}
	return records
}

// storedAs, filledIn and following deal with webhooks that have no secrets.
func storedAs(w archive.Webhook) (webhooks.Stored, error) {
	stored := webhooks.Webhook{UUID: w.UUID, Description: w.Description, Format: webhooks.Template}
	stored.Events, stored.Request = []events.Type{events.Type(w.Events[0])}, webhooks.Request{Method: w.Method, URL: w.URL}
	return webhooks.Stored{Webhook: stored}, nil
}

func filledIn(here webhooks.Stored, r archive.Webhook) (webhooks.Stored, error) {
	there, err := storedAs(r)
	if err != nil {
		return here, err
	}
	return here.FilledIn(there, secrets.Keyring{})
}

func following(here webhooks.Stored, r archive.Webhook) (webhooks.Stored, bool, error) {
	there, err := storedAs(r)
	if err != nil {
		return here, false, err
	}
	return here.Following(there, secrets.Keyring{})
}

// What a dry run foretells comes to pass, whatever meets, and the second time as well.
func TestPlanImport_foretellsTheImport(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		testrandom.Each(t, func(t *testing.T, random *rand.Rand) {
			ctx := context.Background()
			for round := range 20 {
				forget(t, db)
				for _, source := range []string{"a", "b", "b"} {
					records := drawnArchive(random)
					options := store.ImportOptions{Source: source, Take: random.IntN(2) == 0, Webhook: storedAs, FillIn: filledIn, Follow: following}
					options.Keep = !options.Take
					for _, again := range []bool{false, true} {
						when := fmt.Sprintf("round %d, from %s, take %v, again %v", round, source, options.Take, again)
						all := func(_ context.Context, take func(archive.Record) error) error {
							for _, r := range records {
								if err := take(r); err != nil {
									return err
								}
							}
							return nil
						}
						plan, err := db.PlanImport(ctx, options, all, func(archive.Kind, int64) {})
						require.NoError(t, err, when)
						im, err := db.BeginImport(ctx, options)
						require.NoError(t, err, when)
						require.NoError(t, all(ctx, func(r archive.Record) error { return im.Write(ctx, r) }), when)
						done, err := im.Finish(ctx)
						require.NoError(t, err, when)
						requireAsPlanned(t, plan, done, when)
					}
				}
			}
		}, 1, 2)
	})
}

func requireAsPlanned(t *testing.T, plan store.Plan, done store.Imported, when string) {
	t.Helper()
	planned := map[archive.Kind]store.KindPlanned{}
	for _, k := range plan.Kinds {
		planned[k.Kind] = k
	}
	for _, k := range done.Kinds {
		p := planned[k.Kind]
		require.GreaterOrEqual(t, k.Read, k.Added+k.Changed+k.LeftOut, "%s %s: each is counted once", when, k.Kind)
		require.Equal(t, fmt.Sprintf("%s: %d read, %d added, %d changed, %d left out", k.Kind, k.Read, k.Added, k.Changed, k.LeftOut),
			fmt.Sprintf("%s: %d read, %d added, %d changed, %d left out", k.Kind, p.Read, p.Read-p.Known-p.LeftOut, p.Changed, p.LeftOut), when)
	}
	for _, both := range [][2][]store.LeftOut{{done.LeftOut, plan.LeftOut}, {done.Altered, plan.Altered}, {done.OtherUUIDs, plan.OtherUUIDs}} {
		for _, told := range both {
			for _, l := range told {
				slices.Sort(l.First)
			}
		}
		require.Equal(t, both[0], both[1], when)
	}
}
