package mail_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"countersign/collaboration"
	"countersign/internal/mail"
)

func openInbox(t *testing.T, dir string) *mail.Inbox {
	t.Helper()
	inbox, err := mail.OpenInbox(dir)
	if err != nil {
		t.Fatal(err)
	}
	return inbox
}

func list(t *testing.T, b *mail.Inbox) []mail.StoredMessage {
	t.Helper()
	all, err := b.List()
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func send(t *testing.T, b *mail.Inbox, ids ...string) {
	t.Helper()
	for _, id := range ids {
		if _, err := b.Send(t.Context(), message(id)); err != nil {
			t.Fatal(err)
		}
	}
}

func inboxStation(t *testing.T) receiver {
	inbox := openInbox(t, t.TempDir())
	return receiver{inbox, func() []mail.Message {
		var all []mail.Message
		for _, s := range list(t, inbox) {
			all = append(all, s.Message)
		}
		return all
	}}
}

func TestInbox_ListsNewestFirst(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "made", "when needed")
	send(t, openInbox(t, dir), "one", "two", "three")
	var ids []string
	for _, s := range list(t, openInbox(t, dir)) {
		ids = append(ids, s.ID)
	}
	if strings.Join(ids, " ") != "three two one" {
		t.Errorf("got %v", ids)
	}
}

func TestInbox_StoresIDOnce(t *testing.T) {
	t.Parallel()
	inbox := openInbox(t, t.TempDir())
	send(t, inbox, "one")
	first, err := inbox.Get("one")
	if err != nil {
		t.Fatal(err)
	}
	send(t, inbox, "one")
	if all := list(t, inbox); len(all) != 1 || !all[0].At.Equal(first.At) {
		t.Errorf("got %d messages, at %v; want the first, at %v", len(all), all[0].At, first.At)
	}
}

func TestInbox_Get(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	inbox := openInbox(t, dir)
	for _, id := range []string{"plain", "../outside", "a/b", "å ö", "with:colon"} {
		send(t, inbox, id)
		if got, err := inbox.Get(id); err != nil || got.ID != id {
			t.Errorf("%q: got %q, %v", id, got.ID, err)
		}
	}
	if _, err := inbox.Get("missing"); collaboration.CodeOf(err) != collaboration.CodeNotFound {
		t.Errorf("missing: got %v", err)
	}
	if around, _ := filepath.Glob(filepath.Join(filepath.Dir(dir), "*.json")); len(around) != 0 {
		t.Errorf("files outside the directory: %v", around)
	}
}

func TestInbox_Failures(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "inbox")
	inbox := openInbox(t, dir)
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	if _, err := inbox.Send(t.Context(), message("one")); collaboration.CodeOf(err) != collaboration.CodeMailUnavailable {
		t.Errorf("without a directory: got %v", err)
	}
	if _, err := inbox.List(); err == nil {
		t.Error("without a directory: List returned no error")
	}
	if err := os.WriteFile(dir, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := mail.OpenInbox(dir); err == nil {
		t.Error("a file was accepted as a directory")
	}
}

// A killed writer leaves only complete messages, and has lost none that Send reported as
// stored.
func TestInbox_KilledWriter(t *testing.T) {
	t.Parallel()
	if dir := os.Getenv("INBOX_WRITER"); dir != "" {
		inbox := openInbox(t, dir)
		for i := 0; ; i++ {
			id := fmt.Sprintf("delivery-%d", i)
			send(t, inbox, id)
			fmt.Println("stored", id)
		}
	}
	dir := t.TempDir()
	writer := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestInbox_KilledWriter$")
	writer.Env = append(os.Environ(), "INBOX_WRITER="+dir)
	out, err := writer.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := writer.Start(); err != nil {
		t.Fatal(err)
	}
	var stored []string
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if id, ok := strings.CutPrefix(lines.Text(), "stored "); ok {
			stored = append(stored, id)
		}
		if len(stored) == 20 {
			writer.Process.Kill()
		}
	}
	writer.Wait()
	if len(stored) < 20 {
		t.Fatalf("the writer stored only %d", len(stored))
	}
	inbox := openInbox(t, dir)
	for _, id := range stored {
		if got, err := inbox.Get(id); err != nil || got.Text != message(id).Text {
			t.Errorf("%s is missing or invalid: %v", id, err)
		}
	}
	if n := len(list(t, inbox)); n < len(stored) || n > len(stored)+1 {
		t.Errorf("%d messages, %d were stored", n, len(stored))
	}
}

func TestInbox_IgnoresUnfinishedFiles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	inbox := openInbox(t, dir)
	send(t, inbox, "one")
	if err := os.WriteFile(filepath.Join(dir, "writing-123"), []byte(`{"id":`), 0o600); err != nil {
		t.Fatal(err)
	}
	if all := list(t, inbox); len(all) != 1 {
		t.Errorf("%d messages", len(all))
	}
}

