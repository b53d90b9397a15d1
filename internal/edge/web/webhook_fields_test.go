package web

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/events"
)

// A form drops what it does not show: a webhook that listens to an event without a
// box would no longer do so after it was edited.
func TestEventChoices_areAllEvents(t *testing.T) {
	var offered []string
	for _, choice := range eventChoices {
		offered = append(offered, choice.Name)
	}
	var all []string
	for _, event := range events.All() {
		all = append(all, string(event))
	}
	require.ElementsMatch(t, all, offered)
}
