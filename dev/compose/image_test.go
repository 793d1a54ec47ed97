package compose_test

import (
	"os"
	"regexp"
	"testing"
)

func TestImage_IsMinimalAndUnprivileged(t *testing.T) {
	t.Parallel()
	file, err := os.ReadFile(root + "Dockerfile")
	if err != nil {
		t.Fatal(err)
	}
	for property, pattern := range map[string]string{
		"builds only the root module":    `(?m)^ENV .*GOWORK=off`,
		"builds a static binary":         `(?m)^ENV .*CGO_ENABLED=0`,
		"pins the compiler":              `(?m)^FROM golang:\d+\.\d+\.\d+-`,
		"starts from an empty image":     `(?m)^FROM scratch$`,
		"contains the root certificates": `ca-certificates\.crt`,
		"runs as an unprivileged user":   `(?m)^USER [1-9]\d*:[1-9]\d*$`,
		"has a health check":             `(?m)^HEALTHCHECK `,
	} {
		if !regexp.MustCompile(pattern).Match(file) {
			t.Errorf("the Dockerfile does not have the property: %s", property)
		}
	}
}
