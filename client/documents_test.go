package client_test

import (
	"os"
	"strings"
	"testing"
)

// The Go code in docs/integrate.md is the code of the example.
func TestExample_IsDocumented(t *testing.T) {
	t.Parallel()
	document, err := os.ReadFile("../docs/integrate.md")
	if err != nil {
		t.Fatal(err)
	}
	example, err := os.ReadFile("example_test.go")
	if err != nil {
		t.Fatal(err)
	}
	_, block, _ := strings.Cut(string(document), "```go\n")
	block, _, found := strings.Cut(block, "```")
	unindented := strings.ReplaceAll("\n"+string(example), "\n\t", "\n")
	if !found || !strings.Contains(unindented, "\n"+block) {
		t.Errorf("the example does not have\n%s", block)
	}
}
