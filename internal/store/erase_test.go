package store_test

import (
	"database/sql"
	"os"
	"strings"
	"testing"

	"countersign/collaboration"
)

// elin is a sole trader: her number and her company's name are personal.
const elin = "c-1009"

var moa = &collaboration.Contact{Name: "Moa", Email: "moa@kund.example"}

// declinedByElin is an activation that is over, with all that is personal.
func (b backend) declinedByElin(t *testing.T) collaboration.Order {
	t.Helper()
	o := orderFor(elin)
	o.Contact.Email = "elin@hoglund.example"
	_, err := b.raw.Exec("UPDATE tasks SET name = 'Moms 850214-2386' WHERE id = 't-1009-1'")
	must(t, err)
	_, err = b.raw.Exec("UPDATE tasks SET name = 'Bokslut ELIN HÖGLUNDS KERAMIK' WHERE id = 't-1009-2'")
	must(t, err)
	b.invited(t, o)
	wantCode(t, b.EraseCustomer(ctx, office, elin, "emp-maja", noon), collaboration.CodeCustomerActive)
	c := closing(o, collaboration.Declined)
	c.Decision = &collaboration.Decision{ID: "d", Outcome: collaboration.Decline, Reason: collaboration.ReasonOther, Comment: "Elin säger nej", At: noon}
	must(t, b.CloseActivation(ctx, c))
	return o
}

// inBatch has the customer in rows of a batch, wherever a row may stand.
func (b backend) inBatch(t *testing.T, o collaboration.Order) []collaboration.BatchRow {
	t.Helper()
	contact := func(customer string) collaboration.Request {
		return collaboration.Request{CustomerID: customer, Contact: o.Contact}
	}
	rows := []collaboration.BatchRow{
		{Line: 1, Request: contact(elin)},
		{Line: 2, OrganisationNumber: "8502142386", Request: contact("")},
		{Line: 3, Request: collaboration.Request{CustomerID: "c-1004", Contact: moa}},
		{Line: 4, OrganisationNumber: "8502142386", Request: contact("")}, // becomes started
		{Line: 5, OrganisationNumber: "8502142386", Request: contact("")}, // becomes refused
		{Line: 6, OrganisationNumber: "8502142386", Request: contact("")}, // is under way
		{Line: 7, OrganisationNumber: "8502142386", Request: collaboration.Request{CustomerID: "c-1004", Contact: moa}},
		{Line: 8, OrganisationNumber: "5592412117", Request: collaboration.Request{Contact: moa}}, // a company's
	}
	for i := range rows {
		rows[i].Result = collaboration.RowPending
	}
	must(t, b.AddBatch(ctx, collaboration.Batch{ID: "b", OfficeID: office, SolutionID: solution, CreatedBy: "emp-maja", CreatedAt: noon}, rows))
	finish := func(line int, result collaboration.BatchResult) {
		row := rows[line-1]
		row.Result, row.Activation = result, o.Activation
		must(t, b.FinishBatchRow(ctx, "b", row))
	}
	finish(4, collaboration.RowStarted)
	finish(5, collaboration.RowRefused)
	_, err := b.ReserveBatchRow(ctx, "b", 6, o.Activation)
	must(t, err)
	return rows
}

func TestErasedPersonalDataIsGoneAndTheChainVerifies(t *testing.T) {
	onBoth(t, func(t *testing.T, b backend) {
		o := b.declinedByElin(t)
		rows := b.inBatch(t, o)
		another := collaboration.NewActivationID(office, elin, solution) // a request that was refused
		for key, id := range map[string]collaboration.ActivationID{"k-1": o.Activation, "k-2": another, "k-3": "b"} {
			_, err := b.ReserveKey(ctx, office, key, "hash of "+o.Contact.Email, id, noon)
			must(t, err)
		}
		letter := collaboration.Letter{Activation: o.Activation, Kind: collaboration.LetterEnded, By: collaboration.ActorSystem, At: noon}
		_, err := b.BeginMail(ctx, letter, "") // on its way
		must(t, err)
		if !strings.Contains(b.dump(t, "audit_private"), "elin@hoglund.example") {
			t.Error("nothing personal was kept, so nothing can be erased")
		}
		wantCode(t, b.EraseCustomer(ctx, office, "c-2001", "emp-maja", noon), collaboration.CodeCustomerNotFound)

		must(t, b.EraseCustomer(ctx, office, elin, "emp-maja", noon))
		must(t, b.FinishMail(ctx, letter, "", collaboration.DeliveryAccepted, ""))
		rows[5].Result = collaboration.RowRefused
		must(t, b.FinishBatchRow(ctx, "b", rows[5])) // by who had read it before

		b.wantNothingOf(t, "elin@hoglund.example", "Åsa Öberg", "070-174 06 99", "Elin", "ELIN", "elin", "8502142386", "850214")
		file, report := b.exported(t, o)
		if last := file.Rows[len(file.Rows)-2]; report.Erased != 4 || last.Action != collaboration.ActionPersonalDataErased {
			t.Errorf("report %+v, the last but one is %s", report, last.Action)
		}
		if r := b.record(t, o.Activation); r.Decision == nil || r.Decision.Comment != "" || r.Decision.Reason != collaboration.ReasonOther {
			t.Errorf("decision %+v", r.Decision)
		}
		if c := b.customer(t, elin); c.Name != "Raderad kund c-1009" || len(c.Administrators) != 0 || len(c.Tasks) != 2 || c.Tasks[0].Name != "Raderad uppgift t-1009-1" {
			t.Errorf("customer %+v", c)
		}
		for _, key := range []string{"k-1", "k-2", "k-3"} { // nothing is started anew
			_, err := b.ReserveKey(ctx, office, key, "hash of "+o.Contact.Email, another, noon)
			wantCode(t, err, collaboration.CodeIdempotencyKeyReused)
		}
		must(t, b.EraseCustomer(ctx, office, elin, "emp-maja", noon)) // again: nothing is left
		if _, again := b.exported(t, o); again.Rows != report.Rows {
			t.Errorf("%d rows, then %d", report.Rows, again.Rows)
		}
	})
}

