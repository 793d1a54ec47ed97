package browser_test

import (
	"testing"
)

// TestTour is being written.
func TestTour(t *testing.T) {
	w := person(t, maja, look{language: "sv", width: 1280})
	w.visit("/customers/c-1001")
	w.accessible()
	w.visit("/customers/c-1003/tasks")
	w.picture()
	w.visit("/customers/c-1003/contacts")
	w.picture()
	w.visit("/customers/c-1009/collaborations/financial-overview")
	w.accessible()
	w.clickOn(`document.querySelector('main form button[type=submit]')`)
	w.sees("Något behöver rättas")
	w.accessible()
	w.visit("/customers/c-1001/collaborations/financial-overview")
	w.accessible()
	w.visit("/requests")
	w.accessible()
	w.visit("/collaborations")
	w.accessible()
}
