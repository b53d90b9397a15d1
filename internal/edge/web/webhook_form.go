package web

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/accord-broker/accord/internal/dashboard"
	"github.com/accord-broker/accord/internal/edge"
	"github.com/accord-broker/accord/internal/events"
	"github.com/accord-broker/accord/internal/support/fault"
	"github.com/accord-broker/accord/internal/webhooks"
)

// webhookFormPage is the form of a webhook: a new one, or one that is kept.
type webhookFormPage struct {
	frame
	Heading, Lead string
	Form          string
	Cancel        string
	Delete        string
	Fields        webhookFields
	// Wrong says by field what is wrong, Problems all of it.
	Wrong    map[string]string
	Problems []string
	Checks   []word
	Meets    []pair
	MeetsAll int
	Filled   string
	Invented bool
	Secrets  []secretNamed
	// AllSecrets is where they are.
	AllSecrets string
	Names      []string
	Parameters []string
	// Typed tells that a password was sent, which is not shown again.
	Typed bool
}

// secretNamed is a secret that a webhook fills in, and since when its value is set.
// Address is where that is done, "" for those who may not.
type secretNamed struct {
	Name, Address string
	Set           moment
	Known         bool
}

// webhookLabels are the fields of a webhook as the form names them.
var webhookLabels = map[string]string{
	"consumer.name": "The consumer", "consumer.label": "The label of the consumer", "provider.name": "The provider", "provider.label": "The label of the provider",
	"request.url": "The address", "request.method": "The method", "request.headers": "The headers", "request.body": "The body", "request.username": "The user name",
	"request.password": "The password", "events": "When", "description": "The name", "format": "The form",
}

// meetsShown is how many of the integrations that a webhook meets are listed.
const meetsShown = 5

func (w *Web) showNewWebhook(c *gin.Context) error {
	draft := webhooks.Draft{Detailed: true, Webhook: webhooks.Webhook{Enabled: true, Format: webhooks.Template, Events: []events.Type{events.ContractRequiringVerification}}}
	for role, side := range map[string]*webhooks.Side{"consumer": &draft.Webhook.Consumer, "provider": &draft.Webhook.Provider} {
		side.Name, _ = edge.QueryValue(c, role)
	}
	page, err := w.emptyWebhookForm(c, webhooks.Detailed{}, draft, fieldsOf(draft.Webhook))
	if err != nil {
		return err
	}
	return w.show(c, "webhook-form.html", page)
}

func (w *Web) showEditWebhook(c *gin.Context) error {
	hook, err := w.services.Webhooks.ShowDetailed(c.Request.Context(), edge.Param(c, "uuid"))
	if err != nil {
		return err
	}
	page, err := w.webhookForm(c, hook, webhooks.Draft{Webhook: hook.Webhook, Detailed: true}, fieldsOf(hook.Webhook))
	if err != nil {
		return err
	}
	return w.show(c, "webhook-form.html", page)
}

// webhookForm is the form of a webhook with what would become of a draft.
func (w *Web) webhookForm(c *gin.Context, hook webhooks.Detailed, draft webhooks.Draft, fields webhookFields) (webhookFormPage, error) {
	preview, err := w.services.Webhooks.Preview(c.Request.Context(), hook.UUID, draft)
	if err != nil {
		return webhookFormPage{}, err
	}
	edge.NoteRefused(c.Request, preview.Refused)
	page, err := w.emptyWebhookForm(c, hook, draft, fields)
	for _, field := range preview.Wrong {
		page.blame(field)
	}
	page.Invented, page.Filled, page.Checks = preview.Invented, filledIn(preview), checksOf(preview.Wrong, draft.Webhook)
	return page, err
}

// emptyWebhookForm is the form of a webhook of which nothing was looked at yet.
func (w *Web) emptyWebhookForm(c *gin.Context, hook webhooks.Detailed, draft webhooks.Draft, fields webhookFields) (webhookFormPage, error) {
	board, err := w.services.Boards.Board(c.Request.Context())
	if err != nil {
		return webhookFormPage{}, err
	}
	at := here(c).Path("/webhooks")
	page := webhookFormPage{
		Heading:    "New webhook",
		Lead:       "Whom to tell, about what, and with which request.",
		Form:       at + "/new",
		Cancel:     at,
		Fields:     fields,
		Parameters: webhooks.ParameterNames(),
		AllSecrets: here(c).Path("/secrets"),
		Wrong:      map[string]string{},
	}
	crumbs := []entry{{Text: "Webhooks", Address: at}}
	if hook.UUID != "" {
		page.Heading, page.Lead = "Edit “"+hook.Name()+"”", hook.Scope()+"."
		page.Cancel = webhookAt(c, hook.UUID)
		page.Form, page.Delete = page.Cancel+"/edit", page.Cancel+"/delete"
		page.Fields.PasswordSet = hook.Request.Password != ""
		crumbs = append(crumbs, entry{Text: hook.Name(), Address: page.Cancel})
	}
	page.frame = w.frame(c, page.Heading, "/webhooks", append(crumbs, entry{Text: map[bool]string{true: "New", false: "Edit"}[hook.UUID == ""]})...)
	v := boardView{at: here(c), board: board, moments: moments{board.At}}
	page.meets(v, draft.Webhook)
	for _, a := range board.Applications[:min(len(board.Applications), suggestedAtMost)] {
		page.Names = append(page.Names, a.Name)
	}
	return page, w.addSecrets(c, draft.Webhook, &page)
}

