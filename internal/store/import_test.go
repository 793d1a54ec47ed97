package store_test

import (
	"context"
	"maps"
	"reflect"
	"strings"
	"testing"

	"countersign/collaboration"
	"countersign/collaboration/catalogue"
	"countersign/collaboration/directory"
	"countersign/internal/store/storetest"
	"countersign/internal/table"
)

const customerFile = `organisation_number,name,task,task_owner_email,task_status,administrator_name,administrator_email,administrator_phone,solutions
556016-0680,Ny Kund AB,2025-12-31,MAJA@ekstroms.example,open,Åsa Ny,asa@nykund.example,070-174 06 50,financial-overview
5560160680,Ny Kund AB,Lön,nils@ekstroms.example,closed,Bo Ny,bo@nykund.example,070-174 06 51,
559241-2117,Östgöta Plåtslageri AB,Årsredovisning,maja@ekstroms.example,,,,,
559241-2117,Östgöta Plåtslageri AB,Löpande bokföring,maja@ekstroms.example,,,,,
`

func parsed(t *testing.T, file string) []collaboration.ImportRow {
	t.Helper()
	rows, bad, err := table.ReadCustomers(strings.NewReader(file), catalogue.Embedded)
	if err != nil || len(bad) > 0 {
		t.Fatal(bad, err)
	}
	return rows
}

// importFile imports a file that has no errors of its own.
func importFile(t *testing.T, b backend, file string, o directory.ImportOptions) directory.ImportResult {
	t.Helper()
	result, err := b.OfficeDirectory().Import(ctx, maja, directory.ImportFile{Rows: parsed(t, file)}, o)
	must(t, err)
	return result
}

// counts returns a result without its list of changes.
func counts(r directory.ImportResult) directory.ImportResult {
	r.Changes = nil
	return r
}

func wantResult(t *testing.T, got, want directory.ImportResult) {
	t.Helper()
	if got := counts(got); !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestImport(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, b backend) {
		_, changes := directoryOf(t, b)
		told := map[string]int{}
		b.OnCustomerChanged(func(_ context.Context, id string) { told[id]++ })
		wantResult(t, importFile(t, b, customerFile, directory.ImportOptions{}), directory.ImportResult{
			Customers: directory.ImportCounts{Added: 1}, Administrators: directory.ImportCounts{Added: 2}, Tasks: directory.ImportCounts{Added: 3},
			Subscriptions: 1, Unchanged: 1,
		})
		if got := strings.Join(changes(), " "); got != "administrator_added administrator_added customer_added subscription_added task_added task_added task_added" {
			t.Errorf("recorded %s", got)
		}
		found := b.allCustomers(t, office, "5560160680", 10)
		if len(found) != 1 || len(found[0].Tasks) != 2 || len(found[0].Administrators) != 2 || !found[0].Has(solution) {
			t.Fatalf("found %+v", found)
		}
		c := found[0]
		if main, _ := c.MainContact(); main.Name != "Åsa Ny" || main.CreatedBy != "" {
			t.Errorf("main contact %+v", main)
		}
		if s := c.Subscriptions[0]; s.InvoiceRecipient != collaboration.PaidByCustomer || s.ActivatedBy != "" {
			t.Errorf("subscription %+v", s)
		}
		open := c.OpenTasks()
		if len(open) != 1 || open[0].Name != "2025-12-31" || open[0].OwnerID != "emp-maja" {
			t.Errorf("open tasks %+v", open)
		}
		if n := len(b.customer(t, "c-1004").Tasks); n != 2 {
			t.Errorf("%d tasks of the customer that was there, want 2", n)
		}
		if len(told) != 2 || told["c-1004"] == 0 || told[c.ID] == 0 {
			t.Errorf("reported %v", told)
		}

		before := b.rows(t)
		clear(told)
		wantResult(t, importFile(t, b, customerFile, directory.ImportOptions{CloseMissingTasks: true}), directory.ImportResult{Unchanged: 4})
		if after := b.rows(t); !maps.Equal(before, after) || len(told) > 0 {
			t.Errorf("again: it changed\n%v to\n%v, reported %v", before, after, told)
		}
	})
}

