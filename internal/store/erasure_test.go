package store_test

import (
	"database/sql"
	"strings"
	"testing"

	"countersign/collaboration"
)

// elin is a sole trader: the organisation number and the company's name are personal
// data.
const elin = "c-1009"

var moa = &collaboration.Contact{Name: "Moa", Email: "moa@kund.example"}

// declinedByElin adds a declined activation with every kind of personal data.
func (b backend) declinedByElin(t *testing.T) collaboration.Order {
	t.Helper()
	o := orderFor(elin)
	o.Contact.Email = "elin@hoglund.example"
	_, err := b.raw.Exec("UPDATE tasks SET name = 'Moms 850214-2386' WHERE id = 't-1009-1'")
	must(t, err)
	_, err = b.raw.Exec("UPDATE tasks SET name = 'Bokslut ELIN HÖGLUNDS KERAMIK' WHERE id = 't-1009-2'")
	must(t, err)
	b.invited(t, o)
	must(t, b.correct(o, "m-1", "left@elin.example"))
	must(t, b.correct(o, "m-2", o.Contact.Email))
	wantCode(t, b.EraseCustomer(ctx, office, elin, "emp-maja", noon), collaboration.CodeCustomerActive)
	c := closing(o, collaboration.Declined)
	c.Decision = &collaboration.Decision{ID: "d", Outcome: collaboration.Decline, Reason: collaboration.ReasonOther, Comment: "Elin säger nej", At: noon,
		Login: &collaboration.Login{Issuer: "https://login.example", Subject: "subject-of-elin", Email: "elin@hoglund.example", ACR: "2", AMR: []string{"pwd"}}}
	must(t, b.CloseActivation(ctx, c))
	return o
}

// inBatch adds rows of the customer to a batch, with every result.
func (b backend) inBatch(t *testing.T, o collaboration.Order) []collaboration.BatchRow {
	t.Helper()
	contact := func(customer string) collaboration.Request {
		return collaboration.Request{CustomerID: customer, Contact: o.Contact}
	}
	rows := []collaboration.BatchRow{
		{Line: 1, Request: contact(elin)},
		{Line: 2, OrganisationNumber: "8502142386", Request: contact("")},
		{Line: 3, Request: collaboration.Request{CustomerID: "c-1004", Contact: moa}},
		{Line: 4, OrganisationNumber: "8502142386", Request: contact("")}, // started below
		{Line: 5, OrganisationNumber: "8502142386", Request: contact("")}, // refused below
		{Line: 6, OrganisationNumber: "8502142386", Request: contact("")}, // pending
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

func TestEraseCustomer_RemovesPersonalData(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, b backend) {
		o := b.declinedByElin(t)
		rows := b.inBatch(t, o)
		another := collaboration.NewActivationID(office, elin, solution) // a request that was refused
		for key, id := range map[string]collaboration.ActivationID{"k-1": o.Activation, "k-2": another, "k-3": "b"} {
			_, err := b.ReserveKey(ctx, office, key, "hash of "+o.Contact.Email, id, noon)
			must(t, err)
		}
		notification := collaboration.Notification{Activation: o.Activation, Kind: collaboration.NotificationEnded, By: collaboration.ActorSystem, At: noon}
		_, err := b.BeginMail(ctx, notification, "") // being sent
		must(t, err)
		if private := b.dump(t, "audit_private"); !strings.Contains(private, `"login_email":"elin@hoglund.example"`) && !strings.Contains(private, `\"login_email\":\"elin@hoglund.example\"`) {
			t.Error("no personal data stored before the erasure")
		}
		wantCode(t, b.EraseCustomer(ctx, office, "c-2001", "emp-maja", noon), collaboration.CodeCustomerNotFound)

		must(t, b.EraseCustomer(ctx, office, elin, "emp-maja", noon))
		must(t, b.FinishMail(ctx, notification, "", collaboration.DeliveryAccepted, ""))
		rows[5].Result = collaboration.RowRefused
		must(t, b.FinishBatchRow(ctx, "b", rows[5])) // by a process that read it before

		b.wantNothingOf(t, "elin@hoglund.example", "left@elin.example", "Åsa Öberg", "070-174 06 99", "Elin", "ELIN", "elin", "8502142386", "850214")
		file, report := b.exported(t, o)
		if last := file.Rows[len(file.Rows)-2]; report.Erased != 6 || last.Action != collaboration.ActionPersonalDataErased {
			t.Errorf("report %+v, the last but one is %s", report, last.Action)
		}
		if r := b.record(t, o.Activation); r.Decision == nil || r.Decision.Comment != "" || r.Decision.Login == nil || r.Decision.Login.ACR != "2" || r.Decision.Reason != collaboration.ReasonOther {
			t.Errorf("decision %+v", r.Decision)
		}
		if c := b.customer(t, elin); c.Name != "Raderad kund c-1009" || len(c.Administrators) != 0 || len(c.Tasks) != 2 || c.Tasks[0].Name != "Raderad uppgift t-1009-1" {
			t.Errorf("customer %+v", c)
		}
		for _, key := range []string{"k-1", "k-2", "k-3"} { // a retry starts no new activation
			_, err := b.ReserveKey(ctx, office, key, "hash of "+o.Contact.Email, another, noon)
			wantCode(t, err, collaboration.CodeIdempotencyKeyReused)
		}
		must(t, b.EraseCustomer(ctx, office, elin, "emp-maja", noon)) // a second erasure finds no data
		if _, again := b.exported(t, o); again.Rows != report.Rows {
			t.Errorf("%d rows, then %d", report.Rows, again.Rows)
		}
	})
}

