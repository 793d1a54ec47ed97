package main_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// markdownFiles returns the repository's Markdown files.
func markdownFiles(t *testing.T) []string {
	t.Helper()
	out, err := exec.Command("git", "ls-files", "--cached", "--others", "--exclude-standard", "*.md").Output()
	if err != nil {
		t.Skipf("git: %v", err)
	}
	var files []string
	for name := range strings.FieldsSeq(string(out)) {
		if _, err := os.Stat(name); err == nil {
			files = append(files, name)
		}
	}
	if len(files) < 15 {
		t.Fatalf("only %d documents were found", len(files))
	}
	return files
}

var (
	fencedBlock  = regexp.MustCompile("(?s)```.*?```")
	relativeLink = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	anchorMarks  = regexp.MustCompile(`[^\p{L}\p{N} _-]`)
)

// readDocument returns a document without its fenced blocks.
func readDocument(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return fencedBlock.ReplaceAllString(string(text), "")
}

// anchors returns the anchors of a document's headings, as GitHub writes them.
func anchors(t *testing.T, name string) (all []string) {
	t.Helper()
	for line := range strings.Lines(readDocument(t, name)) {
		if strings.HasPrefix(line, "#") {
			heading := strings.ToLower(strings.TrimSpace(strings.TrimLeft(line, "#")))
			all = append(all, strings.ReplaceAll(anchorMarks.ReplaceAllString(heading, ""), " ", "-"))
		}
	}
	return all
}

// Links between documents and to files lead to an existing file and heading.
func TestDocuments_LinksResolve(t *testing.T) {
	t.Parallel()
	for _, name := range markdownFiles(t) {
		for _, m := range relativeLink.FindAllStringSubmatch(readDocument(t, name), -1) {
			if strings.Contains(m[1], "://") {
				continue
			}
			path, anchor, _ := strings.Cut(m[1], "#")
			file := name
			if path != "" {
				file = filepath.Join(filepath.Dir(name), path)
			}
			if _, err := os.Stat(file); err != nil {
				t.Errorf("%s links to %s: %v", name, m[1], err)
				continue
			}
			if anchor != "" && !slices.Contains(anchors(t, file), anchor) {
				t.Errorf("%s links to %s, which has no such heading", name, m[1])
			}
		}
	}
}

var quotedPath = regexp.MustCompile("`([a-z0-9_.]+(?:/[A-Za-z0-9_.*-]+)+/?)`")

// The places that docs/change.md lists exist, so that its lists stay complete when
// files move.
func TestDocuments_PlacesToChangeExist(t *testing.T) {
	t.Parallel()
	found := 0
	for _, m := range quotedPath.FindAllStringSubmatch(readDocument(t, "docs/change.md"), -1) {
		found++
		if files, err := filepath.Glob(m[1]); err != nil || len(files) == 0 {
			t.Errorf("docs/change.md lists %s, which does not exist", m[1])
		}
	}
	if found < 20 {
		t.Errorf("only %d places were found", found)
	}
}
