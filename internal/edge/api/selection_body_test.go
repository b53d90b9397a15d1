package api

import (
	"errors"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/selection"
	"github.com/accord-broker/accord/internal/support/fault"
)

func isProd(name string) (exists bool, meant string) {
	if name == "prdo" {
		return false, "prod"
	}
	return name == "prod", ""
}

func TestReadSelection_takesEveryValidCombination(t *testing.T) {
	for selector, want := range map[string]selection.Selector{
		`{"latest":true}`:                                           {Latest: true},
		`{"tag":"a"}`:                                               {Tag: "a"},
		`{"tag":"a","latest":false}`:                                {Tag: "a"},
		`{"tag":"a","latest":true}`:                                 {Tag: "a", Latest: true},
		`{"tag":"a","latest":true,"fallbackTag":"b"}`:               {Tag: "a", Latest: true, FallbackTag: "b"},
		`{"branch":"a"}`:                                            {Branch: "a"},
		`{"branch":true}`:                                           {EveryBranch: true},
		`{"branch":"a","latest":true,"fallbackBranch":"b"}`:         {Branch: "a", Latest: true, FallbackBranch: "b"},
		`{"mainBranch":true}`:                                       {MainBranch: true},
		`{"mainBranch":true,"latest":true}`:                         {MainBranch: true, Latest: true},
		`{"matchingBranch":true}`:                                   {MatchingBranch: true},
		`{"deployed":true}`:                                         {Deployed: true},
		`{"released":true,"environment":"prod"}`:                    {Released: true, Environment: "prod"},
		`{"deployedOrReleased":true}`:                               {Deployed: true, Released: true},
		`{"deployedOrReleased":true,"environment":"prod"}`:          {Deployed: true, Released: true, Environment: "prod"},
		`{"environment":"prod","consumer":"C"}`:                     {Environment: "prod", Consumer: "C"},
		`{"matchingBranch":true,"consumer":"C","surprise":{"a":1}}`: {MatchingBranch: true, Consumer: "C"},
	} {
		q, err := readSelection([]byte(`{"providerVersionBranch":"x","consumerVersionSelectors":[`+selector+`]}`), isProd)
		require.NoError(t, err, selector)
		require.Equal(t, []selection.Selector{want}, q.Selectors, selector)
	}
}

func TestReadSelection_takesTheRest(t *testing.T) {
	for body, want := range map[string]selection.Query{
		``:   {Pending: true},
		"\n": {Pending: true},
		`{}`: {Pending: true},
		`{"providerVersionBranch":null,"providerVersionTags":null,"surprise":1}`:                                                     {Pending: true},
		`{"includePendingStatus":true,"consumerVersionSelectors":[],"providerVersionBranch":"","includeWipPactsSince":"2026-11-21"}`: {Pending: true, Selectors: []selection.Selector{}, WIPSince: time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC)},
		`{"includePendingStatus":false,"includeWipPactsSince":"2026-11-21T10:00:00+01:00","providerVersionTags":["a","b"]}`:          {ProviderTags: []string{"a", "b"}, WIPSince: time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)},
	} {
		q, err := readSelection([]byte(body), isProd)
		require.NoError(t, err, body)
		require.Equal(t, want, q, body)
	}
}

