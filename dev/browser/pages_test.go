package browser_test

import (
	"countersign/internal/rehearsal"
	"testing"
)

// looks are the forms in which pages are shown: both languages, wide, narrow, and the
// narrowest that must work.
var looks = map[string]look{
	"sv 1280": {language: "sv", width: 1280},
	"en 375":  {language: "en", width: 375},
	"sv 320":  {language: "sv", width: 320},
}

// checkedLooks are those in which every page is checked: the narrowest, in the language
// with the longer words. Rehearsals check all looks; scenario tests use three of them.
func checkedLooks() map[string]look {
	if rehearsal.Enabled {
		return looks
	}
	return map[string]look{"sv 320": looks["sv 320"]}
}

// inEachLook runs a subtest for each look, in parallel, and returns after all of
// them.
func inEachLook(t *testing.T, name string, test func(*testing.T, look)) {
	t.Helper()
	t.Run(name, func(t *testing.T) {
		for name, l := range checkedLooks() {
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
	inEachLook(t, "pages", func(t *testing.T, l look) {
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
	inEachLook(t, "waiting", func(t *testing.T, l look) {
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
	inEachLook(t, "running", func(t *testing.T, l look) {
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
