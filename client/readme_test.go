package client_test

import (
	"os"
	"strings"
	"testing"
)

// What the README shows in Go is what the example runs.
func TestTheReadmeShowsTheExample(t *testing.T) {
	readme, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	example, err := os.ReadFile("example_test.go")
	if err != nil {
		t.Fatal(err)
	}
	_, block, _ := strings.Cut(string(readme), "```go\n")
	block, _, found := strings.Cut(block, "```")
	unindented := strings.ReplaceAll("\n"+string(example), "\n\t", "\n")
	if !found || !strings.Contains(unindented, "\n"+block) {
		t.Errorf("the example does not have\n%s", block)
	}
}
