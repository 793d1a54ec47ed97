package store_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"countersign/collaboration"
	"countersign/collaboration/directory"
	stored "countersign/internal/store/directory"
)

// maja is the manager that changes the directory of the small office.
var maja = directory.By{OfficeID: office, ID: "emp-maja", IsManager: true}

// directoryOf returns the directory, and a function that returns the changes recorded since.
func directoryOf(t *testing.T, b backend) (stored.Directory, func() []string) {
	return b.OfficeDirectory(), func() []string {
		t.Helper()
		rows, err := b.raw.QueryContext(ctx, "SELECT action FROM directory_changes WHERE actor = 'emp-maja' ORDER BY action")
		must(t, err)
		defer rows.Close()
		var all []string
		for rows.Next() {
			var action string
			must(t, rows.Scan(&action))
			all = append(all, action)
		}
		return all
	}
}

func wantField(t *testing.T, err error, want ...collaboration.FieldError) {
	t.Helper()
	var e *collaboration.Error
	if !errors.As(err, &e) || e.Code != collaboration.CodeInvalidRequest || !slices.Equal(e.Fields, want) {
		t.Errorf("%v, want the fields %v", err, want)
	}
}

func TestEmployees_AddEditDeactivate(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, b backend) {
		d, changes := directoryOf(t, b)
		const id = "emp-kim"
		must(t, d.AddEmployee(ctx, maja, id, directory.Employee{Name: "Kim Ny", Email: "kim@ekstroms.example", Role: collaboration.RoleEmployee, Reference: "K7"}))
		must(t, d.EditEmployee(ctx, maja, id, directory.Employee{Name: "Kim Ek", Email: "kim@ekstroms.example", Role: collaboration.RoleManager, Reference: "K7"}, []int{1}))
		wantCode(t, d.EditEmployee(ctx, maja, id, directory.Employee{Name: "Kim", Email: "kim@ekstroms.example", Role: collaboration.RoleManager}, []int{1}), collaboration.CodePreconditionFailed)
		p, err := b.Person(ctx, "kim@ekstroms.example")
		if err != nil || p.Employee == nil || p.Employee.Role != collaboration.RoleManager || p.Name != "Kim Ek" {
			t.Fatalf("%+v, %v", p, err)
		}
		must(t, d.DeactivateEmployee(ctx, maja, id, ""))
		if p, err := b.Person(ctx, "kim@ekstroms.example"); err != nil || p.Employee != nil {
			t.Errorf("a deactivated employee has rights: %+v, %v", p, err)
		}
		must(t, d.ActivateEmployee(ctx, maja, id))
		if p, err := b.Person(ctx, "kim@ekstroms.example"); err != nil || p.Employee == nil {
			t.Errorf("activated again: %+v, %v", p, err)
		}
		if got, want := strings.Join(changes(), " "), "employee_activated employee_added employee_deactivated employee_edited"; got != want {
			t.Errorf("recorded %s, want %s", got, want)
		}
		var listed []string
		for page := (collaboration.Page{Limit: 3}); ; {
			some, next, err := d.Changes(ctx, office, page)
			must(t, err)
			for _, c := range some {
				listed = append(listed, c.Action+" "+c.SubjectName)
			}
			if page.After = next; next == "" {
				break
			}
		}
		slices.Sort(listed) // SQLite's clock has milliseconds: changes can have the same time
		if want := []string{"employee_activated Kim Ek", "employee_added Kim Ek", "employee_deactivated Kim Ek", "employee_edited Kim Ek"}; !slices.Equal(listed, want) {
			t.Errorf("listed %q", listed)
		}
	})
}

