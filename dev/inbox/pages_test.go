package inbox_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestPages_ShowMessages(t *testing.T) {
	t.Parallel()
	folder, sender := open(t, t.TempDir())
	send(t, sender, "delivery-1")
	hostile := message("delivery-2")
	hostile.Subject = "<script>alert(1)</script>"
	if _, err := sender.Send(t.Context(), hostile); err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		path       string
		status     int
		has, lacks []string
		policy     string
	}{
		"list":         {"/", 200, []string{`href="messages/delivery-1"`, "Budget &amp; Prognos", "&lt;script&gt;"}, []string{"<script>"}, "default-src 'none'"},
		"message":      {"/messages/delivery-1", 200, []string{`src="delivery-1/html"`, `sandbox="allow-popups allow-popups-to-escape-sandbox"`, `<a href="` + linkURL + `" target="_blank"`, "Auto-Submitted", "asa@bagarn.example"}, nil, "default-src 'none'"},
		"hostile":      {"/messages/delivery-2", 200, []string{"&lt;script&gt;"}, []string{"<script>"}, "default-src 'none'"},
		"HTML part":    {"/messages/delivery-1/html", 200, []string{`<base target="_blank">`, `href="` + linkURL + `"`}, nil, "sandbox allow-popups allow-popups-to-escape-sandbox;"},
		"missing":      {"/messages/none", 404, nil, nil, ""},
		"missing HTML": {"/messages/none/html", 404, nil, nil, ""},
		"outside":      {"/messages/..%2Fdelivery-1", 404, nil, nil, ""},
		"elsewhere":    {"/else", 404, nil, nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			w := get(t, folder, tt.path)
			if w.Code != tt.status {
				t.Fatalf("status %d, want %d", w.Code, tt.status)
			}
			for _, s := range tt.has {
				if !strings.Contains(w.Body.String(), s) {
					t.Errorf("missing %q:\n%s", s, w.Body)
				}
			}
			for _, s := range tt.lacks {
				if strings.Contains(w.Body.String(), s) {
					t.Errorf("contains %q", s)
				}
			}
			if got := w.Header().Get("Content-Security-Policy"); !strings.Contains(got, tt.policy) {
				t.Errorf("policy %q", got)
			}
		})
	}
}

func TestPages_ListMessagesAsJSON(t *testing.T) {
	t.Parallel()
	folder, sender := open(t, t.TempDir())
	if body := strings.TrimSpace(get(t, folder, "/messages.json").Body.String()); body != "[]" {
		t.Errorf("empty inbox: %s", body)
	}
	if body := get(t, folder, "/").Body.String(); !strings.Contains(body, "No mail yet.") {
		t.Error("an empty inbox has no message for it")
	}
	plain := message("without-links")
	plain.Text = "no link"
	if _, err := sender.Send(t.Context(), plain); err != nil {
		t.Fatal(err)
	}
	send(t, sender, "delivery-1")
	var got []struct {
		ID, To, Subject, At string
		Links               []string
	}
	if err := json.Unmarshal(get(t, folder, "/messages.json").Body.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	if len(got) != 2 || got[0].ID != "delivery-1" || got[0].To != "asa@bagarn.example" || got[0].At == "" || len(got[0].Links) != 1 || got[0].Links[0] != linkURL {
		t.Errorf("got %+v", got)
	}
	if len(got) == 2 && (got[1].Links == nil || len(got[1].Links) != 0) {
		t.Errorf("links of a mail without links: %v", got[1].Links)
	}
}

func TestPages_SendEvents(t *testing.T) {
	t.Parallel()
	folder, sender := open(t, t.TempDir())
	send(t, sender, "delivery-1")
	var sent []string
	handler := folder.Handler(func(id, event string) error {
		sent = append(sent, id+" "+event)
		return nil
	})
	for _, tt := range []struct {
		path, site string
		status     int
	}{
		{"/messages/delivery-1/bounce", "same-origin", http.StatusSeeOther},
		{"/messages/delivery-1/delivered", "", http.StatusSeeOther},
		{"/messages/delivery-1/bounce", "cross-site", http.StatusForbidden},
		{"/messages/delivery-1/eaten", "", http.StatusNotFound},
		{"/messages/nobody/bounce", "", http.StatusNotFound},
	} {
		r := httptest.NewRequest(http.MethodPost, tt.path, nil)
		r.Header.Set("Sec-Fetch-Site", tt.site)
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		if w.Code != tt.status {
			t.Errorf("%s: status %d, want %d", tt.path, w.Code, tt.status)
		}
	}
	if got := strings.Join(sent, ", "); got != "delivery-1 bounce, delivery-1 delivered" {
		t.Errorf("events %q", got)
	}
}
