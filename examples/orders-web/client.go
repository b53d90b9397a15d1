// Package ordersweb is the consumer in the examples: the part of a web shop
// that shows customers their orders. It reads them from orders-api, and hears
// from there when an order is on its way.
package ordersweb

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
)

// ErrNoSuchOrder is returned for an order that orders-api does not know.
var ErrNoSuchOrder = errors.New("no such order")

// Order is what the shop shows of an order. It lists the fields that the shop
// needs, and no others: the contract asks for these alone.
type Order struct {
	ID     int    `json:"id" pact:"example=42"`
	Status string `json:"status" pact:"example=paid"`
	Total  int    `json:"total" pact:"example=1999"` // in cents
}

// Client reads orders from orders-api.
type Client struct {
	BaseURL string
	HTTP    *http.Client
}

// Order returns one order, or ErrNoSuchOrder.
func (c Client) Order(ctx context.Context, id int) (Order, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, fmt.Sprintf("%s/orders/%d", c.BaseURL, id), nil)
	if err != nil {
		return Order{}, err
	}
	request.Header.Set("Accept", "application/json")
	response, err := c.HTTP.Do(request)
	if err != nil {
		return Order{}, err
	}
	defer response.Body.Close()
	switch response.StatusCode {
	case http.StatusOK:
		var order Order
		return order, json.NewDecoder(response.Body).Decode(&order)
	case http.StatusNotFound:
		return Order{}, ErrNoSuchOrder
	default:
		return Order{}, fmt.Errorf("orders-api answered %s", response.Status)
	}
}
