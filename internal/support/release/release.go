// Package release knows which version of Accord a program was built from, so
// that all programs tell the same.
package release

import "runtime/debug"

// version is set by the linker in a release.
var version string

// Version is the version that the program was built from: as a release has set
// it, else as Go has stamped it, else "devel".
func Version() string {
	info, _ := debug.ReadBuildInfo()
	return versionOf(version, info)
}

func versionOf(set string, info *debug.BuildInfo) string {
	switch {
	case set != "":
		return set
	case info == nil, info.Main.Version == "", info.Main.Version == "(devel)":
		return "devel"
	default:
		return info.Main.Version
	}
}
