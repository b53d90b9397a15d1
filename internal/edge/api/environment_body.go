package api

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/accord-broker/accord/internal/deployments"
	"github.com/accord-broker/accord/internal/edge"
	"github.com/accord-broker/accord/internal/pacticipants"
	"github.com/accord-broker/accord/internal/support/fault"
)

// readEnvironment reads what a request says of an environment. It returns an
// Invalid fault with every property that breaks a rule.
func readEnvironment(c *gin.Context) (deployments.Environment, error) {
	properties, err := edge.Object(c)
	if err != nil {
		return deployments.Environment{}, err
	}
	r := environmentReader{properties: properties}
	return r.environment()
}

// environmentReader takes properties out of a request and keeps what is wrong.
type environmentReader struct {
	properties map[string]json.RawMessage
	fields     []fault.Field
}

func (r *environmentReader) environment() (deployments.Environment, error) {
	e := deployments.Environment{
		Name:        r.name(),
		DisplayName: r.displayName(),
		Production:  r.production(),
		Contacts:    r.contacts(),
	}
	if len(r.fields) > 0 {
		return deployments.Environment{}, fault.InvalidFields(r.fields...)
	}
	return e, nil
}

func (r *environmentReader) fault(name, format string, args ...any) {
	r.fields = append(r.fields, fault.Field{Name: name, Message: fmt.Sprintf(format, args...)})
}

func (r *environmentReader) name() string {
	raw, sent := r.properties["name"]
	var name *string
	switch {
	case !sent:
		r.fault("name", "is missing")
	case json.Unmarshal(raw, &name) != nil || name == nil:
		r.fault("name", "must be a string")
	case pacticipants.ValidateName(*name) != "":
		r.fault("name", "%s", pacticipants.ValidateName(*name))
	case strings.Contains(*name, " "):
		r.fault("name", "cannot contain spaces")
	default:
		return *name
	}
	return ""
}

func (r *environmentReader) displayName() string {
	raw, sent := r.properties["displayName"]
	var name *string
	switch {
	case !sent || string(raw) == "null":
	case json.Unmarshal(raw, &name) != nil:
		r.fault("displayName", "must be a string")
	case strings.TrimSpace(*name) != "" && pacticipants.ValidateName(*name) != "":
		r.fault("displayName", "%s", pacticipants.ValidateName(*name))
	case pacticipants.ValidateLine(*name) != "":
		r.fault("displayName", "%s", pacticipants.ValidateLine(*name))
	default:
		return strings.TrimSpace(*name)
	}
	return ""
}

func (r *environmentReader) production() bool {
	raw, sent := r.properties["production"]
	var production *bool
	switch {
	case !sent:
		r.fault("production", "is missing")
	case json.Unmarshal(raw, &production) != nil || production == nil:
		r.fault("production", "must be true or false")
	default:
		return *production
	}
	return false
}

func (r *environmentReader) contacts() []deployments.Contact {
	raw, sent := r.properties["contacts"]
	if !sent {
		return nil
	}
	var sentContacts []map[string]json.RawMessage
	if string(raw) == "null" || json.Unmarshal(raw, &sentContacts) != nil {
		r.fault("contacts", "must be a list of objects with a name and, if you like, details")
		return nil
	}
	if problem := fault.ValidateCount(len(sentContacts), fault.MaxListed); problem != "" {
		r.fault("contacts", "%s", problem)
		return nil
	}
	contacts := []deployments.Contact{}
	for i, sent := range sentContacts {
		contacts = append(contacts, r.contact(i, sent))
	}
	return contacts
}

func (r *environmentReader) contact(i int, sent map[string]json.RawMessage) deployments.Contact {
	var contact deployments.Contact
	var name *string
	raw, named := sent["name"]
	switch {
	case !named:
		r.fault("contacts", "name is missing (at index %d)", i)
	case json.Unmarshal(raw, &name) != nil || name == nil:
		r.fault("contacts", "name must be a string (at index %d)", i)
	case pacticipants.ValidateName(*name) != "":
		r.fault("contacts", "name %s (at index %d)", pacticipants.ValidateName(*name), i)
	default:
		contact.Name = *name
	}
	if details, given := sent["details"]; given && string(details) != "null" {
		if details[0] != '{' {
			r.fault("contacts", "details must be an object (at index %d)", i)
			return contact
		}
		contact.Details = details
	}
	return r.withOthers(i, contact, sent)
}

// withOthers returns the contact with what else was sent of it, which goes where
// everybody looks for it: into the details. The native command line sends the
// address there when it creates an environment, and as "email" when it updates one.
func (r *environmentReader) withOthers(i int, contact deployments.Contact, sent map[string]json.RawMessage) deployments.Contact {
	details := map[string]json.RawMessage{}
	if contact.Details != nil {
		_ = json.Unmarshal(contact.Details, &details) // it is an object, as was seen before
	}
	added := false
	for _, member := range slices.Sorted(maps.Keys(sent)) {
		raw := sent[member]
		if member == "name" || member == "details" || string(raw) == "null" || (member == "email" && !r.isEmail(i, raw)) {
			continue
		}
		inDetails := member
		if member == "email" {
			inDetails = "emailAddress"
		}
		if other, given := details[inDetails]; given && !bytes.Equal(other, raw) {
			r.fault("contacts", "%s and details.%s must be the same (at index %d)", member, inDetails, i)
			continue
		}
		details[inDetails], added = raw, true
	}
	if added {
		contact.Details, _ = json.Marshal(details) // members were read as JSON, so they can be written
	}
	return contact
}

func (r *environmentReader) isEmail(i int, raw json.RawMessage) bool {
	var email string
	if json.Unmarshal(raw, &email) != nil {
		r.fault("contacts", "email must be a string (at index %d)", i)
		return false
	}
	problem := pacticipants.ValidateLine(email)
	if problem != "" {
		r.fault("contacts", "email %s (at index %d)", problem, i)
	}
	return problem == ""
}