func TestEmployees_RejectForbiddenChanges(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, b backend) {
		d, changes := directoryOf(t, b)
		kim := directory.Employee{Name: "Kim", Email: "SARA@sundlind.example", Role: collaboration.RoleEmployee}
		wantField(t, d.AddEmployee(ctx, maja, "emp-kim", kim), collaboration.FieldError{Field: "email", Code: collaboration.CodeDuplicate})
		wantCode(t, d.DeactivateEmployee(ctx, maja, "emp-maja", ""), collaboration.CodeLastManager)
		wantCode(t, d.EditEmployee(ctx, maja, "emp-maja", directory.Employee{Name: "Maja", Email: "maja@ekstroms.example", Role: collaboration.RoleEmployee}, nil), collaboration.CodeLastManager)
		wantCode(t, d.DeactivateEmployee(ctx, maja, "emp-sara", ""), collaboration.CodeEmployeeNotFound)
		wantField(t, d.HandOver(ctx, maja, "emp-nils", "emp-nils"), collaboration.FieldError{Field: "successor_id", Code: collaboration.CodeInvalidChoice})
		wantField(t, d.HandOver(ctx, maja, "emp-nils", "emp-sara"), collaboration.FieldError{Field: "successor_id", Code: collaboration.CodeInvalidChoice})
		if got := changes(); len(got) > 0 {
			t.Errorf("recorded %v", got)
		}
	})
}

// A leaver loses access to the running collaborations at once. The successor takes over
// the open tasks, the access and the notifications.
func TestEmployees_DeactivateWithSuccessor(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, b backend) {
		d, _ := directoryOf(t, b)
		const kim = "emp-kim"
		must(t, d.AddEmployee(ctx, maja, kim, directory.Employee{Name: "Kim", Email: "kim@ekstroms.example", Role: collaboration.RoleManager}))
		o := b.active(t, orderFor("c-1004")) // its task: owner Maja, participant Nils
		b.wantAccess(t, o, "emp-maja", "emp-nils")
		must(t, d.DeactivateEmployee(ctx, directory.By{OfficeID: office, ID: kim}, "emp-maja", kim))
		want := []string{kim, "emp-nils"}
		slices.Sort(want)
		b.wantAccess(t, o, want...)
		r := b.record(t, o.Activation)
		if r.RequestedBy != kim {
			t.Errorf("sent by %s, want %s", r.RequestedBy, kim)
		}
		for _, task := range b.customer(t, "c-1004").Tasks {
			if task.Open && task.OwnerID == "emp-maja" {
				t.Errorf("%s still belongs to the leaver", task.Name)
			}
		}
		must(t, b.verified(o))
		must(t, d.DeactivateEmployee(ctx, directory.By{OfficeID: office, ID: kim}, "emp-nils", ""))
		b.wantAccess(t, o, kim)
	})
}

func TestCustomers_AddEditArchive(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, b backend) {
		d, changes := directoryOf(t, b)
		id, err := d.AddCustomer(ctx, maja, directory.Customer{Name: "Ålunds Åkeri AB", Number: "5566778899", Reference: "K-17"})
		must(t, err)
		for _, key := range []string{id, "5566778899", "556677-8899", "K-17"} {
			if got, err := d.CustomerID(ctx, office, key); err != nil || got != id {
				t.Errorf("%s is %s, %v", key, got, err)
			}
		}
		version := b.customer(t, id).Version
		must(t, d.EditCustomer(ctx, maja, id, directory.Customer{Name: "Ålunds AB", Number: "5566778899", Reference: "K-17"}, []int{version}))
		wantCode(t, d.EditCustomer(ctx, maja, id, directory.Customer{Name: "X", Number: "5566778899"}, []int{version}), collaboration.CodePreconditionFailed)
		must(t, d.SetCustomerArchived(ctx, maja, id, true, nil))
		listed := func(archived bool) bool {
			all, _, err := b.Customers(ctx, office, collaboration.CustomerFilter{Query: "Ålunds", Archived: archived})
			must(t, err)
			return len(all) == 1
		}
		if listed(false) || !listed(true) {
			t.Error("an archived customer is in the wrong list")
		}
		must(t, d.SetCustomerArchived(ctx, maja, id, false, nil))
		if !listed(false) || listed(true) {
			t.Error("a restored customer is in the wrong list")
		}
		if got, want := strings.Join(changes(), " "), "customer_added customer_archived customer_edited customer_restored"; got != want {
			t.Errorf("recorded %s, want %s", got, want)
		}
	})
}

