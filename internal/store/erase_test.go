package store_test

import (
	"database/sql"
	"strings"
	"testing"

	"countersign/collaboration"
)

func TestErasedPersonalDataIsGoneAndTheChainVerifies(t *testing.T) {
	onBoth(t, func(t *testing.T, b backend) {
		o := orderFor("c-1009") // a sole trader
		o.Contact.Email = "elin@hoglund.example"
		o = b.invited(t, o)
		c := closing(o, collaboration.Declined)
		c.Decision = &collaboration.Decision{ID: "d", Outcome: collaboration.Decline, Reason: collaboration.ReasonOther, Comment: "Elin säger nej", At: noon}
		wantCode(t, b.EraseCustomer(ctx, office, "c-1009", "emp-maja", noon), collaboration.CodeCustomerActive)
		if !strings.Contains(b.dump(t, "audit_private"), "elin@hoglund.example") {
			t.Error("nothing personal was kept, so nothing can be erased")
		}
		must(t, b.CloseActivation(ctx, c))
		wantCode(t, b.EraseCustomer(ctx, office, "c-2001", "emp-maja", noon), collaboration.CodeCustomerNotFound)
		must(t, b.AddBatch(ctx, collaboration.Batch{ID: "b", OfficeID: office, SolutionID: solution, CreatedBy: "emp-maja", CreatedAt: noon}, []collaboration.BatchRow{
			{Line: 1, Request: collaboration.Request{CustomerID: "c-1009", Contact: o.Contact}},
			{Line: 2, OrganisationNumber: "8502142386", Request: collaboration.Request{Contact: o.Contact}},
			{Line: 3, Request: collaboration.Request{CustomerID: "c-1004", Contact: &collaboration.Contact{Name: "Moa", Email: "moa@kund.example"}}},
		}))
		must(t, b.EraseCustomer(ctx, office, "c-1009", "emp-maja", noon))
		if !strings.Contains(b.dump(t, "batch_rows"), "moa@kund.example") {
			t.Error("another customer's contact was erased")
		}

		file, report := b.exported(t, o)
		if report.Erased != 4 || file.Rows[len(file.Rows)-1].Action != collaboration.ActionPersonalDataErased {
			t.Errorf("report %+v", report)
		}
		for _, table := range []string{"audit", "audit_private", "activations", "administrators", "mail_deliveries", "customers", "batch_rows"} {
			dump := b.dump(t, table)
			for _, personal := range []string{"elin@hoglund.example", "Åsa Öberg", "Elin", "8502142386", "070-174 06 99"} {
				if strings.Contains(dump, personal) {
					t.Errorf("%q is still in %s", personal, table)
				}
			}
		}
		if r := b.record(t, o.Activation); r.Decision == nil || r.Decision.Comment != "" || r.Decision.Reason != collaboration.ReasonOther {
			t.Errorf("decision %+v", r.Decision)
		}
		must(t, b.EraseCustomer(ctx, office, "c-1009", "emp-maja", noon)) // again: nothing is left
		if _, again := b.exported(t, o); again.Rows != report.Rows {
			t.Errorf("%d rows, then %d", report.Rows, again.Rows)
		}
		if c := b.customer(t, "c-1009"); c.Name != "Raderad kund c-1009" || len(c.Administrators) != 0 {
			t.Errorf("customer %+v", c)
		}
	})
}

// dump is everything in a table.
func (b backend) dump(t *testing.T, table string) string {
	t.Helper()
	rows, err := b.raw.Query("SELECT * FROM " + table)
	must(t, err)
	defer rows.Close()
	columns, err := rows.Columns()
	must(t, err)
	var all strings.Builder
	for rows.Next() {
		values := make([]any, len(columns))
		for i := range values {
			values[i] = new(sql.NullString)
		}
		must(t, rows.Scan(values...))
		for _, v := range values {
			all.WriteString(v.(*sql.NullString).String + "\n")
		}
	}
	must(t, rows.Err())
	return all.String()
}
