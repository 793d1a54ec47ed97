package browser_test

import "testing"

// The overview of an office, and the life of an activation, in every look.
func TestOverviewAndTimeline(t *testing.T) {
	w := person(t, maja, looks["sv 1280"])
	w.isAt("/overview")
	w.visit("/customers/c-1007/collaborations/spiris-scanner")
	w.clickOn(`document.querySelector('main form button[type=submit]')`)
	w.click("Aktivera")
	w.until("the activation", "location.pathname.startsWith('/activations/')")
	w.sees("Inbjudan skickad")
	life := w.path()
	for name, l := range looks {
		t.Run(name, func(t *testing.T) {
			w := person(t, maja, l)
			w.accessible()
			w.visit(life)
			if drawn := eval[bool](w, "document.querySelector('.drawing').getClientRects().length > 0"); drawn != (l.width > 600) {
				t.Errorf("drawn: %t", drawn)
			}
			w.accessible()
		})
	}
}
