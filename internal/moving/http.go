package moving

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/accord-broker/accord/internal/archive"
)

// HTTP is a broker that was read over HTTP: what came is kept in a folder, so that
// it can be read more than once, and need not be asked for again.
type HTTP struct {
	client  *client
	folder  string
	files   map[archive.Kind]*spool
	skipped archive.SkipList
	done    int64
	// came is how many records of a kind there are.
	came map[archive.Kind]int64
	// made is when applications were made.
	made map[string]archive.Time
	// tags are those of versions, by application and number.
	tags map[string][]string
	// contents are the contents that have come, by pair and sha.
	contents map[string]bool
	pairs    map[[2]string]archive.Time
	results  []resultLink
	// known are the results that were found.
	known map[resultLink]bool
	// deployments and releases come version by version, and count by time.
	deployments []*archive.Deployment
	releases    []*archive.Release
}

// spool is a file with the records of one kind.
type spool struct {
	file   *os.File
	writer *archive.Writer
}

// resultLink is where a result is to be found, and when it came.
type resultLink struct {
	consumer, provider, sha string
	number                  int64
	at                      archive.Time
}

// Fetch reads everything from a broker over HTTP into a folder, which it makes.
// Contracts and results that are there from before are not asked for again.
func Fetch(ctx context.Context, remote Remote, folder string, progress func(what string, done int64)) (*HTTP, error) {
	c, err := newClient(remote)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(filepath.Join(folder, "answers"), 0o700); err != nil {
		return nil, err
	}
	h := &HTTP{client: c, folder: folder, files: map[archive.Kind]*spool{}, came: map[archive.Kind]int64{}, made: map[string]archive.Time{}, tags: map[string][]string{}, contents: map[string]bool{}, known: map[resultLink]bool{}, pairs: map[[2]string]archive.Time{}}
	if err := h.fetch(ctx, progress); err != nil {
		return nil, errors.Join(err, h.closeFiles())
	}
	return h, h.closeFiles()
}

func (h *HTTP) fetch(ctx context.Context, progress func(string, int64)) error {
	if err := h.client.checkBroker(ctx); err != nil {
		return err
	}
	names, err := h.applications(ctx)
	if err != nil {
		return err
	}
	if err := h.environments(ctx); err != nil {
		return err
	}
	for i, name := range names {
		progress("applications", int64(i))
		if err := h.application(ctx, name); err != nil {
			return err
		}
	}
	if err := errors.Join(h.putPlaced(), h.integrations(ctx)); err != nil {
		return err
	}
	if err := h.fetchResults(ctx, progress); err != nil {
		return err
	}
	if err := h.webhooks(ctx); err != nil {
		return err
	}
	return h.countHidden(ctx)
}

