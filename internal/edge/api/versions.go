package api

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/accord-broker/accord/internal/contracts"
	"github.com/accord-broker/accord/internal/edge"
	"github.com/accord-broker/accord/internal/edge/hal"
	"github.com/accord-broker/accord/internal/pacticipants"
	"github.com/accord-broker/accord/internal/support/fault"
	"github.com/accord-broker/accord/internal/support/links"
	"github.com/accord-broker/accord/internal/versions"
)

// version is how a version is shown.
type version struct {
	Number    string  `json:"number"`
	BuildURL  *string `json:"buildUrl,omitempty"`
	UpdatedAt string  `json:"updatedAt,omitempty"`
	CreatedAt string  `json:"createdAt"`
	Embedded  struct {
		BranchVersions []branchOfVersion `json:"branchVersions"`
		Tags           []embeddedName    `json:"tags"`
	} `json:"_embedded"`
	Links hal.Links `json:"_links"`
}

// branchOfVersion is a branch within a version.
type branchOfVersion struct {
	Name   string    `json:"name"`
	Latest bool      `json:"latest"`
	Links  hal.Links `json:"_links"`
}

// versionList is how lists of versions are shown.
type versionList struct {
	Page     *edge.PageObject `json:"page,omitempty"`
	Embedded struct {
		Versions []version `json:"versions"`
	} `json:"_embedded"`
	Links hal.Links `json:"_links"`
}

func (a *API) showVersion(c *gin.Context) error {
	v, err := a.version(c)
	if err != nil {
		return err
	}
	return a.writeVersion(c, http.StatusOK, v)
}

// version is the version that the address names.
func (a *API) version(c *gin.Context) (versions.Version, error) {
	return versions.Get(c.Request.Context(), a.names(), edge.Param(c, "pacticipant"), edge.Param(c, "number"))
}

// names finds applications and versions by their names.
func (a *API) names() nameReader { return nameReader{a.PacticipantLists, a.VersionLists} }

type nameReader struct {
	pacticipants.Reader
	versions.ListReader
}

func (a *API) putVersion(c *gin.Context) error { return a.changeVersion(c, true) }

func (a *API) updateVersion(c *gin.Context) error { return a.changeVersion(c, false) }

// changeVersion makes or changes a version. To replace it empties the build URL
// that the request does not give.
func (a *API) changeVersion(c *gin.Context, replace bool) error {
	change, err := bodyOf[versions.Change](c)
	if err != nil {
		return err
	}
	if replace {
		change.RemoveBuildURL = change.BuildURL == nil
	}
	v, created, err := a.Versions.Put(c.Request.Context(), edge.Param(c, "pacticipant"), edge.Param(c, "number"), change)
	if err != nil {
		return err
	}
	status := http.StatusOK
	if created {
		status = http.StatusCreated
	}
	return a.writeVersion(c, status, v)
}

// checkVersion finds what is wrong with the names and the body before anything
// else is looked at.
func checkVersion(c *gin.Context) error {
	if err := checkNames(c, "pacticipant", "number"); err != nil {
		return err
	}
	return readsBody(readVersion)(c)
}

func readVersion(c *gin.Context) (versions.Change, error) {
	var change versions.Change
	properties, err := edge.Object(c)
	if err != nil {
		return change, err
	}
	var fields []fault.Field
	if raw, sent := properties["buildUrl"]; sent {
		text, problem := scalarText(raw)
		if problem == "" && text != nil {
			problem = pacticipants.ValidateAddress(*text)
		}
		if problem != "" {
			fields = append(fields, fault.Field{Name: "buildUrl", Message: problem})
		}
		change.BuildURL, change.RemoveBuildURL = text, text == nil
	}
	if raw, sent := properties["tags"]; sent && string(raw) != "null" {
		tags, problem := tagNames(raw)
		if problem != "" {
			fields = append(fields, fault.Field{Name: "tags", Message: problem})
		}
		change.Tags = &tags
	}
	if len(fields) > 0 {
		return change, fault.InvalidFields(fields...)
	}
	return change, nil
}

