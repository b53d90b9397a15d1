package api

import (
	"bytes"
	_ "embed" // for the template below
	"encoding/json"
	pages "html/template"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/accord-broker/accord/internal/contracts"
	"github.com/accord-broker/accord/internal/edge"
	"github.com/accord-broker/accord/internal/edge/hal"
	"github.com/accord-broker/accord/internal/pactfile"
)

//go:embed pact_page.html
var pactPageText string

var pactPageTemplate = pages.Must(pages.New("pact").Parse(pactPageText))

// pactPage is a pact for people.
type pactPage struct {
	Title                                                            string
	Consumer, Version, Provider, Published, SHA                      string
	ConsumerAddress, VersionAddress, ProviderAddress, ContentAddress string
	Requests                                                         []describedRequest
	// Content is the whole content, indented.
	Content string
}

// describedRequest is an interaction or a message in a few words.
type describedRequest struct {
	Description string
	States      []string
	Line        string
	Status      string
}

// writePactPage shows a pact to people: what is asked for in words, and the
// whole content below.
func writePactPage(c *gin.Context, status int, p contracts.Publication, content []byte) error {
	base := edge.Base(c)
	shown := pactPage{
		Title: pactName(p), Consumer: p.Consumer, Version: p.VersionNumber, Provider: p.Provider, Published: hal.Time(p.CreatedAt), SHA: p.SHA,
		ConsumerAddress: base.Pacticipant(p.Consumer), VersionAddress: base.Version(p.Consumer, p.VersionNumber), ProviderAddress: base.Pacticipant(p.Provider),
		ContentAddress: base.PactVersion(p.Provider, p.Consumer, p.SHA),
		Requests:       describeRequests(content), Content: string(pactfile.Indented(content)),
	}
	var page bytes.Buffer
	if err := pactPageTemplate.Execute(&page, shown); err != nil {
		return err
	}
	return edge.Bytes(c, status, edge.HTMLText, page.Bytes())
}

// readableRequest is what a page shows of an interaction or a message.
type readableRequest struct {
	Description string `json:"description"`
	State       string `json:"providerState"`
	States      []struct {
		Name string `json:"name"`
	} `json:"providerStates"`
	Request struct {
		Method string          `json:"method"`
		Path   json.RawMessage `json:"path"`
	} `json:"request"`
	Response struct {
		Status json.RawMessage `json:"status"`
	} `json:"response"`
}

// describeRequests puts in words what can be; of a content that is not in the
// form of a pact, nothing.
func describeRequests(content []byte) []describedRequest {
	var pact struct {
		Interactions []json.RawMessage `json:"interactions"`
		Messages     []json.RawMessage `json:"messages"`
	}
	if json.Unmarshal(content, &pact) != nil {
		return nil
	}
	var described []describedRequest
	for _, raw := range append(pact.Interactions, pact.Messages...) {
		var r readableRequest
		if json.Unmarshal(raw, &r) != nil {
			continue // it stands below, as published
		}
		d := describedRequest{Description: r.Description}
		if r.State != "" {
			d.States = append(d.States, r.State)
		}
		for _, state := range r.States {
			d.States = append(d.States, state.Name)
		}
		if r.Request.Method != "" {
			d.Line, d.Status = strings.ToUpper(r.Request.Method)+" "+asWritten(r.Request.Path), asWritten(r.Response.Status)
		}
		described = append(described, d)
	}
	return described
}

// asWritten is a JSON value as a person would write it.
func asWritten(value json.RawMessage) string {
	if text, err := strconv.Unquote(string(value)); err == nil {
		return text
	}
	return string(value)
}
