package browser_test

import "testing"

// looks are how every page is looked at: both languages, wide, narrow, and the
// narrowest that must work.
var looks = map[string]look{
	"sv 1280": {language: "sv", width: 1280},
	"en 375":  {language: "en", width: 375},
	"sv 320":  {language: "sv", width: 320},
}

// Everybody finds a way in, and is told where there is none.
func TestWhoComesIn(t *testing.T) {
	for name, l := range looks {
		t.Run(name, func(t *testing.T) {
			w := anybody(t, l)
			w.visit("/")
			w.accessible()
			w.logIn(nobody)
			w.isAt("/")
			w.accessible()
			w.visit("/customers")
			w.accessible()
			if got := w.status(); got != 403 {
				t.Errorf("status %d for nobody's colleague", got)
			}
		})
	}
}
