package main

import (
	"encoding/json"
	"net/http"
	"strconv"
	"sync"
)

// Order is an order as the API shows it.
type Order struct {
	ID       int    `json:"id"`
	Customer string `json:"customer"`
	Status   string `json:"status"`
	Total    int    `json:"total"` // in cents
}

// Shipped is the message sent when an order leaves the house.
type Shipped struct {
	OrderID int    `json:"orderId"`
	Carrier string `json:"carrier"`
}

// Orders keeps the orders in memory and serves them over HTTP.
type Orders struct {
	mu   sync.Mutex
	byID map[int]Order
}

// Replace forgets all orders but these.
func (o *Orders) Replace(orders ...Order) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.byID = map[int]Order{}
	for _, order := range orders {
		o.byID[order.ID] = order
	}
}

// Ship returns the message that announces the shipment of an order.
func (o *Orders) Ship(id int) (Shipped, bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	order, known := o.byID[id]
	return Shipped{OrderID: order.ID, Carrier: "Snail Mail"}, known
}

// ServeHTTP answers GET /orders/{id}.
func (o *Orders) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /orders/{id}", o.show)
	mux.ServeHTTP(w, r)
}

func (o *Orders) show(w http.ResponseWriter, r *http.Request) {
	id, err := strconv.Atoi(r.PathValue("id"))
	o.mu.Lock()
	order, known := o.byID[id]
	o.mu.Unlock()
	if err != nil || !known {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(order) //nolint:errcheck // the reader has gone; there is nobody to tell
}
