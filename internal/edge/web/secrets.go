package web

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/accord-broker/accord/internal/access"
	"github.com/accord-broker/accord/internal/edge"
	"github.com/accord-broker/accord/internal/support/fault"
	"github.com/accord-broker/accord/internal/webhooks"
)

// secretsPage lists the secrets, whose values nobody sees.
type secretsPage struct {
	frame
	Team     choice
	Filtered bool
	Rows     []secretRow
	Next     string
	New      secretForm
}

type secretRow struct {
	Name, Address, Description string
	Hosts                      []string
	Scope                      access.Scope
	Set                        moment
}

// secretForm puts in a value.
type secretForm struct {
	Form, Name, Hosts, Description string
	// Fixed tells that the name is in the address, Stored that there is a value.
	Fixed, Stored bool
	scopeForm
	Problems []string
}

// secretPage shows one secret, and lets another value be put in.
type secretPage struct {
	frame
	Name  string
	Set   moment
	Scope access.Scope
	Form  secretForm
	// Changes tells that who looks at the page may change the secret.
	Changes  bool
	Labelled []link
	Webhooks []link
	Delete   string
}

// secretsShown is how many secrets are on a page, fillersAtMost how many webhooks are
// looked through for one.
const (
	secretsShown  = 50
	fillersAtMost = 1000
)

var secretLabels = map[string]string{"name": "The name", "value": "The value", "hosts": "The hosts", "description": "What it is", "applications": "Applications", "labels": "Labels", "teams": "Teams"}

func (w *Web) showSecrets(c *gin.Context) error {
	page, err := w.secretsPage(c)
	if err != nil {
		return err
	}
	return w.show(c, "secrets.html", page)
}

func (w *Web) secretsPage(c *gin.Context) (secretsPage, error) {
	after, _ := edge.QueryValue(c, "after")
	team, err := w.askedTeam(c)
	if err != nil {
		return secretsPage{}, err
	}
	found, err := w.services.Webhooks.ListSecrets(c.Request.Context(), team.name(), after, secretsShown+1)
	if err != nil {
		return secretsPage{}, err
	}
	at := here(c).Path("/secrets")
	page := secretsPage{
		frame:    w.frame(c, "Secrets", "/webhooks", entry{Text: "Webhooks", Address: here(c).Path("/webhooks")}, entry{Text: "Secrets"}),
		Team:     team.Choice,
		Filtered: team.Team != nil,
		New:      secretForm{Form: at},
	}
	if len(found) > secretsShown {
		found = found[:secretsShown]
		query := url.Values{"after": {found[secretsShown-1].Name}}
		if team.Team != nil {
			query.Set("team", team.name())
		}
		page.Next = "?" + query.Encode()
	}
	m := moments{w.services.Now()}
	for _, s := range found {
		page.Rows = append(page.Rows, secretRow{Name: s.Name, Address: at + "/" + url.PathEscape(s.Name), Description: s.Description, Hosts: s.Hosts, Scope: s.Scope, Set: m.ago(s.UpdatedAt)})
	}
	return page, nil
}

func (w *Web) showWebhookSecret(c *gin.Context) error {
	page, err := w.secretPage(c)
	if err != nil {
		return err
	}
	return w.show(c, "secret.html", page)
}

func (w *Web) secretPage(c *gin.Context) (secretPage, error) {
	name := edge.Param(c, "secret")
	kept, changes, err := w.services.Webhooks.ShowSecret(c.Request.Context(), name)
	found := err == nil
	if err != nil && !fault.Is(err, fault.NotFound) {
		return secretPage{}, err
	}
	edge.NoteRefused(c.Request, err)
	at := here(c).Path("/secrets")
	page := secretPage{
		frame: w.frame(
			c,
			name,
			"/webhooks",
			entry{Text: "Webhooks", Address: here(c).Path("/webhooks")},
			entry{Text: "Secrets", Address: at},
			entry{Text: name},
		),
		Name:    name,
		Scope:   kept.Scope,
		Changes: changes || !found,
		Form: secretForm{
			Form:        at + "/" + url.PathEscape(name),
			Name:        name,
			Fixed:       true,
			Stored:      found,
			Hosts:       strings.Join(kept.Hosts, "\n"),
			Description: kept.Description,
			scopeForm:   scopeFormOf(kept.Scope),
		},
	}
	if found {
		page.Set = moments{w.services.Now()}.ago(kept.UpdatedAt)
	}
	page.Labelled = applicationsAt(here(c), kept.Labelled)
	if changes {
		page.Delete = page.Form.Form + "/delete"
	}
	page.Webhooks, err = w.webhooksWith(c, name)
	return page, err
}