// A row says whose it was, and what became of it; what is another's stays.
func TestErasingLeavesTheRestOfABatch(t *testing.T) {
	onBoth(t, func(t *testing.T, b backend) {
		b.inBatch(t, b.declinedByElin(t))
		must(t, b.EraseCustomer(ctx, office, elin, "emp-maja", noon))
		rows, err := b.BatchRows(ctx, "b", "", 0, 10)
		must(t, err)
		for _, r := range rows {
			ofElin := r.Line != 3 && r.Line < 7
			if ofElin != (r.Request.CustomerID == elin) || ofElin != (r.Request.Contact == nil) || (r.Line == 8) != (r.OrganisationNumber != "") {
				t.Errorf("line %d: %+v", r.Line, r)
			}
		}
		if rows[3].Result != collaboration.RowStarted || rows[4].Result != collaboration.RowRefused || rows[5].Result != collaboration.RowPending || rows[3].Activation == "" {
			t.Errorf("results %+v", rows)
		}
		must(t, b.EraseCustomer(ctx, office, "c-1004", "emp-maja", noon))
		b.wantNothingOf(t, "moa@kund.example")
		if dump := b.dump(t, "batch_rows") + b.dump(t, "customers") + b.dump(t, "tasks"); strings.Count(dump, "5592412117") != 2 || strings.Contains(dump, "uppgift t-1004") {
			t.Error("a company's number or its task was erased")
		}
	})
}

// Numbers that an older release left are taken away by migrating, and by erasing
// again.
func TestWhatWasLeftIsErased(t *testing.T) {
	for name, again := range map[string]func(backend) error{
		"migrating": func(b backend) error {
			migration, err := os.ReadFile("migrations/00008_erased.sql")
			if err != nil {
				return err
			}
			up, down, _ := strings.Cut(string(migration), "-- +goose Down")
			_, err = b.raw.Exec(down + up)
			return err
		},
		"erasing": func(b backend) error { return b.EraseCustomer(ctx, office, elin, "emp-maja", noon) },
	} {
		t.Run(name, func(t *testing.T) {
			onBoth(t, func(t *testing.T, b backend) {
				o := b.declinedByElin(t)
				must(t, b.EraseCustomer(ctx, office, elin, "emp-maja", noon))
				b.inBatch(t, o)
				_, err := b.ReserveKey(ctx, office, "k", "hash", o.Activation, noon)
				must(t, err)
				must(t, again(b))
				rows, err := b.BatchRows(ctx, "b", "", 0, 10)
				must(t, err)
				for _, r := range rows {
					if r.Activation != "" && r.OrganisationNumber != "" || r.Line == 8 && r.OrganisationNumber == "" {
						t.Errorf("line %d: %+v", r.Line, r)
					}
				}
				if n := b.count(t, "SELECT COUNT(*) FROM idempotency_keys WHERE request_hash = 'hash'"); n != 0 {
					t.Error("the hash of the request is still there")
				}
			})
		})
	}
}

// An activation of which anything personal is left is erased, also where its
// audit has nothing that is.
func TestWhateverIsLeftIsFound(t *testing.T) {
	onBoth(t, func(t *testing.T, b backend) {
		b.declinedByElin(t)
		must(t, b.EraseCustomer(ctx, office, elin, "emp-maja", noon))
		for _, left := range []string{
			"UPDATE mail_deliveries SET to_email = 'left@hoglund.example'",
			"UPDATE activations SET invited_email = 'left@hoglund.example'",
			"UPDATE activations SET invited_name = 'left@hoglund.example'",
			`UPDATE activations SET decision = '{"comment":"left@hoglund.example"}'`,
		} {
			_, err := b.raw.Exec(left)
			must(t, err)
			must(t, b.EraseCustomer(ctx, office, elin, "emp-maja", noon))
			b.wantNothingOf(t, "left@hoglund.example")
		}
	})
}

// wantNothingOf looks through the whole database.
func (b backend) wantNothingOf(t *testing.T, personal ...string) {
	t.Helper()
	query := "SELECT tablename FROM pg_tables WHERE schemaname = current_schema()"
	if b.sqlite() {
		query = "SELECT name FROM sqlite_master WHERE type = 'table'"
	}
	tables := strings.Fields(b.column(t, query))
	if len(tables) < 15 {
		t.Fatalf("tables %q", tables)
	}
	for _, table := range tables {
		dump := b.dump(t, table)
		for _, p := range personal {
			if strings.Contains(dump, p) {
				t.Errorf("%q is still in %s", p, table)
			}
		}
	}
}

// dump is everything in a table.
func (b backend) dump(t *testing.T, table string) string {
	t.Helper()
	return b.column(t, "SELECT * FROM "+table)
}

// column is every value of a query, each in its line.
func (b backend) column(t *testing.T, query string) string {
	t.Helper()
	rows, err := b.raw.Query(query)
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
