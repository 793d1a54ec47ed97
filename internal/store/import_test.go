package store_test

import (
	"context"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"countersign/collaboration"
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
	rows, bad, err := table.ReadCustomers(strings.NewReader(file), collaboration.DefaultCatalogue)
	if err != nil || len(bad) > 0 {
		t.Fatal(bad, err)
	}
	return rows
}

func TestImport(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, b backend) {
		told := map[string]int{}
		b.OnCustomerChanged(func(_ context.Context, id string) { told[id]++ })
		rows := parsed(t, customerFile)
		result, err := b.Import(ctx, office, rows, nil, false)
		must(t, err)
		if want := (collaboration.ImportResult{Customers: 1, Tasks: 3, Unchanged: 1}); !reflect.DeepEqual(result, want) {
			t.Errorf("got %+v, want %+v", result, want)
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
		result, err = b.Import(ctx, office, rows, nil, false)
		must(t, err)
		if want := (collaboration.ImportResult{Unchanged: 4}); !reflect.DeepEqual(result, want) {
			t.Errorf("again: got %+v, want %+v", result, want)
		}
		if after := b.rows(t); !maps.Equal(before, after) || len(told) > 0 {
			t.Errorf("again: it changed\n%v to\n%v, reported %v", before, after, told)
		}
	})
}

// TestImport_ExistingCustomer: existing rows stay unchanged. Missing rows are added and
// counted; the customer counts once for all its lines.
func TestImport_ExistingCustomer(t *testing.T) {
	t.Parallel()
	const (
		header = "organisation_number,name,task,task_owner_email,task_status,administrator_name,administrator_email,administrator_phone,solutions\n"
		known  = "5560160680,Ny Kund AB,Lön,maja@ekstroms.example,open,Åsa Ny,asa@nykund.example,070-174 06 50,\n"
	)
	for name, test := range map[string]struct {
		lines string
		want  collaboration.ImportResult
	}{
		"nothing new":           {known, collaboration.ImportResult{Unchanged: 1}},
		"another name":          {"5560160680,Annat Namn AB,,,,,,,\n", collaboration.ImportResult{Unchanged: 1}},
		"another status, owner": {"5560160680,Ny Kund AB,Lön,nils@ekstroms.example,closed,,,,\n", collaboration.ImportResult{Unchanged: 1}},
		"another phone":         {"5560160680,Ny Kund AB,,,,Bo,ASA@nykund.example,070-174 06 99,\n", collaboration.ImportResult{Unchanged: 1}},
		"a task":                {"5560160680,Ny Kund AB,Bokslut,maja@ekstroms.example,,,,,\n", collaboration.ImportResult{Tasks: 1}},
		"a solution":            {"5560160680,Ny Kund AB,,,,,,,financial-overview\n", collaboration.ImportResult{Customers: 1}},
		"an administrator":      {"5560160680,Ny Kund AB,,,,Bo Ny,bo@nykund.example,070-174 06 51,\n", collaboration.ImportResult{Customers: 1}},
		"all on two lines": {"5560160680,Ny Kund AB,,,,Bo Ny,bo@nykund.example,070-174 06 51,\n" +
			"5560160680,Ny Kund AB,Bokslut,maja@ekstroms.example,,,,,financial-overview\n", collaboration.ImportResult{Customers: 1, Tasks: 1}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			onBoth(t, func(t *testing.T, b backend) {
				_, err := b.Import(ctx, office, parsed(t, header+known), nil, false)
				must(t, err)
				got, err := b.Import(ctx, office, parsed(t, header+test.lines), nil, false)
				must(t, err)
				if !reflect.DeepEqual(got, test.want) {
					t.Errorf("got %+v, want %+v", got, test.want)
				}
				c := b.allCustomers(t, office, "5560160680", 10)[0]
				if main, _ := c.MainContact(); c.Name != "Ny Kund AB" || main.Phone != "070-174 06 50" {
					t.Errorf("customer %q, main contact %+v", c.Name, main)
				}
				if open := c.OpenTasks(); !slices.ContainsFunc(open, func(k collaboration.Task) bool { return k.Name == "Lön" && k.OwnerID == "emp-maja" }) {
					t.Errorf("open tasks %+v", open)
				}
			})
		})
	}
}

func TestImport_UnknownOwner(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, b backend) {
		told := 0
		b.OnCustomerChanged(func(context.Context, string) { told++ })
		rows := parsed(t, customerFile+"5590160684,Till AB,Lön,sara@sundlind.example,,,,,\n") // another office's
		wantErrors := []collaboration.RowError{{Line: 6, Field: "task_owner_email", Code: collaboration.CodeInvalidChoice}}
		before := b.rows(t)
		result, err := b.Import(ctx, office, rows, nil, false)
		must(t, err)
		if want := (collaboration.ImportResult{Errors: wantErrors}); !reflect.DeepEqual(result, want) {
			t.Errorf("all or nothing: got %+v, want %+v", result, want)
		}
		if after := b.rows(t); !maps.Equal(before, after) || told > 0 {
			t.Errorf("all or nothing: it changed\n%v to\n%v, reported %d", before, after, told)
		}
		result, err = b.Import(ctx, office, rows, nil, true)
		must(t, err)
		if want := (collaboration.ImportResult{Customers: 1, Tasks: 3, Unchanged: 1, Errors: wantErrors}); !reflect.DeepEqual(result, want) {
			t.Errorf("partial: got %+v, want %+v", result, want)
		}
		if told == 0 {
			t.Error("partial: no customer was reported")
		}
	})
}

// TestImport_ReportsAllBadRows: one result has the rows that could not be parsed and
// those that the database rejects.
func TestImport_ReportsAllBadRows(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, b backend) {
		rows := parsed(t, customerFile+"5590160684,Till AB,Lön,sara@sundlind.example,,,,,\n")
		unreadable := []collaboration.RowError{{Line: 7, Field: "name", Code: collaboration.CodeRequired}}
		before := b.rows(t)
		result, err := b.Import(ctx, office, rows, unreadable, false)
		must(t, err)
		if len(result.Errors) != 2 || !maps.Equal(before, b.rows(t)) {
			t.Errorf("errors %+v", result.Errors)
		}
		result, err = b.Import(ctx, office, rows, unreadable, true)
		must(t, err)
		if len(result.Errors) != 2 || result.Tasks != 3 {
			t.Errorf("partial: %+v", result)
		}
	})
}

func TestImport_UnknownOffice(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, b backend) {
		_, err := b.Import(ctx, "office-9", nil, nil, false)
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
