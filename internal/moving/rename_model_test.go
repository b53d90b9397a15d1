package moving

import (
	"encoding/json"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/archive"
	"github.com/accord-broker/accord/internal/testing/testrandom"
)

// namesOfApplications are the members of records in which names of applications stand.
var namesOfApplications = []string{"application", "consumer", "provider", "applications"}

// renamedModel is what a record is to say under other names, told from its JSON alone.
func renamedModel(kind archive.Kind, record map[string]any, rename func(string) string) map[string]any {
	if kind == archive.KindApplication {
		record["name"] = rename(record["name"].(string))
	}
	if kind == archive.KindDelivery && record["subject"] != "" && (record["subject"] == record["consumer"] || record["subject"] == record["provider"]) {
		record["subject"] = rename(record["subject"].(string))
	}
	for _, member := range namesOfApplications {
		switch value := record[member].(type) {
		case string:
			record[member] = rename(value)
		case []any:
			for i := range value {
				value[i] = rename(value[i].(string))
			}
		}
	}
	return record
}

func asObject(t *testing.T, r archive.Record) map[string]any {
	t.Helper()
	text, err := json.Marshal(r)
	require.NoError(t, err)
	var object map[string]any
	require.NoError(t, json.Unmarshal(text, &object))
	return object
}

// drawnRecords are records of every kind in which an application is named, with names,
// versions, branches and tags that are all out of the same few words.
func drawnRecords(random *rand.Rand) func() some {
	words := []string{"Shop", "Stock", "shop", "Shop=Store", "team Shop", "ünï", "a/b", "main", "1"}
	var texts []string
	for range 200 {
		texts = append(texts, testrandom.OneOf(random, words...))
	}
	return func() some {
		next := 0
		one := func() string { next++; return texts[next%len(texts)] }
		maybe := func() *string {
			if text := one(); text != "1" {
				return &text
			}
			return nil
		}
		var all some
		for range 3 {
			all = append(
				all,
				&archive.Application{Name: one(), DisplayName: one(), MainBranch: maybe(), RepositoryName: maybe()}, &archive.Label{Application: one(), Name: one()},
				&archive.Environment{UUID: "e", Name: one(), DisplayName: one()}, &archive.Version{Application: one(), Number: one(), BuildURL: maybe()},
				&archive.Branch{Application: one(), Name: one(), Head: maybe()}, &archive.Membership{Application: one(), Branch: one(), Version: one()}, &archive.Tag{Application: one(), Version: one(), Name: one()},
				&archive.Integration{Consumer: one(), Provider: one()}, &archive.Content{Consumer: one(), Provider: one(), SHA: "a", Body: maybe()}, &archive.Publication{Consumer: one(), Version: one(), Provider: one()},
				&archive.Result{Consumer: one(), Provider: one(), ProviderVersion: one(), VerifiedBy: maybe(), Tags: []string{one(), one()}}, &archive.FirstSuccess{Consumer: one(), Provider: one(), Tag: one()},
				&archive.Document{Provider: one(), SHA: "a", Body: maybe()}, &archive.Contract{Provider: one(), Version: one(), Name: one(), Verifier: maybe()},
				&archive.Deployment{Application: one(), Version: one(), Environment: one(), Instance: one()}, &archive.Release{Application: one(), Version: one(), Environment: one()},
				&archive.Secret{Name: one(), Description: one(), Applications: []string{one(), one()}, Labels: []string{one()}, Teams: []string{one()}},
				&archive.Webhook{Description: one(), Consumer: maybe(), Provider: maybe(), ConsumerLabel: maybe(), ProviderLabel: maybe(), Body: maybe()},
				&archive.Delivery{Subject: one(), Consumer: maybe(), Provider: maybe(), Version: maybe(), Reason: one()}, &archive.Setting{Name: one(), Value: one()}, &archive.Attempt{Delivery: one(), Logs: one()},
			)
		}
		return all
	}
}

// Whatever is renamed, with a prefix or without: of each record the names of applications
// change, each once, and nothing else does.
func TestRenamed_changesNamesOfApplicationsAndNothingElse(t *testing.T) {
	testrandom.Each(t, func(t *testing.T, random *rand.Rand) {
		for range 20 {
			source := drawnRecords(random)
			prefix := testrandom.OneOf(random, "", "team ", "Shop", "=")
			given := testrandom.OneOf(random, []string{}, []string{"Shop=Stock"}, []string{"Shop=Stock", "Stock=Shop"}, []string{"Shop=Shop=Store"}, []string{"ünï=uni", "a/b=c/d"})
			names, err := ParseNames(given, prefix)
			require.NoError(t, err)
			to := map[string]string{}
			switch {
			case slices.Contains(given, "Stock=Shop"):
				to = map[string]string{"Shop": "Stock", "Stock": "Shop"}
			case slices.Contains(given, "Shop=Stock"):
				to = map[string]string{"Shop": "Stock"}
			case slices.Contains(given, "Shop=Shop=Store"):
				to = map[string]string{"Shop": "Shop=Store"}
			case len(given) > 0:
				to = map[string]string{"ünï": "uni", "a/b": "c/d"}
			}
			rename := func(name string) string {
				if other, is := to[name]; is {
					return other
				}
				return prefix + name
			}
			before, after := source(), all(t, Renamed(source(), names))
			require.Len(t, after, len(before))
			for i, r := range before {
				require.Equal(t, renamedModel(r.Kind(), asObject(t, r), rename), asObject(t, after[i]), "%s with %v and the prefix %q", r.Kind(), given, prefix)
			}
		}
	})
}

// There and back again is where one began, as long as no two applications were made one.
func TestRenamed_canBeTurnedBack(t *testing.T) {
	testrandom.Each(t, func(t *testing.T, random *rand.Rand) {
		source := drawnRecords(random)
		there, err := ParseNames([]string{"Shop=A", "Stock=B", "shop=C"}, "x ")
		require.NoError(t, err)
		turned := map[string]string{"A": "Shop", "B": "Stock", "C": "shop"}
		for _, name := range []string{"Shop=Store", "team Shop", "ünï", "a/b", "main", "1"} {
			turned["x "+name] = name
		}
		back := all(t, Renamed(Renamed(source(), there), Names{Renamed: turned}))
		require.Equal(t, all(t, source()), back)
	})
}
