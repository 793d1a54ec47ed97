package view_test

import (
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"countersign/api/view"
	"countersign/collaboration"
)

// maxAssets bounds the uncompressed size of all styles and scripts, in bytes.
const maxAssets = 60_000

var asset = regexp.MustCompile(`(?:href|src)="(/assets/[^"]+)"`)

// A page loads only the product's own assets. They are small, and cached without
// expiry.
func TestAssets(t *testing.T) {
	t.Parallel()
	page := string(view.Render(collaboration.Swedish, "general/index", view.Page{Locale: collaboration.Swedish, Title: "Countersign"}))
	found, total := asset.FindAllStringSubmatch(page, -1), 0
	if len(found) != 3 {
		t.Fatalf("%d assets: %v", len(found), found)
	}
	for _, m := range found {
		w := httptest.NewRecorder()
		view.Assets().ServeHTTP(w, httptest.NewRequest(http.MethodGet, m[1], nil))
		if w.Code != http.StatusOK || !strings.Contains(w.Header().Get("Cache-Control"), "immutable") {
			t.Errorf("%s: status %d, %v", m[1], w.Code, w.Header())
		}
		total += w.Body.Len()
	}
	if total > maxAssets {
		t.Errorf("the assets weigh %d bytes, want %d at most", total, maxAssets)
	}
	for _, path := range []string{"/assets/", "/assets/layout.html", "/assets/../text/sv/general.json"} {
		w := httptest.NewRecorder()
		view.Assets().ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
		if w.Code != http.StatusNotFound {
			t.Errorf("%s: status %d", path, w.Code)
		}
	}
}
