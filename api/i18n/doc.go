// Package i18n holds the Swedish and English texts of the pages and formats
// dates, matches languages and sorts names for them.
//
//	text/<language>/*.json  texts by key, embedded
//	text.go                 lookup and formatting of a text
//	language.go             Accept-Language matching
//	date.go                 dates and times
//	collate.go              Swedish alphabetical order
package i18n
