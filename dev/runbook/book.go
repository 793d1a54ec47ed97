package runbook

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// Command is a command line, as the runbook has it.
type Command struct {
	// Place is the first cell of its row, or the heading that it is under.
	Place string
	Line  string
}

// Program is the command's first word.
func (c Command) Program() string { return strings.Fields(c.Line)[0] }

// Row is a row of a table.
type Row struct {
	Heading string
	// Place is the first cell, which is the symptom.
	Place string
	// Cells are the cells by the name of their column.
	Cells map[string]string
}

// Section is a heading of a page and the text under it, up to the next heading.
type Section struct{ Page, Heading, Text string }

// Book is the runbook.
type Book struct {
	Sections []Section
	Rows     []Row
	Commands []Command
}

// programs are the programs of commands in the text. In a fenced block of shell
// commands every line is a command.
var programs = []string{"countersign", "docker", "kubectl", "temporal", "pg_dump", "pg_restore", "psql", "jq", "redis-cli", "go", "curl", "openssl", "printf"}

// Read reads the pages of the runbook in a folder.
func Read(folder string) (b Book, err error) {
	pages, err := filepath.Glob(filepath.Join(folder, "*.md"))
	if err != nil {
		return Book{}, err
	}
	for _, path := range pages {
		page := filepath.Base(path)
		if page == "install.md" {
			continue
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return Book{}, err
		}
		for part := range strings.SplitSeq("\n"+string(text), "\n#") {
			heading, rest, _ := strings.Cut(part, "\n")
			b.section(page, strings.TrimLeft(heading, "# "), rest)
		}
	}
	return b, nil
}

func (b *Book) section(page, heading, text string) {
	b.Sections = append(b.Sections, Section{page, heading, text})
	var head []string // the columns of the current table
	var prose strings.Builder
	block := "" // the line that begins a fenced block
	for line := range strings.SplitSeq(text, "\n") {
		switch {
		case strings.HasPrefix(line, "```"):
			if block == "" {
				block = line
			} else {
				block = ""
			}
		case block != "":
			if command, _, _ := strings.Cut(line, " #"); block == "```sh" && strings.TrimSpace(command) != "" {
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

// spans adds the commands in a text. A command may be broken over lines.
func (b *Book) spans(place, text string) {
	for _, found := range span.FindAllStringSubmatch(text, -1) {
		words := strings.Fields(found[1])
		if len(words) > 1 && slices.Contains(programs, words[0]) {
			b.Commands = append(b.Commands, Command{place, strings.Join(words, " ")})
		}
	}
}

// Of returns the commands of a program.
func (b Book) Of(program string) []Command {
	return slices.DeleteFunc(slices.Clone(b.Commands), func(c Command) bool { return c.Program() != program })
}

// Without returns the commands of all other programs.
func (b Book) Without(programs ...string) []Command {
	return slices.DeleteFunc(slices.Clone(b.Commands), func(c Command) bool { return slices.Contains(programs, c.Program()) })
}