func TestCustomers_RejectForbiddenChanges(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, b backend) {
		d, changes := directoryOf(t, b)
		b.invited(t, orderFor("c-1004"))
		c := b.customer(t, "c-1004")
		other := b.customer(t, "c-1001")
		_, err := d.AddCustomer(ctx, maja, directory.Customer{Name: "Nytt AB", Number: string(other.OrganisationNumber)})
		wantField(t, err, collaboration.FieldError{Field: "organisation_number", Code: collaboration.CodeDuplicate})
		wantCode(t, d.SetCustomerArchived(ctx, maja, c.ID, true, nil), collaboration.CodeCustomerActive)
		wantCode(t, d.EditCustomer(ctx, maja, c.ID, directory.Customer{Name: c.Name, Number: "5566778899"}, nil), collaboration.CodeCustomerActive)
		wantCode(t, d.EditCustomer(ctx, maja, "c-2001", directory.Customer{Name: "X", Number: "5566778899"}, nil), collaboration.CodeCustomerNotFound)
		if got := changes(); len(got) > 0 {
			t.Errorf("recorded %v", got)
		}
		if again := b.customer(t, "c-1004"); again.Version != c.Version {
			t.Errorf("version %d, want %d", again.Version, c.Version)
		}
	})
}

func TestTasks_AddEditClose(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, b backend) {
		d, _ := directoryOf(t, b)
		o := b.active(t, orderFor("c-1004"))
		used := b.record(t, o.Activation).TaskID
		wantCode(t, d.EditTask(ctx, maja, "c-1004", used, directory.Task{Name: "Löpande bokföring", Owner: "emp-maja", Participants: []string{"emp-nils"}}, nil), collaboration.CodeTaskInUse)
		must(t, d.EditTask(ctx, maja, "c-1004", used, directory.Task{Name: "Bokföring", Owner: "emp-nils", Open: true}, nil))
		b.wantAccess(t, o, "emp-nils")
		must(t, b.verified(o))
		_, err := d.AddTask(ctx, maja, "c-1004", directory.Task{Name: "Bokföring", Owner: "emp-nils", Open: true}, nil)
		wantField(t, err, collaboration.FieldError{Field: "name", Code: collaboration.CodeDuplicate})
		_, err = d.AddTask(ctx, maja, "c-1004", directory.Task{Name: "Lön", Owner: "emp-sara", Participants: []string{"emp-x"}, Open: true}, nil)
		wantField(t, err, collaboration.FieldError{Field: "owner", Code: collaboration.CodeInvalidChoice}, collaboration.FieldError{Field: "participants", Code: collaboration.CodeInvalidChoice})
		id, err := d.AddTask(ctx, maja, "c-1004", directory.Task{Name: "Lön", Owner: "emp-nils", Participants: []string{"emp-maja"}, Open: true}, nil)
		must(t, err)
		must(t, d.EditTask(ctx, maja, "c-1004", id, directory.Task{Name: "Lön", Owner: "emp-nils", Participants: []string{"emp-maja"}}, nil))
		if tasks := b.customer(t, "c-1004").OpenTasks(); slices.ContainsFunc(tasks, func(task collaboration.Task) bool { return task.ID == id }) {
			t.Error("a closed task is open")
		}
		wantCode(t, d.EditTask(ctx, maja, "c-1001", id, directory.Task{Name: "Lön", Owner: "emp-nils"}, nil), collaboration.CodeNotFound)
	})
}

