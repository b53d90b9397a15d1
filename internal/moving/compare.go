package moving

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// Class says what to think of a difference.
type Class string

// The classes of differences. Only a wrong one speaks against switching.
const (
	// Known is a deliberate departure from the Pact Broker (docs/departures.md).
	Known Class = "known"
	// Moved has gone when both were asked again: somebody wrote meanwhile.
	Moved Class = "moved"
	// Lost is what cannot be read over HTTP, so that an import could not bring it.
	Lost Class = "lost"
	// Wrong is any other.
	Wrong Class = "wrong"
)

// Difference is a question that the two brokers answer differently.
type Difference struct {
	Question string
	// Path is what to ask for to see it.
	Path        string
	Here, There string
	Class       Class
	Why         string
}

// Comparison is what came of asking two brokers the same.
type Comparison struct {
	// Asked counts the questions by what they are about.
	Asked       map[string]int
	Differences []Difference
}

// Wrong is how many differences speak against switching.
func (c Comparison) Wrong() (n int) {
	for _, d := range c.Differences {
		if d.Class == Wrong {
			n++
		}
	}
	return n
}

// ErrCannotAsk is for a broker that did not answer.
var ErrCannotAsk = errors.New("one of the two could not be asked")

// CompareOptions bound what is asked.
type CompareOptions struct {
	// Since leaves out the heads of branches that have not changed since then.
	Since time.Time
	// WorkInProgressSince is asked for with what a provider has to verify; the zero
	// time leaves work in progress out.
	WorkInProgressSince time.Time
	// OverHTTP tells that what is here was imported over HTTP, which does not tell
	// what was work in progress when it was verified.
	OverHTTP bool
	// Progress is told how many questions were asked, of how many that are known of yet,
	// and what they are about now.
	Progress func(about string, done, all int)
}

// comparing is one comparison.
type comparing struct {
	here, there *client
	options     CompareOptions
	result      Comparison
	// done questions were asked of all that are known of yet.
	done, all int
	// branches are the heads to ask about, by application.
	heads        map[string][]string
	main         map[string]string
	tags         []string
	environments []string
	// targets are what to add to a question for each place to deploy to.
	targets []string
	// contracts are the addresses of those that are compared, each once.
	contracts []string
	// alike tells that the other broker is an Accord, too: nothing departs then.
	alike bool
}

// Compare asks two brokers the same questions and tells where they differ. It
// changes nothing in either.
func Compare(ctx context.Context, here, there Remote, options CompareOptions) (Comparison, error) {
	c := &comparing{options: options, result: Comparison{Asked: map[string]int{}}, heads: map[string][]string{}, main: map[string]string{}}
	var err error
	if c.here, err = newClient(here); err != nil {
		return c.result, err
	}
	if c.there, err = newClient(there); err != nil {
		return c.result, err
	}
	for _, side := range []*client{c.here, c.there} {
		if err := side.checkBroker(ctx); err != nil {
			return c.result, fmt.Errorf("%s: %w: %w", side.base, ErrCannotAsk, err)
		}
	}
	if c.alike, err = c.there.isAccord(ctx); err != nil {
		return c.result, fmt.Errorf("%s: %w: %w", c.there.base, ErrCannotAsk, err)
	}
	for _, step := range []func(context.Context) error{c.lists, c.deployed, c.applications, c.latest, c.published, c.contents, c.questions, c.verifications} {
		if err := step(ctx); err != nil {
			return c.result, err
		}
	}
	return c.result, nil
}

// view makes of an answer what is compared of it.
type view func(body []byte) (string, error)

