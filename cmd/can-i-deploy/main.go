// Command can-i-deploy asks a contract broker whether versions of applications
// may be deployed, and answers with its exit code.
package main

import (
	"os"

	"github.com/accord-broker/accord/internal/canideploy"
)

func main() {
	os.Exit(canideploy.Run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr, os.Getenv))
}
