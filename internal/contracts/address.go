package contracts

import (
	"fmt"

	"github.com/accord-broker/accord/internal/pactfile"
	"github.com/accord-broker/accord/internal/pacticipants"
	"github.com/accord-broker/accord/internal/support/fault"
	"github.com/accord-broker/accord/internal/versions"
)

// Address is what the address of a contract names.
type Address struct{ Consumer, Provider, Version string }

// CheckPact reports whether a contract may be put at an address: with usable
// names, and not being the contract of somebody else. Formats are given where
// versions are ordered by number, and the number must then be in one of them.
// It returns an Invalid fault with everything that breaks a rule.
func CheckPact(at Address, body pactfile.Body, formats versions.Formats) error {
	var fields []fault.Field
	check := func(name, message string) {
		if message != "" {
			fields = append(fields, fault.Field{Name: name, Message: message})
		}
	}
	check("consumer.name", pacticipants.ValidateName(at.Consumer))
	check("provider.name", pacticipants.ValidateName(at.Provider))
	fields = append(fields, ValidateParties(body, at.Consumer, at.Provider)...)
	check("consumer_version_number", validateNumber(at.Version, formats))
	if len(fields) > 0 {
		return fault.InvalidFields(fields...)
	}
	return nil
}

func validateNumber(number string, formats versions.Formats) string {
	if problem := pacticipants.ValidateName(number); problem != "" {
		return problem
	}
	if formats != nil && !formats.Read(number).Readable() {
		return fmt.Sprintf("'%s' has no number that versions could be ordered by", number)
	}
	return ""
}

// ValidateParties says where the parties that a contract itself names are not
// those it is published for. A contract need not name them.
func ValidateParties(body pactfile.Body, consumer, provider string) []fault.Field {
	var fields []fault.Field
	for _, party := range [][2]string{{"consumer", consumer}, {"provider", provider}} {
		role, want := party[0], party[1]
		value := pactfile.Member(body, role)
		name, isText := pactfile.TextOf(pactfile.Member(value, "name"))
		switch {
		case value != nil && pactfile.IsNull(value):
			fields = append(fields, fault.Field{Name: role + ".name", Message: "is missing, as the " + role + " is null"})
		case isText && name != want && want != "":
			fields = append(fields, fault.Field{Name: role + ".name", Message: fmt.Sprintf("('%s') must be the same as the %s that the contract is published for ('%s')", name, role, want)})
		}
	}
	return fields
}
