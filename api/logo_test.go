package api_test

import (
	"bytes"
	"image"
	"image/png"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"countersign/collaboration"
	"countersign/collaboration/logo"
)

var pngLogo = func() []byte {
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 120, 40))); err != nil {
		panic(err)
	}
	return b.Bytes()
}()

const officeLogoPath = "/office/settings/logo"

// A manager uploads the logo, sees it on the page and in the header, and removes it.
func TestLogoPage_UploadsAndRemoves(t *testing.T) {
	t.Parallel()
	w := newWorld()
	b := openBrowser(t, w.server(t), maja.Email)
	says(t, b.send(http.MethodGet, "/office/settings", nil), 200, `href="/office/settings/logo"`)
	says(t, b.send(http.MethodGet, officeLogoPath, nil), 200, "Byrån har ingen logotyp.")
	if got := b.uploadTo(officeLogoPath, b.tokenForm(), string(pngLogo)); got.Code != 303 || got.Header().Get("Location") != officeLogoPath || b.pendingNotice() != officeLogoPath+" saved" {
		t.Fatalf("%d %s\n%s", got.Code, got.Header().Get("Location"), got.Body)
	}
	digest := w.logos["office-1"].Digest
	says(t, b.send(http.MethodGet, officeLogoPath, nil), 200, `<img class="logo" src="/logos/`+digest+`" alt="Logotyp för Byrån">`, `<img class="logo" src="/logos/`+digest+`" alt="Byrån">`)
	says(t, b.send(http.MethodGet, officeLogoPath+"/remove", nil), 200, "Ta bort logotypen?")
	if got := b.submit(officeLogoPath + "/remove"); got.Code != 303 || len(w.logos) != 0 {
		t.Errorf("%d, logos %v", got.Code, w.logos)
	}
}

// Each invalid file has its reason at the field, and changes nothing.
func TestLogoPage_ShowsReason(t *testing.T) {
	t.Parallel()
	w := newWorld()
	b := openBrowser(t, w.server(t), maja.Email)
	for name, tt := range map[string]struct{ file, want string }{
		"none":      {"", "Uppgiften måste fyllas i."},
		"SVG":       {"<svg></svg>", "Logotypen måste vara en PNG- eller JPEG-bild."},
		"too large": {string(pngLogo) + strings.Repeat("x", logo.MaxBytes), "Filen är större än 256 KiB."},
		"damaged":   {string(pngLogo[:len(pngLogo)-20]), "Bilden är skadad."},
	} {
		if got := b.uploadTo(officeLogoPath, b.tokenForm(), tt.file); got.Code != 422 || !strings.Contains(got.Body.String(), `id="field-file-error">`+tt.want) {
			t.Errorf("%s: %d\n%s", name, got.Code, got.Body)
		}
	}
	if len(w.logos) != 0 {
		t.Errorf("stored %v", w.logos)
	}
}

func TestLogoAPI_PutsReadsAndRemoves(t *testing.T) {
	t.Parallel()
	w := newWorld()
	s := w.server(t)
	send := func(method, contentType string, body []byte) *httptest.ResponseRecorder {
		r := httptest.NewRequest(method, "/v1/office/logo", bytes.NewReader(body))
		r.Header.Set("Authorization", "Bearer manage-token")
		r.Header.Set("Content-Type", contentType)
		got := httptest.NewRecorder()
		s.ServeHTTP(got, r)
		return got
	}
	for name, tt := range map[string]struct {
		method, contentType string
		body                []byte
		status              int
		want                string
	}{
		"none yet":    {http.MethodGet, "", nil, 404, code("logo_missing")},
		"SVG":         {http.MethodPut, "image/svg+xml", []byte("<svg/>"), 415, code("unsupported_media_type")},
		"SVG as PNG":  {http.MethodPut, "image/png", []byte("<svg/>"), 422, code("logo_format")},
		"large":       {http.MethodPut, "image/png", append(pngLogo[:len(pngLogo):len(pngLogo)], make([]byte, logo.MaxBytes)...), 422, code("logo_too_large")},
		"larger":      {http.MethodPut, "image/png", make([]byte, 2<<20), 413, code("body_too_large")},
		"not removed": {http.MethodDelete, "", nil, 204, ""},
	} {
		if got := send(tt.method, tt.contentType, tt.body); got.Code != tt.status || !strings.Contains(got.Body.String(), tt.want) {
			t.Errorf("%s: %d %s", name, got.Code, got.Body)
		}
	}
	digest := ""
	for _, method := range []string{http.MethodPut, http.MethodGet} {
		got := send(method, "image/png", pngLogo)
		digest = w.logos["office-1"].Digest
		if got.Code != 200 || got.Header().Get("ETag") != `"`+digest+`"` || !strings.Contains(got.Body.String(), `{"path":"/logos/`+digest+`","content_type":"image/png","width":120,"height":40,"bytes":`) {
			t.Errorf("%s: %d %v %s", method, got.Code, got.Header(), got.Body)
		}
	}
	if got := send(http.MethodDelete, "", nil); got.Code != 204 || len(w.logos) != 0 {
		t.Errorf("%d, logos %v", got.Code, w.logos)
	}
}

// The image needs no login. Its type is that of the checked content, and browsers keep it.
func TestLogo_IsServedToEverybody(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.logos["office-1"] = collaboration.Logo{Digest: "d1", ContentType: "image/png", Content: pngLogo}
	s := w.server(t)
	get := func(path, etag string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(http.MethodGet, path, nil)
		r.Header.Set("If-None-Match", etag)
		got := httptest.NewRecorder()
		s.ServeHTTP(got, r)
		return got
	}
	got := get("/logos/d1", "")
	if h := got.Header(); got.Code != 200 || !bytes.Equal(got.Body.Bytes(), pngLogo) || h.Get("Content-Type") != "image/png" || h.Get("ETag") != `"d1"` ||
		h.Get("Cache-Control") != "private, max-age=86400" || h.Get("X-Content-Type-Options") != "nosniff" || !strings.HasPrefix(h.Get("Content-Security-Policy"), "default-src 'none'") {
		t.Errorf("%d %v", got.Code, h)
	}
	if got := get("/logos/d1", `"d1"`); got.Code != 304 || got.Body.Len() != 0 {
		t.Errorf("the same image: %d", got.Code)
	}
	if got := get("/logos/d2", ""); got.Code != 404 || got.Header().Get("Cache-Control") != "no-store" {
		t.Errorf("no such image: %d %v", got.Code, got.Header())
	}
}

func TestInvitation_ShowsLogo(t *testing.T) {
	t.Parallel()
	w := newWorld()
	logo := func(r *collaboration.Activation) { r.OfficeLogo = "d1" }
	pending, running := w.with("c-has", collaboration.AwaitingApproval, logo), w.with("c-platform", collaboration.Active, noticed, logo)
	s := w.server(t)
	const image = `<img class="logo" src="/logos/d1" alt="Ekströms Redovisning">`
	says(t, as(t, s, ake).send(http.MethodGet, "/approve/"+string(pending)+".1", nil), 200, image)
	says(t, as(t, s, asa).send(http.MethodGet, "/my/collaborations/"+string(running), nil), 200, image)
}
