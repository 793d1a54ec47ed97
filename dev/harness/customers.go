package harness

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"countersign/api/present"
	"countersign/api/rest/endpoint"
	"countersign/collaboration"
	"countersign/internal/eventually"
)

// ImportCustomers adds n customers with one task each.
func (o *Office) ImportCustomers(n int) {
	o.T.Helper()
	const file = 2000 // customers in one import
	for from := 0; from < n; from += file {
		o.importFile(from, min(from+file, n))
	}
}

// importFile retries an import while the API is unavailable.
func (o *Office) importFile(from, to int) {
	o.T.Helper()
	var csv strings.Builder
	csv.WriteString("organisation_number,name,task,task_owner_email\n")
	for i := from; i < to; i++ {
		fmt.Fprintf(&csv, "%s,Kund %d AB,Bokföring,maja@ekstroms.example\n", OrganisationNumber(i), i)
	}
	eventually.OK(o.T, "the customers are imported", func() error { // a repeated import adds the missing customers
		response := o.importCSV(csv.String())
		switch body := Body(o.T, response); response.StatusCode {
		case http.StatusOK:
			return nil
		case http.StatusServiceUnavailable:
			return errors.New(body)
		default:
			o.T.Fatalf("import: %s %s", response.Status, body)
			return nil
		}
	})
}

func (o *Office) importCSV(csv string) *http.Response {
	o.T.Helper()
	request, err := http.NewRequest(http.MethodPost, o.At.API+"/v1/customers/import", strings.NewReader(csv))
	if err != nil {
		o.T.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+o.Token)
	request.Header.Set("Content-Type", "text/csv")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		o.T.Fatal(err)
	}
	return response
}

// OrganisationNumber returns the i-th number of a series, with its check digit.
func OrganisationNumber(i int) string {
	for d := range 10 {
		s := fmt.Sprintf("5599%05d%d", i, d)
		if _, err := collaboration.ParseOrganisationNumber(s); err == nil {
			return s
		}
	}
	panic("no check digit fits")
}

// RequestFor returns a request to invite the n-th imported customer.
func (o *Office) RequestFor(n int, email string) collaboration.Request {
	o.T.Helper()
	var list endpoint.ListView[present.Customer]
	o.Call(http.MethodGet, "/v1/customers?q="+OrganisationNumber(n), nil, &list)
	if len(list.Items) != 1 || len(list.Items[0].Tasks) != 1 {
		o.T.Fatalf("customer %d: %+v", n, list.Items)
	}
	c := list.Items[0]
	return collaboration.Request{
		CustomerID: c.ID, SolutionID: "financial-overview", TaskID: c.Tasks[0].ID, InvoiceRecipient: collaboration.PaidByOffice,
		Contact: &collaboration.Contact{Name: "Person", Email: email, Phone: "0701234567"},
	}
}
