package cli_test

import (
	"runtime"
	"strings"
	"testing"
)

func TestVersion_NamesReleaseAndGo(t *testing.T) {
	t.Parallel()
	code, stdout, stderr := run(t, "--version")
	if code != 0 || !strings.HasPrefix(stdout, "countersign dev") || !strings.HasSuffix(stdout, ", "+runtime.Version()+"\n") || stderr != "" {
		t.Errorf("exit code %d, %q, %q", code, stdout, stderr)
	}
}
