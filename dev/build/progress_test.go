package build

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"countersign/internal/eventually"
)

// recordedBuild is the output of go build -v with an empty cache of modules and
// one wrong file.
const recordedBuild = `go: downloading github.com/google/uuid v1.6.0
go: downloading golang.org/x/sync v0.24.0
internal/unsafeheader
internal/goarch
runtime
errors
github.com/google/uuid
countersign/dev
# countersign/dev
dev/main.go:3:18: declared and not used: x
`

// recordedList is the output of go list -json for the same packages.
const recordedList = `{
	"Dir": "/go/src/errors",
	"ImportPath": "errors",
	"Stale": true,
	"GoFiles": [
		"errors.go",
		"join.go"
	]
}
{
	"Dir": "/go/src/internal/goarch",
	"ImportPath": "internal/goarch"
}
{
	"Dir": "/src/other",
	"ImportPath": "countersign/other",
	"Stale": true,
	"StaleReason": "not installed but available in build cache"
}
{
	"Dir": "/src/dev",
	"ImportPath": "countersign/dev",
	"Stale": true,
	"CgoFiles": [
		"c.go"
	],
	"SFiles": [
		"a.s"
	]
}
`

var start = time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)

func at(seconds int) time.Time { return start.Add(time.Duration(seconds) * time.Second) }

func TestProgress_ReadsRecordedBuild(t *testing.T) {
	t.Parallel()
	p := progress{workers: 2}
	var messages []string
	for line := range strings.Lines(recordedBuild) {
		if !p.add(line, start) {
			messages = append(messages, line)
		}
	}
	if p.downloads != 2 || len(p.started) != 6 || p.started[2] != "runtime" || p.compiled() != 4 {
		t.Errorf("%d downloads, started %q, %d compiled", p.downloads, p.started, p.compiled())
	}
	if got, want := strings.Join(messages, ""), "# countersign/dev\ndev/main.go:3:18: declared and not used: x\n"; got != want {
		t.Errorf("messages %q, want %q", got, want)
	}
}

func TestParseList_ReadsRecordedList(t *testing.T) {
	t.Parallel()
	packages, err := parseList([]byte(recordedList))
	if err != nil || len(packages) != 4 {
		t.Fatalf("%d packages, %v", len(packages), err)
	}
	for i, want := range []struct {
		path  string
		stale bool
		files int
	}{{"errors", true, 2}, {"internal/goarch", false, 0}, {"countersign/other", false, 0}, {"countersign/dev", true, 2}} {
		got := packages[i]
		if files := len(got.GoFiles) + len(got.CgoFiles) + len(got.SFiles); got.ImportPath != want.path || got.mustCompile() != want.stale || files != want.files {
			t.Errorf("package %d is %+v, want %+v", i, got, want)
		}
	}
	if _, err := parseList([]byte(recordedList + "{")); err == nil {
		t.Error("an incomplete list was parsed")
	}
}

func TestMeasure_AddsAllSourceFiles(t *testing.T) {
	t.Parallel()
	p := listedPackage{Dir: t.TempDir(), GoFiles: []string{"a.go", "removed.go"}, CgoFiles: []string{"b.go"}, SFiles: []string{"c.s"}}
	for name, size := range map[string]int{"a.go": 100, "b.go": 10, "c.s": 1, "other.go": 1000} {
		if err := os.WriteFile(filepath.Join(p.Dir, name), make([]byte, size), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if p.measure(); p.bytes != 111 {
		t.Errorf("%d bytes, want 111", p.bytes)
	}
}

func TestList_ReportsNoPackageThatWasBuilt(t *testing.T) {
	t.Parallel()
	p := Program{Package: "countersign/dev/login"} // it embeds files
	if output, err := p.command(eventually.Context(t), "build").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, output)
	}
	packages := p.list(eventually.Context(t))
	if len(packages) < 50 {
		t.Errorf("only %d packages are listed", len(packages))
	}
	for _, listed := range packages {
		if listed.mustCompile() {
			t.Errorf("%s is to be compiled again: %s", listed.ImportPath, listed.StaleReason)
		}
	}
}

// tenPackages are stale, with equal weights; goarch was compiled before.
func tenPackages() []listedPackage {
	packages := []listedPackage{{ImportPath: "internal/goarch", bytes: 1 << 30}}
	for _, path := range strings.Fields("a b c d e f g h i j") {
		packages = append(packages, listedPackage{ImportPath: path, Stale: true, bytes: 1000})
	}
	return packages
}

func TestProgress_EstimatesTimeLeft(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		started string
		listed  []listedPackage
		seconds int
		want    string
	}{
		"only downloads":                {"", nil, 5, "1 modules downloaded"},
		"no list yet":                   {"a b c", nil, 20, "1 packages compiled"},
		"too early to estimate":         {"a b c", tenPackages(), 9, "1 of 10 packages compiled"},
		"nothing is done":               {"a b", tenPackages(), 60, "0 of 10 packages compiled"},
		"half, with the linker's share": {"a b c d e f g", tenPackages(), 97, "5 of 10 packages compiled, about 2 min left"},
		"the last seconds":              {"a b c d e f g h i", tenPackages(), 90, "7 of 10 packages compiled, about 50 s left"},
		"all":                           {"a b c d e f g h i j", tenPackages(), 97, "10 packages compiled, linking"},
		"compiled before the list":      {"internal/goarch a", append(tenPackages()[1:], listedPackage{ImportPath: "internal/goarch"}), 1, "0 of 11 packages compiled"},
		"an unexpected package":         {"new a b c", tenPackages(), 30, "2 of 10 packages compiled, about 5 min left"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := progress{workers: 2}
			p.add("go: downloading github.com/google/uuid v1.6.0\n", start)
			for _, path := range strings.Fields(tt.started) {
				p.add(path+"\n", start)
			}
			p.expect(tt.listed)
			if got := p.text(at(tt.seconds)); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestDisplay(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		isTerminal bool
		want       string
	}{
		"a terminal's line is rewritten": {true, "\r\x1b[K  1 modules downloaded\r\x1b[K  0 of 10 packages compiled\r\x1b[K# c\nc.go:1:1: wrong\n"},
		"a file gets lines":              {false, "  1 modules downloaded\n  0 of 10 packages compiled\n# c\nc.go:1:1: wrong\n"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var output bytes.Buffer
			d := display{output: &output, isTerminal: tt.isTerminal, progress: progress{workers: 2}}
			d.refresh(start)
			d.add("go: downloading github.com/google/uuid v1.6.0\n", start)
			d.refresh(start)
			d.add("a\n", start)
			d.progress.expect(tenPackages())
			d.refresh(start)
			d.add("# c\n", start)
			d.add("c.go:1:1: wrong\n", start)
			d.finish()
			if output.String() != tt.want {
				t.Errorf("got %q, want %q", output.String(), tt.want)
			}
		})
	}
}