// same asks both, and again if they differ.
func (c *comparing) same(ctx context.Context, about, method, path string, sent []byte, see view, judge func(here, there string) (Class, string)) error {
	c.result.Asked[about]++
	if c.done++; c.options.Progress != nil {
		c.options.Progress(about, c.done, max(c.done, c.all))
	}
	here, there, err := c.both(ctx, method, path, sent, see)
	if err != nil || here == there {
		return err
	}
	again, thereAgain, err := c.both(ctx, method, path, sent, see)
	if err != nil {
		return err
	}
	d := Difference{Question: about, Path: path, Here: again, There: thereAgain, Class: Wrong}
	switch {
	case again == thereAgain:
		d.Here, d.There, d.Class, d.Why = here, there, Moved, "they agreed when they were asked again"
	case judge != nil:
		d.Class, d.Why = judge(again, thereAgain)
	}
	d.Here, d.There = excerpts(d.Here, d.There)
	c.result.Differences = append(c.result.Differences, d)
	return nil
}

// excerptAtMost is how much of an answer a difference tells: contracts may be large, and
// all of them may differ.
const excerptAtMost = 16 << 10

// excerpts are two texts or, of long ones, what stands where they begin to differ.
func excerpts(here, there string) (shownHere, shownThere string) {
	const before = 1 << 10
	at := 0
	for at < min(len(here), len(there)) && here[at] == there[at] {
		at++
	}
	from := max(at-before, 0)
	cut := func(text string) string {
		if len(text) <= excerptAtMost {
			return text
		}
		shown := strings.ToValidUTF8(text[from:min(from+excerptAtMost, len(text))], "")
		if from > 0 {
			shown = "…" + shown
		}
		if from+excerptAtMost < len(text) {
			shown += "…"
		}
		return shown
	}
	return cut(here), cut(there)
}

// both asks both. That something is not there, or is refused, is an answer, too.
func (c *comparing) both(ctx context.Context, method, path string, sent []byte, see view) (here, there string, err error) {
	var seen [2]string
	for i, side := range []*client{c.here, c.there} {
		body, err := side.ask(ctx, method, path, largestList, sent)
		var refused rejected
		switch {
		case errors.As(err, &refused):
			seen[i] = fmt.Sprintf("refused with %d", refused.status)
			continue
		case errors.Is(err, errNotThere):
			seen[i] = "not there"
			continue
		case err != nil:
			return "", "", fmt.Errorf("%s %s: %w: %w", method, side.base, ErrCannotAsk, err)
		}
		if seen[i], err = see(body); err != nil {
			return "", "", fmt.Errorf("%s%s: %w: %w", side.base, path, ErrCannotAsk, err)
		}
	}
	return seen[0], seen[1], nil
}

// lines makes a line of each item of an embedded list.
func lines(embedded string, sorted bool, line func(item map[string]any) string) view {
	return func(body []byte) (string, error) {
		var list struct {
			Embedded map[string]json.RawMessage `json:"_embedded"`
		}
		if json.Unmarshal(body, &list) != nil {
			return "", errUnreadable
		}
		var items []map[string]any
		if raw := list.Embedded[embedded]; raw != nil && json.Unmarshal(raw, &items) != nil {
			return "", errUnreadable
		}
		var all []string
		for _, item := range items {
			all = append(all, line(item))
		}
		if sorted {
			slices.Sort(all)
		}
		return strings.Join(all, "\n"), nil
	}
}

func member(item map[string]any, names ...string) string {
	var value any = item
	for _, name := range names {
		object, is := value.(map[string]any)
		if !is {
			return ""
		}
		value = object[name]
	}
	if value == nil {
		return ""
	}
	return fmt.Sprint(value)
}

const everything = "page=1&size=100000&pageNumber=1&pageSize=100000"

