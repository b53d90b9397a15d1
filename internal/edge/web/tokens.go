package web

import (
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/accord-broker/accord/internal/access"
	"github.com/accord-broker/accord/internal/edge"
	"github.com/accord-broker/accord/internal/support/fault"
)

// tokensPage lists the tokens, those that need a look first, and makes new ones.
type tokensPage struct {
	accessFrame
	Lead     string
	Fresh    *freshSecret
	Name     string
	Statuses []statusLink
	Role     choice
	// Team has no options where there are no teams.
	Team     choice
	Rows     []tokenRow
	Filtered bool
	Paging   paging
	Form     tokenForm
}

// tokenRow is a token in the list.
type tokenRow struct {
	Token link
	Owner string
	right
	State       word
	Until, Used moment
}

// tokenForm is what is asked of a new token.
type tokenForm struct {
	Name, Owner string
	Role        choice
	scopeForm
	Expires choice
}

// tokenPage shows one token, and ends or replaces it.
type tokenPage struct {
	accessFrame
	tokenRow
	Name, Prefix  string
	Made          moment
	Live, Endless bool
	Overlap       choice
	Labelled      []link
}

// tokensShown is how many tokens are on a page.
const tokensShown = 50

// attentions are what the list can be narrowed down to, in its order.
var attentions = []struct {
	kind access.Attention
	mark word
}{
	{access.NeedsLook, word{Kind: "unsure", Icon: "unsure", Word: "Needs a look"}}, {access.NeedsNone, word{Kind: "yes", Icon: "yes", Word: "Fine"}},
	{access.HasEnded, word{Kind: "no", Icon: "no", Word: "Ended"}},
}

func (w *Web) showTokens(c *gin.Context) error {
	shown, err := w.tokensPage(c, tokenForm{Expires: expiryChoice("90")})
	if err != nil {
		return err
	}
	return w.show(c, "tokens.html", shown)
}

// tokensPage is the list with a form that is filled in.
func (w *Web) tokensPage(c *gin.Context, form tokenForm) (tokensPage, error) {
	page, err := pageOf(c, tokensShown, tokensShown)
	if err != nil {
		return tokensPage{}, err
	}
	shown := tokensPage{accessFrame: w.accessFrame(c, "Tokens", "/tokens"), Form: form}
	if form.Role.Options == nil {
		if shown.Form.Role, err = w.roleChoice(c, "", string(access.Developer)); err != nil {
			return shown, err
		}
	}
	return shown, shown.fill(c, w, page)
}

// fill shows those of the tokens that the query asks for.
func (p *tokensPage) fill(c *gin.Context, w *Web, page edge.Page) error {
	p.Name = searchedText(c)
	role, _ := edge.QueryValue(c, "role")
	status, _ := edge.QueryValue(c, "status")
	team, err := w.askedTeam(c)
	if err != nil {
		return err
	}
	p.Team, p.Filtered = team.Choice, p.Name+role+status+team.name() != ""
	if p.Role, err = w.roleChoice(c, "Any role", role); err != nil {
		return err
	}
	p.Role.ID, p.Role.Hidden = "f-any", true
	ctx, m := c.Request.Context(), moments{w.services.Now()}
	query := access.TokenQuery{Text: p.Name, Role: access.Role(role), Team: team.name(), At: m.now, Limit: page.Size, Offset: page.Offset()}
	for _, a := range attentions {
		if status == string(a.kind) {
			query.Attention = a.kind
		}
	}
	counts, err := w.services.Tokens.Read.CountTokens(ctx, query)
	if err != nil {
		return err
	}
	found, err := w.services.Tokens.Read.ListTokens(ctx, query)
	for _, t := range found {
		p.Rows = append(p.Rows, tokenRowOf(c, m, t))
	}
	p.Paging, p.Lead = pagingOf(c, page, counts.Of(query.Attention)), counted(counts.All, "token")+"."
	p.Statuses = tokenStatuses(c, counts, query.Attention)
	return err
}