func TestReadSelection_namesWhatIsWrong(t *testing.T) {
	long := strings.Repeat("x", 10_000)
	for member, field := range map[string]string{
		`"providerVersionBranch":"  "`:           "providerVersionBranch cannot be blank",
		`"providerVersionBranch":1`:              "providerVersionBranch must be a string",
		`"providerVersionBranch":"a\u0000b"`:     "providerVersionBranch cannot contain control characters",
		`"providerVersionBranch":"` + long + `"`: "providerVersionBranch cannot be longer than 500 characters",
		`"providerVersionTags":"a"`:              "providerVersionTags must be an array",
		`"providerVersionTags":["a",1]`:          "providerVersionTags must be a string (at index 1)",
		`"providerVersionTags":["\u0000"]`:       "providerVersionTags cannot contain control characters (at index 0)",
		`"includePendingStatus":null`:            "includePendingStatus must be true or false",
		`"includePendingStatus":"true"`:          "includePendingStatus must be true or false",
		`"includeWipPactsSince":null`:            "includeWipPactsSince must be a date, or a date and time, such as 2026-11-21",
		`"includeWipPactsSince":""`:              "includeWipPactsSince must be a date, or a date and time, such as 2026-11-21",
		`"includeWipPactsSince":"soon"`:          "includeWipPactsSince must be a date, or a date and time, such as 2026-11-21",
		`"includeWipPactsSince":20261121`:        "includeWipPactsSince must be a date, or a date and time, such as 2026-11-21",
		`"consumerVersionSelectors":null`:        "consumerVersionSelectors must be an array",
		`"consumerVersionSelectors":{}`:          "consumerVersionSelectors must be an array",
		`"consumerVersionSelectors":[[]]`:        "consumerVersionSelectors must be an object (at index 0)",
		`"consumerVersionSelectors":[null]`:      "consumerVersionSelectors must be an object (at index 0)",
	} {
		_, err := readSelection([]byte("{"+member+"}"), isProd)
		require.EqualError(t, err, field, "%.80s", member)
		require.True(t, fault.Is(err, fault.Invalid))
	}
	for _, body := range []string{`[]`, `null`, `"x"`, `{`, "{\"a\":\"\xff\"}", `{"a":1,"a":2}`} {
		_, err := readSelection([]byte(body), isProd)
		require.True(t, fault.Is(err, fault.Malformed), body)
	}
}

func TestReadSelection_refusesSelectors(t *testing.T) {
	const purpose = "must specify a value for environment or tag or branch, or specify mainBranch=true, matchingBranch=true, latest=true, deployed=true, released=true or deployedOrReleased=true"
	const mixed = "cannot specify the field(s) "
	for selector, want := range map[string][]string{
		`{}`:                   {purpose},
		`{"consumer":"C"}`:     {purpose},
		`{"latest":false}`:     {purpose},
		`{"latest":"true"}`:    {"latest must be one of: true, false"},
		`{"latest":null}`:      {"latest must be one of: true, false"},
		`{"tag":1}`:            {"tag must be a string"},
		`{"tag":null}`:         {"tag must be a string"},
		`{"tag":""}`:           {"tag must be filled"},
		`{"tag":"\u0000"}`:     {"tag cannot contain control characters"},
		`{"branch":""}`:        {"branch must be filled"},
		`{"tag":" "}`:          {"tag cannot be blank"},
		`{"branch":" \u00a0"}`: {"branch cannot be blank"},
		`{"environment":" "}`:  {"environment cannot be blank"},
		`{"tag":"a","latest":true,"fallbackTag":" "}`:                    {"fallbackTag cannot be blank"},
		`{"branch":"a","fallbackBranch":" "}`:                            {"fallbackBranch cannot be blank"},
		`{"branch":false}`:                                               {"branch must be a string"},
		`{"mainBranch":false}`:                                           {"mainBranch must be one of: true"},
		`{"mainBranch":null}`:                                            {"mainBranch must be one of: true"},
		`{"deployed":"true"}`:                                            {"deployed must be one of: true"},
		`{"latest":true,"consumer":" "}`:                                 {"consumer cannot be blank"},
		`{"latest":true,"consumer":""}`:                                  {"consumer must be filled"},
		`{"mainBranch":true,"latest":false}`:                             {"cannot specify mainBranch=true with latest=false"},
		`{"mainBranch":true,"branch":"a"}`:                               {"cannot specify mainBranch=true with any other criteria apart from consumer"},
		`{"mainBranch":true,"deployed":true}`:                            {"cannot specify mainBranch=true with any other criteria apart from consumer", mixed + "mainBranch with the field(s) deployed"},
		`{"matchingBranch":true,"latest":true}`:                          {"cannot specify matchingBranch=true with any other criteria apart from consumer"},
		`{"tag":"a","branch":"b"}`:                                       {"cannot specify both a tag and a branch"},
		`{"tag":"a","latest":true,"environment":"prod","deployed":true}`: {mixed + "latest/tag with the field(s) deployed/environment"},
		`{"tag":"a","fallbackTag":"b"}`:                                  {"cannot specify a fallbackTag without a tag and latest=true"},
		`{"latest":true,"fallbackTag":"b"}`:                              {"cannot specify a fallbackTag without a tag and latest=true"},
		`{"latest":true,"fallbackBranch":"b"}`:                           {"cannot specify a fallbackBranch without a branch"},
		`{"branch":"a","latest":false}`:                                  {"cannot specify a branch with latest=false"},
		`{"branch":"a","latest":false,"fallbackBranch":"b"}`:             {"cannot specify a branch with latest=false"},
		`{"environment":"nowhere"}`:                                      {"environment with name 'nowhere' does not exist"},
		`{"environment":"prdo"}`:                                         {"environment with name 'prdo' does not exist. Did you mean 'prod'?"},
		`{"tag":"\u200b"}`:                                               {"tag cannot be blank"},
		`{"branch":" \u200b"}`:                                           {"branch cannot be blank"},
		`{"environment":7}`:                                              {"environment must be a string"},
		`{"deployed":true,"released":true}`:                              {"cannot specify both deployed=true and released=true"},
		`{"released":true,"deployedOrReleased":true}`:                    {"cannot specify both released=true and deployedOrReleased=true"},
	} {
		_, err := readSelection([]byte(`{"providerVersionBranch":"x","consumerVersionSelectors":[{"latest":true},`+selector+`]}`), isProd)
		var f *fault.Error
		require.True(t, errors.As(err, &f), selector)
		var messages []string
		for _, field := range f.Fields {
			require.Equal(t, "consumerVersionSelectors", field.Name)
			message, at := strings.CutSuffix(field.Message, " (at index 1)")
			require.True(t, at, field.Message)
			messages = append(messages, message)
		}
		require.Equal(t, want, messages, selector)
	}
	_, err := readSelection([]byte(`{"providerVersionBranch":"","consumerVersionSelectors":[{"matchingBranch":true}]}`), isProd)
	require.ErrorContains(t, err, "providerVersionBranch must be specified")
}

