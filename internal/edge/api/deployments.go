package api

import (
	"context"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/accord-broker/accord/internal/deployments"
	"github.com/accord-broker/accord/internal/edge"
	"github.com/accord-broker/accord/internal/edge/hal"
	"github.com/accord-broker/accord/internal/pacticipants"
	"github.com/accord-broker/accord/internal/support/fault"
	"github.com/accord-broker/accord/internal/support/links"
	"github.com/accord-broker/accord/internal/versions"
)

// deployedVersion is how a deployment is shown.
type deployedVersion struct {
	UUID              string `json:"uuid"`
	CurrentlyDeployed bool   `json:"currentlyDeployed"`
	// Target is the older name of ApplicationInstance.
	Target              string    `json:"target,omitempty"`
	ApplicationInstance string    `json:"applicationInstance,omitempty"`
	UndeployedAt        string    `json:"undeployedAt,omitempty"`
	UpdatedAt           string    `json:"updatedAt,omitempty"`
	CreatedAt           string    `json:"createdAt"`
	Embedded            *recorded `json:"_embedded,omitempty"`
	Links               hal.Links `json:"_links"`
}

// recorded is what a record of a deployment or release is about.
type recorded struct {
	Pacticipant embeddedName    `json:"pacticipant"`
	Version     embeddedVersion `json:"version"`
	Environment *environment    `json:"environment,omitempty"`
}

// deployedList is how lists of deployments are shown.
type deployedList struct {
	Embedded struct {
		DeployedVersions []deployedVersion `json:"deployedVersions"`
	} `json:"_embedded"`
	Links hal.Links `json:"_links"`
}

func (a *API) recordDeployment(c *gin.Context) error {
	v, e, err := a.versionAndEnvironment(c)
	if err != nil {
		return err
	}
	properties, err := edge.Object(c)
	if err != nil {
		return err
	}
	instance, err := readInstance(properties)
	if err != nil {
		return err
	}
	d, err := a.Deploying.Deploy(c.Request.Context(), e, v, instance)
	if err != nil {
		return err
	}
	base := edge.Base(c)
	return edge.Created(c, base.DeployedVersion(d.UUID), representDeployed(base, d, embedRecord(base, d.Pacticipant, d.Number, &e)))
}

// versionAndEnvironment are the two that the address names: what is recorded,
// and where.
func (a *API) versionAndEnvironment(c *gin.Context) (v versions.Version, e deployments.Environment, err error) {
	if v, err = a.version(c); err != nil {
		return v, e, err
	}
	e, err = a.environment(c)
	return v, e, err
}

func (a *API) showDeployedVersion(c *gin.Context) error {
	d, err := a.deployedVersion(c)
	if err != nil {
		return err
	}
	return a.writeDeployed(c, d)
}

// deployedVersion is the deployment that the address names.
func (a *API) deployedVersion(c *gin.Context) (deployments.Deployed, error) {
	uuid := edge.Param(c, "uuid")
	d, found, err := a.Deployments.DeployedByUUID(c.Request.Context(), uuid)
	if err == nil && !found {
		err = fault.Missing("no deployed version %s", uuid)
	}
	return d, err
}

func (a *API) updateDeployedVersion(c *gin.Context) error {
	d, err := a.deployedVersion(c)
	if err != nil {
		return err
	}
	properties, err := edge.Object(c)
	if err != nil {
		return err
	}
	ends, err := readEnding(properties, "currentlyDeployed")
	if err != nil {
		return err
	}
	if ends {
		if d, err = a.Deploying.Undeploy(c.Request.Context(), d.UUID); err != nil {
			return err
		}
	}
	return a.writeDeployed(c, d)
}

func (a *API) writeDeployed(c *gin.Context, d deployments.Deployed) error {
	e, err := a.environmentByID(c.Request.Context(), d.EnvironmentID)
	if err != nil {
		return err
	}
	base := edge.Base(c)
	return edge.HAL(c, http.StatusOK, representDeployed(base, d, embedRecord(base, d.Pacticipant, d.Number, e)))
}

func (a *API) listDeployedVersions(c *gin.Context) error {
	v, e, err := a.versionAndEnvironment(c)
	if err != nil {
		return err
	}
	return a.writeDeployedList(c, deployments.DeployedQuery{EnvironmentID: e.ID, VersionIDs: []int64{v.ID}}, false)
}

func (a *API) listCurrentlyDeployedVersions(c *gin.Context) error {
	e, err := a.environment(c)
	if err != nil {
		return err
	}
	query := deployments.DeployedQuery{EnvironmentID: e.ID, Current: true}
	if query.PacticipantIDs, err = a.filterByPacticipant(c); err != nil {
		return err
	}
	for _, key := range []string{"applicationInstance", "target"} {
		if instance, given := edge.QueryValue(c, key); given {
			query.Instance = &instance
			break
		}
	}
	return a.writeDeployedList(c, query, true)
}

// filterByPacticipant returns the application in the query, nobody if there is
// none of that name, and nil if the query names none.
func (a *API) filterByPacticipant(c *gin.Context) ([]int64, error) {
	name, given := edge.QueryValue(c, "pacticipant")
	if !given || name == "" {
		return nil, nil
	}
	p, found, err := a.PacticipantLists.FindPacticipant(c.Request.Context(), name)
	if err != nil || !found {
		return []int64{}, err
	}
	return []int64{p.ID}, nil
}

