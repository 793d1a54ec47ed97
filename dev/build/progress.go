package build

import (
	"fmt"
	"strings"
	"time"
)

// progress reads the output of go build -v and estimates the time left from the
// bytes of source that are compiled.
type progress struct {
	// workers is the number of packages that compile at the same time.
	workers int
	// started are the packages in the order in which their compilation started.
	started   []string
	start     time.Time
	downloads int
	// sizes has the bytes of each package to compile, once go list printed them.
	sizes map[string]int64
}

// packageCost is added to the size of each package, in bytes: the compiler takes a
// while to start and to read the imports. linkShare is the linker's share of the
// whole time. Both are measured on a first build.
const (
	packageCost = 60_000
	linkShare   = 0.02
)

// minimumForEstimate is how long a build compiles before it shows an estimate. Earlier
// estimates would be based on too few packages.
const minimumForEstimate = 10 * time.Second

// add reads one line. It returns false if the line is a message for the developer,
// neither a package nor a download.
func (p *progress) add(line string, now time.Time) bool {
	line = strings.TrimSpace(line)
	switch {
	case strings.HasPrefix(line, "go: downloading "):
		p.downloads++
	case line == "" || strings.ContainsAny(line, " \t:#"):
		return false
	default:
		if !p.isCompiling() {
			p.start = now
		}
		p.started = append(p.started, line)
	}
	return true
}

func (p *progress) isCompiling() bool { return len(p.started) > 0 }

// expect sets the packages that go list printed while go build was running. A package
// that is not stale was compiled before, or by this build already.
func (p *progress) expect(packages []listedPackage) {
	if len(packages) == 0 {
		return
	}
	started := map[string]bool{}
	for _, path := range p.started {
		started[path] = true
	}
	p.sizes = map[string]int64{}
	for _, listed := range packages {
		if listed.mustCompile() || started[listed.ImportPath] {
			p.sizes[listed.ImportPath] = listed.bytes + packageCost
		}
	}
}

// text describes the progress in less than a line of a terminal.
func (p *progress) text(now time.Time) string {
	switch {
	case !p.isCompiling():
		return fmt.Sprintf("%d modules downloaded", p.downloads)
	case p.sizes == nil:
		return fmt.Sprintf("%d packages compiled", p.compiled())
	case len(p.started) >= len(p.sizes):
		return fmt.Sprintf("%d packages compiled, linking", len(p.started))
	}
	text := fmt.Sprintf("%d of %d packages compiled", p.compiled(), len(p.sizes))
	if left, ok := p.left(now); ok {
		text += ", about " + round(left) + " left"
	}
	return text
}

// compiled returns the number of compiled packages: go build prints a package when it
// starts to compile it.
func (p *progress) compiled() int { return max(0, len(p.started)-p.workers) }

// left returns false while too few packages are compiled for an estimate.
func (p *progress) left(now time.Time) (time.Duration, bool) {
	elapsed := now.Sub(p.start)
	var done, all int64
	for _, size := range p.sizes {
		all += size
	}
	for _, path := range p.started[:p.compiled()] {
		done += p.sizes[path]
	}
	if elapsed < minimumForEstimate || done == 0 {
		return 0, false
	}
	share := float64(done) / float64(all) * (1 - linkShare)
	return time.Duration(float64(elapsed) * (1 - share) / share), true
}

// round rounds up: to ten seconds below a minute and a half, else to minutes.
func round(d time.Duration) string {
	if d <= 90*time.Second {
		return fmt.Sprintf("%d s", (d+10*time.Second-1)/(10*time.Second)*10)
	}
	return fmt.Sprintf("%d min", (d+time.Minute-1)/time.Minute)
}
