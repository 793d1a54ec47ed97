package runbook

import (
	"os"
	"regexp"
	"slices"
	"strings"
)

// Command is what an operator types, as it is written.
type Command struct {
	// Place is the first cell of its row, or the heading that it is under.
	Place string
	Line  string
}

// Program is the command's first word.
func (c Command) Program() string { return strings.Fields(c.Line)[0] }

// Row is a row of a table, by the heads of its columns.
type Row struct {
	Heading string
	// Place is the first cell: what the operator sees.
	Place string
	Cells map[string]string
}

// Section is a heading and the text under it, up to the next heading.
type Section struct{ Heading, Text string }

// Book is the runbook.
type Book struct {
	Sections []Section
	Rows     []Row
	Commands []Command
}

// programs are those whose name begins a command in the text. In a fenced block
// every line is one.
var programs = []string{"countersign", "docker", "kubectl", "temporal", "pg_dump", "pg_restore", "psql", "jq", "redis-cli", "go", "curl", "openssl", "printf"}

// Read reads the runbook at a path.
func Read(path string) (Book, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return Book{}, err
	}
	return parse(string(text)), nil
}

func parse(text string) (b Book) {
	for part := range strings.SplitSeq("\n"+text, "\n#") {
		heading, rest, _ := strings.Cut(part, "\n")
		b.section(strings.TrimLeft(heading, "# "), rest)
	}
	return b
}

func (b *Book) section(heading, text string) {
	b.Sections = append(b.Sections, Section{heading, text})
	var head []string // of the table that is being read
	var prose strings.Builder
	fenced := false
	for line := range strings.SplitSeq(text, "\n") {
		switch {
		case strings.HasPrefix(line, "```"):
			fenced = !fenced
		case fenced:
			if command, _, _ := strings.Cut(line, " #"); strings.TrimSpace(command) != "" {
				b.Commands = append(b.Commands, Command{heading, strings.TrimSpace(command)})
			}
		case !strings.HasPrefix(line, "|"):
			head = nil
			prose.WriteString(line + "\n")
		case head == nil:
			head = cells(line)
		case !strings.HasPrefix(line, "| ---"):
			b.row(heading, head, cells(line))
		}
	}
	b.spans(heading, prose.String())
}

func (b *Book) row(heading string, head, cells []string) {
	row := Row{heading, cells[0], map[string]string{}}
	for i, cell := range cells {
		if i < len(head) {
			row.Cells[head[i]] = cell
		}
		b.spans(cells[0], cell)
	}
	b.Rows = append(b.Rows, row)
}

func cells(line string) (all []string) {
	for cell := range strings.SplitSeq(strings.TrimSuffix(strings.TrimPrefix(line, "|"), "|"), "|") {
		all = append(all, strings.TrimSpace(cell))
	}
	return all
}

var span = regexp.MustCompile("`([^`]+)`")

// spans finds the commands in a text, which may break anywhere.
func (b *Book) spans(place, text string) {
	for _, found := range span.FindAllStringSubmatch(text, -1) {
		words := strings.Fields(found[1])
		if len(words) > 1 && slices.Contains(programs, words[0]) {
			b.Commands = append(b.Commands, Command{place, strings.Join(words, " ")})
		}
	}
}

// Of are the commands of a program.
func (b Book) Of(program string) []Command {
	return slices.DeleteFunc(slices.Clone(b.Commands), func(c Command) bool { return c.Program() != program })
}

// Without are the commands of all other programs.
func (b Book) Without(programs ...string) []Command {
	return slices.DeleteFunc(slices.Clone(b.Commands), func(c Command) bool { return slices.Contains(programs, c.Program()) })
}
