package api_test

import (
	"net/url"
	"testing"

	"golang.org/x/text/unicode/norm"
)

// TestText_IsNormalized: text in Unicode's NFD form, as a Mac writes it, is stored and
// searched in NFC, from JSON, also escaped, from forms and from queries.
func TestText_IsNormalized(t *testing.T) {
	t.Parallel()
	w := newWorld()
	s := w.server(t)
	decomposed := norm.NFD.String("Bokföring för Åke")
	for _, name := range []string{norm.NFD.String("Linda Ö"), `Linda O\u0308`} {
		request{status: 202}.check(t, post("/v1/activations", "nils", change(goodNew, "Linda Ö", name)).send(s))
		if got := w.started[len(w.started)-1].Contact.Name; got != "Linda Ö" {
			t.Errorf("the contact's name is %+q", got)
		}
	}
	b := openBrowser(t, s, nils.Email)
	says(t, b.send("GET", "/customers?q="+url.QueryEscape(norm.NFD.String("Åke")), nil), 200, `value="Åke"`)
	says(t, b.submit("/customers/new", "name", decomposed), 422, `value="Bokföring för Åke"`)
}