// scalarText returns a JSON scalar as text: nil for null, and a number or
// boolean as written, since the original takes any.
func scalarText(raw json.RawMessage) (text *string, problem string) {
	written := string(raw)
	switch {
	case written == "null":
		return nil, ""
	case raw[0] == '{' || raw[0] == '[':
		return nil, "must be a string"
	case json.Unmarshal(raw, &text) == nil:
		return text, ""
	default:
		return &written, ""
	}
}

// tagNames reads a list of objects with a name.
func tagNames(raw json.RawMessage) (names []string, problem string) {
	var tags []struct {
		Name *string `json:"name"`
	}
	if json.Unmarshal(raw, &tags) != nil {
		return nil, `must be a list of objects with a name, such as [{"name": "dev"}]`
	}
	if problem := fault.ValidateCount(len(tags), versions.MaxTagsAtOnce); problem != "" {
		return nil, problem
	}
	names = []string{}
	for i, tag := range tags {
		if tag.Name == nil {
			return nil, fmt.Sprintf("name is missing (at index %d)", i)
		}
		if problem := pacticipants.ValidateName(*tag.Name); problem != "" {
			return nil, fmt.Sprintf("name %s (at index %d)", problem, i)
		}
		names = append(names, *tag.Name)
	}
	return names, ""
}

func (a *API) deleteVersion(c *gin.Context) error {
	if err := a.Versions.Delete(c.Request.Context(), edge.Param(c, "pacticipant"), edge.Param(c, "number")); err != nil {
		return err
	}
	return edge.NoContent(c)
}

func (a *API) showLatestVersion(c *gin.Context) error {
	return a.showFound(c, func(ctx context.Context, p pacticipants.Pacticipant) (versions.Version, bool, error) {
		latest, err := a.VersionLists.LatestVersions(ctx, p.ID)
		v, found := latest[p.ID]
		return v, found, err
	})
}

func (a *API) showLatestVersionWithTag(c *gin.Context) error {
	return a.showFound(c, func(ctx context.Context, p pacticipants.Pacticipant) (versions.Version, bool, error) {
		return a.VersionLists.LatestWithTag(ctx, p, edge.Param(c, "tag"))
	})
}

func (a *API) showLatestVersionOnBranch(c *gin.Context) error {
	return a.showFound(c, func(ctx context.Context, p pacticipants.Pacticipant) (versions.Version, bool, error) {
		b, found, err := a.VersionLists.FindBranch(ctx, p, edge.Param(c, "branch"))
		if err != nil || !found {
			return versions.Version{}, false, err
		}
		return a.VersionLists.VersionByID(ctx, b.HeadVersionID)
	})
}

// showFound shows the version that find picks of the application, if any.
func (a *API) showFound(c *gin.Context, find func(context.Context, pacticipants.Pacticipant) (versions.Version, bool, error)) error {
	p, found, err := a.PacticipantLists.FindPacticipant(c.Request.Context(), edge.Param(c, "pacticipant"))
	if err != nil {
		return err
	}
	v := versions.Version{}
	if found {
		v, found, err = find(c.Request.Context(), p)
	}
	if err != nil {
		return err
	}
	if !found {
		return fault.Missing("no such version")
	}
	return a.writeVersion(c, http.StatusOK, v)
}

// writeVersion shows one version under the address that was asked for, as of one moment.
func (a *API) writeVersion(c *gin.Context, status int, v versions.Version) error {
	var shown version
	if err := edge.View(c, func() (err error) {
		shown, err = a.versionWithPlaces(c.Request.Context(), edge.Base(c), v)
		return err
	}); err != nil {
		return err
	}
	shown.Links[0].Value = hal.Named(edge.Self(c), "Version", v.Number)
	return edge.HAL(c, status, shown)
}

// versionWithPlaces shows one version with all environments to which it may be recorded.
func (a *API) versionWithPlaces(ctx context.Context, base links.Base, v versions.Version) (version, error) {
	shown, err := a.representVersions(ctx, base, true, v)
	if err != nil {
		return version{}, err
	}
	environments, err := a.Deployments.Environments(ctx)
	if err != nil {
		return version{}, err
	}
	deploy, release := []hal.Link{}, []hal.Link{}
	for _, e := range environments {
		deploy = append(deploy, hal.Named(base.RecordDeployment(v.Pacticipant, v.Number, e.UUID), "Record a deployment to "+e.DisplayName, e.Name))
		release = append(release, hal.Named(base.RecordRelease(v.Pacticipant, v.Number, e.UUID), "Record a release to "+e.DisplayName, e.Name))
	}
	one := shown[0]
	one.Links = one.Links.With("pb:record-deployment", deploy).With("pb:record-release", release)
	return one, nil
}

