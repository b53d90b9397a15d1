package api

import (
	"github.com/gin-gonic/gin"

	"github.com/accord-broker/accord/internal/edge"
	"github.com/accord-broker/accord/internal/pacticipants"
	"github.com/accord-broker/accord/internal/support/fault"
)

// readNewPacticipant reads the body of a request that creates an application; it
// must name it. It returns an Invalid fault with every property that breaks a rule.
func readNewPacticipant(c *gin.Context) (pacticipants.Body, error) {
	r := pacticipantReader{properties: map[string]any{}}
	if err := edge.Decode(c, &r.properties); err != nil {
		return pacticipants.Body{}, err
	}
	return r.newBody()
}

// readPacticipant reads the body of a request that changes an application, or puts
// one at an address that names it. It returns an Invalid fault with every property
// that breaks a rule.
func readPacticipant(c *gin.Context) (pacticipants.Body, error) {
	r := pacticipantReader{properties: map[string]any{}}
	if err := edge.Decode(c, &r.properties); err != nil {
		return pacticipants.Body{}, err
	}
	return r.body()
}

// pacticipantReader takes properties out of a decoded JSON object and keeps what is wrong.
type pacticipantReader struct {
	properties map[string]any
	fields     []fault.Field
}

func (r *pacticipantReader) newBody() (pacticipants.Body, error) {
	if _, sent := r.properties["name"]; !sent {
		r.fault("name", "is missing")
	}
	return r.body()
}

func (r *pacticipantReader) body() (pacticipants.Body, error) {
	if name, sent := r.properties["name"]; sent && name == nil {
		r.fault("name", "must be a string")
	}
	body := pacticipants.Body{
		Name:                r.text("name", pacticipants.ValidateName),
		DisplayName:         r.text("displayName", pacticipants.ValidateDisplayName),
		RepositoryURL:       r.text("repositoryUrl", pacticipants.ValidateAddress),
		RepositoryName:      r.text("repositoryName", pacticipants.ValidateShortLine),
		RepositoryNamespace: r.text("repositoryNamespace", pacticipants.ValidateShortLine),
		MainBranch:          r.text("mainBranch", pacticipants.ValidateMainBranch),
	}
	if len(r.fields) > 0 {
		return pacticipants.Body{}, fault.InvalidFields(r.fields...)
	}
	return body, nil
}

func (r *pacticipantReader) text(name string, problem func(string) string) pacticipants.Text {
	value, sent := r.properties[name]
	if value == nil {
		return pacticipants.Text{Sent: sent}
	}
	text, isText := value.(string)
	if !isText {
		r.fault(name, "must be a string")
		return pacticipants.Text{Sent: true}
	}
	if message := problem(text); message != "" {
		r.fault(name, message)
	}
	return pacticipants.Text{Sent: true, Value: &text}
}

func (r *pacticipantReader) fault(name, message string) {
	r.fields = append(r.fields, fault.Field{Name: name, Message: message})
}
