package compose_test

import (
	"bytes"
	"os"
	"regexp"
	"strings"
	"testing"

	"countersign/cli"
	"countersign/dev/runbook"
)

// Nothing here runs containers. What is run of the runbook's commands is what
// the container would: the program, with the service's environment, up to the
// servers, which it does not reach by the names they have there.
func TestTheRunbooksCommandsWithoutContainers(t *testing.T) {
	book, err := runbook.Read(root + "RUNBOOK.md")
	if err != nil {
		t.Fatal(err)
	}
	commands := book.Of("docker")
	if len(commands) < 3 {
		t.Errorf("only %d commands were found", len(commands))
	}
	for _, c := range commands {
		t.Run(c.Line, func(t *testing.T) {
			switch words := strings.Fields(c.Line); {
			case strings.HasPrefix(c.Line, "docker compose run --rm --no-deps "):
				runInService(t, words[5], words[6:])
			case strings.HasPrefix(c.Line, "docker compose up --detach --scale "):
				scaled, _, _ := strings.Cut(words[5], "=")
				if s, ok := load(t).Services[scaled]; !ok || len(s.Ports) > 0 || s.ContainerName != "" || len(words) != 6 {
					t.Errorf("%s cannot have replicas", scaled)
				}
			case c.Line == "docker compose up":
				runInService(t, "release", load(t).Services["release"].Command)
			default:
				t.Error("nobody rehearses it")
			}
		})
	}
}

// runInService does what `docker compose run` would do in a container.
func runInService(t *testing.T, name string, arguments []string) {
	t.Helper()
	service, ok := load(t).Services[name]
	if !ok || !strings.HasPrefix(service.Image, "countersign:") || service.Entrypoint != nil {
		t.Fatalf("%s does not run our program: %s %s", name, service.Image, service.Entrypoint)
	}
	image, err := os.ReadFile(root + "Dockerfile")
	if err != nil || !regexp.MustCompile(`(?m)^ENTRYPOINT \["/countersign"\]$`).Match(image) {
		t.Fatalf("the image does not begin with our program: %v", err)
	}
	for variable, value := range service.Environment {
		if value != nil {
			t.Setenv(variable, *value)
		}
	}
	var said bytes.Buffer
	// 2 would be a command that does not exist, or settings that are not complete.
	if code := cli.Run(t.Context(), arguments, nil, &said, &said); code != 1 || !strings.Contains(said.String(), "failed reaching server") {
		t.Errorf("exit code %d, want 1 and that Temporal is not there: %s", code, &said)
	}
}