// TestEraseCustomer_LeavesOtherBatchRows: an erased row keeps its customer and its
// result. Rows of other customers stay unchanged.
func TestEraseCustomer_LeavesOtherBatchRows(t *testing.T) {
	t.Parallel()
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

// TestEraseCustomer_AgainErasesLaterRows: a concurrent request can store a batch row or
// an idempotency key after the erasure. A second erasure erases them.
func TestEraseCustomer_AgainErasesLaterRows(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, b backend) {
		o := b.declinedByElin(t)
		must(t, b.EraseCustomer(ctx, office, elin, "emp-maja", noon))
		b.inBatch(t, o)
		_, err := b.ReserveKey(ctx, office, "k", "hash", o.Activation, noon)
		must(t, err)
		must(t, b.EraseCustomer(ctx, office, elin, "emp-maja", noon))
		rows, err := b.BatchRows(ctx, "b", "", 0, 10)
		must(t, err)
		for _, r := range rows {
			if r.Activation != "" && r.OrganisationNumber != "" || r.Line == 8 && r.OrganisationNumber == "" {
				t.Errorf("line %d: %+v", r.Line, r)
			}
		}
		if n := b.count(t, "SELECT COUNT(*) FROM idempotency_keys WHERE request_hash = 'hash'"); n != 0 {
			t.Error("the hash of the request is not erased")
		}
	})
}

