package i18n

import (
	"golang.org/x/text/language"

	"countersign/collaboration"
)

// locales are the supported languages, in the order of matcher.
var (
	locales = collaboration.Locales()
	matcher = language.NewMatcher([]language.Tag{language.Swedish, language.English})
)

// MatchLanguage selects the supported language that an Accept-Language header
// prefers. It returns fallback if the header is malformed or matches neither.
func MatchLanguage(header string, fallback collaboration.Locale) collaboration.Locale {
	tags, _, err := language.ParseAcceptLanguage(header)
	if err != nil || len(tags) == 0 {
		return fallback
	}
	_, i, confidence := matcher.Match(tags...)
	if confidence < language.High {
		return fallback
	}
	return locales[i]
}