// blame notes what is wrong with a field.
func (p *webhookFormPage) blame(field fault.Field) {
	name := orWord(webhookLabels[field.Name], strings.ReplaceAll(strings.TrimPrefix(field.Name, "filter."), "_", " "))
	text := name + " " + field.Message + "."
	p.Wrong[field.Name] = text
	p.Problems = append(p.Problems, text)
}

// meets adds the integrations of which the webhook may tell.
func (p *webhookFormPage) meets(v boardView, w webhooks.Webhook) {
	for _, pair := range v.board.Pairs {
		if !w.MayTellOf(partyOf(pair.Consumer), partyOf(pair.Provider)) {
			continue
		}
		if p.MeetsAll++; len(p.Meets) < meetsShown {
			shown := pairOf(v.at, pair.Consumer.Name, pair.Provider.Name, pair.Worst, titles[pair.Worst])
			shown.Class = "inline"
			p.Meets = append(p.Meets, shown)
		}
	}
}

// More is how many integrations it meets beside those that are listed.
func (p webhookFormPage) More() int { return p.MeetsAll - len(p.Meets) }

func partyOf(a *dashboard.Application) webhooks.Party {
	return webhooks.Party{Name: a.Name, Labels: a.Labels}
}

// addSecrets adds the secrets that the webhook fills in.
func (w *Web) addSecrets(c *gin.Context, hook webhooks.Webhook, page *webhookFormPage) error {
	named := hook.Request.SecretNames()
	if len(named) == 0 {
		return nil
	}
	m := moments{w.services.Now()}
	for _, name := range named {
		shown := secretNamed{Name: name, Address: page.AllSecrets + "/" + url.PathEscape(name)}
		kept, _, err := w.services.Webhooks.ShowSecret(c.Request.Context(), name)
		if err != nil && !fault.Is(err, fault.NotFound) {
			return err
		}
		if err == nil {
			shown.Known, shown.Set = true, m.ago(kept.UpdatedAt)
		}
		page.Secrets = append(page.Secrets, shown)
	}
	return nil
}

// checkGroups are what is looked at in a draft, in words.
var checkGroups = []struct {
	text   string
	fields []string
}{
	{"The applications are known", []string{"consumer.name", "consumer.label", "provider.name", "provider.label"}},
	{"There is an event", []string{"events"}},
	{"The address may be called", []string{"request.url", "request.method"}},
	{"The headers can be sent", []string{"request.headers", "request.username", "request.password"}},
	{"All parameters exist", []string{"request.body"}},
}

// checksOf says what was looked at, and what came of it.
func checksOf(wrong []fault.Field, w webhooks.Webhook) []word {
	var checks []word
	for _, group := range checkGroups {
		if !slices.ContainsFunc(wrong, func(f fault.Field) bool { return slices.Contains(group.fields, f.Name) }) {
			checks = append(checks, states[dashboard.Works].said(group.text))
		}
	}
	if body := w.Request.Body; len(body) > 0 && w.Format == webhooks.Template {
		if text := strings.TrimSpace(bodyText(body)); strings.HasPrefix(text, "{") || strings.HasPrefix(text, "[") {
			if body[0] == '"' {
				checks = append(checks, states[dashboard.NotKnown].said("The body begins like JSON and is none; it is sent as it is written"))
			} else {
				checks = append(checks, states[dashboard.Works].said("The body is JSON"))
			}
		}
	}
	if len(w.EventFilter.Branches) == 0 && slices.ContainsFunc(w.Events, aboutContracts) {
		checks = append(checks, states[dashboard.NotKnown].said("No branch is named: feature branches of the consumer count, too"))
	}
	return checks
}

