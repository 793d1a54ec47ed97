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

// The test runs no containers. It runs the program of each command with the
// environment of the command's service. The program fails to connect to the servers,
// which have their names only inside the containers' network.
func TestRunbook_ComposeCommands(t *testing.T) {
	book, err := runbook.Read(root + "docs/operate")
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
				t.Error("no test executes this command")
			}
		})
	}
}

// runInService runs the program as `docker compose run` does in a container.
func runInService(t *testing.T, name string, arguments []string) {
	t.Helper()
	service, ok := load(t).Services[name]
	if !ok || !strings.HasPrefix(service.Image, "countersign:") || service.Entrypoint != nil {
		t.Fatalf("%s does not run the product: %s %s", name, service.Image, service.Entrypoint)
	}
	image, err := os.ReadFile(root + "Dockerfile")
	if err != nil || !regexp.MustCompile(`(?m)^ENTRYPOINT \["/countersign"\]$`).Match(image) {
		t.Fatalf("the entrypoint of the image is not the product: %v", err)
	}
	for variable, value := range service.Environment {
		if value != nil {
			t.Setenv(variable, *value)
		}
	}
	var output bytes.Buffer
	// Exit code 2 would mean an unknown command or incomplete settings.
	if code := cli.Run(t.Context(), arguments, nil, &output, &output); code != 1 || !strings.Contains(output.String(), "failed reaching server") {
		t.Errorf("exit code %d, want 1 and a failed connection to Temporal: %s", code, &output)
	}
}
