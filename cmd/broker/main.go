// Command broker is the contract broker: a server, and what its keeper needs.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/accord-broker/accord/internal/commands"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// A second signal ends the program at once, as it does by default.
	context.AfterFunc(ctx, stop)
	os.Exit(commands.Run(ctx, commands.Shell{Name: os.Args[0], Args: os.Args[1:], Environ: os.Environ(), Out: os.Stdout, Err: os.Stderr}))
}
