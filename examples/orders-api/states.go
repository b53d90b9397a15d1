package main

import (
	"encoding/json"
	"fmt"
	"net/http"
)

// states are the situations that consumers name in their contracts ("given
// …"), and how orders-api gets into each.
var states = map[string]func(*Orders){
	"there are no orders": func(o *Orders) { o.Replace() },
	"order 42 is paid": func(o *Orders) {
		o.Replace(Order{ID: 42, Customer: "Ada", Status: "paid", Total: 1999})
	},
}

// changeState serves verifiers that run outside this process: they post the
// state they need, and whether they begin or end with it.
func changeState(orders *Orders) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var change struct{ State, Action string }
		if err := json.NewDecoder(r.Body).Decode(&change); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		set, known := states[change.State]
		switch {
		case change.State == "" || change.Action == "teardown":
			orders.Replace()
		case known:
			set(orders)
		default:
			http.Error(w, fmt.Sprintf("unknown state %q", change.State), http.StatusBadRequest)
		}
	}
}