// A customer has at most MaxTasks tasks, however they are added. A task that it has can be
// edited.
func TestTasks_AreBounded(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, b backend) {
		d, _ := directoryOf(t, b)
		const customer = "c-1012"
		for n := b.count(t, "SELECT COUNT(*) FROM tasks WHERE customer_id = $1", customer); n < directory.MaxTasks; n++ {
			_, err := b.raw.Exec("INSERT INTO tasks (id, office_id, customer_id, owner_id, name, is_open) VALUES ($1, $2, $3, 'emp-maja', $1, FALSE)", fmt.Sprint("many-", n), office, customer)
			must(t, err)
		}
		bound := func(field string) collaboration.FieldError {
			return collaboration.FieldError{Field: field, Code: collaboration.CodeTooManyTasks}
		}
		one := directory.Task{Name: "Ett till", Owner: "emp-maja", Open: true, Reference: "T-1"}
		_, err := d.AddTask(ctx, maja, customer, one, nil)
		wantField(t, err, bound("name"))
		_, _, err = d.PutTask(ctx, maja, customer, one, nil)
		wantField(t, err, bound("name"))
		c := b.customer(t, customer)
		_, _, err = d.PutCustomer(ctx, maja, customer, directory.Record{Customer: directory.Customer{Name: c.Name, Number: string(c.OrganisationNumber)}, Tasks: []directory.Task{one}}, nil)
		wantField(t, err, bound("tasks.0.name"))
		result, err := d.Import(ctx, maja, directory.ImportFile{Rows: parsed(t, importHeader+string(c.OrganisationNumber)+","+c.Name+",Ett till,maja@ekstroms.example,,,,,\n")}, directory.ImportOptions{Partial: true})
		must(t, err)
		if len(result.Errors) != 1 || result.Errors[0].Code != collaboration.CodeTooManyTasks {
			t.Errorf("import: %+v", result.Errors)
		}
		must(t, d.EditTask(ctx, maja, customer, "many-400", directory.Task{Name: "Ändrat", Owner: "emp-maja"}, nil))
		if n := b.count(t, "SELECT COUNT(*) FROM tasks WHERE customer_id = $1", customer); n != directory.MaxTasks {
			t.Errorf("%d tasks", n)
		}
	})
}

func TestAdministrators_AddEditRemove(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, b backend) {
		d, _ := directoryOf(t, b)
		eva := directory.Administrator{Contact: collaboration.Contact{Name: "Eva Ek", Email: "eva@ek.example", Phone: "0701234567"}}
		id, err := d.AddAdministrator(ctx, maja, "c-1001", eva, nil)
		must(t, err)
		_, err = d.AddAdministrator(ctx, maja, "c-1001", directory.Administrator{Contact: collaboration.Contact{Name: "E", Email: "EVA@ek.example", Phone: "0701234567"}}, nil)
		wantField(t, err, collaboration.FieldError{Field: "email", Code: collaboration.CodeDuplicate})
		first, _ := b.customer(t, "c-1001").MainContact()
		wantCode(t, d.RemoveAdministrator(ctx, maja, "c-1001", first.ID, nil), collaboration.CodeMainContactNeeded)
		eva.MainContact = true
		must(t, d.EditAdministrator(ctx, maja, "c-1001", id, eva, "", nil))
		if main, _ := b.customer(t, "c-1001").MainContact(); main.ID != id {
			t.Errorf("the main contact is %s, want %s", main.ID, id)
		}
		o := b.invited(t, orderFor("c-1001"))
		invited := b.record(t, o.Activation).InvitedID
		wantCode(t, d.RemoveAdministrator(ctx, maja, "c-1001", invited, nil), collaboration.CodeAdministratorInvited)
		eva.Email = "eva@annan.example"
		eva.MainContact = false
		must(t, d.EditAdministrator(ctx, maja, "c-1001", invited, eva, "change-1", nil))
		if r := b.record(t, o.Activation); r.InvitedEmail != eva.Email || r.InvitedID != invited {
			t.Errorf("the invitation goes to %s of %s", r.InvitedEmail, r.InvitedID)
		}
		wantCode(t, d.RemoveAdministrator(ctx, directory.By{OfficeID: office, ID: "emp-nils"}, "c-1001", first.ID, nil), collaboration.CodeForbidden)
		must(t, d.RemoveAdministrator(ctx, maja, "c-1001", first.ID, nil))
		if p, err := b.Person(ctx, first.Email); err != nil || p.AdministratorOf("c-1001") != "" {
			t.Errorf("a removed administrator has rights: %+v, %v", p, err)
		}
	})
}

// An office changes the tasks and administrators of its own customers, and only with their
// current version.
func TestDirectory_RejectsOtherOfficesAndStaleVersions(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, b backend) {
		d, _ := directoryOf(t, b)
		c := b.customer(t, "c-1001")
		main, _ := c.MainContact()
		task := c.Tasks[0]
		for name, x := range map[string]struct {
			by       directory.By
			versions []int
			want     collaboration.Code
		}{
			"another office":  {directory.By{OfficeID: "office-2", ID: "emp-sara", IsManager: true}, nil, collaboration.CodeCustomerNotFound},
			"a stale version": {maja, []int{c.Version + 1}, collaboration.CodePreconditionFailed},
		} {
			t.Run(name, func(t *testing.T) {
				a := directory.Administrator{Contact: collaboration.Contact{Name: "Eva Ek", Email: "eva@ek.example", Phone: "0701234567"}}
				wantCode(t, d.EditAdministrator(ctx, x.by, c.ID, main.ID, a, "change-1", x.versions), x.want)
				wantCode(t, d.RemoveAdministrator(ctx, x.by, c.ID, main.ID, x.versions), x.want)
				wantCode(t, d.EditTask(ctx, x.by, c.ID, task.ID, directory.Task{Name: "Annan", Owner: task.OwnerID, Open: true}, x.versions), x.want)
			})
		}
	})
}

