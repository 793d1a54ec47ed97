package normalize

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Text returns the form in which text is stored and searched: Unicode's NFC form, because
// programs write å as one or as two characters, without the invisible marks that
// spreadsheets and address books copy with a text.
func Text(s string) string {
	if strings.ContainsFunc(s, isPasted) {
		s = strings.Map(func(r rune) rune {
			if isPasted(r) {
				return -1
			}
			return r
		}, s)
	}
	return norm.NFC.String(s)
}

// isPasted reports marks of the writing direction, zero-width spaces and byte order marks.
// Joiners are part of the text in some languages.
func isPasted(r rune) bool {
	return r == '\u200b' || r == '\ufeff' || unicode.Is(unicode.Bidi_Control, r)
}
