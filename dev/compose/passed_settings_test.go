package compose_test

import (
	"slices"
	"testing"
)

// notPassed are settings that docker-compose.yml leaves at their defaults on purpose.
var notPassed = []string{
	"COUNTERSIGN_-",         // the field of Temporal's variables
	"COUNTERSIGN_INBOX_DIR", // the stack has a mail catcher
}

// A setting that Compose does not pass on would have no effect in .env.
func TestCompose_PassesEverySetting(t *testing.T) {
	t.Parallel()
	passed := load(t).Services["api"].Environment
	for _, name := range settingNames() {
		if _, found := passed[name]; !found && !slices.Contains(notPassed, name) {
			t.Errorf("docker-compose.yml does not pass %s", name)
		}
	}
}
