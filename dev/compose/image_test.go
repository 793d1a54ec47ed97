package compose_test

import (
	"os"
	"regexp"
	"testing"
)

func TestImageIsSmallAndNotRoot(t *testing.T) {
	file, err := os.ReadFile(root + "Dockerfile")
	if err != nil {
		t.Fatal(err)
	}
	for what, pattern := range map[string]string{
		"builds the root module alone":   `(?m)^ENV .*GOWORK=off`,
		"builds a static binary":         `(?m)^ENV .*CGO_ENABLED=0`,
		"pins the compiler":              `(?m)^FROM golang:\d+\.\d+\.\d+-`,
		"starts from nothing":            `(?m)^FROM scratch$`,
		"carries the root certificates":  `ca-certificates\.crt`,
		"runs as a user who is not root": `(?m)^USER [1-9]\d*:[1-9]\d*$`,
		"says whether it is well":        `(?m)^HEALTHCHECK `,
	} {
		if !regexp.MustCompile(pattern).Match(file) {
			t.Errorf("the Dockerfile no longer %s", what)
		}
	}
}