const importHeader = "organisation_number,name,task,task_owner_email,task_status,administrator_name,administrator_email,administrator_phone,solutions\n"

// TestImport_UpdatesExistingCustomer imports a second file over a first one. A preview of
// it reports the same and stores nothing.
func TestImport_UpdatesExistingCustomer(t *testing.T) {
	t.Parallel()
	const known = "5560160680,Ny Kund AB,Lön,maja@ekstroms.example,open,Åsa Ny,asa@nykund.example,070-174 06 50,\n" +
		"5560160680,Ny Kund AB,Moms,maja@ekstroms.example,closed,,,,\n"
	one := directory.ImportCounts{Added: 1}
	changed := directory.ImportCounts{Changed: 1}
	closed := directory.ImportCounts{Closed: 1}
	closing := directory.ImportOptions{CloseMissingTasks: true}
	for name, test := range map[string]struct {
		lines   string
		options directory.ImportOptions
		want    directory.ImportResult
		actions string // beside those of the first file
	}{
		"nothing new":      {known, closing, directory.ImportResult{Unchanged: 2}, ""},
		"no status":        {"5560160680,Ny Kund AB,Moms,maja@ekstroms.example,,,,,\n", directory.ImportOptions{}, directory.ImportResult{Unchanged: 1}, ""},
		"another name":     {"5560160680,Annat Namn AB,,,,,,,\n", directory.ImportOptions{}, directory.ImportResult{Customers: changed}, "customer_edited"},
		"another owner":    {"5560160680,Ny Kund AB,Lön,nils@ekstroms.example,,,,,\n", directory.ImportOptions{}, directory.ImportResult{Tasks: changed}, "task_edited"},
		"a closed task":    {"5560160680,Ny Kund AB,Lön,maja@ekstroms.example,closed,,,,\n", directory.ImportOptions{}, directory.ImportResult{Tasks: closed}, "task_edited"},
		"an opened task":   {"5560160680,Ny Kund AB,Moms,maja@ekstroms.example,open,,,,\n", directory.ImportOptions{}, directory.ImportResult{Tasks: changed}, "task_edited"},
		"a phone":          {"5560160680,Ny Kund AB,,,,Åsa Ny,ASA@nykund.example,070-174 06 99,\n", directory.ImportOptions{}, directory.ImportResult{Administrators: changed}, "administrator_edited"},
		"a task":           {"5560160680,Ny Kund AB,Bokslut,maja@ekstroms.example,,,,,\n", directory.ImportOptions{}, directory.ImportResult{Tasks: one}, "task_added"},
		"a missing task":   {"5560160680,Ny Kund AB,Bokslut,maja@ekstroms.example,,,,,\n", closing, directory.ImportResult{Tasks: directory.ImportCounts{Added: 1, Closed: 1}}, "task_added task_edited"},
		"a solution":       {"5560160680,Ny Kund AB,,,,,,,financial-overview\n", directory.ImportOptions{}, directory.ImportResult{Subscriptions: 1}, "subscription_added"},
		"an administrator": {"5560160680,Ny Kund AB,,,,Bo Ny,bo@nykund.example,070-174 06 51,\n", directory.ImportOptions{}, directory.ImportResult{Administrators: one}, "administrator_added"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			onBoth(t, func(t *testing.T, b backend) {
				_, changes := directoryOf(t, b)
				importFile(t, b, importHeader+known, directory.ImportOptions{})
				before, first := b.rows(t), len(changes())
				preview := test.options
				preview.Preview = true
				previewed := importFile(t, b, importHeader+test.lines, preview)
				wantResult(t, previewed, test.want)
				if after := b.rows(t); !maps.Equal(before, after) {
					t.Errorf("the preview changed\n%v to\n%v", before, after)
				}
				got := importFile(t, b, importHeader+test.lines, test.options)
				if !reflect.DeepEqual(got, previewed) {
					t.Errorf("the preview was\n%+v, the import\n%+v", previewed, got)
				}
				if n := len(changes()) - first; n != len(strings.Fields(test.actions)) {
					t.Errorf("%d changes recorded, want %s", n, test.actions)
				}
				wantResult(t, importFile(t, b, importHeader+test.lines, test.options), directory.ImportResult{Unchanged: strings.Count(test.lines, "\n")})
			})
		})
	}
}