// lists compares what there is.
func (c *comparing) lists(ctx context.Context) error {
	const lists = 4
	c.all += lists
	applications := lines("pacticipants", true, func(i map[string]any) string {
		name := member(i, "name")
		c.main[name] = member(i, "mainBranch")
		return name + " main=" + member(i, "mainBranch") + " " + member(i, "repositoryUrl")
	})
	if err := c.same(ctx, "applications", http.MethodGet, "/pacticipants?"+everything, nil, applications, nil); err != nil {
		return err
	}
	environments := lines("environments", true, func(i map[string]any) string {
		if uuid := member(i, "uuid"); !slices.Contains(c.environments, uuid) {
			c.environments = append(c.environments, uuid)
			c.targets = append(c.targets, "&environment="+url.QueryEscape(member(i, "name")))
		}
		return member(i, "uuid") + " " + member(i, "name") + " production=" + member(i, "production")
	})
	if err := c.same(ctx, "environments", http.MethodGet, "/environments", nil, environments, nil); err != nil {
		return err
	}
	pairs := lines("integrations", true, func(i map[string]any) string {
		return member(i, "consumer", "name") + " and " + member(i, "provider", "name")
	})
	if err := c.same(ctx, "integrations", http.MethodGet, "/integrations?"+everything, nil, pairs, nil); err != nil {
		return err
	}
	return c.same(ctx, "webhooks", http.MethodGet, "/webhooks", nil, func(body []byte) (string, error) {
		var list struct {
			Links struct {
				Webhooks hrefs `json:"pb:webhooks"`
			} `json:"_links"`
		}
		if json.Unmarshal(body, &list) != nil {
			return "", errUnreadable
		}
		var uuids []string
		for _, link := range list.Links.Webhooks {
			uuids = append(uuids, segmentAfter(link.Href, "webhooks"))
		}
		slices.Sort(uuids)
		return strings.Join(uuids, "\n"), nil
	}, nil)
}

// deployed compares what is deployed and supported now.
func (c *comparing) deployed(ctx context.Context) error {
	c.all += 2 * len(c.environments)
	for _, uuid := range c.environments {
		for path, embedded := range map[string]string{"/deployed-versions/currently-deployed": "deployedVersions", "/released-versions/currently-supported": "releasedVersions"} {
			see := lines(embedded, true, func(i map[string]any) string {
				application, number := member(i, "_embedded", "pacticipant", "name"), member(i, "_embedded", "version", "number")
				if application != "" && !slices.Contains(c.heads[application], number) {
					c.heads[application] = append(c.heads[application], number)
				}
				return member(i, "uuid") + " " + application + " " + number + " " + member(i, "applicationInstance")
			})
			if err := c.same(ctx, "deployed and supported", http.MethodGet, "/environments/"+uuid+path, nil, see, nil); err != nil {
				return err
			}
		}
	}
	return nil
}

// applications compares the versions, branches and tags of each.
func (c *comparing) applications(ctx context.Context) error {
	c.all += len(c.main)
	for _, name := range slices.Sorted(maps.Keys(c.main)) {
		path := "/pacticipants/" + url.PathEscape(name)
		tagged := map[string]bool{}
		see := lines("versions", false, func(i map[string]any) string {
			line := member(i, "number")
			var version versionShown
			text, _ := json.Marshal(i) // it was JSON before
			if json.Unmarshal(text, &version) != nil {
				return line
			}
			for _, b := range version.Embedded.BranchVersions {
				line += fmt.Sprintf(" %s latest=%t", b.Name, b.Latest)
				if b.Latest && version.UpdatedOrMade().After(c.options.Since) {
					c.ask(name, version.Number)
				}
			}
			var tags []string
			for _, t := range version.Embedded.Tags {
				tags = append(tags, t.Name)
				if !tagged[t.Name] {
					tagged[t.Name] = true
					c.ask(name, version.Number)
					if !slices.Contains(c.tags, t.Name) {
						c.tags = append(c.tags, t.Name)
					}
				}
			}
			slices.Sort(tags)
			return line + " tags=" + strings.Join(tags, ",")
		})
		if err := c.same(ctx, "versions, branches and tags", http.MethodGet, path+"/versions?page=1&size=500&pageNumber=1&pageSize=500", nil, see, nil); err != nil {
			return err
		}
	}
	return nil
}

