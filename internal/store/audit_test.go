package store_test

import (
	"bytes"
	"database/sql"
	"encoding/json"
	"strings"
	"testing"

	"countersign/collaboration"
)

// exported is an activation's audit as a file, which must verify.
func (b backend) exported(t *testing.T, o collaboration.Order) (collaboration.AuditFile, collaboration.AuditReport) {
	t.Helper()
	file, err := b.Audit(ctx, o.Activation)
	must(t, err)
	encoded, err := json.Marshal(file)
	must(t, err)
	report, err := collaboration.VerifyAudit(bytes.NewReader(encoded))
	must(t, err)
	return file, report
}

func TestTheAuditOfAWholeLifeVerifies(t *testing.T) {
	onBoth(t, func(t *testing.T, b backend) {
		o := b.active(t, orderFor("c-1004"))
		b.renewedAndEnded(t, o)
		file, report := b.exported(t, o)
		if report.Rows != 11 || report.Erased != 0 || report.Head != file.Head {
			t.Errorf("report %+v", report)
		}
		private := 0
		for _, r := range file.Rows {
			if r.Private != "" {
				private++
				if !strings.Contains(r.Private, "asa@kund.example") {
					t.Errorf("%s keeps %s", r.Action, r.Private)
				}
			}
		}
		if private != 3 { // created, invited, approved
			t.Errorf("%d rows with a personal part, want 3", private)
		}
	})
}

func TestTheDatabaseRefusesToChangeTheAudit(t *testing.T) {
	onBoth(t, func(t *testing.T, b backend) {
		o := b.active(t, orderFor("c-1004"))
		statements := []string{"UPDATE audit SET actor = 'nobody'", "DELETE FROM audit", "UPDATE audit SET detail = '{}' WHERE sequence = 1"}
		if !b.sqlite() {
			statements = append(statements, "TRUNCATE audit CASCADE")
		}
		for _, s := range statements {
			if _, err := b.raw.Exec(s); err == nil || !strings.Contains(err.Error(), "append-only") {
				t.Errorf("%s: %v", s, err)
			}
		}
		b.exported(t, o)
	})
}

// A process of an older release adds rows without a hash.
func TestRowsFromBeforeTheChainAreSealed(t *testing.T) {
	onBoth(t, func(t *testing.T, b backend) {
		o := b.opened(t, orderFor("c-1004"))
		insert := "INSERT INTO audit (activation_id, sequence, step_key, action, actor, happened_at, detail) VALUES ($1, $2, $3, 'task_checked', 'system', $4, '{}')"
		for n, key := range []string{"old-1", "old-2"} {
			_, err := b.raw.Exec(insert, string(o.Activation), n+2, key, noon)
			must(t, err)
		}
		must(t, b.Migrate(ctx))
		if _, report := b.exported(t, o); report.Rows != 3 {
			t.Errorf("report %+v", report)
		}
		_, err := b.raw.Exec(insert, string(o.Activation), 4, "old-3", noon)
		must(t, err)
		must(t, b.CheckTask(ctx, o, noon)) // the next step seals it
		if _, report := b.exported(t, o); report.Rows != 5 {
			t.Errorf("report %+v", report)
		}
	})
}

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
		if report.Erased != 3 || file.Rows[len(file.Rows)-1].Action != collaboration.ActionPersonalDataErased {
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
