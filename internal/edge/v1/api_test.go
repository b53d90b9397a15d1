package v1_test

import "accord/internal/support/links"

// at makes the addresses of things.
const at = links.Base("")
