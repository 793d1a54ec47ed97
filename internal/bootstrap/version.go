package bootstrap

import "runtime/debug"

// version is the release, set by the linker: -X countersign/internal/bootstrap.version=1.2.0.
var version string

// Version returns the release, the revision it was built from and the version of Go. A
// program built without the linker's flag has the module's version, or "dev".
func Version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		info = &debug.BuildInfo{}
	}
	settings := map[string]string{}
	for _, s := range info.Settings {
		settings[s.Key] = s.Value
	}
	release := version
	switch {
	case release != "":
	case info.Main.Version == "" || info.Main.Version == "(devel)":
		release = "dev"
	default:
		release = info.Main.Version
	}
	if revision := settings["vcs.revision"]; revision != "" {
		release += ", revision " + revision
	}
	if settings["vcs.modified"] == "true" {
		release += " with local changes"
	}
	return release + ", " + info.GoVersion
}
