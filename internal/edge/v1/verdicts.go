package v1

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/accord-broker/accord/internal/contracts"
	"github.com/accord-broker/accord/internal/edge"
	"github.com/accord-broker/accord/internal/edge/questions"
	"github.com/accord-broker/accord/internal/matrix"
	"github.com/accord-broker/accord/internal/support/links"
	"github.com/accord-broker/accord/internal/verdicts"
	"github.com/accord-broker/accord/internal/webhooks"
)

func (a *API) showVerdict(c *gin.Context) error {
	question, err := questions.Verdict(c.Request.URL.RawQuery)
	if err != nil {
		return err
	}
	err = a.answerExplained(c, question)
	if _, flat := edge.QueryValue(c, "pacticipant"); flat {
		return questions.Renamed(err, questions.Flat)
	}
	return err
}

func (a *API) askVerdict(c *gin.Context) error {
	var body verdictQuestion
	if err := edge.Decode(c, &body); err != nil {
		return err
	}
	return questions.Renamed(a.answerExplained(c, body.question()), inBody)
}

// inBody is where the body has what the question calls so.
func inBody(name string) string {
	if rest, ok := strings.CutPrefix(name, "q."); ok {
		name = "versions." + rest
	}
	if name == "environment" || name == "tag" {
		return "target." + name
	}
	return strings.Replace(name, ".pacticipant", ".application", 1)
}

func (a *API) answerExplained(c *gin.Context, question matrix.Question) error {
	explained, err := a.Verdicts.Explain(c.Request.Context(), question)
	if err != nil {
		return err
	}
	if a.Judged != nil {
		a.Judged(explained.Verdict.Deployable.String())
	}
	if a.JudgedPair != nil {
		for _, f := range explained.Findings {
			a.JudgedPair(string(f.Code), f.Answer.String())
		}
	}
	seen, err := a.seenDeliveries(c.Request.Context(), explained.Findings)
	if err != nil {
		return err
	}
	shown := representExplanation(edge.Base(c), explained, seen)
	if err := a.nameTeams(c.Request.Context(), &shown); err != nil {
		return err
	}
	return edge.HAL(c, http.StatusOK, shown)
}

// verdictQuestion is a question in JSON.
type verdictQuestion struct {
	Versions []verdictVersion `json:"versions"`
	Ignore   []verdictVersion `json:"ignore"`
	Target   struct {
		Environment  string `json:"environment"`
		Tag          string `json:"tag"`
		MainBranches bool   `json:"main_branches"`
		Latest       bool   `json:"latest"`
	} `json:"target"`
}

type verdictVersion struct {
	Application string `json:"application"`
	Version     string `json:"version"`
	Branch      string `json:"branch"`
	MainBranch  bool   `json:"main_branch"`
	Tag         string `json:"tag"`
	Environment string `json:"environment"`
	Latest      bool   `json:"latest"`
}

func (v verdictVersion) selector() matrix.Selector {
	heads := v.Version == "" && (v.Branch != "" || v.MainBranch)
	return matrix.Selector{Pacticipant: v.Application, Criteria: matrix.Criteria{
		Version: v.Version, Branch: v.Branch, MainBranch: v.MainBranch, Tag: v.Tag, Environment: v.Environment, Latest: v.Latest || heads}}
}

// question is what the CLI would ask: every version in an environment counts,
// of what stands elsewhere the newest result.
func (b verdictQuestion) question() matrix.Question {
	t := b.Target
	q := matrix.Question{LatestBy: matrix.LatestByBothVersions, Target: matrix.Target{
		Environment: t.Environment, Tag: t.Tag, MainBranch: t.MainBranches, Latest: t.Tag != "" || t.MainBranches || t.Latest}}
	if len(b.Versions) == 1 && t.Environment == "" {
		q.LatestBy = matrix.LatestByConsumer
	}
	for _, v := range b.Versions {
		q.Selectors = append(q.Selectors, v.selector())
	}
	for _, v := range b.Ignore {
		q.Ignore = append(q.Ignore, v.selector())
	}
	return q
}