// representVersions shows versions of one application. Alone a version shows
// its environments even if there are none.
func (a *API) representVersions(ctx context.Context, base links.Base, alone bool, found ...versions.Version) ([]version, error) {
	ids := make([]int64, len(found))
	for i, v := range found {
		ids[i] = v.ID
	}
	branches, err := a.VersionLists.BranchesOf(ctx, ids...)
	if err != nil {
		return nil, err
	}
	tags, err := a.VersionLists.TagsOf(ctx, ids...)
	if err != nil {
		return nil, err
	}
	pacts, err := a.PactLists.PactsOfVersions(ctx, ids...)
	if err != nil {
		return nil, err
	}
	places, err := a.environmentsOf(ctx, base, ids...)
	if err != nil {
		return nil, err
	}
	shown := make([]version, len(found))
	for i, v := range found {
		shown[i] = representVersion(base, v, pacts[v.ID])
		for _, b := range branches {
			if b.VersionID == v.ID {
				shown[i].Embedded.BranchVersions = append(shown[i].Embedded.BranchVersions, representBranchOf(base, v, b))
			}
		}
		for _, t := range tags {
			if t.VersionID == v.ID {
				shown[i].Embedded.Tags = append(shown[i].Embedded.Tags, embedTag(base, v, t.Name))
			}
		}
		shown[i].Links = places.addTo(shown[i].Links, v.ID, alone).With("curies", hal.Curies(base, "version"))
	}
	return shown, nil
}

func representVersion(base links.Base, v versions.Version, pacts []contracts.Publication) version {
	shown := version{Number: v.Number, BuildURL: v.BuildURL, UpdatedAt: hal.TimeIf(v.InPassing || !v.UpdatedAt.Equal(v.CreatedAt), v.UpdatedAt), CreatedAt: hal.Time(v.CreatedAt)}
	shown.Embedded.BranchVersions, shown.Embedded.Tags = []branchOfVersion{}, []embeddedName{}
	pactLinks := []hal.Link{}
	for _, p := range pacts {
		pactLinks = append(pactLinks, pactLink(base, p))
	}
	self := base.Version(v.Pacticipant, v.Number)
	shown.Links = hal.Links{
		{Name: "self", Value: hal.Named(self, "Version", v.Number)},
		{Name: "pb:pacticipant", Value: hal.Named(base.Pacticipant(v.Pacticipant), "Application", v.Pacticipant)},
		{Name: "pb:tag", Value: hal.Templated(self+"/tags/{tag}", "GET, PUT or DELETE a tag of this version")},
		{Name: "pb:latest-verification-results-where-pacticipant-is-consumer", Value: hal.To(base.ResultsOfConsumerVersion(v.Pacticipant, v.Number), "Latest results of this version's contracts")},
		{Name: "pb:pact-versions", Value: pactLinks},
	}
	return shown
}

func representBranchOf(base links.Base, v versions.Version, b versions.BranchVersion) branchOfVersion {
	return branchOfVersion{Name: b.Branch, Latest: b.Latest, Links: hal.Links{{Name: "self", Value: hal.Named(base.BranchVersion(v.Pacticipant, b.Branch, v.Number), "Branch version", b.Branch)}}}
}

func embedTag(base links.Base, v versions.Version, name string) embeddedName {
	return embeddedName{Name: name, Links: hal.Links{{Name: "self", Value: hal.Named(base.Tag(v.Pacticipant, v.Number, name), "Tag", name)}}}
}

func (a *API) listVersions(c *gin.Context) error {
	return a.writeVersions(c, func(context.Context) (p pacticipants.Pacticipant, l versions.Query, err error) {
		p, err = a.pacticipant(c)
		return p, l, err
	})
}

