// Command orders-api is the provider in the examples: the service that knows
// the orders of a web shop, and announces when one is shipped.
package main

import (
	"flag"
	"log"
	"net/http"
	"time"
)

func main() {
	address := flag.String("listen", "127.0.0.1:8080", "where to serve")
	verifying := flag.Bool("verifying", false, "let a verifier change the state by POST /_state")
	flag.Parse()

	orders := &Orders{}
	mux := http.NewServeMux()
	mux.Handle("/orders/", orders)
	if *verifying {
		mux.HandleFunc("POST /_state", changeState(orders))
	}
	server := &http.Server{Addr: *address, Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	log.Fatal(server.ListenAndServe())
}
