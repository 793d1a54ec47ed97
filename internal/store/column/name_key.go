package column

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"countersign/collaboration"
)

// NameKey is the form of a name for search and order by bytes: lower case without accents,
// with plain dashes and spaces. The Swedish letters å, ä and ö become the three ASCII
// characters after z.
func NameKey(name string) string {
	var key strings.Builder
	for _, r := range norm.NFC.String(strings.ToLower(collaboration.PlainText(name))) {
		switch r {
		case 'å':
			key.WriteByte('{')
		case 'ä', 'æ':
			key.WriteByte('|')
		case 'ö', 'ø':
			key.WriteByte('}')
		default:
			key.WriteString(withoutAccents(r))
		}
	}
	return key.String()
}

func withoutAccents(r rune) string {
	if r < unicode.MaxASCII {
		return string(r)
	}
	return strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return r
	}, norm.NFD.String(string(r)))
}