func tokenStatuses(c *gin.Context, counts access.TokenCounts, asked access.Attention) []statusLink {
	link := func(mark word, kind access.Attention) statusLink {
		values := url.Values{}
		for _, name := range []string{"name", "role", "team"} {
			if value, _ := edge.QueryValue(c, name); value != "" {
				values.Set(name, value)
			}
		}
		if kind != "" {
			values.Set("status", string(kind))
		}
		return statusLink{word: mark, Address: here(c).Path("/tokens") + "?" + values.Encode(), Count: counts.Of(kind), Current: asked == kind}
	}
	list := []statusLink{link(word{Word: "All"}, "")}
	for _, a := range attentions {
		list = append(list, link(a.mark, a.kind))
	}
	return list
}

func tokenRowOf(c *gin.Context, m moments, t access.Token) tokenRow {
	row := tokenRow{Token: link{t.Name, here(c).Path("/tokens/" + url.PathEscape(t.ID))}, Owner: t.Owner, right: rightOf(string(t.Role), t.Scope), Used: m.ago(t.LastUsedAt)}
	ends := t.ExpiresAt
	if !t.RevokedAt.IsZero() && (ends.IsZero() || t.RevokedAt.Before(ends)) {
		ends = t.RevokedAt
	}
	row.State = m.stateOfToken(t, ends)
	row.Until = inFull(ends)
	if ends.IsZero() {
		row.Until = moment{}
	}
	return row
}

// stateOfToken says in words how long a token goes on.
func (m moments) stateOfToken(t access.Token, ends time.Time) word {
	switch left := ends.Sub(m.now); {
	case ends.IsZero():
		return word{Kind: "unsure", Icon: "unsure", Word: "Never"}
	case !t.RevokedAt.IsZero() && left <= 0:
		return word{Icon: "none", Word: "Revoked"}
	case left <= -access.EndedLately:
		return word{Icon: "none", Word: "Expired"}
	case left <= 0:
		return word{Kind: "no", Icon: "no", Word: "Expired"}
	case !t.RevokedAt.IsZero():
		return word{Icon: "wait", Word: "Replaced, ends in " + m.until(ends)}
	case left <= access.EndsSoon:
		return word{Kind: "unsure", Icon: "unsure", Word: "In " + m.until(ends)}
	default:
		return word{Icon: "wait", Word: "In " + m.until(ends)}
	}
}

// expiries are how long a new token may be accepted, in days; "" is for good.
var expiries = []option{{Value: "30", Text: "in 30 days"}, {Value: "90", Text: "in 90 days"}, {Value: "365", Text: "in a year"}, {Text: "never"}}

func expiryChoice(chosen string) choice {
	return choice{ID: "f-expires", Name: "expires", Label: "Expires", Options: chosenOf(expiries, chosen)}
}

// chosenOf are the options with one of them selected.
func chosenOf(options []option, chosen string) []option {
	list := slices.Clone(options)
	for i, o := range list {
		list[i].Selected = o.Value == chosen
	}
	return list
}

// createToken makes the token that the form asks for, and shows its secret this
// once.
func (w *Web) createToken(c *gin.Context) error {
	fields, err := formOf(c)
	if err != nil {
		return err
	}
	wanted := access.Wanted{
		Name: fields.Get("name"), Owner: fields.Get("owner"), Role: access.Role(fields.Get("role")),
		Applications: linesOf(fields, "applications"), Labels: linesOf(fields, "labels"), Teams: linesOf(fields, "teams"),
	}
	wanted.Lifetime, err = lifetimeOf(fields.Get("expires"))
	var t access.Token
	var secret string
	if err == nil {
		t, secret, err = w.services.Tokens.Create(c.Request.Context(), wanted)
	}
	if err == nil {
		return w.showFreshToken(c, t, secret)
	}
	form := tokenForm{
		Name: wanted.Name, Owner: wanted.Owner, Expires: expiryChoice(fields.Get("expires")),
		scopeForm: scopeForm{fields.Get("applications"), fields.Get("labels"), fields.Get("teams")},
	}
	var failure error
	if form.Role, failure = w.roleChoice(c, "", string(wanted.Role)); failure != nil {
		return failure
	}
	shown, failure := w.tokensPage(c, form)
	if failure != nil {
		return failure
	}
	shown.Wrong = wrongFields(err, accessFields)
	return w.showWrong(c, err, "tokens.html", shown)
}

