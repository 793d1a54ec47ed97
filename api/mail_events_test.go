package api_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"countersign/api"
	"countersign/collaboration"
)

// provider parses a body as a list of mail IDs; "forged" has an invalid signature.
type provider struct{}

func (provider) MaySign(h http.Header) bool { return h.Get("Signature") != "" }

func (provider) Read(_ http.Header, body []byte) ([]collaboration.MailEvent, int, error) {
	if string(body) == "forged" {
		return nil, 0, &collaboration.Error{Code: collaboration.CodeForgedEvent}
	}
	var events []collaboration.MailEvent
	for id := range strings.FieldsSeq(string(body)) {
		events = append(events, collaboration.MailEvent{Delivery: id, Status: collaboration.DeliveryBounced})
	}
	return events, 0, nil
}

func TestMailEvents(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, body string
		fail       string
		with       error
		status     int
		reports    int
	}{
		{"all of them", "m-1 m-2", "", nil, 204, 2},
		{"none", "", "", nil, 204, 0},
		{"of an unknown mail", "unknown m-1", "", nil, 204, 1},
		{"forged", "forged", "", nil, 403, 0},
		{"not recorded", "m-1", "RecordMailEvent", &collaboration.Error{Code: collaboration.CodeUnavailable}, 503, 0},
		{"not reported", "m-1", "report", &collaboration.Error{Code: collaboration.CodeUnavailable}, 503, 1},
		{"of a closed activation", "m-1 m-2", "report", over(), 204, 2},
		{"permanent failure of one", "m-1 m-2", "RecordMailEvent", &collaboration.Error{Code: collaboration.CodeInvalidRequest}, 204, 0},
		{"too much", strings.Repeat("m ", 600_000), "", nil, 413, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld()
			w.deps = func(d *api.Config) { d.MailEvents = provider{} }
			if tt.fail != "" {
				w.fail[tt.fail] = tt.with
			}
			got := httptest.NewRecorder()
			r := httptest.NewRequest(http.MethodPost, "/webhooks/sendgrid", strings.NewReader(tt.body))
			r.Header.Set("Signature", "s")
			w.server(t).ServeHTTP(got, r)
			if got.Code != tt.status || w.calls["report"] != tt.reports {
				t.Errorf("status %d, %d reports, want %d and %d", got.Code, w.calls["report"], tt.status, tt.reports)
			}
			if strings.Contains(w.logged.String(), "m-1") {
				t.Error("a mail ID is in the log")
			}
		})
	}
}

// unread is a body that must not be read.
type unread struct{ t *testing.T }

func (u unread) Read([]byte) (int, error) {
	u.t.Error("the body is read")
	return 0, io.EOF
}

// A request without a signature is rejected before its body is read.
func TestMailEvents_WithoutSignature(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.deps = func(d *api.Config) { d.MailEvents = provider{} }
	got := httptest.NewRecorder()
	w.server(t).ServeHTTP(got, httptest.NewRequest(http.MethodPost, "/webhooks/sendgrid", unread{t}))
	if got.Code != 403 {
		t.Errorf("%d %s", got.Code, got.Body)
	}
}

func TestMailEvents_WithoutProvider(t *testing.T) {
	t.Parallel()
	r := request{method: http.MethodPost, url: "/webhooks/sendgrid", body: "[]", status: 404}
	r.check(t, r.send(newWorld().server(t)))
}
