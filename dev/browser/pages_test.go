package browser_test

import "testing"

func TestStart(t *testing.T) {
	w := anybody(t, look{language: "sv", width: 1280})
	w.visit("/")
	w.sees("Samarbeten mellan byrå och kund")
	w.accessible()
}
