package web

import (
	"net/url"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/accord-broker/accord/internal/access"
	"github.com/accord-broker/accord/internal/edge"
	"github.com/accord-broker/accord/internal/support/fault"
	"github.com/accord-broker/accord/internal/trust"
)

// trustPage lists the trust rules in the order in which they are tried, makes new
// ones, and tells what would become of a token.
type trustPage struct {
	accessFrame
	Name     string
	Team     choice
	Rows     []ruleRow
	Filtered bool
	Paging   paging
	Form     ruleForm
	Trial    *trialShown
}

// ruleRow is a rule in the list.
type ruleRow struct {
	Place int
	Rule  link
	// FromSettings tells that only the settings change it.
	FromSettings bool
	// Ignored says why no token is given under it.
	Ignored          []string
	Issuer, Audience string
	Claims           []trust.Claim
	right
}

// ruleForm is what is asked of a rule.
type ruleForm struct {
	Name, Issuer, Audience, Claims string
	Role                           choice
	scopeForm
}

// rulePage shows one rule, and changes it.
type rulePage struct {
	accessFrame
	ruleRow
	Name, Address string
	Made          moment
	Labelled      []link
	Form          ruleForm
}

// trialShown is what would become of a token.
type trialShown struct {
	State           word
	Says            string
	Issuer, Subject string
	Rules           []ruleTried
}

// ruleTried says of a rule why a token does not meet it; nothing if it does.
type ruleTried struct {
	Rule    link
	State   word
	Reasons []string
}

// rulesShown is how many rules are on a page.
const rulesShown = 50

func trustRuleAt(c *gin.Context, id string) string {
	return here(c).Path("/trust-rules/" + url.PathEscape(id))
}

func (w *Web) showTrustRules(c *gin.Context) error {
	shown, err := w.trustPage(c, ruleForm{})
	if err != nil {
		return err
	}
	return w.show(c, "trust.html", shown)
}

// trustPage is the list with a form that is filled in.
func (w *Web) trustPage(c *gin.Context, form ruleForm) (trustPage, error) {
	page, err := pageOf(c, rulesShown, rulesShown)
	if err != nil {
		return trustPage{}, err
	}
	shown := trustPage{accessFrame: w.accessFrame(c, "Trust rules", "/trust-rules"), Form: form}
	if form.Role.Options == nil {
		if shown.Form.Role, err = w.roleChoice(c, "", string(access.Developer)); err != nil {
			return shown, err
		}
		shown.Form.Audience = strings.TrimSuffix(string(edge.Base(c)), "/")
	}
	rules, err := w.services.Trust.Rules(c.Request.Context())
	if err != nil {
		return shown, err
	}
	team, err := w.askedTeam(c)
	if err != nil {
		return shown, err
	}
	shown.Name, _ = edge.QueryValue(c, "name")
	shown.Team, shown.Filtered = team.Choice, shown.Name+team.name() != ""
	var rows []ruleRow
	for i, r := range rules {
		texts := slices.Concat([]string{r.Name, r.Issuer, claimsText(r.Claims)}, r.Scope.Applications, r.Scope.Labels, r.Scope.Teams)
		if r.Scope.For(team.name()) && containsFold(strings.TrimSpace(shown.Name), texts...) {
			rows = append(rows, ruleRowOf(c, i, r))
		}
	}
	shown.Rows, shown.Paging = cut(rows, page), pagingOf(c, page, len(rows))
	return shown, nil
}

func ruleRowOf(c *gin.Context, i int, r trust.Rule) ruleRow {
	return ruleRow{
		Place: i + 1, Rule: link{r.Name, trustRuleAt(c, r.ID)}, FromSettings: r.IsFromSettings(), Ignored: r.Ignored, Issuer: r.Issuer, Audience: r.Audience, Claims: r.Claims,
		right: rightOf(string(r.Role), r.Scope),
	}
}

