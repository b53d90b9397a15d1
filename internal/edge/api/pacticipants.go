package api

import (
	"context"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/accord-broker/accord/internal/edge"
	"github.com/accord-broker/accord/internal/edge/hal"
	"github.com/accord-broker/accord/internal/pacticipants"
	"github.com/accord-broker/accord/internal/support/fault"
	"github.com/accord-broker/accord/internal/support/links"
	"github.com/accord-broker/accord/internal/versions"
)

// pacticipant is how an application is shown.
type pacticipant struct {
	Name                string `json:"name"`
	DisplayName         string `json:"displayName"`
	RepositoryURL       string `json:"repositoryUrl,omitempty"`
	RepositoryName      string `json:"repositoryName,omitempty"`
	RepositoryNamespace string `json:"repositoryNamespace,omitempty"`
	MainBranch          string `json:"mainBranch,omitempty"`
	Title               string `json:"title,omitempty"`
	UpdatedAt           string `json:"updatedAt,omitempty"`
	CreatedAt           string `json:"createdAt"`
	Embedded            struct {
		LatestVersion *embeddedVersion      `json:"latestVersion,omitempty"`
		Labels        []embeddedName        `json:"labels"`
		OldLatest     *deprecatedVersionRef `json:"latest-version,omitempty"`
	} `json:"_embedded"`
	Links hal.Links `json:"_links"`
}

// deprecatedVersionRef is the latest version under the name that older clients
// look for.
type deprecatedVersionRef struct {
	Title string `json:"title"`
	Name  string `json:"name"`
	embeddedVersion
}

// pacticipantList is how lists of applications are shown.
type pacticipantList struct {
	Page     *edge.PageObject `json:"page,omitempty"`
	Embedded struct {
		Pacticipants []pacticipant `json:"pacticipants"`
	} `json:"_embedded"`
	// Old repeats the list for clients that do not know _embedded.
	Old   *[]pacticipant `json:"pacticipants,omitempty"`
	Links hal.Links      `json:"_links"`
}

func (a *API) listPacticipants(c *gin.Context) error {
	list, err := a.pacticipantsOf(c, pacticipants.Query{})
	if err != nil {
		return err
	}
	old := make([]pacticipant, len(list.Embedded.Pacticipants))
	for i, p := range list.Embedded.Pacticipants {
		p.Title = "DEPRECATED: use _embedded.pacticipants"
		old[i] = p
	}
	list.Old = &old
	return edge.HAL(c, http.StatusOK, list)
}

func (a *API) listPacticipantsWithLabel(c *gin.Context) error {
	list, err := a.pacticipantsOf(c, pacticipants.Query{Label: edge.Param(c, "label")})
	if err != nil {
		return err
	}
	return edge.HAL(c, http.StatusOK, list)
}

func (a *API) pacticipantsOf(c *gin.Context, query pacticipants.Query) (pacticipantList, error) {
	var list pacticipantList
	page, err := edge.PageOf(c)
	if err != nil {
		return list, err
	}
	if query.Search, err = edge.Search(c); err != nil {
		return list, err
	}
	query.Limit, query.Offset = page.Limit(), page.Offset()
	found, total, err := a.PacticipantLists.Pacticipants(c.Request.Context(), query)
	if err != nil {
		return list, err
	}
	base := edge.Base(c)
	list.Page = page.Object(total)
	if list.Embedded.Pacticipants, err = a.representPacticipants(c.Request.Context(), base, found...); err != nil {
		return list, err
	}
	entries, old := []hal.Link{}, []hal.Link{}
	for _, p := range found {
		entries = append(entries, hal.Named(base.Pacticipant(p.Name), "Pacticipant", p.Name))
		old = append(old, hal.Named(base.Pacticipant(p.Name), p.Name, "DEPRECATED: use pb:pacticipants"))
	}
	list.Links = hal.Paging(c, hal.Links{
		{Name: "self", Value: hal.Link{Href: base.Pacticipants()}},
		{Name: "pb:pacticipants-with-label", Value: hal.Templated(base.Path("/pacticipants/label/{label}"), "Applications with a label")},
		{Name: "pb:pacticipants", Value: entries},
		{Name: "pacticipants", Value: old},
	}, page, total)
	return list, nil
}

func (a *API) showPacticipant(c *gin.Context) error {
	p, err := a.pacticipant(c)
	if err != nil {
		return err
	}
	return a.writePacticipant(c, http.StatusOK, p)
}

// pacticipant is the application that the address names.
func (a *API) pacticipant(c *gin.Context) (pacticipants.Pacticipant, error) {
	return pacticipants.Get(c.Request.Context(), a.PacticipantLists, "pacticipant", edge.Param(c, "pacticipant"))
}

func (a *API) createPacticipant(c *gin.Context) error {
	body, err := bodyOf[newPacticipant](c)
	if err != nil {
		return err
	}
	p, err := a.Pacticipants.Create(c.Request.Context(), body.name, body.said)
	if err != nil {
		return err
	}
	c.Header("Location", edge.Base(c).Pacticipant(p.Name))
	return a.writePacticipant(c, http.StatusCreated, p)
}

func (a *API) replacePacticipant(c *gin.Context) error {
	if _, err := a.pacticipant(c); err != nil {
		return err
	}
	said, err := bodyOf[pacticipants.Changes](c)
	if err != nil {
		return err
	}
	p, err := a.Pacticipants.Replace(c.Request.Context(), edge.Param(c, "pacticipant"), said)
	if err != nil {
		return err
	}
	return a.writePacticipant(c, http.StatusOK, p)
}