func (a *API) writeDeployedList(c *gin.Context, query deployments.DeployedQuery, embed bool) error {
	found, err := a.Deployments.Deployed(c.Request.Context(), query)
	if err != nil {
		return err
	}
	base := edge.Base(c)
	list := deployedList{Links: hal.Links{{Name: "self", Value: hal.To(edge.SelfWithQuery(c), "Deployed versions")}}}
	list.Embedded.DeployedVersions = []deployedVersion{}
	for _, d := range found {
		var about *recorded
		if embed {
			about = embedRecord(base, d.Pacticipant, d.Number, nil)
		}
		list.Embedded.DeployedVersions = append(list.Embedded.DeployedVersions, representDeployed(base, d, about))
	}
	return edge.HAL(c, http.StatusOK, list)
}

func embedRecord(base links.Base, pacticipant, number string, e *deployments.Environment) *recorded {
	about := recorded{Pacticipant: embedName(base, pacticipant), Version: embedVersion(base, pacticipant, number)}
	if e != nil {
		shown := representEnvironment(base, *e)
		about.Environment = &shown
	}
	return &about
}

func representDeployed(base links.Base, d deployments.Deployed, about *recorded) deployedVersion {
	shown := deployedVersion{
		UUID: d.UUID, CurrentlyDeployed: d.Current, Target: d.Instance, ApplicationInstance: d.Instance,
		CreatedAt: hal.Time(d.CreatedAt),
		Embedded:  about, Links: hal.Links{{Name: "self", Value: hal.Link{Href: base.DeployedVersion(d.UUID)}}},
	}
	if d.UndeployedAt != nil {
		// The Pact Broker notes no change before: neither that a deployment was confirmed.
		shown.UndeployedAt, shown.UpdatedAt = hal.Time(*d.UndeployedAt), hal.TimeChanged(d.CreatedAt, d.UpdatedAt)
	}
	return shown
}

// environmentByID returns the environment of a record, nil if it has just been
// deleted.
func (a *API) environmentByID(ctx context.Context, id int64) (*deployments.Environment, error) {
	all, err := a.Deployments.Environments(ctx)
	for _, e := range all {
		if e.ID == id {
			return &e, err
		}
	}
	return nil, err
}

// deployedLink leads from a version or application to one of its deployments.
type deployedLink struct {
	Title               string `json:"title"`
	Name                string `json:"name"`
	Href                string `json:"href"`
	CurrentlyDeployed   bool   `json:"currently_deployed"`
	ApplicationInstance string `json:"application_instance,omitempty"`
}

// releasedLink leads from a version to one of its releases.
type releasedLink struct {
	Title              string `json:"title"`
	Name               string `json:"name"`
	Href               string `json:"href"`
	CurrentlySupported bool   `json:"currently_supported"`
}

// places are the environments where versions were deployed or released.
type places struct {
	deployed map[int64][]deployedLink
	released map[int64][]releasedLink
}

// addTo adds the links of a version; where it was nowhere, only if it is shown
// alone.
func (p places) addTo(l hal.Links, versionID int64, alone bool) hal.Links {
	if deployed := p.deployed[versionID]; alone || len(deployed) > 0 {
		l = l.With("pb:deployed-environments", append([]deployedLink{}, deployed...))
	}
	if released := p.released[versionID]; alone || len(released) > 0 {
		l = l.With("pb:released-environments", append([]releasedLink{}, released...))
	}
	return l
}

// environmentsOf finds where the versions were deployed or released, ever, in the
// order in which they came there.
func (a *API) environmentsOf(ctx context.Context, base links.Base, versionIDs ...int64) (places, error) {
	found := places{map[int64][]deployedLink{}, map[int64][]releasedLink{}}
	names, err := a.environmentNames(ctx)
	if err != nil {
		return found, err
	}
	deployed, err := a.Deployments.Deployed(ctx, deployments.DeployedQuery{VersionIDs: versionIDs, OldestFirst: true})
	if err != nil {
		return found, err
	}
	for _, d := range deployed {
		found.deployed[d.VersionID] = append(found.deployed[d.VersionID], linkDeployed(base, names, d))
	}
	released, err := a.Deployments.Released(ctx, deployments.ReleasedQuery{VersionIDs: versionIDs, OldestFirst: true})
	for _, r := range released {
		link := releasedLink{Title: "Release", Name: names[r.EnvironmentID], Href: base.ReleasedVersion(r.UUID), CurrentlySupported: r.Supported}
		found.released[r.VersionID] = append(found.released[r.VersionID], link)
	}
	return found, err
}

func (a *API) environmentNames(ctx context.Context) (map[int64]string, error) {
	all, err := a.Deployments.Environments(ctx)
	names := make(map[int64]string, len(all))
	for _, e := range all {
		names[e.ID] = e.DisplayName
	}
	return names, err
}

func linkDeployed(base links.Base, names map[int64]string, d deployments.Deployed) deployedLink {
	return deployedLink{Title: "Deployment", Name: names[d.EnvironmentID], Href: base.DeployedVersion(d.UUID), CurrentlyDeployed: d.Current, ApplicationInstance: d.Instance}
}

// deployedEnvironments links to where the application is deployed now.
func (a *API) deployedEnvironments(ctx context.Context, base links.Base, p pacticipants.Pacticipant) ([]deployedLink, error) {
	current, err := a.Deployments.Deployed(ctx, deployments.DeployedQuery{PacticipantIDs: []int64{p.ID}, Current: true})
	if err != nil {
		return nil, err
	}
	names, err := a.environmentNames(ctx)
	shown := []deployedLink{}
	for _, d := range current {
		shown = append(shown, linkDeployed(base, names, d))
	}
	return shown, err
}
