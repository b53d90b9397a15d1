package webhooks

import (
	"testing"

	"github.com/accord-broker/accord/internal/events"

	"github.com/stretchr/testify/require"
)

func TestDetect_ofPublications(t *testing.T) {
	published, changed, requiring := events.ContractPublished, events.ContractContentChanged, events.ContractRequiringVerification
	same := func(tag string) Predecessor { return Predecessor{Tag: tag, Found: true, SameContent: true} }
	other := func(tag string) Predecessor { return Predecessor{Tag: tag, Found: true} }
	for name, c := range map[string]struct {
		publication Publication
		required    int
		want        []events.Type
		reason      string
	}{
		"first, untagged":            {Publication{Earlier: []Predecessor{{}}}, 0, []events.Type{published, changed}, "the first pact of this pair without a tag"},
		"the same again":             {Publication{Republished: true, SameAsBefore: true, Earlier: []Predecessor{{}}}, 0, []events.Type{published}, ""},
		"modified":                   {Publication{Republished: true, Earlier: []Predecessor{same("")}}, 0, []events.Type{published, changed}, "other content than this version had before"},
		"as the previous untagged":   {Publication{Earlier: []Predecessor{same("")}}, 0, []events.Type{published}, ""},
		"differs from the previous":  {Publication{Earlier: []Predecessor{other("")}}, 0, []events.Type{published, changed}, "other content than the previous version without tags"},
		"new tag":                    {Publication{Earlier: []Predecessor{{Tag: "dev"}}}, 0, []events.Type{published, changed}, "the first pact of this pair tagged dev"},
		"known tags, same content":   {Publication{Earlier: []Predecessor{same("dev"), same("prod")}}, 0, []events.Type{published}, ""},
		"one tag new, one differing": {Publication{Earlier: []Predecessor{same("a"), {Tag: "b"}, other("c")}}, 0, []events.Type{published, changed}, "the first pact of this pair tagged b, other content than the previous version tagged c"},
		"verification required":      {Publication{Earlier: []Predecessor{other("")}}, 2, []events.Type{published, requiring, changed}, "other content than the previous version without tags"},
		"required though unchanged":  {Publication{Earlier: []Predecessor{same("")}}, 1, []events.Type{published, requiring}, ""},
	} {
		var got []events.Type
		reason := ""
		for _, d := range Detect(c.publication, c.required) {
			got = append(got, d.Event)
			if d.Event == changed {
				reason = d.Reason
			}
		}
		require.Equal(t, c.want, got, name)
		require.Equal(t, c.reason, reason, name)
	}
}

func TestRequiredVerifications_mergesByVersionAndLeavesOutTheVerified(t *testing.T) {
	require.Empty(t, RequiredVerifications(nil))
	require.Equal(t, []RequiredVerification{
		{Version: "7", Branch: "main", Descriptions: []string{"latest from main branch", "deployed in prod"}},
		{Version: "6", Branch: "feat/x", Descriptions: []string{"released in prod"}},
	}, RequiredVerifications([]Candidate{
		{Version: "7", Branch: "main", Description: "latest from main branch"},
		{Version: "5", Branch: "main", Description: "deployed in prod", Verified: true},
		{Version: "7", Branch: "main", Description: "deployed in prod"},
		{Version: "7", Branch: "main", Description: "deployed in prod"},
		{Version: "6", Branch: "feat/x", Description: "released in prod"},
	}))
}

func TestResultEvents_beginWithPublished(t *testing.T) {
	require.Equal(t, []events.Type{events.VerificationPublished, events.VerificationSucceeded}, ResultEvents(true))
	require.Equal(t, []events.Type{events.VerificationPublished, events.VerificationFailed}, ResultEvents(false))
}
