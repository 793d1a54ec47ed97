package i18n_test

import (
	"testing"

	"countersign/api/i18n"
	"countersign/collaboration"
)

func TestCodeText_IsUniqueInEveryLanguage(t *testing.T) {
	t.Parallel()
	codes := map[string]collaboration.Code{}
	for _, c := range collaboration.Codes() {
		for _, l := range []collaboration.Locale{collaboration.Swedish, collaboration.English} {
			if !i18n.Has(l, "error."+string(c)) {
				t.Errorf("%s has no text in %s", c, l)
			}
			text := i18n.CodeText(l, c)
			if other, ok := codes[text]; ok {
				t.Errorf("%s and %s have the same text: %s", c, other, text)
			}
			codes[text] = c
		}
	}
	if got := i18n.CodeText(collaboration.English, "other"); got != i18n.CodeText(collaboration.English, collaboration.CodeInternal) {
		t.Errorf("an unknown code has the text %q", got)
	}
}
