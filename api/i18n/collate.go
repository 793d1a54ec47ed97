package i18n

import (
	"golang.org/x/text/collate"
	"golang.org/x/text/language"
)

// Compare orders two names by the Swedish alphabet (å, ä and ö after z), ignoring case.
// It builds a collator per call, because a collator is not safe for concurrent
// use; SortFunc of a long list should use Collator once.
func Compare(a, b string) int { return Collator()(a, b) }

// Collator returns a comparison by the Swedish alphabet for use in one goroutine.
func Collator() func(a, b string) int {
	c := collate.New(language.Swedish, collate.IgnoreCase)
	return c.CompareString
}