// claimsText writes claims as the form has them: one pattern a line, after the
// name of its claim.
func claimsText(claims []trust.Claim) string {
	var lines []string
	for _, c := range claims {
		for _, pattern := range c.Patterns {
			lines = append(lines, c.Name+" = "+pattern)
		}
	}
	return strings.Join(lines, "\n")
}

// claimsOf reads what claimsText writes.
func claimsOf(fields url.Values) ([]trust.Claim, error) {
	var claims []trust.Claim
	for _, line := range linesOf(fields, "claims") {
		name, pattern, is := strings.Cut(line, "=")
		name, pattern = strings.TrimSpace(name), strings.TrimSpace(pattern)
		if !is || name == "" || pattern == "" {
			return nil, fault.InvalidField("claims", "must have one a line, such as repository = octo/web")
		}
		i := slices.IndexFunc(claims, func(c trust.Claim) bool { return c.Name == name })
		if i < 0 {
			claims, i = append(claims, trust.Claim{Name: name}), len(claims)
		}
		claims[i].Patterns = append(claims[i].Patterns, pattern)
	}
	return claims, nil
}

// wantedRule is the rule that a form asks for.
func wantedRule(fields url.Values) (trust.Rule, error) {
	r := trust.Rule{
		Name: strings.TrimSpace(fields.Get("name")), Issuer: strings.TrimSpace(fields.Get("issuer")), Audience: strings.TrimSpace(fields.Get("audience")),
		Role: access.Role(fields.Get("role")), Scope: access.ScopeOf(linesOf(fields, "applications"), linesOf(fields, "labels"), linesOf(fields, "teams")),
	}
	var err error
	r.Claims, err = claimsOf(fields)
	return r, err
}

// ruleForm is the form as it was sent.
func (w *Web) ruleForm(c *gin.Context, fields url.Values) (form ruleForm, err error) {
	form = ruleForm{
		Name: fields.Get("name"), Issuer: fields.Get("issuer"), Audience: fields.Get("audience"), Claims: fields.Get("claims"),
		scopeForm: scopeForm{fields.Get("applications"), fields.Get("labels"), fields.Get("teams")},
	}
	form.Role, err = w.roleChoice(c, "", fields.Get("role"))
	return form, err
}

// createTrustRule keeps the rule that the form asks for.
func (w *Web) createTrustRule(c *gin.Context) error {
	fields, err := formOf(c)
	if err != nil {
		return err
	}
	wanted, err := wantedRule(fields)
	var kept trust.Rule
	if err == nil {
		kept, err = w.services.Trust.Create(c.Request.Context(), wanted)
	}
	if err == nil {
		return w.leaveRule(c, kept)
	}
	form, failure := w.ruleForm(c, fields)
	if failure != nil {
		return failure
	}
	shown, failure := w.trustPage(c, form)
	if failure != nil {
		return failure
	}
	shown.Wrong = wrongFields(err, accessFields)
	return w.showWrong(c, err, "trust.html", shown)
}

// tryTrustRules tells what would become of the token that was sent, which is not
// shown again.
func (w *Web) tryTrustRules(c *gin.Context) error {
	fields, err := formOf(c)
	if err != nil {
		return err
	}
	trial, err := w.services.Trust.Try(c.Request.Context(), fields.Get("token"))
	if err != nil {
		return err
	}
	shown, err := w.trustPage(c, ruleForm{})
	if err != nil {
		return err
	}
	shown.Trial = trialOf(c, trial)
	return w.showSecret(c, "trust.html", shown)
}

