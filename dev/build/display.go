package build

import (
	"fmt"
	"io"
	"time"
)

// display shows the progress: on a terminal one line that it rewrites, elsewhere a
// line every ten seconds. It prints messages of go build unchanged.
type display struct {
	output     io.Writer
	isTerminal bool
	progress   progress
	// isLineOpen reports whether the cursor is behind the progress.
	isLineOpen bool
}

const (
	terminalInterval = 500 * time.Millisecond
	lineInterval     = 10 * time.Second

	// clearLine moves a terminal's cursor to the start of an emptied line.
	clearLine = "\r\x1b[K"
)

func (d *display) interval() time.Duration {
	if d.isTerminal {
		return terminalInterval
	}
	return lineInterval
}

// add reads one line of go build's output.
func (d *display) add(line string, now time.Time) {
	if !d.progress.add(line, now) {
		d.finish()
		fmt.Fprint(d.output, line)
	}
}

// refresh prints the progress, if any.
func (d *display) refresh(now time.Time) {
	if !d.progress.isCompiling() && d.progress.downloads == 0 {
		return
	}
	text := "  " + d.progress.text(now)
	if !d.isTerminal {
		d.printLine(text)
		return
	}
	fmt.Fprint(d.output, clearLine, text)
	d.isLineOpen = true
}

// finish removes the progress from a terminal.
func (d *display) finish() {
	if d.isLineOpen {
		fmt.Fprint(d.output, clearLine)
		d.isLineOpen = false
	}
}

func (d *display) printLine(text string) { fmt.Fprintln(d.output, text) }