type explanationShown struct {
	Decision  string        `json:"decision"`
	Summary   string        `json:"summary"`
	DecidedAt string        `json:"decided_at"`
	Notices   []noticeShown `json:"notices"`
	Pairs     []pairShown   `json:"pairs"`
}

type noticeShown struct {
	Type string `json:"type"`
	Text string `json:"text"`
}

type pairShown struct {
	Code        verdicts.Code     `json:"code"`
	Decision    string            `json:"decision"`
	Counted     bool              `json:"counted"`
	Required    bool              `json:"required"`
	Title       string            `json:"title"`
	Explanation string            `json:"explanation"`
	Since       *string           `json:"since"`
	SelfHealing bool              `json:"self_healing"`
	Consumer    partyShown        `json:"consumer"`
	Provider    *partyShown       `json:"provider"`
	Contract    *contractShown    `json:"contract"`
	Result      *resultShown      `json:"result"`
	Deployments []deploymentShown `json:"deployments"`
	Owner       *ownerShown       `json:"owner"`
	Evidence    evidenceShown     `json:"evidence"`
	Actions     []actionShown     `json:"actions"`
}

type partyShown struct {
	Name    string  `json:"name"`
	Version *string `json:"version"`
	Asked   bool    `json:"asked"`
}

type contractShown struct {
	SHA         string `json:"sha"`
	PublishedAt string `json:"published_at"`
	URL         string `json:"url"`
}

type resultShown struct {
	Success    bool           `json:"success"`
	VerifiedAt string         `json:"verified_at"`
	BuildURL   *string        `json:"build_url"`
	URL        string         `json:"url"`
	Failures   []failureShown `json:"failed_interactions"`
}

type failureShown struct {
	ID          *string  `json:"id"`
	Description string   `json:"description"`
	State       string   `json:"provider_state"`
	Problems    []string `json:"problems"`
}

type deploymentShown struct {
	ID          string  `json:"id"`
	Application string  `json:"application"`
	Version     string  `json:"version"`
	Environment string  `json:"environment"`
	Instance    *string `json:"application_instance"`
	Released    bool    `json:"released"`
	Since       string  `json:"since"`
	Stale       bool    `json:"stale"`
}

type ownerShown struct {
	Name          string  `json:"name"`
	DisplayName   string  `json:"display_name"`
	RepositoryURL *string `json:"repository_url"`
	// Team is whose the application is, nil if it is no team's.
	Team *ownerTeamShown `json:"team"`
}

// ownerTeamShown is the team that can change the answer.
type ownerTeamShown struct {
	Name    string `json:"name"`
	Contact string `json:"contact"`
}

// nameTeams tells the teams whose the owners are.
func (a *API) nameTeams(ctx context.Context, shown *explanationShown) error {
	var names []string
	for _, pair := range shown.Pairs {
		if pair.Owner != nil && !slices.Contains(names, pair.Owner.Name) {
			names = append(names, pair.Owner.Name)
		}
	}
	if len(names) == 0 {
		return nil
	}
	teams, err := a.Directory.Owners(ctx, names)
	for _, pair := range shown.Pairs {
		if pair.Owner == nil {
			continue
		}
		if t, owned := teams[pair.Owner.Name]; owned {
			pair.Owner.Team = &ownerTeamShown{t.Name, t.Contact}
		}
	}
	return err
}

// seenDeliveries are the ids of those that stand in the findings and are of webhooks
// that who asks may manage.
func (a *API) seenDeliveries(ctx context.Context, findings []verdicts.Finding) (map[string]bool, error) {
	var all []webhooks.Triggered
	for _, f := range findings {
		if d := f.LastDelivery; d != nil {
			all = append(all, webhooks.Triggered{UUID: d.UUID, Webhook: d.Webhook})
		}
	}
	if len(all) == 0 {
		return nil, nil
	}
	some, err := a.Webhooks.SeenDeliveries(ctx, all)
	seen := map[string]bool{}
	for _, t := range some {
		seen[t.UUID] = true
	}
	return seen, err
}

