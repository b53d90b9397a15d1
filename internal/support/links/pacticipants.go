package links

// Pacticipants lists the applications.
func (b Base) Pacticipants() string { return b.Path("/pacticipants") }

// Pacticipant is one application.
func (b Base) Pacticipant(pacticipant string) string { return b.of("pacticipants", pacticipant) }

// PacticipantsWithLabel lists the applications that carry a label.
func (b Base) PacticipantsWithLabel(label string) string { return b.of("pacticipants", "label", label) }

// Label is one label of an application.
func (b Base) Label(pacticipant, label string) string {
	return b.of("pacticipants", pacticipant, "labels", label)
}

// Versions lists the versions of an application.
func (b Base) Versions(pacticipant string) string {
	return b.of("pacticipants", pacticipant, "versions")
}

// Version is one version of an application.
func (b Base) Version(pacticipant, version string) string {
	return b.of("pacticipants", pacticipant, "versions", version)
}

// LatestVersion is the version of an application that was made last.
func (b Base) LatestVersion(pacticipant string) string {
	return b.of("pacticipants", pacticipant, "latest-version")
}

// LatestVersionOnBranch is the head of a branch.
func (b Base) LatestVersionOnBranch(pacticipant, branch string) string {
	return b.of("pacticipants", pacticipant, "branches", branch, "latest-version")
}

// Branches lists the branches of an application.
func (b Base) Branches(pacticipant string) string {
	return b.of("pacticipants", pacticipant, "branches")
}

// Branch is one branch of an application.
func (b Base) Branch(pacticipant, branch string) string {
	return b.of("pacticipants", pacticipant, "branches", branch)
}

// BranchVersions lists the versions on a branch.
func (b Base) BranchVersions(pacticipant, branch string) string {
	return b.of("pacticipants", pacticipant, "branches", branch, "versions")
}

// BranchVersion is a version's place on a branch.
func (b Base) BranchVersion(pacticipant, branch, version string) string {
	return b.of("pacticipants", pacticipant, "branches", branch, "versions", version)
}

// Tag is one tag of a version.
func (b Base) Tag(pacticipant, version, tag string) string {
	return b.of("pacticipants", pacticipant, "versions", version, "tags", tag)
}
