package store

import (
	"context"
	"slices"
	"strings"

	"github.com/accord-broker/accord/internal/access"
)

// searchedTexts is all that a token is found by, in lower case, a line each.
func searchedTexts(t access.Token) string {
	texts := slices.Concat([]string{t.Name, t.Owner, t.Prefix}, t.Scope.Applications, t.Scope.Labels, t.Scope.Teams)
	return strings.ToLower(strings.Join(texts, "\n"))
}

// containing is the pattern of LIKE for texts with another in them, in lower case.
func containing(text string) string { return "%" + escapeLike(strings.ToLower(text)) + "%" }

// sqlAttention is the place of a token in the order of attention: it is asked for the
// times since when its end is long ago, now, and from when on it is not soon.
const sqlAttention = `CASE
	WHEN t.revoked_at IS NULL AND t.expires_at IS NULL THEN 0
	WHEN t.revoked_at <= ? AND (t.expires_at IS NULL OR t.revoked_at < t.expires_at) OR t.revoked_at IS NOT NULL AND t.expires_at <= ? THEN 2
	WHEN t.expires_at <= ? THEN 2
	WHEN t.expires_at <= ? THEN 0
	WHEN t.revoked_at IS NOT NULL THEN 1
	WHEN t.expires_at <= ? THEN 0
	ELSE 1 END`

// attentions are the kinds of attention by their places.
var attentions = []access.Attention{access.NeedsLook, access.NeedsNone, access.HasEnded}

// attentionTimes are the arguments of sqlAttention.
func attentionTimes(l access.TokenQuery) []any {
	now := microsOf(l.At)
	return []any{now, now, microsOf(l.At.Add(-access.EndedLately)), now, microsOf(l.At.Add(access.EndsSoon))}
}

// sqlListedTokens are the tokens that are in lists, which the index access_tokens_listed
// holds with all by which they are counted and put in order.
const sqlListedTokens = "FROM access_tokens t WHERE NOT t.exchanged"

// fittingTokens is the condition of the text, the role and the team of a listing.
func fittingTokens(l access.TokenQuery) condition {
	c := condition{text: "1 = 1"}
	if l.Text != "" {
		c.and(`t.searched LIKE ? ESCAPE '\'`, containing(l.Text))
	}
	if l.Role != "" {
		c.and("t.role = ?", string(l.Role))
	}
	if l.Team != "" {
		c.and(sqlTokenOfTeam, quotedName(l.Team))
	}
	return c
}

// sqlTokenOfTeam is the condition that a token has a role for the applications of a
// team, whose name is given as it stands in a list.
const sqlTokenOfTeam = "replace(t.teams, ?, '') <> t.teams"

// ofTeam adds the condition that a team names people, or that they have a role for
// its applications by its name.
func (q *queries) ofTeam(c *condition, team *access.Team) error {
	if team == nil {
		return nil
	}
	members, err := q.dialect.Texts(team.People)
	c.and("(replace(p.teams, ?, '') <> p.teams OR "+q.dialect.AmongTexts("p.uuid")+")", quotedName(team.Name), members)
	return err
}

// ListTokens returns the tokens that a listing asks for.
func (q *queries) ListTokens(ctx context.Context, l access.TokenQuery) ([]access.Token, error) {
	c := fittingTokens(l)
	if l.Attention != "" {
		c.and("("+sqlAttention+") = ?", append(attentionTimes(l), slices.Index(attentions, l.Attention))...)
	}
	page, args := paged(l.Limit, l.Offset)
	// The index alone says which are on the page; only these are read.
	const sqlOrder = " ORDER BY " + sqlAttention + ", t.folded, t.name, t.id"
	return toTokens(rows[tokenRow](ctx, q, "list tokens by name", sqlTokenColumns+"FROM access_tokens t WHERE t.id IN (SELECT t.id "+sqlListedTokens+" AND "+c.text+sqlOrder+page+")"+sqlOrder,
		slices.Concat(c.args, attentionTimes(l), args, attentionTimes(l))...))
}

// CountTokens counts the tokens on all pages of a listing.
func (q *queries) CountTokens(ctx context.Context, l access.TokenQuery) (access.TokenCounts, error) {
	type countRow struct{ Attention, Everything, Fitting int }
	c := fittingTokens(l)
	found, err := rows[countRow](ctx, q, "count tokens", "SELECT attention, count(*) AS everything, sum(fits) AS fitting FROM (SELECT "+sqlAttention+" AS attention, CASE WHEN "+c.text+" THEN 1 ELSE 0 END AS fits "+sqlListedTokens+") l GROUP BY attention",
		append(attentionTimes(l), c.args...)...)
	counts := access.TokenCounts{Fitting: map[access.Attention]int{}}
	for _, r := range found {
		counts.All += r.Everything
		counts.Fitting[attentions[r.Attention]] = r.Fitting
	}
	return counts, err
}

// sqlPersonStates are the conditions of the states of people.
var sqlPersonStates = map[access.PersonState]string{
	access.MaySignIn: "p.disabled_at IS NULL", access.NeverSignedIn: "p.disabled_at IS NULL AND p.signed_in_at IS NULL", access.KeptOut: "p.disabled_at IS NOT NULL",
}

// fittingPeople is the condition of the text and the team of a listing.
func (q *queries) fittingPeople(l access.PeopleQuery) (condition, error) {
	c := condition{text: "1 = 1"}
	if l.Text != "" {
		c.and(`(p.folded LIKE ? ESCAPE '\' OR lower(p.issuer) LIKE ? ESCAPE '\')`, containing(l.Text), containing(l.Text))
	}
	return c, q.ofTeam(&c, l.Team)
}

// ListPeople returns the people whom a listing asks for.
func (q *queries) ListPeople(ctx context.Context, l access.PeopleQuery) ([]access.Person, error) {
	c, err := q.fittingPeople(l)
	if err != nil {
		return nil, err
	}
	if l.State != "" {
		c.and(sqlPersonStates[l.State])
	}
	page, args := paged(l.Limit, l.Offset)
	return toPeople(rows[personRow](ctx, q, "list people by name", sqlPeople+" WHERE "+c.text+" ORDER BY p.folded"+page, append(c.args, args...)...))
}

// CountPeople counts the people on all pages of a listing.
func (q *queries) CountPeople(ctx context.Context, l access.PeopleQuery) (access.PeopleCounts, error) {
	type countRow struct{ Everybody, Allowed, Never, Kept int }
	c, err := q.fittingPeople(l)
	if err != nil {
		return access.PeopleCounts{}, err
	}
	counted := func(state access.PersonState) string {
		return "coalesce(sum(CASE WHEN fits = 1 AND " + sqlPersonStates[state] + " THEN 1 ELSE 0 END), 0)"
	}
	r, _, err := row[countRow](ctx, q, "count people", "SELECT count(*) AS everybody, "+counted(access.MaySignIn)+" AS allowed, "+counted(access.NeverSignedIn)+" AS never, "+counted(access.KeptOut)+` AS kept
		FROM (SELECT p.disabled_at, p.signed_in_at, CASE WHEN `+c.text+" THEN 1 ELSE 0 END AS fits FROM people p) p", c.args...)
	return access.PeopleCounts{All: r.Everybody, Fitting: map[access.PersonState]int{access.MaySignIn: r.Allowed, access.NeverSignedIn: r.Never, access.KeptOut: r.Kept}}, err
}