// webhooksWith are the webhooks that fill in a secret, as far as who asks may see
// them.
func (w *Web) webhooksWith(c *gin.Context, secret string) ([]link, error) {
	all, err := w.services.Webhooks.ListDetailed(c.Request.Context(), webhooks.DetailedQuery{Limit: fillersAtMost})
	var found []link
	for _, hook := range all {
		if slices.Contains(hook.Request.SecretNames(), secret) {
			found = append(found, link{hook.Name(), webhookAt(c, hook.UUID)})
		}
	}
	return found, err
}

// putSecret keeps the value that a form has sent, under the name of the address or
// that of the form.
func (w *Web) putSecret(c *gin.Context) error {
	sent, err := formOf(c)
	if err != nil {
		return err
	}
	name := orWord(edge.Param(c, "secret"), strings.TrimSpace(sent.Get("name")))
	secret := webhooks.Secret{
		Name:        name,
		Description: strings.TrimSpace(sent.Get("description")),
		Hosts:       linesOf(sent, "hosts"),
		Scope:       access.ScopeOf(linesOf(sent, "applications"), linesOf(sent, "labels"), linesOf(sent, "teams")),
	}
	kept, _, err := w.services.Webhooks.PutSecret(c.Request.Context(), secret, sent.Get("value"))
	if err == nil && len(kept.Labelled) > 0 {
		return seeOther(c, here(c).Path("/secrets/"+url.PathEscape(name))) // which tells whose it is by a label
	}
	if err == nil {
		return seeOther(c, here(c).Path("/secrets"))
	}
	// Who may keep secrets of some applications may have forgotten to name them.
	unnamed := secret.Scope.All && fault.Is(err, fault.Forbidden)
	if !unnamed && !fault.Is(err, fault.Invalid) && !fault.Is(err, fault.Unprocessable) && !fault.Is(err, fault.Conflict) {
		return err
	}
	edge.NoteRefused(c.Request, err)
	status := http.StatusUnprocessableEntity
	if unnamed {
		status = http.StatusForbidden
	}
	if edge.Param(c, "secret") != "" {
		page, failure := w.secretPage(c)
		if failure != nil {
			return failure
		}
		page.Form.refuse(sent, err)
		return w.showAs(c, status, "secret.html", page)
	}
	page, failure := w.secretsPage(c)
	if failure != nil {
		return failure
	}
	page.New.refuse(sent, err)
	return w.showAs(c, status, "secrets.html", page)
}

// refuse shows again what a form has sent, with what is wrong.
func (f *secretForm) refuse(sent url.Values, err error) {
	if !f.Fixed {
		f.Name = sent.Get("name")
	}
	f.Hosts, f.Description, f.Problems = sent.Get("hosts"), sent.Get("description"), wrongFields(err, secretLabels)
	f.scopeForm = scopeForm{sent.Get("applications"), sent.Get("labels"), sent.Get("teams")}
}

func (w *Web) confirmSecretDeletion(c *gin.Context) error {
	name := edge.Param(c, "secret")
	_, changes, err := w.services.Webhooks.ShowSecret(c.Request.Context(), name)
	if err != nil {
		return err
	}
	using, err := w.webhooksWith(c, name)
	if err != nil {
		return err
	}
	at := here(c).Path("/secrets/" + url.PathEscape(name))
	page := deletePage{
		frame: w.frame(
			c,
			"Delete "+name+"?",
			"/webhooks",
			entry{Text: "Webhooks", Address: here(c).Path("/webhooks")},
			entry{Text: "Secrets", Address: here(c).Path("/secrets")},
			entry{Text: name, Address: at},
			entry{Text: "Delete"},
		),
		Heading: "Delete the secret " + name + "?", Form: at + "/delete", Keep: at, Button: "Delete " + name,
	}
	if !changes {
		page.Refused = "It is deleted by those who may manage the webhooks of all that it is for."
	}
	if len(using) > 0 {
		page.Warnings = []string{fmt.Sprintf("%s it in. Without its value nothing of theirs is sent any more.", fillers(len(using)))}
	}
	return w.show(c, "delete.html", page)
}

func fillers(n int) string {
	if n == 1 {
		return "1 webhook fills"
	}
	return fmt.Sprintf("%d webhooks fill", n)
}

func (w *Web) deleteSecret(c *gin.Context) error {
	if err := w.services.Webhooks.DeleteSecret(c.Request.Context(), edge.Param(c, "secret")); err != nil {
		return err
	}
	return seeOther(c, here(c).Path("/secrets"))
}