// TestChanges_HaveActor: a main contact, an erasure and the changes of webhooks are recorded
// with the employee. A repetition and a refused change are not.
func TestChanges_HaveActor(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, b backend) {
		_, changes := directoryOf(t, b)
		for range 2 {
			must(t, b.NameMainContact(ctx, office, "c-1003", "a-1003-2", "emp-maja"))
		}
		id, _ := b.addWebhook(t)
		must(t, b.EnableWebhook(ctx, office, id, "emp-maja"))
		for _, replay := range []string{"replay-1", "replay-1", "replay-2"} {
			must(t, b.RecordReplay(ctx, office, id, "emp-maja", replay, noon))
		}
		wantCode(t, b.RecordReplay(ctx, "office-2", id, "emp-maja", "replay-3", noon), collaboration.CodeWebhookNotFound)
		must(t, b.RemoveWebhook(ctx, office, id, "emp-maja"))
		wantCode(t, b.RecordReplay(ctx, office, id, "emp-maja", "replay-4", noon), collaboration.CodeWebhookNotFound)
		wantCode(t, b.RemoveWebhook(ctx, office, id, "emp-maja"), collaboration.CodeWebhookNotFound)
		must(t, b.EraseCustomer(ctx, office, "c-1001", "emp-maja", noon))
		if got, want := strings.Join(changes(), " "), "customer_erased main_contact_named webhook_added webhook_enabled webhook_removed webhook_replayed webhook_replayed"; got != want {
			t.Errorf("recorded %s, want %s", got, want)
		}
	})
}

// A running collaboration needs an administrator with the right to end it.
func TestAdministrators_LastOfRunningStays(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, b backend) {
		d, _ := directoryOf(t, b)
		b.active(t, orderFor("c-1004"))
		only, _ := b.customer(t, "c-1004").MainContact()
		wantCode(t, d.RemoveAdministrator(ctx, maja, "c-1004", only.ID, nil), collaboration.CodeCustomerActive)
	})
}

func TestPutCustomer_IsIdempotent(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, b backend) {
		d, changes := directoryOf(t, b)
		person := func(name, email string, main bool) directory.Administrator {
			return directory.Administrator{Contact: collaboration.Contact{Name: name, Email: email, Phone: "0701234567"}, MainContact: main}
		}
		r := directory.Record{Customer: directory.Customer{Name: "Nya AB", Number: "5566778899", Reference: "K1"},
			Tasks:          []directory.Task{{Name: "Bokslut", Owner: "NILS@ekstroms.example", Open: true, Reference: "U1"}, {Name: "Lön", Owner: "emp-maja", Participants: []string{"emp-nils"}, Open: true}},
			Administrators: []directory.Administrator{person("Eva", "eva@nya.example", false), person("Bo", "bo@nya.example", true)}}
		id, added, err := d.PutCustomer(ctx, maja, "K1", r, nil)
		must(t, err)
		c := b.customer(t, id)
		main, _ := c.MainContact()
		if !added || len(c.Tasks) != 2 || len(c.Administrators) != 2 || main.Name != "Bo" {
			t.Fatalf("added %v: %+v", added, c)
		}
		before := len(changes())
		again, added, err := d.PutCustomer(ctx, maja, "5566778899", r, []int{c.Version})
		must(t, err)
		if after := b.customer(t, id); again != id || added || after.Version != c.Version || len(changes()) != before {
			t.Errorf("a repetition made version %d of %d, and %d changes", after.Version, c.Version, len(changes())-before)
		}
		r.Name, r.Tasks, r.Administrators = "Nya Bolaget AB", []directory.Task{{Name: "Årsbokslut", Owner: "emp-nils", Open: true, Reference: "U1"}}, []directory.Administrator{person("Eva", "eva@nya.example", true)}
		_, _, err = d.PutCustomer(ctx, maja, id, r, []int{c.Version})
		must(t, err)
		c = b.customer(t, id)
		if open := c.OpenTasks(); c.Name != "Nya Bolaget AB" || len(open) != 1 || open[0].Name != "Årsbokslut" || len(c.Tasks) != 2 || len(c.Administrators) != 1 {
			t.Errorf("%+v", c)
		}
		_, _, err = d.PutCustomer(ctx, maja, id, r, []int{1})
		wantCode(t, err, collaboration.CodePreconditionFailed)
		r.Tasks, r.Administrators = nil, nil
		_, _, err = d.PutCustomer(ctx, maja, id, r, nil)
		must(t, err)
		if after := b.customer(t, id); after.Version != c.Version {
			t.Error("absent lists changed the customer")
		}
	})
}