func (a *API) listVersionsOnBranch(c *gin.Context) error {
	return a.writeVersions(c, func(ctx context.Context) (pacticipants.Pacticipant, versions.Query, error) {
		p, _, err := a.PacticipantLists.FindPacticipant(ctx, edge.Param(c, "pacticipant"))
		if err != nil {
			return p, versions.Query{}, err
		}
		b, found, err := a.VersionLists.FindBranch(ctx, p, edge.Param(c, "branch"))
		if err == nil && !found {
			err = fault.Missing("no branch %s", edge.Param(c, "branch"))
		}
		return p, versions.Query{BranchID: b.ID}, err
	})
}

func (a *API) listVersionsWithTag(c *gin.Context) error {
	return a.writeVersions(c, func(ctx context.Context) (pacticipants.Pacticipant, versions.Query, error) {
		tag := edge.Param(c, "tag")
		p, _, err := a.PacticipantLists.FindPacticipant(ctx, edge.Param(c, "pacticipant"))
		if err != nil {
			return p, versions.Query{}, err
		}
		_, found, err := a.VersionLists.LatestWithTag(ctx, p, tag)
		if err == nil && !found {
			err = fault.Missing("no version has the tag %s", tag)
		}
		return p, versions.Query{Tag: tag}, err
	})
}

func (a *API) listVersionsInEnvironment(c *gin.Context) error {
	return a.writeVersions(c, func(ctx context.Context) (p pacticipants.Pacticipant, l versions.Query, err error) {
		e, found, err := a.Deployments.EnvironmentByUUID(ctx, edge.Param(c, "uuid"))
		if err == nil && !found {
			err = fault.Missing("no environment %s", edge.Param(c, "uuid"))
		}
		if err == nil {
			p, err = a.pacticipant(c)
		}
		return p, versions.Query{EnvironmentID: e.ID}, err
	})
}

// versionsText shows versions to people, in the order of the list.
func versionsText(found []version) string {
	table := [][]string{{"VERSION", "CREATED", "BRANCHES", "TAGS"}}
	for _, v := range found {
		var branches, tags []string
		for _, b := range v.Embedded.BranchVersions {
			branches = append(branches, b.Name)
		}
		for _, t := range v.Embedded.Tags {
			tags = append(tags, t.Name)
		}
		table = append(table, []string{v.Number, v.CreatedAt, strings.Join(branches, ", "), strings.Join(tags, ", ")})
	}
	return aligned(table) + "\n"
}

// writeVersions shows a list of versions; which says whose and which. As in the
// original, an unknown application is named only where nothing else was missed
// before it.
func (a *API) writeVersions(c *gin.Context, which func(context.Context) (pacticipants.Pacticipant, versions.Query, error)) error {
	page, err := edge.PageOf(c)
	if err != nil {
		return err
	}
	ctx, base := c.Request.Context(), edge.Base(c)
	p, query, err := which(ctx)
	if err != nil {
		return err
	}
	query.PacticipantID, query.Limit, query.Offset = p.ID, page.Limit(), page.Offset()
	found, total, err := a.VersionLists.Versions(ctx, query)
	if err != nil {
		return err
	}
	list := versionList{Page: page.Object(total)}
	if list.Embedded.Versions, err = a.representVersions(ctx, base, false, found...); err != nil {
		return err
	}
	if edge.Accepted(c) == edge.PlainText {
		return edge.Text(c, http.StatusOK, edge.PlainText, versionsText(list.Embedded.Versions))
	}
	entries := []hal.Link{}
	for _, v := range found {
		entries = append(entries, hal.To(base.Version(v.Pacticipant, v.Number), fmt.Sprintf("Version %s - %s", v.Number, v.UpdatedAt.Format("02/01/2006"))))
	}
	owner := hal.To(base.Pacticipant(p.Name), p.Name)
	list.Links = hal.Paging(c, hal.Links{{Name: "self", Value: hal.To(edge.SelfWithQuery(c), "Versions")}}, page, total).
		With("pb:pacticipant", owner).With("pb:versions", entries).With("pacticipant", owner).With("versions", entries)
	return edge.HAL(c, http.StatusOK, list)
}
