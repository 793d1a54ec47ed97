package receipt

import (
	"bytes"
	"fmt"
	"strings"
	"unicode"

	"codeberg.org/go-pdf/fpdf"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/gomono"
	"golang.org/x/image/font/gofont/goregular"
)

// The layout, in millimetres.
const (
	margin     = 22.0
	pageWidth  = 210.0
	width      = pageWidth - 2*margin
	labelWidth = 46.0
	bottom     = 24.0
)

// sheet draws a document from top to bottom.
type sheet struct{ pdf *fpdf.Fpdf }

// newSheet returns an empty document.
func newSheet() sheet {
	pdf := fpdf.New("P", "mm", "A4", "")
	s := sheet{pdf}
	// The library writes into the font: without a copy, the next document has other bytes.
	pdf.AddUTF8FontFromBytes("regular", "", bytes.Clone(goregular.TTF))
	pdf.AddUTF8FontFromBytes("bold", "", bytes.Clone(gobold.TTF))
	pdf.AddUTF8FontFromBytes("mono", "", bytes.Clone(gomono.TTF))
	pdf.SetMargins(margin, 20, margin)
	pdf.SetAutoPageBreak(true, bottom)
	pdf.AddPage()
	return s
}

// footers adds the reference, the page number and the number of pages to each page, after
// everything else.
func (s sheet) footers(reference, page string) {
	s.pdf.SetAutoPageBreak(false, 0)
	pages := s.pdf.PageCount()
	for n := 1; n <= pages; n++ {
		s.pdf.SetPage(n)
		s.pdf.SetY(-16)
		s.ink("bold", 7.5, 110) // the library omits a font that the page before had
		s.ink("regular", 7.5, 110)
		s.pdf.CellFormat(width*2/3, 4, reference, "", 0, "L", false, 0, "")
		s.pdf.CellFormat(width/3, 4, fmt.Sprintf(page, n, pages), "", 0, "R", false, 0, "")
	}
}

func (s sheet) ink(font string, size float64, grey int) {
	s.pdf.SetFont(font, "", size)
	s.pdf.SetTextColor(grey, grey, grey)
}

func (s sheet) line(grey int) {
	s.pdf.SetDrawColor(grey, grey, grey)
	s.pdf.SetLineWidth(0.2)
	s.pdf.Line(margin, s.pdf.GetY(), margin+width, s.pdf.GetY())
}

// room begins a page unless the height fits on this one.
func (s sheet) room(height float64) {
	if _, pageHeight := s.pdf.GetPageSize(); s.pdf.GetY()+height > pageHeight-bottom {
		s.pdf.AddPage()
	}
}

func (s sheet) title(title, intro string) {
	s.ink("bold", 9, 110)
	s.pdf.CellFormat(width, 5, "Countersign", "", 1, "L", false, 0, "")
	s.ink("bold", 20, 20)
	s.pdf.CellFormat(width, 11, title, "", 1, "L", false, 0, "")
	s.pdf.Ln(1)
	s.ink("regular", 9.5, 70)
	s.pdf.MultiCell(width, 4.8, intro, "", "L", false)
}

func (s sheet) heading(text string) {
	s.room(24)
	s.pdf.Ln(6)
	s.ink("bold", 11.5, 20)
	s.pdf.CellFormat(width, 7, printable(text), "", 1, "L", false, 0, "")
	s.line(60)
	s.pdf.Ln(1.2)
}

// section draws a heading and rows with a value.
func (s sheet) section(title string, rows []row) {
	s.heading(title)
	for _, r := range rows {
		if r.value != "" {
			s.row(r)
		}
	}
}

func (s sheet) row(r row) {
	const height = 5.2
	s.ink("regular", 9.5, 20)
	value := printable(r.value)
	s.room(height * float64(len(s.pdf.SplitText(value, width-labelWidth))+1))
	s.pdf.Ln(1)
	top := s.pdf.GetY()
	s.pdf.SetX(margin + labelWidth)
	s.pdf.MultiCell(width-labelWidth, height, value, "", "L", false)
	end := s.pdf.GetY()
	s.pdf.SetXY(margin, top)
	s.ink("regular", 9.5, 100)
	s.pdf.CellFormat(labelWidth, height, r.label, "", 0, "L", false, 0, "")
	s.pdf.SetXY(margin, end+1)
	s.line(215)
}

// terms draws the text of the terms in its own lines.
func (s sheet) terms(title, text string) {
	s.heading(title)
	s.ink("regular", 9.5, 20)
	s.pdf.Ln(0.8)
	s.pdf.MultiCell(width, 5, printable(text), "", "L", false)
}

func (s sheet) note(text string) {
	s.pdf.Ln(0.8)
	s.ink("regular", 9, 70)
	s.pdf.MultiCell(width, 4.6, text, "", "L", false)
	s.pdf.Ln(1)
}

// code draws a hash or a signature, which has no spaces to break at.
func (s sheet) code(r row) {
	const height = 4.0
	s.ink("mono", 7.5, 20)
	perLine := int((width - labelWidth) / s.pdf.GetStringWidth("0"))
	var lines []string
	for value := r.value; value != ""; {
		n := min(perLine, len(value))
		lines, value = append(lines, value[:n]), value[n:]
	}
	s.room(height*float64(len(lines)) + 2)
	s.ink("regular", 8.5, 100)
	s.pdf.CellFormat(labelWidth, height, r.label, "", 0, "L", false, 0, "")
	s.ink("mono", 7.5, 20)
	for _, l := range lines {
		s.pdf.SetX(margin + labelWidth)
		s.pdf.CellFormat(width-labelWidth, height, l, "", 1, "L", false, 0, "")
	}
	s.pdf.Ln(1)
}

// printable replaces characters that no embedded font has or that change the direction of
// the text.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n':
			return r
		case r == '\t', unicode.IsSpace(r):
			return ' '
		case unicode.IsControl(r), unicode.Is(unicode.Bidi_Control, r):
			return -1
		case r > 0xffff || !inFont(r):
			return '\ufffd'
		}
		return r
	}, text)
}