// TestImport_KeepsWhatFileLacks: a file has no participants of tasks and none of the office's
// own ids.
func TestImport_KeepsWhatFileLacks(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, b backend) {
		d, _ := directoryOf(t, b)
		id, err := d.AddCustomer(ctx, maja, directory.Customer{Name: "Ny Kund AB", Number: "5560160680", Reference: "K-1"})
		must(t, err)
		task, err := d.AddTask(ctx, maja, id, directory.Task{Name: "Lön", Owner: "emp-maja", Participants: []string{"emp-nils"}, Open: true, Reference: "T-1"}, nil)
		must(t, err)
		importFile(t, b, importHeader+"5560160680,Annat Namn AB,Lön,maja@ekstroms.example,closed,,,,\n", directory.ImportOptions{})
		c := b.customer(t, id)
		if c.Name != "Annat Namn AB" || c.Reference != "K-1" || len(c.Tasks) != 1 || c.Tasks[0].Reference != "T-1" || c.Tasks[0].Open {
			t.Errorf("%+v", c)
		}
		if people, err := b.TaskParticipants(ctx, task); err != nil || len(people) != 2 {
			t.Errorf("participants %v, %v", people, err)
		}
	})
}

// TestImport_RejectsLines: a line that the directory refuses is an error of its line. The
// preview and the import name it. Without partial the file changes nothing.
func TestImport_RejectsLines(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, b backend) {
		d, _ := directoryOf(t, b)
		o := orderFor("c-1004")
		must(t, b.OpenActivation(ctx, o))
		used := b.customer(t, "c-1004")
		var task collaboration.Task
		for _, k := range used.Tasks {
			if k.ID == o.TaskID {
				task = k
			}
		}
		archived, err := d.AddCustomer(ctx, maja, directory.Customer{Name: "Arkiv AB", Number: "5560160680"})
		must(t, err)
		must(t, d.SetCustomerArchived(ctx, maja, archived, true, nil))
		must(t, d.AddEmployee(ctx, maja, "emp-kim", directory.Employee{Name: "Kim", Email: "kim@ekstroms.example", Role: collaboration.RoleEmployee}))
		must(t, d.DeactivateEmployee(ctx, maja, "emp-kim", ""))
		inUse := string(used.OrganisationNumber) + "," + used.Name + ","
		const valid = "5590160684,Till AB,Lön,maja@ekstroms.example,,,,,\n"
		for name, test := range map[string]struct {
			lines   string
			closing bool
			want    collaboration.RowError
		}{
			"a task in use":            {inUse + task.Name + ",maja@ekstroms.example,closed,,,,\n", false, collaboration.RowError{Line: 3, Field: "task", Code: collaboration.CodeTaskInUse}},
			"a missing task in use":    {inUse + "Annan,maja@ekstroms.example,,,,,\n", true, collaboration.RowError{Line: 3, Field: "task", Code: collaboration.CodeTaskInUse}},
			"an archived customer":     {"5560160680,Arkiv AB,,,,,,,\n", false, collaboration.RowError{Line: 3, Field: "organisation_number", Code: collaboration.CodeCustomerArchived}},
			"a deactivated owner":      {"5590160684,Till AB,Moms,kim@ekstroms.example,,,,,\n", false, collaboration.RowError{Line: 3, Field: "task_owner_email", Code: collaboration.CodeInvalidChoice}},
			"an unknown owner":         {"5590160684,Till AB,Moms,ulf@ekstroms.example,,,,,\n", false, collaboration.RowError{Line: 3, Field: "task_owner_email", Code: collaboration.CodeInvalidChoice}},
			"an owner of other office": {"5590160684,Till AB,Moms,sara@sundlind.example,,,,,\n", false, collaboration.RowError{Line: 3, Field: "task_owner_email", Code: collaboration.CodeInvalidChoice}},
		} {
			before := b.rows(t)
			got := importFile(t, b, importHeader+valid+test.lines, directory.ImportOptions{CloseMissingTasks: test.closing})
			if want := (directory.ImportResult{Errors: []collaboration.RowError{test.want}}); !reflect.DeepEqual(got, want) {
				t.Errorf("%s: got %+v, want %+v", name, got, want)
			}
			got = importFile(t, b, importHeader+valid+test.lines, directory.ImportOptions{CloseMissingTasks: test.closing, Preview: true})
			if len(got.Errors) != 1 || got.Errors[0] != test.want || got.Customers.Added != 1 {
				t.Errorf("%s: preview %+v", name, got)
			}
			if after := b.rows(t); !maps.Equal(before, after) {
				t.Errorf("%s changed\n%v to\n%v", name, before, after)
			}
		}
	})
}