func lifetimeOf(days string) (time.Duration, error) {
	if !slices.ContainsFunc(expiries, func(o option) bool { return o.Value == days }) {
		return 0, fault.InvalidField("expires_at", "must be one of those to choose from")
	}
	n, _ := strconv.Atoi("0" + days) // one of the options
	return time.Duration(n) * 24 * time.Hour, nil
}

// showFreshToken shows the list with the secret of a token that was just made.
func (w *Web) showFreshToken(c *gin.Context, t access.Token, secret string) error {
	shown, err := w.tokensPage(c, tokenForm{Expires: expiryChoice("90")})
	if err != nil {
		return err
	}
	says := "It acts as " + string(t.Role) + " for " + wordsOf(t.Scope)
	if t.ExpiresAt.IsZero() {
		says += ", until it is revoked."
	} else {
		says += ", until " + inFull(t.ExpiresAt).Text + "."
	}
	labelled, err := w.labelledNow(c, t.Scope)
	if err != nil {
		return err
	}
	shown.Fresh = &freshSecret{
		What:  t.Name + " is made",
		Says:  says + " Clients send it as a bearer token, or as the password of basic authentication.",
		Value: plainText("Value of "+t.Name, secret),
		Hide:  here(c).Path("/tokens"),

		Labelled: labelled,
	}
	return w.showSecret(c, "tokens.html", shown)
}

func wordsOf(s access.Scope) string {
	if s.All {
		return "all applications"
	}
	return s.Words()
}

func (w *Web) showToken(c *gin.Context) error {
	t, found, err := w.services.Tokens.Read.FindToken(c.Request.Context(), edge.Param(c, "token"))
	if err != nil || !found {
		return missingUnless(err, "There is no such token.")
	}
	labelled, err := w.labelledNow(c, t.Scope)
	if err != nil {
		return err
	}
	m := moments{w.services.Now()}
	return w.show(c, "token.html", tokenPage{
		accessFrame: w.accessFrame(c, t.Name, "/tokens", crumbsTo(c, "Tokens", "/tokens", t.Name)...), tokenRow: tokenRowOf(c, m, t),
		Name: t.Name, Prefix: t.Prefix, Made: m.ago(t.CreatedAt), Live: t.Live(w.services.Now()), Endless: t.ExpiresAt.IsZero(),
		Labelled: labelled, Overlap: choice{ID: "f-overlap", Name: "overlap", Label: "The old one goes on for", Options: chosenOf(overlaps, "24")},
	})
}

// missingUnless is the failure, or a NotFound fault if there is none.
func missingUnless(err error, text string) error {
	if err != nil {
		return err
	}
	return fault.Missing("%s", text)
}

// overlaps are how long a token goes on that is replaced, in hours.
var overlaps = []option{{Value: "0", Text: "no time"}, {Value: "1", Text: "an hour"}, {Value: "24", Text: "a day"}, {Value: "168", Text: "a week"}}

// rotateToken makes a successor and shows its secret this once.
func (w *Web) rotateToken(c *gin.Context) error {
	fields, err := formOf(c)
	if err != nil {
		return err
	}
	hours, err := strconv.Atoi(fields.Get("overlap"))
	if err != nil || !slices.ContainsFunc(overlaps, func(o option) bool { return o.Value == fields.Get("overlap") }) {
		return fault.InvalidField("overlap", "must be one of those to choose from")
	}
	t, secret, err := w.services.Tokens.Rotate(c.Request.Context(), edge.Param(c, "token"), time.Duration(hours)*time.Hour)
	if err != nil {
		return err
	}
	return w.showFreshToken(c, t, secret)
}

// revokeToken ends a token at once.
func (w *Web) revokeToken(c *gin.Context) error {
	if err := w.services.Tokens.Revoke(c.Request.Context(), edge.Param(c, "token")); err != nil {
		return err
	}
	return seeOther(c, here(c).Path("/tokens/"+url.PathEscape(edge.Param(c, "token"))))
}
