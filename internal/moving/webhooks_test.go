package moving

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/archive"
)

func TestWithOddWebhooksDisabled(t *testing.T) {
	hook := func(uuid, method, url string) *archive.Webhook {
		return &archive.Webhook{UUID: uuid, Method: method, URL: url, Enabled: true}
	}
	off := hook("off", "", "")
	off.Enabled = false
	source := WithOddWebhooksDisabled(some{
		&archive.Application{Name: "Shop"}, hook("well", "post", "https://ci.example/${pactbroker.consumerName}"), hook("plain", "GET", "http://ci.example"),
		hook("nowhere", "POST", ""), hook("relative", "POST", "/build"), hook("file", "POST", "file:///etc"), hook("method", "SEND", "https://ci.example"), off,
	})
	for range 2 {
		enabled := []string{}
		read := all(t, source)
		require.Len(t, read, 8, "all come")
		for _, r := range read {
			if w, is := r.(*archive.Webhook); is && w.Enabled {
				enabled = append(enabled, w.UUID)
			}
		}
		require.Equal(t, []string{"well", "plain"}, enabled)
		require.Equal(t, []archive.Skipped{
			{Kind: archive.KindWebhook, Reason: archive.OddURL, Count: 3, First: []string{"file", "nowhere", "relative"}, Otherwise: true},
			{Kind: archive.KindWebhook, Reason: archive.OddMethod, Count: 1, First: []string{"method"}, Otherwise: true},
		}, source.Skipped(), "and each is told once; what is disabled anyway is not told")
	}
}

func TestWebhookShown_hasNoDescriptionIfTheShownOneIsMade(t *testing.T) {
	for _, tt := range []struct{ method, url, shown, want string }{
		{"POST", "https://ci.example/build", "POST ci.example", ""},
		{"post", "https://ci.example:8443/${pactbroker.consumerName}", "POST ci.example", ""},
		{"POST", "https://ci.example/build", "GET ci.example", "GET ci.example"},
		{"POST", "https://ci.example/build", "build Stock", "build Stock"},
		{"POST", "https://ci.example/build", "", ""},
	} {
		shown := webhookShown{Description: tt.shown}
		shown.Request.Method, shown.Request.URL = tt.method, tt.url
		record, err := shown.record("w")
		require.NoError(t, err)
		require.Equal(t, tt.want, record.Description, tt)
	}
}