// UpdatedOrMade is when the version last changed.
func (v versionShown) UpdatedOrMade() time.Time {
	if v.UpdatedAt.IsZero() {
		return v.CreatedAt.Time
	}
	return v.UpdatedAt.Time
}

func (c *comparing) ask(application, number string) {
	if !slices.Contains(c.heads[application], number) {
		c.heads[application] = append(c.heads[application], number)
	}
}

// latest compares which version has published the latest contract of each pair.
func (c *comparing) latest(ctx context.Context) error {
	c.all++
	return c.same(ctx, "latest contracts", http.MethodGet, "/pacts/latest", nil, func(body []byte) (string, error) {
		var list struct {
			Pacts []struct {
				Links struct {
					Self oneOrMore `json:"self"`
				} `json:"_links"`
			}
		}
		if json.Unmarshal(body, &list) != nil {
			return "", errUnreadable
		}
		var links []string
		for _, p := range list.Pacts {
			for _, self := range p.Links.Self {
				links = append(links, self.Href)
			}
		}
		return c.addContracts(links), nil
	}, nil)
}

// published compares which contracts there are of each head, and of each version that is
// deployed or supported.
func (c *comparing) published(ctx context.Context) error {
	for _, numbers := range c.heads {
		c.all += len(numbers)
	}
	for _, name := range slices.Sorted(maps.Keys(c.heads)) {
		for _, number := range c.heads[name] {
			path := "/pacticipants/" + url.PathEscape(name) + "/versions/" + url.PathEscape(number)
			err := c.same(ctx, "contracts of versions", http.MethodGet, path, nil, func(body []byte) (string, error) {
				var version versionShown
				if json.Unmarshal(body, &version) != nil {
					return "", errUnreadable
				}
				var links []string
				for _, pact := range version.Links.Pacts {
					links = append(links, pact.Href)
				}
				return c.addContracts(links), nil
			}, nil)
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// addContracts makes a line of each contract that the links lead to, and sees to it that
// its content is compared, too. Some brokers list a contract once for each revision.
func (c *comparing) addContracts(links []string) string {
	var all []string
	for _, link := range links {
		provider, consumer, version := segmentAfter(link, "provider"), segmentAfter(link, "consumer"), segmentAfter(link, "version")
		all = append(all, consumer+" "+version+" to "+provider)
		c.contracts = append(c.contracts, "/pacts/provider/"+url.PathEscape(provider)+"/consumer/"+url.PathEscape(consumer)+"/version/"+url.PathEscape(version))
	}
	slices.Sort(all)
	return strings.Join(slices.Compact(all), "\n")
}

// contents compares contracts byte for byte, and what they are known by.
func (c *comparing) contents(ctx context.Context) error {
	slices.Sort(c.contracts)
	c.contracts = slices.Compact(c.contracts)
	c.all += len(c.contracts)
	for _, path := range c.contracts {
		err := c.same(ctx, "contents", http.MethodGet, path, nil, func(body []byte) (string, error) {
			var about struct {
				Links struct {
					PactVersion struct{ Href string } `json:"pb:pact-version"`
				} `json:"_links"`
			}
			if json.Unmarshal(body, &about) != nil {
				return "", errUnreadable
			}
			text, err := withoutMembers(body, "createdAt", "_links")
			return segmentAfter(about.Links.PactVersion.Href, "pact-version") + "\n" + string(text), err
		}, nil)
		if err != nil {
			return err
		}
	}
	return nil
}

// questions asks for each head whether it may be deployed to each environment or,
// where there are none, to where each tag stands.
func (c *comparing) questions(ctx context.Context) error {
	if len(c.targets) == 0 {
		for _, tag := range c.tags {
			c.targets = append(c.targets, "&to="+url.QueryEscape(tag))
		}
	}
	for _, numbers := range c.heads {
		c.all += len(numbers) * len(c.targets)
	}
	for _, name := range slices.Sorted(maps.Keys(c.heads)) {
		for _, number := range c.heads[name] {
			base := "/can-i-deploy?pacticipant=" + url.QueryEscape(name) + "&version=" + url.QueryEscape(number)
			for _, to := range c.targets {
				seen := map[string]verdict{}
				see := func(body []byte) (string, error) {
					v, err := readVerdict(body)
					seen[v.String()] = v
					return v.String(), err
				}
				judge := func(here, there string) (Class, string) { return c.judge(seen[here], seen[there]) }
				if err := c.same(ctx, "can I deploy", http.MethodGet, base+to, nil, see, judge); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// judge tells the deliberate departures from what is wrong.
func (c *comparing) judge(here, there verdict) (Class, string) {
	overlooking, latest := here.overlooking(), here.latestOnly()
	switch {
	case c.alike || len(latest) == len(here.rows) || here.deployable != deployable(here.rows) || there.deployable != deployable(there.rows):
		return Wrong, ""
	case there.equals(overlooking):
		return Known, "the Pact Broker overlooks a version that is there and has no result, and Accord counts it"
	case there.equals(latest):
		return Known, "the Pact Broker looks at the latest result of the contract only, and Accord at the versions that are there"
	}
	return Wrong, ""
}

// verifications asks for each provider what it has to verify.
func (c *comparing) verifications(ctx context.Context) error {
	selectors := []map[string]any{{"mainBranch": true}, {"deployedOrReleased": true}}
	for _, tag := range c.tags {
		selectors = append(selectors, map[string]any{"tag": tag, "latest": true})
	}
	c.all += len(c.main) * len(selectors)
	for _, provider := range slices.Sorted(maps.Keys(c.main)) {
		branch := c.main[provider]
		for _, selector := range selectors {
			question := map[string]any{"consumerVersionSelectors": []any{selector}, "includePendingStatus": true}
			if branch != "" {
				question["providerVersionBranch"] = branch
				if since := c.options.WorkInProgressSince; !since.IsZero() {
					question["includeWipPactsSince"] = since.Format(time.DateOnly)
				}
			}
			sent, err := json.Marshal(question)
			if err != nil {
				return err
			}
			path := "/pacts/provider/" + url.PathEscape(provider) + "/for-verification"
			if err := c.same(ctx, "pacts to verify", http.MethodPost, path, sent, c.toVerify, c.judgeToVerify); err != nil {
				return err
			}
		}
	}
	return nil
}

// judgeToVerify tells what an import over HTTP cannot bring from what is wrong.
func (c *comparing) judgeToVerify(here, there string) (Class, string) {
	settled := func(text string) string {
		var lines []string
		for line := range strings.Lines(text) {
			if !strings.HasSuffix(strings.TrimSpace(line), "wip=true") {
				lines = append(lines, strings.TrimSpace(line))
			}
		}
		return strings.Join(lines, "\n")
	}
	if c.options.OverHTTP && settled(here) == settled(there) {
		return Lost, "only work in progress differs, and what was verified as such is not told over HTTP"
	}
	return Wrong, ""
}

// toVerify is what is compared of a choice of pacts to verify.
func (c *comparing) toVerify(body []byte) (string, error) {
	see := lines("pacts", true, func(i map[string]any) string {
		return segmentAfter(member(i, "_links", "self", "href"), "pact-version") + " pending=" + member(i, "verificationProperties", "pending") + " wip=" + member(i, "verificationProperties", "wip")
	})
	return see(bytes.TrimSpace(body))
}

// oneOrMore are links that may also stand alone.
type oneOrMore hrefs

// UnmarshalJSON reads a link or a list of links.
func (l *oneOrMore) UnmarshalJSON(text []byte) error {
	if bytes.HasPrefix(bytes.TrimSpace(text), []byte("[")) {
		return json.Unmarshal(text, (*hrefs)(l))
	}
	*l = make(oneOrMore, 1)
	return json.Unmarshal(text, &(*l)[0])
}
