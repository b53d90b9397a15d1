package webhooks

import (
	"testing"

	"github.com/accord-broker/accord/internal/events"

	"github.com/stretchr/testify/require"
)

func TestListens_toItsEventsBetweenItsSides(t *testing.T) {
	web, ledger := Party{Name: "Web", Labels: []string{"ui", "new"}}, Party{Name: "Ledger"}
	for name, c := range map[string]struct {
		consumer, provider Side
		want               bool
	}{
		"all":               {Side{}, Side{}, true},
		"by name":           {Side{Name: "Web"}, Side{Name: "Ledger"}, true},
		"one side by name":  {Side{}, Side{Name: "Ledger"}, true},
		"by label":          {Side{Label: "ui"}, Side{}, true},
		"label and name":    {Side{Label: "new"}, Side{Name: "Ledger"}, true},
		"other name":        {Side{Name: "App"}, Side{}, false},
		"other case":        {Side{Name: "web"}, Side{}, false},
		"other provider":    {Side{Name: "Web"}, Side{Name: "Mail"}, false},
		"label nobody has":  {Side{}, Side{Label: "core"}, false},
		"label, other name": {Side{Label: "ui"}, Side{Name: "Mail"}, false},
	} {
		w := Webhook{Enabled: true, Events: []events.Type{events.ContractPublished}, Consumer: c.consumer, Provider: c.provider}
		require.Equal(t, c.want, w.Listens(events.ContractPublished, web, ledger), name)
		require.False(t, w.Listens(events.ContractContentChanged, web, ledger), name)
		w.Enabled = false
		require.False(t, w.Listens(events.ContractPublished, web, ledger), name)
	}
}

func TestScope_inWords(t *testing.T) {
	for want, w := range map[string]Webhook{
		"A webhook for all pacts":                                                  {},
		"A webhook for all pacts with provider Ledger":                             {Provider: Side{Name: "Ledger"}},
		"A webhook for all pacts with consumers labelled ui":                       {Consumer: Side{Label: "ui"}},
		"A webhook for the pacts between consumer Web and providers labelled core": {Consumer: Side{Name: "Web"}, Provider: Side{Label: "core"}},
	} {
		require.Equal(t, want, w.Scope())
	}
}

func TestName_isTheDescriptionOrMethodAndHost(t *testing.T) {
	request := Request{Method: "post", URL: "https://ci.example.org:8443/${pactbroker.consumerName}"}
	require.Equal(t, "build", Webhook{Description: "build", Request: request}.Name())
	require.Equal(t, "POST ci.example.org", Webhook{Description: "  ", Request: request}.Name())
}

func TestValidUUID(t *testing.T) {
	require.True(t, ValidUUID(NewUUID()))
	require.Len(t, NewUUID(), 22)
	require.NotEqual(t, NewUUID(), NewUUID())
	require.True(t, ValidUUID("my-own-webhook_1"))
	for _, wrong := range []string{"", "short", "with blanks in it all", "my-own-webhook-0001\n", string(make([]byte, 300))} {
		require.False(t, ValidUUID(wrong), "%q", wrong)
	}
}
