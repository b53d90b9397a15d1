package v1

import (
	"github.com/accord-broker/accord/internal/access"
	"github.com/accord-broker/accord/internal/support/fault"
)

// checkScope refuses a body whose lists would give all applications, though they were sent.
func checkScope(applications, labels, teams []string) error {
	if wrong := access.EmptyLists(applications, labels, teams); len(wrong) > 0 {
		return fault.InvalidFields(wrong...)
	}
	return nil
}