// No person is an employee of an office and an administrator of its customer.
func TestDuties_NoAddressOnBothSides(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, b backend) {
		d, _ := directoryOf(t, b)
		administrator := func(email string) directory.Administrator {
			return directory.Administrator{Contact: collaboration.Contact{Name: "Nils", Email: email, Phone: "0701234567"}}
		}
		employee := func(email string) directory.Employee {
			return directory.Employee{Name: "Åsa", Email: email, Role: collaboration.RoleEmployee}
		}
		ofEmployee := collaboration.FieldError{Field: "email", Code: collaboration.CodeEmployeeAddress}
		for _, email := range []string{"nils@ekstroms.example", "NILS@ekstroms.example", "nils+kund@ekstroms.example"} {
			_, err := d.AddAdministrator(ctx, maja, "c-1001", administrator(email), nil)
			wantField(t, err, ofEmployee)
			wantField(t, d.EditAdministrator(ctx, maja, "c-1001", "a-1001", administrator(email), "change-1", nil), ofEmployee)
		}
		_, _, err := d.PutCustomer(ctx, maja, "5592201007", directory.Record{Customer: directory.Customer{Name: "Björks", Number: "5592201007"},
			Administrators: []directory.Administrator{administrator("asa@bjorksbygg.example"), administrator("nils@ekstroms.example")}}, nil)
		wantField(t, err, collaboration.FieldError{Field: "administrators.1.email", Code: collaboration.CodeEmployeeAddress})
		_, err = d.AddAdministrator(ctx, maja, "c-1001", administrator("sara@sundlind.example"), nil) // of another office
		must(t, err)

		ofAdministrator := collaboration.FieldError{Field: "email", Code: collaboration.CodeAdministratorAddress}
		wantField(t, d.AddEmployee(ctx, maja, "emp-asa", employee("Asa@bjorksbygg.example")), ofAdministrator)
		must(t, d.AddEmployee(ctx, maja, "emp-asa", employee("asa@ekstroms.example")))
		wantField(t, d.EditEmployee(ctx, maja, "emp-asa", employee("asa@bjorksbygg.example"), nil), ofAdministrator)
		must(t, d.AddEmployee(ctx, maja, "emp-bo", employee("bo@vastkustvarv.example"))) // of another office's customer

		// A deactivated employee may become an administrator, and is no employee again.
		must(t, d.DeactivateEmployee(ctx, maja, "emp-asa", ""))
		_, err = d.AddAdministrator(ctx, maja, "c-1001", administrator("asa@ekstroms.example"), nil)
		must(t, err)
		wantField(t, d.ActivateEmployee(ctx, maja, "emp-asa"), ofAdministrator)

		// The contact became an employee after the request.
		o := orderFor("c-1004")
		o.Contact.Email = "nils@ekstroms.example"
		must(t, b.OpenActivation(ctx, o))
		must(t, b.CheckTask(ctx, o, noon))
		wantCode(t, b.CreateAdministrator(ctx, o, noon), collaboration.CodeEmployeeAddress)
		o = b.invited(t, orderFor("c-1006"))
		wantCode(t, b.correct(o, "m-1", "nils@ekstroms.example"), collaboration.CodeEmployeeAddress)
	})
}
