package inbox_test

import (
	"bufio"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"countersign/collaboration"
	"countersign/dev/inbox"
	"countersign/internal/mail"
)

const linkURL = "https://countersign.example/approve/token"

func message(id string) mail.Message {
	return mail.Message{
		ID: id, To: "asa@bagarn.example", ToName: `Åsa "Ö" Öberg`, From: "no-reply@countersign.example", FromName: "Räkna, Skriv & Co",
		Subject: "Ekströms bjuder in er till Budget & Prognos – " + strings.Repeat("åäö ", 20) + "✓",
		Text:    "Hej Åsa!\n\n.en punkt först\n" + strings.Repeat("lång rad ", 200) + "\nÖppna " + linkURL + ".\n",
		HTML:    "<!doctype html>\n<head></head><p title=\"a=b\">Hej Åsa &amp; Örjan</p>\n.\n<a href=\"" + linkURL + "\">" + strings.Repeat("åäö", 500) + "</a>\n",
		Headers: map[string]string{"Auto-Submitted": "auto-generated"},
	}
}

// open returns the inbox in a directory, with a sender to it.
func open(t *testing.T, dir string) (*inbox.Folder, mail.Service) {
	t.Helper()
	folder, err := inbox.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	server, err := inbox.Listen(folder)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	return folder, mail.NewSMTP(mail.SMTPConfig{Address: server.Address(), TLS: mail.TLSNone})
}

