package api_test

import (
	"net/url"
	"testing"

	"golang.org/x/text/unicode/norm"
)

// TestText_IsNormalized: text in Unicode's NFD form, as a Mac writes it, and with the marks
// of a spreadsheet is stored and searched in one form, from JSON, also escaped, from forms
// and from queries.
func TestText_IsNormalized(t *testing.T) {
	t.Parallel()
	w := newWorld()
	s := w.server(t)
	decomposed := norm.NFD.String("Bokföring för Åke")
	for _, name := range []string{norm.NFD.String("Linda Ö"), `Linda O\u0308`, `\u202dLinda Ö\u202c`} {
		request{status: 202}.check(t, post("/v1/activations", "nils", change(goodNew, "Linda Ö", name)).send(s))
		if got := w.started[len(w.started)-1].Contact.Name; got != "Linda Ö" {
			t.Errorf("the contact's name is %+q", got)
		}
	}
	b := openBrowser(t, s, nils.Email)
	says(t, b.send("GET", "/customers?q="+url.QueryEscape(norm.NFD.String("Åke")), nil), 200, `value="Åke"`)
	says(t, b.send("GET", "/customers?q="+url.QueryEscape("\u202d556677\u20138899\u202c"), nil), 200, "value=\"556677\u20138899\"")
	says(t, b.submit("/customers/new", "name", decomposed), 422, `value="Bokföring för Åke"`)
}

// TestPastedNumbers_AreAccepted: spreadsheets, web pages and address books write numbers
// with other dashes and spaces, and with invisible marks.
func TestPastedNumbers_AreAccepted(t *testing.T) {
	t.Parallel()
	const phone = "\u202d070\u2011123\u00a045.67\u202c"
	for _, number := range []string{"556677\u20138899", "556677\u00a08899", "\u202d556677-8899\u202c", "SE556677889901", "556677.8899", "16 556677 8899"} {
		w := newWorld()
		s := w.server(t)
		request{status: 201}.check(t, post("/v1/customers", "maja", `{"name":"Nya AB","organisation_number":"`+number+`"}`).send(s))
		put := request{method: "PUT", url: "/v1/customers/" + url.PathEscape(number), as: "maja", status: 201, body: `{"name":"Nya AB","administrators":[{"name":"Åsa","email":"asa@nya.example","phone":"` + phone + `"}]}`}
		put.check(t, put.send(s))
		file := post("/v1/customers/import", "maja", "organisation_number,name,administrator_name,administrator_email,administrator_phone\n"+number+",Nya AB,Åsa,asa@nya.example,"+phone+"\n", "Content-Type", "text/csv")
		file.status = 200
		file.check(t, file.send(s))
		if row := w.imported[0]; row.OrganisationNumber != "5566778899" || row.Administrator.Phone != "070-123 45.67" {
			t.Errorf("imported %+v", row)
		}
		b := openBrowser(t, s, maja.Email)
		if got := b.submit("/customers/new", "name", "Nya AB", "organisation_number", number); got.Code != 303 {
			t.Errorf("the form of %+q: %d", number, got.Code)
		}
		if got := b.submit("/customers/c-platform/contacts/new", "name", "Åsa", "email", "asa@nya.example", "phone", phone); got.Code != 303 {
			t.Errorf("the form of %+q: %d", phone, got.Code)
		}
	}
	w := newWorld()
	request{status: 202}.check(t, post("/v1/activations", "nils", change(goodNew, "070-123 45 67", phone)).send(w.server(t)))
	if got := w.started[0].Contact.Phone; got != "070-123 45.67" {
		t.Errorf("the contact's phone is %+q", got)
	}
}