// TestEraseCustomer_FindsRemainingData: any remaining personal data is erased, even if
// the activation's audit has none.
func TestEraseCustomer_FindsRemainingData(t *testing.T) {
	t.Parallel()
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

// wantNothingOf searches all tables.
func (b backend) wantNothingOf(t *testing.T, personal ...string) {
	t.Helper()
	for table, dump := range b.tables(t) {
		for _, p := range personal {
			if strings.Contains(dump, p) {
				t.Errorf("%q is still in %s", p, table)
			}
		}
	}
}

// dump returns all values of a table.
func (b backend) dump(t *testing.T, table string) string {
	t.Helper()
	return b.column(t, "SELECT * FROM "+table)
}

// column returns the values of a query, one a line.
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

// eva is a person of several customers. Her address is also a part of longer ones.
const eva = "eva@kund.example"

// withEva plants an address wherever the database stores one: as an administrator, in
// closed activations that invited her and that only mention her, and in the other tables.
func (b backend) withEva(t *testing.T) (invited, mentioned collaboration.Order) {
	t.Helper()
	invited = orderFor("c-1004")
	invited.Contact = &collaboration.Contact{Name: "Eva Ek", Email: eva, Phone: "070-1"}
	b.invited(t, invited)
	c := closing(invited, collaboration.Declined)
	c.Decision = &collaboration.Decision{ID: "d", Outcome: collaboration.Decline, Reason: collaboration.ReasonOther, Comment: "Skriv till\n" + eva, At: noon,
		Login: &collaboration.Login{Issuer: "https://login.example", Subject: "subject-of-eva", Email: eva}}
	must(t, b.CloseActivation(ctx, c))

	mentioned = b.invited(t, orderFor(elin)) // at her address first, by mistake
	must(t, b.correct(mentioned, "m-1", eva))
	_, err := b.BeginMail(ctx, invitation(mentioned, 2), "")
	must(t, err)
	must(t, b.correct(mentioned, "m-2", "not-"+eva))

	_, err = b.raw.Exec("INSERT INTO administrators (id, customer_id, name, email, phone, main_contact) VALUES ('a-eva', 'c-1006', 'Eva Ek', 'Eva@Kund.Example', '070-1', FALSE)")
	must(t, err)
	_, err = b.raw.Exec("UPDATE tasks SET name = 'Fråga Eva@kund.example' WHERE id = 't-1006-1'")
	must(t, err)
	for id, address := range map[string]string{"chg-1": eva, "chg-2": "not-" + eva} {
		_, err = b.raw.Exec("INSERT INTO address_changes (id, office_id, customer_id, administrator_id, old_email, new_email, actor, changed_at) VALUES ($1, $2, 'c-1006', 'a-eva', 'old@kund.example', $3, 'emp-maja', "+timestamp(noon)+")", id, office, address)
		must(t, err)
	}
	rows := []collaboration.BatchRow{
		{Line: 1, Request: collaboration.Request{CustomerID: "c-1007", Contact: &collaboration.Contact{Name: "Eva Ek", Email: eva, Phone: "070-1"}}, Result: collaboration.RowPending},
		{Line: 2, Request: collaboration.Request{CustomerID: "c-1007", Contact: &collaboration.Contact{Name: "Evald", Email: "not-" + eva, Phone: "070-2"}}, Result: collaboration.RowPending},
	}
	must(t, b.AddBatch(ctx, collaboration.Batch{ID: "b", OfficeID: office, SolutionID: solution, CreatedBy: "emp-maja", CreatedAt: noon}, rows))
	rows[0].Result, rows[0].Code = collaboration.RowRefused, collaboration.CodeTaskClosed
	must(t, b.FinishBatchRow(ctx, "b", rows[0]))
	_, _, err = b.ClaimKey(ctx, office, "k", "hash of "+eva, "attempt", noon)
	must(t, err)
	must(t, b.StoreResponse(ctx, office, "k", "attempt", []byte(eva)))
	_, err = b.ReserveKey(ctx, office, "k-2", "hash of "+eva, invited.Activation, noon)
	must(t, err)
	return invited, mentioned
}

var manager = collaboration.Employee{ID: "emp-maja", OfficeID: office, Role: collaboration.RoleManager}

// TestEraseAddress_RemovesPerson walks every column of every table. Longer addresses that
// contain the erased one stay, and so does another office's data.
func TestEraseAddress_RemovesPerson(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, b backend) {
		invited, mentioned := b.withEva(t)
		for _, table := range []string{"administrators", "activations", "audit_private", "mail_deliveries", "address_changes", "batch_rows", "tasks", "idempotency_keys"} {
			if !strings.Contains(strings.ToLower(strings.ReplaceAll(b.dump(t, table), "not-"+eva, "")), eva) {
				t.Errorf("%s has no address before the erasure", table)
			}
		}
		erased, err := b.EraseAddress(ctx, manager, "EVA@kund.example", noon)
		must(t, err)
		if want := (collaboration.ErasedAddress{Customers: 2, Activations: 2, AddressChanges: 3, BatchRows: 1}); erased != want {
			t.Errorf("erased %+v, want %+v", erased, want)
		}
		for table, dump := range b.tables(t) {
			if strings.Contains(strings.ToLower(strings.ReplaceAll(dump, "not-"+eva, "")), eva) {
				t.Errorf("the address is still in %s", table)
			}
			if strings.Contains(dump, "Eva Ek") || strings.Contains(dump, "subject-of-eva") {
				t.Errorf("the person is still in %s", table)
			}
		}
		for _, table := range []string{"address_changes", "batch_rows", "audit_private", "activations"} {
			if !strings.Contains(b.dump(t, table), "not-"+eva) {
				t.Errorf("a longer address is no longer in %s", table)
			}
		}
		for _, o := range []collaboration.Order{invited, mentioned} {
			file, report := b.exported(t, o)
			last := file.Rows[len(file.Rows)-1]
			if report.Erased == 0 || last.Action != collaboration.ActionPersonalDataErased || last.By != "emp-maja" {
				t.Errorf("report %+v, the last row is %s by %s", report, last.Action, last.By)
			}
		}
		if n := b.count(t, "SELECT COUNT(*) FROM directory_changes WHERE action = 'address_erased' AND actor = 'emp-maja'"); n != 1 {
			t.Errorf("%d changes of the directory have the actor", n)
		}
		if r := b.record(t, mentioned.Activation); r.InvitedEmail != "not-"+eva || !r.State.IsPending() {
			t.Errorf("the activation of another person: %+v", r)
		}
		if again, err := b.EraseAddress(ctx, manager, eva, noon); err != nil || again != (collaboration.ErasedAddress{}) {
			t.Errorf("a second erasure: %+v, %v", again, err)
		}
	})
}

