package browser_test

import (
	"testing"

	"countersign/internal/rehearsal"
)

// looks are the forms in which pages are shown: both languages, wide, narrow, and the
// narrowest that must work.
var looks = map[string]look{
	"sv 1280": {language: "sv", width: 1280},
	"en 375":  {language: "en", width: 375},
	"sv 320":  {language: "sv", width: 320},
}

// inLooks runs a subtest for each look, in parallel, and returns after all of them. Without
// all it checks the narrowest look, in the language with the longer words; scenario tests
// use the others.
func inLooks(t *testing.T, all bool, name string, test func(*testing.T, look)) {
	t.Helper()
	checked := looks
	if !all {
		checked = map[string]look{"sv 320": looks["sv 320"]}
	}
	t.Run(name, func(t *testing.T) {
		for name, l := range checked {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				test(t, l)
			})
		}
	})
}

// A stranger finds the login, and a page that explains the refusal.
func TestPages_ExplainRefusalToStranger(t *testing.T) {
	t.Parallel()
	inLooks(t, rehearsal.Enabled, "pages", func(t *testing.T, l look) {
		w := openWindow(t, l)
		w.visit("/")
		w.checkAccessibility()
		w.visit("/approve/cut-off")
		w.checkAccessibility()
		w.visit("/no/such/page")
		w.checkAccessibility()
		w.logIn(stranger)
		w.waitForPath("/")
		w.checkAccessibility()
		w.visit("/customers")
		w.checkAccessibility()
		if got := w.status(); got != 403 {
			t.Errorf("status %d for a stranger", got)
		}
	})
}

// The pages that no other test visits, in every look.
func TestPages_AreAccessible(t *testing.T) {
	t.Parallel()
	to := invitee{"c-1007", "Norrskens Optik", marta, invoices}
	id := activateInForm(t, to)
	pending := []string{"", "/resend", "/forward", "/change", "/withdraw"}
	running := []string{"", "/change", "/end"}
	inLooks(t, rehearsal.Enabled, "waiting", func(t *testing.T, l look) {
		w := openWindowAs(t, maja, l)
		w.checkPages("/activations/"+id, pending)
		w.checkPages("", []string{"/overview", "/customers", "/requests", "/requests?outcome=all", "/collaborations", "/customers/c-1007", "/customers/c-1007/tasks",
			"/customers/c-1007/contacts", "/customers/c-1002/collaborations/bookkeeping-invoicing", "/customers/c-1012/collaborations/spiris-scanner",
			"/customers/c-1011/collaborations/financial-overview", "/customers/c-1007/collaborations/financial-overview", "/customers/none",
			"/customers/new", "/customers/import", "/customers/c-1007/edit", "/customers/c-1007/archive", "/customers/c-1007/tasks/new", "/customers/c-1007/contacts/new",
			"/office/people", "/office/people/new", "/office/people/emp-nils", "/office/people/emp-nils/deactivate", "/office/people/emp-nils/hand-over", "/office/webhooks", "/office/settings", "/office/settings/logo", "/office/api-keys", "/office/changes"})
		c := openWindowAs(t, to.email, l)
		c.checkPages("/my", []string{"/collaborations", "/invitations/" + id})
	})
	c := openWindowAs(t, to.email, looks["sv 1280"])
	c.visit("/my/invitations/" + id)
	c.approve()
	inLooks(t, rehearsal.Enabled, "running", func(t *testing.T, l look) {
		openWindowAs(t, maja, l).checkPages("/activations/"+id, running)
		openWindowAs(t, to.email, l).checkPages("/my/collaborations", []string{"", "/" + id})
	})
}

func (w *window) checkPages(under string, paths []string) {
	w.t.Helper()
	for _, path := range paths {
		w.visit(under + path)
		w.checkAccessibility()
	}
}
