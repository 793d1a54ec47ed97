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
			w.visit("/approve/cut-off")
			w.accessible()
			w.visit("/no/such/page")
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

// Every page that is not on the way of another test, in every look.
func TestEveryOtherPage(t *testing.T) {
	who := invited{"c-1007", "Norrskens Optik", marta, invoices}
	id := waiting(t, who)
	pending := []string{"", "/resend", "/correct", "/forward", "/change", "/withdraw"}
	running := []string{"", "/change", "/end"}
	for name, l := range looks {
		t.Run("waiting "+name, func(t *testing.T) {
			w := person(t, maja, l)
			w.seeAll("/activations/"+id, pending)
			w.seeAll("", []string{"/overview", "/customers", "/requests", "/requests?outcome=all", "/collaborations", "/customers/c-1007", "/customers/c-1007/tasks",
				"/customers/c-1007/contacts", "/customers/c-1002/collaborations/bookkeeping-invoicing", "/customers/c-1012/collaborations/spiris-scanner",
				"/customers/c-1011/collaborations/financial-overview", "/customers/c-1007/collaborations/financial-overview", "/customers/none"})
			c := person(t, who.email, l)
			c.seeAll("/my", []string{"/collaborations", "/invitations/" + id})
		})
	}
	c := person(t, who.email, looks["sv 1280"])
	c.visit("/my/invitations/" + id)
	c.approves()
	for name, l := range looks {
		t.Run("running "+name, func(t *testing.T) {
			person(t, maja, l).seeAll("/activations/"+id, running)
			person(t, who.email, l).seeAll("/my/collaborations", []string{"", "/" + id})
		})
	}
}

func (w *window) seeAll(under string, paths []string) {
	w.t.Helper()
	for _, path := range paths {
		w.visit(under + path)
		w.accessible()
	}
}
