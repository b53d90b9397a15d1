package webhooks

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestFits_takesStarsForAnyText(t *testing.T) {
	for _, c := range []struct {
		pattern, value string
		want           bool
	}{
		{"main", "main", true}, {"main", "Main", false}, {"main", "mainly", false},
		{"*", "anything", true}, {"release/*", "release/7", true}, {"release/*", "release/", true}, {"release/*", "rel", false},
		{"*-api", "stock-api", true}, {"*-api", "stock-apis", false}, {"a*a", "a", false}, {"a*a", "aa", true},
		{"*fix*", "a-fix-b", true}, {"a*b*c", "a1b2c", true}, {"a*b*c", "a1c2b", false}, {"*b*b*", "ab", false}, {"**", "", true},
	} {
		require.Equal(t, c.want, fits(c.pattern, c.value), "%s %s", c.pattern, c.value)
	}
}

func TestHits_needsEveryConditionAndOneEntryOfEach(t *testing.T) {
	shop, stock := Party{Name: "Shop", Labels: []string{"ui"}}, Party{Name: "Stock", Labels: []string{"core", "eu"}}
	target := Target{
		Applications: []Party{shop, stock}, Consumer: shop, Provider: stock,
		Version: Traits{Branches: []string{"feat/x", "main"}, Tags: []string{"dev"}}, ProviderVersion: Traits{Branches: []string{"master"}, Tags: []string{"prod"}},
		EnvironmentNames: []string{"production"},
	}
	for name, c := range map[string]struct {
		aim  Aim
		want bool
	}{
		"nothing":                 {Aim{}, true},
		"application":             {Aim{Applications: []string{"Nobody", "Sto*"}}, true},
		"no such application":     {Aim{Applications: []string{"Stoc"}}, false},
		"consumer":                {Aim{Consumers: []string{"S*p"}}, true},
		"provider is no consumer": {Aim{Consumers: []string{"Stock"}}, false},
		"provider":                {Aim{Providers: []string{"Stock"}}, true},
		"consumer is no provider": {Aim{Providers: []string{"Shop"}}, false},
		"label":                   {Aim{ApplicationLabels: []string{"eu"}}, true},
		"label of the consumer":   {Aim{ConsumerLabels: []string{"eu"}}, false},
		"label of the provider":   {Aim{ProviderLabels: []string{"eu"}}, true},
		"branch":                  {Aim{Branches: []string{"main"}}, true},
		"another's branch":        {Aim{Branches: []string{"master"}}, false},
		"provider's branch":       {Aim{ProviderBranches: []string{"mas*"}}, true},
		"tag":                     {Aim{Tags: []string{"dev"}}, true},
		"provider's tag":          {Aim{ProviderTags: []string{"dev"}}, false},
		"environment":             {Aim{Environments: []string{"prod*"}}, true},
		"another environment":     {Aim{Environments: []string{"test"}}, false},
		"all of them":             {Aim{Consumers: []string{"Shop"}, Providers: []string{"Stock"}, Branches: []string{"main"}, ProviderTags: []string{"prod"}}, true},
		"all but one":             {Aim{Consumers: []string{"Shop"}, Providers: []string{"Stock"}, Branches: []string{"dev"}}, false},
	} {
		require.Equal(t, c.want, c.aim.Hits(target), name)
	}
	require.False(t, Aim{Environments: []string{"*"}}.Hits(Target{EnvironmentNames: []string{""}}), "what is not there does not fit")
	require.False(t, Aim{Consumers: []string{"*"}}.Hits(Target{Applications: []Party{shop}}), "the event has no consumer")
}
