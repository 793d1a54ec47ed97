package main

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

func TestProgramFor(t *testing.T) {
	t.Parallel()
	for arguments, want := range map[string]string{
		"":                                    embedded,
		"-verbose -data x":                    embedded,
		"-temporal localhost:7233":            attached,
		"--temporal=localhost:7233 -verbose":  attached,
		"token tove@fagelsang.example":        attached,
		"forward -temporal localhost:1 ID 1d": attached,
	} {
		if got, err := programFor(strings.Fields(arguments)); err != nil || got != want {
			t.Errorf("%q: %s, %v, want %s", arguments, got, err, want)
		}
	}
	for _, arguments := range []string{"-no-such-flag", "no-such-command", "-namespace n", "-port x"} {
		if got, err := programFor(strings.Fields(arguments)); err == nil {
			t.Errorf("%q builds %s", arguments, got)
		}
	}
}

func TestBuildFlags_KeepsFlagsOfLauncher(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		own  map[string]string
		want []string
	}{
		"none":          {nil, []string{"-tags=" + disabledFeatures, "-ldflags=-s -w"}},
		"all":           {map[string]string{"-tags": "a,b", "-race": "true", "-ldflags": "-X a=b"}, []string{"-tags=a,b," + disabledFeatures, "-race", "-ldflags=-X a=b"}},
		"others remain": {map[string]string{"-compiler": "gc", "CGO_ENABLED": "1"}, []string{"-tags=" + disabledFeatures, "-ldflags=-s -w"}},
	} {
		if got := buildFlags(tt.own); !slices.Equal(got, tt.want) {
			t.Errorf("%s: %q, want %q", name, got, tt.want)
		}
	}
}

func TestLauncher_ImportsOnlyStandardLibrary(t *testing.T) {
	t.Parallel()
	own := []string{"countersign/dev", "countersign/dev/build", "countersign/dev/flags"}
	for _, path := range dependencies(t, "{{if not .Standard}}{{.ImportPath}}{{end}}", ".") {
		if !slices.Contains(own, path) {
			t.Errorf("the launcher imports %s: it must compile within seconds", path)
		}
	}
	// These packages alone would double the time.
	for _, path := range dependencies(t, "{{.ImportPath}}", ".") {
		if path == "net" || path == "crypto/sha256" {
			t.Errorf("the launcher imports %s, which takes seconds to compile", path)
		}
	}
}

func TestAttached_CompilesWithoutTemporalServer(t *testing.T) {
	t.Parallel()
	const server = "go.temporal.io/server"
	packages := []string{"./stack", "./clock", "./login", "./cmd/attached"}
	for _, path := range dependencies(t, "{{.ImportPath}}", packages...) {
		if path == server || strings.HasPrefix(path, server+"/") {
			t.Fatalf("one of %q imports %s, which takes minutes to compile", packages, path)
		}
	}
	if !slices.Contains(dependencies(t, "{{.ImportPath}}", "./cmd/embedded"), server+"/temporal") {
		t.Errorf("the embedded program does not import %s/temporal: this test checks nothing", server)
	}
}

func dependencies(t *testing.T, format string, packages ...string) []string {
	t.Helper()
	output, err := exec.Command("go", append([]string{"list", "-deps", "-f", format}, packages...)...).Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.Fields(string(output))
}
