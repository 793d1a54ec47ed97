package cli_test

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

	"countersign/collaboration"
)

func TestStart_SendsRequestWithKnownFields(t *testing.T) {
	january := collaboration.Period{Start: collaboration.ChosenMonth, Month: collaboration.Date{Year: 2027, Month: time.January, Day: 1}}
	for _, tt := range []struct {
		name string
		args []string
		want collaboration.Request
	}{
		{"required flags", []string{"c-1", "--task", "t-1"},
			collaboration.Request{CustomerID: "c-1", SolutionID: "financial-overview", TaskID: "t-1"}},
		{"existing customer", []string{"c-1", "--task", "t-1", "--payer", "office", "--months", "12", "--period", "next_month", "--locale", "en"},
			collaboration.Request{CustomerID: "c-1", SolutionID: "financial-overview", TaskID: "t-1", InvoiceRecipient: collaboration.PaidByOffice,
				AgreementMonths: 12, Period: collaboration.Period{Start: collaboration.NextMonth}, Locale: collaboration.English}},
		{"chosen month", []string{"c-1", "--solution", "s-2", "--task", "t-1", "--payer", "customer", "--period", "2027-01-01"},
			collaboration.Request{CustomerID: "c-1", SolutionID: "s-2", TaskID: "t-1", InvoiceRecipient: collaboration.PaidByCustomer, Period: january}},
		{"new customer", []string{"c-1", "--task", "t-1", "--contact-name", "Åsa Öberg", "--contact-email", "asa@oberg.example", "--contact-phone", "070-123 45 67"},
			collaboration.Request{CustomerID: "c-1", SolutionID: "financial-overview", TaskID: "t-1",
				Contact: &collaboration.Contact{Name: "Åsa Öberg", Email: "asa@oberg.example", Phone: "070-123 45 67"}}},
		{"values that the API validates", []string{"c-1", "--payer", "unknown", "--months", "-1", "--period", "someday", "--locale", "fi", "--contact-phone", "x"},
			collaboration.Request{CustomerID: "c-1", SolutionID: "financial-overview", InvoiceRecipient: "unknown", AgreementMonths: -1,
				Period: collaboration.Period{Start: "someday"}, Locale: "fi", Contact: &collaboration.Contact{Phone: "x"}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			fake := serve(t, map[string][]answer{"POST /v1/activations": {{status: 202, body: acceptedBody}}})
			if code, _, stderr := run(t, append([]string{"start"}, tt.args...)...); code != 0 {
				t.Fatalf("exit code %d, %s", code, stderr)
			}
			strict := json.NewDecoder(strings.NewReader(fake.onlyRequest(t).body))
			strict.DisallowUnknownFields()
			var got collaboration.Request
			if err := strict.Decode(&got); err != nil || !reflect.DeepEqual(got, tt.want) {
				t.Errorf("got %+v %v\nwant %+v", got, err, tt.want)
			}
		})
	}
}