// TestImport_Partial imports the valid lines; a line with an error has no effect at all, and
// no task is closed as missing.
func TestImport_Partial(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, b backend) {
		importFile(t, b, importHeader+"5590160684,Till AB,Moms,maja@ekstroms.example,,,,,\n", directory.ImportOptions{})
		rows := parsed(t, importHeader+"5590160684,Till AB,Lön,maja@ekstroms.example,,,,,\n5560160680,Ny AB,Lön,ulf@ekstroms.example,,Bo,bo@nykund.example,070-174 06 51,\n")
		bad := []collaboration.RowError{{Line: 4, Field: "name", Code: collaboration.CodeRequired}}
		got, err := b.OfficeDirectory().Import(ctx, maja, directory.ImportFile{Rows: rows, Bad: bad}, directory.ImportOptions{Partial: true, CloseMissingTasks: true})
		must(t, err)
		wantResult(t, got, directory.ImportResult{Tasks: directory.ImportCounts{Added: 1}, Errors: []collaboration.RowError{
			bad[0], {Line: 3, Field: "task_owner_email", Code: collaboration.CodeInvalidChoice}}})
		if n := len(b.allCustomers(t, office, "5560160680", 10)); n != 0 {
			t.Errorf("%d customers of the bad line", n)
		}
		if open := b.allCustomers(t, office, "5590160684", 10)[0].OpenTasks(); len(open) != 2 {
			t.Errorf("open tasks %+v", open)
		}
	})
}

// TestImport_ClosesNoneForFileWithoutTasks: such a file would close every task.
func TestImport_ClosesNoneForFileWithoutTasks(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, b backend) {
		file := importHeader + "559241-2117,Östgöta Plåtslageri AB,,,,,,,\n"
		want := directory.ImportResult{Errors: []collaboration.RowError{{Line: 1, Field: "task", Code: collaboration.CodeRequired}}}
		wantResult(t, importFile(t, b, file, directory.ImportOptions{CloseMissingTasks: true}), want)
	})
}

func TestImport_UnknownOffice(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, b backend) {
		_, err := b.OfficeDirectory().Import(ctx, directory.By{OfficeID: "office-9"}, directory.ImportFile{}, directory.ImportOptions{})
		wantCode(t, err, collaboration.CodeNotFound)
	})
}

func TestSeed_IsIdempotent(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, b backend) {
		before := b.rows(t)
		must(t, storetest.Seed(ctx, b.url))
		if after := b.rows(t); !maps.Equal(before, after) {
			t.Errorf("a second seed changed\n%v to\n%v", before, after)
		}
		scenarios := map[collaboration.Scenario]int{}
		soleTraders := 0
		for _, c := range b.allCustomers(t, office, "", 100) {
			scenarios[c.Scenario(solution)]++
			if _, err := collaboration.ParseOrganisationNumber(string(c.OrganisationNumber)); err != nil {
				t.Errorf("%s: %v", c.ID, err)
			}
			if c.OrganisationNumber.IsSoleTrader() {
				soleTraders++
			}
			for _, a := range c.Administrators {
				person := collaboration.Contact{Name: a.Name, Email: a.Email, Phone: a.Phone}
				if wrong := person.Check(""); len(wrong) > 0 || !strings.HasSuffix(a.Email, ".example") {
					t.Errorf("%s: %v %s", c.ID, wrong, a.Email)
				}
			}
		}
		if len(scenarios) != 3 || soleTraders != 1 {
			t.Errorf("scenarios %v, %d sole traders", scenarios, soleTraders)
		}
	})
}
