package webhooks

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestMatchGlob_takesStarsForAnyText(t *testing.T) {
	for _, c := range []struct {
		pattern, value string
		want           bool
	}{
		{"main", "main", true}, {"main", "Main", false}, {"main", "mainly", false},
		{"*", "anything", true}, {"release/*", "release/7", true}, {"release/*", "release/", true}, {"release/*", "rel", false},
		{"*-api", "stock-api", true}, {"*-api", "stock-apis", false}, {"a*a", "a", false}, {"a*a", "aa", true},
		{"*fix*", "a-fix-b", true}, {"a*b*c", "a1b2c", true}, {"a*b*c", "a1c2b", false}, {"*b*b*", "ab", false}, {"**", "", true},
	} {
		require.Equal(t, c.want, matchGlob(c.pattern, c.value), "%s %s", c.pattern, c.value)
	}
}

func TestMatches_needsEveryConditionAndOneEntryOfEach(t *testing.T) {
	shop, stock := Party{Name: "Shop", Labels: []string{"ui"}}, Party{Name: "Stock", Labels: []string{"core", "eu"}}
	target := EventSubject{
		Applications: []Party{shop, stock}, Consumer: shop, Provider: stock,
		Version: VersionRefs{Branches: []string{"feat/x", "main"}, Tags: []string{"dev"}}, ProviderVersion: VersionRefs{Branches: []string{"master"}, Tags: []string{"prod"}},
		EnvironmentNames: []string{"production"},
	}
	for name, c := range map[string]struct {
		filter EventFilter
		want   bool
	}{
		"nothing":                 {EventFilter{}, true},
		"application":             {EventFilter{Applications: []string{"Nobody", "Sto*"}}, true},
		"no such application":     {EventFilter{Applications: []string{"Stoc"}}, false},
		"consumer":                {EventFilter{Consumers: []string{"S*p"}}, true},
		"provider is no consumer": {EventFilter{Consumers: []string{"Stock"}}, false},
		"provider":                {EventFilter{Providers: []string{"Stock"}}, true},
		"consumer is no provider": {EventFilter{Providers: []string{"Shop"}}, false},
		"label":                   {EventFilter{ApplicationLabels: []string{"eu"}}, true},
		"label of the consumer":   {EventFilter{ConsumerLabels: []string{"eu"}}, false},
		"label of the provider":   {EventFilter{ProviderLabels: []string{"eu"}}, true},
		"branch":                  {EventFilter{Branches: []string{"main"}}, true},
		"another's branch":        {EventFilter{Branches: []string{"master"}}, false},
		"provider's branch":       {EventFilter{ProviderBranches: []string{"mas*"}}, true},
		"tag":                     {EventFilter{Tags: []string{"dev"}}, true},
		"provider's tag":          {EventFilter{ProviderTags: []string{"dev"}}, false},
		"environment":             {EventFilter{Environments: []string{"prod*"}}, true},
		"another environment":     {EventFilter{Environments: []string{"test"}}, false},
		"all of them":             {EventFilter{Consumers: []string{"Shop"}, Providers: []string{"Stock"}, Branches: []string{"main"}, ProviderTags: []string{"prod"}}, true},
		"all but one":             {EventFilter{Consumers: []string{"Shop"}, Providers: []string{"Stock"}, Branches: []string{"dev"}}, false},
	} {
		require.Equal(t, c.want, c.filter.Matches(target), name)
	}
	require.False(t, EventFilter{Environments: []string{"*"}}.Matches(EventSubject{EnvironmentNames: []string{""}}), "what is not there does not fit")
	require.False(t, EventFilter{Consumers: []string{"*"}}.Matches(EventSubject{Applications: []Party{shop}}), "the event has no consumer")
}