func trialOf(c *gin.Context, t trust.Trial) *trialShown {
	shown := trialShown{Issuer: t.Issuer, Subject: t.Subject, State: word{Kind: "no", Icon: "no", Word: "Not exchanged"}}
	switch {
	case t.Refused != "":
		shown.Says = "The token itself is not accepted: " + t.Refused + "."
	case t.Met == nil:
		shown.Says = "No rule fits it."
	default:
		shown.State = word{Kind: "yes", Icon: "yes", Word: "Exchanged"}
		shown.Says = "It meets " + t.Met.Name + ", and would be exchanged for a token that acts as " + string(t.Met.Role) + " for " + wordsOf(t.Met.Scope) + "."
	}
	for _, tried := range t.Rules {
		one := ruleTried{Rule: link{tried.Rule.Name, trustRuleAt(c, tried.Rule.ID)}, Reasons: tried.Reasons, State: word{Kind: "no", Icon: "no", Word: "Does not fit"}}
		if len(tried.Reasons) == 0 {
			one.State = word{Kind: "yes", Icon: "yes", Word: "Fits"}
		}
		shown.Rules = append(shown.Rules, one)
	}
	return &shown
}

// rulePage is that of the rule of the address. It returns a NotFound fault if
// there is none.
func (w *Web) rulePage(c *gin.Context) (rulePage, error) {
	rules, err := w.services.Trust.Rules(c.Request.Context())
	i := slices.IndexFunc(rules, func(r trust.Rule) bool { return r.ID == edge.Param(c, "rule") })
	if err != nil || i < 0 {
		return rulePage{}, missingUnless(err, "There is no such trust rule.")
	}
	r := rules[i]
	shown := rulePage{
		accessFrame: w.accessFrame(c, r.Name, "/trust-rules", crumbsTo(c, "Trust rules", "/trust-rules", r.Name)...), ruleRow: ruleRowOf(c, i, r),
		Name: r.Name, Address: trustRuleAt(c, r.ID), Made: moments{w.services.Now()}.ago(r.CreatedAt),
		Form: ruleForm{Name: r.Name, Issuer: r.Issuer, Audience: r.Audience, Claims: claimsText(r.Claims), scopeForm: scopeFormOf(r.Scope)},
	}
	if shown.Labelled, err = w.labelledNow(c, r.Scope); err != nil {
		return shown, err
	}
	shown.Form.Role, err = w.roleChoice(c, "", string(r.Role))
	return shown, err
}

func (w *Web) showTrustRule(c *gin.Context) error {
	shown, err := w.rulePage(c)
	if err != nil {
		return err
	}
	return w.show(c, "rule.html", shown)
}

// changeTrustRule keeps what the form says of a rule.
func (w *Web) changeTrustRule(c *gin.Context) error {
	fields, err := formOf(c)
	if err != nil {
		return err
	}
	shown, err := w.rulePage(c)
	if err != nil {
		return err
	}
	wanted, err := wantedRule(fields)
	if err == nil {
		wanted.ID = edge.Param(c, "rule")
		wanted, err = w.services.Trust.Update(c.Request.Context(), wanted)
	}
	if err == nil {
		return w.leaveRule(c, wanted)
	}
	var failure error
	if shown.Form, failure = w.ruleForm(c, fields); failure != nil {
		return failure
	}
	shown.Wrong = wrongFields(err, accessFields)
	return w.showWrong(c, err, "rule.html", shown)
}

// leaveRule leads from a rule that was kept to the list, or to its page if that tells
// which applications it is for by a label.
func (w *Web) leaveRule(c *gin.Context, kept trust.Rule) error {
	labelled, err := w.labelledNow(c, kept.Scope)
	if err != nil {
		return err
	}
	if len(labelled) > 0 {
		return seeOther(c, trustRuleAt(c, kept.ID))
	}
	return seeOther(c, here(c).Path("/trust-rules"))
}

// deleteTrustRule removes a rule and ends the tokens that were given under it.
func (w *Web) deleteTrustRule(c *gin.Context) error {
	if err := w.services.Trust.Remove(c.Request.Context(), edge.Param(c, "rule")); err != nil {
		return err
	}
	return seeOther(c, here(c).Path("/trust-rules"))
}
