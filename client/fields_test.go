package client_test

import (
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/client"
	"github.com/accord-broker/accord/internal/events"
	"github.com/accord-broker/accord/internal/testing/openapitest"
	"github.com/accord-broker/accord/internal/webhooks"
)

// What an event tells, and what a webhook can ask of it, is the same in the broker and in
// the contract, against which the client is held by its operations.
func TestFields_areThoseOfTheBroker(t *testing.T) {
	openapitest.CheckType(t, "EventData", events.Data{})

	var conditions []string
	for _, c := range webhooks.Conditions() {
		conditions = append(conditions, c.Name)
	}
	require.ElementsMatch(t, conditions, namesOf(reflect.TypeFor[client.EventFilter]()))
}

// namesOf are the names in JSON of what a struct holds.
func namesOf(of reflect.Type) []string {
	var names []string
	for _, field := range reflect.VisibleFields(of) {
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		names = append(names, name)
	}
	return names
}