func get(t *testing.T, b *mail.Inbox, path string) *httptest.ResponseRecorder {
	t.Helper()
	w := httptest.NewRecorder()
	http.StripPrefix("/inbox", b.Handler(nil)).ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/inbox"+path, nil))
	return w
}

func TestInbox_Pages(t *testing.T) {
	t.Parallel()
	inbox := openInbox(t, t.TempDir())
	if _, err := mail.NewMailer(inbox, collaboration.DefaultCatalogue, "no-reply@countersign.example", "Countersign").Send(context.Background(), invitation(collaboration.NewCustomer, collaboration.Swedish)); err != nil {
		t.Fatal(err)
	}
	nasty := message("å/../<b>")
	nasty.Subject = "<script>alert(1)</script>"
	if _, err := inbox.Send(t.Context(), nasty); err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		path          string
		status        int
		has, hasNot   []string
		securedByRule string
	}{
		"list":         {"/", 200, []string{`href="messages/delivery-1"`, `href="messages/%C3%A5%2F..%2F%3Cb%3E"`, "åt er", "&lt;script&gt;"}, []string{"<script>"}, "default-src 'none'"},
		"message":      {"/messages/delivery-1", 200, []string{`src="delivery-1/html"`, `sandbox="allow-popups allow-popups-to-escape-sandbox"`, `<a href="` + linkURL + `" target="_blank"`, "Auto-Submitted", "asa@bagarn.example"}, nil, "default-src 'none'"},
		"odd ID":       {"/messages/%C3%A5%2F..%2F%3Cb%3E", 200, []string{`src="%C3%A5%2F..%2F%3Cb%3E/html"`, "&lt;script&gt;"}, []string{"<script>"}, "default-src 'none'"},
		"HTML part":    {"/messages/delivery-1/html", 200, []string{`<base target="_blank">`, `href="` + linkURL + `"`}, nil, "sandbox allow-popups allow-popups-to-escape-sandbox;"},
		"missing":      {"/messages/none", 404, nil, nil, ""},
		"missing HTML": {"/messages/none/html", 404, nil, nil, ""},
		"elsewhere":    {"/else", 404, nil, nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			w := get(t, inbox, tt.path)
			if w.Code != tt.status {
				t.Fatalf("status %d, want %d", w.Code, tt.status)
			}
			for _, s := range tt.has {
				if !strings.Contains(w.Body.String(), s) {
					t.Errorf("missing %q:\n%s", s, w.Body)
				}
			}
			for _, s := range tt.hasNot {
				if strings.Contains(w.Body.String(), s) {
					t.Errorf("contains %q", s)
				}
			}
			if got := w.Header().Get("Content-Security-Policy"); !strings.Contains(got, tt.securedByRule) {
				t.Errorf("policy %q", got)
			}
		})
	}
}

func TestInbox_JSON(t *testing.T) {
	t.Parallel()
	inbox := openInbox(t, t.TempDir())
	if body := strings.TrimSpace(get(t, inbox, "/messages.json").Body.String()); body != "[]" {
		t.Errorf("empty inbox: %s", body)
	}
	if body := get(t, inbox, "/").Body.String(); !strings.Contains(body, "No mail yet.") {
		t.Error("an empty inbox has no message for it")
	}
	send(t, inbox, "without-links")
	if _, err := mail.NewMailer(inbox, collaboration.DefaultCatalogue, "no-reply@countersign.example", "").Send(t.Context(), invitation(collaboration.OnPlatform, collaboration.English)); err != nil {
		t.Fatal(err)
	}
	var got []struct {
		ID, To, Subject, At string
		Links               []string
	}
	w := get(t, inbox, "/messages.json")
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	if len(got) != 2 || got[0].ID != "delivery-1" || got[0].To != "asa@bagarn.example" || got[0].At == "" || len(got[0].Links) != 1 || got[0].Links[0] != linkURL {
		t.Errorf("got %+v", got)
	}
	if len(got) == 2 && (got[1].Links == nil || len(got[1].Links) != 0) {
		t.Errorf("links of a mail without links: %v", got[1].Links)
	}
}

func TestInbox_SendsEvents(t *testing.T) {
	t.Parallel()
	b, err := mail.OpenInbox(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := mail.NewMailer(b, collaboration.DefaultCatalogue, "no-reply@countersign.example", "Countersign").Send(t.Context(), invitation(collaboration.OnPlatform, collaboration.English)); err != nil {
		t.Fatal(err)
	}
	var told []string
	handler := b.Handler(func(id, event string) error {
		told = append(told, id+" "+event)
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
	if got := strings.Join(told, ", "); got != "delivery-1 bounce, delivery-1 delivered" {
		t.Errorf("events %q", got)
	}
}
