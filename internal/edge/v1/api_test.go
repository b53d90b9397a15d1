package v1_test

import "github.com/accord-broker/accord/internal/support/links"

// at makes the addresses of things.
const at = links.Base("")
