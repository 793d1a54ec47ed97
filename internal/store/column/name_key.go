package column

import (
	"strings"

	"countersign/collaboration"
)

// NameKey is the form of a name for search and order by bytes: lower case with plain
// dashes and spaces, and the Swedish letters å, ä and ö replaced by the three ASCII
// characters after z.
func NameKey(name string) string {
	return swedish.Replace(strings.ToLower(collaboration.PlainText(name)))
}

var swedish = strings.NewReplacer("å", "{", "ä", "|", "ö", "}")
