package api_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"countersign/collaboration"
)

// impossibleAddresses are addresses that no mail server accepts.
var impossibleAddresses = []string{
	"anna@kund.example?subject=x", "anna@kund!.example", "anna@kund!.", "kund!.", strings.Repeat("a", 65) + "@kund.example",
	"anna@-kund.example", "anna@kund_1.example", "anna@localhost", "anna@192.0.2.1", "anna@[192.0.2.1]", "anna@kund.example.",
}

// No operation of the API accepts an impossible address: each that has an address in its
// example rejects the field, and changes nothing.
func TestImpossibleAddress_IsRejectedByAPI(t *testing.T) {
	t.Parallel()
	w := openTarget(t)
	known := w.customers["c-platform"] // to the directory, which is a fake
	known.ID = "c-1003"
	w.customers[known.ID] = known
	before := w.digest(t)
	var tested []string
	for _, op := range w.ops {
		if op.csv || !bytes.Contains(op.body, []byte(`email"`)) {
			continue
		}
		tested = append(tested, op.method+" "+op.path)
		for _, address := range impossibleAddresses {
			var body any
			if err := json.Unmarshal(op.body, &body); err != nil {
				t.Fatal(err)
			}
			status, answer := w.send(t, op, "application/json", encode(t, withAddress(body, address)))
			if status != http.StatusUnprocessableEntity || !strings.Contains(answer, `email","code":"invalid_format"`) {
				t.Errorf("%s %s with %s: %d %s", op.method, op.path, address, status, answer)
			}
		}
	}
	want := []string{
		"POST /v1/activations", "POST /v1/activations/{id}/correct", "POST /v1/customers/{id}/administrators", "POST /v1/employees", "POST /v1/erase-address",
		"POST /v1/invitations/{link}/hand-on", "PUT /v1/customers/{id}", "PUT /v1/customers/{id}/administrators/{administrator}",
		"PUT /v1/employees/{id}", "PUT /v1/office",
	}
	if slices.Sort(tested); !slices.Equal(tested, want) {
		t.Errorf("tested %q, want %q", tested, want)
	}
	importOf := described{method: http.MethodPost, path: "/v1/customers/import"}
	for _, address := range impossibleAddresses {
		for _, column := range []string{"administrator_email", "task_owner_email"} {
			values := map[string]string{"administrator_email": "anna@kund.example", "task_owner_email": "maja@ekstroms.example"}
			values[column] = address
			csv := "organisation_number,name,task,task_owner_email,administrator_name,administrator_email,administrator_phone\n" +
				"5590000004,Kund AB,Bokföring," + values["task_owner_email"] + ",Anna Ek," + values["administrator_email"] + ",070-123 45 67\n"
			if status, answer := w.send(t, importOf, "text/csv", []byte(csv)); status != http.StatusUnprocessableEntity || !strings.Contains(answer, "invalid_format") {
				t.Errorf("import with the %s %s: %d %s", column, address, status, answer)
			}
		}
	}
	if w.digest(t) != before || w.changes() != 0 {
		t.Errorf("something changed: %v", w.calls)
	}
}

// send sends a request as the manager, or as the customer's administrator for a link.
func (w *target) send(t *testing.T, op described, mediaType string, body []byte) (status int, answer string) {
	t.Helper()
	path := strings.NewReplacer("{link}", w.links[0], "{administrator}", "a-2").Replace(op.path)
	r, err := http.NewRequestWithContext(t.Context(), op.method, w.base+w.path(path), bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	token := "token-of-maja@ekstroms.example"
	if strings.Contains(op.path, "{link}") {
		token = "token-of-hjordis@blabarsbageriet.example"
	}
	r.Header = http.Header{"Authorization": {"Bearer " + token}, "Content-Type": {mediaType}}
	got, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer got.Body.Close()
	text, err := io.ReadAll(got.Body)
	if err != nil {
		t.Fatal(err)
	}
	return got.StatusCode, string(text)
}

func encode(t *testing.T, body any) []byte {
	t.Helper()
	encoded, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	return encoded
}

// withAddress replaces each address in a body.
func withAddress(body any, address string) any {
	switch body := body.(type) {
	case map[string]any:
		for name, value := range body {
			if strings.HasSuffix(name, "email") {
				value = address
			}
			body[name] = withAddress(value, address)
		}
	case []any:
		for i := range body {
			body[i] = withAddress(body[i], address)
		}
	}
	return body
}

// No form accepts an impossible address.
func TestImpossibleAddress_IsRejectedByForms(t *testing.T) {
	t.Parallel()
	w := newWorld()
	b := openBrowser(t, w.server(t), maja.Email)
	for path, field := range map[string]string{
		newForm:                              "contact.email",
		"/customers/c-platform/contacts/new": "email",
		"/customers/c-platform/contacts/a-2": "email",
		"/office/people/new":                 "email",
		"/office/settings":                   "email",
	} {
		for _, address := range impossibleAddresses {
			link := `href="#field-` + strings.ReplaceAll(field, ".", "-") + `"`
			says(t, b.submit(path, field, address, "name", "Anna Ek", "phone", "070-123 45 67"), http.StatusUnprocessableEntity, link, `value="`+address+`"`)
		}
	}
	for _, address := range impossibleAddresses {
		correct := action{name: "impossible", do: "correct", as: nils.Email, state: collaboration.AwaitingApproval}
		acted, on, path := correct.in(t, "en")
		says(t, on.submit(path, "email", address), http.StatusUnprocessableEntity, `href="#field-email"`)
		if acted.changes() != 0 {
			t.Errorf("%s was accepted: %v", address, acted.calls)
		}
	}
	if w.changes() != 0 || w.hired.Email != "" || w.settings.Email != "" {
		t.Errorf("something changed: %v", w.calls)
	}
}
