package collaboration

// Locale is a language people read: "sv" or "en".
type Locale string

// The languages Countersign speaks.
const (
	Swedish Locale = "sv"
	English Locale = "en"
)

// Valid reports whether Countersign speaks the language.
func (l Locale) Valid() bool { return l == Swedish || l == English }

// Text is a text in every language Countersign speaks.
type Text struct {
	Swedish string `json:"sv"`
	English string `json:"en"`
}

// In is the text in one language; Swedish for an unknown one.
func (t Text) In(l Locale) string {
	if l == English {
		return t.English
	}
	return t.Swedish
}