// TestEraseAddress_KeepsEvidence: a person that a live activation invited, or that answered
// it, is not erased, and neither is an employee. Nothing is changed then.
func TestEraseAddress_KeepsEvidence(t *testing.T) {
	t.Parallel()
	type refusal struct {
		email string
		with  func(*testing.T, backend)
		code  collaboration.Code
	}
	eachOnBoth(t, map[string]refusal{
		"invited":  {"asa@kund.example", func(t *testing.T, b backend) { b.invited(t, orderFor("c-1004")) }, collaboration.CodeCustomerActive},
		"active":   {"asa@kund.example", func(t *testing.T, b backend) { b.active(t, orderFor("c-1004")) }, collaboration.CodeCustomerActive},
		"employee": {"MAJA@ekstroms.example", func(*testing.T, backend) {}, collaboration.CodeInvalidRequest},
		"answered, and no longer administrator": {"asa@kund.example", func(t *testing.T, b backend) {
			o := b.invited(t, orderFor("c-1004"))
			approved := approval(o)
			approved.Decision.Login = &collaboration.Login{Issuer: "https://login.example", Subject: "s", Email: "asa@kund.example"}
			must(t, b.approve(ctx, approved))
			must(t, b.exec("DELETE FROM administrators WHERE lower(email) = 'asa@kund.example'", "UPDATE activations SET invited_email = ''"))
		}, collaboration.CodeCustomerActive},
	}, func(t *testing.T, b backend, r refusal) {
		r.with(t, b)
		must(t, b.exec("UPDATE employees SET email = 'maja@ekstroms.example' WHERE id = 'emp-maja'"))
		before := b.tables(t)
		_, err := b.EraseAddress(ctx, manager, r.email, noon)
		wantCode(t, err, r.code)
		for table, dump := range b.tables(t) {
			if before[table] != dump {
				t.Errorf("%s was changed", table)
			}
		}
	})
}

// TestEraseAddress_LeavesOtherOffices: the data of another office is that office's own.
func TestEraseAddress_LeavesOtherOffices(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, b backend) {
		b.withEva(t)
		other := manager
		other.OfficeID = "office-2"
		if erased, err := b.EraseAddress(ctx, other, eva, noon); err != nil || erased != (collaboration.ErasedAddress{}) {
			t.Errorf("another office erased %+v, %v", erased, err)
		}
	})
}

// tables returns the values of every table by its name.
func (b backend) tables(t *testing.T) map[string]string {
	t.Helper()
	query := "SELECT tablename FROM pg_tables WHERE schemaname = current_schema()"
	if b.sqlite() {
		query = "SELECT name FROM sqlite_master WHERE type = 'table'"
	}
	all := map[string]string{}
	for _, table := range strings.Fields(b.column(t, query)) {
		all[table] = b.dump(t, table)
	}
	if len(all) < 15 {
		t.Fatalf("tables %q", all)
	}
	return all
}