func representExplanation(base links.Base, e verdicts.Explanation, seen map[string]bool) explanationShown {
	shown := explanationShown{
		Decision: e.Verdict.Deployable.String(), Summary: e.Summary(), DecidedAt: instant(e.At),
		Notices: make([]noticeShown, len(e.Verdict.Reasons)), Pairs: make([]pairShown, len(e.Findings)),
	}
	for i, r := range e.Verdict.Reasons {
		shown.Notices[i] = noticeShown{Type: r.Type(), Text: r.Text()}
	}
	for i, f := range e.Findings {
		shown.Pairs[i] = representFinding(base, f, seen)
	}
	return shown
}

func representFinding(base links.Base, f verdicts.Finding, seen map[string]bool) pairShown {
	shown := pairShown{
		Code: f.Code, Decision: f.Answer.String(), Counted: f.Counted, Required: f.Required,
		Title: f.Title(), Explanation: f.Text(), Since: instantOrNil(f.Since), SelfHealing: f.SelfHealing,
		Consumer:    *representParty(f.Consumer),
		Deployments: make([]deploymentShown, len(f.Deployments)), Evidence: representEvidence(base, f, seen), Actions: representActions(base, f, seen),
	}
	if f.Provider.Name != "" {
		shown.Provider = representParty(f.Provider)
	}
	if p := f.Contract; p != nil {
		shown.Contract = &contractShown{SHA: p.SHA, PublishedAt: instant(p.CreatedAt), URL: base.PactVersion(p.Provider, p.Consumer, p.SHA)}
	}
	if f.Result != nil && f.Contract != nil {
		shown.Result = representFoundResult(base, f)
	}
	for i, p := range f.Deployments {
		shown.Deployments[i] = deploymentShown{ID: p.UUID, Application: p.Application, Version: p.Version, Environment: p.Environment,
			Instance: filled(p.Instance), Released: p.Released, Since: instant(p.Since), Stale: p.Stale}
	}
	if o := f.Owner; o != nil {
		shown.Owner = &ownerShown{Name: o.Name, DisplayName: o.DisplayName, RepositoryURL: filled(o.RepositoryURL)}
	}
	return shown
}

func representParty(p verdicts.Party) *partyShown {
	return &partyShown{Name: p.Name, Version: filled(p.Version), Asked: p.Asked}
}

func representFoundResult(base links.Base, f verdicts.Finding) *resultShown {
	shown := &resultShown{Success: f.Result.Success, VerifiedAt: instant(f.Result.ExecutedAt), BuildURL: filled(f.BuildURL),
		URL: resultURL(base, f), Failures: make([]failureShown, len(f.Failures))}
	for i, t := range f.Failures {
		shown.Failures[i] = failureShown{ID: filled(t.InteractionID), Description: t.Description, State: t.State, Problems: t.Problems}
		if t.Problems == nil {
			shown.Failures[i].Problems = []string{}
		}
	}
	return shown
}

func resultURL(base links.Base, f verdicts.Finding) string {
	p := f.Contract
	if f.Result.Compared {
		return base.ComparedResult(p.Provider, f.Provider.Version, p.Consumer, p.SHA)
	}
	metadata := contracts.Metadata{ConsumerVersion: p.VersionNumber}.Encode()
	return base.VerificationResultWithMetadata(p.Provider, p.Consumer, p.SHA, metadata, strconv.FormatInt(f.Result.Number, 10))
}

// filled is the text, or nil if it is empty.
func filled(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

func instantOrNil(t time.Time) *string {
	if t.IsZero() {
		return nil
	}
	return filled(instant(t))
}