func list(t *testing.T, f *inbox.Folder) []inbox.Message {
	t.Helper()
	all, err := f.List()
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func send(t *testing.T, to mail.Sender, ids ...string) {
	t.Helper()
	for _, id := range ids {
		if _, err := to.Send(t.Context(), message(id)); err != nil {
			t.Fatal(err)
		}
	}
}

func TestInbox_StoresWholeMessage(t *testing.T) {
	t.Parallel()
	folder, sender := open(t, t.TempDir())
	send(t, sender, "delivery-1")
	want := message("delivery-1")
	got, err := folder.Get("delivery-1")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range []struct{ field, got, want string }{
		{"To", got.To, want.To}, {"ToName", got.ToName, want.ToName}, {"From", got.From, want.From}, {"FromName", got.FromName, want.FromName},
		{"Subject", got.Subject, want.Subject}, {"Text", got.Text, want.Text}, {"HTML", got.HTML, want.HTML},
		{"Auto-Submitted", got.Headers["Auto-Submitted"], "auto-generated"}, {"links", strings.Join(got.Links(), " "), linkURL},
	} {
		if f.got != f.want {
			t.Errorf("%s:\n got %q\nwant %q", f.field, f.got, f.want)
		}
	}
	if err := sender.Check(t.Context(), want.From); err != nil || len(list(t, folder)) != 1 {
		t.Errorf("after a check: %d messages, %v", len(list(t, folder)), err)
	}
}

// A browser has no access to the parts of a mail, so the page has the image itself.
func TestInbox_ShowsLogo(t *testing.T) {
	t.Parallel()
	folder, sender := open(t, t.TempDir())
	m := message("delivery-1")
	m.HTML = `<img src="cid:logo">` + m.HTML
	m.Logo = &collaboration.Logo{ContentType: "image/png", Content: []byte(strings.Repeat("picture", 20))}
	if _, err := sender.Send(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	got, err := folder.Get("delivery-1")
	if want := `<img src="data:image/png;base64,` + base64.StdEncoding.EncodeToString(m.Logo.Content) + `">`; err != nil || !strings.HasPrefix(got.HTML, want) || got.Text != m.Text {
		t.Errorf("%v\n%s", err, got.HTML)
	}
}

func TestInbox_ListsNewestFirst(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "made", "when needed")
	_, sender := open(t, dir)
	send(t, sender, "one", "two", "three")
	var ids []string
	folder, _ := open(t, dir)
	for _, m := range list(t, folder) {
		ids = append(ids, m.ID)
	}
	if strings.Join(ids, " ") != "three two one" {
		t.Errorf("got %v", ids)
	}
}

func TestInbox_StoresIDOnce(t *testing.T) {
	t.Parallel()
	folder, sender := open(t, t.TempDir())
	send(t, sender, "one")
	first, err := folder.Get("one")
	if err != nil {
		t.Fatal(err)
	}
	send(t, sender, "one")
	if all := list(t, folder); len(all) != 1 || !all[0].At.Equal(first.At) {
		t.Errorf("got %d messages, at %v; want the first, at %v", len(all), all[0].At, first.At)
	}
}

func TestInbox_StoresConcurrently(t *testing.T) {
	t.Parallel()
	folder, sender := open(t, t.TempDir())
	var all sync.WaitGroup
	for n := range 20 {
		all.Go(func() {
			if _, err := sender.Send(t.Context(), message(fmt.Sprint("delivery-", n))); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if n := len(list(t, folder)); n != 20 {
		t.Errorf("%d messages", n)
	}
}

// While the folder is away, the sender learns that it has to retry.
func TestInbox_IsUnavailableWithoutItsFolder(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "inbox")
	folder, sender := open(t, dir)
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	if _, err := sender.Send(t.Context(), message("one")); collaboration.CodeOf(err) != collaboration.CodeMailUnavailable {
		t.Errorf("without a directory: got %v", err)
	}
	if _, err := folder.List(); err == nil {
		t.Error("without a directory: List returned no error")
	}
	if _, err := folder.Get("one"); collaboration.CodeOf(err) != collaboration.CodeNotFound {
		t.Errorf("missing: got %v", err)
	}
	if err := os.WriteFile(dir, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := inbox.Open(dir); err == nil {
		t.Error("a file was accepted as a directory")
	}
}

// A killed process leaves only complete messages, and has lost none that the sender saw
// accepted.
func TestInbox_SurvivesKill(t *testing.T) {
	t.Parallel()
	if dir := os.Getenv("INBOX_WRITER"); dir != "" {
		_, sender := open(t, dir)
		for i := 0; ; i++ {
			id := fmt.Sprintf("delivery-%d", i)
			send(t, sender, id)
			fmt.Println("stored", id)
		}
	}
	dir := t.TempDir()
	writer := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestInbox_SurvivesKill$")
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
	folder, _ := open(t, dir)
	for _, id := range stored {
		if got, err := folder.Get(id); err != nil || got.Text != message(id).Text {
			t.Errorf("%s is missing or invalid: %v", id, err)
		}
	}
	if n := len(list(t, folder)); n < len(stored) || n > len(stored)+1 {
		t.Errorf("%d messages, %d were stored", n, len(stored))
	}
}

func TestInbox_IgnoresUnfinishedFiles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	folder, sender := open(t, dir)
	send(t, sender, "one")
	if err := os.WriteFile(filepath.Join(dir, "writing-123"), []byte(`{"id":`), 0o600); err != nil {
		t.Fatal(err)
	}
	if all := list(t, folder); len(all) != 1 {
		t.Errorf("%d messages", len(all))
	}
}

func TestParse_RejectsInvalidMail(t *testing.T) {
	t.Parallel()
	const headers = "From: a@x.example\r\nTo: b@x.example\r\nSubject: s\r\n"
	for name, mail := range map[string]string{
		"no mail":     "",
		"no sender":   "To: b@x.example\r\n\r\n",
		"no receiver": "From: a@x.example\r\n\r\n",
		"no type":     headers + "\r\ntext",
		"no end":      headers + "Content-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\ntext",
	} {
		if m, err := inbox.Parse(strings.NewReader(mail)); err == nil {
			t.Errorf("%s: got %+v", name, m)
		}
	}
}

func get(t *testing.T, f *inbox.Folder, path string) *httptest.ResponseRecorder {
	t.Helper()
	w := httptest.NewRecorder()
	http.StripPrefix("/inbox", f.Handler(nil)).ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/inbox"+path, nil))
	return w
}
