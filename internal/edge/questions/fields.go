package questions

import (
	"errors"
	"slices"
	"strings"

	"github.com/accord-broker/accord/internal/support/fault"
)

// Renamed is the fault with the fields as the client calls them.
func Renamed(err error, rename func(string) string) error {
	var invalid *fault.Error
	if !errors.As(err, &invalid) || invalid.Kind != fault.Invalid {
		return err
	}
	fields := slices.Clone(invalid.Fields)
	for i, field := range fields {
		fields[i].Name = rename(field.Name)
	}
	return fault.InvalidFields(fields...)
}

// Flat is what a field is called where one version is asked for without brackets.
func Flat(name string) string { return strings.TrimPrefix(name, "q.0.") }