// put keeps a record.
func (h *HTTP) put(r archive.Record) error {
	s := h.files[r.Kind()]
	if s == nil {
		file, err := os.OpenFile(h.name(r.Kind()), os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
		if err != nil {
			return err
		}
		writer, err := archive.NewWriter(file, archive.Plain, h.Header())
		if err != nil {
			return errors.Join(err, file.Close())
		}
		s = &spool{file, writer}
		h.files[r.Kind()] = s
	}
	h.done++
	h.came[r.Kind()]++
	return s.writer.Write(r)
}

func (h *HTTP) name(kind archive.Kind) string { return filepath.Join(h.folder, string(kind)+".jsonl") }

func (h *HTTP) closeFiles() (err error) {
	for _, s := range h.files {
		err = errors.Join(err, s.writer.Close(), s.file.Close())
	}
	return err
}

// Header tells what about to come.
func (h *HTTP) Header() archive.Header {
	return archive.Header{Source: archive.Origin{Kind: archive.FromHTTP}, Complete: true, Omitted: []string{
		"secrets", "deliveries", "certificates", "settings in the database", "whether results were pending or work in progress", "selectors of results",
		"tags of provider versions at the time of a result", "which branches and deployments the broker made of itself", "fractions of seconds",
	}}
}

// Progress is unknown while records are handed over, which takes no time.
func (h *HTTP) Progress() (done, all int64) { return 0, 0 }

// Skipped is what could not be had.
func (h *HTTP) Skipped() []archive.Skipped { return h.skipped }

// Each hands over one record after the other; see archive.Source.
func (h *HTTP) Each(ctx context.Context, want func(archive.Kind) bool, take func(archive.Record) error) error {
	for _, kind := range archive.Kinds {
		if h.files[kind] == nil || want != nil && !want(kind) {
			continue
		}
		file, err := archive.OpenFile(h.name(kind))
		if err == nil {
			err = file.Each(ctx, nil, take)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// Instants as brokers write them, to the second.
type instant struct{ time.Time }

// UnmarshalJSON reads a time; what is none is no time.
func (i *instant) UnmarshalJSON(text []byte) error {
	var written string
	if json.Unmarshal(text, &written) == nil {
		i.Time, _ = time.Parse(time.RFC3339Nano, written)
	}
	return nil
}

func (i instant) at() archive.Time {
	if i.IsZero() {
		return 0
	}
	return archive.TimeOf(i.Time)
}

func (i instant) optional() *archive.Time {
	if i.IsZero() {
		return nil
	}
	at := i.at()
	return &at
}

type dates struct {
	CreatedAt instant `json:"createdAt"`
	UpdatedAt instant `json:"updatedAt"`
}

func (d dates) times() archive.Times {
	t := archive.Times{CreatedAt: d.CreatedAt.at(), UpdatedAt: d.UpdatedAt.at()}
	switch t.UpdatedAt {
	case 0:
		t.UpdatedAt = t.CreatedAt
	case t.CreatedAt:
		// It was changed within the second in which it was made, of which brokers show
		// no more: they leave out the time of a change that has not been made.
		t.UpdatedAt++
	}
	return t
}

// endedTimes are those of something that changes but once, when it ends.
func (d dates) endedTimes(end instant) archive.Times {
	t := d.times()
	t.UpdatedAt = max(t.UpdatedAt, end.at())
	return t
}

type hrefs []struct {
	Href, Name        string
	CurrentlyDeployed bool `json:"currently_deployed"`
}

func (h *HTTP) applications(ctx context.Context) (names []string, err error) {
	type pacticipant struct {
		Name                string
		DisplayName         string
		RepositoryURL       *string `json:"repositoryUrl"`
		RepositoryName      *string
		RepositoryNamespace *string
		MainBranch          *string
		dates
		Embedded struct {
			Labels []struct{ Name string }
		} `json:"_embedded"`
	}
	err = h.client.pages(ctx, "/pacticipants", func(page []byte) error {
		var list struct {
			Embedded struct{ Pacticipants []pacticipant } `json:"_embedded"`
		}
		if err := json.Unmarshal(page, &list); err != nil {
			return fmt.Errorf("/pacticipants: %w", errUnreadable)
		}
		for _, p := range list.Embedded.Pacticipants {
			if slices.Contains(names, p.Name) {
				continue
			}
			names = append(names, p.Name)
			shown := p.DisplayName
			if shown == "" {
				shown = p.Name
			}
			record := &archive.Application{Name: p.Name, DisplayName: shown, RepositoryURL: p.RepositoryURL, RepositoryName: p.RepositoryName,
				RepositoryNamespace: p.RepositoryNamespace, MainBranch: p.MainBranch, Times: p.times()}
			if err := h.put(record); err != nil {
				return err
			}
			h.made[p.Name] = record.CreatedAt
			for _, l := range p.Embedded.Labels {
				if err := h.label(ctx, &archive.Label{Application: p.Name, Name: l.Name, Times: p.times()}); err != nil {
					return err
				}
			}
		}
		return nil
	})
	return names, err
}

// label reads when a label was given, which the list of applications does not tell.
func (h *HTTP) label(ctx context.Context, label *archive.Label) error {
	var shown dates
	link := "/pacticipants/" + url.PathEscape(label.Application) + "/labels/" + url.PathEscape(label.Name)
	if err := h.readOrSkip(ctx, archive.KindLabel, link, largestThing, &shown); err != nil {
		return err
	}
	if !shown.CreatedAt.IsZero() {
		label.Times = shown.times()
	}
	return h.put(label)
}

func (h *HTTP) environments(ctx context.Context) error {
	var list struct {
		Embedded struct {
			Environments []struct {
				UUID, Name, DisplayName string
				Production              bool
				Contacts                json.RawMessage
				dates
			}
		} `json:"_embedded"`
	}
	if err := h.client.read(ctx, "/environments", largestList, &list); err != nil {
		if errors.Is(err, errNotThere) {
			return nil // a broker of before there were any
		}
		return err
	}
	for _, e := range list.Embedded.Environments {
		record := &archive.Environment{UUID: e.UUID, Name: e.Name, DisplayName: e.DisplayName, Production: e.Production, Times: e.times()}
		if len(e.Contacts) > 0 && string(e.Contacts) != "null" {
			record.Contacts = compacted(e.Contacts)
		}
		if err := h.put(record); err != nil {
			return err
		}
	}
	return nil
}

// versionShown is a version as lists show it.
type versionShown struct {
	Number   string
	BuildURL *string `json:"buildUrl"`
	dates
	Embedded struct {
		BranchVersions []struct {
			Name   string
			Latest bool
		}
		Tags []struct{ Name string }
	} `json:"_embedded"`
	Links struct {
		Pacts    hrefs `json:"pb:pact-versions"`
		Deployed hrefs `json:"pb:deployed-environments"`
		Released hrefs `json:"pb:released-environments"`
	} `json:"_links"`
}

// application reads what one application has: versions come latest first, and are
// kept the other way round.
func (h *HTTP) application(ctx context.Context, name string) error {
	var versions []versionShown
	seen := map[string]bool{}
	path := "/pacticipants/" + url.PathEscape(name)
	err := h.client.pages(ctx, path+"/versions", func(page []byte) error {
		var list struct {
			Embedded struct{ Versions []versionShown } `json:"_embedded"`
		}
		if err := json.Unmarshal(page, &list); err != nil {
			return fmt.Errorf("%s/versions: %w", path, errUnreadable)
		}
		for _, v := range list.Embedded.Versions {
			if !seen[v.Number] { // one that was made meanwhile moves the others on
				seen[v.Number] = true
				versions = append(versions, v)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	slices.Reverse(versions)
	heads, used := map[string]string{}, map[string]bool{}
	for i, v := range versions {
		if err := h.version(ctx, name, int64(i+1), v, heads, used); err != nil {
			return err
		}
	}
	if err := h.branches(ctx, name, path, heads); err != nil {
		return err
	}
	if err := h.placed(ctx, name, versions); err != nil {
		return err
	}
	return h.pacts(ctx, name, versions)
}

// version keeps a version with its branches and tags. heads are the newest versions
// of branches by now, used the tags that older versions have.
func (h *HTTP) version(ctx context.Context, application string, rank int64, v versionShown, heads map[string]string, used map[string]bool) error {
	records := []archive.Record{&archive.Version{Application: application, Number: v.Number, Rank: rank, BuildURL: v.BuildURL, Times: v.times()}}
	for _, b := range v.Embedded.BranchVersions {
		if b.Latest || heads[b.Name] == "" {
			heads[b.Name] = v.Number
		}
		records = append(records, &archive.Membership{Application: application, Branch: b.Name, Version: v.Number, Times: v.times()})
	}
	for _, t := range v.Embedded.Tags {
		h.tags[application+"\n"+v.Number] = append(h.tags[application+"\n"+v.Number], t.Name)
		record := &archive.Tag{Application: application, Version: v.Number, Name: t.Name, Times: v.times()}
		if !used[t.Name] {
			used[t.Name] = true
			if err := h.firstUse(ctx, record); err != nil {
				return err
			}
		}
		records = append(records, record)
	}
	for _, r := range records {
		if err := h.put(r); err != nil {
			return err
		}
	}
	return nil
}

// firstUse reads when a tag was put on the oldest version that has it: what is work in
// progress follows from it. All others count as old as their versions.
func (h *HTTP) firstUse(ctx context.Context, tag *archive.Tag) error {
	var shown dates
	link := "/pacticipants/" + url.PathEscape(tag.Application) + "/versions/" + url.PathEscape(tag.Version) + "/tags/" + url.PathEscape(tag.Name)
	if err := h.readOrSkip(ctx, archive.KindTag, link, largestThing, &shown); err != nil {
		return err
	}
	if !shown.CreatedAt.IsZero() {
		tag.Times = shown.times()
	}
	return nil
}

func (h *HTTP) branches(ctx context.Context, application, path string, heads map[string]string) error {
	known := map[string]bool{}
	err := h.client.pages(ctx, path+"/branches", func(page []byte) error {
		var list struct {
			Embedded struct {
				Branches []struct {
					Name string
					dates
				}
			} `json:"_embedded"`
		}
		if err := json.Unmarshal(page, &list); err != nil {
			return fmt.Errorf("%s/branches: %w", path, errUnreadable)
		}
		for _, b := range list.Embedded.Branches {
			record := &archive.Branch{Application: application, Name: b.Name, Times: b.times()}
			if head, has := heads[b.Name]; has {
				record.Head = &head
			}
			known[b.Name] = true
			if err := h.put(record); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil && !errors.Is(err, errNotThere) {
		return err
	}
	for name, head := range heads { // old brokers have no list
		if !known[name] {
			if err := h.put(&archive.Branch{Application: application, Name: name, Head: &head}); err != nil {
				return err
			}
		}
	}
	return nil
}

// placed reads where the versions are or were deployed and released.
func (h *HTTP) placed(ctx context.Context, application string, versions []versionShown) error {
	type place struct {
		UUID                string
		ApplicationInstance *string
		Target              *string
		CurrentlyDeployed   bool
		CurrentlySupported  bool
		UndeployedAt        instant
		SupportEndedAt      instant
		dates
		Embedded struct {
			Environment struct{ UUID string }
		} `json:"_embedded"`
	}
	for _, v := range versions {
		for _, link := range v.Links.Deployed {
			var p place
			if err := h.readOrSkip(ctx, archive.KindDeployment, link.Href, largestThing, &p); err != nil || p.UUID == "" {
				if err != nil {
					return err
				}
				continue
			}
			record := &archive.Deployment{UUID: p.UUID, Application: application, Version: v.Number, Environment: p.Embedded.Environment.UUID,
				Current: p.CurrentlyDeployed, UndeployedAt: p.UndeployedAt.optional(), Times: p.endedTimes(p.UndeployedAt)}
			for _, instance := range []*string{p.ApplicationInstance, p.Target} {
				if instance != nil && record.Instance == "" {
					record.Instance = *instance
				}
			}
			h.deployments = append(h.deployments, record)
		}
		for _, link := range v.Links.Released {
			var p place
			if err := h.readOrSkip(ctx, archive.KindRelease, link.Href, largestThing, &p); err != nil || p.UUID == "" {
				if err != nil {
					return err
				}
				continue
			}
			h.releases = append(h.releases, &archive.Release{UUID: p.UUID, Application: application, Version: v.Number, Environment: p.Embedded.Environment.UUID,
				Supported: p.CurrentlySupported, SupportEndedAt: p.SupportEndedAt.optional(), Times: p.endedTimes(p.SupportEndedAt)})
		}
	}
	return nil
}

// putPlaced keeps deployments and releases in the order in which they were made. Of
// those of one second what has ended came before what has not.
func (h *HTTP) putPlaced() error {
	slices.SortStableFunc(h.deployments, func(a, b *archive.Deployment) int {
		return cmp.Or(cmp.Compare(a.CreatedAt, b.CreatedAt), cmp.Compare(ended(a.UndeployedAt), ended(b.UndeployedAt)))
	})
	slices.SortStableFunc(h.releases, func(a, b *archive.Release) int { return cmp.Compare(a.CreatedAt, b.CreatedAt) })
	for _, d := range h.deployments {
		if err := h.put(d); err != nil {
			return err
		}
	}
	for _, r := range h.releases {
		if err := h.put(r); err != nil {
			return err
		}
	}
	return nil
}

// ended is when something ended, later than all times if it has not.
func ended(at *archive.Time) archive.Time {
	if at == nil {
		return math.MaxInt64
	}
	return *at
}

// compacted is JSON as a text, without white space that means nothing.
func compacted(text json.RawMessage) *string {
	var out bytes.Buffer
	if json.Compact(&out, text) != nil {
		out.Reset()
		out.Write(text)
	}
	compact := out.String()
	return &compact
}

// readOrSkip reads something without which one can go on.
func (h *HTTP) readOrSkip(ctx context.Context, kind archive.Kind, link string, most int64, into any) error {
	err := h.client.read(ctx, link, most, into)
	if err == nil || errors.Is(err, ErrRefused) || ctx.Err() != nil {
		return err
	}
	h.skipped.Add(kind, whyNot(err), link, 1)
	return nil
}

// whyNot is why something could not be read.
func whyNot(err error) archive.Reason {
	if errors.Is(err, errTooLarge) {
		return archive.TooLarge
	}
	return archive.Unanswered
}

// published is a pact that a version has published, as it was read.
type published struct {
	consumer, version, provider string
	revision                    int64
	link                        string
	sha                         string
	at                          archive.Time
	content                     []byte
	err                         error
}

// pacts reads the pacts of all versions, several at a time.
func (h *HTTP) pacts(ctx context.Context, consumer string, versions []versionShown) error {
	var all []*published
	for _, v := range versions {
		overwritten, first := map[string]int64{}, len(all)
		for _, link := range v.Links.Pacts {
			if overwritten[link.Href]++; overwritten[link.Href] > 1 {
				continue
			}
			all = append(all, &published{consumer: consumer, version: v.Number, provider: providerOf(link.Href), link: link.Href})
		}
		for _, p := range all[first:] {
			p.revision = overwritten[p.link]
		}
	}
	const atOnce = 50
	for batch := range slices.Chunk(all, atOnce) {
		if err := h.inParallel(ctx, len(batch), func(ctx context.Context, i int) error { return h.pact(ctx, batch[i]) }); err != nil {
			return err
		}
		for _, p := range batch {
			if err := h.putPact(ctx, p); err != nil {
				return err
			}
			p.content = nil // all contents of an application may be more than there is memory
		}
	}
	return nil
}

// inParallel calls do with each index, several at a time.
func (h *HTTP) inParallel(ctx context.Context, n int, do func(ctx context.Context, i int) error) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(h.client.remote.Parallel)
	for i := range n {
		group.Go(func() error { return do(ctx, i) })
	}
	return group.Wait()
}

// providerOf is the provider in the address of a pact.
func providerOf(link string) string { return segmentAfter(link, "provider") }

// segmentAfter is the segment of an address that follows another one. Behind the
// place where pacts are, names and values take turns, and a value may be called like a
// name.
func segmentAfter(link, name string) string {
	address, err := url.Parse(link)
	if err != nil {
		return ""
	}
	segments, step := strings.Split(address.EscapedPath(), "/"), 1
	for i := range len(segments) - 1 {
		if segments[i] == "pacts" && segments[i+1] == "provider" {
			segments, step = segments[i+1:], 2
			break
		}
	}
	for i := 0; i+1 < len(segments); i += step {
		if segments[i] == name {
			if value, err := url.PathUnescape(segments[i+1]); err == nil {
				return value
			}
		}
	}
	return ""
}

// pact reads one pact. What the broker has added to the text is cut out again.
func (h *HTTP) pact(ctx context.Context, p *published) error {
	text, err := h.client.get(ctx, p.link, largestText)
	if errors.Is(err, ErrRefused) || ctx.Err() != nil {
		return err
	}
	if p.err = err; err != nil {
		return nil
	}
	var about struct {
		CreatedAt instant `json:"createdAt"`
		Links     struct {
			PactVersion struct{ Href string } `json:"pb:pact-version"`
		} `json:"_links"`
	}
	if p.err = json.Unmarshal(text, &about); p.err != nil {
		return nil
	}
	p.sha, p.at = segmentAfter(about.Links.PactVersion.Href, "pact-version"), about.CreatedAt.at()
	p.content, p.err = withoutMembers(text, "createdAt", "_links")
	return nil
}

func (h *HTTP) putPact(ctx context.Context, p *published) error {
	if p.err != nil || p.sha == "" {
		h.skipped.Add(archive.KindPublication, whyNot(p.err), p.link, 1)
		return nil
	}
	pair := [2]string{p.consumer, p.provider}
	if first, known := h.pairs[pair]; !known || p.at < first {
		h.pairs[pair] = p.at
	}
	key := p.consumer + "\n" + p.provider + "\n" + p.sha
	known := h.contents[key]
	if !known {
		h.contents[key] = true
		content := &archive.Content{Consumer: p.consumer, Provider: p.provider, SHA: p.sha, CreatedAt: p.at}
		content.SetText(p.content)
		if err := h.put(content); err != nil {
			return err
		}
	}
	if !known || p.revision > 1 {
		overwritten, err := h.findResults(ctx, p)
		if err != nil {
			return err
		}
		if err := h.putOverwritten(ctx, p, overwritten); err != nil {
			return err
		}
	}
	return h.put(&archive.Publication{Consumer: p.consumer, Version: p.version, Provider: p.provider, Revision: p.revision, SHA: p.sha, CreatedAt: p.at})
}

// putOverwritten keeps the contents that the version published before, as far as they
// were verified, in the order of their times.
func (h *HTTP) putOverwritten(ctx context.Context, p *published, shas []string) error {
	var before []*archive.Publication
	for _, sha := range shas {
		at, found, err := h.contentOf(ctx, resultLink{consumer: p.consumer, provider: p.provider, sha: sha})
		if err != nil {
			return err
		}
		if found {
			before = append(before, &archive.Publication{Consumer: p.consumer, Version: p.version, Provider: p.provider, SHA: sha, CreatedAt: at})
		}
	}
	slices.SortStableFunc(before, func(a, b *archive.Publication) int { return cmp.Compare(a.CreatedAt, b.CreatedAt) })
	// Not every broker lists a pact as often as it was published.
	p.revision = max(p.revision, int64(len(before)+1))
	for i, publication := range before {
		publication.Revision = p.revision - int64(len(before)-i)
		if err := h.put(publication); err != nil {
			return err
		}
	}
	return nil
}

// findResults asks for all results of what a version has published, and returns the
// contents among them that it has overwritten.
func (h *HTTP) findResults(ctx context.Context, p *published) (overwritten []string, err error) {
	link := "/matrix?" + strings.Join([]string{
		"q%5B%5D%5Bpacticipant%5D=" + url.QueryEscape(p.consumer), "q%5B%5D%5Bversion%5D=" + url.QueryEscape(p.version),
		"q%5B%5D%5Bpacticipant%5D=" + url.QueryEscape(p.provider), "limit=100000",
	}, "&")
	var found struct {
		Matrix []struct {
			VerificationResult *struct {
				VerifiedAt instant
				Links      struct {
					Self struct{ Href string } `json:"self"`
				} `json:"_links"`
			}
		}
	}
	if err := h.readOrSkip(ctx, archive.KindResult, link, largestList, &found); err != nil {
		return nil, err
	}
	for _, row := range found.Matrix {
		if row.VerificationResult == nil {
			continue
		}
		self := row.VerificationResult.Links.Self.Href
		number, err := strconv.ParseInt(segmentAfter(self, "verification-results"), 10, 64)
		r := resultLink{p.consumer, p.provider, segmentAfter(self, "pact-version"), number, row.VerificationResult.VerifiedAt.at()}
		if err != nil || r.sha == "" || providerOf(self) != p.provider {
			continue
		}
		if !h.known[r] {
			h.known[r] = true
			h.results = append(h.results, r)
		}
		if r.sha != p.sha && !slices.Contains(overwritten, r.sha) {
			overwritten = append(overwritten, r.sha)
		}
	}
	return overwritten, nil
}

// withoutMembers is the text of a JSON object without some of its members, and
// otherwise as it was written.
func withoutMembers(text []byte, names ...string) ([]byte, error) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	if start, err := decoder.Token(); err != nil || start != json.Delim('{') {
		return text, nil // not every contract is an object
	}
	out := []byte{'{'}
	for decoder.More() {
		from := decoder.InputOffset()
		name, err := decoder.Token()
		if err != nil {
			return nil, err
		}
		var value json.RawMessage
		if err := decoder.Decode(&value); err != nil {
			return nil, err
		}
		if slices.Contains(names, fmt.Sprint(name)) {
			continue
		}
		member := bytes.TrimLeft(text[from:decoder.InputOffset()], ", \t\r\n")
		if len(out) > 1 {
			out = append(out, ',')
		}
		out = append(out, member...)
	}
	return append(out, '}'), nil
}
