package api

import (
	"github.com/gin-gonic/gin"

	"github.com/accord-broker/accord/internal/edge"
	"github.com/accord-broker/accord/internal/pacticipants"
	"github.com/accord-broker/accord/internal/support/fault"
)

// newPacticipant is what a request says that creates an application.
type newPacticipant struct {
	name string
	said pacticipants.Changes
}

// readNewPacticipant reads the body of a request that creates an application; it
// must name it. It returns an Invalid fault with every property that breaks a rule.
func readNewPacticipant(c *gin.Context) (newPacticipant, error) {
	r := pacticipantReader{properties: map[string]any{}}
	if err := edge.Decode(c, &r.properties); err != nil {
		return newPacticipant{}, err
	}
	return r.newPacticipant()
}

// readPacticipant reads the body of a request that changes an application, or puts
// one at an address that names it. It returns an Invalid fault with every property
// that breaks a rule.
func readPacticipant(c *gin.Context) (pacticipants.Changes, error) {
	r := pacticipantReader{properties: map[string]any{}}
	if err := edge.Decode(c, &r.properties); err != nil {
		return pacticipants.Changes{}, err
	}
	return r.changes()
}

// pacticipantReader takes properties out of a decoded JSON object and keeps what is wrong.
type pacticipantReader struct {
	properties map[string]any
	fields     []fault.Field
}

func (r *pacticipantReader) newPacticipant() (newPacticipant, error) {
	name, sent := r.properties["name"]
	if !sent {
		r.fault("name", "is missing")
	}
	said, err := r.changes()
	if err != nil {
		return newPacticipant{}, err
	}
	return newPacticipant{name: name.(string), said: said}, nil
}

func (r *pacticipantReader) changes() (pacticipants.Changes, error) {
	if name, sent := r.properties["name"]; sent && name == nil {
		r.fault("name", "must be a string")
	}
	r.text("name", pacticipants.ValidateName)
	said := pacticipants.Changes{
		DisplayName:         r.text("displayName", pacticipants.ValidateDisplayName),
		RepositoryURL:       r.text("repositoryUrl", pacticipants.ValidateAddress),
		RepositoryName:      r.text("repositoryName", pacticipants.ValidateShortLine),
		RepositoryNamespace: r.text("repositoryNamespace", pacticipants.ValidateShortLine),
		MainBranch:          r.text("mainBranch", pacticipants.ValidateMainBranch),
	}
	if len(r.fields) > 0 {
		return pacticipants.Changes{}, fault.InvalidFields(r.fields...)
	}
	return said, nil
}

// text is what is said of one property: nothing if it was not sent, and that there is
// none if null was.
func (r *pacticipantReader) text(name string, problem func(string) string) *string {
	value, sent := r.properties[name]
	switch text, isText := value.(string); {
	case !sent:
		return nil
	case value == nil:
		return new(string)
	case !isText:
		r.fault(name, "must be a string")
		return nil
	default:
		if message := problem(text); message != "" {
			r.fault(name, message)
		}
		return &text
	}
}

func (r *pacticipantReader) fault(name, message string) {
	r.fields = append(r.fields, fault.Field{Name: name, Message: message})
}
