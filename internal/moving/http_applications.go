package moving

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"

	"github.com/accord-broker/accord/internal/archive"
)

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
