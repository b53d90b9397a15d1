package links

// Environments lists the environments.
func (b Base) Environments() string { return b.Path("/environments") }

// Environment is one environment.
func (b Base) Environment(uuid string) string { return b.of("environments", uuid) }

// CurrentlyDeployed lists what is deployed in an environment.
func (b Base) CurrentlyDeployed(uuid string) string {
	return b.of("environments", uuid, "deployed-versions", "currently-deployed")
}

// CurrentlySupported lists the releases supported in an environment.
func (b Base) CurrentlySupported(uuid string) string {
	return b.of("environments", uuid, "released-versions", "currently-supported")
}

// RecordDeployment takes a version's deployments to an environment, and lists them.
func (b Base) RecordDeployment(pacticipant, version, uuid string) string {
	return b.of("pacticipants", pacticipant, "versions", version, "deployed-versions", "environment", uuid)
}

// RecordRelease takes a version's releases to an environment, and lists them.
func (b Base) RecordRelease(pacticipant, version, uuid string) string {
	return b.of("pacticipants", pacticipant, "versions", version, "released-versions", "environment", uuid)
}

// DeployedVersion is one deployment.
func (b Base) DeployedVersion(uuid string) string { return b.of("deployed-versions", uuid) }

// ReleasedVersion is one release.
func (b Base) ReleasedVersion(uuid string) string { return b.of("released-versions", uuid) }
