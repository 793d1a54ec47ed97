package compose_test

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

var dockerCommand = regexp.MustCompile(`(?m)^ *(docker compose .+)$`)

// The commands of the installation page use services of docker-compose.yml and
// commands of the program.
func TestInstall_CommandsExist(t *testing.T) {
	text, err := os.ReadFile(root + "docs/operate/install.md")
	if err != nil {
		t.Fatal(err)
	}
	commands := dockerCommand.FindAllStringSubmatch(string(text), -1)
	if len(commands) < 3 {
		t.Errorf("only %d commands were found", len(commands))
	}
	for _, m := range commands {
		switch words := strings.Fields(m[1]); {
		case m[1] == "docker compose up --build --detach":
		case strings.HasPrefix(m[1], "docker compose run --rm --no-deps ") && len(words) > 6:
			runInService(t, words[5], words[6:])
		default:
			t.Errorf("untested command: %s", m[1])
		}
	}
}
