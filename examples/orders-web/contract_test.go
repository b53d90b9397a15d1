//go:build pact

package ordersweb_test

import (
	"fmt"
	"net/http"
	"os"
	"testing"

	"github.com/pact-foundation/pact-go/v2/consumer"
	"github.com/pact-foundation/pact-go/v2/matchers"
	message "github.com/pact-foundation/pact-go/v2/message/v4"
	"github.com/stretchr/testify/require"

	ordersweb "github.com/accord-broker/accord/examples/orders-web"
)

// These tests run the consumer's own code against a stand-in for orders-api.
// What it asked for, and what it could live with, becomes the contract: a file
// in the folder PACT_DIR, or in ./pacts.

func TestOrder_isShown(t *testing.T) {
	err := ordersAPI(t).AddInteraction().
		Given("order 42 is paid").
		UponReceiving("a request for order 42").
		WithRequest(http.MethodGet, "/orders/42", acceptJSON).
		WillRespondWith(http.StatusOK, func(b *consumer.V4ResponseBuilder) {
			b.Header("Content-Type", matchers.Regex("application/json", `application/json(;.*)?`))
			b.BodyMatch(ordersweb.Order{})
		}).
		ExecuteTest(t, func(server consumer.MockServerConfig) error {
			order, err := clientOf(server).Order(t.Context(), 42)
			require.NoError(t, err)
			require.Equal(t, ordersweb.Order{ID: 42, Status: "paid", Total: 1999}, order)
			return nil
		})
	require.NoError(t, err)
}

func TestOrder_thatDoesNotExist(t *testing.T) {
	err := ordersAPI(t).AddInteraction().
		Given("there are no orders").
		UponReceiving("a request for an unknown order").
		WithRequest(http.MethodGet, "/orders/43", acceptJSON).
		WillRespondWith(http.StatusNotFound).
		ExecuteTest(t, func(server consumer.MockServerConfig) error {
			_, err := clientOf(server).Order(t.Context(), 43)
			require.ErrorIs(t, err, ordersweb.ErrNoSuchOrder)
			return nil
		})
	require.NoError(t, err)
}

func TestShipment_isToldToTheCustomer(t *testing.T) {
	pact, err := message.NewAsynchronousPact(message.Config{Consumer: "orders-web", Provider: "orders-api", PactDir: os.Getenv("PACT_DIR")})
	require.NoError(t, err)
	inbox := &ordersweb.Inbox{}

	err = pact.AddAsynchronousMessage().
		Given("order 42 is paid").
		ExpectsToReceive("an order was shipped").
		WithJSONContent(matchers.MatchV2(ordersweb.Shipped{})).
		AsType(&ordersweb.Shipped{}).
		ConsumedBy(func(m message.AsynchronousMessage) error {
			shipped, ok := m.Body.(*ordersweb.Shipped)
			require.True(t, ok)
			return inbox.Receive(*shipped)
		}).
		Verify(t)

	require.NoError(t, err)
	require.Equal(t, []string{"Order 42 is on its way with Snail Mail."}, inbox.Lines)
}

func ordersAPI(t *testing.T) *consumer.V4HTTPMockProvider {
	t.Helper()
	pact, err := consumer.NewV4Pact(consumer.MockHTTPProviderConfig{
		Consumer: "orders-web", Provider: "orders-api", Host: "127.0.0.1", PactDir: os.Getenv("PACT_DIR"),
	})
	require.NoError(t, err)
	return pact
}

func acceptJSON(b *consumer.V4RequestBuilder) { b.Header("Accept", matchers.S("application/json")) }

func clientOf(server consumer.MockServerConfig) ordersweb.Client {
	return ordersweb.Client{BaseURL: fmt.Sprintf("http://%s:%d", server.Host, server.Port), HTTP: http.DefaultClient}
}
