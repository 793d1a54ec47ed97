package collaboration

// Locale is a language: "sv" or "en".
type Locale string

// The languages of the product.
const (
	Swedish Locale = "sv"
	English Locale = "en"
)

// Locales returns the languages.
func Locales() []Locale { return []Locale{Swedish, English} }

// Valid reports whether the product has texts in the language.
func (l Locale) Valid() bool { return l == Swedish || l == English }

// Text is a text in every language of the product.
type Text struct {
	Swedish string `json:"sv"`
	English string `json:"en"`
}

// In returns the text in a language; Swedish for an unknown one.
func (t Text) In(l Locale) string {
	if l == English {
		return t.English
	}
	return t.Swedish
}
