// Command seen checks, after the whole test suite has run, that every answer
// documented in openapi.yaml was given at least once:
//
//	go run ./internal/testing/openapitest/seen DIR
//
// DIR is the directory that ACCORD_OPENAPI_SEEN named while the tests ran. It
// exits with 1 and lists what was never seen.
package main

import (
	"fmt"
	"os"

	"github.com/accord-broker/accord/internal/testing/openapitest"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: seen DIR")
		os.Exit(2)
	}
	unseen, err := openapitest.Unseen(os.Args[1])
	if err != nil {
		fmt.Fprintln(os.Stderr, "seen:", err)
		os.Exit(2)
	}
	for _, line := range unseen {
		fmt.Fprintln(os.Stdout, "never seen:", line)
	}
	if len(unseen) > 0 {
		fmt.Fprintf(os.Stderr, "%d documented answers were never seen: test them, or take them out of openapi.yaml\n", len(unseen))
		os.Exit(1)
	}
}