func aboutContracts(event events.Type) bool {
	return event == events.ContractPublished || event == events.ContractContentChanged || event == events.ContractRequiringVerification
}

// filledIn is a request as it would be sent.
func filledIn(p webhooks.Preview) string {
	var text strings.Builder
	fmt.Fprintf(&text, "%s %s\n", p.Method, p.URL)
	for _, header := range p.Headers {
		fmt.Fprintf(&text, "%s: %s\n", header.Name, header.Value)
	}
	if len(p.Body) > 0 {
		shown, _ := indented(p.Body)
		text.WriteString("\n" + shown)
	}
	return strings.TrimRight(text.String(), "\n")
}

// What a form of a webhook may be sent for, beside to keep it.
const (
	thenCheck = "check"
	thenTest  = "test"
)

func (w *Web) createWebhook(c *gin.Context) error {
	return w.saveWebhook(c, webhooks.Detailed{}, func(draft webhooks.Draft) (webhooks.Detailed, error) {
		return w.services.Webhooks.CreateDetailed(c.Request.Context(), draft)
	})
}

func (w *Web) editWebhook(c *gin.Context) error {
	hook, err := w.services.Webhooks.ShowDetailed(c.Request.Context(), edge.Param(c, "uuid"))
	if err != nil {
		return err
	}
	return w.saveWebhook(c, hook, func(draft webhooks.Draft) (webhooks.Detailed, error) {
		kept, _, err := w.services.Webhooks.PutDetailed(c.Request.Context(), hook.UUID, draft)
		return kept, err
	})
}

// saveWebhook checks, keeps or tests what a form has sent. What cannot be kept is
// shown again with what is wrong.
func (w *Web) saveWebhook(c *gin.Context, hook webhooks.Detailed, keep func(webhooks.Draft) (webhooks.Detailed, error)) error {
	sent, err := formOf(c)
	if err != nil {
		return err
	}
	draft, fields := draftOf(sent)
	status := http.StatusOK
	if sent.Get("then") != thenCheck {
		kept, err := keep(draft)
		if err == nil {
			return w.webhookSaved(c, kept, sent.Get("then"))
		}
		if !fault.Is(err, fault.Invalid) && !fault.Is(err, fault.Unprocessable) && !fault.Is(err, fault.Forbidden) {
			return err
		}
		edge.NoteRefused(c.Request, err)
		status = http.StatusUnprocessableEntity
		hook.SigningKeys = nil
		page, failure := w.webhookForm(c, hook, draft, fields)
		if fault.Is(failure, fault.Forbidden) {
			return w.refuseWebhook(c, hook, draft, fields, failure)
		}
		if failure != nil {
			return failure
		}
		if len(page.Problems) == 0 {
			page.Problems = wrongFields(err, webhookLabels)
		}
		page.Typed = sent.Get("password") != ""
		return w.showAs(c, status, "webhook-form.html", page)
	}
	page, err := w.webhookForm(c, hook, draft, fields)
	if fault.Is(err, fault.Forbidden) {
		return w.refuseWebhook(c, hook, draft, fields, err)
	}
	if err != nil {
		return err
	}
	page.Typed = sent.Get("password") != ""
	return w.showAs(c, status, "webhook-form.html", page)
}

// refuseWebhook shows what somebody has written who may not keep it as it stands: one
// whose scope is limited must say for which applications it is.
func (w *Web) refuseWebhook(c *gin.Context, hook webhooks.Detailed, draft webhooks.Draft, fields webhookFields, refusal error) error {
	edge.NoteRefused(c.Request, refusal)
	page, err := w.emptyWebhookForm(c, hook, draft, fields)
	if err != nil {
		return err
	}
	page.Problems, page.Typed = wrongFields(refusal, webhookLabels), draft.Webhook.Request.Password != ""
	return w.showAs(c, http.StatusForbidden, "webhook-form.html", page)
}

// webhookSaved shows a webhook that was just kept: with its first signing key, whose
// secret is shown once, and with a test run if that was asked for.
func (w *Web) webhookSaved(c *gin.Context, kept webhooks.Detailed, then string) error {
	fresh := ""
	for _, key := range kept.SigningKeys {
		fresh = orWord(fresh, key.Secret)
	}
	if fresh == "" && then != thenTest {
		return seeOther(c, webhookAt(c, kept.UUID))
	}
	page, err := w.webhookPage(c, kept.UUID)
	if err != nil {
		return err
	}
	page.Fresh = fresh
	if then == thenTest {
		if err := w.addTest(c, kept.UUID, &page); err != nil {
			return err
		}
	}
	return w.showSecret(c, "webhook.html", page)
}