func (a *API) updatePacticipant(c *gin.Context) error {
	if err := checkNames(c, "pacticipant"); err != nil {
		return err
	}
	said, err := bodyOf[pacticipants.Changes](c)
	if err != nil {
		return err
	}
	p, created, err := a.Pacticipants.Update(c.Request.Context(), edge.Param(c, "pacticipant"), said)
	if err != nil {
		return err
	}
	if !created {
		return a.writePacticipant(c, http.StatusOK, p)
	}
	c.Header("Location", edge.Base(c).Pacticipant(p.Name))
	return a.writePacticipant(c, http.StatusCreated, p)
}

func (a *API) deletePacticipant(c *gin.Context) error {
	if err := a.Pacticipants.Delete(c.Request.Context(), edge.Param(c, "pacticipant")); err != nil {
		return err
	}
	return edge.NoContent(c)
}

// checkNames refuses names in the address under which nothing can be kept.
func checkNames(c *gin.Context, parameters ...string) error {
	var fields []fault.Field
	for _, parameter := range parameters {
		if problem := pacticipants.ValidateName(edge.Param(c, parameter)); problem != "" {
			fields = append(fields, fault.Field{Name: parameter, Message: problem})
		}
	}
	if len(fields) > 0 {
		return fault.InvalidFields(fields...)
	}
	return nil
}

// writePacticipant shows one application, with where it is deployed, as of one moment.
func (a *API) writePacticipant(c *gin.Context, status int, p pacticipants.Pacticipant) error {
	var shown pacticipant
	if err := edge.View(c, func() (err error) {
		shown, err = a.pacticipantWithPlaces(c.Request.Context(), edge.Base(c), p)
		return err
	}); err != nil {
		return err
	}
	return edge.HAL(c, status, shown)
}

func (a *API) pacticipantWithPlaces(ctx context.Context, base links.Base, p pacticipants.Pacticipant) (pacticipant, error) {
	shown, err := a.representPacticipants(ctx, base, p)
	if err != nil {
		return pacticipant{}, err
	}
	deployed, err := a.deployedEnvironments(ctx, base, p)
	if err != nil {
		return pacticipant{}, err
	}
	shown[0].Links = shown[0].Links.With("pb:deployed-environments", deployed)
	return shown[0], nil
}

// representPacticipants shows applications with their labels and their latest
// versions.
func (a *API) representPacticipants(ctx context.Context, base links.Base, found ...pacticipants.Pacticipant) ([]pacticipant, error) {
	ids := make([]int64, len(found))
	for i, p := range found {
		ids[i] = p.ID
	}
	labels, err := a.PacticipantLists.LabelsOf(ctx, ids...)
	if err != nil {
		return nil, err
	}
	latest, err := a.VersionLists.LatestVersions(ctx, ids...)
	if err != nil {
		return nil, err
	}
	shown := make([]pacticipant, len(found))
	for i, p := range found {
		shown[i] = representPacticipant(base, p, labels[p.ID], latest[p.ID])
	}
	return shown, nil
}

// representPacticipant shows one; latest has no number if there is no version.
func representPacticipant(base links.Base, p pacticipants.Pacticipant, labels []pacticipants.Label, latest versions.Version) pacticipant {
	shown := pacticipant{
		Name: p.Name, DisplayName: p.DisplayName, RepositoryURL: p.RepositoryURL, RepositoryName: p.RepositoryName,
		RepositoryNamespace: p.RepositoryNamespace, MainBranch: p.MainBranch,
		UpdatedAt: hal.TimeIf(p.Changed, p.UpdatedAt), CreatedAt: hal.Time(p.CreatedAt),
		Links: pacticipantRelations(base, p.Name),
	}
	shown.Embedded.Labels = []embeddedName{}
	for _, l := range labels {
		shown.Embedded.Labels = append(shown.Embedded.Labels, embeddedName{Name: l.Name, Links: hal.Links{{Name: "self", Value: hal.Named(base.Label(p.Name, l.Name), "Label", l.Name)}}})
	}
	if latest.Number != "" {
		version := embedVersion(base, p.Name, latest.Number)
		shown.Embedded.LatestVersion = &version
		shown.Embedded.OldLatest = &deprecatedVersionRef{Title: "DEPRECATED", Name: "DEPRECATED: use latestVersion", embeddedVersion: version}
	}
	return shown
}

func pacticipantRelations(base links.Base, name string) hal.Links {
	self := base.Pacticipant(name)
	return hal.Links{
		{Name: "self", Value: hal.Link{Href: self}},
		{Name: "pb:versions", Value: hal.Link{Href: base.Versions(name)}},
		{Name: "pb:branches", Value: hal.Link{Href: base.Branches(name)}},
		{Name: "pb:version", Value: hal.Templated(self+"/versions/{version}", "One version")},
		{Name: "pb:version-tag", Value: hal.Templated(self+"/versions/{version}/tags/{tag}", "GET, PUT or DELETE a tag of a version")},
		{Name: "pb:branch-version", Value: hal.Templated(self+"/branches/{branch}/versions/{version}", "GET, PUT or DELETE a version on a branch")},
		{Name: "pb:label", Value: hal.Templated(self+"/labels/{label}", "GET, PUT or DELETE a label")},
		{Name: "versions", Value: hal.To(base.Versions(name), "DEPRECATED: use pb:versions")},
		{
			Name:  "pb:can-i-deploy-badge",
			Value: hal.Templated(self+"/latest-version/{tag}/can-i-deploy/to/{environmentTag}/badge", "Badge: may the latest version with a tag be deployed to where another tag stands"),
		},
		{
			Name:  "pb:can-i-deploy-branch-to-environment-badge",
			Value: hal.Templated(self+"/branches/{branch}/latest-version/can-i-deploy/to-environment/{environment}/badge", "Badge: may the head of a branch be deployed to an environment"),
		},
		{Name: "curies", Value: hal.Curies(base, "pacticipant")},
	}
}