func TestReadOldSelection_knowsTagsOnly(t *testing.T) {
	q, err := readOldSelection("provider_version_tags[]=a&provider_version_tags[]=b&provider_version_branch=x&include_pending_status=false&include_wip_pacts_since=2026-11-21"+
		"&consumer_version_selectors[][tag]=dev&consumer_version_selectors[][latest]=true&consumer_version_selectors[][fallback_tag]=main"+
		"&consumer_version_selectors[][tag]=prod&consumer_version_selectors[][consumer]=C%20D", isProd)
	require.NoError(t, err)
	require.Equal(t, selection.Query{
		ProviderBranch: "x", ProviderTags: []string{"a", "b"}, WIPSince: time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC),
		Selectors: []selection.Selector{{Tag: "dev", Latest: true, FallbackTag: "main"}, {Tag: "prod", Consumer: "C D"}},
	}, q)
	q, err = readOldSelection("", isProd)
	require.NoError(t, err)
	require.Equal(t, selection.Query{Pending: true}, q)
}

func TestReadOldSelection_namesWhatIsWrong(t *testing.T) {
	for query, want := range map[string]string{
		"include_pending_status=yes":                                                 "include_pending_status must be true or false",
		"provider_version_branch=%20":                                                "provider_version_branch cannot be blank",
		"provider_version_tags[]=%20":                                                "provider_version_tags cannot be blank (at index 0)",
		"include_pending_status[]=true":                                              "include_pending_status must be a string",
		"include_wip_pacts_since=soon":                                               "include_wip_pacts_since must be a date, or a date and time, such as 2026-11-21",
		"provider_version_tags=a":                                                    "provider_version_tags must be an array",
		"provider_version_tags[][a]=b":                                               "provider_version_tags must be a string (at index 0)",
		"provider_version_branch=" + url.QueryEscape("a\x07"):                        "provider_version_branch cannot contain control characters",
		"consumer_version_selectors=a":                                               "consumer_version_selectors must be an array",
		"consumer_version_selectors[]=a":                                             "consumer_version_selectors must be an object (at index 0)",
		"consumer_version_selectors[][latest]=true":                                  "consumer_version_selectors tag is missing (at index 0)",
		"consumer_version_selectors[][tag]=a&consumer_version_selectors[][latest]=1": "consumer_version_selectors latest must be one of: true, false (at index 0)",
	} {
		_, err := readOldSelection(query, isProd)
		require.EqualError(t, err, want, query)
	}
	_, err := readOldSelection("a=%zz", isProd)
	require.True(t, fault.Is(err, fault.Malformed))
}
