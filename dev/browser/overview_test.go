package browser_test

import (
	"testing"

	"countersign/internal/rehearsal"
)

// The office's overview and the timeline of an activation, in every look.
func TestOverviewAndTimeline_AreAccessible(t *testing.T) {
	t.Parallel()
	w := openWindowAs(t, maja, looks["sv 1280"])
	w.waitForPath("/overview")
	w.visit("/customers/c-1007/collaborations/spiris-scanner")
	w.clickOn(`document.querySelector('main form button[type=submit]')`)
	w.click("Aktivera")
	w.waitUntil("the page is the activation's", "location.pathname.startsWith('/activations/')")
	w.waitForText("Inbjudan skickad")
	timeline := w.currentPath()
	inLooks(t, rehearsal.Enabled, "pages", func(t *testing.T, l look) {
		w := openWindowAs(t, maja, l)
		w.checkAccessibility()
		w.visit(timeline)
		if drawn := eval[bool](w, "document.querySelector('.drawing').getClientRects().length > 0"); drawn != (l.width > 600) {
			t.Errorf("drawn: %t", drawn)
		}
		w.checkAccessibility()
	})
}
